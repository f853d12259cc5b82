"""Where a search may go wrong: boundaries, saddles and second maxima."""

import numpy as np
import pytest

from models.errors import NotConvergedError
from models.linear import optimise
from models.linear.deviance import Deviance
from models.linear.fit import fit_linear, products_of_terms
from models.linear.optimise import Objective, escape, maximise, newton, quasi_newton
from models.linear.starts import moment_start, other_start, unit_start
from models.random_terms import RandomTerm
from tests.models.linear.simulate import LAYOUTS, NAMES, ONE, WEEK, Data, dense, simulate


def _objective(data, reml=True):
    products, layout = products_of_terms(data.y, data.X, data.random)
    deviance = Deviance.of(products, layout, is_reml=reml)
    return Objective(deviance, layout.parameters()), layout


@pytest.mark.parametrize("layout_name", LAYOUTS)
def test_both_searches_find_the_same_maximum_from_three_starts(layout_name):
    objective, layout = _objective(simulate(layout_name, seed=21))
    moments = moment_start(objective.deviance, layout)
    starts = (moments, other_start(moments, layout), unit_start(layout))
    n = objective.deviance.products.n_groups
    ends = [n * objective(s(objective, at))[0] for s in (quasi_newton, newton) for at in starts]
    assert max(ends) - min(ends) < 1e-5


def test_a_variance_of_zero_is_left_where_it_should_rise():
    """At theta = 0 the gradient is 0 whatever the data: the slope in Psi tells."""
    objective, layout = _objective(simulate("slope", seed=2))
    nowhere = np.zeros(3)
    assert np.abs(objective(nowhere)[1]).max() == 0
    moved = escape(objective, layout, nowhere)
    assert moved is not None
    assert objective(moved)[0] < objective(nowhere)[0]
    best = maximise(objective.deviance, layout).theta
    assert escape(objective, layout, best) is None


@pytest.mark.parametrize("layout_name", ["diagonal", "nested"])
def test_one_variance_of_zero_beside_others(layout_name):
    objective, layout = _objective(simulate(layout_name, seed=4))
    best = maximise(objective.deviance, layout).theta
    stuck = best.copy()
    stuck[-1] = 0.0
    moved = escape(objective, layout, stuck)
    assert moved is not None
    assert abs(moved[-1]) > 0
    assert objective(moved)[0] < objective(stuck)[0]


def test_at_a_true_boundary_nothing_should_rise():
    data = simulate("slope", seed=4)
    rng = np.random.default_rng(4)
    flat = data.X @ (1, 0, 0, 0) + rng.normal(size=len(data.y))
    codes = data.random[0].codes
    means = np.bincount(codes, flat) / np.bincount(codes)
    fit = fit_linear(flat - means[codes], data.X, NAMES, data.random)
    assert fit.is_singular
    still = Data(flat - means[codes], data.X, data.random)
    moved = fit.theta + 0.03 * rng.normal(size=(6, 3))
    nearby = [dense(still, theta, reml=True).deviance for theta in moved]
    assert min(nearby) > fit.deviance


def test_at_an_edge_a_second_maximum_is_looked_for():
    """Six sites of eight participants: site and participant can stand in for each other."""
    objective, layout = _objective(_eight_participants(), reml=False)
    start = moment_start(objective.deviance, layout)
    n = objective.deviance.products.n_groups
    nearest = n * objective(quasi_newton(objective, start))[0]
    found = maximise(objective.deviance, layout)
    assert found.deviance < nearest - 0.5
    assert found.is_singular


def test_searches_that_disagree_give_no_number(monkeypatch):
    """A search that stops anywhere must not be believed."""
    data = simulate("slope")
    ends = iter(np.random.default_rng(1).uniform(1, 3, size=(50, 3)))
    for name in ("newton", "quasi_newton"):
        monkeypatch.setattr(optimise, name, lambda objective, start: next(ends))
    with pytest.raises(NotConvergedError) as refused:
        fit_linear(data.y, data.X, NAMES, data.random)
    assert refused.value.reason == "optimisers_disagree"


def test_two_searches_that_stop_short_together_are_found_out(monkeypatch):
    data = simulate("slope")
    short = np.array([0.3, 0.0, 0.3])
    for name in ("newton", "quasi_newton"):
        monkeypatch.setattr(optimise, name, lambda objective, start: short)
    with pytest.raises(NotConvergedError, match="still rises") as refused:
        fit_linear(data.y, data.X, NAMES, data.random)
    assert refused.value.reason == "gradient"


def test_beyond_what_can_be_computed_there_is_no_maximum():
    objective, _ = _objective(simulate("slope"))
    value, gradient = objective(np.array([1e12, 0.0, 1e12]))
    assert value == np.inf
    assert not gradient.any()


TABLE = """
-2.1  -0.61 -2.49 -1.46 -0.64 -1.56
.     -2.99 -1.12 -0.82 -3.02 -0.95
.     -2.3  -5.38 -5.71 -1.85 .
.     -2.15 -1.1  0.51  -2.89 0.33
-0.19 -0.77 -1.14 -0.07 1.58  2.36
-0.3  2.44  0.48  1.68  2.13  1.66
-1.22 0.29  -2.41 -1.86 0.69  -0.75
-1.19 -0.96 -2.89 -1.78 -1.59 -2.22
"""


def _eight_participants():
    cells = [
        (float(cell), participant, week)
        for participant, line in enumerate(TABLE.strip().splitlines())
        for week, cell in enumerate(line.split())
        if cell != "."
    ]
    y, participant, week = (np.array(column) for column in zip(*cells, strict=True))
    X = np.column_stack((np.ones(len(y)), week))
    slope = RandomTerm("participant", (ONE, WEEK), X, participant)
    return Data(y, X, (slope, RandomTerm("site", (ONE,), X[:, :1], participant % 6)))
