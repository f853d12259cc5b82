"""What the columns of an unknown table seem to hold, by their names and first values."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from etl.doctor.written_dates import date_style
from etl.sources.sample import Sample

PARTICIPANT = (
    r"participant(_?id)?|id_?participant|participant_?code|subject(_?id)?|pid|record_?id|study_?id",
    r"user_?id|client_?id|person_?id|patient_?id|distinct_?id|user_?pseudo_?id",
    r"user|client|person|token|code",
)
EVENT_NAME = (r"event(_?name|_?type)?", r"action(_?name)?|activity(_?name)?|verb", r"name|type")
EVENT_ID = (r"event_?id|uuid|insert_?id|message_?id|id",)
TIME = (
    r"client_?time|event_?time|occurred_?(at|on)|(event_?)?timestamp|time|answered_?at"
    r"|completed_?at",
    r"date_?time|created_?at|logged_?at|submitted_?at|date|day|when|at|end_?date|start_?date",
)
RECEIVED = (r"received(_?at)?|server_?(received_?)?time|uploaded_?at|ingested_?at",)
ENROLLED = (
    r"(date_?(of_?)?)?enrol(l)?(ed|ment)?(_?(on|at|date))?|randomi[sz](ed|ation)(_?(on|at|date))?",
    r"(date_?(of_?)?)?consent(ed)?(_?(on|at|date))?|(inclusion|baseline)_?date",
)
ARM = (r"arm|group|allocation|condition|treatment",)
SITE = (r"site|centre|center|clinic",)
ITEM = (r"item(_?id)?|question(_?id)?",)
ANSWER = (r"answer|value|response|score|rating",)
INSTRUMENT = (r"instrument|questionnaire|survey|scale",)
ZONE = (r"tz|time_?zone",)
VERSION = (r"(app_?)?version(_?name)?",)
OCCASION = (r"occasion|wave|visit|response_?id|timepoint",)
TIME_STYLES = (
    ("iso", r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?"),
    ("epoch_s", r"1\d{9}(\.\d+)?"),
    ("epoch_ms", r"1\d{12}"),
    ("epoch_us", r"1\d{15}"),
)
_ITEM_COLUMN = re.compile(r"(?P<before>.*?)(?P<item>\d{1,3})(?P<after>\]?)")
_ANSWER = re.compile(r"A?(\d{1,3})")
"""A whole number; LimeSurvey's answer codes have a letter in front."""
_MISSING = re.compile(r"-\d{1,3}")
"""What survey systems write where a question was seen and not answered."""
_IMPORT_ID = '{"ImportId"'
"""What the cells of Qualtrics' third header row begin with."""
LEAST_ITEMS = 3
ALMOST_ALL = 0.9


@dataclass(frozen=True)
class ItemColumns:
    """Columns that seem to be the items of one instrument: `before`, a number, `after`."""

    before: str
    items: tuple[str, ...]
    low: int
    high: int
    after: str = ""


@dataclass(frozen=True)
class Guess:
    """What a table seems to hold.

    Parameters
    ----------
    kind
        events, roster or answers; empty where nothing tells.
    columns
        By key of study.toml, the column.
    """

    kind: str
    columns: dict[str, str] = field(default_factory=dict)
    time_format: str = "iso"
    items: tuple[ItemColumns, ...] = ()
    other_format: str | None = None
    """Where nothing tells whether the day or the month comes first: `time_format` the other way."""


def guess(sample: Sample) -> Guess:
    """Tell events, answers and participant lists apart, as far as names and values go."""
    found = _told(sample)
    time = found.columns.get("enrolled" if found.kind == "roster" else "time")
    dates = date_style(_texts(sample, time)) if time else None
    return replace(found, other_format=dates.other) if dates else found


def _told(sample: Sample) -> Guess:
    columns = _Columns(sample)
    participant = columns.named(PARTICIPANT)
    if participant is None:
        return Guess("")
    found = {"participant": participant}
    received = columns.named(RECEIVED, timed=True)
    time = columns.named(TIME, timed=True, but=(received,)) or columns.first_timed(but=(received,))
    items = item_columns(sample)
    item, answer = columns.named(ITEM), columns.named(ANSWER)
    if item and answer and time:
        return _long(columns, found, time, item, answer)
    if items and time:
        kept = {"time": time} | _given(occasion=columns.named(OCCASION, but=(participant,)))
        return Guess("answers", found | kept, columns.style(time) or "iso", items)
    enrolled = columns.named(ENROLLED, timed=True)
    if enrolled or (columns.named(ARM) and columns.is_unique(participant)):
        named = {"enrolled": enrolled, "arm": columns.named(ARM), "site": columns.named(SITE)}
        style = columns.style(enrolled) if enrolled else None
        return Guess("roster", found | _given(**named), style or "iso")
    name = columns.named(EVENT_NAME, but=(participant,))
    if name and time:
        return _events(columns, found, time, name, received)
    return Guess("", found | _given(time=time))


def _long(columns: "_Columns", found: dict[str, str], time: str, item: str, answer: str) -> Guess:
    more = {"instrument": columns.named(INSTRUMENT), "occasion": columns.named(OCCASION)}
    kept = {"time": time, "item": item, "value": answer}
    return Guess("answers", found | kept | _given(**more), columns.style(time) or "iso")


def _events(
    columns: "_Columns", found: dict[str, str], time: str, name: str, received: str | None
) -> Guess:
    event_id = columns.named(EVENT_ID, but=(found["participant"], name))
    is_own = event_id is not None and columns.is_unique(event_id)
    more = _given(
        event_id=event_id if is_own else None,
        received=received,
        time_zone_column=columns.named(ZONE),
        app_version=columns.named(VERSION),
    )
    return Guess(
        "events", found | {"name": name, "time": time} | more, columns.style(time) or "iso"
    )


def _given(**named: str | None) -> dict[str, str]:
    return {key: column for key, column in named.items() if column}


def item_columns(sample: Sample) -> tuple[ItemColumns, ...]:
    """Numbered columns of small whole numbers, by what stands round the number."""
    sample = replace(sample, records=_without_header_rows(sample.records))
    groups: dict[tuple[str, str], list[tuple[str, list[int]]]] = {}
    for name in sample.columns:
        match = _ITEM_COLUMN.fullmatch(name)
        values = _small_numbers(_texts(sample, name)) if match else None
        if match and values is not None:
            groups.setdefault((match["before"], match["after"]), []).append((match["item"], values))
    found = []
    for (before, after), items in groups.items():
        seen = [value for _, values in items for value in values]
        if len(items) >= LEAST_ITEMS and seen:
            names = tuple(item for item, _ in items)
            found.append(ItemColumns(before, names, min(seen), max(seen), after))
    return tuple(sorted(found, key=lambda one: -len(one.items)))


def worded_columns(sample: Sample) -> tuple[tuple[ItemColumns, ...], bool]:
    """Numbered columns, whatever stands in them, and whether words do.

    `low` and `high` are those of the numbers that were seen; of words alone, 1 and how many
    different ones there are in the first rows.
    """
    sample = replace(sample, records=_without_header_rows(sample.records))
    groups: dict[tuple[str, str], list[str]] = {}
    for name in sample.columns:
        match = _ITEM_COLUMN.fullmatch(name)
        if match and match["before"]:
            groups.setdefault((match["before"], match["after"]), []).append(match["item"])
    found, has_words = [], False
    for (before, after), items in groups.items():
        texts = [
            text
            for item in items
            for text in _texts(sample, f"{before}{item}{after}")
            if not _MISSING.fullmatch(text)
        ]
        numbers = [int(match[1]) for text in texts if (match := _ANSWER.fullmatch(text))]
        if len(items) >= LEAST_ITEMS and texts:
            low, high = (min(numbers), max(numbers)) if numbers else (1, len(set(texts)))
            found.append(ItemColumns(before, tuple(items), low, high, after))
            has_words = has_words or len(numbers) < len(texts)
    return tuple(sorted(found, key=lambda one: -len(one.items))), has_words


def missing_codes(sample: Sample, items: Sequence[ItemColumns]) -> tuple[str, ...]:
    """Codes such as -99 in the columns of items."""
    names = {f"{one.before}{item}{one.after}" for one in items for item in one.items}
    texts = {text for name in names for text in _texts(sample, name)}
    return tuple(sorted(text for text in texts if _MISSING.fullmatch(text)))


def roster_columns(sample: Sample) -> Guess:
    """Columns of a participant list, in an export that is one whatever else it holds."""
    columns = _Columns(sample)
    enrolled = columns.named(ENROLLED, timed=True)
    style = columns.style(enrolled) if enrolled else None
    return Guess("roster", _given(enrolled=enrolled), style or "iso")


def _without_header_rows(records: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
    """Qualtrics writes the questions and their ids below the header."""
    ends = [
        place
        for place, record in enumerate(records, 1)
        if any(str(value).startswith(_IMPORT_ID) for value in record.values())
    ]
    return records[ends[-1] :] if ends else records


def answered_items(sample: Sample, found: Guess) -> tuple[tuple[str, ItemColumns], ...]:
    """Instruments of a table with one answer a row: ids, items and range in its first rows."""
    item, value = found.columns["item"], found.columns["value"]
    instrument = found.columns.get("instrument")
    seen: dict[str, dict[str, list[int]]] = {}
    for record in sample.records:
        name = str(_reach(record, instrument) or "") if instrument else ""
        answer = str(_reach(record, value) or "").strip()
        if re.fullmatch(r"\d{1,3}", answer):
            items = seen.setdefault(name.strip(), {})
            items.setdefault(str(_reach(record, item)).strip(), []).append(int(answer))
    return tuple(
        (
            name,
            ItemColumns(
                "", tuple(items), min(map(min, items.values())), max(map(max, items.values()))
            ),
        )
        for name, items in seen.items()
    )


def _small_numbers(texts: Sequence[str]) -> list[int] | None:
    """Values as whole numbers; None where they are others. An empty column may hold any."""
    texts = [text for text in texts if not _MISSING.fullmatch(text)]
    numbers = [int(match[1]) for text in texts if (match := _ANSWER.fullmatch(text))]
    if texts and len(numbers) < ALMOST_ALL * len(texts):
        return None
    return numbers


def _texts(sample: Sample, name: str) -> list[str]:
    """First values of a column that are there."""
    found = (_reach(record, name) for record in sample.records)
    return [text for one in found if (text := str(one).strip()) and one is not None]


def _reach(record: dict[str, Any], name: str) -> Any:
    if name in record:
        return record[name]
    value: Any = record
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


class _Columns:
    """The columns of a sample, to be asked for by what they may hold."""

    def __init__(self, sample: Sample) -> None:
        self._sample = sample

    def named(
        self, patterns: Sequence[str], *, timed: bool = False, but: Sequence[str | None] = ()
    ) -> str | None:
        """The first column whose name fits, the likelier names first."""
        for pattern in patterns:
            for name in self._sample.columns:
                last = _snake(name.rsplit(".", 1)[-1])
                is_meant = name not in but and re.fullmatch(pattern, last) is not None
                if is_meant and (not timed or self.style(name)):
                    return name
        return None

    def first_timed(self, *, but: Sequence[str | None] = ()) -> str | None:
        """The first column of times."""
        names = (name for name in self._sample.columns if name not in but)
        return next((name for name in names if self.style(name)), None)

    def style(self, name: str) -> str | None:
        """How the values are written as times; None where they are none."""
        texts = _texts(self._sample, name)
        for style, pattern in TIME_STYLES:
            fitting = sum(re.fullmatch(pattern, text) is not None for text in texts)
            if texts and fitting >= ALMOST_ALL * len(texts):
                return style
        dates = date_style(texts)
        return dates.time_format if dates else None

    def is_unique(self, name: str) -> bool:
        """Whether no value stands twice."""
        texts = _texts(self._sample, name)
        return len(set(texts)) == len(texts)


def _snake(name: str) -> str:
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")
