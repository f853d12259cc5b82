"""Panels of the Adherence page on its definitions, side by side, and on the ledger."""

import duckdb
import polars as pl
from dash import html
from dash.development.base_component import Component

from access.viewer import Viewer
from dashboard import panel_cells, theme, withheld
from dashboard.figures import adherence as figures
from dashboard.ledger_grid import WORDS
from dashboard.panel import Panel
from dashboard.shares import with_clustered_interval
from queries import adherence as reads
from queries.filters import Filters

STATUSES = ("done", "late", "missed", "open", "excused")
PEOPLE = ("site", "arm", "cohort")


def read_definitions(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters
) -> pl.DataFrame:
    """Definitions with the share who meet each, its interval, and the rule in words."""
    counted = reads.definitions(con, viewer, filters).with_columns(
        n_due=pl.col("n_evaluable"),
        n_done=pl.col("n_adherent"),
        # Each participant is one case: the clusters are single.
        n_participants_due=pl.col("n_evaluable"),
        sum_done_squared=pl.col("n_adherent").cast(pl.Float64),
        sum_done_due=pl.col("n_adherent").cast(pl.Float64),
        sum_due_squared=pl.col("n_evaluable").cast(pl.Float64),
    )
    words = [rule_words(row) for row in counted.select("rule", "threshold", "minimum").to_dicts()]
    rules = pl.Series("rule_words", words, dtype=pl.String)
    return with_clustered_interval(counted).with_columns(rules)


def rule_words(row: dict[str, object]) -> str:
    """A definition's rule as a sentence."""
    threshold, minimum = float(str(row["threshold"])), float(str(row["minimum"]))
    share, least = theme.percent(threshold), theme.number(minimum, 0)
    sessions = theme.counted(int(minimum), "session")
    return {
        "share_done": f"At least {share} of the sessions due in weeks that are over were done.",
        "weeks_active": f"At least {share} of the whole weeks had {sessions} or more.",
        "minutes": f"At least {theme.number(threshold, 0)} minutes of use in the weeks at risk.",
        "persistent": f"At least {share} of the last {least} whole weeks had any use.",
    }[str(row["rule"])]


def definition_cards(frame: pl.DataFrame, _filters: Filters) -> Component:
    """One card per definition: share, interval, n, rule and the study's justification."""
    return html.Div([_card(row) for row in frame.to_dicts()], className="rules")


def _card(row: dict[str, object]) -> Component:
    return html.Div(
        [
            html.H3(row["label"]),
            *([_gone()] if withheld.is_withheld(row, "share") else _share(row)),
            html.P(row["rule_words"], className="why"),
            html.P(["Justification: ", row["justification"]], className="why"),
        ],
        className="rule",
    )


def _gone() -> Component:
    return html.Div(withheld.WORD, className="value is-gone")


def _share(row: dict[str, object]) -> list[Component]:
    """The share, its bar, what it is of, and who cannot be told yet."""
    share, low, high = (row[key] for key in ("share", "ci_low", "ci_high"))
    of = f"{row['n_adherent']} of {row['n_evaluable']} evaluable participants"
    interval = (
        "" if share is None else f" · 95 % interval {theme.percent(low)} to {theme.percent(high)}"
    )
    width = 0.0 if share is None else 100 * float(str(share))
    waiting = int(str(row["n_visible"])) - int(str(row["n_evaluable"]))
    return [
        html.Div(theme.percent(share), className="value"),
        html.Div(html.Span(style={"width": f"{width:.1f}%"}), className="bar"),
        html.P(of + interval, className="of"),
        *([html.P(f"{waiting} not evaluable yet.", className="of")] if waiting else []),
    ]


def ledger_counts(frame: pl.DataFrame, _filters: Filters) -> Component:
    """How many obligations of each kind have each status."""
    counts = {
        (kind, status): n for kind, status, n in frame.select("kind", "status", "n_due").iter_rows()
    }
    kinds = [kind for kind in ("session", "survey") if kind in set(frame["kind"])]
    head = html.Tr([html.Td(), *(html.Th(WORDS[s], scope="col") for s in STATUSES)])
    rows = [
        html.Tr(
            [
                html.Th(f"{kind.capitalize()}s", scope="row"),
                *(html.Td(theme.whole(counts.get((kind, status), 0))) for status in STATUSES),
            ]
        )
        for kind in kinds
    ]
    table = html.Table([html.Thead(head), html.Tbody(rows)], className="counts")
    note = "The CSV has one line for each, with its due date, window, delivery, opening and end."
    box = {"role": "region", "aria-label": "Counts of the ledger", "tabIndex": 0}
    return html.Div(
        [html.Div(table, className="counts-box", **box), html.P(note, className="counts-note")]
    )


def _n_definitions(frame: pl.DataFrame) -> str:
    return f"n = {theme.counted(frame['n_visible'].max() or 0, 'participant')}"


def _n_agreement(frame: pl.DataFrame) -> str:
    return f"n = up to {theme.counted(frame['n_both'].max() or 0, 'participant')} by both"


DEFINITIONS = Panel(
    id="adherence-definitions",
    title="Share who adhered, by each definition of the study",
    definition="Each definition of the study file, side by side, with its own denominator: the "
    "participants with enough data to tell. Those who never began are in it. Intervals: Wilson, "
    "95 %. Over the whole time at risk, whichever weeks are chosen above.",
    read=read_definitions,
    content=definition_cards,
    columns={
        "label": "Definition",
        "rule_words": "Rule",
        "n_visible": "Participants",
        "n_evaluable": "Evaluable",
        "n_adherent": "Adherent",
        "share": "Share",
        "ci_low": "95 % from",
        "ci_high": "95 % to",
        "justification": "Justification",
    },
    caption=_n_definitions,
    empty="The study file has no [[adherence]] definition. Add one, with its justification, then "
    "run: rapport load",
    width="half",
    uses=PEOPLE,
    cells=panel_cells.DEFINITIONS,
)

AGREEMENT = Panel(
    id="adherence-agreement",
    title="Participants who change class from one definition to another",
    definition="Participants evaluable by both definitions of a pair who adhered by one of the two "
    "alone. Darker means a larger share. Over the whole time at risk, whichever weeks are chosen "
    "above.",
    read=reads.agreement,
    figure=figures.agreement,
    columns={
        "first_label": "Definition",
        "second_label": "Compared with",
        "n_both": "Evaluable by both",
        "n_changed": "Change class",
        "n_first_only": "By the first alone",
        "n_second_only": "By the second alone",
    },
    caption=_n_agreement,
    empty="Needs two definitions under [[adherence]] in the study file, and a participant who is "
    "evaluable by both.",
    height="large",
    uses=PEOPLE,
    cells=panel_cells.AGREEMENT,
)

LEDGER = Panel(
    id="adherence-ledger",
    title="The ledger: everything that was due",
    definition="One line per session or survey that was due, with its window and what became of "
    "it. A session's window is its study week; a survey's is in the study file.",
    read=reads.ledger_counts,
    rows=reads.ledger,
    content=ledger_counts,
    columns={
        "participant_id": "Participant",
        "arm_label": "Arm",
        "site_label": "Site",
        "kind": "Kind",
        "survey_label": "Survey",
        "study_week": "Study week",
        "sequence": "Number in its week",
        "due_date": "Due",
        "window_start": "Window from",
        "window_end": "Window to",
        "delivered_at": "Delivered (UTC)",
        "opened_at": "Opened (UTC)",
        "done_at": "Done (UTC)",
        "status": "Status",
    },
    caption=lambda frame: (
        f"n = {theme.counted(frame['n_due'].sum(), 'line')}, "
        f"{theme.counted(frame['n_participants'][0], 'participant')}"
    ),
    empty="Nothing was due at the chosen sites, arms, cohorts and weeks. What is due comes from "
    "[intended_use] and the schedules under [[instruments]] in the study file.",
    width="full",
    level="participant",
)
