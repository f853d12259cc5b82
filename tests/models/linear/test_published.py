"""A fit that every user of lme4 knows, from what is sufficient for it and no more."""

import json
from pathlib import Path

import numpy as np
import pytest

from models.linear.fit import fit_linear
from models.linear.kenward_roger import kenward_roger
from models.linear.satterthwaite import satterthwaite_df
from models.random_terms import RandomTerm

PUBLISHED = json.loads(
    (Path(__file__).parents[2] / "reference/published/sleep_restriction.json").read_text("utf-8")
)
DAYS = np.arange(10.0)


@pytest.fixture(scope="module")
def rows():
    """Rows with the published lines and the published residual sum of squares.

    The likelihood knows the rows through cross-products with (1, day) only, so that any residuals
    at right angles to both serve; here one pattern for all.
    """
    lines = np.array(PUBLISHED["lines"])
    X = np.column_stack((np.ones(10), DAYS))
    wiggle = (DAYS - DAYS.mean()) ** 2
    wiggle = wiggle - X @ np.linalg.lstsq(X, wiggle, rcond=None)[0]
    wiggle *= np.sqrt(PUBLISHED["residual_sum_of_squares"] / len(lines) / (wiggle @ wiggle))
    y = (lines @ X.T + wiggle).ravel()
    design = np.tile(X, (len(lines), 1))
    codes = np.repeat(np.arange(len(lines)), 10)
    return y, design, (RandomTerm("participant", ("(Intercept)", "day"), design, codes),)


@pytest.fixture(scope="module")
def fit(rows):
    y, X, random = rows
    return fit_linear(y, X, ("(Intercept)", "day"), random)


def test_likelihood_estimates_and_errors(fit):
    assert fit.log_likelihood == pytest.approx(PUBLISHED["loglik_reml"], rel=1e-8)
    assert fit.beta == pytest.approx(PUBLISHED["estimate"], rel=1e-7)
    assert np.sqrt(np.diag(fit.cov_beta)) == pytest.approx(PUBLISHED["se"], rel=1e-5)


def test_variances(fit):
    covariance = fit.random[0].covariance
    assert np.diag(covariance) == pytest.approx(PUBLISHED["variances"], rel=1e-4)
    correlation = covariance[0, 1] / np.sqrt(np.diag(covariance).prod())
    assert correlation == pytest.approx(PUBLISHED["correlation"], rel=1e-3)
    assert fit.residual_variance == pytest.approx(PUBLISHED["residual_variance"], rel=1e-5)


def test_degrees_of_freedom(rows, fit):
    y, X, random = rows
    assert satterthwaite_df(fit, np.eye(2)) == pytest.approx(
        PUBLISHED["satterthwaite_df"], rel=1e-4
    )
    found = kenward_roger(y, X, random, fit).df(np.eye(2))
    assert found == pytest.approx(PUBLISHED["kenward_roger_df"], rel=1e-3)
