"""Formulas as trees: R's grammar as lme4 uses it, one kind of node for each kind of expression."""

from dataclasses import dataclass, field
from typing import TypeAlias

FACTOR_CALLS = frozenset({"factor", "as.factor", "C", "relevel"})
"""Functions that make a factor of a column."""


@dataclass(frozen=True)
class Name:
    """A column."""

    name: str
    start: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Number:
    """A number, as it was written."""

    text: str
    start: int = field(default=0, compare=False)

    @property
    def value(self) -> float:
        """The number itself."""
        return float(self.text.rstrip("L"))


@dataclass(frozen=True)
class Text:
    """Quoted text, such as a level of a factor."""

    value: str
    start: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Truth:
    """TRUE or FALSE."""

    value: bool
    start: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Call:
    """A function with its arguments; those given by name come as (name, value)."""

    function: str
    arguments: tuple["Node", ...]
    named: tuple[tuple[str, "Node"], ...] = ()
    start: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Operation:
    """Two expressions joined by an operator; in a formula `+ - * / : ^` make terms of columns."""

    operator: str
    left: "Node"
    right: "Node"
    start: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Sign:
    """A plus, minus or `!` in front of an expression."""

    operator: str
    operand: "Node"
    start: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Parenthesis:
    """An expression in parentheses, kept so that terms are named as they were written."""

    inner: "Node"
    start: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Bar:
    """Random effects, `(design | group)`; with two bars they are uncorrelated."""

    design: "Node"
    group: "Node"
    is_correlated: bool
    start: int = field(default=0, compare=False)


Node: TypeAlias = Name | Number | Text | Truth | Call | Operation | Sign | Parenthesis | Bar


def children(node: Node) -> tuple[Node, ...]:
    """The expressions that stand directly in another, from left to right."""
    if isinstance(node, Call):
        return (*node.arguments, *(value for _, value in node.named))
    if isinstance(node, Operation):
        return (node.left, node.right)
    if isinstance(node, Sign):
        return (node.operand,)
    if isinstance(node, Parenthesis):
        return (node.inner,)
    if isinstance(node, Bar):
        return (node.design, node.group)
    return ()


def columns_of(node: Node) -> tuple[Name, ...]:
    """The columns an expression uses, in order, repeated where they are."""
    if isinstance(node, Name):
        return (node,)
    if isinstance(node, Call) and node.function in FACTOR_CALLS:
        # What follows the column are contrasts, such as contr.sum.
        return columns_of(node.arguments[0]) if node.arguments else ()
    return tuple(name for child in children(node) for name in columns_of(child))


def without_parentheses(node: Node) -> Node:
    """What stands inside of any parentheses around the whole expression."""
    while isinstance(node, Parenthesis):
        node = node.inner
    return node
