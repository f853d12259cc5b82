"""Did randomisation do what was declared? Observed against expected numbers, before any effect."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest, chi2

from models.errors import NotEstimableError
from models.panel import Floats

ALARM = 0.001
"""A sample ratio this unlikely points to a fault in delivery or logging, not to chance."""
_SMALLEST_EXPECTED = 5.0
_MOST_STRATA = 20


@dataclass(frozen=True)
class SampleRatio:
    """How the numbers seen compare with those declared; `statistic` is None for an exact test."""

    observed: tuple[float, ...]
    expected: tuple[float, ...]
    statistic: float | None
    df: int
    p_value: float
    warnings: tuple[str, ...]

    @property
    def is_suspect(self) -> bool:
        """Whether effects should not be read before the mismatch is explained."""
        return self.p_value < ALARM


def sample_ratio(counts: Sequence[int], expected: Sequence[float]) -> SampleRatio:
    """Compare group sizes with their declared shares (sample ratio mismatch).

    Parameters
    ----------
    counts
        Participants (not visits) seen in each group.
    expected
        Declared share of each group; they add up to 1.

    Notes
    -----
    Chi-square on groups less one degrees of freedom; with two groups and an expected count below 5,
    the exact binomial test.
    """
    seen, shares = np.asarray(counts, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    if seen.shape != shares.shape or len(seen) < 2 or (seen < 0).any():
        raise ValueError("give one count of 0 or more and one share for each of two or more groups")
    if (shares <= 0).any() or abs(shares.sum() - 1) > 1e-6:
        raise ValueError("the expected shares must be above 0 and add up to 1")
    if seen.sum() == 0:
        raise NotEstimableError("Nobody is in any group.", reason="no_rows")
    goal = shares * seen.sum()
    if len(seen) == 2 and goal.min() < _SMALLEST_EXPECTED:
        p_value = float(binomtest(int(seen[0]), int(seen.sum()), float(shares[0])).pvalue)
        return _result(seen, goal, None, 1, p_value)
    statistic = float(((seen - goal) ** 2 / goal).sum())
    df = len(seen) - 1
    return _result(seen, goal, statistic, df, float(chi2.sf(statistic, df)))


def randomisation_check(treatment: Floats, probability: Floats) -> SampleRatio:
    """Compare treatments delivered with their declared probabilities, point by point.

    Parameters
    ----------
    treatment, probability
        (n,) at available decision points: 0 or 1, and the declared probability of 1.

    Notes
    -----
    Each point's treatment less its probability has mean 0 whatever came before, so their sums have
    variance sum of p (1 - p) although participants repeat. With up to 20 distinct probabilities
    each is compared on its own (a degree of freedom each), otherwise all together.
    """
    levels, place = np.unique(probability, return_inverse=True)
    if len(levels) > _MOST_STRATA:
        place = np.zeros(len(probability), dtype=np.int64)
    seen = np.bincount(place, weights=treatment).astype(np.float64)
    goal = np.bincount(place, weights=probability).astype(np.float64)
    variance = np.bincount(place, weights=probability * (1 - probability))
    statistic = float(((seen - goal) ** 2 / variance).sum())
    df = len(seen)
    return _result(seen, goal, statistic, df, float(chi2.sf(statistic, df)))


def _result(
    seen: Floats, goal: Floats, statistic: float | None, df: int, p_value: float
) -> SampleRatio:
    warnings: tuple[str, ...] = ()
    if p_value < ALARM:
        warnings = (
            "Treatment was not delivered as often as declared (p < 0.001). Look for a fault in "
            "delivery or logging before reading any effect.",
        )
    return SampleRatio(tuple(seen.tolist()), tuple(goal.tolist()), statistic, df, p_value, warnings)
