"""EMEE: the causal excursion effect of a micro-randomised treatment on a yes/no outcome."""

import numpy as np

from models.errors import NotConvergedError, NotEstimableError
from models.panel import Floats
from models.randomised.excursion import CausalExcursion, excursion
from models.randomised.points import DecisionPoints
from models.randomised.sample_ratio import randomisation_check
from models.randomised.sandwich import sandwich, sums_by_participant

_MAX_STEPS = 100
_MAX_HALVINGS = 30
_TOLERANCE = 1e-11
_DIVERGED = 20.0
"""Beyond this on the log scale (a factor of 5e8) a prediction is running away, not settling."""


def emee(points: DecisionPoints, *, corrected: bool = True, level: float = 0.95) -> CausalExcursion:
    """Estimator of the marginal excursion effect, as the log of a relative risk.

    Parameters
    ----------
    points
        Available decision points with an outcome of 0 or 1, from `decision_points`. Controls need
        a column of 1.
    corrected
        Mancl-DeRouen correction of the covariance.
    level
        Coverage of the intervals.

    Returns
    -------
    CausalExcursion
        Logs of relative risks: exp(estimate) is how many times as likely the outcome becomes.

    Raises
    ------
    NotEstimableError
        If the outcome is not 0 or 1, or never happens with, or without, treatment.
    NotConvergedError
        If the estimating equations have no root that Newton's method reaches.

    References
    ----------
    Qian, Yoo, Klasnja, Almirall & Murphy (2021), Biometrika 108:507-527.
    doi:10.1093/biomet/asaa070
    """
    _check_outcome(points)
    beta = _solve(points)
    function, derivative = _equations(points, beta)
    n = points.n_participants
    scores = sums_by_participant(function, points.codes, n)
    slopes = -sums_by_participant(derivative, points.codes, n)
    return excursion(
        points,
        estimator="EMEE",
        beta=beta,
        covariance=sandwich(scores, slopes, corrected=corrected),
        randomisation=randomisation_check(points.treatment, points.probability),
        is_corrected=corrected,
        level=level,
    )


def _check_outcome(points: DecisionPoints) -> None:
    if not np.isin(points.outcome, (0.0, 1.0)).all():
        raise NotEstimableError(
            "The outcome must be 0 or 1 for a relative risk. Use the difference for numbers.",
            reason="outcome_not_binary",
        )
    for arm, words in ((1.0, "with"), (0.0, "without")):
        seen = points.outcome[points.treatment == arm]
        if seen.max() == 0:
            raise NotEstimableError(
                f"The outcome never happened {words} treatment, so no ratio exists.",
                reason="no_events",
            )


def _equations(points: DecisionPoints, beta: Floats) -> tuple[Floats, Floats]:
    """Each row's estimating function (n, k) and its derivative (n, k, k)."""
    q = len(points.control_names)
    lift = points.treatment * (points.moderators @ beta[q:])
    shrink = np.exp(-lift)
    base = np.exp(points.controls @ beta[:q])
    weighted = points.design * points.weights[:, None]
    function = weighted * (shrink * points.outcome - base)[:, None]
    inner = np.column_stack(
        (
            -base[:, None] * points.controls,
            -(shrink * points.outcome * points.treatment)[:, None] * points.moderators,
        )
    )
    return function, weighted[:, :, None] * inner[:, None, :]


def _solve(points: DecisionPoints) -> Floats:
    """Newton's method with halved steps, from a constant risk and no effect."""
    q = len(points.control_names)
    beta = np.zeros(q + len(points.moderator_names))
    goal = np.full(len(points.outcome), np.log(points.outcome.mean()))
    beta[:q] = np.linalg.lstsq(points.controls, goal, rcond=None)[0]
    scale = np.abs(points.design * points.weights[:, None]).sum(axis=0)
    function, derivative = _equations(points, beta)
    total = function.sum(axis=0)
    for _ in range(_MAX_STEPS):
        step = _newton_step(derivative.sum(axis=0), total)
        if (
            np.abs(points.controls @ step[:q]).max() + np.abs(points.moderators @ step[q:]).max()
            < _TOLERANCE
        ):
            return beta
        beta, function, derivative = _damped(points, beta, step, np.abs(total / scale).max(), scale)
        total = function.sum(axis=0)
    raise _no_root()


def _damped(
    points: DecisionPoints, beta: Floats, step: Floats, size: float, scale: Floats
) -> tuple[Floats, Floats, Floats]:
    """The longest of the halved steps that brings the equations nearer to 0."""
    q = len(points.control_names)
    length = 1.0
    for _ in range(_MAX_HALVINGS):
        new = beta + length * step
        reach = max(
            np.abs(points.controls @ new[:q]).max(), np.abs(points.moderators @ new[q:]).max()
        )
        if reach < _DIVERGED:
            function, derivative = _equations(points, new)
            if np.abs(function.sum(axis=0) / scale).max() <= max(size, 1e-14):
                return new, function, derivative
        length /= 2
    raise _no_root()


def _newton_step(slope: Floats, total: Floats) -> Floats:
    try:
        return np.asarray(-np.linalg.solve(slope, total), dtype=np.float64)
    except np.linalg.LinAlgError as error:
        raise _no_root() from error


def _no_root() -> NotConvergedError:
    return NotConvergedError(
        "The relative risk did not settle: the outcome is too rare, or nearly certain, for some "
        "values of the moderators or controls. Leave some of them out.",
        reason="no_root",
    )
