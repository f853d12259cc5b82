"""How recruitment goes on: a forecast band of participants to come, and the chance of a target.

Each site enrols as a Poisson process whose rate is known in part: rates of sites are gamma
distributed (Poisson-gamma model), with five sites or more around a common mean that the sites
themselves give (empirical Bayes), with fewer each on its own (Jeffreys prior). What comes in a time
ahead is then negative binomial. Where weeks differ by more than chance (holidays, a site that
closes), the band is as much wider (quasi-Poisson). Rates are taken to stay as they were on average;
they often fall, which no band shows.

References
----------
Anisimov & Fedorov (2007), Modelling, prediction and adaptive adjustment of recruitment in
multicentre trials. Stat Med 26:4958-4975. doi:10.1002/sim.2956
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import betainc, gammaln

Floats = NDArray[np.float64]
LEAST_SITES_FOR_POOLING = 5
LEAST_WEEKS = 4
_LONGEST_DAYS = 36_500.0


@dataclass(frozen=True)
class Accrual:
    """What is known of the rate at which participants are enrolled, over all sites.

    The total rate, in participants a day, is gamma distributed with `shape` and `rate` (its mean is
    shape / rate). `dispersion` is how much more weeks differ than by chance, at least 1.
    `site_shape` and `site_mean` are those of the sites' distribution; None where each site stands
    on its own, `site_shape` also where sites differ by chance alone.
    """

    shape: float
    rate: float
    dispersion: float
    site_shape: float | None = None
    site_mean: float | None = None

    @property
    def per_day(self) -> float:
        """Participants expected a day."""
        return self.shape / self.rate


def fit_accrual(
    enrolled: Sequence[int], days: Sequence[float], weekly: Sequence[int] = ()
) -> Accrual:
    """The posterior of the total rate.

    Parameters
    ----------
    enrolled, days
        By site: participants so far, and days (more than 0) for which it was open.
    weekly
        Participants enrolled in each whole week of recruitment, over all sites; fewer than four
        weeks do not tell how much weeks differ.
    """
    if len(enrolled) != len(days) or not enrolled:
        raise ValueError("Sites need a number of participants and days each.")
    if min(days) <= 0 or min(enrolled) < 0:
        raise ValueError("Days are more than 0, numbers of participants 0 or more.")
    n, t = np.asarray(enrolled, dtype=np.float64), np.asarray(days, dtype=np.float64)
    spread = dispersion(weekly)
    if len(n) < LEAST_SITES_FOR_POOLING:
        return Accrual(*_total(n + 0.5, t), spread)
    mean, shape = site_rates(n, t)
    if shape is None:
        return Accrual(float(n.sum() + 0.5), float(t.sum() / len(n)), spread, None, mean)
    return Accrual(*_total(n + shape, t + shape / mean), spread, shape, mean)


def site_rates(enrolled: Floats, days: Floats) -> tuple[float, float | None]:
    """Mean and shape of the sites' gamma distribution, by maximum likelihood.

    The shape is None where sites differ no more than by chance (it grows without bound).
    """

    def minus(logs: Floats) -> float:
        mean, shape = np.exp(logs)
        rate = shape / mean
        told = gammaln(enrolled + shape) - gammaln(shape) - gammaln(enrolled + 1)
        told = told + shape * np.log(rate / (rate + days)) + enrolled * np.log(days / (rate + days))
        return -float(told.sum())

    pooled = float(enrolled.sum() / days.sum())
    if pooled == 0:
        return 0.0, None
    expected = pooled * days
    alone = float((enrolled * np.log(expected) - expected - gammaln(enrolled + 1)).sum())
    starts = [np.log([pooled, shape]) for shape in (0.5, 2.0, 10.0)]
    tight = {"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000}
    best = min(
        (minimize(minus, start, method="Nelder-Mead", options=tight) for start in starts),
        key=lambda found: float(found.fun),
    )
    mean, shape = np.exp(best.x)
    if -best.fun <= alone + 1e-6 or shape > 1e6:
        return pooled, None
    return float(mean), float(shape)


def dispersion(weekly: Sequence[int]) -> float:
    """Variance over mean of the weeks' numbers, at least 1; 1 where there are too few weeks."""
    counts = np.asarray(weekly, dtype=np.float64)
    if len(counts) < LEAST_WEEKS or counts.sum() == 0:
        return 1.0
    return max(1.0, float(counts.var(ddof=1) / counts.mean()))


def chance_of(known: Accrual, more: float, days: float) -> float:
    """Probability that at least `more` participants are enrolled within `days`."""
    if more <= 0:
        return 1.0
    if days <= 0:
        return 0.0
    return float(_at_least(known, np.array([more]), np.array([days]))[0])


def band(known: Accrual, days: Sequence[float], chance: float) -> Floats:
    """The number to come within each of `days` that is not exceeded with probability `chance`.

    A whole number where weeks differ by chance alone (a negative binomial quantile).
    """
    ahead = np.asarray(days, dtype=np.float64)
    if (ahead < 0).any():
        raise ValueError("Days ahead are 0 or more.")
    expected = known.per_day * ahead
    low, high = np.full(len(ahead), -1.0), 10 * expected + 100 * known.dispersion
    while (_at_most(known, high, ahead) < chance).any():
        high = np.where(_at_most(known, high, ahead) < chance, 2 * high, high)
    for _ in range(60):
        middle = (low + high) / 2
        is_short = _at_most(known, np.maximum(middle, 0), ahead) < chance
        low, high = np.where(is_short, middle, low), np.where(is_short, high, middle)
    found = np.maximum(high, 0)
    return np.abs(np.ceil(found - 1e-6)) if known.dispersion == 1 else found


def days_until(known: Accrual, more: float, chance: float) -> float | None:
    """Days after which `more` participants are enrolled with probability `chance`.

    None where that takes longer than a hundred years.
    """
    if more <= 0:
        return 0.0
    if chance_of(known, more, _LONGEST_DAYS) < chance:
        return None
    low, high = 0.0, _LONGEST_DAYS
    for _ in range(60):
        middle = (low + high) / 2
        if chance_of(known, more, middle) < chance:
            low = middle
        else:
            high = middle
    return high


def chance_of_silence(known: Accrual, days: float) -> float:
    """Probability that nobody is enrolled for `days`, at the rate so far."""
    return 1.0 - chance_of(known, 1, days)


def _total(shapes: Floats, rates: Floats) -> tuple[float, float]:
    """Shape and rate of the sum of gamma variables: exact where rates agree, else by moments."""
    mean, variance = float((shapes / rates).sum()), float((shapes / rates**2).sum())
    return mean**2 / variance, mean / variance


def _at_least(known: Accrual, more: Floats, days: Floats) -> Floats:
    """P(K >= more), with K / dispersion negative binomial; more and days are above 0."""
    shape, wanted = known.shape / known.dispersion, more / known.dispersion
    part = days / (known.rate + days)
    return np.asarray(betainc(wanted, shape, part), dtype=np.float64)


def _at_most(known: Accrual, count: Floats, days: Floats) -> Floats:
    """P(K <= count); where weeks differ by more than chance, the continuous version of it."""
    step = 1.0 if known.dispersion == 1 else known.dispersion
    whole = np.floor(count + 1e-9) if known.dispersion == 1 else count
    return np.asarray(
        np.where(days > 0, 1 - _at_least(known, whole + step, np.maximum(days, 1e-12)), 1.0),
        dtype=np.float64,
    )
