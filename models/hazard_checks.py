"""Checks of a Cox model: proportional hazards, and how well it orders participants."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from models.panel import Codes, Floats
from models.partial_likelihood import (
    RiskRows,
    mean_at_times,
    risk_sets,
    strata_with_events,
    weighted_squares,
)


@dataclass(frozen=True)
class HazardTest:
    """Chi-square test that a term's hazard ratio does not change with the log of time.

    `correlation` of the scaled Schoenfeld residuals with log time says which way it changes; None
    for the test of all terms.
    """

    term: str
    correlation: float | None
    statistic: float
    df: int
    p_value: float


def proportional_hazards(
    rows: RiskRows, beta: Floats, names: Sequence[str]
) -> tuple[HazardTest, ...]:
    """Score tests of term × log(time), one per term and one of all; empty where time does not vary.

    Parameters
    ----------
    rows, beta
        The fitted rows, and the coefficients (p,) at the maximum.

    Notes
    -----
    Matches R's `survival::cox.zph(fit, transform = log)` (survival 3). Times are days above 0; an
    event on day 0 is taken at the smallest positive time.

    References
    ----------
    Grambsch & Therneau (1994), Biometrika 81:515-526. doi:10.1093/biomet/81.3.515
    """
    p = len(names)
    score, cross, square, plain = np.zeros(p), np.zeros((p, p)), np.zeros((p, p)), np.zeros((p, p))
    residuals, clocks = [], []
    middle = _clock(rows.stop[rows.is_event]).mean()
    for part, _ in strata_with_events(rows):
        sets = risk_sets(part, beta)
        clock = _clock(sets.times) - middle
        residual = part.covariates[sets.event_rows] - mean_at_times(sets)[sets.event_time]
        score += clock[sets.event_time] @ residual
        plain += weighted_squares(part, sets, np.ones_like(clock))
        cross += weighted_squares(part, sets, clock)
        square += weighted_squares(part, sets, clock**2)
        residuals.append(residual)
        clocks.append(clock[sets.event_time])
    times = np.concatenate(clocks)
    if np.ptp(times) == 0:
        return ()
    schoenfeld = np.concatenate(residuals) @ np.linalg.inv(plain)
    tests = []
    for j, name in enumerate(names):
        spread = schoenfeld[:, j].std()
        correlation = float(np.corrcoef(times, schoenfeld[:, j])[0, 1]) if spread > 0 else None
        left = square[j, j] - cross[:, j] @ np.linalg.solve(plain, cross[:, j])
        tests.append(_test(name, correlation, float(score[j] ** 2 / left), 1))
    left_all = square - cross @ np.linalg.solve(plain, cross)
    tests.append(_test("all", None, float(score @ np.linalg.solve(left_all, score)), p))
    return tuple(tests)


def _clock(times: Floats) -> Floats:
    """Log of time."""
    positive = times[times > 0]
    smallest = positive.min() if len(positive) else 1.0
    return np.log(np.maximum(times, smallest))


def _test(term: str, correlation: float | None, statistic: float, df: int) -> HazardTest:
    return HazardTest(term, correlation, statistic, df, float(chi2.sf(statistic, df)))


def concordance(rows: RiskRows, beta: Floats) -> float | None:
    """Share of comparable pairs that the model orders rightly, ties of prediction counting half.

    A pair is comparable where one has the event while the other is at risk and goes on; two events
    at one time are not. None where there is no such pair.

    References
    ----------
    Harrell, Califf, Pryor, Lee & Rosati (1982), JAMA 247:2543-2546.
    """
    right, pairs = 0.0, 0
    for part, _ in strata_with_events(rows):
        score = np.unique(np.round(part.covariates @ beta, 12), return_inverse=True)[1]
        days, stop = np.unique(part.stop, return_inverse=True)
        # Those censored on a day go on beyond that day's events.
        leaving = 2 * stop + ~part.is_event
        staying, not_yet = np.argsort(-leaving), np.argsort(-part.start)
        event = leaving[part.is_event]
        n_staying = len(score) - np.searchsorted(np.sort(leaving), event, side="right")
        time = days[stop[part.is_event]]
        n_not_yet = len(score) - np.searchsorted(np.sort(part.start), time, side="left")
        pairs += int((n_staying - n_not_yet).sum())
        for limit in (score[part.is_event], score[part.is_event] + 1):
            went_on = _count_below(score[staying], n_staying, limit)
            absent = _count_below(score[not_yet], n_not_yet, limit)
            right += float((went_on - absent).sum()) / 2
    return right / pairs if pairs else None


def _count_below(values: Codes, lengths: Codes, limits: Codes) -> Codes:
    """For each query, how many of the first `length` values are below its limit.

    Values and limits are whole numbers from 0 to the number of values. Blocks of 1, 2, 4, ...
    values are sorted; each query is the sum of one block per binary digit of its length.
    """
    top = len(values) + 1
    n_levels = max(len(values).bit_length(), 1)
    padded = np.full(2**n_levels, top, dtype=np.int64)
    padded[: len(values)] = values
    counts, at = np.zeros(len(lengths), dtype=np.int64), np.zeros(len(lengths), dtype=np.int64)
    for level in reversed(range(n_levels)):
        size = 2**level
        taken = (lengths & size) > 0
        blocks = np.sort(padded.reshape(-1, size), axis=1)
        keys = (blocks + (top + 1) * np.arange(len(blocks))[:, None]).ravel()
        block = at[taken] // size
        found = np.searchsorted(keys, limits[taken] + (top + 1) * block, side="left")
        counts[taken] += found - block * size
        at[taken] += size
    return counts
