"""The likelihood at fixed parameters against its definition; its gradient against differences."""

from dataclasses import replace

import numpy as np
import pytest

from models.linear.curvature import curvature
from models.linear.deviance import Deviance, NoOuter
from models.linear.fit import fit_linear, products_of_terms
from models.linear.modes import conditional_modes, conditional_residuals
from models.linear.patterns import Collapsed, PerGroup, collapse, patterns
from models.linear.second_derivatives import second_derivatives
from tests.models.linear.simulate import LAYOUTS, NAMES, dense, simulate

ONE_FACTOR = (
    "intercept",
    "slope",
    "diagonal",
    "slope_without_intercept",
    "two_bars",
    "three_effects",
)


def _theta(layout, seed=3):
    return np.random.default_rng(seed).normal(size=len(layout.theta_names)) * 0.6


def _deviance(data, reml):
    products, layout = products_of_terms(data.y, data.X, data.random)
    deviance = Deviance.of(products, layout, is_reml=reml)
    return deviance, layout, layout.parameters(products.z_units)


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("layout_name", LAYOUTS)
def test_deviance_is_that_of_one_big_normal(layout_name, reml):
    data = simulate(layout_name)
    deviance, layout, parameters = _deviance(data, reml)
    theta = _theta(layout)
    found = deviance.at(parameters.factors(theta))
    truth = dense(data, theta, reml=reml)
    products = deviance.products
    assert found.deviance + deviance.of_units == pytest.approx(truth.deviance, rel=1e-12)
    assert found.variance * products.y_unit**2 == pytest.approx(truth.variance, rel=1e-11)


@pytest.mark.parametrize("variance", [None, 1.7])
@pytest.mark.parametrize("layout_name", LAYOUTS)
def test_gradient_is_the_slope_of_the_deviance(layout_name, variance):
    deviance, layout, parameters = _deviance(simulate(layout_name), True)
    theta, step = _theta(layout), 1e-5

    def value(at):
        return deviance.at(parameters.factors(at), variance).deviance

    slopes = deviance.at(parameters.factors(theta), variance).slopes
    differences = [
        (value(theta + step * way) - value(theta - step * way)) / (2 * step)
        for way in np.eye(len(theta))
    ]
    gradient = parameters.gradient(theta, slopes)
    np.testing.assert_allclose(gradient, differences, rtol=1e-6, atol=1e-7 * np.abs(gradient).max())


@pytest.mark.parametrize("layout_name", ["slope", "nested", "crossed_slopes"])
def test_hessian_is_that_of_the_unprofiled_deviance(layout_name):
    deviance, layout, parameters = _deviance(simulate(layout_name), True)
    theta, sigma = _theta(layout), 1.3
    bend = curvature(deviance, parameters, theta, sigma)
    v, step = np.append(theta, sigma), 1e-3

    def value(at):
        return deviance.at(parameters.factors(at[:-1]), at[-1] ** 2).deviance

    for a, one in enumerate(step * np.eye(len(v))):
        for b, other in enumerate(step * np.eye(len(v))):
            corners = value(v + one + other) - value(v + one - other)
            corners += value(v - one - other) - value(v - one + other)
            size = np.sqrt(abs(bend.hessian[a, a] * bend.hessian[b, b]))
            assert abs(corners / (4 * step**2) - bend.hessian[a, b]) < 1e-4 * size


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("is_collapsed", [True, False])
@pytest.mark.parametrize("layout_name", ONE_FACTOR)
def test_second_derivatives_are_those_of_the_first(layout_name, is_collapsed, reml):
    """Exact ones, of one factor, against differences; profiled for the variance and given it."""
    data = simulate(layout_name, n_groups=60, n_weeks=4)
    deviance, layout, parameters = _deviance(data, reml)
    A, B = deviance.products.A, deviance.products.B
    alike = patterns(A) if is_collapsed else (np.arange(len(A)), np.arange(len(A)))
    inner = collapse(A, B, *alike)
    deviance = replace(deviance, inner=inner, outer=NoOuter(inner))
    theta, step = _theta(layout), 1e-5
    found = deviance.at(parameters.factors(theta))
    exact = second_derivatives(deviance, parameters, theta, found)
    assert exact is not None
    for k, way in enumerate(step * np.eye(len(theta))):
        ends = [(theta + sign * way, sign) for sign in (1, -1)]
        given, best = (
            [(at, sign, deviance.at(parameters.factors(at), variance)) for at, sign in ends]
            for variance in (found.variance, None)
        )

        def slope(values):
            return sum(values) / (2 * step)

        bend = slope(sign * parameters.gradient(at, one.slopes) for at, sign, one in given)
        profiled = slope(sign * parameters.gradient(at, one.slopes) for at, sign, one in best)
        size = np.abs(np.diag(exact.hessian)).max()
        np.testing.assert_allclose(exact.hessian[k], bend, atol=1e-6 * size)
        np.testing.assert_allclose(exact.profiled(deviance.n_free)[k], profiled, atol=1e-6 * size)
        of_rss = slope(sign * one.rss for _, sign, one in given)
        assert exact.rss_slopes[k] == pytest.approx(of_rss, rel=1e-5, abs=1e-5 * found.rss)
        of_inverse = slope(sign * one.S_inverse for _, sign, one in given)
        largest = np.abs(of_inverse).max()
        np.testing.assert_allclose(exact.inverse_slopes[k], of_inverse, atol=1e-5 * largest)


@pytest.mark.parametrize("layout_name", LAYOUTS)
def test_predictions_and_errors_at_the_maximum_follow_from_the_definition(layout_name):
    data = simulate(layout_name, seed=7)
    fit = fit_linear(data.y, data.X, NAMES, data.random)
    truth = dense(data, fit.theta, reml=True)
    np.testing.assert_allclose(fit.beta, truth.beta, rtol=1e-8)
    np.testing.assert_allclose(fit.cov_beta, truth.cov_beta, rtol=1e-7, atol=1e-10)
    assert fit.log_likelihood == pytest.approx(-truth.deviance / 2, rel=1e-12)
    products, layout = products_of_terms(data.y, data.X, data.random)
    modes = conditional_modes(fit, products, layout)
    for found, expected in zip(modes, truth.modes, strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-7)
    rest = conditional_residuals(fit, modes, data.y, data.X, data.random)
    # X'e = 0 holds for conditional residuals of a mixed model, as for least squares.
    np.testing.assert_allclose(data.X.T @ rest, 0, atol=1e-6)


def test_a_participant_in_two_sites_by_mistake_makes_them_crossed():
    data = simulate("nested")
    participant, site = data.random
    codes = site.codes.copy()
    codes[0] = (codes[0] + 1) % 5
    mistaken = replace(data, random=(participant, replace(site, codes=codes)))
    deviance, layout, parameters = _deviance(mistaken, True)
    assert layout.is_crossed
    theta = _theta(layout)
    found = deviance.at(parameters.factors(theta)).deviance + deviance.of_units
    assert found == pytest.approx(dense(mistaken, theta, reml=True).deviance, rel=1e-12)


def test_groups_alike_are_summed_without_loss():
    data = simulate("slope", n_groups=200, n_weeks=3)
    products, _ = products_of_terms(data.y, data.X, data.random)
    first, pattern = patterns(products.A)
    together = collapse(products.A, products.B, first, pattern)
    apart = collapse(products.A, products.B, np.arange(200), np.arange(200))
    assert isinstance(together, Collapsed)
    assert isinstance(apart, PerGroup)
    assert len(first) == 2  # the third week is seen or not
    M = np.random.default_rng(1).normal(size=(2, 2, 2))
    M = M + M.transpose(1, 0, 2)
    np.testing.assert_allclose(
        together.projected(M), apart.projected(np.ascontiguousarray(M[:, :, pattern])), rtol=1e-12
    )
    Q = np.eye(5) + 0.1
    per_group = apart.weighted(Q)
    summed = np.stack([per_group[:, :, pattern == k].sum(axis=2) for k in range(2)], axis=2)
    np.testing.assert_allclose(together.weighted(Q), summed, rtol=1e-12)


def test_patterns_do_not_depend_on_the_order_of_rows():
    """Whole weeks stay whole numbers, however they are shifted and scaled."""
    data = simulate("slope", n_groups=300, n_weeks=6)
    order = np.random.default_rng(2).permutation(len(data.y))
    codes, weeks = data.random[0].codes, data.random[0].values[:, 1]
    seen = {frozenset(weeks[codes == group]) for group in range(300)}
    for rows in (slice(None), order):
        moved = data.with_rows(rows)
        products, _ = products_of_terms(moved.y, moved.X, moved.random)
        assert len(patterns(products.A)[0]) == len(seen)


def test_two_patterns_with_one_key_are_told_apart(monkeypatch):
    """The exact comparison, when keys of 64 bits collide."""
    A = np.zeros((3, 1, 1))
    A[:, 0, 0] = (4.0, 5.0, 4.0)
    unique = np.unique

    def colliding(values, **options):
        if values.dtype == np.uint64:
            values = np.zeros_like(values)
        return unique(values, **options)

    monkeypatch.setattr(np, "unique", colliding)
    first, pattern = patterns(A)
    assert pattern[0] == pattern[2] != pattern[1]
    assert len(first) == 2
