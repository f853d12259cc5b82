"""The forecast: blind, calibrated on studies that go on to their end, and silent with too little."""

import math

import numpy as np
import polars as pl
import pytest

from models.errors import NotEstimableError
from models.forecast.forecast import Plan, forecast
from tests.models import forecast_trial, simulate

SPEC = simulate.spec("f0", "f1")


@pytest.fixture(scope="module")
def trial():
    return forecast_trial.draw(n=120, seed=11)


@pytest.fixture(scope="module")
def found(trial):
    return forecast(trial.rows_so_far, trial.surveys, SPEC, Plan(), feature_id="f0")


def test_the_plan_is_marked_once_a_quantity_and_widths_shrink_as_they_must(found):
    for quantity in ("within", "groups"):
        own = [point for point in found.points if point.quantity == quantity]
        assert sum(point.is_plan for point in own) == 1
        for point in own:
            assert point.low <= point.half_width <= point.high
        plan = next(point for point in own if point.is_plan)
        same = [point for point in own if point.n_surveys == plan.n_surveys]
        double = next(point for point in same if point.n_participants == 240)
        assert double.half_width == pytest.approx(plan.half_width / math.sqrt(2), rel=0.01)
        lengths = [p.half_width for p in own if p.n_participants == plan.n_participants]
        assert lengths == sorted(lengths, reverse=True), "more weeks never widen an interval"


def test_estimates_are_those_planted(found):
    truth = forecast_trial.TRUTH
    assert found.level_sd == pytest.approx(truth.level_sd, rel=0.25)
    # Without exposures in it, what they explain is left over: counts of mean 2 within a person.
    residual = math.sqrt(truth.residual_sd**2 + 2 * truth.within[0] ** 2)
    assert found.residual_sd == pytest.approx(residual, rel=0.1)
    assert found.icc == pytest.approx(
        truth.level_sd**2 / (truth.level_sd**2 + residual**2), abs=0.12
    )
    assert found.n_participants == 120 == found.n_planned
    assert not found.has_target


def test_arms_are_not_looked_at(trial, found):
    """Other arms, or none, change nothing at all."""
    shuffled = trial.rows_so_far.with_columns(arm_id=pl.lit("x"))
    assert forecast(shuffled, trial.surveys, SPEC, Plan(), feature_id="f0") == found
    without = trial.rows_so_far.drop("arm_id")
    assert forecast(without, trial.surveys, SPEC, Plan(), feature_id="f0") == found


def test_effects_do_not_enter(trial, found):
    """An association added to every score leaves the expected widths where they are."""
    effect = pl.col("n_exposures").filter(pl.col("feature_id") == "f0").first()
    moved = trial.rows_so_far.with_columns(
        score=pl.col("score")
        + 0.5 * (effect - effect.mean()).over("participant_id", "occasion_id").fill_nan(0.0)
        + 0.7 * pl.col("weeks")
    )
    other = forecast(moved, trial.surveys, SPEC, Plan(), feature_id="f0")
    for before, after in zip(found.points, other.points, strict=True):
        if before.quantity == "within":
            assert after.half_width == pytest.approx(before.half_width, rel=0.02)


def test_groups_have_the_textbook_width():
    """Complete surveys, no trend: ± t √((1/n₁ + 1/n₂)(τ² + σ²/m))."""
    trial = forecast_trial.draw(n=150, seed=2, is_complete=True, trend_sd=0.0)
    found = forecast(trial.rows_so_far, trial.surveys, SPEC, Plan(), feature_id="f0")
    plan = next(p for p in found.points if p.is_plan and p.quantity == "groups")
    own = found.level_sd**2 + found.residual_sd**2 / plan.n_surveys
    assert plan.half_width == pytest.approx(1.976 * math.sqrt(4 / 150 * own), rel=0.04)


def test_a_target_beyond_those_enrolled_is_the_plan(trial, found):
    target = forecast(
        trial.rows_so_far, trial.surveys, SPEC, Plan(200, 3, (0.4, 0.3)), feature_id="f0"
    )
    plan = next(p for p in target.points if p.is_plan and p.quantity == "within")
    base = next(p for p in found.points if p.is_plan and p.quantity == "within")
    assert (plan.n_participants, target.n_planned, target.has_target) == (200, 200, True)
    assert plan.half_width == pytest.approx(base.half_width * math.sqrt(120 / 200), rel=0.01)


def test_forecasts_hold_when_the_study_goes_on():
    """Short form of `python -m benchmarks.forecast`: 12 studies, looked at half-way and ended."""
    ratios = [forecast_trial.width_ratio(seed) for seed in range(12)]
    assert np.median(ratios) == pytest.approx(1.0, abs=0.04)
    # Single ones go off where the data bear an own slope today and not in the end, or the reverse.
    assert sum(abs(math.log(ratio)) > 0.15 for ratio in ratios) <= 2


def test_too_little_is_not_estimable(trial):
    few = trial.rows_so_far.filter(pl.col("participant_id").is_in([f"p{i:04d}" for i in range(15)]))
    with pytest.raises(NotEstimableError, match="need 20") as raised:
        forecast(few, trial.surveys, SPEC, Plan(), feature_id="f0")
    assert raised.value.reason == "too_little_data"
    with pytest.raises(NotEstimableError, match="schedules fewer than two"):
        forecast(trial.rows_so_far, trial.surveys.clear(), SPEC, Plan(), feature_id="f0")
    with pytest.raises(NotEstimableError, match="no within-person term of the feature 'f9'"):
        forecast(trial.rows_so_far, trial.surveys, SPEC, Plan(), feature_id="f9")


def test_an_early_look_says_that_it_guesses():
    early = forecast_trial.draw(n=120, seed=3, share_past=0.25)
    found = forecast(early.rows_so_far, early.surveys, SPEC, Plan(), feature_id="f0")
    assert any("guessed from the early ones" in words for words in found.warnings)
