"""Effects of groups drawn together."""

import numpy as np
import pytest

from models.randomised.shrinkage import shrink


def test_groups_that_differ_no_more_than_noise_become_their_mean():
    found = shrink(np.array([0.1, 0.12, 0.08]), np.array([0.2, 0.2, 0.2]))
    assert found.between == 0
    assert found.estimate == pytest.approx([0.1, 0.1, 0.1])


def test_one_that_is_known_well_moves_less():
    found = shrink(np.array([1.0, -1.0, 0.2]), np.array([0.1, 0.8, 0.1]))
    moved = np.abs(found.estimate - np.array([1.0, -1.0, 0.2]))
    assert moved[1] > 5 * moved[0]
    assert (found.low < found.estimate).all()


def test_the_moment_equation_holds():
    """Paule and Mandel: weighted squared deviations are their number less one."""
    estimates, se = np.array([0.9, -0.4, 0.3, 1.5]), np.array([0.2, 0.3, 0.25, 0.2])
    found = shrink(estimates, se)
    weights = 1 / (se**2 + found.between**2)
    assert float(weights @ (estimates - found.mean) ** 2) == pytest.approx(3, rel=1e-6)


def test_a_recovered_spread_makes_errors_smaller():
    rng = np.random.default_rng(5)
    truth = rng.normal(0.2, 0.3, (200, 8))
    se = np.full(8, 0.3)
    seen = truth + rng.normal(size=truth.shape) * se
    drawn = np.array([shrink(row, se).estimate for row in seen])
    assert ((drawn - truth) ** 2).mean() < 0.75 * ((seen - truth) ** 2).mean()
