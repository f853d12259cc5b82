"""Shares of variance (ICC, R2) and standardised effects of a linear mixed fit."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.linear.linear_fit import LinearFit
from models.panel import Codes, Floats, first_rows, person_means
from models.random_terms import RandomTerm

Basis = Literal["within", "between", "total", "difference"]


@dataclass(frozen=True)
class Explained:
    """How the variance of the outcome divides, in its squared units and as shares.

    `random` holds each grouping's variance, averaged over the rows; `icc` is each grouping's share
    of what the fixed effects leave, `icc_total` their sum: the expected correlation of two rows
    that share all groups. `r2_marginal` is the fixed effects' share of everything,
    `r2_conditional` that of fixed and random effects together. None where nothing varies.
    """

    fixed: float
    random: tuple[tuple[str, float], ...]
    residual: float
    icc: tuple[tuple[str, float | None], ...]
    icc_total: float | None
    r2_marginal: float | None
    r2_conditional: float | None


@dataclass(frozen=True)
class StandardisedEffect:
    """An effect in standard deviations of the outcome.

    `basis` says which: 'within' and 'between' use the deviations from participants' own means
    and the means themselves, for x and outcome alike; 'total' uses those of all rows; 'difference'
    divides by the outcome's alone, as x is 0 or 1. `value` is None where x or the outcome does
    not vary.
    """

    term: str
    value: float | None
    basis: Basis


def explained(X: Floats, random: Sequence[RandomTerm], fit: LinearFit) -> Explained:
    """ICC per grouping and Nakagawa's R2 with Johnson's mean variance of random slopes.

    The fixed effects' variance is that of X beta over the analysed rows (divisor n - 1, as
    R's `var`). With random slopes a grouping's variance depends on the row; the mean is taken.

    References
    ----------
    Nakagawa & Schielzeth (2013), Methods Ecol Evol 4:133-142. doi:10.1111/j.2041-210x.2012.00261.x;
    Johnson (2014), Methods Ecol Evol 5:944-946. doi:10.1111/2041-210X.12225
    """
    fixed = float(np.var(X @ fit.beta, ddof=1))
    by_group: dict[str, float] = {}
    for term, estimate in zip(random, fit.random, strict=True):
        spread = np.einsum("ni,ij,nj->n", term.values, estimate.covariance, term.values)
        by_group[term.group] = by_group.get(term.group, 0.0) + float(spread.mean())
    shared = sum(by_group.values())
    unexplained = shared + fit.residual_variance
    total = fixed + unexplained
    return Explained(
        fixed=fixed,
        random=tuple(by_group.items()),
        residual=fit.residual_variance,
        icc=tuple((group, _share(value, unexplained)) for group, value in by_group.items()),
        icc_total=_share(shared, unexplained),
        r2_marginal=_share(fixed, total),
        r2_conditional=_share(fixed + shared, total),
    )


def standardised_effects(
    y: Floats,
    X: Floats,
    codes: Codes,
    fit: LinearFit,
    *,
    within: Collection[str] = (),
    between: Collection[str] = (),
) -> tuple[StandardisedEffect, ...]:
    """Each effect times the SD of x over the SD of y, constant columns left out.

    Parameters
    ----------
    y, X, codes
        Outcome (n,), design (n, p) and participant of each row.
    within, between
        Terms that describe change within participants, and participants' means. Their SDs are
        those of the level: within, of deviations from own means (divisor rows less participants);
        between, of own means, one per participant.

    References
    ----------
    Schuurman, Ferrer, de Boer-Sonnenschein & Hamaker (2016), Psychol Methods 21:206-221.
    doi:10.1037/met0000062
    """
    columns = [j for j in range(X.shape[1]) if float(np.ptp(X[:, j])) > 0]
    found = []
    for j in columns:
        basis = _basis(fit.names[j], X[:, j], within, between)
        outcome = _spread(y, codes, "total" if basis == "difference" else basis)
        x = 1.0 if basis == "difference" else _spread(X[:, j], codes, basis)
        value = float(fit.beta[j]) * x / outcome if x > 0 and outcome > 0 else None
        found.append(StandardisedEffect(fit.names[j], value, basis))
    return tuple(found)


def _basis(term: str, x: Floats, within: Collection[str], between: Collection[str]) -> Basis:
    if term in within:
        return "within"
    if term in between:
        return "between"
    return "difference" if bool(np.isin(x, (0.0, 1.0)).all()) else "total"


def _spread(values: Floats, codes: Codes, basis: Basis) -> float:
    """Standard deviation on one level; 0 where there is none to speak of."""
    means = person_means(values, codes)
    if basis == "within":
        left, df = values - means, len(values) - int(codes.max()) - 1
    else:
        level = means[first_rows(codes)] if basis == "between" else values
        left, df = level - level.mean(), len(level) - 1
    size = float(np.abs(values).max())
    spread = float(np.sqrt(left @ left / df)) if df > 0 else 0.0
    return spread if spread > 1e-12 * size else 0.0


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None
