"""The log-rank test: do groups keep using the app, or stay in the study, equally long?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from models.errors import NotEstimableError
from models.panel import Codes, Flags, Floats


@dataclass(frozen=True)
class LogRank:
    """Events seen and expected per group, and the chi-square test that groups do not differ."""

    groups: tuple[str, ...]
    observed: tuple[float, ...]
    expected: tuple[float, ...]
    statistic: float
    df: int
    p_value: float


def log_rank(
    days: Sequence[float],
    is_event: Sequence[bool],
    group: Sequence[str],
    strata: Sequence[str] | None = None,
) -> LogRank:
    """The log-rank test of two or more groups, within strata where given.

    Parameters
    ----------
    days, is_event
        Day of the event or of censoring, and whether the event was seen; one per participant.
    group, strata
        One name per participant. Groups are reported in alphabetical order.

    Notes
    -----
    Numbers match R's `survdiff(Surv(days, is_event) ~ group + strata(strata))`.

    Raises
    ------
    NotEstimableError
        If there is one group only, nobody had the event, or groups were never at risk together.

    References
    ----------
    Mantel (1966), Cancer Chemotherapy Reports 50:163-170.
    """
    time, seen = np.asarray(days, dtype=np.float64), np.asarray(is_event, dtype=bool)
    names, codes = np.unique(np.asarray(group), return_inverse=True)
    layers = np.zeros(len(time), dtype=np.int64)
    if strata is not None:
        layers = np.unique(np.asarray(strata), return_inverse=True)[1]
    if len(names) < 2 or not seen.any():
        raise NotEstimableError(
            "A log-rank test needs two groups and at least one event.", reason="no_events"
        )
    observed, expected = np.zeros(len(names)), np.zeros(len(names))
    variance = np.zeros((len(names), len(names)))
    for layer in np.unique(layers[seen]):
        rows = layers == layer
        parts = _log_rank_sums(time[rows], seen[rows], codes[rows], len(names))
        observed += parts[0]
        expected += parts[1]
        variance += parts[2]
    compared = np.diag(variance) > 0
    if not compared.any():
        raise NotEstimableError("The groups were never at risk together.", reason="no_variation")
    # One group's difference follows from the others', so it is left out.
    used = np.flatnonzero(compared)[:-1]
    gap = (observed - expected)[used]
    statistic = float(gap @ np.linalg.solve(variance[np.ix_(used, used)], gap))
    return LogRank(
        groups=tuple(str(name) for name in names),
        observed=tuple(observed.tolist()),
        expected=tuple(expected.tolist()),
        statistic=statistic,
        df=len(used),
        p_value=float(chi2.sf(statistic, len(used))),
    )


def _log_rank_sums(
    time: Floats, seen: Flags, codes: Codes, n_groups: int
) -> tuple[Floats, Floats, Floats]:
    """Events observed (g,) and expected (g,) per group, and their covariance (g, g)."""
    at = np.unique(time[seen])
    member = np.eye(n_groups)[codes]
    leaving = np.searchsorted(at, time, side="right")
    sums = np.zeros((len(at) + 1, n_groups))
    np.add.at(sums, leaving, member)
    at_risk = np.cumsum(sums[::-1], axis=0)[::-1][1:]
    events = np.zeros((len(at), n_groups))
    np.add.at(events, np.searchsorted(at, time[seen]), member[seen])
    n, d = at_risk.sum(axis=1), events.sum(axis=1)
    share = at_risk / n[:, None]
    spread = d * (n - d) / np.maximum(n - 1, 1)
    variance = np.diag(spread @ share) - share.T @ (share * spread[:, None])
    return events.sum(axis=0), d @ share, np.asarray(variance, dtype=np.float64)
