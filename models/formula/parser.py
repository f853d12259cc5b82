"""Reads a formula into a tree, by R's precedences."""

from dataclasses import dataclass

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
    children,
)
from models.formula.syntax_error import FormulaError, at
from models.formula.tokens import Token, tokens

EXAMPLE = '"y ~ x + (1 + t | id)"'
_STRENGTH = {
    "|": 1, "||": 1, "&": 2, "&&": 2,
    "==": 4, "!=": 4, "<": 4, ">": 4, "<=": 4, ">=": 4,
    "+": 5, "-": 5, "*": 6, "/": 6, "%in%": 7, "%%": 7, ":": 8, "^": 10, "**": 10,
}  # fmt: skip
_SIGN_STRENGTH = 9
_NOT_STRENGTH = 3
_TRUTH = {"TRUE": True, "FALSE": False}
MOST_OPERATORS = 500
MOST_NESTED = 60
"""Expressions within one another, such as parentheses within parentheses."""


@dataclass(frozen=True)
class Sides:
    """A formula cut at its `~`."""

    text: str
    response: Node
    predictors: Node


def parse(formula: str) -> Sides:
    """Read a two-sided formula.

    Raises
    ------
    FormulaError
        With a caret under the place where reading stopped, and what to write instead.
    """
    if not formula.strip():
        raise FormulaError(f"The formula is empty. Write one such as {EXAMPLE}.")
    reader = _Reader(formula)
    reader.refuse_length()
    if reader.next.text == "~":
        raise at(formula, 0, f"no outcome before '~'. Write one as in {EXAMPLE}.")
    response = reader.expression(_STRENGTH["||"] + 1)
    if reader.next.text != "~":
        raise reader.unexpected(f"'~' after the outcome, as in {EXAMPLE}")
    reader.take()
    predictors = reader.expression(0)
    if reader.next.kind != "end":
        raise reader.unexpected("an operator such as + or :, or the end")
    _refuse_depth(formula, response, predictors)
    return Sides(formula, response, predictors)


def _refuse_depth(formula: str, response: Node, predictors: Node) -> None:
    """Refuse what is nested too deeply to be worked through; a sum of terms counts as one."""
    waiting = [(response, 0), (predictors, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > MOST_NESTED:
            raise _too_deep(formula, node.start)
        is_sum = depth == 0 and isinstance(node, Operation) and node.operator in {"+", "-"}
        waiting += [(child, depth if is_sum else depth + 1) for child in children(node)]


def _too_deep(formula: str, start: int) -> FormulaError:
    return at(
        formula,
        start,
        f"expressions are nested more than {MOST_NESTED} deep. Compute them as a column of the "
        "table first.",
    )


class _Reader:
    """Precedence climbing; `|` divides a bar in parentheses, and means "or" within a function."""

    def __init__(self, formula: str) -> None:
        self.formula = formula
        self._tokens = tokens(formula)
        self._place = 0
        self._depth_of_calls = 0
        self._depth = 0

    def refuse_length(self) -> None:
        """Refuse more operators than a formula can be worked through with."""
        n_operators = sum(token.kind == "mark" and token.text != "," for token in self._tokens)
        n_operators -= sum(token.text in {"(", ")"} for token in self._tokens)
        if n_operators > MOST_OPERATORS:
            raise FormulaError(
                f"formula: {n_operators:,} operators, more than {MOST_OPERATORS}. Use fewer terms, "
                "or compute sums as columns of the table first."
            )

    @property
    def next(self) -> Token:
        return self._tokens[self._place]

    def take(self) -> Token:
        token = self.next
        self._place += 1
        return token

    def unexpected(self, wanted: str) -> FormulaError:
        token = self.next
        if token.text in {"|", "||"}:
            return at(
                self.formula,
                token.start,
                "random effects need parentheses around them. Write (1 | id).",
            )
        found = "the formula ends" if token.kind == "end" else f"found '{token.text}'"
        return at(self.formula, token.start, f"{found}, expected {wanted}.")

    def expression(self, weakest: int) -> Node:
        self._depth += 1
        if self._depth > MOST_NESTED:
            raise _too_deep(self.formula, self.next.start)
        left = self._operand()
        while (strength := self._strength(self.next)) >= max(weakest, 1):
            token = self.take()
            is_power = token.text in {"^", "**"}
            right = self.expression(strength if is_power else strength + 1)
            operator = "^" if is_power else token.text
            left = Operation(operator, left, right, token.start)
        self._depth -= 1
        return left

    def _strength(self, token: Token) -> int:
        if token.kind != "mark" or (token.text in {"|", "||"} and not self._depth_of_calls):
            return 0
        return _STRENGTH.get(token.text, 0)

    def _operand(self) -> Node:
        token = self.next
        if token.text in {"-", "+", "!"}:
            self.take()
            strength = _NOT_STRENGTH if token.text == "!" else _SIGN_STRENGTH
            return Sign(token.text, self.expression(strength), token.start)
        if token.text == "(":
            return self._parenthesis()
        if token.kind not in {"name", "number", "text"}:
            raise self.unexpected("a column, a number or '('")
        self.take()
        if token.kind == "name":
            return self._named(token)
        if token.kind == "number":
            return Number(token.text, token.start)
        return Text(token.text[1:-1], token.start)

    def _named(self, token: Token) -> Node:
        if self.next.text == "(" and not token.text.startswith("`"):
            return self._call(token)
        if token.text in _TRUTH:
            return Truth(_TRUTH[token.text], token.start)
        return Name(token.text.strip("`"), token.start)

    def _parenthesis(self) -> Node:
        start = self.take().start
        inner = self.expression(0)
        if self.next.text in {"|", "||"}:
            mark = self.take()
            group = self.expression(0)
            self._close(start, "the bar's '('")
            return Bar(inner, group, mark.text == "|", start)
        self._close(start, "'('")
        return Parenthesis(inner, start)

    def _close(self, start: int, opened: str) -> None:
        if self.next.text != ")":
            raise self.unexpected(f"')' for {opened} at character {start + 1}")
        self.take()

    def _call(self, function: Token) -> Node:
        start = self.take().start
        self._depth_of_calls += 1
        arguments: list[Node] = []
        named: list[tuple[str, Node]] = []
        while self.next.text != ")":
            key = self._keyword()
            value = self.expression(0)
            if key is None:
                arguments.append(value)
            else:
                named.append((key, value))
            if self.next.text != ",":
                break
            self.take()
        self._close(start, f"{function.text}(")
        self._depth_of_calls -= 1
        return Call(function.text, tuple(arguments), tuple(named), function.start)

    def _keyword(self) -> str | None:
        after = self._tokens[min(self._place + 1, len(self._tokens) - 1)]
        if self.next.kind != "name" or after.text != "=":
            return None
        name = self.take().text
        self.take()
        return name
