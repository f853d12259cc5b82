"""Sums of rows: exact, in any order, in chunks, and merged."""

import numpy as np
import pytest

from models.errors import NotEstimableError
from models.linear import products as module
from models.linear.fit import fit_linear, fit_products, products_of_terms
from models.linear.layout import Layout, layout_of_terms
from models.linear.products import Products, ProductsBuilder
from tests.models.linear.simulate import NAMES, ONE, WEEK, simulate


def _same_fit(one, other):
    assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-9)
    se = np.sqrt(np.diag(other.cov_beta))
    np.testing.assert_allclose(one.beta, other.beta, atol=1e-5 * se.min(), rtol=0)
    np.testing.assert_allclose(one.cov_beta, other.cov_beta, rtol=1e-4, atol=1e-8)


def test_sums_are_those_of_the_rows():
    data = simulate("slope")
    codes, Z = data.random[0].codes, data.random[0].values
    products = Products.of(data.y, data.X, Z, codes)
    both = np.column_stack((data.X, data.y))
    of_z, of_x = products.z_units, products.column_units
    np.testing.assert_allclose(of_x.T @ products.C @ of_x, both.T @ both, rtol=1e-12)
    for group in range(40):
        own = codes == group
        A = of_z.T @ products.A[group] @ of_z
        B = of_z.T @ products.B[group] @ of_x
        np.testing.assert_allclose(A, Z[own].T @ Z[own], rtol=1e-12)
        np.testing.assert_allclose(B, Z[own].T @ both[own], rtol=1e-11, atol=1e-11)
        assert products.group_rows[group] == own.sum()


CHUNKED = ("slope", "two_bars", "nested_slopes", "crossed_slopes")


@pytest.mark.parametrize("layout_name", CHUNKED)
def test_chunks_of_any_rows_give_the_same_fit(layout_name, monkeypatch):
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", 7)
    data = simulate(layout_name)
    layout, Z, codes = layout_of_terms(data.random)
    builder = ProductsBuilder(layout, 0)
    for rows in np.array_split(np.arange(len(data.y)), 5):
        own = tuple(factor[rows] for factor in codes)
        builder.add(data.y[rows], data.X[rows], Z[rows], own)
    chunked = fit_products(builder.products(), NAMES, layout)
    _same_fit(chunked, fit_linear(data.y, data.X, NAMES, data.random))


@pytest.mark.parametrize("layout_name", ["two_bars", "nested", "crossed_slopes", "two_crossed"])
def test_two_halves_of_the_rows_add_up(layout_name):
    """Also where the halves, early and late, were standardised by other units."""
    data = simulate(layout_name, n_weeks=9)
    layout, Z, codes = layout_of_terms(data.random)
    is_late = data.X[:, 1] > 1
    halves = []
    for rows in (np.flatnonzero(~is_late), np.flatnonzero(is_late)):
        builder = ProductsBuilder(layout, 0)
        own = tuple(factor[rows] for factor in codes)
        builder.add(data.y[rows], data.X[rows], Z[rows], own)
        builder.add(data.y[:0], data.X[:0], Z[:0], (rows[:0],) * len(own))
        halves.append(builder.products())
    merged = halves[0].plus_rows(halves[1])
    assert merged.n_rows == len(data.y)
    assert not np.array_equal(halves[0].z_units, halves[1].z_units)
    _same_fit(fit_products(merged, NAMES, layout), fit_linear(data.y, data.X, NAMES, data.random))


def test_two_sets_of_groups_are_one_after_the_other():
    data = simulate("nested")
    codes = data.random[0].codes
    layout, Z, factors = layout_of_terms(data.random)
    parts = []
    for is_own, first in ((codes < 15, 0), (codes >= 15, 15)):
        n_groups = len(np.unique(codes[is_own]))
        own = Layout(layout.columns, layout.blocks, layout.groups, (n_groups, 5), is_nested=True)
        builder = ProductsBuilder(own, 0)
        rows = np.flatnonzero(is_own)
        builder.add(
            data.y[rows], data.X[rows], Z[rows], (factors[0][rows] - first, factors[1][rows])
        )
        parts.append(builder.products())
    merged = parts[0].plus_groups(parts[1])
    _same_fit(fit_products(merged, NAMES, layout), fit_linear(data.y, data.X, NAMES, data.random))


def test_groups_without_rows_change_nothing():
    data = simulate("nested")
    layout, Z, codes = layout_of_terms(data.random)
    wider = Layout(layout.columns, layout.blocks, layout.groups, (50, 6), is_nested=True)
    builder = ProductsBuilder(wider, 0)
    builder.add(data.y, data.X, Z, codes)
    fit = fit_products(builder.products(), NAMES, wider)
    _same_fit(fit, fit_linear(data.y, data.X, NAMES, data.random))
    assert fit.n_groups == (("participant", 40), ("site", 5))


def test_a_layout_can_be_written_without_rows():
    bars = [("site", (ONE,), True), ("participant", (ONE, WEEK), True)]
    layout = Layout.of(bars, {"participant": 40, "site": 5}, is_nested=True)
    assert layout.groups == ("participant", "site")
    assert layout.columns == (ONE, WEEK)
    assert layout.theta_names == (
        "site.(Intercept)",
        "participant.(Intercept)",
        "participant.week.(Intercept)",
        "participant.week",
    )
    with pytest.raises(ValueError, match="one outer factor"):
        Layout.of(bars[:1], {"site": 5}, is_nested=True)


def test_a_participant_in_two_sites_is_not_nested():
    data = simulate("nested")
    layout, Z, codes = layout_of_terms(data.random)
    moved = codes[1].copy()
    moved[0] = (moved[0] + 1) % 5
    builder = ProductsBuilder(layout, 0)
    with pytest.raises(ValueError, match="not nested"):
        builder.add(data.y, data.X, Z, (codes[0], moved))
    # In another chunk, too.
    builder = ProductsBuilder(layout, 0)
    builder.add(data.y, data.X, Z, codes)
    with pytest.raises(ValueError, match="not nested"):
        builder.add(data.y[:1], data.X[:1], Z[:1], (codes[0][:1], moved[:1]))


def test_an_intercept_must_be_ones():
    data = simulate("slope")
    layout, Z, codes = layout_of_terms(data.random)
    builder = ProductsBuilder(layout, 1)
    with pytest.raises(ValueError, match="column of ones"):
        builder.add(data.y, data.X, Z, codes)
    with pytest.raises(ValueError, match="no rows"):
        ProductsBuilder(layout, 0).products()


def test_crossed_factors_beyond_memory_are_refused():
    layout = Layout.of(
        [("participant", (ONE,), True), ("item", (ONE,), True)],
        {"participant": 1_000_000, "item": 5_000},
    )
    one = np.ones((1, 1))
    with pytest.raises(NotEstimableError, match="too many of both") as refused:
        ProductsBuilder(layout, 0).add(one[0], one, one, (np.array([0]), np.array([0])))
    assert refused.value.reason == "too_many_levels"


def test_two_bars_of_a_group_must_agree_on_the_rows():
    data = simulate("two_bars")
    other = simulate("slope", seed=9, n_groups=40).random[0].codes[: len(data.y)]
    first, second = data.random
    wrong = type(second)(second.group, second.names, second.values, np.resize(other, len(data.y)))
    with pytest.raises(ValueError, match="group the rows differently"):
        products_of_terms(data.y, data.X, (first, wrong))
