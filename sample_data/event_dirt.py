"""The event exports: clean events, made dirty as real exports are, cut into monthly files."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from sample_data.counts import Row
from sample_data.design import Size
from sample_data.diary import Event
from sample_data.people import HOME_ZONE
from sample_data.trial import Life

FIELDS = ("event_id", "user_id", "event", "client_time", "received_at", "tz", "version", "device")
TEST_ACCOUNT = "TEST01"
BAD_TIMES = ("2025-02-30T10:00:00Z", "not set", "", "2025-06-31 25:61:00", "yesterday")
LOST_CLOCK = "1970-01-01T00:00:{second:02d}Z"
# Views of these screens are exposures: dirt leaves them alone.
SPARED = ('{"screen":"team"}', '{"screen":"trial"}')
_ENCODER = json.JSONEncoder(separators=(",", ":"))
OFFSET_VERSION, NAIVE_VERSION = "2.5.0", "2.2.0"


def event_files(
    lives: Iterable[Life], size: Size, rng: np.random.Generator
) -> dict[str, list[Row]]:
    """Rows of each monthly export ("2025-01", ...), in the order in which they were received."""
    known = [row for life in lives if life.person.in_roster for row in _rows(life)]
    strays = [row for life in lives if not life.person.in_roster for row in _rows(life)]
    strays += _test_rows(size, rng)
    dirty = _with_faults(known, size, rng)
    clean = [row for row in dirty if not row.fault]
    retried = [clean[int(k)] for k in rng.choice(len(clean), size.faults.retried, replace=False)]
    files: dict[str, list[Row]] = {}
    for row in _in_order([*dirty, *retried, *strays]):
        if row.fields[4][:10] <= size.last_day.isoformat():
            files.setdefault(row.fields[4][:7], []).append(row)
    _overlap(files, size)
    _break_rows(files, size, rng)
    return {month: _marked(month, rows) for month, rows in files.items()}


def line(row: Row, layout: str) -> str:
    """The row as a line of JSON, or of comma-separated text; broken if its fault is that."""
    if layout == "csv_long":
        return _csv_line(row)
    event_id, user, event, client, received, zone, version, device, properties = row.fields
    user_id = f'"{user}"' if user else "null"
    # Written by hand: nothing here needs escaping, and the encoder would take most of the time.
    text = (
        f'{{"event_id":"{event_id}","user_id":{user_id},"event":"{event}",'
        f'"client_time":"{client}","received_at":"{received}","tz":"{zone}",'
        f'"app":{{"version":"{version}"}},"device_id":"{device}","properties":{properties}}}'
    )
    return text[: len(text) * 3 // 5] if row.fault == "bad_row" else text


CSV_HEADER = "event_id,user_id,event,client_time,received_at,tz,kind,screen"


def _csv_line(row: Row) -> str:
    properties = json.loads(row.fields[8])
    more = [str(properties.get(name, "")) for name in ("kind", "screen")]
    ragged = ["", "cut"] if row.fault == "bad_row" else []
    return ",".join([*row.fields[:6], *more, *ragged])


def _rows(life: Life) -> Iterator[Row]:
    """Events numbered in order of time, as the app's own counter does."""
    device = f"d{int(life.person.id[1:]) * 7919 % 65536:04x}"
    for number, event in enumerate(life.events, 1):
        yield _row(event, f"{event.participant}-{number:05d}", device)


def _row(event: Event, event_id: str, device: str) -> Row:
    properties = _ENCODER.encode(event.properties)
    times = (_client_time(event), _utc(event.received))
    fields = (event_id, event.participant, event.name, *times, event.zone, event.version, device)
    return Row((*fields, properties), key=event_id, participant=event.participant)


def _utc(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()[:19] + "Z"


def _client_time(event: Event) -> str:
    """Old versions of the app wrote UTC without saying so, new ones local time with offset."""
    if event.version == NAIVE_VERSION:
        return datetime.fromtimestamp(event.at, UTC).isoformat(sep=" ")[:19]
    if event.version == OFFSET_VERSION:
        return datetime.fromtimestamp(event.at, ZoneInfo(event.zone)).isoformat()
    return _utc(event.at)


def _test_rows(size: Size, rng: np.random.Generator) -> list[Row]:
    """A tester's telephone that nobody took out of the export."""
    days = (size.last_day - size.enrol_from).days
    events = []
    for _ in range(size.faults.test_rows):
        at = int(datetime(2025, 1, 1, 9, tzinfo=UTC).timestamp())
        at += 86400 * ((size.enrol_from - date(2025, 1, 1)).days + int(rng.integers(0, days)))
        properties: dict[str, str | int] = {"screen": "home"}
        events.append(
            Event(at, at + 1, TEST_ACCOUNT, "screen_viewed", HOME_ZONE, "2.3.1", properties)
        )
    return [_row(event, f"T-{number:05d}", "d0000") for number, event in enumerate(events, 1)]


def _with_faults(rows: list[Row], size: Size, rng: np.random.Generator) -> list[Row]:
    """Spoil views of plain screens, each with one fault, so that no planted exposure is lost."""
    faults = size.faults
    rules = ["clock_skew"] * faults.clock_skew + ["bad_time"] * faults.bad_time
    rules += ["time_out_of_range"] * faults.time_out_of_range
    rules += ["missing_participant"] * faults.missing_participant
    rules += ["missing_event_name"] * faults.missing_event_name
    rules += ["clock_ahead"] * (faults.clock_skew // 2)  # within the limit: loaded
    plain = [k for k, row in enumerate(rows) if _is_plain(row)]
    chosen = [plain[int(k)] for k in rng.choice(len(plain), len(rules), replace=False)]
    spoilt = dict(zip(chosen, rules, strict=True))
    return [_spoil(row, spoilt[k], k, rng) if k in spoilt else row for k, row in enumerate(rows)]


def _is_plain(row: Row) -> bool:
    return row.fields[2] == "screen_viewed" and row.fields[8] not in SPARED


def _spoil(row: Row, rule: str, k: int, rng: np.random.Generator) -> Row:
    fields = list(row.fields)
    if rule in ("clock_skew", "clock_ahead"):
        low, high = (61, 700) if rule == "clock_skew" else (5, 55)
        received = datetime.fromisoformat(row.fields[4])
        ahead = received + timedelta(minutes=int(rng.integers(low, high)))
        fields[3] = ahead.strftime("%Y-%m-%dT%H:%M:%SZ")
    elif rule == "bad_time":
        fields[3] = BAD_TIMES[int(rng.integers(len(BAD_TIMES)))]
    elif rule == "time_out_of_range":
        fields[3] = LOST_CLOCK.format(second=k % 60)
    elif rule == "missing_participant":
        fields[1] = ""
    else:
        fields[2] = ""
    return replace(row, fields=tuple(fields), fault="" if rule == "clock_ahead" else rule)


def _in_order(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row.fields[4], row.fields[0]))


def _overlap(files: dict[str, list[Row]], size: Size) -> None:
    """Some exports were drawn late and also hold the first hours of the next month."""
    months = list(files)
    for month, following in pairwise(months):
        hours = size.overlaps.get(month, 0)
        end = datetime.fromisoformat(f"{following}-01T00:00:00Z") + timedelta(hours=hours)
        until = end.strftime("%Y-%m-%dT%H:%M:%SZ")
        files[month] += [row for row in files[following] if row.fields[4] < until]


def _break_rows(files: dict[str, list[Row]], size: Size, rng: np.random.Generator) -> None:
    """Add rows that were cut short (JSON) or are ragged (CSV)."""
    months = list(files)
    for k in range(size.faults.bad_row):
        rows = files[months[k % len(months)]]
        model = next(row for row in rows[int(rng.integers(len(rows) // 2)) :] if not row.fault)
        rows.insert(int(rng.integers(len(rows))), replace(model, fault="bad_row"))


def _marked(month: str, rows: list[Row]) -> list[Row]:
    """Mark rows that arrived a month late: clean ones whose client time is before the month."""
    late = [not row.fault and row.fields[3][:7] < month for row in rows]
    return [replace(row, is_late=True) if late[k] else row for k, row in enumerate(rows)]
