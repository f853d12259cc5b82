"""Every quantity of a fit against lme4 and lmerTest; see tests/reference/linear/make_linear.R."""

import numpy as np
import pytest

from models.linear.deviance import Deviance
from models.linear.fit import fit_linear, products_of_terms
from models.linear.modes import conditional_modes
from models.linear.satterthwaite import satterthwaite_df, satterthwaite_f
from tests.models.linear.cases import BARS, references, rows_of


@pytest.fixture(scope="module")
def fits():
    cache = {}

    def fit(case):
        if case not in cache:
            rows = rows_of(case)
            reml = references()[case]["reml"]
            cache[case] = fit_linear(rows.y, rows.X, rows.names, rows.random, reml=reml)
        return cache[case]

    return fit


def test_every_reference_is_compared():
    assert set(BARS) == set(references())


@pytest.mark.parametrize("case", BARS)
def test_converged_at_a_likelihood_no_lower_than_lme4s(fits, case):
    fit, reference = fits(case), references()[case]
    assert fit.gradient_norm < 1e-3
    assert len(fit.optimisers) == 2
    assert fit.log_likelihood > reference["log_likelihood"] - 1e-6
    assert fit.log_likelihood == pytest.approx(reference["log_likelihood"], rel=1e-6)
    assert fit.n_rows == reference["n"]


@pytest.mark.parametrize("case", BARS)
def test_the_deviance_at_fixed_parameters(case):
    """Algebra apart from the search."""
    rows, reference = rows_of(case), references()[case]
    products, layout = products_of_terms(rows.y, rows.X, rows.random)
    deviance = Deviance.of(products, layout, is_reml=reference["reml"])
    parameters = layout.parameters(products.z_units)
    theta = np.atleast_1d(reference["deviance_at"]["theta"])
    if case == "three_effects":  # lme4 goes through the triangle by columns
        theta = theta[[0, 1, 3, 2, 4, 5]]
    found = deviance.at(parameters.factors(theta)).deviance + deviance.of_units
    assert found == pytest.approx(reference["deviance_at"]["deviance"], rel=1e-11)


@pytest.mark.parametrize("case", BARS)
def test_fixed_effects_and_their_errors(fits, case):
    fit, reference = fits(case), references()[case]
    se = np.sqrt(np.diag(reference["cov_beta"]))
    np.testing.assert_allclose(
        fit.beta, np.atleast_1d(reference["beta"]), atol=1e-5 * se.min(), rtol=0
    )
    np.testing.assert_allclose(np.sqrt(np.diag(fit.cov_beta)), se, rtol=1e-4)


@pytest.mark.parametrize("case", BARS)
def test_variances(fits, case):
    fit, reference = fits(case), references()[case]
    assert fit.residual_variance == pytest.approx(reference["residual_variance"], rel=1e-3)
    theirs = list(reference["random"].values())
    ours = [term.covariance for term in fit.random]
    if case == "diagonal":  # lme4 takes || apart into two bars
        ours = [np.diag(ours[0])[:1, None], np.diag(ours[0])[1:, None]]
    for mine, other in zip(ours, theirs, strict=True):
        scale = np.sqrt(np.outer(np.diag(other), np.diag(other)))
        assert (np.abs(mine - other) <= 1e-3 * scale + 1e-9 * fit.residual_variance).all()


@pytest.mark.parametrize("case", BARS)
def test_a_boundary_is_said(fits, case):
    assert fits(case).is_singular == references()[case]["singular"]


@pytest.mark.parametrize("case", BARS)
def test_satterthwaites_degrees_of_freedom(fits, case):
    fit, reference = fits(case), references()[case]
    df = satterthwaite_df(fit, np.eye(len(fit.beta)))
    np.testing.assert_allclose(df, reference["df"], rtol=1e-3)


@pytest.mark.parametrize("case", ["unbalanced", "flat", "trial"])
def test_joint_tests(fits, case):
    fit, reference = fits(case), references()[case]
    for test in reference["joint"]:
        F, df1, df2, p = satterthwaite_f(fit, np.array(test["L"], dtype=np.float64))
        assert pytest.approx(test["F"], rel=1e-4) == F
        assert df1 == test["df1"]
        assert df2 == pytest.approx(test["df2"], rel=1e-3)
        assert p == pytest.approx(test["p"], rel=1e-3)


@pytest.mark.parametrize("case", [case for case in BARS if case not in ("diagonal", "two_bars")])
def test_predicted_effects(fits, case):
    rows, fit = rows_of(case), fits(case)
    products, layout = products_of_terms(rows.y, rows.X, rows.random)
    modes = conditional_modes(fit, products, layout)
    scale = 1e-3 * np.sqrt(fit.residual_variance)
    for term, found in zip(rows.random, modes, strict=True):
        theirs = references()[case]["modes"][term.group]
        np.testing.assert_allclose(found[:3], theirs, atol=scale)
