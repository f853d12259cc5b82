"""Each flag has a case that raises it and one that does not; pages get aggregates only."""

import dataclasses
import json

import numpy as np
import pytest

from models.linear.diagnostics import (
    SMALLEST_CELL,
    diagnostics,
    fitted_bins,
    quantile_pairs,
)
from tests.models.inference import trial


def checked(y=None, **options):
    fit = trial.lme4_fit("slope")
    y = trial.outcome() if y is None else y
    return diagnostics(y, trial.design(), trial.random_terms("slope"), fit, **options)


def raised(found):
    return {flag.name for flag in found.raised}


class TestFlags:
    def test_data_that_follow_the_model_raise_none(self):
        found = checked(bounds=(-10.0, 20.0))
        assert raised(found) == set()
        assert len(found.flags) == 9
        assert {flag.explanation for flag in found.flags} == {"nothing unusual"}

    def test_heavy_tails(self):
        y = trial.outcome().copy()
        y[::40] += np.tile([6.0, -6.0], 20)[: len(y[::40])]
        assert "residuals: heavy tails" in raised(checked(y))

    def test_skew(self):
        rng = np.random.default_rng(2)
        y = trial.outcome() + 3 * rng.exponential(size=len(trial.outcome()))
        assert "residuals: skew" in raised(checked(y))

    def test_spread_that_grows(self):
        rng = np.random.default_rng(3)
        mean = trial.design() @ trial.lme4_fit("slope").beta
        y = (
            mean
            + 2 * trial.design()[:, 5]
            + rng.normal(size=len(mean)) * np.exp(0.8 * trial.design()[:, 5])
        )
        assert "residuals: spread" in raised(checked(y))

    def test_one_participant_far_from_all(self):
        y = trial.outcome() + 15.0 * (trial.participants() == 11)
        assert "participant: (Intercept): heavy tails" in raised(checked(y))

    @pytest.mark.parametrize(("name", "bounds"), [("floor", (4.0, 99.0)), ("ceiling", (0.0, 5.0))])
    def test_floor_and_ceiling(self, name, bounds):
        y = np.clip(trial.outcome(), *bounds)
        found = checked(y, bounds=bounds)
        edge = bounds[0] if name == "floor" else bounds[1]
        flag = next(flag for flag in found.flags if flag.name == f"outcome: {name}")
        assert flag.is_raised
        assert flag.statistic == pytest.approx((y == edge).mean())

    def test_no_bounds_no_such_check(self):
        assert not any(flag.name.startswith("outcome") for flag in checked().flags)

    def test_a_variance_of_nought_is_too_little_to_tell(self):
        fit = trial.lme4_fit("slope")
        zero = dataclasses.replace(fit.random[0], covariance=np.zeros((2, 2)))
        found = diagnostics(
            trial.outcome(),
            trial.design(),
            trial.random_terms("slope"),
            dataclasses.replace(fit, random=(zero,)),
        )
        effects = [flag for flag in found.flags if flag.name.startswith("participant")]
        assert {flag.statistic for flag in effects} == {None}
        assert found.random_effects[0].observed == ()


class TestAggregates:
    def test_ready_for_json_without_nan(self):
        text = json.dumps(dataclasses.asdict(checked(bounds=(0.0, 10.0))), allow_nan=False)
        assert len(text) < 10_000

    def test_no_more_than_ninety_nine_quantiles_and_no_single_values(self):
        many = quantile_pairs("x", np.random.default_rng(0).normal(size=10_000))
        assert len(many.observed) == 99
        few = quantile_pairs("x", np.arange(54.0))
        assert len(few.observed) == 54 // SMALLEST_CELL - 1
        assert quantile_pairs("x", np.arange(10.0)).observed == ()

    def test_normal_values_lie_on_the_line(self):
        found = quantile_pairs("x", 5 + 2 * np.random.default_rng(0).normal(size=100_000))
        np.testing.assert_allclose(found.observed, found.normal, atol=0.03)

    def test_bins_hold_all_rows(self):
        rng = np.random.default_rng(0)
        found = fitted_bins(rng.normal(size=333), rng.normal(size=333))
        assert (len(found.n), sum(found.n)) == (20, 333)
        assert min(found.n) >= SMALLEST_CELL
        assert list(found.fitted) == sorted(found.fitted)
        assert fitted_bins(np.zeros(3), np.zeros(3)).n == ()
