"""Expressions of a formula as SQL, with the meaning that `models.formula.expressions` gives them.

What cannot be computed (the logarithm of 0, a division by 0) is NULL here, and NaN or infinite
there: both refuse it. All numbers are DOUBLE.
"""

from collections.abc import Callable, Mapping
from functools import singledispatch

from sqlglot import exp

from models.formula.syntax import (
    Call,
    Name,
    Node,
    Number,
    Operation,
    Parenthesis,
    Sign,
    Text,
    Truth,
)

Tree = exp.Expr
Columns = Mapping[str, str]
"""What a select calls the columns that a formula names."""


def double(value: float) -> Tree:
    """A number, digit for digit: with an exponent both engines read it as DOUBLE."""
    text = repr(abs(float(value)))
    number: Tree = exp.Literal.number(text if "e" in text else f"{text}e0")
    return exp.Neg(this=number) if value < 0 else number


def as_double(tree: Tree) -> Tree:
    """Any number, or TRUE and FALSE, as DOUBLE."""
    return exp.cast(tree, "double")


def where(condition: Tree, tree: Tree) -> Tree:
    """The tree where the condition holds, else NULL."""
    return exp.Case().when(condition, tree)


def _above(x: Tree, least: float) -> Tree:
    return exp.GT(this=x.copy(), expression=double(least))


def _logarithm(x: Tree) -> Tree:
    return where(_above(x, 0.0), exp.Ln(this=x))


def _log1p(x: Tree) -> Tree:
    """ln(1 + x) with the digits that 1 + x loses of a small x (Kahan's way; DuckDB lacks log1p)."""
    one = double(1.0)
    more = exp.paren(exp.Add(this=x.copy(), expression=one))
    kept = exp.paren(exp.Sub(this=more.copy(), expression=one.copy()))
    scaled = exp.Div(this=_logarithm(more), expression=kept.copy())
    return (
        exp.Case()
        .when(exp.EQ(this=kept, expression=double(0.0)), x)
        .else_(exp.Mul(this=x.copy(), expression=scaled))
    )


_FUNCTIONS: dict[str, Callable[[Tree], Tree]] = {
    "I": lambda x: x,
    "as.numeric": lambda x: x,
    "abs": lambda x: exp.Abs(this=x),
    "exp": lambda x: exp.Exp(this=x),
    "log": _logarithm,
    "log2": lambda x: exp.Div(this=_logarithm(x), expression=exp.Ln(this=double(2.0))),
    "log10": lambda x: exp.Div(this=_logarithm(x), expression=exp.Ln(this=double(10.0))),
    "log1p": lambda x: _log1p(x),
    "sqrt": lambda x: where(exp.GTE(this=x.copy(), expression=double(0.0)), exp.Sqrt(this=x)),
}
_COMPARISONS: dict[str, type[exp.Binary]] = {
    "==": exp.EQ, "!=": exp.NEQ, "<": exp.LT, ">": exp.GT, "<=": exp.LTE, ">=": exp.GTE,
}  # fmt: skip
_ARITHMETIC: dict[str, type[exp.Binary]] = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}
_LOGIC: dict[str, type[exp.Connector]] = {
    "&": exp.And, "&&": exp.And, "|": exp.Or, "||": exp.Or,
}  # fmt: skip


def number(node: Node, columns: Columns) -> Tree:
    """An expression as a DOUBLE; of a condition, 1 where it holds."""
    return as_double(_tree(node, columns))


def condition(node: Node, columns: Columns) -> Tree:
    """An expression that is TRUE or FALSE."""
    return exp.cast(_tree(node, columns), "boolean")


@singledispatch
def _tree(node: Node, _columns: Columns) -> Tree:
    # The formula was compiled for its table before: nothing else is left.
    raise TypeError(f"no expression of numbers: {type(node).__name__}")


@_tree.register
def _(node: Name, columns: Columns) -> Tree:
    return as_double(exp.column(columns[node.name]))


@_tree.register
def _(node: Number, _columns: Columns) -> Tree:
    return double(node.value)


@_tree.register
def _(node: Truth, _columns: Columns) -> Tree:
    return exp.true() if node.value else exp.false()


@_tree.register
def _(node: Parenthesis, columns: Columns) -> Tree:
    return _tree(node.inner, columns)


@_tree.register
def _(node: Sign, columns: Columns) -> Tree:
    if node.operator == "!":
        return exp.paren(exp.Not(this=exp.paren(condition(node.operand, columns))))
    inner = number(node.operand, columns)
    return exp.paren(exp.Neg(this=inner)) if node.operator == "-" else inner


@_tree.register
def _(node: Operation, columns: Columns) -> Tree:
    if node.operator in _COMPARISONS:
        sides = [_side(side, columns, node) for side in (node.left, node.right)]
        return exp.paren(_COMPARISONS[node.operator](this=sides[0], expression=sides[1]))
    if node.operator in _LOGIC:
        left, right = condition(node.left, columns), condition(node.right, columns)
        return exp.paren(_LOGIC[node.operator](this=left, expression=right))
    left, right = number(node.left, columns), number(node.right, columns)
    if node.operator in _ARITHMETIC:
        return exp.paren(_ARITHMETIC[node.operator](this=left, expression=right))
    if node.operator == "^":
        return exp.Pow(this=left, expression=right)
    quotient = exp.Div(this=left, expression=exp.Nullif(this=right, expression=double(0.0)))
    if node.operator == "/":
        return exp.paren(quotient)
    # a %% b has the sign of b, as in R.
    whole = exp.Floor(this=quotient)
    return exp.paren(
        exp.Sub(this=left.copy(), expression=exp.Mul(this=right.copy(), expression=whole))
    )


@_tree.register
def _(node: Call, columns: Columns) -> Tree:
    if node.function == "I":
        return _tree(node.arguments[0], columns)
    return _FUNCTIONS[node.function](number(node.arguments[0], columns))


def _side(node: Node, columns: Columns, compared: Operation) -> Tree:
    """One side of a comparison: text with text, as R compares them."""
    if isinstance(node, Text):
        return exp.Literal.string(node.value)
    if isinstance(compared.left, Text) or isinstance(compared.right, Text):
        if not isinstance(node, Name):
            raise TypeError(f"text is compared with no column: {type(node).__name__}")
        return exp.cast(exp.column(columns[node.name]), "varchar")
    return number(node, columns)
