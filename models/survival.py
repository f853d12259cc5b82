"""Kaplan–Meier curves: how long participants keep using the app, or stay in the study."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SurvivalCurve:
    """A step curve, one entry per distinct day; its value holds from that day to the next.

    `ci_low` and `ci_high` are None where the interval does not exist (before the first event, or
    once nobody is left). `half_life` is the day on which half have had the event, None while more
    than half have not; its limits are None where the interval is open on that side.
    """

    days: tuple[float, ...]
    survival: tuple[float, ...]
    ci_low: tuple[float | None, ...]
    ci_high: tuple[float | None, ...]
    n_at_risk: tuple[int, ...]
    n_events: tuple[int, ...]
    n_censored: tuple[int, ...]
    half_life: float | None
    half_life_low: float | None
    half_life_high: float | None
    n_participants: int
    level: float


def kaplan_meier(
    days: Sequence[float], is_event: Sequence[bool], *, level: float = 0.95
) -> SurvivalCurve:
    """The product-limit estimate with log-log intervals from Greenwood's variance.

    Parameters
    ----------
    days
        Day of the event or of censoring, one per participant; 0 or more, none missing.
    is_event
        Whether the event was seen (True) or the participant was censored that day (False).

    Notes
    -----
    Numbers match R's `survfit(Surv(days, is_event) ~ 1, conf.type = "log-log")`, its rule for a
    curve that runs level at one half (the midpoint) included. Censoring must tell nothing about
    the event.

    References
    ----------
    Kaplan & Meier (1958), JASA 53:457-481. Brookmeyer & Crowley (1982), Biometrics 38:29-41.
    """
    time = np.asarray(days, dtype=np.float64)
    seen = np.asarray(is_event, dtype=bool)
    if time.shape != seen.shape or time.ndim != 1 or not np.all(time >= 0):
        raise ValueError("days and is_event are one value per participant; days are 0 or more")
    at, place = np.unique(time, return_inverse=True)
    n_events = np.bincount(place, weights=seen, minlength=len(at)).astype(np.float64)
    n_leaving = np.bincount(place, minlength=len(at))
    at_risk = len(time) - np.concatenate(([0], np.cumsum(n_leaving)[:-1])).astype(np.float64)
    survival: Floats = np.cumprod(1 - n_events / at_risk, dtype=np.float64)
    low, high = _log_log_interval(survival, n_events, at_risk, level)
    return SurvivalCurve(
        days=tuple(at.tolist()),
        survival=tuple(survival.tolist()),
        ci_low=_numbers(low),
        ci_high=_numbers(high),
        n_at_risk=tuple(at_risk.astype(int).tolist()),
        n_events=tuple(n_events.astype(int).tolist()),
        n_censored=tuple((n_leaving - n_events).astype(int).tolist()),
        half_life=_median(at, survival),
        half_life_low=_median(at, low),
        half_life_high=_median(at, high),
        n_participants=len(time),
        level=level,
    )


def _log_log_interval(
    survival: Floats, n_events: Floats, at_risk: Floats, level: float
) -> tuple[Floats, Floats]:
    """Limits that stay within 0 and 1; NaN where survival is exactly 0 or 1."""
    left = at_risk - n_events
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard_variance = np.cumsum(n_events / (at_risk * left))
        log_survival = np.log(survival)
        half = norm.ppf(0.5 + level / 2) * np.sqrt(hazard_variance) / log_survival
        low, high = survival ** np.exp(-half), survival ** np.exp(half)
    inside = (survival > 0) & (survival < 1)
    return np.where(inside, low, np.nan), np.where(inside, high, np.nan)


def _median(days: Floats, curve: Floats) -> float | None:
    """First day at which a curve is at or below one half; the midpoint where it runs level there.

    Rounding must not decide: a product of fractions that equals one half may miss it by an ulp.
    """
    slack = 1e-8
    below = np.flatnonzero(curve <= 0.5 + slack)
    if len(below) == 0:
        return None
    first = int(below[0])
    lower = np.flatnonzero(curve < 0.5 - slack)
    if curve[first] >= 0.5 - slack and len(lower) > 0:
        return float((days[first] + days[lower[0]]) / 2)
    return float(days[first])


def _numbers(values: Floats) -> tuple[float | None, ...]:
    return tuple(None if np.isnan(value) else float(value) for value in values)
