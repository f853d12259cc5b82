"""The search for the maximum: approach, Hessian, polish, and a second search from elsewhere."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import eigvalsh

from models.errors import NotConvergedError, NotEstimableError
from models.generalised import optimise
from models.generalised.objective import Objective, Shape
from models.generalised.penalised import improve_fixed
from models.generalised.problem import Problem
from models.generalised.start import starting_parameters
from models.panel import Floats

_DIVERGED, _LARGEST_FACTOR = 15.0, 25.0
"""A random effect's standard deviation on the linear predictor beyond the first is no finding;
no search goes beyond the second."""
_LEAST_EXCESS, _LARGEST_SIZE = 1e-3, 1e6
"""Share of a typical mean over the negative binomial's size below which there is no excess
variance; and how many typical means the size may reach in a search."""
_FEW_ROWS = 2_000
"""Up to here second derivatives are taken by central differences, which cost twice as much."""
_WIDE, _NARROW = 1e-3, 1e-4
"""Step of central and of forward differences, in approximate standard errors."""
_NEAR, _AT = 1e-7, 1e-13
"""Squared decrements that end the approach and the search."""
_MOVED = 1e-3
"""Farther than this (in standard errors) from where the Hessian was taken, it is taken anew."""
_MOST_HESSIANS = 5
_MOST_MAXIMA = 3
_SINGULAR = 1e-3
"""Ratio of the effects' smallest standard deviation to the largest that counts as 0."""
_NOT_CURVED = 1e-7
_APPROACHED = 2.0
"""Squared decrement at which the first approximation of the Hessian is taken anew."""
_SIMILAR = 4.0
"""Squared scores and information agree if their ratio is within this factor in all directions."""
_SECOND_START = (2.0, 5.0)
"""Distance of the second search's start from the maximum, in standard errors."""
_SAME_PLACE = 0.1
_SAME_HEIGHT = 1e-5
"""Two searches agree at log-likelihoods as near as this, or at places as near as `_AGREE` says."""
_AGREE = 1e-4
"""Distance, in standard errors, at which the second search ends; ten times that is agreement."""


@dataclass(frozen=True, eq=False)
class Maximum:
    """Where the searches met, the Hessian (k, k) of minus the log-likelihood there, and who met."""

    optimum: optimise.Optimum
    hessian: Floats
    optimisers: tuple[str, str]


def maximise(problem: Problem, *, refuse_singular: bool = False) -> Maximum:
    """The maximum that two searches agree on.

    Raises
    ------
    NotEstimableError
        If a variance or the size goes off to infinity; with `refuse_singular`, also if effects are
        singular where the first search comes near the maximum (reason "singular").
    NotConvergedError
        If the searches do not agree, or the place found is no maximum.
    """
    objective, shape = problem.objective, problem.objective.shape
    guarded = _guarded(objective, problem.typical)
    start = starting_parameters(objective.blocks, problem.plain_family, shape, problem.plain)
    closer, information = improve_fixed(objective, start)
    value, scores = objective.by_group(closer)
    inverse, gradient = _starting_inverse(scores, information), scores.sum(axis=0)
    far = optimise.Optimum(closer, value, gradient, inverse, gradient @ inverse @ gradient)
    nearer = optimise.quasi_newton(guarded, far, tolerance=_APPROACHED)
    inverse = _starting_inverse(objective.by_group(nearer.parameters)[1], information)
    nearer = replace(nearer, inverse=inverse)
    near = optimise.quasi_newton(guarded, nearer, tolerance=_NEAR)
    _require_finite_variances(near.parameters, problem)
    if refuse_singular and is_singular(near.parameters, shape):
        raise NotEstimableError(
            f"A variance of {problem.group} is estimated as 0, or effects as perfectly related. "
            "Leave out the random effect that the data do not bear.",
            reason="singular",
        )
    origin = canonical(start, shape)
    for _ in range(_MOST_MAXIMA):
        found, H = _polish(guarded, near, objective)
        _require_maximum(H, is_singular=is_singular(found.parameters, shape))
        other = _other_side(found.parameters, origin, H, problem)
        second = optimise.newton(guarded, other, found.inverse, tolerance=_AGREE**2)
        if _agree(found, second, H, shape):
            return Maximum(found, H, (found.method, f"{second.method} from another start"))
        if second.value > found.value:
            break
        # The second search found a higher maximum: that one is put to the same test.
        origin, near = canonical(found.parameters, shape), replace(second, inverse=found.inverse)
    raise NotConvergedError(
        "Two optimisers ended at different places, so there is no estimate to trust. "
        "Simplify the random effects or the fixed terms.",
        reason="optimisers_disagree",
    )


def _starting_inverse(scores: Floats, information: Floats) -> Floats:
    """An approximation of the inverse Hessian.

    The groups' summed squared scores, where they agree with the fixed effects' `information` about
    these: they also tell how fixed effects and variances go together. Far off the maximum, or with
    one extreme group, they do not; then the information, and the scores for the variances only.

    References
    ----------
    Berndt, Hall, Hall & Hausman (1974), Annals of Economic and Social Measurement 3:653-665.
    """
    p = len(information)
    squares = scores.T @ scores
    shares = eigvalsh(squares[:p, :p], information)
    if shares[0] < 1 / _SIMILAR or shares[-1] > _SIMILAR:
        squares[:p, :p] = information
        squares[:p, p:] = 0
        squares[p:, :p] = 0
    return optimise.positive_inverse(squares, 1e-3)


def _other_side(found: Floats, start: Floats, H: Floats, problem: Problem) -> Floats:
    """A second start: from the first one across the maximum, 2 to 5 standard errors off."""
    direction = canonical(found, problem.objective.shape) - start
    if direction @ H @ direction < _SAME_PLACE**2:
        direction = 1 / np.sqrt(np.diag(H))
    distance = float(np.sqrt(direction @ H @ direction))
    step = direction * (np.clip(distance, *_SECOND_START) / distance)
    return np.asarray(found + step if _is_finding(found + step, problem) else found - step)


def _is_finding(parameters: Floats, problem: Problem) -> bool:
    """Whether variances and size are such as data can show."""
    _, factor, size = problem.objective.shape.split(parameters)
    has_excess = problem.typical >= _LEAST_EXCESS * size
    is_finite = bool(np.abs(factor).max() <= _DIVERGED)
    return is_finite and (has_excess or not problem.objective.shape.has_size)


def _agree(first: optimise.Optimum, second: optimise.Optimum, H: Floats, shape: Shape) -> bool:
    gap = canonical(second.parameters, shape) - canonical(first.parameters, shape)
    is_near = bool(gap @ H @ gap < (10 * _AGREE) ** 2)
    return is_near or abs(second.value - first.value) < _SAME_HEIGHT + 1e-9 * abs(first.value)


def _polish(
    guarded: optimise.Objective, near: optimise.Optimum, objective: Objective
) -> tuple[optimise.Optimum, Floats]:
    """Search on with a Hessian taken near the maximum, and anew if that was not near enough."""
    n_rows = sum(block.rows.y.size for block in objective.blocks)
    is_central = n_rows < _FEW_ROWS
    share = _WIDE if is_central else _NARROW
    for _ in range(_MOST_HESSIANS):
        steps = share * np.sqrt(np.maximum(np.diag(near.inverse), 1e-12))
        H = optimise.hessian(guarded, near, np.minimum(steps, 1e-2), is_central=is_central)
        inverse = optimise.positive_inverse(H, 1e-6)
        found = optimise.quasi_newton(guarded, replace(near, inverse=inverse), tolerance=_AT)
        moved = found.parameters - near.parameters
        found = replace(found, inverse=inverse)
        if float(moved @ H @ moved) < _MOVED**2:
            return found, H
        near = found
    raise NotConvergedError(
        "The search kept moving, so there is no estimate to trust. Simplify the random effects or "
        "the fixed terms.",
        reason="not_settled",
    )


def _guarded(objective: Objective, typical: float) -> optimise.Objective:
    """The objective, which refuses parameters that are no finding; a search then steps back."""
    shape = objective.shape
    largest = _LARGEST_SIZE * max(1.0, typical)

    def call(parameters: Floats) -> tuple[float, Floats]:
        _, factor, size = shape.split(parameters)
        if np.abs(factor).max() > _LARGEST_FACTOR or size > largest:
            raise NotConvergedError(
                "The search left the range of parameters that make sense. Simplify the random "
                "effects, or look for terms that predict the outcome without exception.",
                reason="diverging",
            )
        return objective(parameters)

    return call


def _require_finite_variances(parameters: Floats, problem: Problem) -> None:
    shape, group = problem.objective.shape, problem.group
    _, factor, size = shape.split(parameters)
    if np.abs(factor).max() > _DIVERGED:
        raise NotEstimableError(
            f"The variance of {group} has no finite estimate (separation): hardly any "
            f"{group} has differing outcomes. Use more rows of each, or leave the "
            "random effect out.",
            reason="separation",
        )
    if shape.has_size and problem.typical < _LEAST_EXCESS * size:
        raise NotEstimableError(
            "The counts vary no more than a Poisson model allows, so the negative binomial's "
            "size has no finite estimate. Use the Poisson family.",
            reason="no_overdispersion",
        )


def canonical(parameters: Floats, shape: Shape) -> Floats:
    """The same covariance with every diagonal element of the factor at least 0."""
    _, factor, _ = shape.split(parameters)
    factor = factor * np.where(np.diag(factor) < 0, -1.0, 1.0)
    out = parameters.copy()
    for k, place in enumerate(shape.places):
        out[shape.p + k] = factor[place]
    return out


def is_singular(parameters: Floats, shape: Shape) -> bool:
    """Whether some combination of the random effects has next to no variance."""
    _, factor, _ = shape.split(parameters)
    values = np.linalg.svd(factor, compute_uv=False)
    return bool(values[-1] < _SINGULAR * max(1.0, float(values[0])))


def _require_maximum(hessian: Floats, *, is_singular: bool) -> None:
    """Raise NotConvergedError where the curvature says that this is no maximum."""
    scale = np.sqrt(np.maximum(np.abs(np.diag(hessian)), 1e-300))
    smallest = np.linalg.eigvalsh(hessian / np.outer(scale, scale))[0]
    if smallest < (-1e-3 if is_singular else _NOT_CURVED):
        raise NotConvergedError(
            "The likelihood is flat or still rising where the search ended, so there is no "
            "estimate to trust. Simplify the random effects or the fixed terms.",
            reason="no_maximum",
        )
