"""Cronbach's alpha with Feldt's interval, and what each item does to it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from models.errors import NotEstimableError
from models.measurement.items import Missing, Moments, moments, remarks
from models.panel import Floats


@dataclass(frozen=True)
class ItemStatistics:
    """One item against the others.

    `item_rest` is its correlation with the sum of the others (None where that sum does not vary),
    `alpha_if_dropped` the alpha of the others (None where fewer than two are left).
    """

    item: str
    sd: float
    item_rest: float | None
    alpha_if_dropped: float | None


@dataclass(frozen=True)
class Alpha:
    """Cronbach's alpha of a scale at one occasion (or of rows taken as independent).

    `n` filling-ins are behind it, `n_dropped` were left out, by the rule `missing`.
    """

    alpha: float
    ci_low: float
    ci_high: float
    confidence: float
    n: int
    n_dropped: int
    n_items: int
    missing: Missing
    mean_correlation: float
    items: tuple[ItemStatistics, ...]
    warnings: tuple[str, ...]


def cronbach_alpha(
    values: Floats,
    names: Sequence[str],
    *,
    missing: Missing = "complete",
    confidence: float = 0.95,
) -> Alpha:
    """Alpha of items that were keyed in one direction.

    Parameters
    ----------
    values
        (n, k) keyed answers, one row per participant, NaN where an item was not answered. Rows are
        taken as independent: for repeated surveys see `models.measurement.levels`.
    names
        The k items.
    missing
        See `models.measurement.items.moments`.

    Raises
    ------
    NotEstimableError
        With fewer than 2 items, too few rows, an item without variation, or a sum that does not
        vary.

    Notes
    -----
    Alpha equals reliability only if all items load alike on one factor and their errors are
    uncorrelated; otherwise it is a lower bound, or with correlated errors too high. The interval is
    exact for normal items with equal covariances, with F on n - 1 and (n - 1)(k - 1) df.

    References
    ----------
    Cronbach (1951), Psychometrika 16:297-334. doi:10.1007/BF02310555
    Feldt, Woodruff & Salih (1987), Appl Psychol Meas 11:93-103. doi:10.1177/014662168701100107
    """
    found = moments(names, values, missing)
    alpha = alpha_of(found.covariance)
    low, high = feldt_interval(alpha, found.n, len(names), confidence)
    spread = np.sqrt(np.diag(found.covariance))
    correlation = found.covariance / np.outer(spread, spread)
    items = tuple(_item(found, j) for j in range(len(names)))
    return Alpha(
        alpha=alpha,
        ci_low=low,
        ci_high=high,
        confidence=confidence,
        n=found.n,
        n_dropped=found.n_dropped,
        n_items=len(names),
        missing=missing,
        mean_correlation=float(correlation[np.triu_indices(len(names), 1)].mean()),
        items=items,
        warnings=(*remarks(values), *_warnings(alpha, items)),
    )


def alpha_of(covariance: Floats) -> float:
    """Alpha from the covariance (k, k) of the items.

    Raises
    ------
    NotEstimableError
        If the sum of the items has no variance.
    """
    k = len(covariance)
    total = float(covariance.sum())
    if total <= 1e-12 * float(np.trace(covariance)) or k < 2:
        raise NotEstimableError(
            "The sum of the items does not vary, so its reliability does not exist. "
            "Check that reversed items are named in the study file.",
            "no_variation",
        )
    return float(k / (k - 1) * (1 - np.trace(covariance) / total))


def feldt_interval(
    alpha: float, n: int, n_items: int, confidence: float = 0.95
) -> tuple[float, float]:
    """Interval of alpha from n rows: (1 - alpha) / (1 - population alpha) follows F."""
    df = n - 1, (n - 1) * (n_items - 1)
    tail = (1 - confidence) / 2
    low = 1 - (1 - alpha) * special.fdtri(*df, 1 - tail)
    high = 1 - (1 - alpha) * special.fdtri(*df, tail)
    return float(low), float(high)


def _item(found: Moments, j: int) -> ItemStatistics:
    S = found.covariance
    rest = np.delete(np.arange(len(S)), j)
    others = S[np.ix_(rest, rest)]
    variance = float(others.sum())
    varies = variance > 1e-12 * float(np.trace(others))
    return ItemStatistics(
        item=found.names[j],
        sd=float(np.sqrt(S[j, j])),
        item_rest=float(S[j, rest].sum() / np.sqrt(S[j, j] * variance)) if varies else None,
        alpha_if_dropped=alpha_of(others) if varies and len(rest) > 1 else None,
    )


def _warnings(alpha: float, items: Sequence[ItemStatistics]) -> tuple[str, ...]:
    against = [row.item for row in items if row.item_rest is not None and row.item_rest < 0]
    said = []
    if against:
        said.append(
            f"These items go against the others: {', '.join(against)}. If they are worded "
            "the other way round, name them under `reverse` in the study file."
        )
    if alpha < 0:
        said.append(
            "Alpha is negative: on average the items go against each other. It is no reliability."
        )
    return tuple(said)
