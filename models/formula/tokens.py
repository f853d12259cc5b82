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


_PASTED = {
    **dict.fromkeys("\u2212\u2010\u2011\u2013\u2014", "-"),
    **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2018\u2019\u201a\u00b4", "'"),
    **dict.fromkeys("\u2223\u01c0\uff5c\u00a6", "|"),
    **dict.fromkeys("\u00d7\u2217\u22c5\u00b7", "*"),
    **dict.fromkeys("\u223c\u02dc\uff5e", "~"),
}
"""Marks that word processors and web pages put in the place of those on a keyboard."""


def _complaint(character: str) -> str:
    if character in _PASTED:
        return (
            f"'{character}' is a typeset mark, as pasted text has. Use a plain "
            f"{_PASTED[character]} instead."
        )
    if character == "`":
        return "a backquote is open. Close it behind the column's name."
    if character in "'\"":
        return "a quotation mark is open. Close it behind the text."
    return (
        f"'{character}' has no meaning here. If it belongs to a column's name, put the whole name "
        "in backquotes, as in `minutes (total)`."
    )
