"""Data: what was read, what was not, and what is missing."""

from typing import Any

import duckdb
import polars as pl
from dash import Dash
from dash.development.base_component import Component

from access.viewer import Viewer
from dashboard import panel, panel_cells, panel_wiring, rules, theme
from dashboard.context import Context
from dashboard.figures import data as figures
from dashboard.panel import Panel
from dashboard.told_list import Told, told_list
from queries import data as reads
from queries.filters import Filters

PATH, TITLE, AUDIENCE = "/data", "Data", "Trial team"
FILTERS: tuple[str, ...] = ()
TONES = {"Error": "error", "Warning": "warning"}
SEVERITIES = {"error": "Error", "warning": "Warning", "info": "Note"}


def explained(con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """Rejections with the rule's meaning and remedy, and the place in words."""
    frame = reads.rejections(con, viewer, filters)
    words = [rules.explain(rule) for rule in frame["rule"]]
    return frame.with_columns(
        pl.Series("meaning", [rule.meaning for rule in words], dtype=pl.String),
        pl.Series("remedy", [rule.remedy for rule in words], dtype=pl.String),
        pl.Series("place", [_place(row) for row in frame.to_dicts()], dtype=pl.String),
    )


def _place(row: dict[str, Any]) -> str:
    """Where to look first: file, column and rows."""
    column = "" if row["column_name"] is None else f", column {row['column_name']}"
    return f"{row['source_file']}{column}: {row['example_rows']}"


def checked(con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """What the last load found, with its severity in words."""
    frame = reads.findings(con, viewer, filters)
    return frame.with_columns(pl.col("severity").replace_strict(SEVERITIES, return_dtype=pl.String))


def findings_list(frame: pl.DataFrame, _filters: Filters) -> Component:
    """What the last load found, gravest first."""
    return told_list(
        "Findings of the last load",
        (
            Told(
                row["severity"],
                row["message"],
                (
                    ("Where", row["place"] or ""),
                    ("What to do", row["remedy"] or ""),
                    ("For example", row["places"] or ""),
                    ("Code", row["code"]),
                ),
                TONES.get(row["severity"], ""),
            )
            for row in frame.to_dicts()
        ),
    )


def rejections_list(frame: pl.DataFrame, _filters: Filters) -> Component:
    """What was refused, by rule and file."""
    return told_list(
        "Rules that refused rows or answers",
        (
            Told(
                theme.counted(row["n_rows"], row["refused"]),
                row["meaning"],
                (
                    ("For example", f"{row['source_id']}: {row['place']}"),
                    ("Expected", row["expected"] or ""),
                    ("What to do", row["remedy"] or ""),
                    ("Rule", row["rule"]),
                ),
            )
            for row in frame.to_dicts()
        ),
    )


def _findings_caption(frame: pl.DataFrame) -> str:
    counts = [
        theme.counted(frame.filter(pl.col("severity") == word).height, word.lower())
        for word in SEVERITIES.values()
        if word in frame["severity"]
    ]
    return f"n = {theme.counted(frame.height, 'finding')}: {', '.join(counts)}"


def _receipts_caption(frame: pl.DataFrame) -> str:
    failed = frame.filter(pl.col("status") == "failed").height
    note = f", {theme.whole(failed)} could not be loaded" if failed else ""
    files = theme.counted(frame.height, "file")
    return f"n = {files}, {theme.counted(frame['rows_read'].sum(), 'row')} read{note}"


def _rejections_caption(frame: pl.DataFrame) -> str:
    is_row = pl.col("refused") == "row"
    rows, answers = (frame.filter(kept)["n_rows"].sum() for kept in (is_row, ~is_row))
    return f"n = {theme.counted(rows, 'row')}, {theme.counted(answers, 'single answer')}"


def _coverage_caption(frame: pl.DataFrame) -> str:
    silent = sum((last - first).days + 1 for first, last in figures.gaps(frame))
    events, answers = frame["n_events"].sum(), frame["n_answers"].sum()
    counts = f"{theme.counted(events, 'event')}, {theme.counted(answers, 'answer')}"
    return f"n = {counts} · {theme.counted(silent, 'day')} with next to nothing"


FINDINGS = Panel(
    id="data-findings",
    title="What the last check found",
    definition="What stood out in files and study file at the last load, as 'rapport check' says "
    "it: formats, clocks, time zones, ids, features, answers, duplicates, personal data, missing "
    "days. An error left something out as a whole; a warning asks for a look; a note only tells. "
    "No participant's value is shown.",
    read=checked,
    columns={
        "severity": "Severity",
        "message": "What",
        "place": "Where",
        "remedy": "What to do",
        "places": "For example",
        "code": "Code",
    },
    caption=_findings_caption,
    content=findings_list,
    view_name="List",
    empty="Files and study file agree, as far as a check can tell.",
    empty_title="The last check found nothing",
    width="full",
    uses=FILTERS,
    level="study",
)
RECEIPTS = Panel(
    id="data-receipts",
    title="What became of every file's rows",
    definition="For every file: rows read = loaded + duplicate + rejected. In files with one row "
    "per occasion, a row may be loaded while single answers in it are refused: these are counted "
    "beside it.",
    read=reads.receipts,
    columns={
        "source_file": "File",
        "kind": "Kind",
        "status": "Status",
        "rows_read": "Read",
        "rows_loaded": "Loaded",
        "rows_duplicate": "Duplicate",
        "rows_rejected": "Rejected",
        "rejected_share": "Share rejected",
        "cells_refused": "Answers refused",
        "message": "Message",
    },
    caption=_receipts_caption,
    empty="No file was loaded yet. Run: rapport load",
    width="full",
    uses=FILTERS,
    level="study",
)
REJECTIONS = Panel(
    id="data-rejections",
    title="What was rejected, and why",
    definition="Rows and single answers that a rule refused. They are kept by the loader, but "
    "count on no page. Places are row numbers of the file; what the rows say is not shown here.",
    read=explained,
    columns={
        "meaning": "Why",
        "source_id": "Source",
        "n_rows": "n",
        "refused": "Refused",
        "place": "For example",
        "expected": "Expected",
        "remedy": "What to do",
        "rule": "Rule",
    },
    caption=_rejections_caption,
    content=rejections_list,
    view_name="List",
    empty="No row was rejected: everything that was read is loaded or a duplicate.",
    width="full",
    uses=FILTERS,
    level="study",
)
COVERAGE = Panel(
    id="data-coverage",
    title="Events and answers per day",
    definition="Loaded events and answers by the participants' local date. Shaded: days between "
    "the first and the last with less than a tenth of the events that are usual around them (the "
    "median of the seven days before and after), such as an outage of the app or a missing export. "
    "Duplicates and rejected rows are not counted.",
    read=reads.coverage,
    figure=figures.coverage,
    columns={"local_date": "Date", "n_events": "Events", "n_answers": "Answers"},
    caption=_coverage_caption,
    empty="No event and no answer was loaded yet. Run: rapport load",
    width="two-thirds",
    uses=FILTERS,
    level="study",
)
UNMAPPED = Panel(
    id="data-unmapped",
    title="Unmapped event names",
    definition="Loaded events whose name belongs to no feature, session or survey of study.toml. "
    "They count as use of the app, but as no exposure. Share is of all loaded events.",
    read=reads.unmapped_events,
    figure=figures.unmapped_events,
    columns={
        "event_name": "Event name",
        "n_events": "Events",
        "share": "Share",
        "n_participants": "Participants",
    },
    caption=lambda frame: (
        f"n = {theme.counted(frame['n_events'].sum(), 'event')}, "
        f"{theme.counted(frame.height, 'name')}"
    ),
    empty="Every event name has a place in the study file.",
    width="third",
    uses=FILTERS,
    cells=panel_cells.UNMAPPED,
)

PANELS = (RECEIPTS, FINDINGS, REJECTIONS, COVERAGE, UNMAPPED)


def layout() -> Component:
    """The page without data."""
    lead = "What was loaded, what stands out, what was refused and why, and where the log has gaps."
    return panel.page(TITLE, lead, *(panel.view(part) for part in PANELS))


def register(app: Dash, context: Context) -> None:
    """Wire the panels."""
    panel_wiring.register(app, context, PANELS)
