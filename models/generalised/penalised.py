"""Fixed and random effects together, given the random effects' factor: a start, and information."""

import numpy as np

from models.errors import NotConvergedError
from models.generalised import triangular
from models.generalised.blocks import Block
from models.generalised.modes import rows_of
from models.generalised.objective import Objective, predictor
from models.panel import Floats

_MOST_STEPS = 30
_NEAR = 1.0
"""Squared Newton decrement: a standard error off is near enough for a start."""


def group_products(block: Block, weight: Floats, factor: Floats, C: Floats) -> Floats:
    """C^-1 L' Z'W X of every group, (g, q, p): what random effects take from the information."""
    t, g = weight.shape
    X = block.X.reshape(t, g, -1)
    ZWX = np.stack([np.einsum("tg,tgp->gp", weight * z, X) for z in block.Z], axis=1)
    half = triangular.multiply(triangular.inverse_factor(C), factor.T)
    return np.asarray(np.einsum("abg,gbp->gap", half, ZWX))


def fixed_information(block: Block, weight: Floats, factor: Floats, C: Floats) -> Floats:
    """X'WX - X'WZ L H^-1 L'Z'WX of a block's groups together, (p, p)."""
    taken = group_products(block, weight, factor, C).reshape(-1, block.X.shape[1])
    return np.asarray(block.X.T @ (block.X * weight.reshape(-1, 1)) - taken.T @ taken)


def improve_fixed(objective: Objective, parameters: Floats) -> tuple[Floats, Floats]:
    """Newton steps for the fixed effects in the penalised likelihood, and its information (p, p).

    What glmer calls nAGQ = 0, at a fixed factor; ends within a standard error of the maximum.
    """
    p = objective.shape.p
    value, step = np.inf, np.zeros(p)
    here = parameters.copy()
    for _ in range(_MOST_STEPS):
        height, gradient, information = _penalised(objective, here)
        if height > value + 1e-9 * abs(value):
            step = 0.5 * step
            here[:p] += step
            continue
        value = height
        step = np.linalg.solve(information + 1e-10 * np.trace(information) * np.eye(p), gradient)
        here[:p] -= step
        if gradient @ step < _NEAR:
            return here, information
    raise NotConvergedError(
        "No starting values were found; look for extreme values in the outcome and the predictors.",
        reason="start",
    )


def _penalised(objective: Objective, parameters: Floats) -> tuple[float, Floats, Floats]:
    p = objective.shape.p
    _, factor, size = objective.shape.split(parameters)
    value, gradient, information = 0.0, np.zeros(p), np.zeros((p, p))
    for block, part in zip(objective.blocks, objective.parts(parameters), strict=True):
        eta = predictor(block, parameters[:p]) + rows_of(block.Z, factor @ part.modes)
        at = objective.family.derive(eta, block.rows, size)
        value += 0.5 * float((part.modes**2).sum()) - float(at.log_density.sum())
        gradient -= at.score.ravel() @ block.X
        information += fixed_information(block, part.weight, factor, part.root)
    return value, gradient, information
