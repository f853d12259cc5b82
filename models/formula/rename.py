"""A formula with other names for its columns: for languages that take no spaces in names."""

import keyword
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import singledispatch

from models.formula.bars import ModelFormula, RandomBar
from models.formula.syntax import Call, Name, Node, Operation, Parenthesis, Sign


def plain_names(columns: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """New names for those columns that are no identifiers of Python, or that are `taken`.

    No two become the same: `a b` and `a-b` are called `a_b` and `a_b_2`.
    """
    columns, reserved = tuple(columns), set(taken)
    used = {name for name in columns if _is_plain(name) and name not in reserved} | reserved
    made: dict[str, str] = {}
    for name in columns:
        if _is_plain(name) and name not in reserved:
            continue
        stem = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_") or "column"
        stem = stem if _is_plain(stem) else f"x_{stem}"
        chosen, number = stem, 1
        while chosen in used:
            number += 1
            chosen = f"{stem}_{number}"
        used.add(chosen)
        made[name] = chosen
    return made


def _is_plain(name: str) -> bool:
    return name.isascii() and name.isidentifier() and not keyword.iskeyword(name)


def renamed(formula: ModelFormula, names: Mapping[str, str]) -> ModelFormula:
    """The formula with other names for columns; those not in `names` stay. `text` stays too."""
    return replace(
        formula,
        response=_node(formula.response, names),
        fixed=tuple((sign, _node(node, names)) for sign, node in formula.fixed),
        offsets=tuple(_node(node, names) for node in formula.offsets),
        bars=tuple(_bar(bar, names) for bar in formula.bars),
    )


def _bar(bar: RandomBar, names: Mapping[str, str]) -> RandomBar:
    columns = tuple(_name(one, names) for one in bar.columns)
    return replace(bar, design=_node(bar.design, names), columns=columns)


def _name(node: Name, names: Mapping[str, str]) -> Name:
    return replace(node, name=names.get(node.name, node.name))


@singledispatch
def _node(node: Node, _names: Mapping[str, str]) -> Node:
    return node


@_node.register
def _(node: Name, names: Mapping[str, str]) -> Node:
    return _name(node, names)


@_node.register
def _(node: Call, names: Mapping[str, str]) -> Node:
    return replace(
        node,
        arguments=tuple(_node(one, names) for one in node.arguments),
        named=tuple((key, _node(value, names)) for key, value in node.named),
    )


@_node.register
def _(node: Operation, names: Mapping[str, str]) -> Node:
    return replace(node, left=_node(node.left, names), right=_node(node.right, names))


@_node.register
def _(node: Sign, names: Mapping[str, str]) -> Node:
    return replace(node, operand=_node(node.operand, names))


@_node.register
def _(node: Parenthesis, names: Mapping[str, str]) -> Node:
    return replace(node, inner=_node(node.inner, names))
