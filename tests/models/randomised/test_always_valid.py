"""Intervals for those who look every day: their form, and their coverage at all looks together."""

import math

import numpy as np
import pytest

from models.randomised.always_valid import EXPECTED, always_valid, half_widths


def test_for_a_mean_it_is_the_asymptotic_confidence_sequence():
    """Waudby-Smith and others 2024, equation 7: their rho is ours in standard deviations."""
    sigma, rho, alpha = 1.7, 0.2, 0.05
    for t in (5, 80, 3_000):
        scaled = t * rho**2 + 1
        theirs = sigma * math.sqrt(
            2 * scaled / (t * rho) ** 2 * math.log(math.sqrt(scaled) / alpha)
        )
        ours = always_valid(0.4, sigma / math.sqrt(t), expected=rho * sigma)
        assert ours.high - 0.4 == pytest.approx(theirs, rel=1e-12)
        assert 0.4 - ours.low == pytest.approx(theirs, rel=1e-12)


def test_it_is_wider_than_the_interval_of_one_look():
    se = np.geomspace(1e-3, 1, 30)
    assert (half_widths(se, expected=EXPECTED) > 1.96 * se).all()


def test_it_covers_at_all_looks_together_where_the_interval_of_one_look_does_not():
    """Two groups of equal means, looked at 60 times: how often does any look leave 0 out?"""
    rng = np.random.default_rng(20240)
    n_studies, n_looks, a_day = 600, 60, 12
    shape = (n_studies, n_looks, a_day)
    treated = rng.random(shape) < 0.5
    outcome = rng.normal(size=shape)
    sums = [np.cumsum((outcome * group).sum(axis=2), axis=1) for group in (treated, ~treated)]
    counts = [np.cumsum(group.sum(axis=2), axis=1) for group in (treated, ~treated)]
    squares = np.cumsum((outcome**2).sum(axis=2), axis=1) / np.cumsum(
        np.full((n_studies, n_looks), a_day), axis=1
    )
    difference = sums[0] / np.maximum(counts[0], 1) - sums[1] / np.maximum(counts[1], 1)
    se = np.sqrt(squares * (1 / np.maximum(counts[0], 1) + 1 / np.maximum(counts[1], 1)))
    looked = slice(2, None)  # two days, as nothing is nearly normal on the first
    size = np.abs(difference[:, looked])
    wrong_once = (size > 1.96 * se[:, looked]).any(axis=1).mean()
    reach = half_widths(se[:, looked], expected=EXPECTED)
    wrong_ever = (size > reach).any(axis=1).mean()
    assert wrong_once > 0.2
    assert wrong_ever < 0.05 + 2 * math.sqrt(0.05 * 0.95 / n_studies)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        always_valid(0.0, 0.0, expected=1.0)
