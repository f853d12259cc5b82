"""A formula as tokens, each with its place, so that an error can point at it."""

import re
from dataclasses import dataclass
from typing import Literal

from models.formula.syntax_error import at

Kind = Literal["name", "number", "text", "mark", "end"]

_PATTERNS: tuple[tuple[Kind | None, str], ...] = (
    (None, r"\s+"),
    ("number", r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?L?"),
    ("name", r"`[^`]+`|[^\W\d](?:[\w.])*|\.[^\W\d][\w.]*|\."),
    ("text", r"'[^']*'|\"[^\"]*\""),
    ("mark", r"\*\*|\|\||&&|==|!=|<=|>=|%in%|%%|[~+\-*/:^(),|=<>&!]"),
)
_TOKEN = re.compile("|".join(f"({pattern})" for _, pattern in _PATTERNS))


@dataclass(frozen=True)
class Token:
    """A piece of the formula; `start` counts characters from 0."""

    kind: Kind
    text: str
    start: int


def tokens(formula: str) -> list[Token]:
    """Cut a formula into tokens, with one of kind 'end' behind the last.

    Raises
    ------
    FormulaError
        At a character that has no meaning in a formula, or a quote that nobody closed.
    """
    found: list[Token] = []
    place = 0
    while place < len(formula):
        match = _TOKEN.match(formula, place)
        if match is None:
            raise at(formula, place, _complaint(formula[place]))
        kind = _PATTERNS[(match.lastindex or 1) - 1][0]
        if kind is not None:
            found.append(Token(kind, match.group(), place))
        place = match.end()
    return [*found, Token("end", "", len(formula))]


def _complaint(character: str) -> str:
    if character == "`":
        return "a backquote is open. Close it behind the column's name."
    if character in "'\"":
        return "a quotation mark is open. Close it behind the text."
    return (
        f"'{character}' has no meaning here. If it belongs to a column's name, put the whole name "
        "in backquotes, as in `minutes (total)`."
    )
