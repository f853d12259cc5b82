"""Contrasts, joint tests and likelihood ratios of our own fits, against lme4 and its relatives."""

import dataclasses
from functools import cache

import numpy as np
import pytest
from scipy.stats import chi2

from models.errors import NotConvergedError
from models.linear.contrasts import (
    chi_square,
    contrast_rows,
    likelihood_ratio,
    robust_f,
    wald_test,
)
from models.linear.fit import fit_linear
from models.linear.kenward_roger import kenward_roger
from tests.models.inference import trial

FIXED = {"full": range(6), "no_arm": (0, 3, 4, 5), "no_slope": range(6)}


@cache
def fitted(model, *, reml=True, columns=tuple(range(6))):
    X, names = trial.design()[:, columns], tuple(trial.NAMES[j] for j in columns)
    return fit_linear(trial.outcome(), X, names, trial.random_terms(model), reml=reml)


def adjusted(model):
    fit, terms = fitted(model), trial.random_terms(model)
    return kenward_roger(trial.outcome(), trial.design(), terms, fit)


@pytest.mark.parametrize("model", ["intercept", "slope", "nested", "two_slopes"])
class TestContrastRows:
    def test_satterthwaite_as_lmertest(self, model):
        expected = trial.numbers()["fits"][model]
        fit = fitted(model)
        assert expected["converged"]
        assert fit.log_likelihood == pytest.approx(expected["loglik"], rel=1e-6)
        rows = contrast_rows(fit, np.eye(6), trial.NAMES)
        se = np.array([row.se for row in rows])
        estimate = np.array([row.estimate for row in rows])
        assert np.abs((estimate - expected["estimate"]) / se).max() < 1e-4
        np.testing.assert_allclose(se, expected["se"], rtol=1e-4)
        np.testing.assert_allclose([row.df for row in rows], expected["df"], rtol=1e-3)

    def test_kenward_roger_as_pbkrtest(self, model):
        expected = trial.numbers()["fits"][model]["kr"]
        rows = contrast_rows(
            fitted(model), np.eye(6), trial.NAMES, method="kr", adjusted=adjusted(model)
        )
        np.testing.assert_allclose(
            [row.se for row in rows], np.sqrt(np.diag(expected["cov"])), rtol=1e-4
        )
        np.testing.assert_allclose([row.df for row in rows], expected["df"], rtol=1e-3)

    def test_joint_f_as_pbkrtest(self, model):
        expected = trial.numbers()["fits"][model]["kr"]["arm"]
        found = wald_test(fitted(model), trial.ARM, method="kr", adjusted=adjusted(model))
        assert (found.kind, found.df1) == ("F", 2)
        assert found.df2 == pytest.approx(expected["df2"], rel=1e-3)
        assert found.statistic == pytest.approx(expected["F"], rel=1e-3)


class TestTests:
    def test_normal_where_no_df_is_asked_for(self):
        fit = fitted("slope")
        row = contrast_rows(fit, np.eye(6)[3:4], ["week"], method="none")[0]
        assert row.df is None
        assert row.ci_high - row.estimate == pytest.approx(1.959964 * row.se, rel=1e-6)
        assert row.p_value == pytest.approx(chi2.sf(row.statistic**2, 1), rel=1e-9)

    def test_interval_excludes_nought_exactly_where_p_is_small(self):
        for row in contrast_rows(fitted("slope"), np.eye(6), trial.NAMES):
            assert (row.p_value < 0.05) == (row.ci_low > 0 or row.ci_high < 0)

    def test_f_of_one_contrast_is_t_squared(self):
        fit, L = fitted("slope"), np.eye(6)[3:4]
        row = contrast_rows(fit, L, ["week"])[0]
        found = wald_test(fit, L)
        assert found.statistic == pytest.approx(row.statistic**2)
        assert found.p_value == pytest.approx(row.p_value, rel=1e-6)

    def test_joint_tests_do_not_depend_on_the_base_level(self):
        fit = fitted("slope")
        turned = np.array([[1.0, -1.0], [0.0, 1.0]]) @ trial.ARM
        for method in ("none", "satterthwaite"):
            one, other = (wald_test(fit, L, method=method) for L in (trial.ARM, turned))
            assert one.statistic == pytest.approx(other.statistic, rel=1e-9)

    def test_f_with_endless_denominator_df_is_the_chi_square(self):
        fit = fitted("slope")
        wald = chi_square(fit.beta, fit.cov_beta, trial.ARM)
        found = robust_f(fit.beta, fit.cov_beta, trial.ARM, 1e9)
        assert found.p_value == pytest.approx(wald.p_value, rel=1e-6)

    def test_kenward_roger_needs_its_result(self):
        with pytest.raises(ValueError, match="kenward_roger"):
            contrast_rows(fitted("slope"), np.eye(6), trial.NAMES, method="kr")

    def test_an_empty_contrast_is_refused(self):
        with pytest.raises(ValueError, match="zeros"):
            contrast_rows(fitted("slope"), np.zeros((1, 6)), ["none"])
        with pytest.raises(ValueError, match="repeat each other"):
            wald_test(fitted("slope"), np.ones((2, 6)))


def maximum_likelihood(name):
    model = "intercept" if name == "no_slope" else "slope"
    return fitted(model, reml=False, columns=tuple(FIXED[name]))


class TestLikelihoodRatio:
    def test_fixed_effects_as_lme4(self):
        ml = trial.numbers()["ml"]
        found = likelihood_ratio(maximum_likelihood("full"), maximum_likelihood("no_arm"))
        expected = 2 * (ml["full"]["loglik"] - ml["no_arm"]["loglik"])
        assert found.statistic == pytest.approx(expected, rel=1e-5)
        assert found.df == ml["full"]["n_parameters"] - ml["no_arm"]["n_parameters"]
        assert found.p_value == pytest.approx(chi2.sf(expected, 2), rel=1e-5)
        assert found.reference == "chi-square, 2 df"

    def test_a_random_slope_by_the_mixture(self):
        ml = trial.numbers()["ml"]
        found = likelihood_ratio(maximum_likelihood("full"), maximum_likelihood("no_slope"))
        expected = 2 * (ml["full"]["loglik"] - ml["no_slope"]["loglik"])
        assert found.statistic == pytest.approx(expected, rel=1e-5)
        half = (chi2.sf(expected, 1) + chi2.sf(expected, 2)) / 2
        assert found.p_value == pytest.approx(half, rel=1e-4)
        assert found.reference == "50:50 mixture of chi-square with 1 and 2 df"

    def test_a_site_level_by_the_mixture_with_a_point_at_nought(self):
        found = likelihood_ratio(fitted("nested"), fitted("slope"))
        assert found.reference == "50:50 mixture of chi-square with 0 and 1 df"
        assert found.p_value == pytest.approx(chi2.sf(found.statistic, 1) / 2)

    def test_two_random_effects_more_is_said_to_be_conservative(self):
        found = likelihood_ratio(fitted("two_slopes"), fitted("intercept"))
        assert found.is_conservative
        assert found.df == 5

    def test_no_gain_at_all_is_p_of_one(self):
        reduced = fitted("slope")
        same = dataclasses.replace(fitted("nested"), log_likelihood=reduced.log_likelihood)
        assert likelihood_ratio(same, reduced).p_value == 1.0

    def test_a_full_fit_that_is_worse_is_refused(self):
        worse = dataclasses.replace(fitted("nested"), log_likelihood=-1000.0)
        with pytest.raises(NotConvergedError, match="not converged"):
            likelihood_ratio(worse, fitted("slope"))

    @pytest.mark.parametrize(
        ("full", "reduced", "message"),
        [
            ({}, {"columns": (0, 3, 4, 5)}, "maximum likelihood"),
            ({}, {"reml": False, "columns": (0, 3, 4, 5)}, "by REML"),
            ({}, {}, "nothing to test"),
            ({"reml": False, "columns": (0, 3, 4, 5)}, {"reml": False}, "fixed effects"),
            ({"model": "intercept"}, {}, "random effects"),
        ],
    )
    def test_fits_that_do_not_compare(self, full, reduced, message):
        with pytest.raises(ValueError, match=message):
            likelihood_ratio(
                fitted(**{"model": "slope", **full}), fitted(**{"model": "slope", **reduced})
            )

    def test_fits_of_other_rows_do_not_compare(self):
        with pytest.raises(ValueError, match="rows"):
            likelihood_ratio(fitted("nested"), dataclasses.replace(fitted("slope"), n_rows=9))
