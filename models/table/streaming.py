"""Linear models of tables too large to hold: rows pass by once, and only their sums stay."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

import numpy as np
import polars as pl

from models.formula.deparse import in_r
from models.formula.expressions import Schema, compiled, is_rowwise
from models.formula.matrices import INTERCEPT
from models.formula.variables import numbers
from models.linear.layout import Layout
from models.linear.products import ProductsBuilder
from models.panel import Codes, Flags, Floats
from models.table.answer import TableFit
from models.table.fit import unfitted
from models.table.prepare import levels_in
from models.table.request import Request, check_columns
from models.table.rows import (
    AnalysedRows,
    DroppedRows,
    check_text,
    complete_rows,
    require_finite,
)
from models.table.sums import Model, TableSums, fit_sums


@dataclass(frozen=True, eq=False)
class Source:
    """A large table, by the two ways in which it is read.

    `lazy` plans a query over the whole; `chunks` gives some columns, stretch by stretch, and can be
    called again.
    """

    lazy: pl.LazyFrame
    chunks: Callable[[Sequence[str]], Iterator[pl.DataFrame]]
    types: pl.Schema
    n_rows: int


def can_stream(asked: Request) -> bool:
    """Whether a model can be fitted from sums of rows, each row computed by itself."""
    formula = asked.formula
    nodes = [node for _, node in formula.fixed] + [bar.design for bar in formula.bars]
    nodes += [formula.response, *formula.offsets]
    return asked.is_linear and asked.df != "kr" and all(map(is_rowwise, nodes))


def fit_stream(source: Source, asked: Request, file: str) -> TableFit:
    """As `fit_request`, for a source whose rows are not held.

    Raises
    ------
    UserError
        If formula and columns do not go together.
    """
    check_columns(asked.formula, source.types.names())
    for chunk in islice(source.chunks(asked.columns), 1):
        # A column of dates or of numbers as text is one from its first rows on.
        check_text(chunk, asked)
    plan = _plan(source, asked)
    sums, seen = _sums(source, plan)
    if any(not own.all() for own in seen):
        # Groups of which no row is complete: number those that are left, and pass again.
        plan = replace(plan, groupings=_renumbered(plan.groupings, seen))
        sums, _ = _sums(source, plan)
    return fit_sums(
        unfitted(asked, file, plan.model.text_levels(source.types)), plan.model.outline, sums
    )


# -- plan ---------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Grouping:
    """One grouping factor: each row's code over the whole table, -1 where it has none."""

    group: str
    codes: "np.ndarray[tuple[int], np.dtype[np.int32]]"
    n_levels: int


@dataclass(frozen=True, eq=False)
class _Plan:
    asked: Request
    columns: tuple[str, ...]
    response: pl.Expr
    offsets: tuple[pl.Expr, ...]
    model: Model
    groupings: tuple[_Grouping, ...]

    @cached_property
    def n_levels(self) -> dict[str, int]:
        """Of each grouping factor."""
        return {one.group: one.n_levels for one in self.groupings}

    @cached_property
    def is_nested(self) -> bool:
        """Whether one grouping factor lies within the other."""
        return len(self.groupings) == 2 and _is_nested(*self.by_size)

    @cached_property
    def layout(self) -> Layout:
        """The random effects, those with most groups first."""
        return self.model.outline.layout(self.n_levels, is_nested=self.is_nested)

    @cached_property
    def by_size(self) -> tuple[_Grouping, ...]:
        """Grouping factors as the layout orders them: most levels first."""
        return tuple(sorted(self.groupings, key=lambda one: -one.n_levels))


def _plan(source: Source, asked: Request) -> _Plan:
    formula = asked.formula
    schema = Schema(formula.text, source.types, asked.groups)
    used = source.lazy.select(asked.columns)
    model = Model.of(asked, source.types, levels_in(used.drop_nulls()))
    return _Plan(
        asked=asked,
        columns=asked.columns,
        response=compiled(formula.response, schema),
        offsets=tuple(compiled(node, schema) for node in formula.offsets),
        model=model,
        groupings=tuple(
            _grouping(source, group, columns)
            for group, columns in {one.group: one.columns for one in model.random}.items()
        ),
    )


def _grouping(source: Source, group: str, columns: tuple[str, ...]) -> _Grouping:
    codes, n_levels = _numbered(source, columns[0])
    for column in columns[1:]:
        more, n_more = _numbered(source, column)
        joined = codes.astype(np.int64) * n_more + more
        joined[(codes < 0) | (more < 0)] = -1
        codes, n_levels = _dense(joined)
    return _Grouping(group, codes, n_levels)


def _numbered(
    source: Source, column: str
) -> tuple["np.ndarray[tuple[int], np.dtype[np.int32]]", int]:
    """Number a column's values, chunk by chunk."""
    if source.types[column].is_integer():
        values = source.lazy.select(pl.col(column).cast(pl.Int64)).collect(engine="streaming")
        whole = values[column]
        low, high = whole.min(), whole.max()
        if isinstance(low, int) and isinstance(high, int) and high - low < 4 * len(whole) + 1000:
            return _dense((whole - low).fill_null(-1).to_numpy())
        return _dense((whole.rank("dense") - 1).cast(pl.Int64).fill_null(-1).to_numpy())
    # Each stretch's texts are looked up in one table of categories, which grows, and lives as long
    # as anything refers to it.
    kind = pl.Categorical(pl.Categories.random())
    parts = [chunk[column].cast(pl.String).cast(kind) for chunk in source.chunks((column,))]
    codes = pl.concat(parts).to_physical().cast(pl.Int64)
    return _dense(codes.fill_null(-1).to_numpy())


def _dense(codes: Codes) -> tuple["np.ndarray[tuple[int], np.dtype[np.int32]]", int]:
    """Codes without numbers that are unused; -1 stays."""
    is_used = np.zeros(int(codes.max(initial=-1)) + 2, dtype=np.bool_)
    is_used[codes] = True  # -1 marks the last place, which counts for nothing
    is_used[-1] = False
    places = np.cumsum(is_used, dtype=np.int32) - 1
    places[-1] = -1
    return places[codes], int(is_used.sum())


def _is_nested(inner: _Grouping, outer: _Grouping) -> bool:
    has_both = (inner.codes >= 0) & (outer.codes >= 0)
    parents = np.zeros(inner.n_levels, dtype=np.int32)
    mine, theirs = inner.codes[has_both], outer.codes[has_both]
    parents[mine] = theirs
    return bool(np.array_equal(parents[mine], theirs))


def _renumbered(groupings: Sequence[_Grouping], seen: Sequence[Flags]) -> tuple[_Grouping, ...]:
    made = []
    for one, is_seen in zip(groupings, seen, strict=True):
        lookup = np.append(np.where(is_seen, np.arange(len(is_seen)), -1), -1)
        codes, n_levels = _dense(lookup[one.codes])
        made.append(_Grouping(one.group, codes, n_levels))
    return tuple(made)


# -- one pass over the rows ---------------------------------------------------------------------


def _sums(source: Source, plan: _Plan) -> tuple[TableSums, tuple[Flags, ...]]:
    """The sums, and for each grouping which of its levels had a complete row."""
    layout, by_size, names = plan.layout, plan.by_size, plan.model.design.names
    constant = names.index(INTERCEPT) if INTERCEPT in names else None
    builder = ProductsBuilder(layout, constant)
    missing = dict.fromkeys(plan.columns, 0)
    seen = {one.group: np.zeros(one.n_levels, dtype=np.bool_) for one in plan.groupings}
    first, n_rows = 0, 0
    for chunk in source.chunks(plan.columns):
        rows = complete_rows(chunk, first)
        for one in rows.dropped:
            missing[one.column] += one.n_rows
        codes = tuple(one.codes[rows.numbers - 1].astype(np.int64) for one in by_size)
        for grouping, own in zip(by_size, codes, strict=True):
            seen[grouping.group][own] = True
        first += chunk.height
        n_rows += rows.frame.height
        if rows.frame.height:
            builder.add(*_numbers(rows, plan, layout), codes)
    dropped = (DroppedRows(column, count) for column, count in missing.items() if count)
    sums = TableSums(
        products=builder.products() if n_rows else None,
        n_rows=n_rows,
        n_rows_read=source.n_rows,
        dropped=tuple(dropped),
        n_levels=plan.n_levels,
        is_nested=plan.is_nested,
    )
    return sums, tuple(seen[one.group] for one in plan.groupings)


def _numbers(rows: AnalysedRows, plan: _Plan, layout: Layout) -> tuple[Floats, Floats, Floats]:
    """Outcome (n,), design (n, p) and the layout's columns (n, q) of some rows."""
    y = numbers(rows.frame, plan.response)
    for offset in plan.offsets:
        y = y - numbers(rows.frame, offset)
    X = plan.model.design.matrix(rows.frame)
    effects: dict[str, Floats] = {}
    for one in plan.model.random:
        if not set(one.design.names) <= effects.keys():
            effects |= dict(zip(one.design.names, one.design.matrix(rows.frame).T, strict=True))
    Z = np.stack([effects[name] for name in layout.columns]).T
    if not np.isfinite(y.sum() + X.sum() + Z.sum()):
        _blame(rows, plan, y, X, effects)
    return y, X, Z


def _blame(
    rows: AnalysedRows, plan: _Plan, y: Floats, X: Floats, effects: dict[str, Floats]
) -> None:
    """Name the column and the row of what is not a number."""
    require_finite(y, rows.numbers, f"the outcome {in_r(plan.asked.formula.response)}")
    for place, name in enumerate(plan.model.design.names):
        require_finite(X[:, place], rows.numbers, name)
    for name, values in effects.items():
        require_finite(values, rows.numbers, name)
