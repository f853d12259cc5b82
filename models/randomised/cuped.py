"""A randomised comparison of participants, made sharper by what was known before."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as t_distribution

from models.errors import NotEstimableError
from models.panel import Flags, Floats


@dataclass(frozen=True)
class AdjustedDifference:
    """Treated less untreated, in the outcome's units, with a Welch interval.

    `variance_removed` is the share of the variance that the earlier value explains, None without
    one.
    """

    estimate: float
    se: float
    df: float
    ci_low: float
    ci_high: float
    p_value: float
    slope: float | None
    variance_removed: float | None
    n_treated: int
    n_untreated: int


def adjusted_difference(
    outcome: Floats, is_treated: Flags, before: Floats | None = None, *, level: float = 0.95
) -> AdjustedDifference:
    """Difference of means between two randomised groups, adjusted by an earlier value (CUPED).

    Parameters
    ----------
    outcome, is_treated
        (n,), one value per participant, none missing.
    before
        (n,), something measured before randomisation, such as sessions in the run-in.

    Notes
    -----
    The slope on the earlier value is pooled within groups; the adjusted outcomes are then compared
    with Welch's unequal variances. Randomisation keeps the estimate right whatever the slope.

    References
    ----------
    Deng, Xu, Kohavi & Walker (2013), WSDM 123-132. doi:10.1145/2433396.2433413
    """
    sizes = (int(is_treated.sum()), int((~is_treated).sum()))
    if min(sizes) < 3:
        raise NotEstimableError("Each group needs three participants or more.", reason="too_few")
    slope = None
    removed = None
    values = outcome
    if before is not None:
        slope = _slope(outcome, is_treated, before)
        values = outcome - slope * (before - before.mean())
        removed = _removed(outcome, values, is_treated)
    squares = [values[group].var(ddof=1) / group.sum() for group in (is_treated, ~is_treated)]
    variance = float(sum(squares))
    if variance == 0:
        raise NotEstimableError("The outcome does not vary in either group.", reason="constant")
    df = variance**2 / sum(
        float(part) ** 2 / (size - 1) for part, size in zip(squares, sizes, strict=True)
    )
    estimate = float(values[is_treated].mean() - values[~is_treated].mean())
    se = variance**0.5
    half = float(t_distribution.ppf(0.5 + level / 2, df)) * se
    return AdjustedDifference(
        estimate=estimate,
        se=se,
        df=df,
        ci_low=estimate - half,
        ci_high=estimate + half,
        p_value=float(2 * t_distribution.sf(abs(estimate) / se, df)),
        slope=slope,
        variance_removed=removed,
        n_treated=sizes[0],
        n_untreated=sizes[1],
    )


def _within_groups(values: Floats, is_treated: Flags) -> Floats:
    means = np.where(is_treated, values[is_treated].mean(), values[~is_treated].mean())
    return np.asarray(values - means, dtype=np.float64)


def _slope(outcome: Floats, is_treated: Flags, before: Floats) -> float:
    x = _within_groups(before, is_treated)
    if not x @ x > 0:
        raise NotEstimableError(
            "The earlier value does not vary within the groups. Leave it out.", reason="constant"
        )
    return float(x @ outcome / (x @ x))


def _removed(outcome: Floats, values: Floats, is_treated: Flags) -> float | None:
    total = _within_groups(outcome, is_treated)
    rest = _within_groups(values, is_treated)
    return float(1 - (rest @ rest) / (total @ total)) if total @ total > 0 else None
