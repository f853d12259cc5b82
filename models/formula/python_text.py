"""Expressions as Python: within a formula for formulaic, or on a pandas data frame."""

from functools import singledispatch

from models.formula.deparse import in_r, quoted
from models.formula.expressions import is_true_or_false
from models.formula.syntax import (
    FACTOR_CALLS,
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

_NUMPY = frozenset({"log", "log2", "log10", "log1p", "exp", "sqrt", "abs"})
_OPERATORS = {"^": "**", "%%": "%", "&&": "&", "||": "|"}


def in_python(node: Node, frame: str = "") -> str:
    """An expression as Python.

    Parameters
    ----------
    frame
        Name of a data frame to take columns from; without it, text for a formula.
    """
    return _in_python(node, frame)


@singledispatch
def _in_python(node: Node, _frame: str) -> str:
    return in_r(node)


@_in_python.register
def _(node: Name, frame: str) -> str:
    return f'{frame}["{node.name}"]' if frame else quoted(node.name)


@_in_python.register
def _(node: Number, _frame: str) -> str:
    return node.text.rstrip("L")


@_in_python.register
def _(node: Text, _frame: str) -> str:
    return f"'{node.value}'"


@_in_python.register
def _(node: Truth, _frame: str) -> str:
    return str(node.value)


@_in_python.register
def _(node: Parenthesis, frame: str) -> str:
    return f"({in_python(node.inner, frame)})"


@_in_python.register
def _(node: Sign, frame: str) -> str:
    inner = in_python(node.operand, frame)
    # Python's ~ binds more tightly than a comparison, R's ! less.
    return f"~({inner})" if node.operator == "!" else f"{node.operator}{inner}"


@_in_python.register
def _(node: Operation, frame: str) -> str:
    operator = _OPERATORS.get(node.operator, node.operator)
    left, right = in_python(node.left, frame), in_python(node.right, frame)
    if operator in {"&", "|"}:
        left, right = f"({left})", f"({right})"
    return f"{left} {operator} {right}"


@_in_python.register
def _(node: Call, frame: str) -> str:
    if node.function in FACTOR_CALLS:
        return _factor(node, frame)
    inner = [in_python(one, frame) for one in node.arguments]
    if node.function == "I" and not frame and is_true_or_false(node):
        return f"C({inner[0]})"  # a factor, as in R: formulaic takes truths as 0 and 1
    if node.function == "as.numeric" or (frame and node.function == "I"):
        return f"({inner[0]})"
    named = [f"{key}={in_python(value, frame)}" for key, value in node.named]
    name = f"np.{node.function}" if node.function in _NUMPY else node.function
    return f"{name}({', '.join([*inner, *named])})"


def _factor(node: Call, frame: str) -> str:
    inner = node.arguments[0]
    if isinstance(inner, Call) and inner.arguments:  # relevel(factor(x), ref = "b")
        inner = inner.arguments[0]
    column = in_python(inner, frame)
    named = dict(node.named)
    if node.function == "relevel":
        reference = named.get("ref") or node.arguments[1]
        return f"C({column}, contr.treatment(base={in_python(reference)}))"
    if "levels" in named and isinstance(levels := named["levels"], Call):
        listed = ", ".join(in_python(one) for one in levels.arguments)
        return f"C({column}, levels=[{listed}])"
    if len(node.arguments) > 1:
        contrast = in_python(node.arguments[1])
        return f"C({column}, {contrast if '(' in contrast else contrast + '()'})"
    return f"C({column})"
