"""A formula's parts: outcome, fixed terms, offsets and random effects, as lme4 divides them."""

from collections.abc import Iterator
from dataclasses import dataclass

from models.formula.parser import EXAMPLE, parse
from models.formula.syntax import (
    FACTOR_CALLS,
    Bar,
    Call,
    Name,
    Node,
    Operation,
    Parenthesis,
    Sign,
    children,
    columns_of,
    without_parentheses,
)
from models.formula.syntax_error import FormulaError, at


@dataclass(frozen=True)
class RandomBar:
    """Random effects of one grouping factor; several columns mean their combinations.

    `(1 | site/participant)` gives two of these. `columns` are as lme4 orders them in a name: the
    inner one first.
    """

    design: Node
    columns: tuple[Name, ...]
    is_correlated: bool
    start: int

    @property
    def group(self) -> str:
        """The name of the grouping factor, such as 'participant:site'."""
        return ":".join(name.name for name in self.columns)


@dataclass(frozen=True)
class ModelFormula:
    """A formula cut into its parts; `fixed` are the signed terms of the fixed part."""

    text: str
    response: Node
    fixed: tuple[tuple[str, Node], ...]
    offsets: tuple[Node, ...]
    bars: tuple[RandomBar, ...]

    @property
    def columns(self) -> tuple[Name, ...]:
        """Every column used, once, in order of appearance."""
        nodes = (self.response, *(node for _, node in self.fixed), *self.offsets)
        names = [name for node in nodes for name in columns_of(node)]
        for bar in self.bars:
            names += [*columns_of(bar.design), *bar.columns]
        return tuple({name.name: name for name in reversed(names)}[key] for key in _once(names))


def _once(names: list[Name]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.name for name in names))


def read_formula(text: str) -> ModelFormula:
    """Read a formula with lme4's bars.

    Parameters
    ----------
    text
        Such as ``y ~ x + (1 + t | id)``. ``(t || id)`` makes the effects uncorrelated,
        ``(1 | site/id)`` stands for ``(1 | site) + (1 | id:site)``.

    Raises
    ------
    FormulaError
        If it cannot be read, or has no random effects.
    """
    sides = parse(text)
    fixed: list[tuple[str, Node]] = []
    offsets: list[Node] = []
    bars: list[RandomBar] = []
    for sign, node in summands(sides.predictors):
        inner = without_parentheses(node)
        if isinstance(inner, Bar):
            if sign == "-":
                raise at(text, inner.start, "random effects cannot be taken away. Leave them out.")
            bars += _bars(text, inner)
        elif isinstance(inner, Call) and inner.function == "offset":
            offsets.append(_offset(text, inner))
        else:
            _no_bar_inside(text, node)
            fixed.append((sign, node))
    if not bars:
        raise FormulaError(
            "formula: no random effects. This command fits mixed models, for rows that belong to "
            "groups such as participants. Add for each grouping column a term such as (1 | id), "
            f"as in {EXAMPLE}."
        )
    return ModelFormula(text, sides.response, tuple(fixed), tuple(offsets), tuple(bars))


def summands(node: Node, sign: str = "+") -> Iterator[tuple[str, Node]]:
    """The terms that are added and taken away, each with its sign."""
    # A list of what waits, not recursion: a sum is as deep a tree as it has terms.
    waiting = [(sign, node)]
    while waiting:
        sign, node = waiting.pop()
        if isinstance(node, Operation) and node.operator in {"+", "-"}:
            turned = sign if node.operator == "+" else _turned(sign)
            waiting += [(turned, node.right), (sign, node.left)]
        elif isinstance(node, Sign) and node.operator in {"+", "-"}:
            waiting.append((sign if node.operator == "+" else _turned(sign), node.operand))
        elif isinstance(node, Parenthesis) and not (sign == "-" and _takes_away(node.inner)):
            waiting.append((sign, node.inner))
        else:
            yield sign, node


def _takes_away(node: Node) -> bool:
    """Whether a term is taken away within: of `x - (a - b)`, R takes away a, and leaves b."""
    return any(sign == "-" for sign, _ in summands(node))


def _turned(sign: str) -> str:
    return "-" if sign == "+" else "+"


def _bars(text: str, bar: Bar) -> Iterator[RandomBar]:
    _no_bar_inside(text, bar.design)
    _no_bar_inside(text, bar.group)
    for columns in _groups(text, bar.group):
        yield RandomBar(bar.design, columns, bar.is_correlated, bar.start)


def _groups(text: str, node: Node) -> tuple[tuple[Name, ...], ...]:
    """Grouping factors, innermost first: `a/b` is `b:a` and `a`."""
    node = without_parentheses(node)
    if isinstance(node, Name):
        return ((node,),)
    if isinstance(node, Call) and node.function in FACTOR_CALLS and len(node.arguments) == 1:
        return _groups(text, node.arguments[0])
    if isinstance(node, Operation) and node.operator in {":", "/"}:
        left, right = _groups(text, node.left), _groups(text, node.right)
        if node.operator == ":" and len(left) == len(right) == 1:
            return ((*left[0], *right[0]),)
        if node.operator == "/" and len(right) == 1:
            return ((*right[0], *left[0]), *left)
    if isinstance(node, Operation) and node.operator == "+":
        raise at(
            text, node.start, "one grouping factor a bar. Write (1 | a) + (1 | b) for two of them."
        )
    place = node.start
    raise at(text, place, "expected a grouping column behind the bar: id, site:id or site/id.")


def _offset(text: str, call: Call) -> Node:
    if len(call.arguments) != 1 or call.named:
        raise at(text, call.start, "offset() takes one expression, as in offset(log(days)).")
    return call.arguments[0]


def _no_bar_inside(text: str, node: Node) -> None:
    if isinstance(node, Bar):
        raise at(text, node.start, "a bar stands alone: add it with +, as in x + (1 | id).")
    if isinstance(node, Call) and node.function == "offset":
        raise at(text, node.start, "offset() stands alone: add it with +.")
    for child in children(node):
        _no_bar_inside(text, child)
