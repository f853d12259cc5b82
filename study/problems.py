"""What is wrong with a study file, all of it at once, in words that help to put it right."""

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from study.errors import UserError

LISTED = 12


@dataclass(frozen=True)
class Problem:
    """One thing to put right: the key path, and what is wrong with what is allowed there.

    `refers_to` is the id that the problem says is unknown, if it says so.
    """

    path: str
    message: str
    refers_to: str | None = None


class StudyFileError(UserError):
    """A study file that cannot be used; `problems` holds every reason."""

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


def show(value: object) -> str:
    """A value of the study file as a message shows it: short, on one line."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return "a list"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


def near(given: str, allowed: Iterable[str]) -> str:
    """` Did you mean "x"?` for the closest allowed word, or nothing if none is close."""
    by_lower = {word.lower(): word for word in sorted(allowed)}
    close = difflib.get_close_matches(given.lower(), by_lower, n=1, cutoff=0.6)
    return f' Did you mean "{by_lower[close[0]]}"?' if close else ""


def listed(words: Iterable[str]) -> str:
    """Words in quotes, separated by commas; long lists are cut and say how many more there are."""
    names = [f'"{word}"' for word in words]
    if len(names) <= LISTED:
        return ", ".join(names)
    return f"{', '.join(names[:LISTED])} and {len(names) - LISTED} more"


def unknown(path: str, given: str, what: str, allowed: Iterable[str], remedy: str = "") -> Problem:
    """A name that refers to nothing: what it should be, the closest name, and those that exist."""
    names = list(allowed)
    exist = f"Known: {listed(names)}." if names else "There is none in this study file."
    message = f"{show(given)} is not {what}.{near(given, names)} {exist} {remedy}".rstrip()
    return Problem(path, message, refers_to=given)


def repeated(path: str, words: Iterable[str]) -> list[Problem]:
    """A problem for each word of a list that came earlier in it; `path` is the list's."""
    seen: set[str] = set()
    problems = []
    for index, word in enumerate(words):
        if word in seen:
            problems.append(Problem(f"{path}[{index}]", f"{show(word)} is listed twice."))
        seen.add(word)
    return problems


def repeated_ids(path: str, ids: Iterable[str]) -> list[Problem]:
    """A problem for each id that an earlier section of the same list has; `path` is the list's."""
    first: dict[str, int] = {}
    problems = []
    for index, name in enumerate(ids):
        if name in first:
            message = f"{show(name)} is already the id of {path}[{first[name]}]. Choose another."
            problems.append(Problem(f"{path}[{index}].id", message))
        first.setdefault(name, index)
    return problems
