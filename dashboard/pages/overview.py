"""Overview: is the trial on its way, and what needs attention today?"""

from collections.abc import Callable

import duckdb
import polars as pl
from dash import Dash
from dash.development.base_component import Component

from access.viewer import Viewer
from dashboard import (
    attention,
    curve_blocks,
    key_numbers,
    panel,
    panel_cells,
    panel_wiring,
    theme,
    withheld,
)
from dashboard.context import Context
from dashboard.figures import overview as figures
from dashboard.panel import Panel
from queries import overview as reads
from queries.filters import Filters

PATH, TITLE, AUDIENCE = "/", "Overview", "Trial team"
FILTERS = ("site", "arm", "cohort")
_NO_ONE = "Nobody is at the chosen sites, arms and months of enrolment. Widen the filters."


def read_numbers(con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """The key numbers, with `n_wider`: the group that those who are asked are part of, if any."""
    frame = reads.key_numbers(con, viewer, filters)
    n = dict(frame.select("measure", "n").iter_rows())
    wider = {"active": n.get("in_study"), "adherent": n.get("enrolled")}
    return frame.with_columns(
        n_wider=pl.col("measure").replace_strict(wider, default=None, return_dtype=pl.Int64)
    )


def read_recruitment(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters
) -> pl.DataFrame:
    """Enrolment so far by site, in steps that the viewer may see, with `n_at_site` in all."""
    frame = reads.recruitment(con, viewer, filters)
    steps = curve_blocks.joined(frame, viewer.smallest_cell, of="site_id", counts=("n_enrolled",))
    return steps.with_columns(n_at_site=pl.col("n_enrolled").sum().over("site_id"))


def _n(column: str, noun: str = "participant") -> Callable[[pl.DataFrame], str]:
    return lambda frame: f"n = {theme.counted(frame[column].sum(), noun)}"


def _n_numbers(frame: pl.DataFrame) -> str:
    first = frame.row(0, named=True)
    if withheld.is_withheld(first, "n_of"):
        return f"n {withheld.WORD}"
    return f"n = {theme.counted(first['n_of'], 'participant')}"


def _n_latest(frame: pl.DataFrame) -> str:
    last = frame.row(-1, named=True)
    if withheld.is_withheld(last, "n_in_study"):
        return f"n {withheld.WORD} in the last 7 days"
    return f"n = {theme.counted(last['n_in_study'], 'participant')} in the last 7 days"


def _n_concerns(frame: pl.DataFrame) -> str:
    n = frame["participant_id"].n_unique() - int(frame["participant_id"].null_count() > 0)
    return f"n = {theme.counted(n, 'participant')}, {_files_and_events(frame)}"


def _files_and_events(frame: pl.DataFrame) -> str:
    subjects = frame.filter(pl.col("subject").is_not_null())
    events = subjects.filter(pl.col("kind") == "unmapped_event").height
    files = subjects.filter(pl.col("kind") != "unmapped_event")["subject"].n_unique()
    return f"{theme.counted(files, 'file')}, {theme.counted(events, 'event name')}"


def _adherence_title(frame: pl.DataFrame) -> str:
    shown = frame.filter(~pl.col("is_withheld")) if withheld.any_of(frame) else frame
    is_usage = shown["n_yes"].null_count() == shown.height
    return "Weeks with any use so far, by arm" if is_usage else "Adherent so far, by arm"


def _adherence_caption(frame: pl.DataFrame) -> str:
    return f"{frame['definition_label'][0]} · {_n('n_evaluable')(frame)} · 95 % interval"


NUMBERS = Panel(
    id="overview-numbers",
    title="Where the trial stands",
    definition="Still in the study: not withdrawn. Used in last 7 days: any event in the seven "
    "days up to the as-of day, among those not withdrawn and within their planned weeks. Adherent "
    "so far: by the study's first definition, among those of whom any use was due. Sessions and "
    "surveys: done, also when late, of those whose time is over; what is still open or excused is "
    "left out.",
    read=read_numbers,
    content=key_numbers.numbers,
    columns={"measure": "Measure", "n": "n", "n_of": "of"},
    caption=_n_numbers,
    empty=_NO_ONE,
    width="full",
    uses=FILTERS,
    cells=panel_cells.NUMBERS,
)
ATTENTION = Panel(
    id="overview-attention",
    title="What needs attention",
    definition="Participants within their planned weeks, not withdrawn, without use for the "
    "study's limit of days or longer; surveys past their due day whose window is still open; files "
    "that failed or lost more than 1 % of their rows; clocks that run ahead; event names without a "
    "place in the study file. Files and events concern the whole study, whatever the filters.",
    read=reads.attention,
    content=attention.view,
    columns={
        "kind": "Kind",
        "participant_id": "Participant",
        "subject": "File or event",
        "n": "n",
        "n_of": "of",
        "days": "Days",
    },
    caption=_n_concerns,
    empty_title="✓ Nothing needs attention",
    empty="Nobody is silent, no survey is overdue, every file was loaded.",
    width="two-thirds",
    uses=FILTERS,
    level="participant",
)
FRESHNESS = Panel(
    id="overview-freshness",
    title="How fresh the data are",
    definition="Days are local to the participants; ages count from the day of the build. Rows "
    "rejected: of all rows of all files read; duplicates are not rejections. Concerns the whole "
    "study, whatever the filters.",
    read=reads.freshness,
    content=key_numbers.freshness,
    columns={
        "item": "Item",
        "last_on": "Last on",
        "age_days": "Days before the build",
        "n_rows": "Rows",
        "n_of": "of",
    },
    caption=lambda frame: f"n = {theme.counted(frame['n_of'].sum(), 'row')} read",
    empty="Nothing was loaded. Run: rapport load",
    width="third",
    uses=(),
    level="study",
)
RECRUITMENT = Panel(
    id="overview-recruitment",
    title="Participants enrolled so far, by site",
    definition="Everybody in the roster with an enrolment date, counted on the local date of "
    "enrolment. Those who withdrew later stay counted.",
    read=read_recruitment,
    figure=figures.recruitment,
    columns={
        "site_label": "Site",
        "enrolled_date": "Date",
        "n_enrolled": "Enrolled that day",
        "n_so_far": "Enrolled so far",
    },
    caption=_n("n_enrolled"),
    empty=f"{_NO_ONE} A study without a roster has no enrolment dates.",
    uses=FILTERS,
    cells=panel_cells.RECRUITMENT,
)
ACTIVITY = Panel(
    id="overview-activity",
    title="Participants who used the app, by week",
    definition="Windows of seven days, counted back from the as-of day, so that the newest is as "
    "long as the others. In the study: past day 0 and not withdrawn before the window; follow-up "
    "after the planned weeks is included. Used the app: at least one event.",
    read=reads.activity_by_week,
    figure=figures.activity_by_week,
    columns={
        "window_start": "From",
        "window_end": "To",
        "n_in_study": "In the study",
        "n_active": "Used the app",
        "share": "Share",
    },
    caption=_n_latest,
    empty=_NO_ONE,
    uses=FILTERS,
    cells=panel_cells.ACTIVITY,
)
ADHERENCE = Panel(
    id="overview-adherence",
    title="Adherence so far, by arm",
    definition="With an intended use in the study file: share of participants who meet its first "
    "adherence definition, of those of whom any use was due by now; 95 % Wilson interval. Without "
    "one: mean share of complete planned weeks with any use, with its normal interval. Arms differ "
    "in what they were asked to do: this compares them with their own plan.",
    read=reads.adherence_to_date,
    figure=figures.adherence_to_date,
    columns={
        "arm_label": "Arm",
        "n_evaluable": "n",
        "n_yes": "Adherent",
        "share": "Share",
        "low": "Low (95 %)",
        "high": "High (95 %)",
    },
    caption=_adherence_caption,
    empty=f"{_NO_ONE} In the first week nothing may be due yet.",
    titled=_adherence_title,
    height="small",
    width="third",
    uses=FILTERS,
    cells=panel_cells.ADHERENCE_TO_DATE,
)

PANELS = (NUMBERS, ATTENTION, FRESHNESS, RECRUITMENT, ACTIVITY, ADHERENCE)


def layout() -> Component:
    """The page without data."""
    lead = "Where the trial stands, and what needs attention."
    return panel.page(
        TITLE,
        lead,
        panel.view(NUMBERS),
        panel.view(ATTENTION),
        panel.stack(panel.view(ADHERENCE), panel.view(FRESHNESS)),
        panel.view(RECRUITMENT),
        panel.view(ACTIVITY),
    )


def register(app: Dash, context: Context) -> None:
    """Wire the panels."""
    panel_wiring.register(app, context, PANELS)
