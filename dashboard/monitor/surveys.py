"""Visit windows of surveys, and whether surveys are missed by those who do not use the app."""

from typing import Any

import duckdb
import polars as pl
from dash import html
from dash.development.base_component import Component

from access.viewer import Viewer
from dashboard import panel_cells, theme, withheld
from dashboard.completeness import FILLED, OVER
from dashboard.figures import completeness as figures
from dashboard.monitor.flow import NOBODY, PEOPLE
from dashboard.panel import Panel
from queries import monitor as reads
from queries.filters import Filters

CLASSES = (
    "Adherent, by the first definition",
    "Not adherent, but started",
    "Never started",
    "Cannot be judged yet",
)
WITHOUT_PLAN = ("Still using", "Stopped using", "Never started", "Cannot be judged yet")
OUTCOMES = {"n_all": "All filled in", "n_some": "Some missed", "n_none": "All missed"}


def read_visits(con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """Scheduled surveys with their window in words and the share filled in."""
    frame = reads.visits(con, viewer, filters)
    words = [window_words(*row) for row in frame.select(_WINDOW).iter_rows()]
    filled, over = pl.sum_horizontal(FILLED), pl.sum_horizontal(OVER)
    return frame.with_columns(
        pl.Series("window", words, dtype=pl.String),
        share_filled=pl.when(over > 0).then(filled / over),
    )


_WINDOW = ("window_before_days", "window_after_days")


def window_words(before: int, after: int) -> str:
    """A window around the due day, such as `0 to +6 days`."""
    start = "0" if before == 0 else f"\u2212{before}"
    return f"{start} to +{after} days"


def read_cross(con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """Missed surveys by what became of use."""
    return cross(reads.people(con, viewer, filters))


def cross(people: pl.DataFrame) -> pl.DataFrame:
    """Participants by class of use and by whether they missed surveys.

    Parameters
    ----------
    people
        As `queries.monitor.people` returns. Not modified.

    Returns
    -------
    pl.DataFrame
        One row per class that occurs, with participants of whom any survey's window is over
        (`n_participants`), by `OUTCOMES`; surveys due and missed, and their share.
    """
    due = people.filter(pl.col("n_surveys_over") > 0)
    has_plan = due["is_adherent"].is_not_null().any()
    names = CLASSES if has_plan else WITHOUT_PLAN
    started = pl.col("is_starter").fill_null(value=False)
    good = pl.col("is_adherent") if has_plan else ~pl.col("is_nonusage_event")
    place = (
        pl.when(pl.col("is_starter").is_null())
        .then(3)
        .when(~started)
        .then(2)
        .when(good.is_null())
        .then(3)
        .otherwise(pl.when(good).then(0).otherwise(1))
    )
    filled, over = pl.col("n_surveys_filled"), pl.col("n_surveys_over")
    counted = (
        due.with_columns(position=place.cast(pl.Int32))
        .group_by("position")
        .agg(
            n_participants=pl.len().cast(pl.Int64),
            n_all=(filled == over).sum().cast(pl.Int64),
            n_some=((filled > 0) & (filled < over)).sum().cast(pl.Int64),
            n_none=(filled == 0).sum().cast(pl.Int64),
            n_surveys=over.sum(),
            n_missed=(over - filled).sum(),
        )
        .sort("position")
    )
    labels = pl.Series("use_class", [names[i] for i in counted["position"]], dtype=pl.String)
    return counted.with_columns(labels, share=pl.col("n_missed") / pl.col("n_surveys"))


def cross_table(frame: pl.DataFrame, _filters: Filters) -> Component:
    """The table, darker where more of a row's participants are."""
    head = html.Tr(
        [
            html.Td(),
            *(html.Th(words, scope="col") for words in OUTCOMES.values()),
            html.Th("Surveys missed", scope="col"),
        ]
    )
    rows = [
        html.Tr(
            [
                html.Th([row["use_class"], _people(row)], scope="row"),
                *(_share_cell(row, name) for name in OUTCOMES),
                html.Td(_missed(row)),
            ]
        )
        for row in frame.to_dicts()
    ]
    table = html.Table([html.Thead(head), html.Tbody(rows)], className="counts cross")
    box = {"role": "region", "aria-label": "Missed surveys by use", "tabIndex": 0}
    return html.Div(table, className="counts-box", **box)


def _people(row: dict[str, Any]) -> Component:
    n = row["n_participants"]
    words = withheld.WORD if n is None else theme.counted(n, "participant")
    return html.Span(words, className="under")


def _share_cell(row: dict[str, Any], name: str) -> Component:
    n, of = row[name], row["n_participants"]
    if n is None or not of:
        return html.Td(withheld.SIGN)
    tint = f"color-mix(in oklab, var(--band) {100 * n / of:.0f}%, var(--surface))"
    return html.Td(
        [theme.percent(n / of), html.Span(theme.whole(n), className="under")],
        style={"background": tint},
    )


def _missed(row: dict[str, Any]) -> list[Any]:
    if row["share"] is None:
        return [withheld.SIGN]
    of = f"{theme.whole(row['n_missed'])} of {theme.whole(row['n_surveys'])}"
    return [theme.percent(row["share"]), html.Span(of, className="under")]


def _n_visits(frame: pl.DataFrame) -> str:
    due = f"n = {theme.counted(frame['n_due'].sum(), 'survey')} due"
    closing = frame["n_closing"].sum()
    return f"{due}, {theme.whole(closing)} open that close within 7 days" if closing else due


def _n_cross(frame: pl.DataFrame) -> str:
    return f"n = {theme.counted(frame['n_participants'].sum(), 'participant')}"


VISITS = Panel(
    id="monitor-visits",
    title="Visit windows: what became of each scheduled survey",
    definition="Participants for whom the survey has become due. In window: filled in between the "
    "first and the last day of its window; late: after it, before the next one opens; open: the "
    "window still runs; missed: it is over; excused: not filled in on days that the study file "
    "excuses. Nothing is due after a withdrawal from the study. Median delay: days from the due "
    "day to the filling-in.",
    read=read_visits,
    figure=figures.survey_shares,
    columns={
        "survey_label": "Survey",
        "study_week": "Study week",
        "window": "Window",
        "n_due": "Due",
        "done": "In window",
        "late": "Late",
        "open": "Open",
        "n_closing": "Closing within 7 days",
        "missed": "Missed",
        "excused": "Excused",
        "share_filled": "Share filled in, of those over",
        "median_days": "Median delay, days",
    },
    caption=_n_visits,
    empty="No survey has become due at the chosen sites, arms and months. Surveys become due as "
    "the schedules under [[instruments]] in study.toml say.",
    height="tall",
    uses=PEOPLE,
    cells=panel_cells.VISITS,
)
CROSS = Panel(
    id="monitor-missing",
    title="Missed surveys, by use of the app",
    definition="Participants of whom any survey's window is over, by what became of their use (the "
    "study's first definition of adherence; without intended use, whether they stopped using) and "
    "by whether they missed surveys. Excused surveys are left out. Where those who do not use the "
    "app miss more surveys, scores are missing not at random: see the sensitivity analyses of the "
    "models.",
    read=read_cross,
    content=cross_table,
    columns={
        "use_class": "Use",
        "n_participants": "Participants",
        "n_all": "All filled in",
        "n_some": "Some missed",
        "n_none": "All missed",
        "n_surveys": "Surveys due",
        "n_missed": "Missed",
        "share": "Share missed",
    },
    caption=_n_cross,
    empty=f"{NOBODY} Or no survey's window is over yet.",
    uses=PEOPLE,
    cells=panel_cells.CROSS,
)
