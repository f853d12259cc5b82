"""Adherence: who did what was due, week by week, and how long use and participation last."""

import dash_mantine_components as dmc
import duckdb
import polars as pl
from dash import Dash, Input, Output, html
from dash.development.base_component import Component

from access.viewer import Viewer
from dashboard import (
    adherence_curves,
    adherence_rules,
    filters_bar,
    ledger_grid,
    panel,
    panel_cells,
    panel_wiring,
    tall_charts,
    theme,
    withheld,
)
from dashboard.context import Context
from dashboard.figures import adherence as figures
from dashboard.figures import ledger_grid as grids
from dashboard.intervals import with_t_interval
from dashboard.panel import Panel
from dashboard.shares import with_clustered_interval
from queries import adherence as reads
from queries.facts import study_facts
from queries.filters import Filters

PATH, TITLE, AUDIENCE = "/adherence", "Adherence", "Trial team"
FILTERS = ("site", "arm", "cohort", "weeks")
LEAD = "Who did what was due, week by week, and how long use and taking part last."
USAGE_TITLE = "Usage"
USAGE_LEAD = (
    "How often the app was used, week by week. The study file states no intended use with a "
    "justification, so nothing here is measured against one."
)
_NOBODY = "Nobody is at risk at the chosen sites, arms, cohorts and weeks. Widen the filters."
_WEEK = (
    "Weeks are each participant's study weeks, as the study file counts them. A week that ended "
    "early because the participant left is over."
)


def read_sessions(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters, *, order: str | None
) -> pl.DataFrame:
    """Cells of the session grid; none without intended use."""
    by_share = order == ledger_grid.BY_SHARE
    people = reads.grid_people(con, viewer, filters, "session", with_share=by_share)
    shown = ledger_grid.first(people, order) if _is_intended(con) else []
    frame = reads.session_weeks(con, viewer, filters, shown)
    return ledger_grid.session_cells(frame, order, people)


def read_surveys(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters, *, order: str | None
) -> pl.DataFrame:
    """Cells of the survey grid."""
    by_share = order == ledger_grid.BY_SHARE
    people = reads.grid_people(con, viewer, filters, "survey", with_share=by_share)
    frame = reads.surveys(con, viewer, filters, ledger_grid.first(people, order))
    return ledger_grid.survey_cells(frame, order, people)


def read_usage(con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """Cells of the usage grid; none where there is intended use to compare with."""
    people = reads.grid_people(con, viewer, filters, "session")
    shown = [] if _is_intended(con) else ledger_grid.first(people, None)
    return ledger_grid.usage_cells(reads.session_weeks(con, viewer, filters, shown), people)


def read_weekly_share(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters
) -> pl.DataFrame:
    """Share of the sessions due that were done, with intervals; weeks with something due."""
    frame = with_clustered_interval(reads.weekly_sessions(con, viewer, filters))
    return frame.filter(pl.col("n_due") > 0)


def read_weekly_usage(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters
) -> pl.DataFrame:
    """Mean sessions per participant at risk, with intervals; none where there is intended use."""
    frame = reads.weekly_sessions(con, viewer, filters).filter(pl.col("n_participants") > 0)
    frame = frame.clear() if _is_intended(con) else frame
    frame = frame.with_columns(mean_sessions=pl.col("n_sessions") / pl.col("n_participants"))
    shown = with_t_interval(frame, mean="mean_sessions", sd="sd_sessions")
    # A mean of counts is never negative, whatever a t interval says.
    return shown.with_columns(pl.col("ci_low").clip(lower_bound=0))


def _is_intended(con: duckdb.DuckDBPyConnection) -> bool:
    return study_facts(con).has_intended_use


def _n_people(frame: pl.DataFrame) -> str:
    shown, of = frame["participant_id"].n_unique(), frame["n_people"][0]
    if shown == of:
        return f"n = {theme.counted(of, 'participant')}"
    return (
        f"the first {theme.whole(shown)} of {theme.counted(of, 'participant')}: narrow the filters"
    )


def _n_sessions(frame: pl.DataFrame) -> str:
    due = frame["n_due"].sum()
    return f"{_n_people(frame)}, {theme.counted(due, 'session')} due"


def _n_weekly(frame: pl.DataFrame) -> str:
    most = frame.group_by("arm_id").agg(n=pl.col("n_participants_due").max())["n"].sum()
    people = f"n = up to {theme.counted(most, 'participant')} a week"
    if withheld.any_of(frame):
        return people
    done, due = theme.whole(frame["n_done"].sum()), theme.counted(frame["n_due"].sum(), "session")
    return f"{people}, {done} of {due} due done"


def _n_usage(frame: pl.DataFrame) -> str:
    most = frame.group_by("arm_id").agg(n=pl.col("n_participants").max())["n"].sum()
    sessions = theme.counted(frame["n_sessions"].sum(), "session")
    return f"n = up to {theme.counted(most, 'participant')} a week, {sessions}"


SESSIONS = Panel(
    id="adherence-sessions",
    title="Sessions due and done, by participant and study week",
    definition=f"One row per participant, one cell per study week at risk; no cell: not at risk. "
    f"{_WEEK} A week is done when every session due in it was done, partly done when some were. "
    "Open: it can still be done in time. Excused: the study file takes the week out. Three dots "
    "after a sign: the week still runs. Choose a cell to open the participant's page.",
    read=read_sessions,
    figure=grids.sessions,
    columns={
        "participant_id": "Participant",
        "arm_label": "Arm",
        "site_label": "Site",
        "study_week": "Study week",
        "week_start": "Week begins",
        "words": "Status",
        "n_due": "Due",
        "n_done": "Done",
        "n_missed": "Missed",
        "n_open": "Open",
        "n_excused": "Excused",
        "n_sessions": "Sessions of use",
    },
    caption=_n_sessions,
    empty=_NOBODY,
    choices=("order",),
    height="tall",
    width="full",
    level="participant",
)

USAGE = Panel(
    id="adherence-usage",
    title="Sessions of use, by participant and study week",
    definition=f"One row per participant, one cell per study week at risk; no cell: not at risk. "
    f"{_WEEK} The number is how many sessions of use began in the week; darker means more. Three "
    "dots: the week still runs. Choose a cell to open the participant's page.",
    read=read_usage,
    figure=grids.usage,
    columns={
        "participant_id": "Participant",
        "arm_label": "Arm",
        "site_label": "Site",
        "study_week": "Study week",
        "week_start": "Week begins",
        "n_sessions": "Sessions of use",
        "is_running_week": "Week still runs",
    },
    caption=_n_people,
    empty=_NOBODY,
    height="tall",
    width="full",
    level="participant",
)

WEEKLY = Panel(
    id="adherence-weekly",
    title="Share of the sessions due that were done, by study week and arm",
    definition=f"Sessions done divided by sessions due, over all participants of the arm at risk "
    f"in the week; excused sessions are not due. {_WEEK} Weeks that still run are left out and "
    "counted; the marker is then hollow. Intervals: Wilson, 95 %, with all sessions of one "
    "participant in a week taken as one cluster (design effect, at least 1). Each week stands on "
    "its own: the intervals are not a model's.",
    read=read_weekly_share,
    figure=figures.weekly_share,
    columns={
        "arm_label": "Arm",
        "study_week": "Study week",
        "n_participants_due": "Participants with a session due",
        "n_due": "Sessions due",
        "n_done": "Sessions done",
        "share": "Share done",
        "ci_low": "95 % from",
        "ci_high": "95 % to",
        "n_incomplete": "Left out: week still runs",
    },
    caption=_n_weekly,
    empty="No session was due in a week that is over, at the chosen sites, arms, cohorts and "
    "weeks. Widen the filters.",
    height="large",
    width="full",
    cells=panel_cells.WEEKLY,
)

USAGE_WEEKLY = Panel(
    id="adherence-usage-weekly",
    title="Sessions of use per participant, by study week and arm",
    definition=f"Mean number of sessions of use per participant at risk; those without use count "
    f"as 0. {_WEEK} Weeks that still run are left out and counted; the marker is then hollow. "
    "Intervals: 95 % t intervals of the mean between participants, cut at 0; each week on its own.",
    read=read_weekly_usage,
    figure=figures.weekly_usage,
    columns={
        "arm_label": "Arm",
        "study_week": "Study week",
        "n_participants": "Participants at risk",
        "n_active": "Participants with use",
        "n_sessions": "Sessions of use",
        "mean_sessions": "Sessions per participant",
        "ci_low": "95 % from",
        "ci_high": "95 % to",
        "n_incomplete": "Left out: week still runs",
    },
    caption=_n_usage,
    empty=_NOBODY,
    height="large",
    width="full",
    cells=panel_cells.USAGE_WEEKLY,
)

SURVEYS = Panel(
    id="adherence-surveys",
    title="Surveys due and filled in, by participant",
    definition="One row per participant, one cell per scheduled survey that has become due, in the "
    "order of the due days. Done: filled in within the window; late: after it; open: the window "
    "still runs; missed: the window closed. Choose a cell to open the participant's page.",
    read=read_surveys,
    figure=grids.surveys,
    columns={
        "participant_id": "Participant",
        "arm_label": "Arm",
        "site_label": "Site",
        "survey_label": "Survey",
        "study_week": "Study week",
        "due_date": "Due",
        "window_end": "In time until",
        "done_at": "Filled in (UTC)",
        "words": "Status",
    },
    caption=lambda frame: f"{_n_people(frame)}, {theme.counted(frame.height, 'survey')} due",
    empty="No survey has become due at the chosen sites, arms, cohorts and weeks. Surveys become "
    "due as the schedules under [[instruments]] in study.toml say.",
    choices=("order",),
    height="tall",
    width="full",
    level="participant",
)

WITH_INTENDED_USE = (
    SESSIONS,
    WEEKLY,
    adherence_rules.DEFINITIONS,
    adherence_rules.AGREEMENT,
)
WITHOUT_INTENDED_USE = (USAGE, USAGE_WEEKLY)
ALWAYS = (
    adherence_curves.NONUSAGE,
    adherence_curves.DROPOUT,
    SURVEYS,
    adherence_rules.LEDGER,
)
PANELS = (*WITH_INTENDED_USE, *WITHOUT_INTENDED_USE, *ALWAYS)
GRIDS = (SESSIONS, USAGE, SURVEYS)


def layout() -> Component:
    """The page without data. Which of the two groups shows is known once a build is."""
    head = html.Div(
        [html.H1(TITLE, id="adherence-title"), html.P(LEAD, className="lead", id="adherence-lead")],
        className="page-head",
    )
    groups = [
        html.Div(_order(), className="page-controls", id="adherence-controls"),
        html.Div(_views(WITH_INTENDED_USE), className="page-group", id="adherence-with"),
        html.Div(_views(WITHOUT_INTENDED_USE), className="is-hidden", id="adherence-without"),
        html.Div(_views(ALWAYS), className="page-group"),
    ]
    return html.Div([head, html.Div(groups, className="panels")], className="page")


def _views(panels: tuple[Panel, ...]) -> list[Component]:
    return [
        html.Div(panel.view(each), className="scrolls") if each in GRIDS else panel.view(each)
        for each in panels
    ]


def _order() -> Component:
    return dmc.Select(
        id=filters_bar.choice_id("order"),
        label="Order of the rows",
        placeholder="By site, then enrolment",
        data=[{"value": ledger_grid.BY_SHARE, "label": "Smallest share done first"}],
        clearable=True,
        size="xs",
    )


def wording(has_intended_use: bool) -> tuple[str, str, str, str]:
    """Title, lead, and the classes of the two groups. Without intended use: usage."""
    if has_intended_use:
        return TITLE, LEAD, "page-group", "is-hidden"
    return USAGE_TITLE, USAGE_LEAD, "is-hidden", "page-group"


def register(app: Dash, context: Context) -> None:
    """Wire the panels, the wording, the height of the grids and the way to a participant."""
    panel_wiring.register(app, context, PANELS)

    @app.callback(
        Output("adherence-title", "children"),
        Output("adherence-lead", "children"),
        Output("adherence-with", "className"),
        Output("adherence-without", "className"),
        Input("build", "data"),
    )
    def _word(_build: str | None) -> tuple[str, str, str, str]:
        return wording(_build is None or context.facts().has_intended_use)

    for grid in GRIDS:
        tall_charts.fit(app, grid)
        tall_charts.open_participant(app, grid)
    for wide in (WEEKLY, USAGE_WEEKLY):
        tall_charts.fit(app, wide)
