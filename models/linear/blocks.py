"""Which rows belong together: groups of one size, levels of grouping, independent blocks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.linalg import block_diag
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from models.errors import NotEstimableError
from models.linear.linear_fit import LinearFit
from models.linear.standardise import in_units
from models.panel import Codes, Floats
from models.random_terms import RandomTerm

LARGEST_BLOCK = 3_000
"""Rows of the largest block whose covariance is written out as a matrix (72 MB, seconds)."""
_BATCH_NUMBERS = 500_000


@dataclass(frozen=True, eq=False)
class Batch:
    """Groups of one size: `groups` (g,) are their codes, `rows` (g, m) where their rows stand."""

    groups: Codes
    rows: Codes


@dataclass(frozen=True, eq=False)
class Level:
    """All random effects of one grouping: `values` (n, q), their covariance (q, q)."""

    group: str
    codes: Codes
    values: Floats
    covariance: Floats

    @property
    def n_groups(self) -> int:
        """Groups with at least one row."""
        return int(self.codes.max()) + 1


def batches(codes: Codes, width: int = 1, *, is_square: bool = False) -> Iterator[Batch]:
    """Groups by size, so that arithmetic over many groups needs no padding.

    `width` is how many numbers per row (`is_square`: per row and row of the same group) the caller
    will hold at once; it bounds a batch's memory.
    """
    order = np.argsort(codes, kind="stable")
    counts = np.bincount(codes)
    starts = np.cumsum(counts) - counts
    for size in np.unique(counts[counts > 0]).tolist():
        groups = np.flatnonzero(counts == size)
        numbers = width * size * (size if is_square else 1)
        per_batch = max(1, _BATCH_NUMBERS // numbers)
        for first in range(0, len(groups), per_batch):
            chosen = groups[first : first + per_batch]
            yield Batch(chosen, order[starts[chosen][:, None] + np.arange(size)])


def levels(random: Sequence[RandomTerm], fit: LinearFit) -> tuple[Level, ...]:
    """The terms with the fitted covariances; terms of one grouping become one, smallest first.

    Columns are the standardised ones, with which sums stay exact wherever the origin is.

    Raises
    ------
    ValueError
        If the fit's random effects are not those of the terms.
    """
    found: list[Level] = []
    values = standardised_values(random, fit)
    for term, own_values, covariance in zip(random, values, fit.scaled_covariances(), strict=True):
        own = Level(term.group, term.codes, own_values, covariance)
        same = [i for i, level in enumerate(found) if np.array_equal(level.codes, term.codes)]
        if same:
            found[same[0]] = _joined(found[same[0]], own)
        else:
            found.append(own)
    return tuple(sorted(found, key=lambda level: -level.n_groups))


def standardised_values(random: Sequence[RandomTerm], fit: LinearFit) -> tuple[Floats, ...]:
    """Each term's columns (n, q) in the fit's standardised units.

    Raises
    ------
    ValueError
        If the fit's random effects are not those of the terms.
    """
    for term, estimate in zip(random, fit.random, strict=True):
        if (term.group, term.names) != (estimate.group, estimate.names):
            raise ValueError(f"the fit has no random effects {term.names} of {term.group}")
    if not fit.units:
        return tuple(term.values for term in random)
    return tuple(
        in_units(term.values, units) for term, units in zip(random, fit.units, strict=True)
    )


def _joined(one: Level, other: Level) -> Level:
    values = np.hstack([one.values, other.values])
    covariance = np.asarray(block_diag(one.covariance, other.covariance), dtype=np.float64)
    return Level(one.group, one.codes, values, covariance)


def is_nested(lower: Codes, upper: Codes) -> bool:
    """Whether every group of `lower` lies in a single group of `upper`."""
    return bool(np.array_equal(of_groups(lower, upper)[lower], upper))


def of_groups(lower: Codes, upper: Codes) -> Codes:
    """The upper group (G,) of each lower group; `lower` must be nested in `upper`."""
    found = np.zeros(int(lower.max()) + 1, dtype=np.int64)
    found[lower] = upper
    return found


def independent_blocks(codes: Sequence[Codes]) -> Codes:
    """Blocks (n,) of rows that share no group with others: sites, where participants nest in them.

    `codes` are those of each grouping, most groups first. Where each nests in the next, blocks are
    the last's groups, by their own codes. With crossed groupings everything usually hangs together
    in a single block.
    """
    if all(is_nested(one, other) for one, other in pairwise(codes)):
        return codes[-1]
    n_groups = [int(each.max()) + 1 for each in codes]
    offsets = np.cumsum([0, *n_groups])
    first = codes[0]
    ends = [each + offset for each, offset in zip(codes[1:], offsets[1:], strict=False)]
    edges = (np.tile(first, len(ends)), np.concatenate(ends))
    graph = coo_array((np.ones(len(edges[0])), edges), shape=(offsets[-1], offsets[-1]))
    components = connected_components(graph, directed=False)[1]
    return np.unique(components[first], return_inverse=True)[1].astype(np.int64)


def dense_covariance(found: Sequence[Level], residual: float, rows: Codes) -> Floats:
    """Marginal covariance V (g, m, m) of the rows (g, m) of g blocks."""
    size = rows.shape[1]
    if size > LARGEST_BLOCK:
        raise NotEstimableError(
            f"A block of {size} rows that depend on each other is too large for this calculation "
            f"(the limit is {LARGEST_BLOCK} rows). Use Satterthwaite's degrees of freedom and the "
            "model's own standard errors.",
            reason="block_too_large",
        )
    V = np.broadcast_to(residual * np.eye(size), (*rows.shape, size)).copy()
    for level in found:
        Z, codes = level.values[rows], level.codes[rows]
        same = codes[:, :, None] == codes[:, None, :]
        V += (Z @ level.covariance @ Z.transpose(0, 2, 1)) * same
    return V
