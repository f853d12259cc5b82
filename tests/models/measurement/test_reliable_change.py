"""Reliable change: closed forms of each variant, classes, and trends from a mixed model."""

import numpy as np
import pytest

from models.errors import NotEstimableError
from models.linear.linear_fit import LinearFit
from models.measurement.reliable_change import (
    VARIANTS,
    change_rule,
    classify,
    model_change,
    posterior,
)
from models.random_terms import RandomCovariance
from study import scoring


class TestRules:
    def test_jacobson_truax_is_the_one_of_the_pages(self):
        rule = change_rule(0.8, 0.9)
        assert rule.standard_error == pytest.approx(0.8 * np.sqrt(0.2))
        # The pages round the normal quantile to 1.96.
        assert rule.threshold == pytest.approx(scoring.reliable_change(0.8, 0.9), rel=2e-5)
        assert rule.threshold == pytest.approx(0.7012, abs=5e-4)

    def test_two_variances_reduce_to_it_for_equal_spread(self):
        equal = change_rule(0.8, 0.9, variant="two_variances", sd_after=0.8)
        assert equal.standard_error == pytest.approx(change_rule(0.8, 0.9).standard_error)
        wider = change_rule(3.0, 0.75, variant="two_variances", sd_after=4.0)
        assert wider.standard_error == pytest.approx(5 * 0.5)

    def test_difference_scores_are_their_standard_deviation(self):
        rng = np.random.default_rng(1)
        before = rng.normal(4, 1, 50)
        after = 0.6 * before + rng.normal(2, 0.7, 50)
        rule = change_rule(
            before.std(ddof=1),
            0.9,
            variant="difference_scores",
            sd_after=after.std(ddof=1),
            retest_correlation=np.corrcoef(before, after)[0, 1],
        )
        assert rule.standard_error == pytest.approx((after - before).std(ddof=1))

    def test_each_variant_says_what_it_is(self):
        assert change_rule(1, 0.8).explanation == VARIANTS["jacobson_truax"]
        assert change_rule(1, 0.8).variant == "jacobson_truax"

    def test_alpha_for_a_reliability_is_warned_about(self):
        assert "too small" in change_rule(1, 0.9, kind="alpha").warnings[0]
        assert change_rule(1, 0.9).warnings == ()

    def test_level_of_the_test(self):
        assert change_rule(1, 0.5, alpha_level=0.1).threshold == pytest.approx(1.6448536, rel=1e-6)

    @pytest.mark.parametrize(
        ("arguments", "needs"),
        [
            ({"variant": "two_variances"}, "sd_after"),
            ({"variant": "difference_scores", "sd_after": 1.0}, "retest_correlation"),
            ({"variant": "model_slope"}, "model_change"),
        ],
    )
    def test_what_is_missing_is_named(self, arguments, needs):
        with pytest.raises(ValueError, match=needs):
            change_rule(1.0, 0.9, **arguments)

    @pytest.mark.parametrize(("sd", "r"), [(0, 0.9), (1, 1), (1, 0)])
    def test_ranges(self, sd, r):
        with pytest.raises(ValueError, match="between 0 and 1"):
            change_rule(sd, r)


class TestClasses:
    rule = change_rule(1.0, 0.5, alpha_level=0.05)  # the threshold is 1.96

    def test_each_participant_has_one_or_is_unknown(self):
        before = np.array([4.0, 4, 4, np.nan, 4])
        after = np.array([6.5, 4.5, 1.0, 5, np.nan])
        table = classify(before, after, self.rule)
        assert [row.label for row in table.rows] == ["improved", "unchanged", "deteriorated"]
        assert (table.improved, table.unchanged, table.deteriorated) == (1, 1, 1)
        assert (table.n, table.n_unknown) == (3, 2)
        assert [row.participant for row in table.rows] == [0, 1, 2]
        assert table.share("improved") == pytest.approx(1 / 3)

    def test_symptoms_get_better_downwards(self):
        table = classify(np.array([10.0]), np.array([5.0]), self.rule, higher_is_better=False)
        assert table.improved == 1

    def test_a_change_of_exactly_the_threshold_is_reliable(self):
        table = classify(np.zeros(1), np.array([self.rule.threshold]), self.rule)
        assert table.improved == 1

    def test_nobody(self):
        table = classify(np.array([np.nan]), np.array([1.0]), self.rule)
        assert table.share("improved") is None

    def test_one_in_twenty_without_change(self):
        rng = np.random.default_rng(2)
        true = rng.normal(0, np.sqrt(0.5), 4000)
        before, after = (true + rng.normal(0, np.sqrt(0.5), 4000) for _ in range(2))
        table = classify(before, after, self.rule)
        assert table.unchanged / table.n == pytest.approx(0.95, abs=0.012)


def fit_of(covariance, beta=(4.0, 0.1), residual=0.25):
    k = 4
    return LinearFit(
        names=("(Intercept)", "week"),
        beta=np.array(beta),
        cov_beta=np.eye(2) * 0.01,
        random=(RandomCovariance("participant", ("(Intercept)", "week"), np.array(covariance)),),
        residual_variance=residual,
        log_likelihood=-1.0,
        is_reml=True,
        n_rows=10,
        n_groups=(("participant", 2),),
        is_singular=False,
        theta=np.ones(3),
        theta_names=("a", "b", "c"),
        hessian=np.eye(k),
        cov_slopes=np.zeros((k, 2, 2)),
        gradient_norm=0.0,
        optimisers=("newton",),
    )


class TestModelSlope:
    covariance = ((0.5, 0.02), (0.02, 0.04))

    def test_posterior_is_the_conditional_normal_distribution(self):
        rng = np.random.default_rng(1)
        Z = np.column_stack([np.ones(6), np.arange(6.0)])
        residuals, Psi = rng.normal(size=6), np.array(self.covariance)
        mean, cov = posterior(residuals, Z, Psi, 0.25)
        precision = Z.T @ Z / 0.25 + np.linalg.inv(Psi)
        assert cov == pytest.approx(np.linalg.inv(precision))
        assert mean == pytest.approx(np.linalg.solve(precision, Z.T @ residuals / 0.25))

    def test_steep_trends_are_reliable_and_flat_ones_are_not(self):
        weeks = np.tile(np.arange(8.0), 3)
        codes = np.repeat([0, 1, 2], 8)
        X = np.column_stack([np.ones(24), weeks])
        slopes = np.array([0.6, 0.0, -0.6])
        y = 4 + slopes[codes] * weeks
        table = model_change(fit_of(self.covariance), y, X, X, codes, effect="week")
        assert [row.label for row in table.rows] == ["improved", "unchanged", "deteriorated"]
        changes = [row.change for row in table.rows]
        # Estimates lean towards the average trend, 0.1.
        assert 0.1 < changes[0] < 0.6
        assert 0.0 < changes[1] < 0.1
        assert -0.6 < changes[2] < -0.1

    def test_rows_may_come_in_any_order(self):
        rng = np.random.default_rng(4)
        codes = rng.integers(0, 5, 40)
        X = np.column_stack([np.ones(40), rng.normal(size=40)])
        y = rng.normal(4, 1, 40)
        fit = fit_of(self.covariance)
        first = model_change(fit, y, X, X, codes, effect="week")
        order = rng.permutation(40)
        again = model_change(fit, y[order], X[order], X[order], codes[order], effect="week")
        assert [row.change for row in again.rows] == pytest.approx(
            [row.change for row in first.rows]
        )

    def test_one_trend_for_all_tells_nobody_apart(self):
        X, codes = np.ones((4, 2)), np.array([0, 0, 1, 1])
        with pytest.raises(NotEstimableError, match="do not vary"):
            model_change(fit_of(((0.5, 0.0), (0.0, 0.0))), np.ones(4), X, X, codes, effect="week")
