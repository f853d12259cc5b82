"""Separation in rows of trials or counts: which terms have no finite estimate."""

import numpy as np

from models.errors import NotEstimableError
from models.panel import Floats
from models.separation import separating_columns, separating_direction

_FIRST_ROWS = 4_000
_MOST_ROUNDS = 30
_CONTRADICTS = 1e-7


def require_overlap(
    y: Floats, X: Floats, names: tuple[str, ...], trials: Floats | None, *, is_count: bool
) -> None:
    """Raise NotEstimableError if a combination of terms predicts outcomes without exception.

    Parameters
    ----------
    y, X, trials
        Outcome (n,), design (n, p) on comparable scales, and the trials of each row (None: 1).
    is_count
        Counts have no upper end: only their zeros can be predicted without exception.

    Notes
    -----
    Exact, and quick on many rows: the linear programme is solved on some rows; whatever row
    contradicts its answer is added, until none does or nothing separates.
    """
    signed_X, signs = _one_sided(y, X, trials, is_count=is_count)
    taken = np.arange(len(signs)) < 0
    draw = np.random.default_rng(0).permutation(len(signs))[:_FIRST_ROWS]
    taken[draw] = True
    for _ in range(_MOST_ROUNDS):
        weights = separating_direction(signed_X[taken], signs[taken])
        if weights is None:
            return
        against = ((2 * signs - 1) * (signed_X @ weights) < -_CONTRADICTS) & ~taken
        if not against.any():
            break
        worst = np.flatnonzero(against)
        taken[worst[: _FIRST_ROWS // 2]] = True
    raise NotEstimableError(_sentence(signed_X[taken], signs[taken], names), reason="separation")


def _one_sided(
    y: Floats, X: Floats, trials: Floats | None, *, is_count: bool
) -> tuple[Floats, Floats]:
    """Rows that a separating direction must put on one side; two rows hold it at 0."""
    some = y > 0
    # A positive count is matched by no end of the scale: it must stay where it is.
    not_all = np.ones_like(some) if is_count else y < (1 if trials is None else trials)
    stacked = np.concatenate((X[some], X[not_all]))
    return stacked, np.concatenate((np.ones(int(some.sum())), np.zeros(int(not_all.sum()))))


def _sentence(X: Floats, signs: Floats, names: tuple[str, ...]) -> str:
    varying = [j for j in range(X.shape[1]) if np.ptp(X[:, j]) > 0]
    guilty = separating_columns(X, signs, varying) or ()
    terms = ", ".join(names[j] for j in guilty) or "The terms together"
    return (
        f"{terms} predicts the outcome without exception (separation), so its estimate has no "
        "finite value. Leave it out, join its rare category with another, or collect more data."
    )
