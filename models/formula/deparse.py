"""Expressions back to text, spaced as R prints them: a term is called what lme4 calls it."""

import re
from functools import singledispatch

from models.formula.syntax import (
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
)

_PLAIN = re.compile(r"(?:[^\W\d_]|\.(?!\d))[\w.]*\Z")
_TIGHT = frozenset({"^", ":", "/"})


def in_r(node: Node) -> str:
    """An expression as R's `deparse` gives it."""
    return _in_r(node)


def quoted(name: str) -> str:
    """A column's name, in backquotes where R needs them."""
    return name if _PLAIN.match(name) else f"`{name}`"


@singledispatch
def _in_r(node: Node) -> str:
    raise TypeError(f"no expression: {type(node).__name__}")


@_in_r.register
def _(node: Name) -> str:
    return quoted(node.name)


@_in_r.register
def _(node: Number) -> str:
    return node.text


@_in_r.register
def _(node: Text) -> str:
    return f'"{node.value}"'


@_in_r.register
def _(node: Truth) -> str:
    return "TRUE" if node.value else "FALSE"


@_in_r.register
def _(node: Parenthesis) -> str:
    return f"({in_r(node.inner)})"


@_in_r.register
def _(node: Sign) -> str:
    return f"{node.operator}{in_r(node.operand)}"


@_in_r.register
def _(node: Call) -> str:
    named = [f"{key} = {in_r(value)}" for key, value in node.named]
    return f"{node.function}({', '.join([*map(in_r, node.arguments), *named])})"


@_in_r.register
def _(node: Bar) -> str:
    mark = "|" if node.is_correlated else "||"
    return f"({in_r(node.design)} {mark} {in_r(node.group)})"


@_in_r.register
def _(node: Operation) -> str:
    space = "" if node.operator in _TIGHT else " "
    return f"{in_r(node.left)}{space}{node.operator}{space}{in_r(node.right)}"
