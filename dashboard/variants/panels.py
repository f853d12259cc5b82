"""Panels of the comparison of versions: health first, then effects, looks, weeks, moderators."""

from functools import partial

import polars as pl

from access.viewer import Viewer
from dashboard import theme
from dashboard.figures import variant_course as course_figures
from dashboard.figures import variants as figures
from dashboard.panel import Panel
from dashboard.sources import Sources
from dashboard.variants import cells, frames, health_view
from models import analyses
from models.randomised.version_result import ComparedFeature, VersionReport
from queries.filters import Filters

CHOICES = ("versions", "compared", "result")
"""Keys of the address: the feature, the version against the reference, and the outcome."""
NOT_COMPUTED = (
    "Nothing to show: no feature of the study file has two [[variants]], or they were not compared "
    "yet. Run: rapport fit"
)
_HOW = (
    "Where chance draws a version at each delivery, the unit is the delivery and the number is a "
    "causal excursion effect (WCLS; EMEE for relative risks), clustered by participant. Where each "
    "participant keeps a version, it is a mixed model with own levels. Both hold constant what was "
    "known before (the same score, or use, and the weeks since the first delivery). "
)
_ALL = "The comparison sees every participant; filters do not change it. "


def saved(sources: Sources) -> VersionReport | None:
    """The kept comparison of the viewer's edition, if there is one."""
    found = analyses.saved(sources.results, "variants", VersionReport)
    return None if found is None else found.result


def feature_of(sources: Sources, versions: str | None) -> ComparedFeature | None:
    """The feature that the address asks for, or the first."""
    return frames.chosen_feature(saved(sources), versions)


def read_health(
    sources: Sources,
    _viewer: Viewer,
    _filters: Filters,
    *,
    versions: str | None,
    **_choices: str | None,
) -> pl.DataFrame:
    """The badge, the versions and the checks of the chosen feature."""
    return frames.health(feature_of(sources, versions))


def read_balance(
    sources: Sources,
    _viewer: Viewer,
    _filters: Filters,
    *,
    versions: str | None,
    compared: str | None,
    **_choices: str | None,
) -> pl.DataFrame:
    """Differences of what was known before."""
    return frames.balance(feature_of(sources, versions), compared)


def read_effects(
    sources: Sources,
    _viewer: Viewer,
    _filters: Filters,
    *,
    versions: str | None,
    compared: str | None,
    **_choices: str | None,
) -> pl.DataFrame:
    """Every outcome of the chosen version against the reference."""
    return frames.effects(feature_of(sources, versions), compared)


def read_looks(
    sources: Sources,
    _viewer: Viewer,
    _filters: Filters,
    *,
    versions: str | None,
    compared: str | None,
    result: str | None,
) -> pl.DataFrame:
    """The chosen outcome as it stood from look to look."""
    return frames.looks(feature_of(sources, versions), compared, result)


def read_parts(
    sources: Sources,
    _viewer: Viewer,
    _filters: Filters,
    *,
    versions: str | None,
    compared: str | None,
    result: str | None,
    of_weeks: bool,
) -> pl.DataFrame:
    """The chosen outcome by week, or by moderator."""
    return frames.parts(feature_of(sources, versions), compared, result, of_weeks=of_weeks)


def verb(frame: pl.DataFrame, *, plural: bool = False) -> str:
    """What a difference may be called: an effect where chance decided, else an association."""
    word = "Effect" if frame["is_randomised"][0] else "Association"
    return f"{word}s" if plural else word


def _pair(frame: pl.DataFrame) -> str:
    row = frame.row(0, named=True)
    return f"{row['variant_label']} against {row['reference_label']}"


def _people(frame: pl.DataFrame) -> str:
    n = frame["n_participants"].drop_nulls()
    if n.is_empty():
        return "n = –"
    low, high = theme.whole(n.min()), theme.whole(n.max())
    return f"n = {low} participants" if low == high else f"n = {low} to {high} participants"


def _health_caption(frame: pl.DataFrame) -> str:
    checks = frame.filter(pl.col("section") == "check")
    failed = checks.filter(pl.col("state") == "failed").height
    given = frame.filter(pl.col("section") == "version")["n_deliveries"].drop_nulls().sum()
    return (
        f"n = {theme.whole(given)} deliveries · {theme.counted(checks.height, 'check')}, "
        f"{failed} failed"
    )


def _effects_caption(frame: pl.DataFrame) -> str:
    beyond = frame.filter((pl.col("valid_low") > 0) | (pl.col("valid_high") < 0)).height
    gains = frame["variance_removed"].drop_nulls()
    words = [_people(frame), f"{beyond} of {frame.height} with an always valid interval without 0"]
    if not gains.is_empty():
        least, most = float(gains.min()), float(gains.max())
        words.append(
            f"knowing the past removes {theme.percent(max(least, 0.0))} to "
            f"{theme.percent(max(most, 0.0))} of the variance"
        )
    return " · ".join(words)


def _looks_caption(frame: pl.DataFrame) -> str:
    last = frame.row(-1, named=True)
    fixed = ((frame["ci_low"] > 0) | (frame["ci_high"] < 0)).sum()
    valid = ((frame["valid_low"] > 0) | (frame["valid_high"] < 0)).sum()
    return (
        f"n = {theme.whole(last['n_participants'])} participants by the last look · "
        f"{theme.counted(frame.height, 'look')}: {fixed} with a 95 % interval without 0, {valid} "
        "with an always valid one"
    )


def _by_outcome(what: str, frame: pl.DataFrame) -> str:
    return f"{verb(frame)} {what}: {frame['outcome_label'][0]}"


version_panel = partial(
    Panel,
    choices=CHOICES,
    reads="both",
    uses=(),
    shows_tests=True,
    empty=NOT_COMPUTED,
    analyses=("variants",),
)
_NUMBER_COLUMNS = {
    "estimate": "Difference",
    "ci_low": "95 % from",
    "ci_high": "95 % to",
    "se": "SE",
    "p_value": "p",
    "n_rows": "Rows",
    "n_participants": "Participants",
}
HEALTH = version_panel(
    id="variants-health",
    title="Health: did the comparison work as meant?",
    definition=f"{_ALL}Looked at before any effect. Sample ratio: numbers given against those "
    "declared, by chi-square; below p = 0.001 something is wrong with delivery or logging. "
    "Balance: differences of what was known before. Contamination: participants who met more than "
    "one version. Missing outcomes: more often with one version? Power: what could be found with "
    "the data so far.",
    read=read_health,
    content=lambda frame, _filters: health_view.view(frame),
    view_name="Health",
    columns={
        "section": "Section",
        "label": "What",
        "state": "State",
        "words": "In words",
        "probability": "Declared probability",
        "n_deliveries": "Deliveries",
        "n_participants": "Participants",
    },
    caption=_health_caption,
    titled=lambda frame: f"Health of the comparison: {frame['feature_label'][0]}",
    width="full",
    cells=cells.HEALTH,
)
EFFECTS = version_panel(
    id="variants-effects",
    title="Differences between versions, on every outcome",
    definition=_HOW + "Thick: the 95 % interval of somebody who looks once. Thin: the interval "
    "that covers the truth at all looks together, for those who look every day (normal mixture, "
    "after Waudby-Smith and others 2024; tightest for effects of about 0.2 standard deviations). "
    "Variance removed: what knowing the past does for precision (CUPED). Detectable: found four "
    "times in five at the present size. Adjusted p: Benjamini-Hochberg over all outcomes.",
    read=read_effects,
    figure=figures.effects,
    columns={
        "outcome_label": "Outcome",
        "group": "Group",
        "unit": "Unit",
        "estimator": "Estimator",
        "mean": "Mean, version",
        "mean_reference": "Mean, reference",
        **_NUMBER_COLUMNS,
        "df": "df",
        "p_adjusted": "Adjusted p",
        "valid_low": "Always valid, from",
        "valid_high": "Always valid, to",
        "ratio": "Relative risk",
        "ratio_low": "Relative risk, 95 % from",
        "ratio_high": "Relative risk, 95 % to",
        "standardised": "In SD of the outcome",
        "plain_se": "SE without the past",
        "variance_removed": "Variance removed",
        "detectable": "Detectable",
        "n_lost": "Rows without the outcome",
        "explanation": "Why there is no number",
    },
    caption=_effects_caption,
    titled=lambda frame: f"{verb(frame, plural=True)}: {_pair(frame)}",
    height="large",
    cells=cells.EFFECTS,
)
BALANCE = version_panel(
    id="variants-balance",
    title="Balance of what was known before",
    definition="Mean of the version less that of the reference, divided by the root of their mean "
    "variance. The band is what chance stays within 19 times in 20. One in twenty leaves it by "
    "chance; several, or a large one, ask for a reason.",
    read=read_balance,
    figure=figures.love,
    columns={
        "covariate": "Known before",
        "difference": "Difference (SD)",
        "limit": "Chance stays within",
        "mean": "Mean, version",
        "mean_reference": "Mean, reference",
        "is_notable": "Beyond chance and 0.1",
        "n_participants": "Participants, of the smaller group",
    },
    caption=_people,
    height="large",
    cells=cells.BALANCE,
)
LOOKS = version_panel(
    id="variants-looks",
    title="Look by look: the chosen outcome as data came in",
    definition=_HOW + "Each point uses all that was known by that day. Who stops at the first look "
    "whose 95 % interval leaves 0 out is wrong far more often than 1 time in 20; the always valid "
    "band may be looked at every day. A look is drawn when something new is known of 20 "
    "participants.",
    read=read_looks,
    figure=course_figures.looks,
    columns={
        "day": "Day",
        **_NUMBER_COLUMNS,
        "valid_low": "Always valid, from",
        "valid_high": "Always valid, to",
        "n_new": "Participants with something new",
    },
    caption=_looks_caption,
    titled=partial(_by_outcome, "look by look"),
    cells=cells.LOOKS,
)
WEEKS = version_panel(
    id="variants-weeks",
    title="Novelty: the chosen outcome by weeks since the first delivery",
    definition=_HOW + "Each bin is estimated on its own. What falls towards 0 was novelty; what "
    "grows is habit. Who is still there in late weeks is a choice of its own: fewer and keener.",
    read=partial(read_parts, of_weeks=True),
    figure=course_figures.weeks,
    columns={
        "label": "Weeks since the first delivery",
        **_NUMBER_COLUMNS,
        "explanation": "Why there is no number",
    },
    caption=_people,
    titled=partial(_by_outcome, "by weeks since the first delivery"),
    cells=cells.WEEKS,
)
MODERATORS = version_panel(
    id="variants-moderators",
    title="For whom: the chosen outcome by what was known before",
    definition=_HOW + "Hollow: each level by itself. Filled: drawn towards the mean of all levels "
    "by as much as they are noise (empirical Bayes), which is what to expect next time. Looking at "
    "many groups finds differences that are not there; the filled ones are shy of that.",
    read=partial(read_parts, of_weeks=False),
    figure=figures.moderators,
    columns={
        "kind": "Moderator",
        "label": "Level",
        **_NUMBER_COLUMNS,
        "shrunken": "Drawn together",
        "shrunken_low": "Drawn together, 95 % from",
        "shrunken_high": "Drawn together, 95 % to",
        "explanation": "Why there is no number",
    },
    caption=_people,
    titled=partial(_by_outcome, "by what was known before"),
    height="large",
    width="full",
    cells=cells.MODERATORS,
)
PANELS = (HEALTH, EFFECTS, BALANCE, LOOKS, WEEKS, MODERATORS)
