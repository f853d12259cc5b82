"""Closed forms of power and sample size: checks of the simulation, and answers at once."""

import math

import numpy as np
from scipy import special


def power_two_sample(
    difference: float, sd: float, n_a: int, n_b: int, *, alpha: float = 0.05
) -> float:
    """Power of a two-sided t test of two groups' means, equal spread `sd`."""
    df = n_a + n_b - 2
    return _power_t(difference / (sd * math.sqrt(1 / n_a + 1 / n_b)), df, alpha)


def power_paired(difference: float, sd_difference: float, n: int, *, alpha: float = 0.05) -> float:
    """Power of a two-sided paired t test; `sd_difference` is that of the differences."""
    return _power_t(difference / (sd_difference / math.sqrt(n)), n - 1, alpha)


def _power_t(noncentrality: float, df: float, alpha: float) -> float:
    critical = special.stdtrit(df, 1 - alpha / 2)
    inside = special.nctdtr(df, noncentrality, critical) - special.nctdtr(
        df, noncentrality, -critical
    )
    return float(1 - inside)


def n_for_correlation(r: float, *, power: float = 0.8, alpha: float = 0.05) -> int:
    """Participants for a two-sided test of a correlation, by Fisher's z.

    References
    ----------
    Fisher (1921), Metron 1:3-32.
    """
    if not 0 < abs(r) < 1:
        raise ValueError("a correlation to be found lies between 0 and 1, or -1 and 0.")
    reach = float(special.ndtri(1 - alpha / 2) + special.ndtri(power))
    return math.ceil((reach / math.atanh(abs(r))) ** 2 + 3)


def se_within(residual_sd: float, within_sd: float, n: int, n_occasions: int) -> float:
    """Standard error of a within effect: random intercept, all occasions, no dropout.

    `within_sd` is the spread of a participant's exposure around its *observed* mean with divisor
    `n_occasions`, that is, sqrt((T - 1) / T) of the spread around the usual exposure.
    """
    return residual_sd / (within_sd * math.sqrt(n * n_occasions))


def se_between(
    level_sd: float, residual_sd: float, between_sd: float, n: int, n_occasions: int
) -> float:
    """Standard error of a between effect (or of an arm's, `between_sd` 0.5 for equal arms)."""
    own = math.sqrt(level_sd**2 + residual_sd**2 / n_occasions)
    return own / (between_sd * math.sqrt(n))


def binomial_error(share: float, n: int) -> float:
    """Monte Carlo standard error of a share of n simulations (Wilson's centre, never 0)."""
    centre = (share * n + 2) / (n + 4)
    return float(np.sqrt(centre * (1 - centre) / (n + 4)))
