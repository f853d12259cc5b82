"""How each panel's groups are disclosed: what its columns count, and what goes with the counts.

A column that a read returns anew must find its place here, as a count, with the counts, or as a
key: tests/house/test_cells.py says so. The rule itself is in `access.cells`.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from access.cells import Cells
from dashboard import model_code, model_frames
from dashboard.completeness import STATUSES
from dashboard.result_frames import EFFECT_SCHEMA

_WEEK = ("study_week",)
_ARM = ("arm_id", "arm_label", "arm_position")

# Overview

NUMBERS = Cells(
    ("n", "n_of", "n_participants"),
    hides=("n_wider",),
    keys=("measure", "position"),
    against=("n_of", "n_wider"),
)
RECRUITMENT = Cells(
    ("n_at_site",),
    # The days of a withheld site are those of its participants.
    hides=("n_so_far", "enrolled_date"),
    by=(),
    keys=("site_id", "site_label", "site_position"),
    once=("site_id",),
    parts=(Cells(("n_enrolled",)),),
)
ACTIVITY = Cells(
    ("n_in_study", "n_active"),
    hides=("share",),
    keys=("window_start", "window_end"),
    against=("n_in_study",),
)
ADHERENCE_TO_DATE = Cells(
    ("n_evaluable", "n_yes"),
    hides=("share", "low", "high"),
    by=(),
    keys=("definition_label", *_ARM),
    against=("n_evaluable",),
)

# Adherence

_SESSION_SUMS = ("sum_done_squared", "sum_done_due", "sum_due_squared")
WEEKLY = Cells(
    ("n_participants_due", "n_participants"),
    hides=("n_due", "sd_sessions", "n_sessions"),
    by=_WEEK,
    keys=(*_ARM, *_WEEK),
    parts=(
        Cells(("n_done",), ("share", "ci_low", "ci_high", *_SESSION_SUMS), _WEEK, (), ("n_due",)),
        Cells(("n_active",), (), _WEEK, (), ("n_participants",)),
        Cells(("n_incomplete",), (), _WEEK),
    ),
)
USAGE_WEEKLY = Cells(
    ("n_participants", "n_active"),
    hides=("n_sessions", "sd_sessions", "mean_sessions", "ci_low", "ci_high"),
    by=_WEEK,
    keys=(*_ARM, *_WEEK),
    parts=(
        Cells(("n_active",), (), _WEEK, (), ("n_participants",)),
        Cells(("n_incomplete",), (), _WEEK),
        Cells(("n_participants_due", "n_due", "n_done"), _SESSION_SUMS, _WEEK),
    ),
)
CURVE = Cells(
    ("n_participants", "n_events", "n_censored"),
    hides=(
        *("day", "survival", "ci_low", "ci_high", "n_at_risk"),
        *("half_life", "half_life_low", "half_life_high"),
    ),
    by=(),
    keys=_ARM,
    once=("arm_id",),
)
DEFINITIONS = Cells(
    ("n_visible", "n_evaluable", "n_adherent"),
    hides=("n_due", "n_done", "n_participants_due", *_SESSION_SUMS, "share", "ci_low", "ci_high"),
    keys=("definition_id", "label", "rule", "threshold", "minimum", "justification", "rule_words"),
    against=("n_visible", "n_evaluable"),
)
AGREEMENT = Cells(
    ("n_both", "n_changed", "n_first_only", "n_second_only"),
    keys=("first_label", "first_position", "second_label", "second_position"),
    against=("n_both",),
)

# Monitor

FLOW = Cells(
    ("n_participants", "n_of"),
    hides=("n_surveys",),
    by=("arm_id", "step"),
    keys=(*_ARM, "step", "kind", "label"),
    against=("n_of",),
)
ACCRUAL = Cells(
    ("n_all",),
    hides=("n_so_far", "low", "high", "date"),
    by=(),
    keys=("series", "target", "said"),
    once=("series",),
    parts=(Cells(("n_enrolled",)),),
)
SITE_TARGETS = Cells(
    ("n_enrolled",),
    hides=("reached_share", "per_month", "last_date", "days_since", "chance_share", "said"),
    by=(),
    keys=("site_id", "site_label", "site_position", "target", "expected"),
)
RETENTION = Cells(
    ("n_reached",),
    by=_WEEK,
    keys=(*_ARM, *_WEEK),
    parts=(
        Cells(("n_in_study",), ("in_study_share",), _WEEK, (), ("n_reached",)),
        Cells(("n_active",), ("active_share",), _WEEK, (), ("n_reached",)),
    ),
)
FACETS = Cells(
    ("n_participants",),
    hides=("n_due", "share", "ci_low", "ci_high", "day", "half_life"),
    by=("facet_id",),
    keys=(*_ARM, "facet_id", "facet_label"),
)
VISITS = Cells(
    ("n_due",),
    hides=("median_days",),
    keys=(
        *("survey_id", "survey_label", "instrument_label", *_WEEK),
        *("window_before_days", "window_after_days", "window"),
    ),
    parts=(
        Cells(STATUSES, ("share_filled",), against=("n_due",), is_across=True),
        Cells(("n_closing",), against=("open",)),
    ),
)
CROSS = Cells(
    ("n_participants",),
    hides=("n_surveys", "n_missed", "share"),
    by=(),
    keys=("use_class", "position"),
    parts=(Cells(("n_all", "n_some", "n_none"), against=("n_participants",), is_across=True),),
)
METRICS = Cells(
    ("n_participants", "n_started"),
    hides=("value", "spread", "value_started"),
    by=("metric_id",),
    keys=(*_ARM, "metric_id", "metric_label", "unit", "published", "definition"),
)
SAME_PEOPLE = Cells(
    ("n_all", "n_adherent", "n_gained", "n_lost", "n_changing"),
    hides=("share",),
    keys=("definition_id", "label", "justification", "position"),
    against=("n_all",),
)
PATTERNS = Cells(("n_participants",), hides=("n_all",), by=(), keys=("pattern", "words"))
_JUDGED = (
    *("indicator_id", "indicator_label", "group_kind", "group_id", "group_label", "group_position"),
    *("overall_share", "n_rows", "n_rejected"),
)
_OF_GROUP = ("n_trials", "share", "adjusted_share", "shrunken_share", "z", "level", "side")
FLAGGED = Cells(
    ("n_participants", "n_events"),
    hides=_OF_GROUP,
    keys=(*_JUDGED, "past", "since", "n_compared"),
    against=("n_trials",),
)
FUNNEL_GROUPS = Cells(
    ("n_participants", "n_events"),
    hides=_OF_GROUP,
    by=("indicator_id",),
    keys=(*_JUDGED, "design_effect", "spread", "n_trials_all", "widens"),
    against=("n_trials",),
)

# Features

_GROUP = ("group_id", "group_label", "category_id", "position")
EXPOSURE = Cells(
    ("n_participants", "n_exposed"),
    hides=("mean_exposures", "sd_exposures", "ci_low", "ci_high"),
    keys=(*_GROUP, *_WEEK),
    parts=(
        Cells(("n_exposed",), against=("n_participants",)),
        Cells(("n_open",), against=("n_participants",), once=_WEEK),
    ),
)
FUNNEL = Cells(
    ("n_participants",),
    hides=("n_exposures", "share_reached", "n_before", "n_once", "n_thrice"),
    keys=(
        *("feature_id", "feature_label", "category_id", "category_label", "position"),
        *("stage", "stage_rank", "is_exposure"),
    ),
    # Who reached a stage once but not as often as asked is a group as well.
    against=("n_in_scope", "n_before", "n_once", "n_thrice"),
    adds_weeks=True,
    compares=("share_of_first", "share_of_previous"),
    within=("feature_id",),
    parts=(Cells(("n_in_scope",)),),
)

# Alliance

_DIMENSION = ("dimension_id", "dimension_label", "position", "is_total")
_MEAN = ("mean_score", "sd_score", "ci_low", "ci_high")
DIMENSIONS = Cells(
    ("n_participants",),
    hides=_MEAN,
    keys=(*_DIMENSION, *_WEEK, "low", "high"),
    parts=(
        Cells(("n_incomplete",), ("n_occasions",)),
        Cells(("n_answering",), once=("dimension_id",)),
        Cells(("n_at_risk",), against=("n_participants",), once=_WEEK),
        Cells(("n_open",), against=("n_at_risk",), once=_WEEK),
        Cells(("n_not_reached",), once=_WEEK),
    ),
)
GROUPS = Cells(
    ("n_participants",),
    hides=_MEAN,
    by=_WEEK,
    keys=(
        *("group_id", "group_label", "group_position", *_WEEK),
        *("split", "dimension_label", "low", "high"),
    ),
)
SURVEYS = Cells(
    ("n_due",),
    keys=("survey_id", "survey_label", "instrument_label", *_WEEK),
    parts=(Cells(STATUSES, ("share_filled",), against=("n_due",), is_across=True),),
)
BY_USE = Cells(
    ("n_over", "n_filled"),
    hides=("share", "ci_low", "ci_high"),
    by=("survey_id",),
    keys=("survey_id", "survey_label", "instrument_label", *_WEEK, "use"),
    against=("n_over",),
)
SCORES = Cells(
    ("n_answering", "n_occasions"),
    keys=_DIMENSION,
    adds_weeks=True,
    parts=(Cells(("n_complete", "n_incomplete"), ("share",)),),
)

# Data

UNMAPPED = Cells(("n_participants",), hides=("n_events", "share"), by=(), keys=("event_name",))

# Models: every number of a model is of its participants.


def _of_model(schema: Mapping[str, Any], *more: str) -> Cells:
    """Every number of one model's frame goes with how many participants it was fitted to."""
    numbers = [name for name, kind in schema.items() if kind in {pl.Float64, pl.Int64}]
    hides = [name for name in numbers if name not in {"n_participants", *more}]
    texts = tuple(name for name in ("explanation",) if name in schema)
    keys = [name for name in schema if name not in {*numbers, *texts}]
    return Cells(("n_participants", *more), tuple(hides), keys=tuple(keys), texts=texts)


ESTIMATES = _of_model(model_frames.ESTIMATES)
OPINIONS = _of_model(model_frames.OPINION_ROWS)
VARIANCES = _of_model(model_frames.VARIANCES)
MEANS = _of_model(model_frames.MEANS)
QUANTILES = _of_model(model_frames.PAIRS, "n_beyond")
FITTED = _of_model(model_frames.BANDS, "n_in_bin")
CODE = _of_model(model_code.SCHEMA)
CARD = Cells(
    ("n_participants",),
    hides=("n_rows",),
    keys=("section", "label", "state", "title"),
    texts=("words",),
)
DETAIL = Cells(("n_participants",), keys=("section", "label"), texts=("value",))
_CATALOGUE = (
    *("feature_label", "principle_id", "principle_label", "category_id", "category_label"),
    *("category_position", "exposure_stage", "is_always_on", "position"),
)
_MAP_NUMBERS = (
    *(name for name, kind in EFFECT_SCHEMA.items() if kind in {pl.Float64, pl.Int64}),
    *("strength", "reach_low", "reach", "reach_high", "is_notable", "excludes_none"),
)
MAP = Cells(
    ("n_participants",),
    hides=tuple(name for name in _MAP_NUMBERS if name != "n_participants"),
    keys=(
        *(name for name in EFFECT_SCHEMA if name not in {*_MAP_NUMBERS, "explanation"}),
        *_CATALOGUE,
        *("column", "part_order", "span", "is_total", "is_context", "is_adherence"),
        *("is_hypothesised", "is_chosen"),
    ),
    texts=("explanation",),
)
