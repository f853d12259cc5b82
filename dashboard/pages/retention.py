"""Retention: who comes back, how often, and what did a release change?"""

import polars as pl
from dash import Dash
from dash.development.base_component import Component

from dashboard import panel, panel_wiring, theme, wide_charts
from dashboard.context import Context
from dashboard.figures import usage as figures
from dashboard.intervals import span_words
from dashboard.panel import Panel
from dashboard.usage import cells, cohort_table, frames

PATH, TITLE, AUDIENCE = "/retention", "Retention", "Designers"
FILTERS = ("site", "arm", "cohort", "weeks")
_POOLED = "All arms together unless the filter says otherwise."


def _over_caption(frame: pl.DataFrame) -> str:
    n = span_words(frame["n_participants"].drop_nulls())
    # Who is waiting may be withheld; that somebody is, is what a hollow mark says.
    waiting = frame["n_open"].null_count() or frame["n_open"].sum()
    words = " · hollow: not over for everybody" if waiting else ""
    return f"n = {n} participants whose week is over{words}"


def _lifecycle_caption(frame: pl.DataFrame) -> str:
    n = span_words(frame["n_participants"].drop_nulls())
    limit = theme.counted(frame["limit_days"][0], "day")
    return f"n = {n} participants whose week is over · limit of silence: {limit}"


def _stickiness_caption(frame: pl.DataFrame) -> str:
    return f"n = {span_words(frame['n_active'].drop_nulls())} participants with use in the week"


def _cohorts_caption(frame: pl.DataFrame) -> str:
    months = theme.counted(frame["cohort"].n_unique(), frame["unit"][0])
    whole = frame.filter(pl.col("n_open") == 0).height
    return f"n = {months} of enrolment · {whole} of {frame.height} cells over for everybody"


def _releases_caption(frame: pl.DataFrame) -> str:
    n = span_words(frame["n_participants"].drop_nulls())
    versions = theme.counted(frame["version_date"].n_unique() - 1, "week")
    return f"n = {n} participants in the study · {versions} with a new version"


def _nobody(frame: pl.DataFrame) -> bool:
    return frame.is_empty() or frame["n_participants"].sum() == 0


RETENTION = Panel(
    id="retention-weeks",
    title="Used the app, by study week",
    definition="Of those whose study week is over: how many used the app in it at all. The solid "
    "line leaves out who had withdrawn before the week began, the dashed one counts them as not "
    "having used it: the truth for the intervention lies with the dashed line. Weeks not over for "
    f"a participant do not count for them, so late weeks are of fewer. {_POOLED} Bars: Wilson's "
    "95 % interval.",
    read=frames.read_retention,
    figure=figures.retention,
    columns={
        "study_week": "Study week",
        "n_participants": "In the study, week over",
        "n_active": "Used the app",
        "share": "Share of those",
        "ci_low": "95 % from",
        "ci_high": "95 % to",
        "n_left": "Had withdrawn before",
        "share_of_all": "Share of everybody",
        "n_open": "Week not over",
        "n_active_open": "Of these, used it so far",
    },
    caption=_over_caption,
    empty="No study week is over for anybody in this part of the study. Widen the filters.",
    cells=cells.RETENTION,
    is_empty=_nobody,
)
LIFECYCLE = Panel(
    id="retention-lifecycle",
    title="New, continuing, returning, dormant",
    definition="Each participant in the study stands in one group a week, once the week is over. "
    "New: first use. Continuing: used it after a silence no longer than the limit. Returning: used "
    "it after a longer one. Not this week: silent, for no longer than the limit. Dormant: silent "
    "for longer. Not begun: never used it. The limit is nonusage_after_days of the study file. "
    f"Who withdrew is no longer in the bars. {_POOLED}",
    read=frames.read_lifecycle,
    figure=figures.lifecycle,
    columns={
        "study_week": "Study week",
        "n_participants": "In the study, week over",
        "n_new": "New",
        "n_continuing": "Continuing",
        "n_returning": "Returning",
        "n_quiet": "Not this week",
        "n_dormant": "Dormant",
        "n_not_begun": "Not begun",
        "n_open": "Week not over",
    },
    caption=_lifecycle_caption,
    empty="No study week is over for anybody in this part of the study. Widen the filters.",
    cells=cells.LIFECYCLE,
    is_empty=_nobody,
)
STICKINESS = Panel(
    id="retention-stickiness",
    title="How habitual: days a week, weeks of four",
    definition="Left: days with use in a study week, among those who used the app in it, with the "
    "95 % t interval of the mean. Right: of all who used the app in a week or the three before it, "
    "the share who used it in that week (weekly over four-weekly users; 100 %: the same people "
    "every week). Only weeks that are over, and from week 3 on for the share.",
    read=frames.read_stickiness,
    figure=figures.stickiness,
    columns={
        "study_week": "Study week",
        "n_participants": "In the study, week over",
        "n_active": "Used the app",
        "mean_active_days": "Days with use",
        "ci_low": "95 % from",
        "ci_high": "95 % to",
        "sd_active_days": "SD",
        "n_active_4_weeks": "Used it in four weeks",
        "share_of_users": "This week's share of those",
    },
    caption=_stickiness_caption,
    empty="No study week is over for anybody in this part of the study. Widen the filters.",
    cells=cells.STICKINESS,
)
COHORTS = Panel(
    id="retention-cohorts",
    title="Retention by time of enrolment, per cent",
    definition="Per month of enrolment (quarter, where months are too few people to be shown) and "
    "study week: the share who used the app, of those in the study whose week is over. n: "
    "participants in their first week. A week that is not over for all of a row is greyed: it is "
    "of the early ones of that row only. Read down a column: did a later row keep more people? "
    "Rows differ in season, sites and app version as well.",
    read=frames.read_cohorts,
    content=lambda frame, _filters: cohort_table.view(frame),
    view_name="Cohorts",
    columns={
        "cohort": "Enrolled in",
        "study_week": "Study week",
        "n_participants": "In the study, week over",
        "n_active": "Used the app",
        "share": "Share",
        "n_open": "Week not over",
    },
    caption=_cohorts_caption,
    empty="No study week has begun for anybody in this part of the study. Widen the filters.",
    cells=cells.COHORTS,
)
RELEASES = Panel(
    id="retention-releases",
    title="Exposures by calendar week, with the app's releases",
    definition="Exposures at the stage that counts, per participant and week in the study, over "
    "calendar weeks (Mondays), by category of persuasive design. A dotted line stands where a "
    "version of the app was first seen: on the first date by which a group that may be shown had "
    "it. Before and after a release the participants are others and further into the study: a step "
    "at a line is a hint, not the effect of the release. Hollow: the week is not over.",
    read=frames.read_releases,
    figure=figures.releases,
    columns={
        "category_label": "Category",
        "week_start": "Week of",
        "n_participants": "In the study",
        "n_exposed": "Exposed",
        "n_participant_weeks": "Participant-weeks",
        "n_exposures": "Exposures",
        "mean_exposures": "Exposures per participant-week",
        "versions": "Version first seen",
        "version_date": "On",
    },
    caption=_releases_caption,
    empty="Nobody was in the study on any day of the data. Widen the filters.",
    height="large",
    width="full",
    uses=("site", "arm", "cohort"),
    cells=cells.RELEASES,
)
PANELS = (RETENTION, LIFECYCLE, STICKINESS, COHORTS, RELEASES)


def layout() -> Component:
    """The page without data."""
    lead = (
        "Who comes back week after week, who falls silent and who returns, and whether a release "
        "changed what people met."
    )
    return panel.page(TITLE, lead, *(panel.view(part) for part in PANELS))


def register(app: Dash, context: Context) -> None:
    """Wire the panels."""
    panel_wiring.register(app, context, PANELS)
    wide_charts.register(app, (RELEASES,))
