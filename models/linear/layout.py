"""Which random effects a model has, apart from any rows: from parameters to covariance factors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import block_diag

from models.panel import Codes, Floats
from models.random_terms import RandomTerm

INTERCEPT = "(Intercept)"


@dataclass(frozen=True)
class Block:
    """One bar of a formula. `columns` are the places of its effects among the columns of Z."""

    group: str
    names: tuple[str, ...]
    columns: tuple[int, ...]
    is_correlated: bool = True

    @property
    def entries(self) -> tuple[tuple[int, int], ...]:
        """Row and column of each free element of the covariance factor."""
        size = len(self.names)
        if not self.is_correlated:
            return tuple((a, a) for a in range(size))
        return tuple((a, b) for a in range(size) for b in range(a + 1))


@dataclass(frozen=True)
class Layout:
    """The random effects of a model, its bars in the order in which they were written.

    `columns` names the columns of Z, which bars share: a site's intercept and a participant's are
    one column. `groups` are the grouping factors, the *inner* one, with most levels, first; it is
    the one that is eliminated group by group. `n_levels` belongs to `groups`. With `is_nested`
    every inner group lies in one level of the only outer factor.
    """

    columns: tuple[str, ...]
    blocks: tuple[Block, ...]
    groups: tuple[str, ...]
    n_levels: tuple[int, ...]
    is_nested: bool = False

    def __post_init__(self) -> None:
        if self.is_nested and len(self.groups) != 2:
            raise ValueError("nested means one inner and one outer factor")

    @classmethod
    def of(
        cls,
        bars: Sequence[tuple[str, Sequence[str], bool]],
        n_levels: Mapping[str, int],
        *,
        is_nested: bool = False,
        columns: Sequence[str] | None = None,
    ) -> "Layout":
        """Layout of bars (group, names, is_correlated), columns of Z being shared by name.

        `columns` gives them an order; without it, it is that of the bars.
        """
        if columns is None:
            columns = tuple(dict.fromkeys(name for _, names, _ in bars for name in names))
        blocks = tuple(
            Block(group, tuple(names), tuple(columns.index(name) for name in names), is_correlated)
            for group, names, is_correlated in bars
        )
        return cls(tuple(columns), blocks, *_ordered(blocks, n_levels), is_nested)

    @property
    def inner(self) -> str:
        """The factor with most levels."""
        return self.groups[0]

    @property
    def outer(self) -> tuple[str, ...]:
        """All other factors."""
        return self.groups[1:]

    @property
    def is_crossed(self) -> bool:
        """Whether other factors cut across the inner one."""
        return len(self.groups) > 1 and not self.is_nested

    def columns_of(self, group: str) -> tuple[int, ...]:
        """Columns of Z of a factor's effects, bar after bar."""
        return tuple(c for block in self.blocks if block.group == group for c in block.columns)

    @property
    def n_crossed_columns(self) -> int:
        """Effects of all levels of the factors that cross the inner one."""
        if not self.is_crossed:
            return 0
        sizes = [len(self.columns_of(group)) for group in self.outer]
        return int(np.dot(sizes, self.n_levels[1:]))

    @cached_property
    def is_shiftable(self) -> tuple[bool, ...]:
        """Whether moving the origin of a column of Z leaves the model as it is.

        It does where each bar with this column also holds an intercept that may correlate with it.
        """
        return tuple(
            name != INTERCEPT
            and all(
                block.is_correlated and INTERCEPT in block.names
                for block in self.blocks
                if place in block.columns
            )
            for place, name in enumerate(self.columns)
        )

    @cached_property
    def theta_names(self) -> tuple[str, ...]:
        """What each parameter stands for, as lme4 writes it: group.effect or group.row.column."""
        return tuple(
            ".".join((block.group, block.names[a]) + ((block.names[b],) if a != b else ()))
            for block in self.blocks
            for a, b in block.entries
        )

    def parameters(self, units: Floats | None = None) -> "Parameters":
        """The map from theta to covariance factors; in the units of Z, see `Parameters.units`."""
        places, filled = [], dict.fromkeys(self.groups, 0)
        for block in self.blocks:
            first = filled[block.group]
            at = self.groups.index(block.group)
            places += [(at, first + a, first + b) for a, b in block.entries]
            filled[block.group] += len(block.names)
        chosen = [list(self.columns_of(group)) for group in self.groups]
        turns = tuple(
            np.eye(len(own)) if units is None else self.own_units(group, units)
            for group, own in zip(self.groups, chosen, strict=True)
        )
        return Parameters(tuple(places), turns)

    def own_units(self, group: str, units: Floats) -> Floats:
        """Units of a factor's effects (r, r), from those of the columns of Z."""
        own = [np.ix_(b.columns, b.columns) for b in self.blocks if b.group == group]
        return np.asarray(block_diag(*(units[at] for at in own)))


@dataclass(frozen=True, eq=False)
class Parameters:
    """From theta to one factor F of the relative covariance, Psi = FF', per grouping factor.

    `places` says where each theta stands: (factor, row, column). F = `units` @ L with L the
    lower-triangular matrix of the thetas: where the columns of Z were standardised, Z = Z* U, the
    effects of Z* are U times those of Z.
    """

    places: tuple[tuple[int, int, int], ...]
    units: tuple[Floats, ...]

    def triangles(self, theta: Floats) -> tuple[Floats, ...]:
        """The lower-triangular matrix of each factor."""
        filled = tuple(np.zeros_like(unit) for unit in self.units)
        for value, (factor, row, column) in zip(theta, self.places, strict=True):
            filled[factor][row, column] = value
        return filled

    def factors(self, theta: Floats) -> tuple[Floats, ...]:
        """Each F (q, q)."""
        both = zip(self.units, self.triangles(theta), strict=True)
        return tuple(unit @ triangle for unit, triangle in both)

    def gradient(self, theta: Floats, slopes: Sequence[Floats]) -> Floats:
        """Derivative in theta, given that in each Psi (q, q)."""
        both = zip(slopes, self.units, self.factors(theta), strict=True)
        by_entry = [2 * unit.T @ slope @ factor for slope, unit, factor in both]
        return np.array([by_entry[factor][row, column] for factor, row, column in self.places])

    def theta(self, factors: Sequence[Floats]) -> Floats:
        """Theta of any factors F (q, q) in Z*; the diagonals of L come out non-negative."""
        triangles = [
            lower_triangle(np.asarray(np.linalg.solve(unit, factor)))
            for unit, factor in zip(self.units, factors, strict=True)
        ]
        return np.array([triangles[factor][row, column] for factor, row, column in self.places])


def lower_triangle(factor: Floats) -> Floats:
    """Lower-triangular L with LL' = FF', F (q, q), its diagonal non-negative."""
    upper = np.asarray(np.linalg.qr(factor.T, mode="r"))
    return np.asarray((upper * np.where(np.diag(upper) < 0, -1.0, 1.0)[:, None]).T)


def lower_factor(covariance: Floats) -> Floats:
    """Lower-triangular L, LL' = covariance; eigenvalues below 0 (rounding) count as 0."""
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    return lower_triangle(np.asarray(vectors * np.sqrt(np.maximum(values, 0))))


def layout_of_terms(terms: Sequence[RandomTerm]) -> tuple[Layout, Floats, tuple[Codes, ...]]:
    """Layout of random terms, the columns Z (n, q) they share and each factor's codes.

    Raises
    ------
    ValueError
        If two terms name one group but differ in their codes.
    """
    names: list[str] = []
    values: list[Floats] = []
    codes: dict[str, Codes] = {}
    blocks = []
    for term in terms:
        known = codes.setdefault(term.group, term.codes)
        if known is not term.codes and not np.array_equal(known, term.codes):
            raise ValueError(f"two terms of {term.group!r} group the rows differently")
        places = []
        for name, column in zip(term.names, term.values.T, strict=True):
            place = _place_of(name, column, names, values)
            if place == len(names):
                names.append(name)
                values.append(column)
            places.append(place)
        blocks.append(Block(term.group, term.names, tuple(places), term.is_correlated))
    groups, n_levels = _ordered(blocks, {name: int(c.max()) + 1 for name, c in codes.items()})
    ordered = tuple(codes[group] for group in groups)
    is_nested = len(ordered) == 2 and _is_nested(*ordered)
    layout = Layout(tuple(names), tuple(blocks), groups, n_levels, is_nested)
    return layout, np.column_stack(values), ordered


def _place_of(name: str, column: Floats, names: Sequence[str], values: Sequence[Floats]) -> int:
    for place, (known, kept) in enumerate(zip(names, values, strict=True)):
        if known == name and (kept is column or np.array_equal(kept, column)):
            return place
    return len(names)


def _ordered(
    blocks: Sequence[Block], n_levels: Mapping[str, int]
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The grouping factors with their numbers of levels, largest first (ties as written)."""
    groups = sorted(dict.fromkeys(b.group for b in blocks), key=lambda group: -n_levels[group])
    return tuple(groups), tuple(n_levels[group] for group in groups)


def _is_nested(inner: Codes, outer: Codes) -> bool:
    parents = np.zeros(int(inner.max()) + 1, dtype=np.int64)
    parents[inner] = outer
    return bool(np.array_equal(parents[inner], outer))
