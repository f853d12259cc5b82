"""Finding the maximum twice, by two programmes from two starts, and saying whether they agree."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from models.errors import NotConvergedError
from models.panel import Floats

Objective = Callable[[Floats], tuple[float, Floats]]

_MOST_STEPS = 200
_MOST_CHORDS = 20
_SUFFICIENT = 1e-4
_SMALLEST_SHARE = 1e-8
_LONGEST = 2.0
"""Largest change of any one parameter in a step; all are on scales where 2 is much."""


@dataclass(frozen=True, eq=False)
class Optimum:
    """Where a search ended; `decrement` is g'H^-1 g, in units of squared standard errors."""

    parameters: Floats
    value: float
    gradient: Floats
    inverse: Floats
    decrement: float
    method: str = "BFGS"


def begin(objective: Objective, start: Floats, inverse: Floats) -> Optimum:
    """A search's first point, with an approximation of the inverse Hessian."""
    value, gradient = objective(start)
    return Optimum(start, value, gradient, inverse, float(gradient @ inverse @ gradient))


def quasi_newton(objective: Objective, begun: Optimum, *, tolerance: float) -> Optimum:
    """BFGS with backtracking, from a given point and its approximate inverse Hessian.

    Ends when the squared decrement is below `tolerance`, or when no step lowers the value more than
    rounding does.

    References
    ----------
    Nocedal & Wright (2006), Numerical Optimization, chapter 6.
    """
    x, B, value, gradient = begun.parameters, begun.inverse, begun.value, begun.gradient
    for _ in range(_MOST_STEPS):
        direction = -B @ gradient
        slope = float(gradient @ direction)
        if slope >= 0:
            B = np.diag(np.maximum(np.diag(begun.inverse), 1e-12))
            direction = -B @ gradient
            slope = float(gradient @ direction)
        if -slope < tolerance:
            break
        found = _step(objective, x, value, direction, slope)
        if found is None:
            break
        x_next, value, gradient_next = found
        B = _updated(B, x_next - x, gradient_next - gradient)
        x, gradient = x_next, gradient_next
    return Optimum(x, value, gradient, B, float(gradient @ B @ gradient))


def _step(
    objective: Objective, x: Floats, value: float, direction: Floats, slope: float
) -> tuple[Floats, float, Floats] | None:
    share = min(1.0, _LONGEST / max(float(np.abs(direction).max()), 1e-300))
    rounding = 1e-13 * abs(value)
    while share > _SMALLEST_SHARE:
        trial = x + share * direction
        try:
            value_there, gradient = objective(trial)
        except NotConvergedError:
            # So far off that the modes do not settle: as good as no value there.
            share *= 0.25
            continue
        if value_there <= value + _SUFFICIENT * share * slope + rounding:
            return trial, value_there, gradient
        # The minimum of the parabola through both values and the slope.
        curve = 2 * (value_there - value - share * slope)
        share *= float(np.clip(-slope * share / curve, 0.1, 0.5))
    return None


def _updated(B: Floats, s: Floats, y: Floats) -> Floats:
    along = float(s @ y)
    if along <= 1e-10 * float(np.sqrt((s @ s) * (y @ y))):
        return B
    By = B @ y
    return np.asarray(
        B
        + (1 + float(y @ By) / along) * np.outer(s, s) / along
        - (np.outer(By, s) + np.outer(s, By)) / along
    )


def hessian(objective: Objective, at: Optimum, steps: Floats, *, is_central: bool) -> Floats:
    """Second derivative (k, k) by differences of the exact gradient."""
    rows = []
    for k, step in enumerate(steps):
        move = np.zeros_like(at.parameters)
        move[k] = step
        _, up = objective(at.parameters + move)
        if is_central:
            _, down = objective(at.parameters - move)
            rows.append((up - down) / (2 * step))
        else:
            rows.append((up - at.gradient) / step)
    H: Floats = np.array(rows)
    return np.asarray(0.5 * (H + H.T))


def newton(objective: Objective, start: Floats, inverse: Floats, *, tolerance: float) -> Optimum:
    """The second opinion: Newton's method with one inverse Hessian, from elsewhere.

    Each step multiplies the distance by the share by which the curvature differs. Where that is not
    quick, so that the Hessian or the place may be wrong, BFGS goes on from there.
    """
    here = begin(objective, start, inverse)
    for _ in range(_MOST_CHORDS):
        if here.decrement < tolerance:
            return replace(here, method="Newton")
        step = inverse @ here.gradient
        step *= min(1.0, _LONGEST / max(float(np.abs(step).max()), 1e-300))
        try:
            there = begin(objective, here.parameters - step, inverse)
        except NotConvergedError:
            # Too long a step, into parameters that make no sense: BFGS halves it.
            break
        if there.decrement > 0.5 * here.decrement:
            break
        here = there
    # By its own, worse Hessian it is only near where that Hessian's decrement is very small.
    return quasi_newton(objective, here, tolerance=1e-5 * tolerance)


def positive_inverse(H: Floats, floor: float) -> Floats:
    """Inverse of a symmetric H; scaled eigenvalues below `floor` are raised to it."""
    scale = np.sqrt(np.maximum(np.abs(np.diag(H)), 1e-300))
    values, vectors = np.linalg.eigh(H / np.outer(scale, scale))
    half = vectors / np.sqrt(np.maximum(values, floor))
    half = half / scale[:, None]
    return np.asarray(half @ half.T)
