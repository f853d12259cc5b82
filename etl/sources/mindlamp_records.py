"""What a study takes of mindLAMP's records: use of the app, and answers to surveys."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from etl.sources.mindlamp_activities import SURVEY, UNKNOWN, WORDED, Activity
from etl.sources.mindlamp_documents import Document, Json
from etl.sources.reader import BadRow
from etl.sources.records import Numbered, Record
from etl.sources.text import DAMAGE_EXPECTED, is_damaged_line

ANALYTICS = "lamp.analytics"
NAMED_BY = ("type", "action", "event_type")
"""Where the app, the native apps and old servers put what was done."""
NOT_A_RECORD = "an event of mindLAMP: an object with a timestamp and an activity or a sensor"
NOT_A_SLICE = "answers as a list of temporal_slices, each an object with item and value"
UNLISTED = (
    "an activity of the list that 'activities' of the source names; deleted ones are not in it: "
    "add them by hand"
)
NOT_A_QUESTION = "a question of this survey, by its text in the list of activities"
NOT_A_CHOICE = "a number, or one of the question's choices in the list of activities"
_LEFT_OUT = frozenset({"temporal_slices", "static_data", "data"})

Made = Iterator[Record | BadRow]


@dataclass
class Records:
    """Makes the records of a source out of a document, and counts what it passes over.

    Parameters
    ----------
    activities
        By id; None where the study file names no list.
    as_it_is
        Texts that stand for no answer or no application: the loader knows what they mean.
    """

    document: Document
    activities: Mapping[str, Activity] | None
    as_it_is: frozenset[str] = frozenset()
    passed: dict[str, int] = field(default_factory=dict)

    def events(self) -> Iterator[Numbered]:
        """One record an event of an activity, and one an event of the app itself."""
        return self._numbered(self._event)

    def answers(self) -> Iterator[Numbered]:
        """One record an answer of a survey, unanswered questions too."""
        return self._numbered(self._answers)

    def _numbered(self, make: Callable[[str | None, Json], Made]) -> Iterator[Numbered]:
        self.passed.clear()
        number = 0
        for owner, one in self.document.found():
            made = make(owner, one) if isinstance(one, dict) else iter((self._unreadable(one),))
            for record in made:
                number += 1
                if isinstance(record, BadRow):
                    yield BadRow(number, record.expected, record.raw_text, record.rule)
                else:
                    yield number, record

    # -- events ---------------------------------------------------------------------------------

    def _event(self, owner: str | None, one: Json) -> Made:
        if isinstance(one.get("sensor"), str) and "timestamp" in one:
            if one["sensor"] != ANALYTICS:
                self._pass("sensors")
                return
            yield _analytics(owner, one)
        elif one.get("activity") is not None and "timestamp" in one:
            known = self._activity(one)
            if known is None:
                yield self._bad(UNLISTED, _outside(one), "unknown_reference")
            else:
                yield _done(owner, one, known)
        else:
            yield self._bad(NOT_A_RECORD, _outside(one))

    def _activity(self, one: Json) -> Activity | None:
        wanted = str(one["activity"])
        if self.activities is None:
            return Activity(wanted, wanted, "", ())
        return self.activities.get(wanted)

    # -- answers --------------------------------------------------------------------------------

    def _answers(self, owner: str | None, one: Json) -> Made:
        if isinstance(one.get("sensor"), str) and "timestamp" in one:
            self._pass("others")
            return
        if one.get("activity") is None or "timestamp" not in one:
            yield self._bad(NOT_A_RECORD, _outside(one))
            return
        known = self._activity(one)
        if known is None:
            yield self._bad(UNLISTED, _outside(one), "unknown_reference")
        elif known.spec != SURVEY:
            self._pass("others")
        else:
            yield from self._survey(owner, one, known)

    def _survey(self, owner: str | None, one: Json, survey: Activity) -> Made:
        slices = one.get("temporal_slices")
        if not isinstance(slices, list):
            yield self._bad(NOT_A_SLICE, _outside(one))
            return
        if not slices:
            self._pass("empty")
        shared = {
            **_outside(one),
            "participant": owner,
            "activity": survey.name,
            "activity_id": survey.id,
            "instrument": survey.instrument,
            "occasion": f"{survey.id}@{_stamp(one['timestamp'])}",
        }
        for place, answer in enumerate(slices):
            yield from self._answer(shared, survey, answer, (place, len(slices)))

    def _answer(self, shared: Json, survey: Activity, answer: Any, place: tuple[int, int]) -> Made:
        if not isinstance(answer, dict):
            yield self._bad(NOT_A_SLICE, None)
            return
        number = survey.number(answer.get("item"), *place)
        if number is None:
            yield self._bad(NOT_A_QUESTION, answer, "unknown_reference")
            return
        question = survey.questions[number - 1]
        if question.kind in WORDED:
            self._pass("worded")
            return
        value = question.code(answer.get("value"), self.as_it_is)
        if value is UNKNOWN:
            yield self._bad(NOT_A_CHOICE, answer, "unknown_reference")
            return
        yield {
            **shared,
            "item": str(number),
            "question": question.text,
            "value": value,
            "answer_duration": answer.get("duration"),
        }

    # -- what is no record ----------------------------------------------------------------------

    def _pass(self, what: str) -> None:
        self.passed[what] = self.passed.get(what, 0) + 1

    def _unreadable(self, one: str | BadRow) -> BadRow:
        if isinstance(one, BadRow):
            return one
        expected = DAMAGE_EXPECTED if is_damaged_line(one) else NOT_A_RECORD
        names = [f'"{name.rsplit(".", 1)[-1]}"' for name in self.document.drop]
        is_kept = not any(name in one for name in names)
        return BadRow(0, expected, one if is_kept else None)

    def _bad(self, expected: str, shown: Json | None, rule: str = "bad_row") -> BadRow:
        dropped = frozenset(self.document.drop)
        kept = {key: value for key, value in (shown or {}).items() if key not in dropped}
        return BadRow(0, expected, json.dumps(kept, ensure_ascii=False) if kept else None, rule)


def _done(owner: str | None, one: Json, activity: Activity) -> Record:
    static = one.get("static_data") or one.get("data")
    more = static if isinstance(static, dict) else {}
    about = {"spec": activity.spec or None, "duration": one.get("duration")}
    return {
        **_outside(one),
        "participant": owner,
        "name": activity.name,
        "activity": activity.name,
        "activity_id": activity.id,
        "properties": {**{key: value for key, value in about.items() if value is not None}, **more},
    }


def _analytics(owner: str | None, one: Json) -> Record:
    given = one.get("data")
    data = given if isinstance(given, dict) else {}
    by = next((name for name in NAMED_BY if isinstance(data.get(name), str) and data[name]), None)
    return {
        **_outside(one),
        "participant": owner,
        "name": data[by] if by else ANALYTICS,
        "properties": {key: value for key, value in data.items() if key != by},
    }


def _outside(one: Json) -> Json:
    """An event without what was done in it."""
    return {key: value for key, value in one.items() if key not in _LEFT_OUT}


def _stamp(value: Any) -> str:
    """A time stamp in one writing: 1741000000000.0 is 1741000000000."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def told(passed: Mapping[str, int], *, kind: str, has_list: bool) -> tuple[str, ...]:
    """What a person should know of a file that was read."""
    sentences: Sequence[tuple[str, str]] = (
        (
            "sensors",
            "Records passed over, being measurements of sensors and not use of the app: {:,}.",
        ),
        (
            "others",
            "Records passed over, being of sensors or of activities other than surveys, which hold "
            "no answers: {:,}.",
        ),
        (
            "worded",
            "Answers passed over, being free text, times of day or several choices at once, which "
            "no instrument scores: {:,}.",
        ),
        ("empty", "Surveys sent without any answer, which give no record: {:,}."),
    )
    notes = [text.format(passed[what]) for what, text in sentences if passed.get(what)]
    if kind == "events" and not has_list:
        notes.append(
            "Activities are called by their ids, because the study file names no list of them: "
            "set 'activities' of the source."
        )
    return tuple(notes)
