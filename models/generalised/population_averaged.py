"""From effects on one participant's odds (conditional) to effects on the population's (marginal).

Coefficients of a logistic mixed model compare outcomes of the same participant, or of participants
with the same random effects; odds ratios between groups of people are nearer to 1. Both are given
side by side, so that nobody takes one for the other.
"""

from dataclasses import dataclass

import numpy as np

from models.errors import NotConvergedError, NotEstimableError
from models.generalised.families import logistic
from models.generalised.generalised_fit import GeneralisedFit
from models.generalised.quadrature import normal_nodes
from models.generalised.scales import scales_of
from models.panel import Floats
from models.random_terms import RandomTerm

_NODES = 41
_ROWS_AT_ONCE = 20_000
_MOST_STEPS = 50
_SETTLED = 1e-20


@dataclass(frozen=True, eq=False)
class PopulationAveraged:
    """Marginal coefficients `beta` (p,) with `cov_beta` (p, p), by the terms' `names`.

    `means` (n,) are the rows' expected outcomes (a probability, or a count) over all participants.
    `is_conditional` says that all coefficients but the intercept are the conditional ones.
    """

    names: tuple[str, ...]
    beta: Floats
    cov_beta: Floats
    means: Floats
    is_conditional: bool
    definition: str


def population_averaged(
    fit: GeneralisedFit,
    X: Floats,
    random: RandomTerm,
    *,
    trials: Floats | None = None,
    offset: Floats | None = None,
) -> PopulationAveraged:
    """Coefficients that a marginal model of the same terms would have, if the mixed model holds.

    Each row's expected outcome m_j is averaged over the fitted normal distribution of the random
    effects (Gauss-Hermite with 41 nodes over z'u, whose variance is z'Vz; exact for the log link).
    The marginal coefficients c solve sum_j n_j x_j (m_j - g(o_j + x_j'c)) = 0, with the inverse
    link g: the values to which a GEE with working independence would go. Standard errors by the
    delta method from the joint covariance of (beta, theta).

    Parameters
    ----------
    fit, X, random, trials, offset
        The fit and the data that were given to it (or other rows to standardise over).

    Raises
    ------
    NotEstimableError
        For the positive part of a hurdle model, whose mean is not one of these.

    References
    ----------
    Zeger, Liang & Albert (1988), Biometrics 44:1049-1060. Hedeker et al. (2018), Biometrics
    74:354-361.
    """
    if fit.family.startswith("truncated"):
        raise NotEstimableError(
            "A zero-truncated part has no marginal coefficients of its own.", reason="truncated"
        )
    scales = scales_of(X, fit.names, random.values)
    x = scales.scaled(X)
    weights = np.ones(len(X)) if trials is None else trials
    base = np.zeros(len(X)) if offset is None else offset
    spread = random.values @ fit.factor
    means, by_predictor, by_variance = _averaged(
        base + X @ fit.beta, (spread**2).sum(axis=1), fit.link
    )
    start = np.asarray(np.linalg.solve(scales.back, fit.beta), dtype=np.float64)
    scaled, information = _projected(means, x, base, weights, start, fit.link)
    moved = weights * by_variance
    rows, columns = _places(fit, random)
    by_theta = 2 * random.values[:, rows] * spread[:, columns]
    jacobian = np.column_stack(
        (
            x.T @ (x * (weights * by_predictor)[:, None]) @ np.linalg.inv(scales.back),
            (x * moved[:, None]).T @ by_theta,
        )
    )
    jacobian = scales.back @ np.linalg.solve(information, jacobian)
    k = jacobian.shape[1]
    is_intercept_only = bool(np.ptp(spread, axis=0).max() < 1e-12)
    return PopulationAveraged(
        names=fit.names,
        beta=scales.back @ scaled,
        cov_beta=jacobian @ fit.cov_parameters[:k, :k] @ jacobian.T,
        means=means,
        is_conditional=fit.link == "log" and is_intercept_only and scales.intercept is not None,
        definition=_definition(fit.link, is_intercept_only=is_intercept_only),
    )


def _definition(link: str, *, is_intercept_only: bool) -> str:
    if link == "log" and is_intercept_only:
        return (
            "With a random intercept only, a rate ratio is the same for one participant and for "
            "the population; only the intercept differs."
        )
    ratio = "odds ratio" if link == "logit" else "rate ratio"
    return (
        f"Marginal: the {ratio} between averages over all participants. Conditional: the {ratio} "
        "for one and the same participant."
    )


def _places(fit: GeneralisedFit, random: RandomTerm) -> tuple[list[int], list[int]]:
    q = len(random.names)
    if not fit.random[0].is_correlated:
        return list(range(q)), list(range(q))
    rows, columns = np.tril_indices(q)
    return rows.tolist(), columns.tolist()


def _averaged(eta: Floats, variance: Floats, link: str) -> tuple[Floats, Floats, Floats]:
    """Means over the random effects, and their derivatives in predictor and variance."""
    if link == "log":
        means = np.exp(eta + 0.5 * variance)
        return means, means, 0.5 * means
    at, shares = normal_nodes(_NODES)
    out = np.empty((3, len(eta)))
    for start in range(0, len(eta), _ROWS_AT_ONCE):
        here = slice(start, start + _ROWS_AT_ONCE)
        p = logistic(eta[here, None] + np.sqrt(variance[here, None]) * at[:, 0])
        slope = p * (1 - p)
        # The derivative of a normal mean in its variance is half the mean second derivative.
        out[:, here] = p @ shares, slope @ shares, 0.5 * (slope * (1 - 2 * p)) @ shares
    return out[0], out[1], out[2]


def _projected(
    means: Floats, x: Floats, base: Floats, weights: Floats, start: Floats, link: str
) -> tuple[Floats, Floats]:
    """Coefficients without random effects that reproduce the means, and their information."""
    beta = start
    for _ in range(_MOST_STEPS):
        eta = base + x @ beta
        fitted = logistic(eta) if link == "logit" else np.exp(eta)
        slope = fitted * (1 - fitted) if link == "logit" else fitted
        information = x.T @ (x * (weights * slope)[:, None])
        step = np.linalg.solve(information, x.T @ (weights * (means - fitted)))
        beta = beta + step
        if float(step @ information @ step) < _SETTLED * max(1.0, float(weights.sum())):
            return beta, information
    raise NotConvergedError(
        "The marginal coefficients did not settle; look at the conditional ones.",
        reason="marginal",
    )
