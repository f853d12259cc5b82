"""Arithmetic within a formula, such as `log(x + 1)`, as expressions on a table.

Only what stands here can be computed: nothing of a formula is ever run as Python.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import singledispatch

import polars as pl

from models.formula.deparse import in_r
from models.formula.syntax import (
    FACTOR_CALLS,
    Bar,
    Call,
    Name,
    Node,
    Number,
    Operation,
    Parenthesis,
    Sign,
    Text,
    Truth,
    children,
)
from models.formula.syntax_error import FormulaError, at, nearest

One = Callable[[pl.Expr], pl.Expr]

FUNCTIONS: dict[str, One] = {
    "I": lambda x: x,
    "log": lambda x: x.log(),
    "log2": lambda x: x.log(2),
    "log10": lambda x: x.log10(),
    "log1p": lambda x: x.log1p(),
    "exp": lambda x: x.exp(),
    "sqrt": lambda x: x.sqrt(),
    "abs": lambda x: x.abs(),
    "center": lambda x: x - x.mean(),
    "scale": lambda x: (x - x.mean()) / x.std(),
    "as.numeric": lambda x: x,
}
WHOLE_TABLE = frozenset({"center", "scale"})
"""Functions of which a row's value depends on all other rows."""
BASES = frozenset({"poly", "bs"})
_COMPARISONS: dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}
_ARITHMETIC: dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "^": lambda a, b: a.pow(b),
    "%%": lambda a, b: a % b,
}
_LOGIC: dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "&": lambda a, b: a & b,
    "&&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "||": lambda a, b: a | b,
}
_INSTEAD = {
    "ns": "bs(x, df = 4)",
    "center_scale": "scale(x)",
    "c": "one column or expression",
    "as.integer": "as.numeric(x)",
    "cbind": "cbind(success, failure) on the left of ~ only",
    "offset": "offset() on the right of ~, added with +",
    "log1": "log1p(x)",
    "s": "bs(x, df = 4)",
    "ifelse": "a comparison, as in I(x > 2)",
}


@dataclass(frozen=True)
class Schema:
    """The formula's text, for errors, and the types of the columns it may use.

    `groups` are columns that name groups, such as participants: errors never list what they hold.
    """

    text: str
    types: Mapping[str, pl.DataType]
    groups: frozenset[str] = frozenset()


def is_true_or_false(node: Node) -> bool:
    """Whether an expression's values are TRUE and FALSE."""
    if isinstance(node, Operation):
        return node.operator in _COMPARISONS or node.operator in _LOGIC
    if isinstance(node, Parenthesis):
        return is_true_or_false(node.inner)
    if isinstance(node, Call) and node.function == "I" and node.arguments:
        return is_true_or_false(node.arguments[0])
    return isinstance(node, Sign) and node.operator == "!"


def is_rowwise(node: Node) -> bool:
    """Whether each row's value follows from that row alone, so that a file can be read in parts."""
    if isinstance(node, Call) and node.function in WHOLE_TABLE | BASES:
        return False
    return all(is_rowwise(child) for child in children(node))


def compiled(node: Node, schema: Schema) -> pl.Expr:
    """An expression of numbers (or TRUE and FALSE) on the table's columns.

    Raises
    ------
    FormulaError
        At an unknown function, or a column that does not hold numbers.
    """
    return _compiled(node, schema)


@singledispatch
def _compiled(node: Node, schema: Schema) -> pl.Expr:
    what = "a bar" if isinstance(node, Bar) else "quoted text"
    raise at(
        schema.text,
        node.start,
        f'{what} cannot stand here. Text is compared with a column, as in I(arm == "b").',
    )


@_compiled.register
def _(node: Name, schema: Schema) -> pl.Expr:
    if is_text(schema.types[node.name]):
        raise at(
            schema.text,
            node.start,
            f"column '{node.name}' holds text, and numbers are needed here. As a term of its own, "
            f"{in_r(node)} is a factor.",
        )
    return numeric(node, schema)


@_compiled.register
def _(node: Number | Truth, _schema: Schema) -> pl.Expr:
    return pl.lit(node.value)


@_compiled.register
def _(node: Parenthesis, schema: Schema) -> pl.Expr:
    return compiled(node.inner, schema)


@_compiled.register
def _(node: Sign, schema: Schema) -> pl.Expr:
    inner = compiled(node.operand, schema)
    return ~inner if node.operator == "!" else -inner if node.operator == "-" else inner


@_compiled.register
def _(node: Operation, schema: Schema) -> pl.Expr:
    if node.operator in _COMPARISONS:
        return _compared(node, schema)
    join = _ARITHMETIC.get(node.operator) or _LOGIC.get(node.operator)
    if join is None:
        raise at(
            schema.text, node.start, f"'{node.operator}' cannot stand within a function or I()."
        )
    return join(compiled(node.left, schema), compiled(node.right, schema))


@_compiled.register
def _(node: Call, schema: Schema) -> pl.Expr:
    if node.function not in FUNCTIONS:
        raise unknown_function(node, schema.text)
    if len(node.arguments) != 1 or node.named:
        raise at(schema.text, node.start, f"{node.function}() takes one expression.")
    return FUNCTIONS[node.function](compiled(node.arguments[0], schema))


def _compared(node: Operation, schema: Schema) -> pl.Expr:
    """A comparison; with quoted text, a column is compared as text, as in R."""
    left, right = node.left, node.right
    if isinstance(left, Text) or isinstance(right, Text):
        _refuse_numbers_as_text(node, schema)
        sides = [_as_text(side, schema) for side in (left, right)]
    else:
        sides = [compiled(side, schema) for side in (left, right)]
    return _COMPARISONS[node.operator](*sides)


def _refuse_numbers_as_text(node: Operation, schema: Schema) -> None:
    """Refuse a number compared with a text that it cannot equal, or by alphabet."""
    pairs = ((node.left, node.right), (node.right, node.left))
    for column, text in pairs:
        if not isinstance(column, Name) or not isinstance(text, Text):
            continue
        is_equality = node.operator in {"==", "!="}
        if schema.types[column.name].is_numeric() and not (is_equality and _is_number(text.value)):
            raise at(
                schema.text,
                text.start,
                f"column '{column.name}' holds numbers, and is compared with text here. Write a "
                f"number without quotes, as in I({in_r(column)} {node.operator} 2).",
            )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _as_text(node: Node, schema: Schema) -> pl.Expr:
    if isinstance(node, Text):
        return pl.lit(node.value)
    if isinstance(node, Name) and not schema.types[node.name].is_nested():
        return pl.col(node.name).cast(pl.String)
    raise at(schema.text, node.start, 'text is compared with a column itself, as in I(arm == "b").')


def unknown_function(node: Call, text: str) -> FormulaError:
    """What to say of a function that is not one of a formula's."""
    known = sorted(set(FUNCTIONS) | FACTOR_CALLS | BASES)
    if node.function in FACTOR_CALLS | BASES:
        reason = f"{node.function}() makes a term of its own and cannot stand within another"
        return at(text, node.start, f"{reason}. Use it outside, as in {node.function}(x) + z.")
    hint = nearest(node.function, known)
    if node.function in _INSTEAD:
        hint = f". Write {_INSTEAD[node.function]}"
    end = "" if hint.endswith("?") else "."
    return at(
        text,
        node.start,
        f"no function '{node.function}'{hint}{end} There are: {', '.join(known)}.",
    )


def is_text(kind: pl.DataType) -> bool:
    """Whether a column holds categories."""
    return isinstance(kind, pl.String | pl.Categorical | pl.Enum)


def numeric(node: Name, schema: Schema) -> pl.Expr:
    """A column as numbers.

    Raises
    ------
    FormulaError
        If it holds dates or something nested.
    """
    kind = schema.types[node.name]
    if kind.is_numeric() or kind == pl.Boolean or kind == pl.Null:
        return pl.col(node.name).cast(pl.Float64)
    if kind.is_temporal():
        raise at(
            schema.text,
            node.start,
            f"column '{node.name}' holds dates or times. Give the table a column with numbers, "
            "such as days since the start.",
        )
    raise at(
        schema.text,
        node.start,
        f"column '{node.name}' holds {str(kind).lower()}. Expected numbers, text, or TRUE and "
        "FALSE.",
    )
