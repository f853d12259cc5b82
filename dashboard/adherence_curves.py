"""Panels of the Adherence page on how long use lasts, and how long taking part does."""

import duckdb
import polars as pl

from access.viewer import Viewer
from dashboard import attrition, panel_cells, theme
from dashboard.figures import attrition as figures
from dashboard.panel import Panel
from queries import adherence as reads
from queries.filters import Filters

PEOPLE = ("site", "arm", "cohort")
_NOBODY = "Nobody with a known day 0 at the chosen sites, arms and cohorts. Widen the filters."


def read_nonusage(con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """Curves of the end of use."""
    frame = reads.attrition(con, viewer, filters)
    return attrition.curves(
        frame,
        day="nonusage_day",
        is_event="is_nonusage_event",
        smallest=viewer.smallest_cell,
    )


def read_dropout(con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """Curves of leaving the study."""
    frame = reads.attrition(con, viewer, filters)
    return attrition.curves(
        frame, day="dropout_day", is_event="is_dropout_event", smallest=viewer.smallest_cell
    )


def _n_curves(frame: pl.DataFrame) -> str:
    people = frame.unique("arm_id")["n_participants"].sum()
    events = frame["n_events"].sum()
    return f"n = {theme.counted(people, 'participant')}, {theme.counted(events, 'event')}"


_CURVE_COLUMNS = {
    "arm_label": "Arm",
    "day": "Study day",
    "survival": "Share",
    "ci_low": "95 % from",
    "ci_high": "95 % to",
    "n_at_risk": "At risk",
    "n_events": "Events",
    "n_censored": "Seen until then",
    "half_life": "Half-life, days",
    "half_life_low": "Half-life 95 % from",
    "half_life_high": "Half-life 95 % to",
}
_CURVE = (
    "Kaplan-Meier estimate with pointwise 95 % log-log intervals, one curve per arm; the half-life "
    "is the day by which half have had the event. Those without the event count until they were "
    "last observed. Over the whole time at risk, whichever weeks are chosen above."
)

NONUSAGE = Panel(
    id="adherence-nonusage",
    title="Non-usage attrition: share still using the app, by study day",
    definition="The event is the end of use: no use from that day until observation ends, for at "
    "least as many days as the study file says (nonusage_after_days). Who never used the app has "
    f"the event on day 0. {_CURVE} Read it beside the curve of leaving the study: the two are "
    "different things.",
    read=read_nonusage,
    figure=figures.nonusage,
    columns=_CURVE_COLUMNS,
    caption=_n_curves,
    empty=_NOBODY,
    height="large",
    uses=PEOPLE,
    cells=panel_cells.CURVE,
)

DROPOUT = Panel(
    id="adherence-dropout",
    title="Dropout attrition: share still in the study, by study day",
    definition="The event is leaving the study, as the roster records it. Stopping the app alone "
    f"is not the event. {_CURVE}",
    read=read_dropout,
    figure=figures.dropout,
    columns=_CURVE_COLUMNS,
    caption=_n_curves,
    empty=_NOBODY,
    height="large",
    uses=PEOPLE,
    cells=panel_cells.CURVE,
)
