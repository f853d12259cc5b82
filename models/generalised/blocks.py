"""Rows sorted by group and cut into blocks that fit a processor's cache.

A block holds groups of about equal size as (t, g) arrays: row t of group g. A sum over a group's
rows is a sum over the first axis, a group's value reaches its rows by broadcasting: no indexing.
Shorter groups are filled up with rows whose X and Z are 0, which add nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import isqrt

import numpy as np

from models.generalised.families import Rows
from models.panel import Codes, Floats

_ROWS_PER_BLOCK = 16_000
_MOST_PADDING = 0.25
"""Share of padding at which a new block begins."""


@dataclass(frozen=True, eq=False)
class Block:
    """Groups `groups` (g,) with their rows; X (t * g, p), Z (q, t, g), offset (t, g) or None.

    `products` (q (q + 1) / 2, t, g) are Z[a] * Z[b] of all `pairs`, `row_numbers` (t, g) the rows'
    places in the data (padding: 0, and `rows.mask` 0).
    """

    groups: Codes
    rows: Rows
    X: Floats
    Z: Floats
    products: Floats
    offset: Floats | None
    row_numbers: Codes

    @property
    def n_padding(self) -> int:
        """Rows that were added."""
        return 0 if self.rows.mask is None else int((self.rows.mask == 0).sum())


@dataclass(frozen=True, eq=False)
class Data:
    """What is to be cut: all rows in any order, Z on comparable scales.

    X is brought there block by block, as (X - means) / spreads: no second copy of it is ever held.
    """

    y: Floats
    X: Floats
    Z: Floats
    codes: Codes
    trials: Floats | None = None
    offset: Floats | None = None
    needs_levels: bool = False
    means: Floats | float = 0.0
    spreads: Floats | float = 1.0


@cache
def pairs(q: int) -> tuple[tuple[int, int], ...]:
    """The elements (a, b), b <= a, of a symmetric matrix, row by row."""
    return tuple((a, b) for a in range(q) for b in range(a + 1))


def n_effects(n_pairs: int) -> int:
    """The q of `n_pairs` pairs."""
    return (isqrt(8 * n_pairs + 1) - 1) // 2


def cut(data: Data) -> tuple[Block, ...]:
    """All groups in blocks; within a block sizes differ little."""
    sizes = np.bincount(data.codes)
    by_group = np.argsort(data.codes, kind="stable")
    firsts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    levels, index = np.empty(0), np.zeros(len(data.y), dtype=np.int64)
    if data.needs_levels:
        levels, index = np.unique(data.y, return_inverse=True)
    return tuple(
        _block(data, groups, sizes[groups], firsts[groups], by_group, levels, index)
        for groups in _portions(sizes)
    )


def _portions(sizes: Codes) -> Iterator[Codes]:
    """Groups by size, in portions of about `_ROWS_PER_BLOCK` rows and little padding."""
    order = np.argsort(-sizes, kind="stable")
    ordered = sizes[order]
    filled = np.concatenate(([0], np.cumsum(ordered)))
    start = 0
    while start < len(order):
        tallest = int(ordered[start])
        stop = min(len(order), start + max(1, _ROWS_PER_BLOCK // tallest))
        room = tallest * np.arange(1, stop - start + 1)
        used = filled[start + 1 : stop + 1] - filled[start]
        wasteful = (room - used > _MOST_PADDING * room) & (room > _ROWS_PER_BLOCK // 8)
        if wasteful.any():
            stop = start + max(1, int(wasteful.argmax()))
        yield np.sort(order[start:stop])
        start = stop


def _block(
    data: Data,
    groups: Codes,
    sizes: Codes,
    firsts: Codes,
    by_group: Codes,
    levels: Floats,
    index: Codes,
) -> Block:
    tallest = int(sizes.max())
    place = np.arange(tallest)[:, None]
    is_row = place < sizes
    is_padded = not is_row.all()
    numbers = by_group[np.where(is_row, firsts + place, 0)]
    mask = is_row.astype(np.float64) if is_padded else None

    def taken(values: Floats) -> Floats:
        return values[numbers] if mask is None else values[numbers] * mask

    X, Z = data.X[numbers.ravel()], data.Z.T[:, numbers]
    X -= data.means
    X /= data.spreads
    if mask is not None:
        X *= mask.reshape(-1, 1)
        Z = Z * mask
    return Block(
        groups=groups,
        rows=Rows(
            y=taken(data.y),
            trials=None if data.trials is None else taken(data.trials),
            mask=mask,
            levels=levels,
            index=index[numbers],
        ),
        X=X,
        Z=np.ascontiguousarray(Z),
        products=np.array([Z[a] * Z[b] for a, b in pairs(len(Z))]),
        offset=None if data.offset is None else taken(data.offset),
        row_numbers=numbers,
    )
