"""Effects in groups, drawn towards their common mean by as much as they are noise."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from models.panel import Floats


@dataclass(frozen=True, eq=False)
class Shrunken:
    """Estimates (k,) of groups after shrinkage, with intervals; `between` is their spread's sd."""

    estimate: Floats
    low: Floats
    high: Floats
    mean: float
    between: float


def shrink(estimates: Floats, se: Floats, *, level: float = 0.95) -> Shrunken:
    """Empirical Bayes estimates of the effects of groups.

    Parameters
    ----------
    estimates, se
        Effect and standard error of each group (k,), two groups or more.

    Notes
    -----
    The variance between groups is Paule and Mandel's, 0 where the groups differ no more than their
    standard errors say. The interval of a group adds the uncertainty of the common mean. Groups
    are taken as independent.

    References
    ----------
    Paule & Mandel (1982), J Res Natl Bur Stand 87:377-385. doi:10.6028/jres.087.022
    Morris (1983), JASA 78:47-55. doi:10.1080/01621459.1983.10477920
    """
    if len(estimates) < 2:
        raise ValueError("shrinkage needs two groups or more")
    variance = se**2
    between = _between(estimates, variance)
    weights = 1 / (variance + between)
    mean = float(weights @ estimates / weights.sum())
    kept = between / (between + variance)
    own = mean + kept * (estimates - mean)
    spread = np.sqrt(kept * variance + (1 - kept) ** 2 / weights.sum())
    half = float(norm.ppf(0.5 + level / 2)) * spread
    return Shrunken(own, own - half, own + half, mean, float(np.sqrt(between)))


def _between(estimates: Floats, variance: Floats) -> float:
    """The variance at which the weighted squared deviations are as large as expected."""

    def excess(between: float) -> float:
        weights = 1 / (variance + between)
        mean = weights @ estimates / weights.sum()
        return float(weights @ (estimates - mean) ** 2) - (len(estimates) - 1)

    if excess(0.0) <= 0:
        return 0.0
    high = float(np.var(estimates)) + float(variance.max())
    while excess(high) > 0:
        high *= 2
    return float(brentq(excess, 0.0, high))
