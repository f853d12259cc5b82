"""mindLAMP's list of activities: names by id, and how the questions of surveys are coded."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from etl.sources.format import Opening
from etl.sources.mindlamp_documents import Document
from study.errors import UserError

SURVEY = "lamp.survey"
WORDED = ("text", "time", "multiselect")
"""Questions whose answers are no numbers: free text, times of day, several choices at once."""
YES_NO: Final = {"yes": "1", "true": "1", "no": "0", "false": "0"}
LIKERT: Final = {
    "nearly all the time": "3",
    "more than half the time": "2",
    "several times": "1",
    "not at all": "0",
}
"""The app's own four choices of the type `likert`."""
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


class _Unknown:
    """What a choice is that the question does not have."""


UNKNOWN: Final = _Unknown()


@dataclass(frozen=True)
class Question:
    """One question of a survey.

    Parameters
    ----------
    text
        As the app shows it, by which an answer names it.
    kind
        `boolean`, `likert`, `list`, `select`, `slider`, `rating`, `short`, or one of `WORDED`.
    choices
        Code by choice, in lower case.
    """

    text: str
    kind: str
    choices: Mapping[str, str]

    @property
    def key(self) -> str:
        """The text, apart from case and spaces."""
        return plain(self.text)

    def code(self, value: Any, as_it_is: frozenset[str]) -> str | _Unknown | None:
        """The number of an answer; None where there is none.

        A number counts as itself. A choice has its own number where the choices are numbers, and
        else its place among them, from 0; no is 0 and yes 1. Texts of `as_it_is` stay.
        """
        text = _text(value)
        if text in (None, "", "NULL"):
            return None
        if text in as_it_is or _NUMBER.fullmatch(text) or self.kind == "short":
            return text
        return self.choices.get(plain(text), UNKNOWN)


@dataclass(frozen=True)
class Activity:
    """An activity of the list."""

    id: str
    name: str
    spec: str
    questions: tuple[Question, ...]

    @property
    def instrument(self) -> str:
        """The name as the id of an instrument can be: other signs than letters and digits as _."""
        return re.sub(r"[^a-z0-9]+", "_", self.name.lower()).strip("_")

    def number(self, item: Any, place: int, n_answers: int) -> int | None:
        """Which question an answer is to, from 1; None if that cannot be told.

        Parameters
        ----------
        item
            What the answer names: the question's text; in old data its index, which is trusted
            only where there are as many answers as questions, so that the place tells it.
        place
            Of the answer among those of the survey, from 0.
        """
        wanted = plain(str(item))
        same = [number for number, one in enumerate(self.questions, 1) if one.key == wanted]
        if place + 1 in same:
            return place + 1
        if not same and wanted.isdecimal() and n_answers == len(self.questions):
            return place + 1
        return same[0] if len(same) == 1 else None


def plain(text: str) -> str:
    """A text apart from case and from how many spaces stand in it."""
    return " ".join(text.split()).casefold()


def activity_files(folder: Path, activities: str) -> tuple[Path, ...]:
    """The files that hold the lists of activities; `*` stands for anything.

    Raises
    ------
    UserError
        If there is none.
    """
    pattern = Path(activities)
    root = Path(pattern.anchor) if pattern.is_absolute() else folder
    found = sorted(root.glob(str(pattern.relative_to(pattern.anchor))))
    files = tuple(path for path in found if path.is_file())
    if not files:
        raise UserError(
            f"No file matches activities = {activities!r} in {folder.resolve()}. Save what the API "
            "gives of /study/{id}/activity there, or correct 'activities' of the source in "
            "study.toml."
        )
    return files


def read_activities(opening: Opening) -> dict[str, Activity] | None:
    """Activities by id; None if the study file names no list. Of two with an id, the later counts.

    Raises
    ------
    UserError
        If there is no such file, or it lists no activities.
    """
    source = opening.source
    if source.activities is None:
        return None
    known: dict[str, Activity] = {}
    for path in activity_files(opening.folder, source.activities):
        n_listed = 0
        for _, one in Document(path, source.encoding).found():
            if isinstance(one, dict) and isinstance(one.get("id"), str):
                known[one["id"]] = _activity(one)
                n_listed += 1
        if not n_listed:
            raise UserError(
                f"{path.name} lists no activities. Expected what the API gives of "
                '/study/{id}/activity: {"data": [{"id": …, "name": …, "spec": …, "settings": …}]}. '
                "Correct 'activities' of the source in study.toml."
            )
    return known


def _activity(one: dict[str, Any]) -> Activity:
    listed = one.get("settings")
    settings = listed if isinstance(listed, list) and one.get("spec") == SURVEY else []
    return Activity(
        one["id"],
        str(one.get("name") or one["id"]),
        str(one.get("spec") or ""),
        tuple(_question(setting) for setting in settings),
    )


def _question(setting: Any) -> Question:
    given = setting if isinstance(setting, dict) else {}
    kind = str(given.get("type") or "")
    return Question(str(given.get("text") or ""), kind, _choices(kind, given.get("options")))


def _choices(kind: str, options: Any) -> dict[str, str]:
    if kind == "boolean":
        return YES_NO
    if kind == "likert":
        return LIKERT
    pairs = [_option(one) for one in options] if isinstance(options, list) else []
    are_numbers = all(_NUMBER.fullmatch(value) for value, _ in pairs)
    codes: dict[str, str] = {}
    # What a choice is called goes before how another one is described.
    for which in (0, 1):
        for place, pair in enumerate(pairs):
            if pair[which]:
                codes.setdefault(plain(pair[which]), pair[0] if are_numbers else str(place))
    return codes


def _option(one: Any) -> tuple[str, str]:
    """A choice and its description; older lists hold the choices as they are."""
    if isinstance(one, dict):
        return _text(one.get("value")) or "", _text(one.get("description")) or ""
    return _text(one) or "", ""


def _text(value: Any) -> str | None:
    """An answer as text; one to a question in a matrix may come quoted, as JSON writes it."""
    if value is None:
        return None
    if not isinstance(value, str):
        return json.dumps(value)
    text = value.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            inner = json.loads(text)
        except ValueError:
            return text
        return inner.strip() if isinstance(inner, str) else text
    return text
