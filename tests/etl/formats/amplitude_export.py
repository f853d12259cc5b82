"""A made-up Amplitude export: archives by upload time, one file from inside, a warehouse's table."""

import csv
import gzip
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.etl.formats.written import Written

SOURCE = """
[[sources]]
id = "amplitude"
kind = "events"
path = "exports/amplitude/*"
format = "amplitude"
"""
Event = dict[str, Any]


def event(number: int, person: str | None, name: str, at: str, **given: Any) -> Event:
    """One event; `at` is its time, UTC, and `number` makes its ids."""
    return {
        "$insert_id": f"insert-{number}",
        "$schema": None,
        "adid": None,
        "amplitude_id": 45_000_000 + number,
        "app": 100_011,
        "city": "Harbourtown",
        "client_event_time": at,
        "client_upload_time": at,
        "country": "United Kingdom",
        "data": {"path": "/2/httpapi"},
        "device_id": f"device-{person or 'unknown'}",
        "dma": None,
        "event_id": number,
        "event_properties": {"module": "m1", "minutes": number % 7},
        "event_time": at,
        "event_type": name,
        "idfa": "ad-0001",
        "ip_address": "192.0.2.1",
        "library": "amplitude-ts/2.0",
        "location_lat": 51.5,
        "location_lng": -0.1,
        "os_name": "ios",
        "processed_time": at,
        "region": "Harbour County",
        "server_received_time": at,
        "server_upload_time": at,
        "session_id": -1,
        "user_creation_time": at,
        "user_id": person,
        "user_properties": {"email": "someone@example.org", "plan": "free"},
        "uuid": f"00000000-0000-4000-8000-{number:012}",
        "version_name": "2.1",
    } | given


def lines(events: Iterable[Event]) -> bytes:
    """As in the files of an export, one event a line."""
    return "".join(json.dumps(one) + "\n" for one in events).encode()


def archive(path: Path, hours: dict[str, bytes]) -> Path:
    """An archive of the Export API: a gzipped file for every hour and part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for hour, content in hours.items():
            file.writestr(f"100011/100011_{hour}.json.gz", gzip.compress(content))
    return path


def table(path: Path, events: Iterable[Event]) -> Path:
    """A warehouse's table: other names for some columns, JSON as text, nothing for what is null."""
    renamed = {"$insert_id": "_insert_id", "$schema": "schema", "adid": "ad_id"}
    rows = [{renamed.get(key, key): _cell(value) for key, value in one.items()} for one in events]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, tuple(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        return json.dumps(value)
    return str(value).upper() if isinstance(value, bool) else value


def write(folder: Path) -> Written:
    """Write the export; see `Written`."""
    out = folder / "exports" / "amplitude"
    first = [
        event(1, "S01", "app_opened", "2025-03-03 08:00:00.250000", session_id=1_741_000_000_000),
        event(2, "S01", "module_done", "2025-03-03 08:10:00.000000"),
        event(3, "S02", "praise_shown", "2025-03-03 21:30:00.000000"),
        event(4, "S03", "app_opened", "2025-03-03 22:00:00.000000", uuid=None),
    ]
    # Nobody had signed in yet.
    anonymous = event(5, None, "app_opened", "2025-03-03 22:10:00.000000")
    # Another upload of the same event: no uuid, so $insert_id and device tell it.
    again = first[3] | {"server_upload_time": "2025-03-04 09:00:00.000000"}
    archive(
        # The name that the download has: it is a ZIP archive all the same.
        out / "export_2025-03-03.json.gz",
        {
            "2025-03-03_8#0": lines(first[:2]),
            "2025-03-03_21#1": b"",
            "2025-03-03_21#0": lines([first[2], first[3], anonymous]) + b'{"event_type": "cut',
        },
    )
    late = event(
        6,
        "S04",
        "module_done",
        "2025-03-03 10:00:00.000000",
        server_upload_time="2025-03-05 07:00:00.000000",
        server_received_time="2025-03-05 07:00:00.000000",
    )
    # The ranges of two exports overlap: the evening of the first day is in both.
    archive(
        out / "export_2025-03-03_to_05.zip",
        {"2025-03-03_21#0": lines([first[2], again]), "2025-03-05_7#0": lines([late])},
    )
    nameless = event(7, "S05", "", "2025-03-05 10:00:00.000000")
    bad_time = event(8, "S05", "app_opened", "yesterday")
    single = [event(9, "S05", "praise_shown", "2025-03-05 10:20:00.000000"), nameless, bad_time]
    (out / "100011_2025-03-05_10#0.json.gz").write_bytes(gzip.compress(lines(single)))
    warehouse = [
        event(9, "S05", "praise_shown", "2025-03-05T10:20:00"),
        event(10, "S06", "module_done", "2025-03-06T10:20:00.500"),
        event(11, "S06", "module_done", "2025-03-06T10:25:00Z", uuid=""),
    ]
    table(out / "warehouse.csv", warehouse)
    return Written(
        SOURCE,
        {
            "exports/amplitude/100011_2025-03-05_10#0.json.gz": (3, 1, 0, 2),
            "exports/amplitude/export_2025-03-03.json.gz": (6, 4, 0, 2),
            "exports/amplitude/export_2025-03-03_to_05.zip": (3, 1, 2, 0),
            "exports/amplitude/warehouse.csv": (3, 2, 1, 0),
        },
    )
