"""Caseload: somebody's own participants, those with the newest change first."""

import duckdb
import polars as pl
from dash import Dash
from dash.development.base_component import Component

from access.viewer import Viewer
from dashboard import panel, panel_wiring, theme
from dashboard.card.change import changes
from dashboard.caseload import rows, view
from dashboard.context import Context
from dashboard.panel import Panel
from queries import care
from queries.filters import Filters
from queries.rhythm import own_rhythm

PATH, TITLE, AUDIENCE = "/caseload", "Caseload", "Clinicians"
FILTERS = ("site", "arm", "cohort")


def read_people(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters, *, start: str | None = None
) -> pl.DataFrame:
    """One row per participant of the viewer's, sorted by what changed; `start` is for the list."""
    total = care.scored_ends(con, viewer, filters)
    found = rows.rows(
        care.people(con, viewer, filters),
        own_rhythm(con, viewer, filters),
        changes(total, care.switches(con, viewer, filters)),
        care.next_due(con, viewer, filters),
    )
    return found.with_columns(pl.lit(view.first_row(start, found.height)).alias(view.START))


def _caption(frame: pl.DataFrame) -> str:
    n = theme.counted(frame.height, "participant")
    with_change = frame["changed_on"].is_not_null().sum()
    return f"n = {n}, {with_change} with a marked change"


PEOPLE = Panel(
    id="caseload-people",
    title="Your participants, the newest change first",
    definition="Sorted by what changed: first by how many whole weeks ago, then by how much. A "
    "change is a last alliance total that rose or fell beyond reliable change (against the full "
    "score before it, else against the first one), or a silence longer than usual. Its size is how "
    "many times it is its own limit; those without one come last, by name.\n"
    "Reliable change: 1.96 · sd · √2 · √(1 − reliability) of the scale, as the study file gives "
    "them (Jacobson and Truax). Inside: no larger than the scale's error alone may make it. Only "
    "full scores of the same questions are compared.\n"
    "Silence: days from the last day of use to the data end. Usual: the middle of the "
    "participant's own gaps between days of use. Longer than usual: more than twice that, and "
    "longer than nine in ten of their own gaps. With fewer than four gaps, after a withdrawal or "
    "after the planned weeks it is not judged.",
    read=read_people,
    content=view.view,
    worded=rows.worded,
    columns={
        "participant_id": "Participant",
        "site_label": "Site",
        "change": "What changed",
        "changed_on": "Since",
        "change_size": "Times its limit",
        "last_use": "Use",
        "last_use_note": "Against own gaps",
        "score": "Last alliance",
        "score_date": "On",
        "from_previous": "From the one before",
        "previous_mark": "Mark",
        "from_first": "From the first",
        "first_mark": "Mark from the first",
        "survey": "Survey",
        "session": "Session",
        "last_data_date": "Last data",
        "data_age_days": "Days before the data end",
    },
    caption=_caption,
    empty="Nobody in your care is among those whom the filters leave. Widen the filters, or ask "
    "whoever manages accounts.",
    choices=(view.START,),
    level="participant",
    width="full",
    uses=FILTERS,
    view_name="List",
)
PANELS = (PEOPLE,)


def layout() -> Component:
    """The page without data."""
    lead = "Who changed, and what comes next. A name opens the one-page card."
    return panel.page(TITLE, lead, panel.view(PEOPLE))


def register(app: Dash, context: Context) -> None:
    """Wire the panel."""
    panel_wiring.register(app, context, PANELS)
