"""From sums of rows to a fitted table, whoever made the sums: polars, a database, another site."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from models.errors import NoNumberError
from models.formula.deparse import quoted
from models.formula.expressions import Schema, is_text
from models.formula.matrices import Design, RandomDesign, random_designs
from models.formula.resolve import MOST_SHOWN, LevelsOf
from models.formula.variables import Factor
from models.linear.fit import fit_products
from models.linear.layout import Layout
from models.linear.pattern_sums import PatternSums
from models.linear.products import Products
from models.table.answer import TableFit
from models.table.estimate import linear_estimates
from models.table.fit import refused, with_estimates
from models.table.grouping import check_groups
from models.table.prepare import Columns, check_repeated, fixed_part, independent_columns
from models.table.rank import root_of
from models.table.request import Request
from models.table.rows import AnalysedRows, DroppedRows, check_not_empty

Bar = tuple[str, tuple[str, ...], bool]
"""A bar of the formula: its group, its effects, and whether these may correlate."""


@dataclass(frozen=True)
class Outline:
    """A linear model's columns and bars by name, as the sums of its rows know them.

    `names` are the fixed columns, `empty` the terms that have none, `bars` in the formula's order.
    """

    asked: Request
    names: tuple[str, ...]
    empty: tuple[str, ...]
    bars: tuple[Bar, ...]

    @property
    def effects(self) -> tuple[str, ...]:
        """The columns of Z, in the formula's order."""
        return tuple(dict.fromkeys(name for _, names, _ in self.bars for name in names))

    @property
    def groups(self) -> tuple[str, ...]:
        """The grouping factors, in the formula's order."""
        return tuple(dict.fromkeys(group for group, _, _ in self.bars))

    def layout(self, n_levels: Mapping[str, int], *, is_nested: bool) -> Layout:
        """The random effects, bars of those with most groups first."""
        ordered = sorted(self.bars, key=lambda bar: -n_levels[bar[0]])
        return Layout.of(ordered, n_levels, is_nested=is_nested, columns=self.effects)


@dataclass(frozen=True, eq=False)
class Model:
    """A request together with a table's columns: what each column of the model is made of."""

    asked: Request
    design: Design
    random: tuple[RandomDesign, ...]

    @classmethod
    def of(cls, asked: Request, types: Mapping[str, pl.DataType], levels_of: LevelsOf) -> "Model":
        """Resolve the formula's variables.

        Raises
        ------
        UserError
            If formula and columns do not go together.
        """
        formula = asked.formula
        schema = Schema(formula.text, types, asked.groups)
        random = tuple(
            one for bar in formula.bars for one in random_designs(bar, schema, levels_of)
        )
        check_repeated(random)
        return cls(asked, fixed_part(asked, schema, levels_of), random)

    def text_levels(self, types: Mapping[str, pl.DataType]) -> dict[str, tuple[str, ...]]:
        """Levels of the text columns that are factors by themselves, for the code; few ones."""
        texts = {
            quoted(name): name
            for name in self.asked.columns
            if is_text(types[name]) and name not in self.asked.groups
        }
        return {
            texts[one.label]: one.levels
            for one in self.design.variables
            if isinstance(one, Factor) and one.label in texts and len(one.levels) <= MOST_SHOWN
        }

    @property
    def outline(self) -> Outline:
        """The model by name."""
        bars = [(one.group, one.design.names, one.is_correlated) for one in self.random]
        return Outline(self.asked, self.design.names, self.design.empty, tuple(bars))


@dataclass(frozen=True, eq=False)
class TableSums:
    """What is left of a table's rows: `products` (none if no row is complete) and counts.

    `n_levels` of each grouping factor are those with a complete row; `is_nested` says that one
    factor lies within the other.
    """

    products: Products | PatternSums | None
    n_rows: int
    n_rows_read: int
    dropped: tuple[DroppedRows, ...]
    n_levels: Mapping[str, int]
    is_nested: bool = False
    notes: tuple[str, ...] = field(default=())


def fit_sums(fit: TableFit, outline: Outline, sums: TableSums) -> TableFit:
    """The answer from sums of rows; `fit` is what was known before."""
    fit = replace(fit, n_rows=sums.n_rows, n_rows_read=sums.n_rows_read, rows_dropped=sums.dropped)
    columns = None
    if sums.products is not None:
        p = len(outline.names)
        root = root_of(sums.products.C[:p, :p])
        columns = independent_columns(outline.names, outline.empty, root, sums.n_rows)
        ordered = sorted(outline.groups, key=lambda group: -sums.n_levels[group])
        sentences = (one.explanation for one in columns.left_out)
        fit = replace(
            fit,
            n_groups={group: sums.n_levels[group] for group in ordered},
            not_estimable=columns.left_out,
            warnings=(*sums.notes, *columns.warnings, *sentences),
        )
    try:
        return _fitted(fit, outline, sums, columns)
    except NoNumberError as error:
        return refused(fit, error)


def _fitted(fit: TableFit, outline: Outline, sums: TableSums, columns: Columns | None) -> TableFit:
    asked = outline.asked
    if sums.products is None or columns is None:
        nothing = np.zeros(0, dtype=np.int64)
        check_not_empty(AnalysedRows(pl.DataFrame(), nothing, fit.n_rows_read, sums.dropped), asked)
        return fit
    warnings = [
        warning
        for group in outline.groups
        for warning in check_groups(group, sums.n_levels[group], sums.n_rows, asked)
    ]
    found = fit_products(
        _without(sums.products, columns.kept),
        columns.names,
        outline.layout(sums.n_levels, is_nested=sums.is_nested),
        reml=asked.method == "reml",
    )
    fit = replace(fit, warnings=(*warnings, *fit.warnings))
    return with_estimates(fit, linear_estimates(found, asked.df))


def _without(products: Products | PatternSums, kept: Sequence[int]) -> Products | PatternSums:
    """The sums without the fixed columns that were left out."""
    if isinstance(products, PatternSums):
        return products.without(kept)
    width = products.C.shape[0]
    chosen = [*kept, *range(products.n_fixed, width)]
    if len(chosen) == width:
        return products
    return replace(
        products,
        n_fixed=len(kept),
        B=products.B[:, :, chosen],
        C=products.C[np.ix_(chosen, chosen)],
        column_units=products.column_units[np.ix_(chosen, chosen)],
    )
