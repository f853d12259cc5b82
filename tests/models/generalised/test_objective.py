"""The objective without any optimiser: closed forms, brute force, and exact derivatives."""

import numpy as np
import pytest
from scipy.special import gammaln
from scipy.stats import binom, nbinom, poisson

from models.generalised.blocks import Data, cut
from models.generalised.families import BINOMIAL, NEGBINOMIAL, POISSON
from models.generalised.objective import Objective, Shape
from models.generalised.quadrature import normal_nodes
from models.generalised.truncated import TRUNCATED_NEGBINOMIAL, TRUNCATED_POISSON

FAMILIES = [BINOMIAL, POISSON, NEGBINOMIAL, TRUNCATED_POISSON, TRUNCATED_NEGBINOMIAL]


def sample(family, *, q=2, n_groups=12, seed=2):
    """Groups of 2 to 9 rows, so that blocks are filled up."""
    rng = np.random.default_rng(seed)
    codes = rng.permutation(np.repeat(np.arange(n_groups), rng.integers(2, 10, n_groups)))
    n = len(codes)
    X, Z = rng.normal(size=(n, 3)), np.column_stack([np.ones(n), rng.normal(size=(n, q - 1))])
    trials = rng.integers(1, 5, n).astype(float) if family is BINOMIAL else None
    y = rng.poisson(1.5, n).astype(float) + family.name.startswith("truncated")
    if trials is not None:
        y = rng.binomial(trials.astype(int), 0.4).astype(float)
    return Data(y, X, Z, codes, trials, 0.3 * rng.normal(size=n), family.has_size)


def objective(family, data, *, nodes=1, is_correlated=True):
    q = data.Z.shape[1]
    shape = Shape(3, q, is_correlated, family.has_size)
    constant = family.constant(data.y, data.trials)
    return Objective(cut(data), family, shape, normal_nodes(nodes, q), constant)


def parameters(shape, seed=5):
    rng = np.random.default_rng(seed)
    at = 0.3 * rng.normal(size=shape.n_parameters)
    at[shape.p :] += 0.6
    return at


@pytest.mark.parametrize("nodes", [1, 3])
@pytest.mark.parametrize("q", [1, 2, 3])
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_gradient_is_exact(family, q, nodes):
    if q == 1:
        data = sample(family, q=2)
        data = Data(data.y, data.X, data.Z[:, :1], data.codes, data.trials, data.offset, True)
    else:
        data = sample(family, q=q)
    value = objective(family, data, nodes=nodes)
    at = parameters(value.shape)
    _, gradient = value(at)
    moves = 1e-5 * np.eye(len(at))
    numeric = [(value(at + move)[0] - value(at - move)[0]) / 2e-5 for move in moves]
    assert gradient == pytest.approx(np.array(numeric), rel=1e-6, abs=1e-6)


def test_groups_scores_add_up_to_the_gradient():
    value = objective(NEGBINOMIAL, sample(NEGBINOMIAL), nodes=3)
    at = parameters(value.shape)
    height, gradient = value(at)
    again, scores = value.by_group(at)
    assert again == pytest.approx(height, rel=1e-12)
    assert scores.sum(axis=0) == pytest.approx(gradient, rel=1e-9, abs=1e-9)


DENSITIES = {
    "binomial": lambda y, eta, n, size: binom.logpmf(y, n, 1 / (1 + np.exp(-eta))),
    "poisson": lambda y, eta, n, size: poisson.logpmf(y, np.exp(eta)),
    "negbinomial": lambda y, eta, n, size: nbinom.logpmf(y, size, size / (size + np.exp(eta))),
    "truncated_poisson": lambda y, eta, n, size: (
        poisson.logpmf(y, np.exp(eta)) - poisson.logsf(0, np.exp(eta))
    ),
    "truncated_negbinomial": lambda y, eta, n, size: (
        nbinom.logpmf(y, size, size / (size + np.exp(eta)))
        - nbinom.logsf(0, size, size / (size + np.exp(eta)))
    ),
}


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_quadrature_is_the_integral_with_all_constants(family):
    """Against plain summation over a fine grid of the random intercept, with scipy's densities."""
    data = sample(family, q=2)
    data = Data(data.y, data.X, data.Z[:, :1], data.codes, data.trials, data.offset, True)
    value = objective(family, data, nodes=25)
    at = parameters(value.shape)
    beta, factor, size = value.shape.split(at)
    grid = np.linspace(-9, 9, 4001)
    weights = np.exp(-0.5 * grid**2) / np.sqrt(2 * np.pi) * (grid[1] - grid[0])
    eta = (data.offset + data.X @ beta)[:, None] + factor[0, 0] * grid
    trials = None if data.trials is None else data.trials[:, None]
    density = DENSITIES[family.name](data.y[:, None], eta, trials, size)
    total = 0.0
    for group in range(int(data.codes.max()) + 1):
        total += np.log(np.exp(density[data.codes == group].sum(axis=0)) @ weights)
    assert -value(at)[0] == pytest.approx(total, abs=1e-6)


def test_without_variance_it_is_the_plain_likelihood():
    data = sample(POISSON)
    value = objective(POISSON, data, nodes=1)
    at = np.array([0.2, -0.1, 0.3, 0.0, 0.0, 0.0])
    eta = data.offset + data.X @ at[:3]
    plain = float((data.y * eta - np.exp(eta) - gammaln(data.y + 1)).sum())
    assert -value(at)[0] == pytest.approx(plain, rel=1e-12)


def test_two_dimensional_quadrature_is_the_integral():
    data = sample(BINOMIAL, n_groups=5)
    value = objective(BINOMIAL, data, nodes=15)
    at = parameters(value.shape)
    beta, factor, _ = value.shape.split(at)
    line = np.linspace(-8, 8, 201)
    grid = np.array(np.meshgrid(line, line)).reshape(2, -1)
    weights = np.exp(-0.5 * (grid**2).sum(axis=0)) / (2 * np.pi) * (line[1] - line[0]) ** 2
    eta = (data.offset + data.X @ beta)[:, None] + data.Z @ factor @ grid
    density = DENSITIES["binomial"](data.y[:, None], eta, data.trials[:, None], 1.0)
    by_group = [density[data.codes == group].sum(axis=0) for group in range(5)]
    total = sum(np.log(np.exp(group) @ weights) for group in by_group)
    assert -value(at)[0] == pytest.approx(total, abs=1e-5)
    laplace = objective(BINOMIAL, data)(at)[0]
    assert 1e-3 < abs(laplace + total) < 0.5


def test_blocks_hold_every_row_once_however_they_are_cut():
    rng = np.random.default_rng(0)
    sizes = np.concatenate([np.full(900, 40), rng.integers(1, 30, 300), [4000]])
    codes = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    n = len(codes)
    data = Data(np.arange(n, dtype=float), np.ones((n, 1)), np.ones((n, 1)), codes)
    blocks = cut(data)
    assert len(blocks) > 3
    seen, n_padding = [], 0
    for block in blocks:
        is_row = np.ones_like(block.rows.y, dtype=bool)
        if block.rows.mask is not None:
            is_row = block.rows.mask > 0
        n_padding += int((~is_row).sum())
        seen.append(block.rows.y[is_row])
        owners = np.broadcast_to(block.groups, is_row.shape)[is_row]
        assert (codes[block.rows.y[is_row].astype(int)] == owners).all()
        assert block.X.sum() == is_row.sum()
    assert sorted(np.concatenate(seen)) == list(range(n))
    assert n_padding < 0.2 * n
