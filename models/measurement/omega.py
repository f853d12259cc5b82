"""McDonald's omega from a single-factor model of the items."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from models.errors import NotEstimableError
from models.measurement.covariance_fit import CovarianceFit, OneFactor, fit_covariances
from models.measurement.items import moments, remarks
from models.measurement.level_likelihood import OneLevel
from models.panel import Floats

LEAST_ITEMS = 3
"""With two items a factor's loadings are not identified."""
POOR_FIT = 0.08
"""Above this root mean square residual, one factor describes the items poorly."""


@dataclass(frozen=True)
class Loading:
    """What an item shares with the factor, in its own units, and as a correlation."""

    item: str
    loading: float
    standardised: float
    own_variance: float


@dataclass(frozen=True)
class Omega:
    """Reliability of the sum (or mean) of the items, if one factor is what they share.

    `se` and the interval are None where an item has no variance of its own (a Heywood case). `srmr`
    is the root mean square of the correlations that the factor leaves.
    """

    omega: float
    se: float | None
    ci_low: float | None
    ci_high: float | None
    confidence: float
    n: int
    n_dropped: int
    n_items: int
    srmr: float
    loadings: tuple[Loading, ...]
    warnings: tuple[str, ...]


def mcdonald_omega(values: Floats, names: Sequence[str], *, confidence: float = 0.95) -> Omega:
    """Omega of items that were keyed in one direction, by maximum likelihood.

    Parameters
    ----------
    values
        (n, k) keyed answers, one row per participant, NaN where an item was not answered; only
        complete rows are used.
    names
        The k items.

    Raises
    ------
    NotEstimableError
        With fewer than 3 items, too few rows, an item without variation, or loadings that add up
        to nothing.
    NotConvergedError
        If the factor model has no maximum.

    Notes
    -----
    omega = (sum of loadings)^2 / ((sum of loadings)^2 + sum of own variances): omega total of one
    factor with uncorrelated errors. The interval is the delta method's on the logit scale. Ordinal
    answers are treated as numbers; with fewer than five categories that understates reliability.

    References
    ----------
    McDonald (1999), Test Theory, ch. 6. Revelle & Condon (2019), Psychol Assess 31:1395-1411.
    doi:10.1037/pas0000754
    """
    _demand_items(names)
    found = moments(names, values)
    sd = np.sqrt(np.diag(found.covariance))
    correlation = found.covariance / np.outer(sd, sd)
    # The normal likelihood's own divisor is n; n - 1 would only scale loadings and variances.
    standardised = correlation * (found.n - 1) / found.n
    structure = OneFactor(len(names))
    fit = fit_covariances(OneLevel(standardised, found.n), (structure,), (standardised,), sd)
    omega, se = omega_of(fit)
    low, high = logit_interval(omega, se, confidence)
    return Omega(
        omega=omega,
        se=se,
        ci_low=low,
        ci_high=high,
        confidence=confidence,
        n=found.n,
        n_dropped=found.n_dropped,
        n_items=len(names),
        srmr=srmr(found.covariance, fit.covariance()),
        loadings=loadings_of(fit, names),
        warnings=(*remarks(values), *factor_warnings(fit, names, found.covariance)),
    )


def _demand_items(names: Sequence[str]) -> None:
    if len(names) < LEAST_ITEMS:
        raise NotEstimableError(
            f"Omega needs at least {LEAST_ITEMS} items: with fewer, the loadings on a factor "
            "cannot be told. Report alpha, or the correlation of the two items.",
            "few_items",
        )


def omega_of(fit: CovarianceFit, level: int = 0) -> tuple[float, float | None]:
    """Omega of one level of a single-factor fit, and its standard error where there is one.

    Raises
    ------
    NotEstimableError
        If the loadings add up to (nearly) nothing.
    """
    loadings, roots = np.split(fit.parameters[level], 2)
    total, own = float(loadings.sum()), float((roots**2).sum())
    if total**2 < 1e-6 * (total**2 + own):
        raise NotEstimableError(
            "The items share no factor on this level: their loadings add up to nothing.",
            "no_factor",
        )
    omega = total**2 / (total**2 + own)
    cov = fit.cov_of(level)
    if cov is None or fit.is_boundary(level):
        return omega, None
    slope = (
        np.concatenate(
            [
                np.full(len(loadings), 2 * total * own),
                -2 * roots * total**2,
            ]
        )
        / (total**2 + own) ** 2
    )
    return omega, float(np.sqrt(slope @ cov @ slope))


def logit_interval(
    value: float, se: float | None, confidence: float
) -> tuple[float | None, float | None]:
    """Interval of a share by the delta method on its logit: it stays between 0 and 1."""
    if se is None or not 0 < value < 1:
        return None, None
    reach = special.ndtri((1 + confidence) / 2) * se / (value * (1 - value))
    low, high = special.expit(special.logit(value) + np.array([-reach, reach]))
    return float(low), float(high)


def loadings_of(fit: CovarianceFit, names: Sequence[str], level: int = 0) -> tuple[Loading, ...]:
    """The items' loadings on the factor of one level, most of them positive."""
    loadings, roots = np.split(fit.parameters[level], 2)
    sign = 1.0 if loadings.sum() >= 0 else -1.0
    sd = np.sqrt(loadings**2 + roots**2)
    rows = zip(names, sign * loadings, sign * loadings / sd, roots**2, strict=True)
    return tuple(Loading(name, float(a), float(b), float(c)) for name, a, b, c in rows)


def srmr(observed: Floats, implied: Floats) -> float:
    """Root mean square difference of observed and implied correlations (off the diagonal)."""
    gaps = _correlation(observed) - _correlation(implied)
    below = gaps[np.tril_indices(len(gaps), -1)]
    return float(np.sqrt(np.mean(below**2)))


def _correlation(covariance: Floats) -> Floats:
    sd = np.sqrt(np.diag(covariance))
    return np.asarray(covariance / np.outer(sd, sd))


def factor_warnings(
    fit: CovarianceFit, names: Sequence[str], observed: Floats, level: int = 0
) -> tuple[str, ...]:
    """Sentences on what makes this level's factor doubtful."""
    said = []
    rows = loadings_of(fit, names, level)
    against = [row.item for row in rows if row.standardised < -0.01]
    if against:
        said.append(
            f"These items load against the others: {', '.join(against)}. If they are worded "
            "the other way round, name them under `reverse` in the study file."
        )
    is_held = fit.structures[level].held(fit.parameters[level])[len(names) :]
    bare = [name for name, is_none in zip(names, is_held, strict=True) if is_none]
    if bare:
        said.append(
            f"These items have no variance of their own in this fit (a Heywood case): "
            f"{', '.join(bare)}. Omega stands without an interval, and is best not reported."
        )
    misfit = srmr(observed, fit.covariance(level))
    if misfit > POOR_FIT:
        said.append(
            f"One factor leaves correlations of {misfit:.2f} on average (root mean square); above "
            f"{POOR_FIT} the items measure more than one thing, and omega of their sum says little."
        )
    return tuple(said)
