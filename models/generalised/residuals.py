"""Randomised quantile residuals: normal if the model holds, also for yes/no outcomes."""

import numpy as np
from scipy.special import betainc, ndtri

from models.generalised.checks import conditional_means
from models.generalised.generalised_fit import GeneralisedFit
from models.panel import Floats
from models.random_terms import RandomTerm

_SEED = 20250109
_EDGE = 1e-12


def binomial_residuals(
    fit: GeneralisedFit, y: Floats, X: Floats, random: RandomTerm, *, trials: Floats
) -> tuple[Floats, Floats]:
    """Residuals (n,) and fitted probabilities (n,), given the groups' modes.

    Each outcome's place in its own distribution, drawn evenly (with a fixed seed) between the
    chances of less and of no more, as a normal quantile. Given the modes they spread a little less
    than 1.

    References
    ----------
    Dunn & Smyth (1996), J Comput Graph Stat 5:236-244. doi:10.1080/10618600.1996.10474708
    """
    mean = conditional_means(fit, X, random)
    below = np.where(y > 0, _chance_up_to(np.maximum(y - 1, 0), trials, mean), 0.0)
    upto = _chance_up_to(y, trials, mean)
    place = below + np.random.default_rng(_SEED).random(len(y)) * (upto - below)
    return ndtri(np.clip(place, _EDGE, 1 - _EDGE)), mean


def _chance_up_to(k: Floats, n: Floats, p: Floats) -> Floats:
    """Binomial distribution function, as an incomplete beta function."""
    return np.where(k < n, betainc(np.maximum(n - k, 1), k + 1, 1 - p), 1.0)
