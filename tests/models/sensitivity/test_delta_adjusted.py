"""Missing surveys: Rubin's rules, draws that are proper, and shifts that are recovered."""

import json
from pathlib import Path

import numpy as np
import pytest

from models.errors import NotConvergedError, NotEstimableError
from models.linear.fit import fit_linear
from models.random_terms import RandomTerm
from models.sensitivity import delta_adjusted as module
from models.sensitivity.delta_adjusted import delta_adjusted
from models.sensitivity.imputation import Imputer, draw_parameters, rows_of
from models.sensitivity.rubin import pool

FOLDER = Path(__file__).parents[2] / "reference" / "sensitivity"
NAMES = ("(Intercept)", "week", "exposure", "arm")
TRUTH = np.array([4.0, 0.05, 0.12, 0.5])


def study(rng, n=60, n_occasions=5, *, trend=True):
    """Complete rows of a trial, in an order that no code may rely on."""
    codes = rng.permutation(np.repeat(np.arange(n), n_occasions))
    week = np.empty(len(codes))
    for participant in range(n):
        week[codes == participant] = np.arange(n_occasions) - (n_occasions - 1) / 2
    X = np.column_stack([np.ones(len(codes)), week, rng.normal(size=len(codes)), codes % 2])
    effects = rng.normal(size=(n, 2)) * [0.8, 0.15 if trend else 0.0]
    y = X @ TRUTH + effects[codes, 0] + effects[codes, 1] * week
    y += rng.normal(0, 0.5, len(codes))
    names = ("(Intercept)", "week") if trend else ("(Intercept)",)
    values = np.column_stack([np.ones(len(codes)), week])[:, : len(names)]
    return y, X, (RandomTerm("participant", names, values, codes),)


@pytest.mark.parametrize("case", json.loads((FOLDER / "sensitivity.json").read_text())["cases"])
def test_rubins_rules_are_those_of_mice(case):
    pooled = pool(
        np.array(case["estimates"])[:, None],
        np.array(case["variances"])[:, None],
        np.array([case["complete_df"]]),
    )
    assert pooled.estimate[0] == pytest.approx(case["estimate"], rel=1e-12)
    assert pooled.se[0] ** 2 == pytest.approx(case["variance"], rel=1e-12)
    assert pooled.df[0] == pytest.approx(case["df"], rel=1e-10)
    assert pooled.fraction_missing[0] == pytest.approx(case["fraction_missing"], rel=1e-10)


class TestRubin:
    def test_imputations_that_agree_leave_almost_the_complete_df(self):
        pooled = pool(np.ones((5, 1)), np.full((5, 1), 0.04), np.array([30.0]))
        assert pooled.se[0] == pytest.approx(0.2)
        assert pooled.df[0] == pytest.approx(31 / 33 * 30)

    def test_normal_theory_and_no_spread_have_no_df(self):
        pooled = pool(np.ones((5, 1)), np.full((5, 1), 0.04), np.array([np.inf]))
        assert np.isinf(pooled.df[0])

    def test_one_imputation_is_not_enough(self):
        with pytest.raises(ValueError, match="at least 2"):
            pool(np.ones((1, 1)), np.ones((1, 1)), np.array([5.0]))


class TestDraws:
    def test_observed_scores_stay_and_missing_ones_are_not_looked_at(self):
        rng = np.random.default_rng(1)
        y, X, random = study(rng)
        gone = rng.random(len(y)) < 0.3
        fit = fit_linear(y[~gone], X[~gone], NAMES, rows_of(random, ~gone))
        hidden = np.where(gone, np.nan, y)
        first = Imputer(fit, hidden, X, random, gone).draw(np.random.default_rng(5))
        second = Imputer(fit, y, X, random, gone).draw(np.random.default_rng(5))
        np.testing.assert_array_equal(first, second)
        np.testing.assert_array_equal(first[~gone], y[~gone])
        assert np.isfinite(first).all()

    def test_moments_are_those_of_the_conditional_normal_distribution(self, monkeypatch):
        """With parameters held, draws have the mean and covariance of the dense formula."""
        rng = np.random.default_rng(2)
        y, X, random = study(rng, 12)
        gone = rng.random(len(y)) < 0.4
        gone[random[0].codes == 0] = True  # one participant never answered
        fit = fit_linear(y[~gone], X[~gone], NAMES, rows_of(random, ~gone))
        sigma = np.sqrt(fit.residual_variance)
        drawn = draw_parameters(fit, np.random.default_rng(3))
        factor = drawn.factors[0]
        monkeypatch.setattr("models.sensitivity.imputation.draw_parameters", lambda *_: drawn)
        Z, codes = random[0].values, random[0].codes
        V = np.where(codes[:, None] == codes, Z @ factor @ factor.T @ Z.T, 0) + np.eye(len(y))
        V *= drawn.sigma**2
        inverse = np.linalg.inv(V[np.ix_(~gone, ~gone)])
        cross = V[np.ix_(gone, ~gone)]
        mean = X[gone] @ drawn.beta + cross @ inverse @ (y - X @ drawn.beta)[~gone]
        covariance = V[np.ix_(gone, gone)] - cross @ inverse @ cross.T
        imputer = Imputer(fit, y, X, random, gone)
        draws = np.array([imputer.draw(rng)[gone] for _ in range(800)])
        spread = np.sqrt(np.diag(covariance))
        assert np.abs((draws.mean(axis=0) - mean) / spread).max() < 4.5 / np.sqrt(800)
        got = np.cov(draws.T) / np.outer(spread, spread)
        assert np.abs(got - covariance / np.outer(spread, spread)).max() < 0.18
        assert sigma > 0

    def test_parameters_spread_as_their_standard_errors_say(self):
        y, X, random = study(np.random.default_rng(4), 30)
        fit = fit_linear(y, X, NAMES, random)
        rng = np.random.default_rng(5)
        draws = np.array([draw_parameters(fit, rng).beta for _ in range(2000)])
        ratio = draws.std(axis=0) / np.sqrt(np.diag(fit.cov_beta))
        assert ratio == pytest.approx(np.ones(4), abs=0.06)

    def test_several_grouping_factors_are_drawn_together(self):
        rng = np.random.default_rng(6)
        y, X, random = study(rng, 48, trend=False)
        site = random[0].codes // 8
        y = y + rng.normal(0, 0.7, 6)[site]
        random = (*random, RandomTerm("site", ("(Intercept)",), np.ones((len(y), 1)), site))
        gone = rng.random(len(y)) < 0.2
        fit = fit_linear(y[~gone], X[~gone], NAMES, rows_of(random, ~gone))
        draw = Imputer(fit, y, X, random, gone).draw(rng)
        assert np.corrcoef(draw[gone], y[gone])[0, 1] > 0.6


class TestNoShift:
    def test_it_is_the_fit_of_the_observed_rows(self):
        rng = np.random.default_rng(7)
        y, X, random = study(rng, 60)
        gone = rng.random(len(y)) < 0.2
        found = delta_adjusted(y, X, NAMES, random, gone, [0.0], m=25, seed=3)
        for pooled, observed in zip(found.of_delta(0.0), found.observed, strict=True):
            # Equal but for the noise of 25 imputations, which is known.
            gap = abs(pooled.estimate - observed.estimate)
            assert gap < 4 * pooled.simulation_error + 0.02 * observed.se
            assert pooled.se == pytest.approx(observed.se, rel=0.15)
        assert (found.n_rows, found.n_missing) == (len(y), gone.sum())

    def test_the_same_seed_gives_the_same_numbers(self):
        rng = np.random.default_rng(8)
        y, X, random = study(rng, 30, trend=False)
        gone = rng.random(len(y)) < 0.2
        runs = [
            delta_adjusted(y, X, NAMES, random, gone, [0.0], m=3, seed=seed) for seed in (1, 1, 2)
        ]
        assert runs[0].rows == runs[1].rows
        assert runs[0].rows != runs[2].rows


class TestKnownShift:
    def test_the_true_delta_brings_back_the_truth_that_missing_at_random_misses(self):
        """Scores that will be missing are a point lower, and most of them are in one arm."""
        rng = np.random.default_rng(9)
        estimates = {0.0: [], -1.0: []}
        covered = 0
        for seed in range(8):
            y, X, random = study(rng, 80, 4, trend=False)
            gone = rng.random(len(y)) < np.where(X[:, 3] == 1, 0.45, 0.1)
            y = y - gone * 1.0
            # The trial's own answer, had everyone answered: the arm's effect on all its scores.
            truth = fit_linear(y, X, NAMES, random).beta[3]
            found = delta_adjusted(y, X, NAMES, random, gone, [-1.0, 0.0], m=4, seed=seed)
            for delta, values in estimates.items():
                row = next(row for row in found.of("arm") if row.delta == delta)
                values.append(row.estimate - truth)
                covered += delta == -1.0 and row.ci_low < truth < row.ci_high
        shifted, unshifted = (np.array(estimates[delta]) for delta in (-1.0, 0.0))
        assert abs(shifted.mean()) < 4 * shifted.std(ddof=1) / np.sqrt(8) + 0.01
        assert unshifted.mean() > 0.2
        assert covered >= 7

    def test_tipping_point_is_where_the_interval_reaches_0(self):
        rng = np.random.default_rng(10)
        y, X, random = study(rng, 80, trend=False)
        gone = rng.random(len(y)) < 0.3
        weights = (X[:, 3] == 1).astype(float)
        found = delta_adjusted(y, X, NAMES, random, gone, [-3, -2, -1, 0, 1], m=5, weights=weights)
        arm = found.of("arm")
        assert [row.delta for row in arm] == [-3, -2, -1, 0, 1]
        assert np.all(np.diff([row.estimate for row in arm]) > 0)
        point = next(row for row in found.tipping if row.term == "arm")
        assert point.is_finding == (arm[3].ci_low > 0)
        assert point.delta_above is None
        after = max(row.delta for row in arm if row.ci_low <= 0)
        assert after < point.delta_below < after + 1
        assert f"{point.delta_below:.2f} scale points" in point.explanation

    def test_a_finding_that_no_shift_removes_says_so(self):
        rng = np.random.default_rng(11)
        y, X, random = study(rng, 60, trend=False)
        gone = rng.random(len(y)) < 0.1
        found = delta_adjusted(y, X, NAMES, random, gone, [-0.2, 0, 0.2], m=3)
        point = next(row for row in found.tipping if row.term == "(Intercept)")
        assert (point.delta_below, point.delta_above) == (None, None)
        assert "for every shift from -0.2 to 0.2" in point.explanation

    def test_no_finding_has_nothing_to_tip(self):
        rng = np.random.default_rng(12)
        y, X, random = study(rng, 60, trend=False)
        X[:, 2] = rng.normal(size=len(y))
        gone = rng.random(len(y)) < 0.1
        found = delta_adjusted(y, X, NAMES, random, gone, [0.0], m=3)
        row = found.of("exposure")[0]
        assert row.ci_low < 0 < row.ci_high
        point = next(row for row in found.tipping if row.term == "exposure")
        assert not point.is_finding
        assert "no finding to tip" in point.explanation


class TestNone:
    def test_nothing_missing(self):
        y, X, random = study(np.random.default_rng(1), 20)
        with pytest.raises(NotEstimableError, match="nothing to be sensitive to") as caught:
            delta_adjusted(y, X, NAMES, random, np.zeros(len(y), dtype=bool), [0.0])
        assert caught.value.reason == "nothing_missing"

    def test_fits_that_fail_are_counted_and_too_many_are_no_answer(self, monkeypatch):
        rng = np.random.default_rng(1)
        y, X, random = study(rng, 30, trend=False)
        gone = rng.random(len(y)) < 0.2
        real, calls = module.fit_linear, []

        def failing(*arguments):
            calls.append(1)
            if len(calls) > 1 and len(calls) % 2:
                raise NotConvergedError("no", "not_converged")
            return real(*arguments)

        monkeypatch.setattr(module, "fit_linear", failing)
        with pytest.raises(NotConvergedError, match="5 of 10 imputed"):
            delta_adjusted(y, X, NAMES, random, gone, [0.0], m=10)

    def test_much_missing_is_said_and_progress_is_told(self):
        rng = np.random.default_rng(1)
        y, X, random = study(rng, 60, trend=False)
        gone = rng.random(len(y)) < 0.6
        told = []
        found = delta_adjusted(
            y, X, NAMES, random, gone, [0, 1], m=2, on_progress=lambda *at: told.append(at)
        )
        assert any("of the surveys that were due are missing" in text for text in found.warnings)
        assert told == [(0, 4), (1, 4), (2, 4), (3, 4)]
