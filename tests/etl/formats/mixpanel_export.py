"""A made-up Mixpanel export: two days as JSON Lines, one of them in milliseconds, and flat rows."""

import gzip
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.etl.formats.written import Written

SOURCE = """
[[sources]]
id = "mixpanel"
kind = "events"
path = "exports/mixpanel/*"
format = "mixpanel"
"""
Event = dict[str, Any]


def seconds(at: str) -> int:
    """Seconds since 1970 of a time in UTC."""
    return int(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp())


def event(number: int, person: str, name: str, at: str, **properties: Any) -> Event:
    """One event; `at` is its time, UTC, and `number` makes its id."""
    return {
        "event": name,
        "properties": {
            "time": seconds(at),
            "distinct_id": person,
            "$app_version_string": "2.1",
            "$city": "Harbourtown",
            "$device_id": f"device-{number}",
            "$email": "someone@example.org",
            "$insert_id": f"insert-{number}",
            "$user_id": person,
            "mp_country_code": "GB",
            "mp_processing_time_ms": seconds(at) * 1000 + 1500,
            "module": "m1",
            "minutes": number % 7,
        }
        | properties,
    }


def in_milliseconds(one: Event) -> Event:
    """The same event as an export with `time_in_ms` has it."""
    properties = one["properties"]
    return {**one, "properties": {**properties, "time": properties["time"] * 1000 + 120}}


def flat(one: Event) -> dict[str, Any]:
    """The same event as a row of a JSON pipeline."""
    properties = dict(one["properties"])
    at = datetime.fromtimestamp(properties.pop("time"), UTC)
    return {
        "device_id": properties.pop("$device_id"),
        "distinct_id": properties.pop("distinct_id"),
        "event_name": one["event"],
        "insert_id": properties.pop("$insert_id"),
        "properties": properties,
        "time": at.strftime("%Y-%m-%d %H:%M:%S UTC"),
        "user_id": properties.pop("$user_id"),
    }


def lines(records: Iterable[dict[str, Any]]) -> bytes:
    """One record a line."""
    return "".join(json.dumps(one) + "\n" for one in records).encode()


def write(folder: Path) -> Written:
    """Write the export; see `Written`."""
    out = folder / "exports" / "mixpanel"
    out.mkdir(parents=True)
    first = [
        event(1, "S01", "app_opened", "2025-03-03 08:00:00"),
        event(2, "S01", "module_done", "2025-03-03 08:10:00"),
        event(3, "S02", "praise_shown", "2025-03-03 21:30:00", **{"$ip": "192.0.2.1"}),
        # The raw export is not deduplicated.
        event(3, "S02", "praise_shown", "2025-03-03 21:30:00", module="m9"),
        # Nobody had signed in yet.
        event(4, "$device:4f1c", "app_opened", "2025-03-03 21:40:00"),
        # No $insert_id: alike in everything, and so one event.
        event(5, "S03", "app_opened", "2025-03-03 22:00:00", **{"$insert_id": None}),
        event(5, "S03", "app_opened", "2025-03-03 22:00:00", **{"$insert_id": None}),
        # The same $insert_id in another second is another event.
        event(2, "S01", "module_done", "2025-03-03 08:10:01"),
    ]
    (out / "2025-03-03.jsonl.gz").write_bytes(gzip.compress(lines(first) + b"terminated early\n"))
    second = [
        in_milliseconds(first[2]),
        in_milliseconds(event(6, "S04", "module_done", "2025-03-04 09:00:00")),
        # From a device that was offline since the third of March.
        in_milliseconds(event(7, "S05", "praise_shown", "2025-03-03 19:00:00")),
        event(8, "S05", "app_opened", "2025-03-04 10:00:00", time="noon"),
    ]
    (out / "2025-03-04.jsonl").write_bytes(lines(second))
    pipeline = [
        flat(event(6, "S04", "module_done", "2025-03-04 09:00:00")),
        flat(event(9, "S06", "module_done", "2025-03-05 09:00:00")),
    ]
    (out / "pipeline.json").write_bytes(lines(pipeline))
    return Written(
        SOURCE,
        {
            "exports/mixpanel/2025-03-03.jsonl.gz": (9, 5, 2, 2),
            "exports/mixpanel/2025-03-04.jsonl": (4, 2, 1, 1),
            "exports/mixpanel/pipeline.json": (2, 1, 1, 0),
        },
    )
