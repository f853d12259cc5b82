"""Columns that others give exactly: found in the formula's order, so that the later one goes."""

from dataclasses import dataclass

import numpy as np

from models.panel import Floats

EXACT = 1e-5
"""A column of which less than this share is its own is a combination of those before it."""
_LOST = 1e-10


@dataclass(frozen=True, eq=False)
class Rank:
    """Places of the columns to keep, and for each other one its weights on those kept."""

    kept: tuple[int, ...]
    combinations: tuple[tuple[int, Floats], ...]


_ROUNDING = 1e-13
_MANY_ROWS = 20_000


def triangle(X: Floats, intercept: int | None) -> Floats:
    """A small matrix (p, p) with the inner products of the columns of X (n, p).

    With an `intercept` the others are centred first: what they share with it says nothing of
    whether they can be told apart (a year, 2025, is nearly constant otherwise).
    """
    if intercept is not None:
        means = X.mean(axis=0)
        means[intercept] = 0.0
        X = X - means
        spread = np.maximum(X.max(axis=0), -X.min(axis=0))
        X[:, spread <= _ROUNDING * np.abs(means)] = 0.0
    if len(X) <= X.shape[1]:
        return X
    if len(X) > _MANY_ROWS:
        # Many times quicker, and centred products keep digits enough for `EXACT`.
        return root_of(X.T @ X)
    return np.asarray(np.linalg.qr(X, mode="r"))


def root_of(gram: Floats) -> Floats:
    """A triangle (p, p) with given inner products, where only these are known.

    They have lost half of the digits: a column of which less than 1e-5 is its own becomes an exact
    combination of those before it.
    """
    rest, root = gram.copy(), np.zeros_like(gram)
    for place, length in enumerate(np.diag(gram)):
        if length > 0 and rest[place, place] > _LOST * length:
            root[place, place:] = rest[place, place:] / np.sqrt(rest[place, place])
            rest -= np.outer(root[place], root[place])
    return root


def rank(root: Floats) -> Rank:
    """Which columns are independent.

    Parameters
    ----------
    root
        Any matrix (m, p) with the inner products of the design's columns.
    """
    lengths = np.sqrt((root**2).sum(axis=0))
    unit = root / np.where(lengths > 0, lengths, 1)
    basis = np.zeros((len(root), 0))
    kept: list[int] = []
    combinations: list[tuple[int, Floats]] = []
    for place in range(root.shape[1]):
        own = unit[:, place]
        for _ in range(2):  # once more, for the digits that the first pass lost
            own = own - basis @ (basis.T @ own)
        length = float(np.sqrt(own @ own))
        if length > EXACT:
            basis = np.column_stack([basis, own / length])
            kept.append(place)
        else:
            weights = np.linalg.lstsq(root[:, kept], root[:, place], rcond=None)[0]
            combinations.append((place, np.asarray(weights, dtype=np.float64)))
    return Rank(tuple(kept), tuple(combinations))


def condition(root: Floats) -> tuple[float, tuple[int, int]]:
    """Condition number of centred columns of unit length, and the two that overlap most.

    Parameters
    ----------
    root
        Independent columns; see `rank`.
    """
    lengths = np.sqrt((root**2).sum(axis=0))
    _, values, vectors = np.linalg.svd(root / lengths, full_matrices=False)
    weakest = np.argsort(-np.abs(vectors[-1]))
    return float(values[0] / values[-1]), (int(weakest[0]), int(weakest[1]))


def centred(root: Floats) -> Floats:
    """The columns behind the first, without what the first, a constant, gives of them."""
    first = root[:, 0] / np.sqrt(root[:, 0] @ root[:, 0])
    return np.asarray(root[:, 1:] - np.outer(first, first @ root[:, 1:]))
