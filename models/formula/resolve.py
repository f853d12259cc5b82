"""From a variable as it is written to one with values: what its column holds decides."""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from models.formula.deparse import in_r
from models.formula.expressions import (
    BASES,
    Schema,
    compiled,
    is_text,
    is_true_or_false,
)
from models.formula.syntax import FACTOR_CALLS, Call, Name, Node, Number, Text, Truth
from models.formula.syntax_error import FormulaError, at
from models.formula.variables import Basis, Factor, Measure, Variable

MOST_SHOWN = 20
"""Levels that an error lists; a column with more may name people."""
LevelsOf = Callable[[Node, pl.Expr], list[str]]
"""Gives the distinct texts of an expression, in any order; told the column or condition, too."""

_PLAIN_FACTORS = frozenset({"factor", "as.factor"})
_TREATMENT = frozenset({"contr.treatment", "Treatment"})
_CONTRASTS = {
    "contr.sum": "SumContrasts",
    "Sum": "SumContrasts",
    "contr.helmert": "HelmertContrasts",
    "Helmert": "HelmertContrasts",
    "contr.poly": "PolyContrasts",
    "Poly": "PolyContrasts",
}
_LETTERS = {"PolyContrasts": (".L", ".Q", ".C")}


def resolve(node: Node, schema: Schema, levels_of: LevelsOf) -> Variable:
    """Decide what a variable of the formula is.

    Numbers are a measure; text, and TRUE and FALSE, a factor with its first level as reference, as
    in R.

    Raises
    ------
    FormulaError
        At a function or an argument that there is not, a type that cannot be used.
    """
    if isinstance(node, Call) and node.function in FACTOR_CALLS:
        return _factor(node, schema, levels_of)
    if isinstance(node, Call) and node.function in BASES:
        return _basis(node, schema)
    if isinstance(node, Name) and is_text(schema.types[node.name]):
        return _coded(node, _texts(node, schema), _ordered(node, schema, levels_of), None)
    if is_true_or_false(node) or (isinstance(node, Name) and schema.types[node.name] == pl.Boolean):
        truth = _truth_texts(node, schema)
        return _coded(node, truth, sorted(levels_of(node, truth)), None)
    column = node.name if isinstance(node, Name) else None
    return Measure(in_r(node), compiled(node, schema), column)


def _truth_texts(node: Node, schema: Schema) -> pl.Expr:
    is_true = compiled(node, schema).cast(pl.Boolean)
    return pl.when(is_true).then(pl.lit("TRUE")).otherwise(pl.lit("FALSE"))


def _texts(node: Name, schema: Schema) -> pl.Expr:
    """A column as the names of its levels: whole numbers without a point, as R prints them."""
    kind = schema.types[node.name]
    if kind == pl.Boolean:
        return _truth_texts(node, schema)
    if kind.is_nested():
        compiled(node, schema)
    texts = pl.col(node.name).cast(pl.String)
    return texts.str.strip_suffix(".0") if kind.is_float() else texts


def _ordered(node: Name, schema: Schema, levels_of: LevelsOf) -> list[str]:
    """Levels in the column's own order if it has one, else numbers by size, text by alphabet."""
    found = levels_of(node, _texts(node, schema))
    kind = schema.types[node.name]
    if isinstance(kind, pl.Enum):
        there = set(found)
        return [level for level in kind.categories if level in there]
    return sorted_levels(found)


def sorted_levels(levels: list[str]) -> list[str]:
    """Numbers by size; text by alphabet, small and capital letters together, as R sorts."""
    try:
        return sorted(levels, key=lambda level: (float(level), level))
    except ValueError:
        return sorted(levels, key=lambda level: (level.casefold(), level.swapcase()))


# -- factors ------------------------------------------------------------------------------------


def _factor(call: Call, schema: Schema, levels_of: LevelsOf) -> Factor:
    column = _within_factor(call.arguments[0]) if call.arguments else None
    if not isinstance(column, Name):
        raise at(schema.text, call.start, f"{call.function}() takes a column, as in factor(arm).")
    levels = _ordered(column, schema, levels_of)
    texts = _texts(column, schema)
    named = dict(call.named)
    contrast = call.arguments[1] if len(call.arguments) > 1 else named.pop("contr", None)
    if call.function == "relevel":
        reference = named.pop("ref", contrast)
        contrast, levels = None, _first(reference, levels, call, schema)
    if "levels" in named:
        levels = _as_listed(named.pop("levels"), levels, call, schema)
    if named or len(call.arguments) > 2:
        raise at(
            schema.text,
            call.start,
            f"{call.function}() takes a column and, by name, levels = c(...), or contrasts as in "
            'C(arm, contr.sum); relevel(arm, ref = "b") sets the reference.',
        )
    return _coded(call, texts, levels, contrast, schema)


def _within_factor(node: Node) -> Node:
    """The column of `factor(x)` within `relevel(factor(x), ref = "b")`."""
    if isinstance(node, Call) and node.function in _PLAIN_FACTORS and not node.named:
        return node.arguments[0] if len(node.arguments) == 1 else node
    return node


def _first(reference: Node | None, levels: list[str], call: Call, schema: Schema) -> list[str]:
    level = _level(reference, levels, call, schema)
    return [level, *(other for other in levels if other != level)]


def _level(node: Node | None, levels: list[str], call: Call, schema: Schema) -> str:
    if isinstance(node, Number) and node.text.rstrip("L") in levels:
        return node.text.rstrip("L")
    if isinstance(node, Number) and 1 <= node.value <= len(levels):
        return levels[int(node.value) - 1]
    if isinstance(node, Text) and node.value in levels:
        return node.value
    if isinstance(node, Text):
        raise at(
            schema.text,
            node.start,
            f"no analysed row of '{_column(call)}' has level '{node.value}'."
            f"{_shown(levels, call, schema)}",
        )
    raise at(schema.text, call.start, 'expected a level in quotes, as in relevel(arm, ref = "b").')


def _as_listed(node: Node, levels: list[str], call: Call, schema: Schema) -> list[str]:
    listed = node.arguments if isinstance(node, Call) and node.function == "c" else ()
    ordered = [_level(one, levels, call, schema) for one in listed]
    if sorted(ordered) != sorted(levels):
        raise at(
            schema.text,
            call.start,
            f"levels = c(...) must name every level of '{_column(call)}' once."
            f"{_shown(levels, call, schema)}",
        )
    return ordered


def _column(call: Call) -> str:
    column = _within_factor(call.arguments[0])
    return column.name if isinstance(column, Name) else in_r(column)


def _shown(levels: list[str], call: Call, schema: Schema) -> str:
    """The levels, unless they may be what participants are called."""
    if _column(call) in schema.groups or len(levels) > MOST_SHOWN:
        return f" It has {len(levels):,} levels."
    return f" Levels: {', '.join(map(repr, levels))}."


def _coded(
    node: Node,
    texts: pl.Expr,
    levels: list[str],
    contrast: Node | None,
    schema: Schema | None = None,
) -> Factor:
    label = in_r(node)
    if contrast is not None and schema is not None:
        name = contrast.function if isinstance(contrast, Call) else _name(contrast)
        if name in _TREATMENT:
            chosen = _treatment_base(contrast, levels, node, schema)
            levels = [chosen, *(level for level in levels if level != chosen)]
        elif name in _CONTRASTS:
            return _contrasted(label, texts, levels, name)
        else:
            raise at(
                schema.text,
                contrast.start,
                f"no contrasts '{name}'. There are: contr.treatment, contr.sum, contr.helmert, "
                "contr.poly.",
            )
    return Factor(label, texts, tuple(levels), np.eye(len(levels))[:, 1:], tuple(levels[1:]))


def _name(node: Node) -> str:
    return node.name if isinstance(node, Name) else in_r(node)


def _treatment_base(contrast: Node, levels: list[str], node: Node, schema: Schema) -> str:
    if not isinstance(contrast, Call) or not isinstance(node, Call):
        return levels[0]
    named = dict(contrast.named)
    given = [*contrast.arguments, *named.values()]
    return _level(given[0], levels, node, schema) if given else levels[0]


def _contrasted(label: str, texts: pl.Expr, levels: list[str], name: str) -> Factor:
    from formulaic.transforms import contrasts  # brings pandas along: slow to import

    letters = _LETTERS.get(_CONTRASTS[name])
    made = getattr(contrasts, _CONTRASTS[name])().get_coding_matrix(levels)
    matrix = np.asarray(made, dtype=np.float64)
    k = matrix.shape[1]
    coded = [str(place) for place in range(1, k + 1)]
    if letters is not None:
        coded = [*letters[:k], *(f"^{degree}" for degree in range(4, k + 1))]
    return Factor(label, texts, tuple(levels), matrix, tuple(coded), is_treatment=False)


# -- polynomials and splines --------------------------------------------------------------------


def _basis(call: Call, schema: Schema) -> Basis:
    if not call.arguments:
        raise at(schema.text, call.start, f"{call.function}() takes a column first.")
    expression = compiled(call.arguments[0], schema)
    from formulaic.transforms import basis_spline, poly  # see `_contrasted`

    if call.function == "poly":
        keys, transform = ("degree", "raw"), poly
    else:
        keys, transform = ("df", "degree"), basis_spline
    given = dict(zip(keys, call.arguments[1:], strict=False)) | dict(call.named)
    unknown = sorted(set(given) - set(keys))
    if unknown or len(call.arguments) > 1 + len(keys):
        raise at(
            schema.text,
            call.start,
            f"{call.function}() takes a column, {keys[0]} and {keys[1]}; here is {in_r(call)}.",
        )
    arguments = {key: _constant(value, call, schema) for key, value in given.items()}
    return Basis(in_r(call), expression, transform, arguments, _n_columns(call, arguments, schema))


def _n_columns(call: Call, arguments: dict[str, Any], schema: Schema) -> int:
    degree = arguments.get("degree", 1 if call.function == "poly" else 3)
    if call.function == "poly":
        return int(degree)
    n_columns = int(arguments.setdefault("df", degree))
    if n_columns < degree:
        raise at(schema.text, call.start, f"bs() needs df of at least its degree, here {degree}.")
    return n_columns


def _constant(node: Node, call: Call, schema: Schema) -> int | bool:
    if isinstance(node, Truth):
        return node.value
    if isinstance(node, Number) and node.value == int(node.value) and node.value >= 1:
        return int(node.value)
    raise _expected_number(node, call, schema)


def _expected_number(node: Node, call: Call, schema: Schema) -> FormulaError:
    return at(
        schema.text, node.start, f"expected a whole number from 1 in {call.function}(), such as 2."
    )
