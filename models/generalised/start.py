"""Starting values: the model without random effects, and moments of its residuals."""

from dataclasses import dataclass

import numpy as np

from models.errors import NotEstimableError
from models.generalised.blocks import Block
from models.generalised.families import Family
from models.generalised.modes import crossed, spread, sums_of
from models.generalised.objective import Shape, predictor
from models.panel import Floats

_MOST_STEPS = 25
_SETTLED = 1e-3
"""Squared Newton decrement: far less than a standard error, which is enough for a start."""
_ATTENUATION = 0.346
"""Marginal logistic coefficients are about 1 / sqrt(1 + 0.346 variance) of the conditional ones."""
_LARGEST_SIZE = 100.0
_SMALLEST_VARIANCE, _LARGEST_VARIANCE = 0.01, 4.0


@dataclass(frozen=True, eq=False)
class PlainFit:
    """Estimates without random effects; `largest` is the largest absolute linear predictor."""

    beta: Floats
    largest: float
    is_settled: bool


def fit_plain(
    blocks: tuple[Block, ...], family: Family, start: Floats, V: Floats | None = None
) -> PlainFit:
    """Maximum likelihood of the generalised linear model by Newton's method with halving.

    With a covariance V of the random effects and a log link, half of each row's variance z'Vz is
    added to its predictor: what such effects add to the log of the mean.
    """
    beta, value = start, np.inf
    step = np.zeros_like(start)
    for _ in range(_MOST_STEPS):
        trial, gradient, information, largest = _derivatives(blocks, family, beta, V)
        if trial > value + 1e-9 * abs(value):
            step = 0.5 * step
            beta = beta + step
            continue
        value = trial
        step = _solve(information, gradient)
        if gradient @ step < _SETTLED:
            return PlainFit(beta - step, largest, True)
        beta = beta - step
    return PlainFit(beta, largest, False)


def _solve(information: Floats, gradient: Floats) -> Floats:
    """Newton's step; with a trace of ridge, for directions in which separation left nothing."""
    ridge = 1e-10 * np.diag(information).max() * np.eye(len(gradient))
    return np.asarray(np.linalg.solve(information + ridge, gradient))


def _derivatives(
    blocks: tuple[Block, ...], family: Family, beta: Floats, V: Floats | None
) -> tuple[float, Floats, Floats, float]:
    p = len(beta)
    value, gradient, information = 0.0, np.zeros(p), np.zeros((p, p))
    largest = 0.0
    for block in blocks:
        eta = predictor(block, beta)
        if V is not None:
            eta = eta + 0.5 * spread(block.products, V)
        at = family.derive(eta, block.rows, 1.0)
        value -= float(at.log_density.sum())
        gradient -= at.score.ravel() @ block.X
        information += block.X.T @ (block.X * at.weight.reshape(-1, 1))
        largest = max(largest, float(np.abs(eta).max()))
    return value, gradient, information, largest


def starting_parameters(
    blocks: tuple[Block, ...],
    plain_family: Family,
    shape: Shape,
    plain: PlainFit,
) -> Floats:
    """Fixed effects, factor and log size by moments of the plain fit's residuals."""
    V, inverse_size = _moments(blocks, plain_family, shape, plain.beta)
    # V refers to columns of unit size, so that its trace is about the average row's variance.
    total = float(np.trace(V))
    if plain_family.link == "logit":
        beta = plain.beta * np.sqrt(1 + _ATTENUATION * total)
        V = V * (1 + _ATTENUATION * total)
    else:
        V = V * (np.log1p(total) / total)
        beta = fit_plain(blocks, plain_family, plain.beta, V).beta
    factor = np.linalg.cholesky(V)
    parameters = np.zeros(shape.n_parameters)
    parameters[: shape.p] = beta
    for k, place in enumerate(shape.places):
        parameters[shape.p + k] = factor[place]
    if shape.has_size:
        parameters[-1] = -np.log(inverse_size)
    return parameters


def _moments(
    blocks: tuple[Block, ...], family: Family, shape: Shape, beta: Floats
) -> tuple[Floats, float]:
    """Covariance of the effects and inverse size, from products of two rows' residuals.

    With score residuals r and weights w, two rows j, k of a group have E[r_j r_k] of about
    w_j w_k z_j' V z_k: no distribution is needed for that. Least squares over all pairs.
    """
    q = shape.q
    left, right = np.zeros((q, q, q, q)), np.zeros((q, q))
    excess, squares = 0.0, 0.0
    for block in blocks:
        at = family.derive(predictor(block, beta), block.rows, 1.0)
        r, w = at.score, at.weight
        if block.rows.mask is not None:
            r, w = r * block.rows.mask, w * block.rows.mask
        s, S = sums_of(block.Z, r), crossed(block.products, w)
        own = np.einsum("atg,btg->ab", block.Z * r, block.Z * r, optimize=True)
        right += s @ s.T - own
        left += np.einsum("acg,bdg->abcd", S, S)
        ZZ = np.einsum("atg,btg,tg->abtg", block.Z, block.Z, w).reshape(q * q, -1)
        left -= (ZZ @ ZZ.T).reshape(q, q, q, q)
        excess += float((r**2 - w).sum())
        squares += float((w**2).sum())
    # A trace of ridge: with one row per group there is no pair.
    system = left.reshape(q * q, q * q)
    system = system + (1e-8 * np.trace(system) + 1e-8) * np.eye(q * q)
    V = np.linalg.solve(system, right.ravel()).reshape(q, q)
    if not shape.is_correlated:
        V = np.diag(np.diag(V))
    values, vectors = np.linalg.eigh(0.5 * (V + V.T))
    V = (vectors * np.clip(values, _SMALLEST_VARIANCE, _LARGEST_VARIANCE)) @ vectors.T
    return V, max(excess / squares - float(np.trace(V)), 1 / _LARGEST_SIZE)


def starting_intercept(y: Floats, trials: Floats | None, offset: Floats | None, link: str) -> float:
    """Link of the overall mean.

    Raises
    ------
    NotEstimableError
        If all outcomes are at one end.
    """
    base = np.ones_like(y) if trials is None else trials
    if link == "log" and offset is not None:
        base = np.exp(offset)
    share = float(y.sum() / base.sum())
    is_at_end = share <= 0 or (link == "logit" and share >= 1)
    if is_at_end:
        raise NotEstimableError(
            "Every row has the same outcome, so nothing can be related to it.",
            reason="constant_outcome",
        )
    return float(np.log(share / (1 - share)) if link == "logit" else np.log(share))
