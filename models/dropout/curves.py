"""Curves that a Cox model expects: how many are left, at given values of its terms."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from models.hazards import HazardFit
from models.panel import Codes, Floats
from models.partial_likelihood import RiskRows, RiskSets, risk_sets, strata_with_events


@dataclass(frozen=True, eq=False)
class ExpectedCurve:
    """Share left (t,) at `days` (t,), with a log-log interval; NaN limits where all are left."""

    days: Floats
    survival: Floats
    ci_low: Floats
    ci_high: Floats


def expected_curve(
    rows: RiskRows, fit: HazardFit, values: Floats, *, level: float = 0.95
) -> ExpectedCurve:
    """The curve of somebody whose terms keep the given values (p,) all the time.

    Strata are averaged with the weight of their rows' time at risk: the curve of a group that is
    made up of strata as the study is. A curve's weight ends where its stratum's last event was; the
    last value holds from there.

    Parameters
    ----------
    rows
        The rows that the model was fitted to.
    values
        In the order of the model's terms.

    Notes
    -----
    Baseline hazards after Efron. With one stratum this matches R's
    `survfit(coxph(..., ties = "efron"), newdata, conf.type = "log-log")`.

    References
    ----------
    Tsiatis (1981), Ann Stat 9:93-108. doi:10.1214/aos/1176345335
    """
    parts = strata_with_events(rows)
    days = np.unique(rows.stop[rows.is_event])
    weights = _weights(rows, [place for _, place in parts])
    centre = np.zeros(len(days))
    pull = np.zeros((len(days), len(values)))
    spread = np.zeros(len(days))
    for (part, _), weight in zip(parts, weights, strict=True):
        hazard, drift, squares = _cumulative(part, fit.beta, values)
        at = np.searchsorted(_times(part), days, side="right")
        left = weight * np.exp(-hazard[at])
        centre += left
        pull += left[:, None] * drift[at]
        spread += left**2 * squares[at]
    variance = spread + np.einsum("ta,ab,tb->t", pull, fit.covariance, pull)
    low, high = _log_log(centre, np.sqrt(variance), level)
    return ExpectedCurve(days, centre, low, high)


def _weights(rows: RiskRows, places: list[Codes]) -> Floats:
    begin = np.where(np.isinf(rows.start), 0.0, rows.start)
    spent = np.array([(rows.stop - begin)[place].sum() for place in places])
    return np.asarray(spent / spent.sum())


def _times(part: RiskRows) -> Floats:
    return np.unique(part.stop[part.is_event])


def _cumulative(part: RiskRows, beta: Floats, values: Floats) -> tuple[Floats, Floats, Floats]:
    """Of one stratum, from before its first event on: cumulative hazard at the values (t + 1,), its
    derivative in the coefficients (t + 1, p), and the variance of its steps (t + 1,)."""
    sets: RiskSets = risk_sets(part, beta)
    # `risk` is up to a factor: the largest linear predictor is taken off.
    factor = float(np.exp(values @ beta - (part.covariates @ beta).max()))
    n_times = len(sets.times)
    step = factor / sets.total
    hazard = np.bincount(sets.step_time, weights=step, minlength=n_times)
    squares = np.bincount(sets.step_time, weights=step**2, minlength=n_times)
    drift = np.zeros((n_times, len(values)))
    np.add.at(drift, sets.step_time, step[:, None] * (values - sets.mean))
    return (
        np.concatenate(([0.0], np.cumsum(hazard))),
        np.vstack((np.zeros((1, len(values))), np.cumsum(drift, axis=0))),
        np.concatenate(([0.0], np.cumsum(squares))),
    )


def _log_log(survival: Floats, se: Floats, level: float) -> tuple[Floats, Floats]:
    z = float(norm.ppf(0.5 + level / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        half = z * se / (survival * -np.log(survival))
        low, high = survival ** np.exp(half), survival ** np.exp(-half)
    inside = (survival > 0) & (survival < 1)
    return np.where(inside, low, np.nan), np.where(inside, high, np.nan)
