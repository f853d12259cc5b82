"""Competing events: how likely each is by a day, where one rules out the others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.panel import Codes, Floats


@dataclass(frozen=True)
class CumulativeIncidence:
    """How likely each of several competing events is to have happened by a day.

    `incidence` and `se` hold one tuple per cause, with a value per entry of `days`; the values of
    all causes and the share still free of any event add up to 1.
    """

    causes: tuple[str, ...]
    days: tuple[float, ...]
    incidence: tuple[tuple[float, ...], ...]
    se: tuple[tuple[float, ...], ...]
    n_participants: int


def cumulative_incidence(days: Sequence[float], cause: Sequence[str | None]) -> CumulativeIncidence:
    """The Aalen–Johansen estimate for events that rule each other out.

    One minus Kaplan–Meier of one cause, with the others counted as censored, is too high: it asks
    how many would cease if nobody could leave.

    Parameters
    ----------
    days
        Day of the event or of censoring, one per participant; 0 or more.
    cause
        Which event it was; None where censored.

    Notes
    -----
    Matches R's `survfit(Surv(days, factor(cause)) ~ 1)`, infinitesimal-jackknife errors included.

    References
    ----------
    Aalen & Johansen (1978), Scandinavian Journal of Statistics 5:141-150.
    """
    time = np.asarray(days, dtype=np.float64)
    causes = tuple(sorted({name for name in cause if name is not None}))
    if len(time) != len(cause) or not np.all(time >= 0):
        raise ValueError("days and cause are one value per participant; days are 0 or more")
    at, place = np.unique(time, return_inverse=True)
    events = np.zeros((len(at), len(causes)))
    for j, name in enumerate(causes):
        events[:, j] = np.bincount(place, weights=[one == name for one in cause], minlength=len(at))
    n_leaving = np.bincount(place, minlength=len(at))
    at_risk = len(time) - np.concatenate(([0], np.cumsum(n_leaving)[:-1])).astype(np.float64)
    hazard = events / at_risk[:, None]
    free = np.concatenate(([1.0], np.cumprod(1 - hazard.sum(axis=1))))
    incidence = np.cumsum(free[:-1, None] * hazard, axis=0)
    number = np.array([len(causes) if name is None else causes.index(name) for name in cause])
    se = _standard_errors(np.column_stack((place, number)), at_risk, hazard, free)
    return CumulativeIncidence(
        causes=causes,
        days=tuple(at.tolist()),
        incidence=tuple(tuple(column) for column in incidence.T.tolist()),
        se=tuple(tuple(column) for column in se.T.tolist()),
        n_participants=len(time),
    )


def _standard_errors(kinds: Codes, at_risk: Floats, hazard: Floats, free: Floats) -> Floats:
    """Root of the summed squares of each participant's influence on the curves (t, causes).

    `kinds` (n, 2) are a participant's day and cause; those of one kind have the same influence.
    With `own` the residual of the hazards at a day, U the influence on the share F still free of
    events: the incidence gains U h + F own, and U becomes U (1 - sum of h) - F (sum of own).
    """
    kinds, size = np.unique(kinds, axis=0, return_counts=True)
    day, number = kinds[:, 0], kinds[:, 1]
    n_causes = hazard.shape[1]
    had = np.eye(n_causes + 1)[number, :-1]
    survivor, gained = np.zeros(len(kinds)), np.zeros((len(kinds), n_causes))
    squares = np.zeros_like(hazard)
    for t in range(len(at_risk)):
        seen = had * (day == t)[:, None] - hazard[t]
        own = np.where((day >= t)[:, None], seen, 0.0) / at_risk[t]
        gained = gained + survivor[:, None] * hazard[t] + free[t] * own
        survivor = survivor * (1 - hazard[t].sum()) - free[t] * own.sum(axis=1)
        squares[t] = size @ gained**2
    return np.sqrt(squares)
