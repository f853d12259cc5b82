"""A model's columns as views of a table: what a formula asks for, row by row, in SQL.

`model_table` is what was read; `model_columns` its columns that the formula names, as m_0, m_1,
..., NaN being missing; `model_complete` the rows that lack none; `model_values` the grouping
factors and the model's columns, v_0, v_1, ...: those of Z, of X, and the outcome; `model_numbers`
the same in standardised units, as z_ and x_ columns.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl
from sqlglot import exp

from etl.sums.engine import Engine
from etl.sums.expressions import Tree, condition, double, number
from models.formula.matrices import Design
from models.formula.syntax import FACTOR_CALLS, Call, Name, Node, columns_of
from models.formula.variables import Factor
from models.panel import Floats
from models.table.prepare import refuse_many_levels
from models.table.request import Request
from models.table.sums import Model

TABLE, COLUMNS, COMPLETE = "model_table", "model_columns", "model_complete"
VALUES, NUMBERS = "model_values", "model_numbers"


@dataclass(frozen=True, eq=False)
class ModelTable:
    """A table in an engine, and the formula that is asked of it.

    `types` are those of the table's columns; `seen` keeps the values of columns that are factors.
    """

    engine: Engine
    asked: Request
    types: pl.Schema
    seen: dict[str, pl.DataFrame] = field(default_factory=dict)

    @cached_property
    def columns(self) -> dict[str, str]:
        """What the views call each column that the formula names."""
        return {name: f"m_{place}" for place, name in enumerate(self.asked.columns)}

    def define(self) -> None:
        """Make the views that need no knowledge of the rows."""
        columns = [exp.alias_(self._column(name), alias) for name, alias in self.columns.items()]
        self.engine.define(COLUMNS, exp.select(*columns).from_(TABLE))
        there = [exp.column(one).is_(exp.null()).not_() for one in self.columns.values()]
        self.engine.define(COMPLETE, exp.select("*").from_(COLUMNS).where(*there))

    def _column(self, name: str) -> Tree:
        column = exp.column(name, quoted=True)
        if not self.types[name].is_float():
            return column
        return exp.Case().when(exp.Not(this=exp.IsNan(this=column.copy())), column)

    def levels_of(self, node: Node, texts: pl.Expr) -> list[str]:
        """The distinct texts of a factor among the complete rows; see `LevelsOf`."""
        key, tree = self._origin(node)
        if key not in self.seen:
            value = exp.alias_(tree, "value")
            counted = exp.select(exp.alias_(exp.Count(this=exp.Distinct(expressions=[tree])), "n"))
            n_values = int(self.engine.fetch(counted.from_(COMPLETE))["n"][0])
            refuse_many_levels(key, n_values)
            found = self.engine.fetch(exp.select(value).distinct().from_(COMPLETE))
            self.seen[key] = found.sort("value")
        return self._texts(node, texts)["level"].unique().to_list()

    def _origin(self, node: Node) -> tuple[str, Tree]:
        """A factor's column with its name, or a condition."""
        name = _factored(node)
        if name is not None:
            return name, exp.column(self.columns[name])
        return repr(node), condition(node, self.columns)

    def _texts(self, node: Node, texts: pl.Expr) -> pl.DataFrame:
        """Each value of a factor with its level."""
        key, _ = self._origin(node)
        values = self.seen[key]
        if _factored(node) is None:
            return values.with_columns(
                level=pl.when("value").then(pl.lit("TRUE")).otherwise(pl.lit("FALSE"))
            )
        level = values.select(pl.col("value").cast(self.types[key]).alias(key)).select(level=texts)
        return values.hstack(level)

    # -- columns of the model ------------------------------------------------------------------

    def define_values(self, model: Model) -> None:
        """Make the view of the model's columns: `group_1`, `group_2`, then v_0, v_1, ..."""
        outline = model.outline
        effects: dict[str, Tree] = {}
        for one in model.random:
            effects |= dict(zip(one.design.names, self._design(one.design), strict=True))
        outcome = number(self.asked.formula.response, self.columns)
        for offset in self.asked.formula.offsets:
            outcome = exp.Sub(this=outcome, expression=exp.paren(number(offset, self.columns)))
        trees = [*(effects[name] for name in outline.effects), *self._design(model.design), outcome]
        values = [exp.alias_(tree, f"v_{place}") for place, tree in enumerate(trees)]
        self.engine.define(VALUES, exp.select(*self._groups(model), *values).from_(COMPLETE))

    def _groups(self, model: Model) -> Iterator[Tree]:
        groups = {one.group: one.columns for one in model.random}
        keys: list[Tree] = [self._key(columns) for columns in groups.values()]
        if len(keys) == 1:
            keys.append(exp.Literal.number(0))
        for place, key in enumerate(keys, start=1):
            yield exp.alias_(key, f"group_{place}")

    def _key(self, columns: Sequence[str]) -> Tree:
        """A level: the value of a column, or those of several in one text, each with its length."""
        own: list[Tree] = [exp.column(self.columns[name]) for name in columns]
        if len(own) == 1:
            return own[0]
        texts = [exp.cast(column, "varchar") for column in own]
        parts = [
            part
            for text in texts
            for part in (
                exp.cast(exp.Length(this=text.copy()), "varchar"),
                exp.Literal.string(":"),
                text,
            )
        ]
        return exp.Concat(expressions=parts, safe=False, coalesce=False)

    def _design(self, design: Design) -> Iterator[Tree]:
        """The columns of a design, in its order."""
        for chosen in design.choices():
            column: Tree = double(1.0)
            for place, (at, full, part) in enumerate(chosen):
                own = exp.paren(self._part(design, at, part, full=full))
                column = own if place == 0 else exp.Mul(this=column, expression=own)
            yield column

    def _part(self, design: Design, at: int, part: int, *, full: bool) -> Tree:
        node, variable = design.terms.variables[at], design.variables[at]
        if not isinstance(variable, Factor):
            return number(node, self.columns)
        coding = np.eye(len(variable.levels)) if full else variable.coding
        weights = dict(zip(variable.levels, coding[:, part].tolist(), strict=True))
        _, tree = self._origin(node)
        case = exp.Case()
        for value, level in self._texts(node, variable.expression).iter_rows():
            if weights[level]:
                same = exp.EQ(this=tree.copy(), expression=_literal(value))
                case = case.when(same, double(weights[level]))
        return case.else_(double(0.0)) if case.args.get("ifs") else double(0.0)

    def define_numbers(self, z: tuple[Floats, Floats], x: tuple[Floats, Floats]) -> None:
        """Make the view of standardised columns, from shifts and scales of Z's and of [X y]'s."""
        trees: list[Tree] = [exp.column("group_1"), exp.column("group_2")]
        place = 0
        for kind, shifts, scales in (("z", *z), ("x", *x)):
            for own, (shift, scale) in enumerate(
                zip(shifts.tolist(), scales.tolist(), strict=True)
            ):
                tree: Tree = exp.column(f"v_{place}")
                if shift:
                    tree = exp.paren(exp.Sub(this=tree, expression=double(shift)))
                # Scales are powers of two: their inverses are exact.
                trees.append(
                    exp.alias_(exp.Mul(this=tree, expression=double(1 / scale)), f"{kind}_{own}")
                )
                place += 1
        self.engine.define(NUMBERS, exp.select(*trees).from_(VALUES))

    def sample(self, n_rows: int) -> pl.DataFrame:
        """Some rows of the formula's columns, whichever come first, to look at their kind."""
        named = [exp.column(name, quoted=True) for name in self.columns]
        return self.engine.fetch(exp.select(*named).from_(TABLE).limit(n_rows))


def _factored(node: Node) -> str | None:
    """The column that a factor is made of; None for a condition."""
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Call) and node.function in FACTOR_CALLS:
        return columns_of(node)[0].name
    return None


def _literal(value: object) -> Tree:
    if isinstance(value, bool):
        return exp.true() if value else exp.false()
    if isinstance(value, float):
        return double(value)
    if isinstance(value, int):
        return exp.Literal.number(value) if value >= 0 else exp.Neg(this=exp.Literal.number(-value))
    return exp.Literal.string(str(value))
