"""Panels of micro-randomised versions: decision points, horizons, study weeks, moderators."""

from collections.abc import Callable
from functools import partial

import polars as pl

from access.viewer import Viewer
from dashboard import theme
from dashboard.figures import prompts as figures
from dashboard.panel import Panel
from dashboard.sources import Sources
from dashboard.variants import cells, health_view
from dashboard.variants import prompt_frames as frames
from dashboard.variants.panels import CHOICES
from models import analyses
from models.randomised.prompt_result import PromptFeature, PromptReport
from queries.filters import Filters

_NOT_RANDOMISED = (
    "Chance draws no version of this feature at each delivery, or it was not computed yet. Run: "
    "rapport fit"
)
_HOW = (
    "Causal excursion effect: what giving this version rather than the reference at one delivery "
    "changes in what follows, averaged over deliveries, the past as it was and the future as in "
    "this trial. WCLS for differences, EMEE for relative risks (Boruvka and others 2018; Qian and "
    "others 2021). "
)
Make = Callable[[tuple[PromptFeature, str] | None], pl.DataFrame]


def read_prompts(
    make: Make,
    sources: Sources,
    _viewer: Viewer,
    _filters: Filters,
    *,
    versions: str | None,
    compared: str | None,
) -> pl.DataFrame:
    """One frame of the feature and version that the address asks for."""
    found = analyses.saved(sources.results, "prompts", PromptReport)
    report = None if found is None else found.result
    return make(frames.chosen(report, versions, compared))


def _people(frame: pl.DataFrame) -> str:
    n = frame["n_participants"].drop_nulls()
    if n.is_empty():
        return "n = –"
    low, high = theme.whole(n.min()), theme.whole(n.max())
    return f"n = {low} participants" if low == high else f"n = {low} to {high} participants"


def _pair(frame: pl.DataFrame) -> str:
    row = frame.row(0, named=True)
    return f"{row['variant_label']} against {row['reference_label']}"


def _trend(frame: pl.DataFrame) -> str:
    return f"{_people(frame)} a week · session within 24 hours · straight line through the weeks"


prompt_panel = partial(
    Panel,
    choices=CHOICES[:2],
    reads="both",
    uses=(),
    shows_tests=True,
    empty=_NOT_RANDOMISED,
    analyses=("prompts",),
)
_NUMBERS = {
    "estimate": "Effect (difference, or relative risk)",
    "ci_low": "95 % from",
    "ci_high": "95 % to",
    "p_value": "p",
    "n_rows": "Decision points",
    "n_participants": "Participants",
}
POINTS = prompt_panel(
    id="variants-points",
    title="Decision points",
    definition="A decision point is a delivery at which chance chose the version. It is available "
    "where something could be given: here, wherever it was delivered and says what was given. "
    "Effects are those on people to whom it was delivered.",
    read=partial(read_prompts, frames.points),
    content=lambda frame, _filters: health_view.points_view(frame),
    view_name="Facts",
    columns={"label": "What", "words": "In words"},
    caption=_people,
    width="third",
    cells=cells.POINTS,
)
HORIZONS = prompt_panel(
    id="variants-horizons",
    title="Excursion effects by how soon a session follows",
    definition=_HOW + "One outcome per window; these are several looks at one question. A window "
    "that reaches past the next delivery holds its version too. Where the outcome never happens, "
    "nothing can be estimated, and it says so.",
    read=partial(read_prompts, frames.horizons),
    figure=figures.horizons,
    columns={
        "outcome_label": "Outcome",
        "estimator": "Estimator",
        **_NUMBERS,
        "baseline": "Mean with the reference",
        "n_unknown": "Outcome not known",
        "explanation": "Why there is no number",
    },
    caption=lambda frame: f"{_people(frame)} · {_pair(frame)}",
    width="two-thirds",
    cells=cells.HORIZONS,
)
COURSE = prompt_panel(
    id="variants-course",
    title="Excursion effect by study week",
    definition=_HOW + "The effect is a straight line in the study week; weeks with fewer than 10 "
    "participants are not drawn. The table has the relative risk as well.",
    read=partial(read_prompts, frames.course),
    figure=figures.course,
    columns={
        "week": "Study week",
        "estimator": "Estimator",
        "estimate": "Effect (difference, or relative risk)",
        "ci_low": "95 % from",
        "ci_high": "95 % to",
        "n_points": "Decision points",
        "n_participants": "Participants",
    },
    caption=_trend,
    width="third",
    cells=cells.COURSE,
)
MODERATION = prompt_panel(
    id="variants-moderation",
    title="Excursion effect by what came before",
    definition=_HOW + "One moderator at a time, known before the delivery: the effect a standard "
    "deviation below its mean and above it. p of the change: that the effect does not depend on "
    "it. What is moderated is an effect; what moderates it was not drawn by chance.",
    read=partial(read_prompts, frames.moderation),
    figure=figures.moderation,
    columns={
        "moderator": "Moderator",
        "at": "Where it is",
        "estimator": "Estimator",
        **_NUMBERS,
        "p_change": "p of the change",
        "explanation": "Why there is no number",
    },
    caption=lambda frame: f"{_people(frame)} · session within 24 hours",
    height="large",
    width="two-thirds",
    cells=cells.MODERATION,
)
PANELS = (POINTS, HORIZONS, COURSE, MODERATION)
