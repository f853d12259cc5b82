"""An oracle's own reading of a study's exports, in plain Python: which rows count, which do not.

Written from the documentation alone, row by row, so that it shares no code with the loader.
"""

import csv
import gzip
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

NOT_APPLICABLE = "not applicable"
EARLIEST = datetime(2000, 1, 1)


@dataclass(frozen=True)
class Event:
    participant: str
    name: str
    at: datetime
    day: date
    version: str | None
    properties: dict
    place: tuple[str, int]


@dataclass(frozen=True)
class Answer:
    participant: str
    instrument: str
    item: str
    occasion: str
    at: datetime
    day: date
    value: float | str | None


@dataclass(frozen=True)
class Person:
    participant: str
    enrolled: date | None
    arm: str | None
    site: str | None
    withdrawn: date | None
    withdrawal_kind: str | None


@dataclass
class Exports:
    """What counts, and what became of every row: (file, 'loaded') and (file, rule) -> rows."""

    people: dict[str, Person] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    rows: Counter = field(default_factory=Counter)
    rules: Counter = field(default_factory=Counter)

    def end(self, source, place, status, rule=None):
        self.rows[source.id, place[0], status] += 1
        if status == "rejected":
            self.rules[source.id, place[0], rule, False] += 1


class RefusedError(Exception):
    """The row is rejected; its text is the rule."""


def read_exports(study) -> Exports:
    """Every export of a study: the roster first, since it says who is known."""
    found = Exports()
    for kind in ("roster", "events", "answers"):
        for source in (one for one in study.sources if one.kind == kind):
            _READ[kind](study, source, found)
    return found


def _read_roster(study, source, found):
    said = {}
    for place, row in _rows(study, source):
        try:
            person = _person(study, source, row, said)
        except RefusedError as refused:
            found.end(source, place, "rejected", str(refused))
            continue
        found.end(source, place, "duplicate" if person.participant in found.people else "loaded")
        found.people[person.participant] = person


def _person(study, source, row, said):
    columns, name = source.roster, _participant(source, row)
    arm, site = _cell(row, columns.arm), _cell(row, columns.site)
    enrolled, withdrawn = (_date(study, source, columns, row, x) for x in ("enrolled", "withdrawn"))
    if arm is not None and arm not in {one.id for one in study.arms}:
        raise RefusedError("unknown_arm")
    if site is not None and site not in {one.id for one in study.sites}:
        raise RefusedError("unknown_site")
    kind = _cell(row, columns.withdrawal_kind)
    person = Person(name, enrolled, arm, site, withdrawn, kind)
    if said.setdefault(name, person) != person:
        raise RefusedError("conflicting_row")
    return person


def _read_events(study, source, found):
    seen = set()
    for place, row in _rows(study, source):
        try:
            event, key = _event(study, source, row, place)
            _known(found, event.participant)
        except RefusedError as refused:
            found.end(source, place, "rejected", str(refused))
            continue
        found.end(source, place, "duplicate" if key in seen else "loaded")
        if key not in seen:
            found.events.append(event)
        seen.add(key)


def _event(study, source, row, place):
    columns = source.events
    participant = _participant(source, row)
    name = columns.name_is or _cell(row, columns.name)
    if name is None:
        raise RefusedError("missing_event_name")
    at = _time(study, source, _cell(row, columns.time))
    received = _cell(row, columns.received)
    if received and at - _time(study, source, received) > timedelta(
        minutes=columns.max_clock_skew_minutes
    ):
        raise RefusedError("clock_skew")
    day = _day(study, at, _cell(row, columns.time_zone_column))
    version = _cell(row, columns.app_version)
    event = Event(participant, name, at, day, version, _properties(columns, row), place)
    return event, _cell(row, columns.event_id) or (participant, name, at, str(event.properties))


def _read_answers(study, source, found):
    told = {}
    for place, row in _rows(study, source):
        try:
            answers, cells = _filling_in(study, source, row)
            _known(found, _participant(source, row))
            _agree(answers, told)
        except RefusedError as refused:
            found.end(source, place, "rejected", str(refused))
            continue
        fresh = {one: value for one, value in answers.items() if told.get(one[0]) is None}
        is_new = any(one[0] not in told for one in answers)
        found.end(source, place, "loaded" if is_new else "duplicate")
        if is_new:
            for rule in cells:
                found.rules[source.id, place[0], rule, True] += 1
        for (key, at, day), value in fresh.items():
            told[key] = value
            found.answers.append(Answer(*key[:2], key[3], key[2], at, day, value))


def _agree(answers, told):
    for (key, *_), value in answers.items():
        if value is not None and told.get(key, value) not in (None, value):
            raise RefusedError("conflicting_answer")


def _filling_in(study, source, row):
    """The answers of one row as {((participant, instrument, occasion, item), at, day): value}."""
    columns = source.answers
    participant = _participant(source, row)
    at = _time(study, source, _cell(row, columns.time))
    day = _day(study, at, _cell(row, columns.time_zone_column))
    label, answers, refused = _cell(row, columns.occasion), {}, []
    for instrument, item, text in _answered(study, source, row):
        key = (participant, instrument.id, label or f"{instrument.id}@{day}", item)
        try:
            answers[key, at, day] = _value(source, instrument, text)
        except RefusedError as rule:
            if columns.shape == "long":
                raise
            refused.append(str(rule))
    return answers, refused


def _answered(study, source, row):
    """Instrument, item and text of each answer of a row."""
    columns, instruments = source.answers, {one.id: one for one in study.instruments}
    if columns.shape == "wide":
        for one in study.instruments:
            for item in one.items:
                column = columns.column_pattern.format(instrument=one.id, item=item)
                if column in row:
                    yield one, item, _cell(row, column)
        return
    named = columns.instrument_is or _cell(row, columns.instrument)
    if named not in instruments:
        raise RefusedError("unknown_instrument")
    item = columns.item_is or _cell(row, columns.item)
    if item not in instruments[named].items:
        raise RefusedError("unknown_item")
    yield instruments[named], item, _cell(row, columns.value)


def _value(source, instrument, text):
    if text is None:
        return None
    if text in source.answers.not_applicable:
        return NOT_APPLICABLE
    try:
        value = float(text.replace(source.decimal, ".")) + source.answers.add.get(instrument.id, 0)
    except ValueError:
        raise RefusedError("not_a_number") from None
    if value != int(value):
        raise RefusedError("not_an_integer")
    if not instrument.low <= value <= instrument.high:
        raise RefusedError("out_of_range")
    return value


def _rows(study, source):
    """Place (file, row from 1) and cells of every row of a source, in order of file names."""
    for path in sorted(study.folder.glob(source.path)):
        name = path.relative_to(study.folder).as_posix()
        read = _read_lines if "jsonl" in path.name else _read_csv
        for number, row in enumerate(read(source, path), start=1):
            yield (name, number), row


def _read_lines(source, path: Path):
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            try:
                yield json.loads(line)
            except json.JSONDecodeError:
                yield None


def _read_csv(source, path: Path):
    encoding = "utf-8-sig" if source.encoding == "utf-8" else source.encoding
    with path.open(encoding=encoding, newline="") as lines:
        rows = csv.reader(lines, delimiter=source.delimiter)
        header = next(rows)
        for row in rows:
            yield dict(zip(header, row, strict=True)) if len(row) == len(header) else None


def _cell(row, column):
    """The text of a column, or of a field that dots lead to; None where there is none."""
    found = row
    for step in (column or "").split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return None if found is None or found in ("", "NA") else str(found)


def _properties(columns, row):
    if isinstance(columns.properties, str):
        return row.get(columns.properties) or {}
    return {one: _cell(row, one) for one in columns.properties}


def _participant(source, row):
    if row is None:
        raise RefusedError("bad_row")
    found = _cell(row, source.participant)
    if found is None:
        raise RefusedError("missing_participant")
    return found


def _known(found, participant):
    if participant not in found.people:
        raise RefusedError("unknown_participant")


def _time(study, source, text) -> datetime:
    """UTC without a zone; a time that names no zone is in the source's, else in the study's."""
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        raise RefusedError("bad_time") from None
    if at.tzinfo is None:
        at = at.replace(tzinfo=ZoneInfo(source.time_zone or study.study.time_zone))
    at = at.astimezone(UTC).replace(tzinfo=None)
    if at < EARLIEST:
        raise RefusedError("time_out_of_range")
    return at


def _day(study, at, zone) -> date:
    """The date where the participant was: in the row's zone, else in the study's."""
    zone = zone or study.study.time_zone
    return at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()


def _date(study, source, columns, row, name):
    """A roster's date; a date without a time is that day, wherever it was."""
    text = _cell(row, getattr(columns, name))
    if text is None:
        return None
    if len(text) == len("2025-01-01"):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise RefusedError("bad_time") from None
    return _day(study, _time(study, source, text), None)


_READ = {"roster": _read_roster, "events": _read_events, "answers": _read_answers}
