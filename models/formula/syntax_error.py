"""What is said of a formula that cannot be read: where, what was expected, what to write."""

from collections.abc import Iterable
from difflib import get_close_matches

from study.errors import UserError

_AROUND = 100
"""Characters shown on each side of the place."""


class FormulaError(UserError):
    """A formula that cannot be read or that asks for what is not there."""


def at(text: str, position: int, message: str) -> FormulaError:
    """An error that shows the formula, where it is long a stretch, with a caret under the place."""
    line = text.replace("\n", " ").replace("\t", " ")
    if len(line) > 2 * _AROUND:
        first = max(0, position - _AROUND)
        line, position = line[first : position + _AROUND], position - first
    return FormulaError(f"formula: {message}\n  {line}\n  {' ' * position}^")


def nearest(name: str, known: Iterable[str]) -> str:
    """The words "; did you mean ...?" where a known name is near, else nothing."""
    folded = {one.casefold(): one for one in known}
    near = get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return f"; did you mean '{folded[near[0]]}'?" if near else ""
