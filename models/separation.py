"""Separation: terms that predict a yes/no outcome without exception have no finite estimate."""

from collections.abc import Sequence

import numpy as np

from models.panel import Floats

_TRACE = 1e-6


def separating_direction(X: Floats, y: Floats) -> Floats | None:
    """Weights of a combination of columns that never contradicts the outcome, or None.

    Parameters
    ----------
    X, y
        Design (n, p) on comparable scales, and outcome (n,) of 0 and 1.

    Notes
    -----
    Exact: a linear programme seeks b with x'b >= 0 where y is 1 and <= 0 where it is 0, not all 0.
    Covers complete and quasi-complete separation.

    References
    ----------
    Albert & Anderson (1984), Biometrika 71:1-10. Konis (2007), DPhil thesis, Oxford.
    """
    from scipy.optimize import linprog  # slow to import, and seldom needed

    signed = np.unique((2 * y - 1)[:, None] * X, axis=0)
    outcome = linprog(
        -signed.sum(axis=0),
        A_ub=-signed,
        b_ub=np.zeros(len(signed)),
        bounds=(-1, 1),
        method="highs",
    )
    if outcome.x is None or -outcome.fun < _TRACE:
        return None
    return np.asarray(outcome.x, dtype=np.float64)


def separating_columns(X: Floats, y: Floats, droppable: Sequence[int]) -> tuple[int, ...] | None:
    """Columns to leave out so that nothing separates; None where that cannot be reached.

    Each step leaves out the one column that ends the separation, or, where no single one does, the
    one that weighs most. Only columns in `droppable` are ever left out.
    """
    kept = list(range(X.shape[1]))
    dropped: list[int] = []
    while (weights := separating_direction(X[:, kept], y)) is not None:
        size = dict(zip(kept, np.abs(weights), strict=True))
        guilty = [j for j in kept if j in droppable and size[j] > _TRACE]
        if not guilty:
            return None
        guilty.sort(key=lambda j: -size[j])
        culprit = next((j for j in guilty if _ends_it(X, y, kept, j)), guilty[0])
        kept.remove(culprit)
        dropped.append(culprit)
    return tuple(sorted(dropped))


def _ends_it(X: Floats, y: Floats, kept: list[int], without: int) -> bool:
    return separating_direction(X[:, [j for j in kept if j != without]], y) is None
