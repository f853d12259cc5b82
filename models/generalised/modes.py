"""The most probable random effects of every group, given the parameters."""

import numpy as np

from models.errors import NotConvergedError
from models.generalised import triangular
from models.generalised.blocks import Block, n_effects, pairs
from models.generalised.families import Family
from models.panel import Floats

_SETTLED = 1e-10
"""A squared Newton step below this; the error after it is of that order."""
_MOST_STEPS = 100


def rows_of(Z: Floats, b: Floats) -> Floats:
    """Sum over effects of Z[a] * b[a]: (q, t, g) and (q, g) to (t, g)."""
    return np.asarray(Z[0] * b[0] if len(b) == 1 else np.einsum("atg,ag->tg", Z, b))


def sums_of(Z: Floats, rows: Floats) -> Floats:
    """Each group's sum of Z[a] * rows; (q, g)."""
    return np.asarray(np.einsum("atg,tg->ag", Z, rows))


def crossed(products: Floats, rows: Floats) -> Floats:
    """Each group's Z' diag(rows) Z; (q, q, g), from products of pairs (q (q + 1) / 2, t, g)."""
    sums = np.einsum("ktg,tg->kg", products, rows)
    q = n_effects(len(products))
    S = np.empty((q, q, rows.shape[1]))
    for k, (a, b) in enumerate(pairs(q)):
        S[a, b] = S[b, a] = sums[k]
    return S


def spread(products: Floats, M: Floats) -> Floats:
    """z' M z of every row; M (q, q, g) or (q, q), symmetric."""
    weights = np.array([M[a, b] if a == b else 2 * M[a, b] for a, b in pairs(len(M))])
    if len(weights) == 1:
        return np.asarray(products[0] * weights[0])
    by_group = "kg" if weights.ndim > 1 else "k"
    return np.asarray(np.einsum(f"ktg,{by_group}->tg", products, weights))


def plus_identity(H: Floats) -> Floats:
    """H + I for every group, in place."""
    for a in range(len(H)):
        H[a, a] += 1
    return H


def find_modes(
    block: Block, eta: Floats, factor: Floats, family: Family, size: float, start: Floats
) -> Floats:
    """Spherical modes u (q, g) that minimise -log f(y | eta + Z factor u) + u'u / 2.

    Newton for all groups at once. A group whose Newton decrement grew goes back half of its step.

    Raises
    ------
    NotConvergedError
        If some group has not settled after 100 steps.
    """
    u = start.copy()
    step = np.zeros_like(u)
    before = np.full(u.shape[1], np.inf)
    for _ in range(_MOST_STEPS):
        predictor = rows_of(block.Z, factor @ u)
        predictor += eta
        score, weight = family.working(predictor, block.rows, size)
        gradient = u - factor.T @ sums_of(block.Z, score)
        S = crossed(block.products, weight)
        H = plus_identity(triangular.congruence(factor.T, S))
        newton = triangular.solve(triangular.cholesky(H), gradient)
        decrement = (gradient * newton).sum(axis=0)
        if decrement.max() < _SETTLED:
            return u - newton
        # A step that was already small is not judged: rounding makes its decrement waver.
        worse = (decrement > before) & (decrement > _SETTLED)
        if worse.any():
            step = np.where(worse, 0.5 * step, newton)
            u = np.where(worse, u + step, u - step)
            before = np.where(worse, before, decrement)
        else:
            step, before = newton, decrement
            u = u - step
    raise NotConvergedError(
        "The random effects of some groups did not settle; look for extreme values in the "
        "outcome and the predictors.",
        reason="modes",
    )
