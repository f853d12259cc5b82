"""Information of projected participants: closed forms, and the model that is fitted in the end."""

import numpy as np
import pytest

from models.forecast.attrition import answer_chain
from models.forecast.projection import (
    Enrolled,
    Population,
    Spread,
    Terms,
    draw_population,
    level_information,
    within_information,
)
from models.linear.fit import fit_linear
from models.panel import within_between
from models.random_terms import RandomTerm

LEVEL, TREND, RESIDUAL = 0.49, 0.0064, 0.25


def complete(n: int, weeks: np.ndarray, k: int = 1, seed: int = 1) -> Population:
    rng = np.random.default_rng(seed)
    exposures = rng.poisson(rng.gamma(4, 0.75, (n, 1, k)), (n, len(weeks), k)).astype(float)
    return Population(weeks, np.ones((n, len(weeks)), dtype=bool), exposures)


def test_level_information_of_complete_surveys_is_the_textbook_one():
    """With levels only: 1'V⁻¹1 = m / (σ² + m τ²)."""
    weeks = np.arange(1.0, 9.0)
    spread = Spread(np.array([[LEVEL]]), RESIDUAL, 4.5)
    found = level_information(complete(5, weeks), spread)
    assert found == pytest.approx(8 / (RESIDUAL + 8 * LEVEL))


def test_information_is_that_of_a_dense_covariance():
    rng = np.random.default_rng(3)
    weeks = np.array([1.0, 2.0, 4.0, 8.0])
    population = complete(6, weeks, k=2)
    is_seen = rng.random((6, 4)) < 0.7
    is_seen[:, 0] = True
    population = Population(weeks, is_seen, population.exposures)
    own = np.array([[LEVEL, 0.01, 0.0], [0.01, TREND, 0.0], [0.0, 0.0, 0.02]])
    spread = Spread(own, RESIDUAL, 3.0)
    found = within_information(population, spread, Terms((0, 1), (1,), slope=1))
    rows = np.nonzero(is_seen)
    codes = rows[0]
    parts = [within_between(population.exposures[..., k][is_seen], codes) for k in range(2)]
    week = weeks[rows[1]] - 3.0
    X = np.column_stack([np.ones(len(codes)), week, parts[0][0], parts[1][0], parts[1][1]])
    Z = np.column_stack([np.ones(len(codes)), week, parts[1][0]])
    dense = np.zeros((5, 5))
    for i in range(6):
        mine = codes == i
        V = Z[mine] @ own @ Z[mine].T + RESIDUAL * np.eye(mine.sum())
        dense += X[mine].T @ np.linalg.solve(V, X[mine])
    np.testing.assert_allclose(found * 6, dense, rtol=1e-9)


def test_standard_error_is_that_of_the_fit_at_its_own_variances():
    rng = np.random.default_rng(5)
    weeks = np.arange(1.0, 8.0)
    population = complete(120, weeks)
    is_seen = rng.random((120, 7)) < 0.8
    population = Population(weeks, is_seen, population.exposures)
    who, place = np.nonzero(is_seen)
    codes = np.unique(who, return_inverse=True)[1].astype(np.int64)
    within, between = within_between(population.exposures[..., 0][is_seen], codes)
    centre = float(weeks[place].mean())
    week = weeks[place] - centre
    own = rng.multivariate_normal([0, 0], np.diag([LEVEL, TREND]), 120)
    y = own[who, 0] + own[who, 1] * week + rng.normal(0, RESIDUAL**0.5, len(who)) + 0.1 * within
    X = np.column_stack([np.ones(len(who)), week, within, between])
    random = (RandomTerm("participant", ("(Intercept)", "week"), X[:, :2], codes),)
    fit = fit_linear(y, X, ("(Intercept)", "week", "within", "between"), random)
    spread = Spread(fit.random[0].covariance, fit.residual_variance, centre)
    information = 120 * within_information(population, spread, Terms((0,), (0,)))
    se = np.sqrt(np.diag(np.linalg.inv(information)))
    np.testing.assert_allclose(se, np.sqrt(np.diag(fit.cov_beta)), rtol=1e-6)


def test_drawn_participants_keep_their_rows_and_get_exposures_of_their_own():
    rng = np.random.default_rng(7)
    weeks = np.arange(1.0, 6.0)
    is_past = np.arange(5) < rng.integers(1, 6, 40)[:, None]
    is_seen = is_past & (rng.random((40, 5)) < 0.8)
    is_seen[0] = False
    exposures = np.where(is_seen[..., None], np.arange(40.0)[:, None, None], np.nan)
    enrolled = Enrolled(weeks, is_seen, is_past, is_past, exposures)
    chain = answer_chain(is_seen, is_past).longer(2)
    longer = np.arange(1.0, 8.0)
    found = draw_population(enrolled, chain, longer, np.random.default_rng(1), size=500)
    assert found.is_seen.shape == (500, 7)
    assert not np.isnan(found.exposures).any()
    own = found.exposures[..., 0]
    assert (own == own[:, :1]).all(), "whoever has rows lends nobody else's exposures"
    assert 0 not in own, "who has no row gets somebody else's"
