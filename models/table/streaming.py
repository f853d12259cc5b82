"""Linear models of tables too large to hold: rows pass by once, and only their sums stay."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

import numpy as np
import polars as pl

from models.errors import NoNumberError
from models.formula.deparse import in_r, quoted
from models.formula.expressions import Schema, compiled, is_rowwise, is_text
from models.formula.matrices import INTERCEPT, Design, RandomDesign, random_designs
from models.formula.resolve import MOST_SHOWN
from models.formula.variables import Factor, numbers
from models.linear.fit import fit_products
from models.linear.layout import Layout
from models.linear.products import Products, ProductsBuilder
from models.panel import Codes, Flags, Floats
from models.table.answer import TableFit
from models.table.estimate import linear_estimates
from models.table.fit import refused, unfitted, with_estimates
from models.table.grouping import check_groups
from models.table.prepare import (
    Columns,
    check_repeated,
    fixed_part,
    independent_columns,
    levels_in,
)
from models.table.rank import root_of
from models.table.request import Request, check_columns
from models.table.rows import (
    AnalysedRows,
    DroppedRows,
    check_not_empty,
    check_text,
    complete_rows,
    require_finite,
)


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
    sums = _sums(source, plan)
    if any(not seen.all() for seen in sums.seen):
        # Groups of which no row is complete: number those that are left, and pass again.
        plan = replace(plan, groupings=_renumbered(plan.groupings, sums.seen))
        sums = _sums(source, plan)
    fit, columns = _checked(
        replace(unfitted(asked, file, _levels(source, plan)), n_rows_read=source.n_rows), plan, sums
    )
    try:
        return _fit(fit, plan, sums, columns)
    except NoNumberError as error:
        return refused(fit, error)


def _levels(source: Source, plan: "_Plan") -> dict[str, tuple[str, ...]]:
    """Levels of the text columns that are factors by themselves, for the code."""
    texts = {
        quoted(name): name
        for name in plan.columns
        if is_text(source.types[name]) and name not in plan.asked.groups
    }
    return {
        texts[one.label]: one.levels
        for one in plan.design.variables
        if isinstance(one, Factor) and one.label in texts and len(one.levels) <= MOST_SHOWN
    }


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
    design: Design
    effects: tuple[RandomDesign, ...]
    groupings: tuple[_Grouping, ...]

    @cached_property
    def layout(self) -> Layout:
        """The random effects, those with most groups first."""
        levels = {one.group: one.n_levels for one in self.groupings}
        bars = [(one.group, one.design.names, one.is_correlated) for one in self.effects]
        ordered = sorted(bars, key=lambda bar: -levels[bar[0]])
        nested = len(self.groupings) == 2 and _is_nested(*self.by_size)
        return Layout.of(ordered, levels, is_nested=nested)

    @cached_property
    def by_size(self) -> tuple[_Grouping, ...]:
        """Grouping factors as the layout orders them: most levels first."""
        return tuple(sorted(self.groupings, key=lambda one: -one.n_levels))


def _plan(source: Source, asked: Request) -> _Plan:
    formula = asked.formula
    schema = Schema(formula.text, source.types, asked.groups)
    used = source.lazy.select(asked.columns)
    levels_of = levels_in(used.drop_nulls())
    effects = tuple(one for bar in formula.bars for one in random_designs(bar, schema, levels_of))
    check_repeated(effects)
    return _Plan(
        asked=asked,
        columns=asked.columns,
        response=compiled(formula.response, schema),
        offsets=tuple(compiled(node, schema) for node in formula.offsets),
        design=fixed_part(asked, schema, levels_of),
        effects=effects,
        groupings=tuple(
            _grouping(source, group, columns)
            for group, columns in {one.group: one.columns for one in effects}.items()
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


@dataclass(frozen=True, eq=False)
class _Sums:
    """What a pass leaves: `seen` tells which levels of each grouping had a complete row."""

    products: Products | None
    n_rows: int
    dropped: tuple[DroppedRows, ...]
    seen: tuple[Flags, ...]


def _sums(source: Source, plan: _Plan) -> _Sums:
    layout, by_size = plan.layout, plan.by_size
    constant = plan.design.names.index(INTERCEPT) if INTERCEPT in plan.design.names else None
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
    return _Sums(
        builder.products() if n_rows else None,
        n_rows,
        tuple(DroppedRows(column, count) for column, count in missing.items() if count),
        tuple(seen[one.group] for one in plan.groupings),
    )


def _numbers(rows: AnalysedRows, plan: _Plan, layout: Layout) -> tuple[Floats, Floats, Floats]:
    """Outcome (n,), design (n, p) and the layout's columns (n, q) of some rows."""
    y = numbers(rows.frame, plan.response)
    for offset in plan.offsets:
        y = y - numbers(rows.frame, offset)
    X = plan.design.matrix(rows.frame)
    effects: dict[str, Floats] = {}
    for one in plan.effects:
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
    for place, name in enumerate(plan.design.names):
        require_finite(X[:, place], rows.numbers, name)
    for name, values in effects.items():
        require_finite(values, rows.numbers, name)


# -- fit ----------------------------------------------------------------------------------------


def _checked(fit: TableFit, plan: _Plan, sums: _Sums) -> tuple[TableFit, Columns | None]:
    """What is known before fitting; no columns if no row is left."""
    fit = replace(fit, n_rows=sums.n_rows, rows_dropped=sums.dropped)
    if sums.products is None:
        return fit, None
    p = len(plan.design.names)
    columns = independent_columns(plan.design, root_of(sums.products.C[:p, :p]), sums.n_rows)
    sentences = (one.explanation for one in columns.left_out)
    return replace(
        fit,
        n_groups={one.group: one.n_levels for one in plan.by_size},
        not_estimable=columns.left_out,
        warnings=(*columns.warnings, *sentences),
    ), columns


def _fit(fit: TableFit, plan: _Plan, sums: _Sums, columns: Columns | None) -> TableFit:
    asked = plan.asked
    if sums.products is None or columns is None:
        nothing = np.zeros(0, dtype=np.int64)
        check_not_empty(AnalysedRows(pl.DataFrame(), nothing, fit.n_rows_read, sums.dropped), asked)
        return fit
    warnings = [
        warning
        for one in plan.groupings
        for warning in check_groups(one.group, one.n_levels, sums.n_rows, asked)
    ]
    found = fit_products(
        _without(sums.products, columns),
        columns.names,
        plan.layout,
        reml=asked.method == "reml",
    )
    fit = replace(fit, warnings=(*warnings, *fit.warnings))
    return with_estimates(fit, linear_estimates(found, asked.df))


def _without(products: Products, columns: Columns) -> Products:
    """The sums without the fixed columns that were left out."""
    width = products.C.shape[0]
    kept = [*columns.kept, *range(products.n_fixed, width)]
    if len(kept) == width:
        return products
    return replace(
        products,
        n_fixed=len(columns.kept),
        B=products.B[:, :, kept],
        C=products.C[np.ix_(kept, kept)],
        column_units=products.column_units[np.ix_(kept, kept)],
    )
