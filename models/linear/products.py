"""The sums of a mixed model: all that the likelihood needs to know of the rows."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.linalg import block_diag

from models.errors import NotEstimableError
from models.linear.layout import INTERCEPT, Block, Layout
from models.linear.standardise import shift_and_scale, standardising_units
from models.panel import Codes, Floats

_ROWS_AT_ONCE = 1 << 15
_ROWS_SAMPLED = 1 << 12
_MOST_SUMS = 250_000_000  # 2 GB


@dataclass(frozen=True, eq=False)
class Products:
    """Cross-products of rows, per inner group i and over all.

    `A` (G, q, q) are Z_i'Z_i, `B` (G, q, w) are Z_i'[X_i y_i W_i] and `C` (w, w) is
    [X y W]'[X y W], all of standardised columns: Z = Z* `inner_units` and [X y W] = [X y W]*
    `column_units`; `z_units` are those of all columns of the layout, the outer factors' too.
    W (n, levels x effects) are the indicator columns of factors that cross the
    inner one, and absent (w = p + 1) otherwise; nested in a level of an outer factor, group i has
    its level in `parents`. `group_rows` (G,) counts rows; a group without any adds nothing.
    """

    group_rows: Codes
    n_fixed: int
    A: Floats
    B: Floats
    C: Floats
    z_units: Floats
    inner_units: Floats
    column_units: Floats
    parents: Codes | None = None

    @classmethod
    def of(cls, y: Floats, X: Floats, Z: Floats, codes: Codes) -> "Products":
        """Products of one grouping factor with correlated effects, from (n,), (n, p) and (n, q)."""
        n_groups = int(codes.max()) + 1
        names = tuple(_column_names(Z))
        block = Block("group", names, tuple(range(len(names))))
        layout = Layout(names, (block,), ("group",), (n_groups,))
        builder = ProductsBuilder(layout, constant_place(X))
        builder.add(y, X, Z, (codes,))
        return builder.products()

    @cached_property
    def n_rows(self) -> int:
        """Rows in all."""
        return int(self.group_rows.sum())

    @property
    def n_groups(self) -> int:
        """Inner groups, with or without rows."""
        return len(self.A)

    @cached_property
    def y_unit(self) -> float:
        """Size of one standardised unit of the outcome."""
        return float(self.column_units[self.n_fixed, self.n_fixed])

    def with_units_of(self, other: "Products") -> "Products":
        """The same sums in the units of `other`, by algebra."""
        z = exchange(self.inner_units, other.inner_units)
        x = exchange(self.column_units, other.column_units)
        return replace(
            self,
            A=z.T @ self.A @ z,
            B=z.T @ self.B @ x,
            C=x.T @ self.C @ x,
            z_units=other.z_units,
            inner_units=other.inner_units,
            column_units=other.column_units,
        )

    def plus_rows(self, other: "Products") -> "Products":
        """Products of all rows, where `other` holds other rows of the same groups."""
        more = other.with_units_of(self)
        return replace(
            self,
            group_rows=self.group_rows + other.group_rows,
            A=self.A + more.A,
            B=self.B + more.B,
            C=self.C + more.C,
            parents=_joint_parents(self, other),
        )

    def plus_groups(self, other: "Products") -> "Products":
        """Products of both, where `other` holds other groups; they are numbered after these."""
        more = other.with_units_of(self)
        parents = None
        if self.parents is not None and other.parents is not None:
            parents = np.concatenate((self.parents, other.parents))
        return replace(
            self,
            group_rows=np.concatenate((self.group_rows, other.group_rows)),
            A=np.concatenate((self.A, more.A)),
            B=np.concatenate((self.B, more.B)),
            C=self.C + more.C,
            parents=parents,
        )


class ProductsBuilder:
    """Adds up products chunk by chunk, so that the rows need not be held.

    Rows may come in any order. `constant` is the place of the column of ones in X, or None.
    Units are those of the first chunk: any that are near serve.
    """

    def __init__(self, layout: Layout, constant: int | None) -> None:
        self.layout = layout
        self._x_constant = constant
        inner = range(len(layout.columns)) if layout.is_nested else layout.columns_of(layout.inner)
        self._inner = list(inner)
        self._is_open = False

    def add(self, y: Floats, X: Floats, Z: Floats, codes: tuple[Codes, ...]) -> None:
        """Add rows: (n,), (n, p), the layout's columns (n, q) and each factor's codes (n,).

        Raises
        ------
        NotEstimableError
            If crossed factors have more levels than can be held.
        ValueError
            If an intercept is not 1 everywhere, or if the factors are said to be nested and a
            group occurs in two levels.
        """
        if not len(y):
            return
        if not self._is_open:
            self._open(y, X, Z)
        for constants, place in ((X, self._x_constant), (Z, self._z_constant)):
            if place is not None and (constants[:, place] != 1.0).any():
                raise ValueError("an intercept must be a column of ones")
        if self._parents is not None:
            _place_in_parents(self._parents, codes[0], codes[1])
        self._group_rows += np.bincount(codes[0], minlength=len(self._group_rows))
        for first in range(0, len(y), _ROWS_AT_ONCE):
            rows = slice(first, first + _ROWS_AT_ONCE)
            both = np.column_stack((Z[rows], X[rows], y[rows]))
            both -= self._shift
            both /= self._scale
            self._add(both, tuple(factor[rows] for factor in codes))

    def products(self) -> Products:
        """Hand over the sums; the builder starts anew.

        Raises
        ------
        ValueError
            If no rows were added.
        """
        if not self._is_open:
            raise ValueError("no rows were added")
        layout, q, width = self.layout, len(self._inner), len(self._C)
        self._is_open = False
        column_units, inner_units = self._column_units, self._z_units
        if not layout.is_nested:
            inner_units = layout.own_units(layout.inner, self._z_units)
        if layout.is_crossed:
            outer = zip(layout.outer, layout.n_levels[1:], strict=True)
            own = [np.kron(np.eye(n), layout.own_units(g, self._z_units)) for g, n in outer]
            column_units = block_diag(column_units, *own)
        return Products(
            group_rows=self._group_rows,
            n_fixed=self._n_fixed,
            A=self._A.reshape(-1, q, q),
            B=self._B.reshape(-1, q, width),
            C=self._C,
            z_units=self._z_units,
            inner_units=inner_units,
            column_units=column_units,
            parents=self._parents,
        )

    def _open(self, y: Floats, X: Floats, Z: Floats) -> None:
        layout, self._n_fixed = self.layout, X.shape[1]
        sample = slice(None, None, 1 + len(y) // _ROWS_SAMPLED)
        both = np.column_stack((X[sample], y[sample]))
        everywhere = np.ones(both.shape[1], dtype=np.bool_)
        self._column_units = standardising_units(both, everywhere, self._x_constant)
        has_intercept = INTERCEPT in layout.columns
        self._z_constant = layout.columns.index(INTERCEPT) if has_intercept else None
        shiftable = np.array(layout.is_shiftable)
        self._z_units = standardising_units(Z[sample], shiftable, self._z_constant)
        z = shift_and_scale(self._z_units, self._z_constant)
        x = shift_and_scale(self._column_units, self._x_constant)
        self._shift, self._scale = np.append(z[0], x[0]), np.append(z[1], x[1])
        self._make_room(layout.n_levels[0], len(self._inner), both.shape[1])
        self._is_open = True

    def _make_room(self, n_groups: int, q: int, n_own: int) -> None:
        layout = self.layout
        width = n_own + layout.n_crossed_columns
        if layout.is_crossed and n_groups * q * width > _MOST_SUMS:
            raise NotEstimableError(
                f"{layout.inner} is crossed with {' and '.join(layout.outer)}, and there are too "
                f"many of both to hold at once. If each {layout.inner} belongs to one of them, "
                "correct those that occur in several; otherwise leave one of the factors out.",
                reason="too_many_levels",
            )
        self._A, self._B = np.zeros((n_groups * q, q)), np.zeros((n_groups * q, width))
        self._C = np.zeros((width, width))
        self._group_rows = np.zeros(n_groups, dtype=np.int64)
        self._parents = np.full(n_groups, -1, dtype=np.int64) if layout.is_nested else None

    def _add(self, both: Floats, codes: tuple[Codes, ...]) -> None:
        n_effects, q = len(self.layout.columns), len(self._inner)
        effects, own = both[:, :n_effects], both[:, n_effects:]
        inner = np.ascontiguousarray(effects[:, self._inner])
        present, local = _local_codes(codes[0])
        gather = _indicators(inner, local, len(present)).T
        rows = (present[:, None] * q + np.arange(q)).ravel()
        sums = gather @ both
        end = own.shape[1]
        self._A[rows] += sums[:, self._inner]
        self._B[rows, :end] += sums[:, n_effects:]
        self._C[:end, :end] += own.T @ own
        if self.layout.is_crossed:
            W = self._outer_columns(effects, codes[1:])
            self._B[rows, end:] += (gather @ W).toarray()
            self._C[end:, end:] += (W.T @ W).toarray()
            across = W.T @ own
            self._C[end:, :end] += across
            self._C[:end, end:] += across.T

    def _outer_columns(self, effects: Floats, codes: tuple[Codes, ...]) -> sparse.csr_array:
        parts = []
        for group, n_levels, own in zip(
            self.layout.outer, self.layout.n_levels[1:], codes, strict=True
        ):
            values = np.ascontiguousarray(effects[:, list(self.layout.columns_of(group))])
            parts.append(_indicators(values, own, n_levels))
        return sparse.csr_array(sparse.hstack(parts))


def _indicators(values: Floats, codes: Codes, n_levels: int) -> sparse.csr_array:
    """One row per row, its `values` (n, k) in the k columns of its level."""
    n, k = values.shape
    columns = codes[:, None] * k + np.arange(k)
    starts = np.arange(0, n * k + 1, k)
    return sparse.csr_array((values.ravel(), columns.ravel(), starts), shape=(n, n_levels * k))


def _local_codes(codes: Codes) -> tuple[Codes, Codes]:
    """The codes that occur, in order, and each row's place among them."""
    is_new = np.diff(codes)
    if (is_new < 0).any():
        return np.unique(codes, return_inverse=True)
    starts = np.concatenate(([0], np.flatnonzero(is_new) + 1))
    local = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(codes))))
    return codes[starts], local


def constant_place(X: Floats) -> int | None:
    """Place of a column of ones."""
    found = np.flatnonzero((X == 1.0).all(axis=0))
    return int(found[0]) if len(found) else None


def _column_names(Z: Floats) -> list[str]:
    constant = constant_place(Z)
    return [INTERCEPT if place == constant else f"z{place}" for place in range(Z.shape[1])]


def exchange(old: Floats, new: Floats) -> Floats:
    """Matrix R with standardised(new) = standardised(old) @ R."""
    return np.asarray(np.linalg.solve(new.T, old.T).T)


def _place_in_parents(parents: Codes, inner: Codes, outer: Codes) -> None:
    before = parents[inner]
    parents[inner] = outer
    if ((before >= 0) & (before != outer)).any() or (parents[inner] != outer).any():
        raise ValueError("a group occurs in two levels of the outer factor: it is not nested")


def _joint_parents(one: Products, other: Products) -> Codes | None:
    if one.parents is None or other.parents is None:
        return None
    both = (one.parents >= 0) & (other.parents >= 0)
    if (one.parents[both] != other.parents[both]).any():
        raise ValueError("a group occurs in two levels of the outer factor: it is not nested")
    return np.maximum(one.parents, other.parents)
