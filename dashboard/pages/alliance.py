"""Alliance: how does the alliance develop, for whom, and how much of it was measured?"""

from typing import Any, get_args

import dash_mantine_components as dmc
import duckdb
import polars as pl
from dash import Dash, html
from dash.development.base_component import Component

from access.viewer import Viewer
from dashboard import (
    completeness,
    filters_bar,
    panel,
    panel_cells,
    panel_wiring,
    theme,
    wide_charts,
    withheld,
)
from dashboard.context import Context
from dashboard.figures import alliance as figures
from dashboard.figures import completeness as completeness_figures
from dashboard.intervals import span_words, with_t_interval
from dashboard.panel import Panel
from queries import alliance as reads
from queries.alliance import Split
from queries.filters import Filters

PATH, TITLE, AUDIENCE = "/alliance", "Alliance", "Designers"
SPLITS: dict[str, str] = {"arm": "Arm", "site": "Site", "cohort": "Month of enrolment"}
_COMPLETE = (
    "Only complete scores count: every item that applies has an answer. A participant with several "
    "occasions in a week counts once, with their mean."
)
_INTERVAL = "Intervals are 95 % t intervals of that week's mean; they are not a model's."
_HYPOTHESIS = (
    "Which scale stands for which dimension is a hypothesis of the study, not a finding: it is "
    "written in study.toml under [dimensions] and can be changed there."
)


def read_dimensions(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters
) -> pl.DataFrame:
    """Mean scores per dimension and week with their intervals."""
    frame = reads.alliance_by_week(con, viewer, filters)
    return with_t_interval(frame, mean="mean_score", sd="sd_score")


def read_groups(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters, *, split: str | None
) -> pl.DataFrame:
    """Mean scores of the chosen dimension by group, with intervals, `split` and the label.

    Without a choice the split is by arm, or by month of enrolment where nobody has an arm. Where
    arms are masked a split by arm is no choice.
    """
    asked = _split(split)
    if viewer.edition == "masked":
        chosen: Split = "cohort" if asked in (None, "arm") else asked
    else:
        chosen = asked or "arm"
    frame = reads.alliance_by_group(con, viewer, filters, chosen)
    if asked is None and chosen == "arm" and (frame["group_id"] == "unknown").all():
        chosen = "cohort"
        frame = reads.alliance_by_group(con, viewer, filters, chosen)
    measures = reads.dimension_measures(con, viewer).filter(dimension_id=filters.dimension)
    label = measures["dimension_label"][0] if measures.height else filters.dimension
    return with_t_interval(frame, mean="mean_score", sd="sd_score").with_columns(
        split=pl.lit(chosen), dimension_label=pl.lit(label)
    )


def read_surveys(con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """Scheduled surveys by status."""
    return completeness.survey_shares(reads.survey_status(con, viewer, filters))


def read_filled_by_use(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters
) -> pl.DataFrame:
    """Surveys filled in by use of the app in their week."""
    return completeness.filled_by_use(reads.survey_status(con, viewer, filters))


def read_score_completeness(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters
) -> pl.DataFrame:
    """Complete scores per dimension."""
    return completeness.score_completeness(reads.alliance_by_week(con, viewer, filters))


def read_measures(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, _filters: Filters
) -> pl.DataFrame:
    """Which scale stands for each dimension, in words."""
    words = (
        pl.when(pl.col("scale_label").is_null())
        .then(pl.lit("not measured in this study"))
        .when(pl.col("is_hypothesis"))
        .then(pl.lit("hypothesis"))
        .otherwise(pl.lit("stated by the study"))
    )
    role = (
        pl.when("is_total")
        .then(pl.lit("alliance in total"))
        .when(pl.col("dimension_id") == "flexibility")
        .then(pl.lit("context in which alliance forms (moderator)"))
        .otherwise(pl.lit("dimension"))
    )
    scale = pl.format("{} ({})", "scale_label", "instrument_label")
    frame = reads.dimension_measures(con, viewer)
    reach = [
        None if low is None else f"{low:g} to {high:g}"
        for low, high in frame.select("low", "high").iter_rows()
    ]
    return frame.with_columns(
        link=words, role=role, scale=scale, reach=pl.Series(reach, dtype=pl.String)
    )


def _split(given: str | None) -> Split | None:
    return next((split for split in get_args(Split) if split == given), None)


def _dimensions_caption(frame: pl.DataFrame) -> str:
    n = frame["n_incomplete"].sum()
    if withheld.gone(frame, "n_incomplete").any():
        left_out = "incomplete scores"
    else:
        left_out = theme.counted(n, "incomplete score")
    return f"{_per_point(frame)} · {left_out} left out · hollow: week not over for everybody"


def _per_point(frame: pl.DataFrame) -> str:
    counts = frame.filter(pl.col("n_participants") > 0)["n_participants"]
    return f"n = {span_words(counts)} participants per point"


def _groups_caption(frame: pl.DataFrame) -> str:
    return f"{frame['dimension_label'][0]} · {_per_point(frame)}"


def _surveys_caption(frame: pl.DataFrame) -> str:
    due = f"n = {theme.counted(frame['n_due'].sum(), 'survey')} due"
    if withheld.any_of(frame):
        return due
    filled = frame["done"].sum() + frame["late"].sum()
    over = filled + frame["missed"].sum()
    share = theme.percent(filled / over) if over else "none over yet"
    return f"{due} · {share} of those over filled in"


def _no_scores(frame: pl.DataFrame) -> bool:
    return frame["n_participants"].sum() == 0


_WEEK_COLUMNS = {
    "study_week": "Study week",
    "n_participants": "n",
    "mean_score": "Mean",
    "ci_low": "95 % from",
    "ci_high": "95 % to",
    "sd_score": "SD",
}

DIMENSIONS = Panel(
    id="alliance-dimensions",
    title="Mean score per study week, by dimension",
    definition=f"{_COMPLETE} {_INTERVAL} The number under each week is its n. Flexibility is the "
    f"context in which alliance forms, not a part of it. {_HYPOTHESIS}",
    read=read_dimensions,
    figure=figures.dimensions_over_weeks,
    columns={
        "dimension_label": "Dimension",
        **_WEEK_COLUMNS,
        "n_incomplete": "Incomplete, left out",
        "n_at_risk": "Began the week",
        "n_open": "Week not over",
        "n_not_reached": "Week not reached",
    },
    caption=_dimensions_caption,
    empty="No complete alliance score lies in this part of the study. Widen the filters, or check "
    "on the Data page whether survey answers were loaded.",
    height="tall",
    width="full",
    is_empty=_no_scores,
    cells=panel_cells.DIMENSIONS,
)
GROUPS = Panel(
    id="alliance-groups",
    title="The chosen dimension, split by group",
    definition=f"Choose the dimension in the filters and the groups in 'Split by'. {_COMPLETE} "
    f"{_INTERVAL} Groups other than arms were not randomised. Months of enrolment: the other "
    "months are drawn in grey behind each.",
    read=read_groups,
    figure=figures.dimension_by_group,
    columns={"group_label": "Group", **_WEEK_COLUMNS},
    caption=_groups_caption,
    empty="The chosen dimension has no complete score in this part of the study. Choose another "
    "dimension, or widen the filters.",
    choices=("split",),
    height="large",
    width="two-thirds",
    uses=("site", "arm", "cohort", "weeks", "dimension"),
    cells=panel_cells.GROUPS,
)
LATEST = Panel(
    id="alliance-latest",
    title="Each participant's latest score",
    definition="The latest complete score of each participant in the weeks shown. Box: quartiles "
    "and median; whiskers reach to 1.5 times the box; one dot is one participant. Participants who "
    "stopped early count with the score they left with.",
    read=lambda con, viewer, filters: reads.alliance_latest(con, viewer, filters),
    figure=figures.latest_scores,
    columns={"dimension_label": "Dimension", "study_week": "Study week", "score": "Score"},
    caption=lambda frame: (
        f"n = {frame.group_by('dimension_id').len()['len'].max()} participants at most"
    ),
    empty="No participant has a complete score in this part of the study. Widen the filters.",
    height="large",
    width="third",
    level="participant",
)
SURVEYS = Panel(
    id="alliance-surveys",
    title="What became of each scheduled survey",
    definition="Each participant for whom the survey's due day has come, in the schedule of the "
    "study file. Done: within its window. Late: after it, before the next one opened. Open: the "
    "window is not over. Excused: an outage or the like, from the study file.",
    read=read_surveys,
    figure=completeness_figures.survey_shares,
    columns={
        "survey_label": "Survey",
        "study_week": "Study week",
        "n_due": "Due",
        "done": "Done",
        "late": "Late",
        "open": "Open",
        "missed": "Missed",
        "excused": "Excused",
        "share_filled": "Share filled in, of those over",
    },
    caption=_surveys_caption,
    empty="No survey was due in this part of the study. Surveys need a schedule in study.toml "
    "under [[instruments]].",
    height="tall",
    cells=panel_cells.SURVEYS,
)
BY_USE = Panel(
    id="alliance-use",
    title="Surveys filled in, with and without use of the app that week",
    definition="Of the surveys whose window is over and that were not excused: the share done or "
    "late, of participants who used the app in the survey's study week and of those who did not. "
    "Weeks in which a participant was no longer at risk are left out. Intervals are Wilson's 95 %. "
    "Where the two differ, missing scores are not missing at random.",
    read=read_filled_by_use,
    figure=completeness_figures.filled_by_use,
    columns={
        "survey_label": "Survey",
        "use": "Use that week",
        "n_over": "Over",
        "n_filled": "Filled in",
        "share": "Share",
        "ci_low": "95 % from",
        "ci_high": "95 % to",
    },
    caption=lambda frame: f"n = {theme.counted(frame['n_over'].sum(), 'survey')} over",
    empty="No survey's window is over yet, or nobody was at risk in its week.",
    height="tall",
    cells=panel_cells.BY_USE,
)
SCORES = Panel(
    id="alliance-scores",
    title="Occasions with a complete score, by dimension",
    definition="Occasions: a survey was filled in, at least in part. Complete: every item of the "
    "scale that applies has an answer. Models also use scores with at least the instrument's "
    "least number of items; an unanswered item is never 0.",
    read=read_score_completeness,
    figure=completeness_figures.score_completeness,
    columns={
        "dimension_label": "Dimension",
        "n_occasions": "Occasions",
        "n_complete": "Complete",
        "n_incomplete": "Incomplete",
        "share": "Share complete",
    },
    caption=lambda frame: (
        f"n = {theme.counted(frame['n_occasions'].max() or 0, 'occasion')} at most"
    ),
    empty="No survey was filled in in this part of the study.",
    height="medium",
    width="third",
    cells=panel_cells.SCORES,
)
MEASURES = Panel(
    id="alliance-measures",
    title="What stands for each dimension",
    definition=f"{_HYPOTHESIS} The first scale listed for a dimension is the one shown.",
    read=read_measures,
    columns={
        "dimension_label": "Dimension",
        "role": "Role",
        "scale": "Scale (instrument)",
        "reach": "Range",
        "link": "Link",
    },
    caption=lambda frame: (
        theme.counted(
            frame.filter(pl.col("is_hypothesis").fill_null(False)).height, "link is", "links are"
        )
        + " a hypothesis"
    ),
    empty="The study file names no dimensions. Add [dimensions] to study.toml.",
    width="two-thirds",
    uses=(),
    level="study",
)
PANELS = (DIMENSIONS, GROUPS, LATEST, SURVEYS, BY_USE, SCORES, MEASURES)


def layout() -> Component:
    """The page without data."""
    lead = (
        "How the five dimensions of the alliance develop, for whom, and how much of it was "
        "measured."
    )
    parts: list[Any] = [panel.view(part) for part in PANELS]
    parts.insert(1, _split_control())
    return panel.page(TITLE, lead, *parts)


def _split_control() -> Component:
    return html.Div(
        dmc.Select(
            id=filters_bar.choice_id("split"),
            label="Split by",
            data=[{"value": value, "label": label} for value, label in SPLITS.items()],
            placeholder=SPLITS["arm"],
            clearable=True,
            size="xs",
        ),
        className="page-controls",
    )


def register(app: Dash, context: Context) -> None:
    """Wire the panels."""
    panel_wiring.register(app, context, PANELS)
    wide_charts.register(app, (DIMENSIONS, GROUPS))
