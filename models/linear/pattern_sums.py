"""The sums of a mixed model per pattern of Z'Z: what is left of participants, however many."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from models.linear.nested import Cells
from models.linear.patterns import Collapsed, patterns
from models.linear.products import Products, exchange
from models.panel import Codes, Floats


@dataclass(frozen=True, eq=False)
class PatternSums:
    """What `Products` hold, inner groups of one Z'Z taken together; the likelihood is the same.

    `A` (K, q, q) is the Z'Z that a pattern's groups share, `members` (K,) how many these are, `G`
    (K, q * w, q * w) the sum of the outer products of their Z'[X y], by rows. `C`, units and
    `n_fixed` are those of `Products`. `cells` belong to models with one outer factor in which the
    inner is nested.
    """

    n_rows: int
    n_fixed: int
    A: Floats
    members: Codes
    G: Floats
    C: Floats
    z_units: Floats
    column_units: Floats
    cells: Cells | None = None

    @classmethod
    def of(cls, products: Products, n_levels: int = 0) -> "PatternSums":
        """The sums of participants by pattern; `n_levels` of the outer factor, if there is one."""
        first, pattern = patterns(products.A)
        n, q, width = products.B.shape
        flat = products.B.reshape(n, q * width)
        G = np.zeros((len(first), q * width, q * width))
        for k in range(len(first)):
            own = flat[pattern == k]
            G[k] = own.T @ own
        cells = None
        if products.parents is not None:
            cells = Cells.of(products, n_levels, pattern, len(first))
        return cls(
            products.n_rows,
            products.n_fixed,
            products.A[first],
            np.bincount(pattern),
            G,
            products.C,
            products.z_units,
            products.column_units,
            cells,
        )

    @property
    def n_groups(self) -> int:
        """Inner groups."""
        return int(self.members.sum())

    @cached_property
    def y_unit(self) -> float:
        """Size of one standardised unit of the outcome."""
        return float(self.column_units[self.n_fixed, self.n_fixed])

    def inner(self, columns: Sequence[int]) -> Collapsed:
        """Sums per pattern for the effects of the inner factor, its `columns` of Z."""
        own = list(columns)
        K, q = self.A.shape[:2]
        width = len(self.C)
        apart = self.G.reshape(K, q, width, q, width)[:, own][:, :, :, own]
        outer = np.ascontiguousarray(apart.transpose(1, 3, 0, 2, 4))
        return Collapsed(
            np.ascontiguousarray(self.A[:, own][:, :, own].transpose(1, 2, 0)),
            self.members.astype(np.float64),
            outer.reshape(len(own) ** 2 * K, width * width),
        )

    def without(self, kept: Sequence[int]) -> "PatternSums":
        """The sums with only some of the fixed columns."""
        width, q = len(self.C), self.A.shape[1]
        chosen = [*kept, *range(self.n_fixed, width)]
        if len(chosen) == width:
            return self
        at = [a * width + c for a in range(q) for c in chosen]
        cells = self.cells
        return replace(
            self,
            n_fixed=len(kept),
            G=self.G[:, at][:, :, at],
            C=self.C[np.ix_(chosen, chosen)],
            column_units=self.column_units[np.ix_(chosen, chosen)],
            cells=None if cells is None else replace(cells, B=cells.B[:, :, chosen]),
        )

    def with_units_of(self, other: "PatternSums") -> "PatternSums":
        """The same sums in the units of `other`, by algebra."""
        z = exchange(self.z_units, other.z_units)
        x = exchange(self.column_units, other.column_units)
        both = np.kron(z, x)
        cells = self.cells
        return replace(
            self,
            A=z.T @ self.A @ z,
            G=both.T @ self.G @ both,
            C=x.T @ self.C @ x,
            z_units=other.z_units,
            column_units=other.column_units,
            cells=None if cells is None else replace(cells, B=z.T @ cells.B @ x),
        )

    def plus(
        self, other: "PatternSums", levels: tuple[Codes, Codes] | None = None
    ) -> "PatternSums":
        """The sums of both, where `other` holds other participants.

        `levels` number the outer factor's levels over both: the places of this one's and of the
        other's, from 0.
        """
        more = other.with_units_of(self)
        A = np.concatenate((self.A, more.A))
        first, pattern = patterns(A)
        K, n_own = len(first), len(self.A)
        G = np.zeros((K, *self.G.shape[1:]))
        np.add.at(G, pattern, np.concatenate((self.G, more.G)))
        counts = np.zeros(K, dtype=np.int64)
        np.add.at(counts, pattern, np.concatenate((self.members, more.members)))
        cells = None
        if self.cells is not None and more.cells is not None and levels is not None:
            places = (pattern[self.cells.patterns], pattern[n_own + more.cells.patterns])
            cells = _joined(self.cells, more.cells, places, levels)
        return replace(
            self,
            n_rows=self.n_rows + more.n_rows,
            A=A[first],
            members=counts,
            G=G,
            C=self.C + more.C,
            cells=cells,
        )


def _joined(
    one: Cells, other: Cells, places: tuple[Codes, Codes], levels: tuple[Codes, Codes]
) -> Cells:
    """The cells of both, by the numbers of patterns and levels over both."""
    n_patterns = 1 + max(int(place.max()) for place in places)
    at = [
        level[cells.levels] * n_patterns + place
        for cells, place, level in zip((one, other), places, levels, strict=True)
    ]
    found, cell = np.unique(np.concatenate(at), return_inverse=True)
    B = np.zeros((len(found), *one.B.shape[1:]))
    np.add.at(B, cell, np.concatenate((one.B, other.B)))
    n_groups = np.bincount(cell, np.concatenate((one.n_groups, other.n_groups))).astype(np.int64)
    level, pattern = np.divmod(found, n_patterns)
    return Cells(level, pattern, n_groups, B, 1 + max(int(each.max()) for each in levels))
