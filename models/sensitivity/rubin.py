"""Estimates from several imputations, brought together by Rubin's rules."""

from dataclasses import dataclass

import numpy as np

from models.panel import Floats


@dataclass(frozen=True, eq=False)
class Pooled:
    """One entry per term (p,): pooled estimate, its standard error and degrees of freedom.

    `fraction_missing` is the share of information about the term that is missing,
    `simulation_error` the standard error that the estimate has for want of more imputations.
    """

    estimate: Floats
    se: Floats
    df: Floats
    fraction_missing: Floats
    simulation_error: Floats


def pool(estimates: Floats, variances: Floats, complete_df: Floats) -> Pooled:
    """Rubin's rules with Barnard and Rubin's degrees of freedom.

    Parameters
    ----------
    estimates, variances
        (m, p): of each imputation, the estimates and their squared standard errors.
    complete_df
        (p,): degrees of freedom had nothing been missing; inf for normal theory.

    Raises
    ------
    ValueError
        With fewer than 2 imputations: their spread is part of the answer.

    References
    ----------
    Barnard & Rubin (1999), Biometrika 86:948-955. doi:10.1093/biomet/86.4.948
    """
    m = len(estimates)
    if m < 2:
        raise ValueError("Rubin's rules need at least 2 imputations.")
    within = variances.mean(axis=0)
    between = (1 + 1 / m) * estimates.var(axis=0, ddof=1)
    total = within + between
    share = between / total
    # Where imputations do not differ, nothing is missing and 1 / share^2 has no number.
    varies = share > 1e-12
    old = np.full(len(share), np.inf)
    old[varies] = (m - 1) / share[varies] ** 2
    limited = np.isfinite(complete_df)
    observed = np.full(len(share), np.inf)
    full = complete_df[limited]
    observed[limited] = (full + 1) / (full + 3) * full * (1 - share[limited])
    rate = 1 / old + 1 / observed
    df = np.full(len(share), np.inf)
    df[rate > 0] = 1 / rate[rate > 0]
    ratio = between / within
    return Pooled(
        estimate=estimates.mean(axis=0),
        se=np.sqrt(total),
        df=df,
        fraction_missing=(ratio + 2 / (df + 3)) / (ratio + 1),
        simulation_error=np.sqrt(between / (m + 1)),
    )
