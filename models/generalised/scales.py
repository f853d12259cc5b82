"""Columns on comparable scales, and estimates back in the variables' own units."""

from dataclasses import dataclass

import numpy as np

from models.errors import NotEstimableError
from models.panel import Floats

_COLLINEAR = 1e-10


@dataclass(frozen=True, eq=False)
class Scales:
    """X_own @ beta = X_scaled @ beta_scaled with beta = `back` @ beta_scaled; Z[:, a] / `z`[a]."""

    means: Floats
    spreads: Floats
    z: Floats
    intercept: int | None

    def scaled(self, X: Floats) -> Floats:
        """Columns centred (where there is an intercept) and of unit size."""
        return (X - self.means) / self.spreads

    @property
    def back(self) -> Floats:
        """Coefficients of scaled columns to coefficients of own columns."""
        back = np.diag(1 / self.spreads)
        if self.intercept is not None:
            back[self.intercept] -= self.means / self.spreads / self.spreads[self.intercept]
        return back


def scales_of(X: Floats, names: tuple[str, ...], Z: Floats) -> Scales:
    """Means and spreads; a constant column is left alone.

    Raises
    ------
    NotEstimableError
        If columns are linear combinations of others, or random terms are all 0.
    """
    lowest, highest = X.min(axis=0), X.max(axis=0)
    constant = np.flatnonzero((lowest == highest) & (lowest != 0))
    intercept = int(constant[0]) if len(constant) else None
    means = np.zeros(X.shape[1]) if intercept is None else X.mean(axis=0)
    if intercept is not None:
        means[intercept] = 0
    squares = np.einsum("ij,ij->j", X, X) / len(X) - means**2
    spreads = np.sqrt(np.maximum(squares, 0))
    if intercept is not None:
        spreads[intercept] = X[0, intercept]
    roots = np.sqrt((Z**2).mean(axis=0))
    flat = [names[j] for j in np.flatnonzero(np.abs(spreads) < 1e-12 * (1 + np.abs(means)))]
    if flat:
        raise NotEstimableError(
            f"{', '.join(flat)} does not vary; leave it out.", reason="no_variation"
        )
    if not (roots > 0).all():
        raise NotEstimableError(
            "A random term is 0 in every row; leave it out.", reason="no_variation"
        )
    return Scales(means, spreads, roots, intercept)


def require_full_rank(gram: Floats, names: tuple[str, ...]) -> None:
    """Raise NotEstimableError that names the terms in an exact linear relation, if there is one."""
    values, vectors = np.linalg.eigh(gram / np.diag(gram).max())
    if values[0] > _COLLINEAR:
        return
    weights = np.abs(vectors[:, 0])
    guilty = [name for name, weight in zip(names, weights, strict=True) if weight > 1e-3]
    raise NotEstimableError(
        f"{', '.join(guilty)} determine one another exactly; leave one of them out.",
        reason="collinear",
    )
