"""A made-up PostHog export: Parquet, JSON Lines in several packings, and the persons."""

import gzip
import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.etl.formats.written import PEOPLE, Written

SOURCE = """
[[sources]]
id = "posthog"
kind = "events"
path = "exports/posthog/events/*"
format = "posthog"
persons = "exports/posthog/persons/*"
"""
IDS = {person: f"0190-person-{person}" for person in PEOPLE}
Record = dict[str, Any]
_UTC = pa.timestamp("us", tz="UTC")
EVENTS = pa.schema(
    [
        ("uuid", pa.string()),
        ("event", pa.string()),
        ("distinct_id", pa.string()),
        ("person_id", pa.string()),
        ("properties", pa.string()),
        ("person_properties", pa.string()),
        ("elements_chain", pa.string()),
        ("timestamp", _UTC),
        ("created_at", _UTC),
        ("_inserted_at", _UTC),
    ]
)
PERSONS = pa.schema(
    [
        ("team_id", pa.int64()),
        ("distinct_id", pa.string()),
        ("person_id", pa.string()),
        ("properties", pa.string()),
        ("person_distinct_id_version", pa.int64()),
        ("person_version", pa.int64()),
        ("created_at", _UTC),
        ("_inserted_at", _UTC),
        ("is_deleted", pa.bool_()),
    ]
)


def event(number: int, distinct_id: str, name: str, at: str, **given: Any) -> Record:
    """One event as JSON Lines have it; `at` is its time, UTC."""
    stamp = f"{at.replace(' ', 'T')}.000250+00:00"
    return {
        "uuid": f"0195-{number:04}",
        "event": name,
        "distinct_id": distinct_id,
        "person_id": IDS.get(distinct_id, f"0190-person-{distinct_id}"),
        "properties": {
            "$app_version": "2.1",
            "$device_id": f"device-{distinct_id}",
            "$geoip_city_name": "Harbourtown",
            "$ip": "192.0.2.1",
            "$set": {"email": "someone@example.org"},
            "distinct_id": distinct_id,
            "email": "someone@example.org",
            "module": "m1",
            "minutes": number % 7,
        }
        | given.pop("properties", {}),
        "person_properties": {"email": "someone@example.org", "name": "Some One"},
        "elements_chain": "",
        "timestamp": stamp,
        "created_at": stamp,
        "_inserted_at": stamp,
    } | given


def person(distinct_id: str, person_id: str, version: int, **given: Any) -> Record:
    """One row of the persons: which person an id belongs to since a version."""
    return {
        "team_id": 7,
        "distinct_id": distinct_id,
        "person_id": person_id,
        "properties": {"email": "someone@example.org"},
        "person_distinct_id_version": version,
        "person_version": version,
        "created_at": "2025-03-01T00:00:00+00:00",
        "_inserted_at": f"2025-03-{10 + version:02}T00:00:00+00:00",
        "is_deleted": False,
    } | given


def lines(records: Iterable[Record]) -> list[bytes]:
    """Each record as a line."""
    return [json.dumps(one).encode() + b"\n" for one in records]


def parquet(path: Path, records: Iterable[Record], schema: pa.Schema, codec: str = "zstd") -> Path:
    """As Parquet: objects are JSON text, times are times."""
    rows = [
        {field.name: _cell(one.get(field.name), field.type) for field in schema} for one in records
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema), path, compression=codec)
    return path


def _cell(value: Any, kind: pa.DataType) -> Any:
    if isinstance(value, dict):
        return json.dumps(value)
    return datetime.fromisoformat(value) if value and pa.types.is_timestamp(kind) else value


def compressed(path: Path, content: bytes, codec: str) -> Path:
    """A file compressed as a whole."""
    with pa.CompressedOutputStream(str(path), codec) as stream:
        stream.write(content)
    return path


def write(folder: Path) -> Written:
    """Write the export; see `Written`."""
    out = folder / "exports" / "posthog" / "events"
    out.mkdir(parents=True)
    first = [
        event(1, "S01", "app_opened", "2025-03-03 08:00:00"),
        event(2, "S01", "module_done", "2025-03-03 08:10:00"),
        # Before S02 signed in, and so another person at the time.
        event(3, "anonymous-2", "praise_shown", "2025-03-03 21:30:00"),
        event(4, "S02", "app_opened", "2025-03-03 21:40:00"),
        # Merged, and merged again.
        event(5, "anonymous-3", "module_done", "2025-03-03 22:00:00"),
    ]
    # Parquet with Zstandard inside: not a Zstandard file.
    parquet(out / "2025-03-03.parquet.zst", first, EVENTS)
    second = [
        first[3],
        event(6, "S04", "module_done", "2025-03-04 09:00:00"),
        event(7, "S05", "", "2025-03-04 10:00:00"),
        event(8, "S05", "app_opened", "2025-03-04 10:00:00", timestamp="noon"),
        # A column that did not exist last week.
        event(9, "S05", "app_opened", "2025-03-04 11:00:00", new_column={"a": 1}),
    ]
    # One gzip member for every record, as PostHog writes them.
    members = [gzip.compress(line) for line in [*lines(second), b'{"uuid": "cut\n']]
    (out / "2025-03-04.jsonl.gz").write_bytes(b"".join(members))
    third = [second[4], event(10, "S06", "praise_shown", "2025-03-05 09:00:00")]
    compressed(out / "2025-03-05.jsonl.br", b"".join(lines(third)), "brotli")
    persons = folder / "exports" / "posthog" / "persons"
    persons.mkdir()
    own = [person(one, IDS[one], 0) for one in PEOPLE]
    week = [
        *own,
        person("anonymous-2", "0190-person-anonymous-2", 0),
        person("anonymous-2", IDS["S02"], 1),
        person("anonymous-3", "0190-person-anonymous-9", 2, is_deleted=True),
    ]
    parquet(persons / "week-1.parquet", week, PERSONS)
    later = [person("anonymous-3", IDS["S03"], 3)]
    (persons / "week-2.jsonl").write_bytes(b"".join(lines(later)))
    return Written(
        SOURCE,
        {
            "exports/posthog/events/2025-03-03.parquet.zst": (5, 5, 0, 0),
            "exports/posthog/events/2025-03-04.jsonl.gz": (6, 2, 1, 3),
            "exports/posthog/events/2025-03-05.jsonl.br": (2, 1, 1, 0),
        },
        IDS,
    )
