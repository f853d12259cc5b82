"""Estimated marginal means on a stated reference grid, and the differences between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Literal

import numpy as np

from models.linear.contrasts import ContrastRow, DfMethod, contrast_rows
from models.linear.kenward_roger import KenwardRoger
from models.linear.linear_fit import LinearFit
from models.panel import Floats

Weights = Literal["equal", "proportional"]


@dataclass(frozen=True)
class Factor:
    """A variable with levels, each of which fixes columns, such as {'armb': 1, 'armc': 0}."""

    name: str
    levels: Mapping[str, Mapping[str, float]]

    @classmethod
    def treatment(cls, name: str, base: str, columns: Mapping[str, str]) -> "Factor":
        """Treatment coding: `columns` gives the level of each indicator column."""
        zero = dict.fromkeys(columns, 0.0)
        others = {level: {**zero, column: 1.0} for column, level in columns.items()}
        return cls(name, {base: zero, **others})


@dataclass(frozen=True, eq=False)
class ReferenceGrid:
    """Rows (k, p) of the design at which means are predicted, with a label each.

    `description` says in words where everything else was held.
    """

    labels: tuple[str, ...]
    rows: Floats
    description: str


@dataclass(frozen=True)
class MarginalMeans:
    """Means, their pairwise differences (not adjusted for their number), and where they stand."""

    means: tuple[ContrastRow, ...]
    pairs: tuple[ContrastRow, ...]
    description: str


@dataclass(frozen=True, eq=False)
class _Frame:
    """The design's columns by name, and where each number on the grid comes from."""

    names: tuple[str, ...]
    X: Floats
    at: Mapping[str, float]
    coded: frozenset[str] = field(default_factory=frozenset)


def reference_grid(
    X: Floats,
    names: Sequence[str],
    of: Factor,
    *,
    averaged: Sequence[Factor] = (),
    at: Mapping[str, float] | None = None,
    weights: Weights = "equal",
) -> ReferenceGrid:
    """A row per level of `of`, numeric columns at their mean, other factors averaged over.

    Parameters
    ----------
    X, names
        Design (n, p) and its columns. A name with colons, such as 'armb:week', is the product of
        the columns it names.
    averaged
        Factors whose levels are averaged over: equally, or by their shares of the rows.
    at
        Values of numeric columns to use in place of their means.

    Raises
    ------
    ValueError
        If a name is unknown, or a product's columns are not in the design: then lay the rows out
        yourself and make a `ReferenceGrid` of them.
    """
    values = dict(at or {})
    coded = frozenset(c for one in (of, *averaged) for level in one.levels.values() for c in level)
    unknown = sorted((coded | set(values)) - set(names))
    if unknown:
        raise ValueError(f"the design has no column {', '.join(unknown)}")
    frame = _Frame(tuple(names), X, values, coded)
    rows = [_mean_row(frame, level, averaged, weights) for level in of.levels.values()]
    return ReferenceGrid(tuple(of.levels), np.array(rows), _described(frame, averaged, weights))


def marginal_means(
    fit: LinearFit,
    grid: ReferenceGrid,
    *,
    method: DfMethod = "satterthwaite",
    adjusted: KenwardRoger | None = None,
    level: float = 0.95,
) -> MarginalMeans:
    """Predicted means on the grid and all their differences, first less second.

    References
    ----------
    Searle, Speed & Milliken (1980), Am Stat 34:216-221. doi:10.1080/00031305.1980.10483031
    """
    couples = list(combinations(range(len(grid.labels)), 2))
    differences = [f"{grid.labels[i]} - {grid.labels[j]}" for i, j in couples]
    apart = np.array([grid.rows[i] - grid.rows[j] for i, j in couples])
    means = contrast_rows(
        fit, grid.rows, grid.labels, method=method, adjusted=adjusted, level=level
    )
    pairs = (
        contrast_rows(fit, apart, differences, method=method, adjusted=adjusted, level=level)
        if couples
        else ()
    )
    return MarginalMeans(means, pairs, grid.description)


def _mean_row(
    frame: _Frame, own: Mapping[str, float], averaged: Sequence[Factor], weights: Weights
) -> Floats:
    """The design's row at one level, averaged over all combinations of the other factors."""
    row, whole = np.zeros(len(frame.names)), 0.0
    shares = [_shares(frame, factor, weights) for factor in averaged]
    for combination in product(*(factor.levels for factor in averaged)):
        given = dict(own)
        for factor, level in zip(averaged, combination, strict=True):
            given.update(factor.levels[level])
        pairs = zip(shares, combination, strict=True)
        weight = float(np.prod([share[level] for share, level in pairs]))
        row += weight * np.array([_value(frame, name, given) for name in frame.names])
        whole += weight
    return row / whole


def _shares(frame: _Frame, factor: Factor, weights: Weights) -> dict[str, float]:
    if weights == "equal":
        return dict.fromkeys(factor.levels, 1.0)
    return {level: _share(frame, columns) for level, columns in factor.levels.items()}


def _share(frame: _Frame, columns: Mapping[str, float]) -> float:
    """Share of rows that are at a level."""
    is_there = np.ones(len(frame.X), dtype=np.bool_)
    for name, value in columns.items():
        is_there &= frame.X[:, frame.names.index(name)] == value
    return float(is_there.mean())


def _value(frame: _Frame, name: str, given: Mapping[str, float]) -> float:
    if name in given:
        return given[name]
    if name in frame.at:
        return frame.at[name]
    if ":" not in name:
        return float(frame.X[:, frame.names.index(name)].mean())
    parts = name.split(":")
    unknown = [part for part in parts if part not in frame.names]
    if unknown:
        raise ValueError(
            f"column {name!r} is a product of {', '.join(unknown)}, which is no column of its own: "
            "give the grid's rows"
        )
    return float(np.prod([_value(frame, part, given) for part in parts]))


def _described(frame: _Frame, averaged: Sequence[Factor], weights: Weights) -> str:
    numeric = [
        name
        for j, name in enumerate(frame.names)
        if name not in frame.coded and ":" not in name and float(np.ptp(frame.X[:, j])) > 0
    ]
    at_mean = [name for name in numeric if name not in frame.at]
    held = [f"{name} at {value:g}" for name, value in frame.at.items()]
    if at_mean:
        held.append(f"{', '.join(at_mean)} at the mean of the analysed rows")
    how = "equally" if weights == "equal" else "by their shares of the rows"
    held += [f"averaged over {factor.name}, levels weighted {how}" for factor in averaged]
    return "; ".join(held)
