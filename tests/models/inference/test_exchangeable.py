"""Estimating equations from sums, against statsmodels' loop over participants and geepack."""

import numpy as np
import pytest
import statsmodels.api as sm
from statsmodels.genmod.generalized_estimating_equations import GEE

from models.errors import NotConvergedError, NotEstimableError
from models.linear.exchangeable import fit_exchangeable
from tests.models.inference import trial


def ours(**options):
    return fit_exchangeable(
        trial.outcome(), trial.design(), trial.participants(), trial.NAMES, **options
    )


def statsmodels_fit(y, X, codes, kind):
    model = GEE(y, X, groups=codes, cov_struct=sm.cov_struct.Exchangeable())
    return model.fit(ctol=1e-10, maxiter=200, cov_type=kind)


class TestAgainstStatsmodels:
    def test_estimates_correlation_and_covariances(self):
        found = ours()
        theirs = statsmodels_fit(trial.outcome(), trial.design(), trial.participants(), "robust")
        assert theirs.converged
        np.testing.assert_allclose(found.beta, theirs.params, rtol=1e-7)
        assert found.correlation == pytest.approx(theirs.model.cov_struct.dep_params, rel=1e-7)
        assert found.scale == pytest.approx(theirs.scale, rel=1e-7)
        np.testing.assert_allclose(found.cov_robust, theirs.cov_params(), rtol=1e-6, atol=1e-10)
        np.testing.assert_allclose(found.cov_model, theirs.cov_naive, rtol=1e-6, atol=1e-10)

    def test_mancl_derouen(self):
        kind = "bias_reduced"
        theirs = statsmodels_fit(trial.outcome(), trial.design(), trial.participants(), kind)
        np.testing.assert_allclose(
            ours().cov_mancl_derouen, theirs.cov_params(), rtol=1e-6, atol=1e-10
        )


class TestAgainstGeepack:
    expected = property(lambda self: trial.numbers()["gee"])

    def test_estimates_correlation_and_standard_errors(self):
        found = ours(is_df_corrected=False)
        se = np.array(self.expected["se"])
        assert found.correlation == pytest.approx(self.expected["correlation"], rel=1e-6)
        assert found.scale == pytest.approx(self.expected["scale"], rel=1e-6)
        assert np.abs((found.beta - self.expected["estimate"]) / se).max() < 1e-5
        np.testing.assert_allclose(np.sqrt(np.diag(found.cov_robust)), se, rtol=1e-5)


class TestProperties:
    def test_rows_in_any_order(self):
        order = np.random.default_rng(1).permutation(len(trial.outcome()))
        moved = fit_exchangeable(
            trial.outcome()[order], trial.design()[order], trial.participants()[order], trial.NAMES
        )
        np.testing.assert_allclose(moved.beta, ours().beta, rtol=1e-9)
        np.testing.assert_allclose(moved.cov_robust, ours().cov_robust, rtol=1e-8, atol=1e-12)

    def test_a_far_origin_of_the_outcome_moves_the_intercept_only(self):
        y = trial.outcome() + 1e6
        moved = fit_exchangeable(y, trial.design(), trial.participants(), trial.NAMES)
        np.testing.assert_allclose(moved.beta[1:], ours().beta[1:], rtol=1e-6)
        assert moved.beta[0] == pytest.approx(ours().beta[0] + 1e6, abs=1e-5)

    def test_balanced_design_gives_least_squares(self):
        """With equal rows and the same design for everybody the correlation does not matter."""
        rng = np.random.default_rng(4)
        codes = np.repeat(np.arange(30), 4)
        X = np.column_stack([np.ones(120), np.tile(np.arange(4.0), 30)])
        y = rng.normal(size=30)[codes] + rng.normal(size=120)
        found = fit_exchangeable(y, X, codes, ("(Intercept)", "week"))
        np.testing.assert_allclose(found.beta, np.linalg.lstsq(X, y, rcond=None)[0], rtol=1e-9)
        assert found.df == 28


class TestRefusals:
    def test_one_row_each(self):
        y, X = np.arange(9.0), np.ones((9, 1))
        with pytest.raises(NotEstimableError, match="two rows"):
            fit_exchangeable(y, X, np.arange(9), ("(Intercept)",))

    def test_fewer_participants_than_effects(self):
        first = trial.participants() < 5
        parts = (each[first] for each in (trial.outcome(), trial.design(), trial.participants()))
        with pytest.raises(NotEstimableError, match="too few"):
            fit_exchangeable(*parts, trial.NAMES)

    def test_collinear_effects(self):
        X = np.column_stack([trial.design(), trial.design()[:, 3] * 2])
        with pytest.raises(NotEstimableError, match="combinations"):
            fit_exchangeable(trial.outcome(), X, trial.participants(), (*trial.NAMES, "twice"))

    def test_an_effect_of_a_single_participant(self):
        X = np.column_stack([trial.design(), trial.participants() == 5])
        with pytest.raises(NotEstimableError, match="single participant"):
            fit_exchangeable(trial.outcome(), X, trial.participants(), (*trial.NAMES, "d"))

    def test_a_correlation_that_cannot_be(self):
        """Two rows that cancel exactly: the correlation reaches -1, where no model is left."""
        codes = np.repeat(np.arange(20), 2)
        y = np.tile([1.0, -1.0], 20) * np.repeat(np.random.default_rng(0).normal(size=20), 2)
        with pytest.raises(NotConvergedError, match="did not settle"):
            fit_exchangeable(y, np.ones((40, 1)), codes, ("(Intercept)",))
