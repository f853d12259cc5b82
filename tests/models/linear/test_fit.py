"""What a fit must do whatever the units, the order of rows and the names of groups."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from models.errors import NotEstimableError
from models.linear.fit import fit_linear
from models.linear.satterthwaite import satterthwaite_df
from models.random_terms import RandomTerm
from tests.models.linear.simulate import NAMES, ONE, WEEK, Data, simulate

INVARIANT = ("slope", "diagonal", "nested", "crossed_slopes")
draws = {"seed": st.integers(0, 10**6), "layout": st.sampled_from(INVARIANT)}
few = settings(max_examples=6, deadline=None, derandomize=True, phases=(Phase.generate,))


def _fit(data, **options):
    return fit_linear(data.y, data.X, NAMES, data.random, **options)


def _data(layout, seed):
    return simulate(layout, seed, n_groups=15, n_weeks=4)


def _same(one, other, size=1.0):
    """Equal but for what two searches may differ by; `size` is the outcome's unit in `one`."""
    se = np.sqrt(np.diag(other.cov_beta))
    np.testing.assert_allclose(one.beta / size, other.beta, atol=1e-4 * se.min(), rtol=0)
    np.testing.assert_allclose(np.sqrt(np.diag(one.cov_beta)) / size, se, rtol=1e-4)
    assert one.residual_variance / size**2 == pytest.approx(other.residual_variance, rel=1e-3)
    for mine, theirs in zip(one.random, other.random, strict=True):
        scale = np.sqrt(
            np.outer(*[np.diag(theirs.covariance) + 1e-3 * other.residual_variance] * 2)
        )
        assert (np.abs(mine.covariance / size**2 - theirs.covariance) < 2e-3 * scale).all()


@few
@given(**draws, shift=st.floats(-1e4, 1e4), size=st.floats(1e-5, 1e7))
def test_units_of_the_outcome(layout, seed, shift, size):
    data = _data(layout, seed)
    one = _fit(data)
    other = _fit(replace(data, y=size * data.y + shift))
    n_free = len(data.y) - 4
    assert other.log_likelihood == pytest.approx(
        one.log_likelihood - n_free * np.log(size), rel=1e-6, abs=1e-5
    )
    moved = replace(other, beta=other.beta - [shift, 0, 0, 0])
    _same(moved, one, size)
    if not one.is_singular:
        df = [satterthwaite_df(fit, np.eye(4)) for fit in (one, other)]
        np.testing.assert_allclose(*df, rtol=1e-3)


@few
@given(**draws, shift=st.floats(-1e3, 1e3), size=st.floats(1e-3, 1e3))
def test_units_of_a_predictor_without_random_effect(layout, seed, shift, size):
    data = _data(layout, seed)
    one = _fit(data)
    X = data.X.copy()
    X[:, 2] = size * X[:, 2] + shift
    other = _fit(replace(data, X=X))
    # x = (x' - shift) / size: the coefficients of x give those of x'.
    turn = np.eye(4)
    turn[0, 2], turn[2, 2] = -shift / size, 1 / size
    se = np.sqrt(np.diag(one.cov_beta))
    np.testing.assert_allclose(
        np.linalg.solve(turn, other.beta), one.beta, atol=1e-4 * se.min(), rtol=0
    )
    assert other.log_likelihood == pytest.approx(one.log_likelihood - np.log(size), rel=1e-6)


@few
@given(seed=st.integers(0, 10**6), shift=st.floats(-3000, 3000), size=st.floats(0.01, 100))
def test_origin_and_unit_of_time(seed, shift, size):
    """With an intercept that may correlate, time may start anywhere: years, too."""
    data = _data("slope", seed)
    moved = data.X.copy()
    moved[:, 1] = size * moved[:, 1] + shift
    term = replace(data.random[0], values=moved[:, :2])
    one, other = _fit(data), _fit(Data(data.y, moved, (term,)))
    back = np.array([[1, shift], [0, size]])
    covariance = back @ other.random[0].covariance @ back.T
    _same(
        replace(
            other,
            beta=np.append(back @ other.beta[:2], other.beta[2:]),
            cov_beta=one.cov_beta,
            random=(replace(other.random[0], covariance=covariance),),
        ),
        one,
    )
    assert other.cov_beta[1, 1] * size**2 == pytest.approx(one.cov_beta[1, 1], rel=1e-4)
    df = [satterthwaite_df(fit, np.eye(4)[1:2])[0] for fit in (one, other)]
    if not one.is_singular:
        assert df[0] == pytest.approx(df[1], rel=1e-3)


@few
@given(**draws)
def test_order_of_rows_and_numbers_of_groups(layout, seed):
    data = _data(layout, seed)
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(data.y))
    moved = data.with_rows(rows)
    renumbered = {term.group: rng.permutation(term.n_groups) for term in data.random}
    terms = tuple(replace(t, codes=renumbered[t.group][t.codes]) for t in moved.random)
    _same(_fit(replace(moved, random=terms)), _fit(data))


@few
@given(seed=st.integers(0, 10**6), layout=st.sampled_from(("intercept", "slope", "diagonal")))
def test_everybody_twice_halves_the_covariance_of_ml(layout, seed):
    data = _data(layout, seed)
    terms = tuple(
        replace(t, values=np.tile(t.values, (2, 1)), codes=np.append(t.codes, t.codes + t.n_groups))
        for t in data.random
    )
    twice = Data(np.tile(data.y, 2), np.tile(data.X, (2, 1)), terms)
    one, other = _fit(data, reml=False), _fit(twice, reml=False)
    assert other.log_likelihood == pytest.approx(2 * one.log_likelihood, rel=1e-6)
    _same(replace(other, cov_beta=2 * other.cov_beta), one)


def test_balanced_one_way_has_a_closed_form():
    """Mean squares within and between: Searle, Casella & McCulloch (1992), section 3.8."""
    rng = np.random.default_rng(5)
    y = (rng.normal(size=(12, 1)) * 2 + rng.normal(size=(12, 7))).ravel()
    codes, one = np.repeat(np.arange(12), 7), np.ones((84, 1))
    fit = fit_linear(y, one, (ONE,), (RandomTerm("group", (ONE,), one, codes),))
    means = y.reshape(12, 7).mean(axis=1)
    within = ((y.reshape(12, 7) - means[:, None]) ** 2).sum() / (84 - 12)
    between = 7 * ((means - y.mean()) ** 2).sum() / 11
    assert fit.residual_variance == pytest.approx(within, rel=1e-6)
    assert fit.random[0].covariance[0, 0] == pytest.approx((between - within) / 7, rel=1e-6)
    assert fit.cov_beta[0, 0] == pytest.approx(between / 84, rel=1e-6)
    assert satterthwaite_df(fit, np.eye(1))[0] == pytest.approx(11, rel=1e-5)
    assert not fit.is_singular


def test_no_variance_between_groups_is_least_squares():
    """Group means that differ less than chance would have them: the estimate is 0, and said so."""
    rng = np.random.default_rng(6)
    y = rng.normal(size=(10, 4))
    y = (y - y.mean(axis=1, keepdims=True)).ravel()
    codes, one = np.repeat(np.arange(10), 4), np.ones((40, 1))
    fit = fit_linear(y, one, (ONE,), (RandomTerm("group", (ONE,), one, codes),))
    assert fit.is_singular
    assert fit.random[0].covariance[0, 0] < 1e-9
    assert fit.residual_variance == pytest.approx(y.var(ddof=1), rel=1e-6)
    assert satterthwaite_df(fit, np.eye(1))[0] == pytest.approx(39, rel=1e-4)


def test_the_truth_is_recovered():
    """400 participants x 8 weeks in 20 sites: each estimate within four standard errors."""
    rng = np.random.default_rng(8)
    codes, week = np.repeat(np.arange(400), 8), np.tile(np.arange(8.0), 400)
    site = codes // 20
    one, Z = np.ones((3200, 1)), np.column_stack((np.ones(3200), week))
    psi = np.array([[4.0, 0.3], [0.3, 0.25]])
    u = rng.multivariate_normal((0, 0), psi, 400)
    y = 3 + 0.7 * week + u[codes, 0] + u[codes, 1] * week + rng.normal(size=20)[site]
    y = y + 1.5 * rng.normal(size=3200)
    fit = fit_linear(
        y,
        Z,
        (ONE, WEEK),
        (RandomTerm("p", (ONE, WEEK), Z, codes), RandomTerm("s", (ONE,), one, site)),
    )
    assert (np.abs(fit.beta - (3, 0.7)) < 4 * np.sqrt(np.diag(fit.cov_beta))).all()
    # Standard errors of variances: about variance x sqrt(2 / number of groups).
    assert np.abs(np.diag(fit.random[0].covariance) / np.diag(psi) - 1).max() < 4 * np.sqrt(2 / 400)
    assert abs(fit.random[1].covariance[0, 0] - 1) < 4 * np.sqrt(2 / 20)
    assert fit.residual_variance == pytest.approx(2.25, rel=0.1)
    assert fit.n_groups == (("p", 400), ("s", 20))
    assert not fit.is_singular


def test_ratio_of_likelihoods_of_ml_fits():
    """Under no effect, twice the difference is chi-squared on one degree of freedom."""
    found = []
    for seed in range(25):
        rng = np.random.default_rng(seed)
        codes, one = np.repeat(np.arange(40), 3), np.ones((120, 1))
        X = np.column_stack((one, rng.normal(size=120)))
        y = rng.normal(size=40)[codes] + rng.normal(size=120)
        term = RandomTerm("p", (ONE,), one, codes)
        small = fit_linear(y, one, (ONE,), (term,), reml=False)
        large = fit_linear(y, X, (ONE, "x"), (term,), reml=False)
        found.append(small.deviance - large.deviance)
    assert min(found) > -1e-6
    share = np.mean(np.array(found) > chi2.isf(0.2, 1))
    assert 0.05 < share < 0.4


def _changed(data, **columns):
    X = data.X.copy()
    for name, values in columns.items():
        X[:, NAMES.index(name)] = values
    return replace(data, X=X)


REFUSED = {
    "constant_outcome": lambda data: replace(data, y=np.full(len(data.y), 3.1)),
    "exact_fit": lambda data: replace(data, y=2 * data.X[:, 1] - data.X[:, 3]),
    "collinear": lambda data: _changed(data, arm=1 + 2 * data.X[:, 1]),
    "no_residuals": lambda data: replace(
        data, y=np.random.default_rng(1).normal(size=40)[data.random[0].codes]
    ),
    "few_groups": lambda data: data.with_rows(data.random[0].codes < 1),
    "few_rows": lambda data: data.with_rows(slice(0, 4)),
    "too_many_effects": lambda data: data.with_rows(data.X[:, 1] < 2),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_cannot_be_estimated_is_said(reason):
    data = REFUSED[reason](simulate("slope"))
    if reason == "few_groups":
        data = replace(data, X=data.X[:, :3])
    with pytest.raises(NotEstimableError) as refused:
        fit_linear(data.y, data.X, NAMES[: data.X.shape[1]], data.random)
    assert refused.value.reason == reason


def test_collinear_terms_are_named():
    data = _changed(simulate("slope"), x=7.3, arm=simulate("slope").X[:, 1] / 3)
    with pytest.raises(NotEstimableError, match=r"^'x', 'arm' cannot be told apart"):
        _fit(data)


def test_missing_values_are_the_callers_to_drop():
    data = simulate("slope")
    y = data.y.copy()
    y[3] = np.nan
    with pytest.raises(ValueError, match="missing"):
        _fit(replace(data, y=y))
    with pytest.raises(ValueError, match="rows and a random effect"):
        fit_linear(data.y, data.X, NAMES, ())


def test_a_design_without_intercept():
    data = simulate("slope")
    cells = np.column_stack((data.X[:, 3], 1 - data.X[:, 3], data.X[:, 1]))
    one = fit_linear(data.y, cells, ("on", "off", WEEK), data.random)
    X = np.column_stack((np.ones(len(data.y)), data.X[:, 3], data.X[:, 1]))
    other = fit_linear(data.y, X, (ONE, "arm", WEEK), data.random)
    assert one.beta[0] == pytest.approx(other.beta[0] + other.beta[1], rel=1e-6)
    assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-8)


def test_a_grouping_factor_that_is_a_fixed_factor_too():
    """REML knows nothing of its variance, which the errors of its fixed effects depend on."""
    data = simulate("crossed")
    items = data.random[1].codes
    X = np.column_stack((data.X, items[:, None] == np.arange(1, 4)))
    names = (*NAMES, "2", "3", "4")
    with pytest.raises(NotEstimableError, match="all levels of item apart") as refused:
        fit_linear(data.y, X, names, data.random)
    assert refused.value.reason == "group_is_fixed"
    # The likelihood itself is highest without that variance.
    fit = fit_linear(data.y, X, names, data.random, reml=False)
    alone = fit_linear(data.y, X, names, data.random[:1], reml=False)
    assert fit.is_singular
    assert fit.random[1].covariance[0, 0] < 1e-6 * fit.residual_variance
    np.testing.assert_allclose(fit.cov_beta, alone.cov_beta, rtol=1e-4, atol=1e-8)
    assert fit.log_likelihood == pytest.approx(alone.log_likelihood, rel=1e-8)
