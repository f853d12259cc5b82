"""Years, dates and day numbers as time: degrees of freedom do not depend on where time starts."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from models.linear.cluster_robust import cluster_robust
from models.linear.fit import fit_linear
from models.linear.group_sums import conditional_residuals
from models.linear.kenward_roger import kenward_roger
from models.linear.satterthwaite import satterthwaite_df
from models.sensitivity.imputation import draw_parameters
from tests.models.linear.simulate import NAMES, WEEK, simulate

SINGLE = np.eye(4)
CALENDAR = (2015.0, 45_000.0, 2_460_000.0)
"""A year, a day as spreadsheets count it, and a Julian day."""


def starting(layout, origin):
    data = simulate(layout)
    X = data.X.copy()
    X[:, 1] += origin
    terms = tuple(
        replace(term, values=term.values + origin * (np.array(term.names) == WEEK))
        for term in data.random
    )
    return data.y, X, terms


@cache
def fitted(layout, origin):
    y, X, terms = starting(layout, origin)
    return y, X, terms, fit_linear(y, X, NAMES, terms)


@pytest.mark.parametrize("origin", CALENDAR)
@pytest.mark.parametrize("layout", ["slope", "nested_slopes"])
class TestOriginOfTime:
    def test_satterthwaite(self, layout, origin):
        expected = satterthwaite_df(fitted(layout, 0.0)[3], SINGLE)[1:]
        found = satterthwaite_df(fitted(layout, origin)[3], SINGLE)[1:]
        np.testing.assert_allclose(found, expected, rtol=1e-3)

    def test_kenward_roger(self, layout, origin):
        y, X, terms, fit = fitted(layout, 0.0)
        expected = kenward_roger(y, X, terms, fit)
        y, X, terms, fit = fitted(layout, origin)
        found = kenward_roger(y, X, terms, fit)
        np.testing.assert_allclose(found.df(SINGLE)[1:], expected.df(SINGLE)[1:], rtol=1e-4)
        one, other = (np.diag(each.cov_beta_adjusted)[1:] for each in (found, expected))
        np.testing.assert_allclose(one, other, rtol=1e-4)
        both = [each.f_test(SINGLE[[1, 3]]) for each in (found, expected)]
        assert both[0].df2 == pytest.approx(both[1].df2, rel=1e-4)
        assert both[0].statistic == pytest.approx(both[1].statistic, rel=1e-3)

    def test_cluster_robust(self, layout, origin):
        y, X, terms, fit = fitted(layout, 0.0)
        expected = cluster_robust(y, X, None, fit, terms)
        y, X, terms, fit = fitted(layout, origin)
        found = cluster_robust(y, X, None, fit, terms)
        np.testing.assert_allclose(found.se[1:], expected.se[1:], rtol=2e-3)
        np.testing.assert_allclose(found.df(SINGLE)[1:], expected.df(SINGLE)[1:], rtol=2e-3)

    def test_predicted_effects(self, layout, origin):
        """An intercept at the origin is where a person's line was there, back from its weeks."""
        residuals, effects = conditional_residuals(*fitted(layout, 0.0))
        moved, others = conditional_residuals(*fitted(layout, origin))
        np.testing.assert_allclose(moved, residuals, atol=2e-3)
        for one, other in zip(effects, others, strict=True):
            slope = one.shape[1] - 1
            np.testing.assert_allclose(other[:, slope], one[:, slope], atol=2e-3)

    def test_draws_of_the_variances(self, layout, origin):
        """Imputation draws a slope's variance that the data support, wherever time starts."""
        fit = fitted(layout, origin)[3]
        expected = fitted(layout, 0.0)[3]
        found = [_slopes(one) for one in (fit, expected)]
        np.testing.assert_allclose(found[0], found[1], rtol=0.25)


def _slopes(fit):
    """Quartiles of drawn slope variances of participants."""
    place = next(k for k, term in enumerate(fit.random) if term.group == "participant")
    rng = np.random.default_rng(1)
    draws = [draw_parameters(fit, rng) for _ in range(300)]
    variances = [one.sigma**2 * float(np.sum(one.factors[place][1] ** 2)) for one in draws]
    return np.quantile(variances, [0.25, 0.5, 0.75])
