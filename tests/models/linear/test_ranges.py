"""Numbers far from one: units that double precision only just holds, groups far apart."""

from dataclasses import replace

import numpy as np
import pytest

from models.errors import NotEstimableError
from models.linear.fit import fit_linear
from models.linear.kenward_roger import kenward_roger
from models.linear.satterthwaite import satterthwaite_df, satterthwaite_f
from models.random_terms import RandomTerm
from tests.models.linear.simulate import NAMES, ONE, simulate

SINGLE = np.eye(4)


def in_unit(data, unit):
    y = unit * data.y
    fit = fit_linear(y, data.X, NAMES, data.random)
    return fit, kenward_roger(y, data.X, data.random, fit)


@pytest.mark.parametrize("unit", [1e-100, 1e100])
@pytest.mark.parametrize("layout", ["slope", "crossed_slopes"])
def test_an_outcome_in_an_extreme_unit(layout, unit):
    data = simulate(layout)
    (fit, small), (expected, small_expected) = in_unit(data, unit), in_unit(data, 1.0)
    np.testing.assert_allclose(fit.beta / unit, expected.beta, rtol=1e-5)
    both = [satterthwaite_df(one, SINGLE) for one in (fit, expected)]
    np.testing.assert_allclose(*both, rtol=1e-4)
    both = [satterthwaite_f(one, SINGLE[[1, 3]])[2] for one in (fit, expected)]
    assert both[0] == pytest.approx(both[1], rel=1e-4)
    np.testing.assert_allclose(small.df(SINGLE), small_expected.df(SINGLE), rtol=1e-4)
    errors = [np.sqrt(np.diag(one.cov_beta_adjusted)) for one in (small, small_expected)]
    np.testing.assert_allclose(errors[0] / unit, errors[1], rtol=1e-4)


@pytest.mark.parametrize(("unit", "word"), [(1e-200, "small"), (1e200, "large")])
def test_an_outcome_without_a_variance_in_double_precision(unit, word):
    data = simulate("slope")
    with pytest.raises(NotEstimableError, match=rf"the outcome, about .*, are too {word}") as error:
        fit_linear(unit * data.y, data.X, NAMES, data.random)
    assert error.value.reason == "unit"


@pytest.mark.parametrize(("unit", "word"), [(1e-150, "small"), (1e150, "large")])
def test_a_predictor_without_a_variance_in_double_precision(unit, word):
    data = simulate("intercept")
    with pytest.raises(NotEstimableError, match=rf"'x', about .*, are too {word}") as error:
        fit_linear(data.y, data.X * [1, 1, unit, 1], NAMES, data.random)
    assert error.value.reason == "unit"


def apart(ratio, n=40, size=6):
    """Groups whose levels vary `ratio` times as much as their rows."""
    rng = np.random.default_rng(3)
    codes = np.repeat(np.arange(n), size)
    x, level, noise = rng.normal(size=n * size), rng.normal(size=n), rng.normal(size=n * size)
    term = RandomTerm("id", (ONE,), np.ones((n * size, 1)), codes)
    return ratio * level[codes] + 0.3 * x + noise, np.column_stack((np.ones(n * size), x)), term


@pytest.mark.parametrize("ratio", [1e3, 1e4, 1e5])
def test_groups_far_apart(ratio):
    """Nothing is left to learn between them: the slope is that of least squares within groups."""
    y, X, term = apart(ratio)
    fit = fit_linear(y, X, (ONE, "x"), (term,))
    within = [v - (np.bincount(term.codes, v) / 6)[term.codes] for v in (X[:, 1], y)]
    slope = float(within[0] @ within[1] / (within[0] @ within[0]))
    rest = within[1] - slope * within[0]
    se = float(np.sqrt(rest @ rest / 199 / (within[0] @ within[0])))
    assert abs(fit.beta[1] - slope) < 1e-3 * se
    assert np.sqrt(fit.cov_beta[1, 1]) == pytest.approx(se, rel=1e-5)
    np.testing.assert_allclose(satterthwaite_df(fit, np.eye(2)), [39, 199], rtol=1e-4)


@pytest.mark.parametrize("slope", [0.0, 2.0])
def test_exact_within_groups_is_refused_still(slope):
    y, X, term = apart(1.0)
    level = (np.bincount(term.codes, y) / 6)[term.codes]
    with pytest.raises(NotEstimableError, match=r"^Within each id the outcome") as error:
        fit_linear(level + slope * X[:, 1], X, (ONE, "x"), (term,))
    assert error.value.reason == "no_residuals"


def test_exact_lines_of_groups_are_refused_still():
    data = simulate("slope")
    (term,) = data.random
    effects = np.random.default_rng(2).normal(size=(term.n_groups, 2))
    y = 1e3 * (term.values * effects[term.codes]).sum(axis=1)
    with pytest.raises(NotEstimableError) as error:
        fit_linear(y, data.X, NAMES, data.random)
    assert error.value.reason == "no_residuals"


@pytest.mark.parametrize("broken", ["hessian", "cov_slopes", "cov_beta"])
def test_no_degrees_of_freedom_is_said(broken):
    data = simulate("slope")
    fit = fit_linear(data.y, data.X, NAMES, data.random)
    none = replace(fit, **{broken: np.zeros_like(getattr(fit, broken))})
    with pytest.raises(NotEstimableError, match="Satterthwaite's degrees of freedom") as error:
        satterthwaite_df(none, SINGLE)
    assert error.value.reason == "df"
