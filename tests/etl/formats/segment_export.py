"""Made-up Segment tables: two dumps of tracks that overlap, and the tables of two events."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from tests.etl.formats.written import Written

SOURCE = """
[[sources]]
id = "segment"
kind = "events"
path = "exports/segment/tracks_*"
format = "segment"
participant_else = []
event_tables = "exports/segment/tables/*"
"""
FIRST = datetime(2025, 3, 3, 10, 0, tzinfo=UTC)
HEADER = (
    "id",
    "received_at",
    "uuid_ts",
    "anonymous_id",
    "user_id",
    "event",
    "event_text",
    "timestamp",
    "original_timestamp",
    "sent_at",
    "context_ip",
    "context_app_version",
    "context_device_id",
    "context_device_advertising_id",
    "context_traits_email",
    "context_page_path",
)
Call = dict[str, Any]


def call(number: int, user: str, event: str, minute: float, **more: Any) -> Call:
    """A track call as the warehouse has it: the device's clock is an hour slow."""
    time = FIRST + timedelta(minutes=minute)
    return {
        "id": f"ajs-{number:04d}",
        "received_at": time + timedelta(seconds=2),
        "uuid_ts": time + timedelta(hours=3),
        "anonymous_id": f"anonymous of {user}",
        "user_id": user,
        "event": event,
        "event_text": event.replace("_", " ").title(),
        "timestamp": time,
        "original_timestamp": time - timedelta(hours=1),
        "sent_at": time - timedelta(hours=1) + timedelta(seconds=1),
        "context_ip": "10.0.0.99",
        "context_app_version": "3.1",
        "context_device_id": "device-secret",
        "context_device_advertising_id": "ad-secret",
        "context_traits_email": "secret@example.org",
        "context_page_path": "/today",
        **more,
    }


def plain(time: datetime) -> str:
    """As PostgreSQL and Redshift write a time: without zone."""
    return f"{time:%Y-%m-%d %H:%M:%S}.{time.microsecond // 1000:03d}"


def bigquery(time: datetime) -> str:
    return f"{plain(time)} UTC"


def table(
    path: Path,
    *calls: Call | str,
    own: tuple[str, ...] = (),
    stamp: Any = plain,
    header: Any = HEADER,
) -> Path:
    """Calls as CSV; a text is a line as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    names = [*header, *own]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for one in calls:
            if isinstance(one, str):
                file.write(f"{one}\n")
            else:
                cells = [one.get(name, "") for name in names]
                writer.writerow([stamp(c) if isinstance(c, datetime) else c for c in cells])
    return path


def parquet(path: Path, *calls: Call, own: tuple[str, ...] = (), header: Any = HEADER) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    names = [*header, *own]
    pl.DataFrame([{name: one.get(name) for name in names} for one in calls]).write_parquet(path)
    return path


def write(folder: Path) -> Written:
    """Two days of tracks, the second dumped by another tool and with some of the first again."""
    export = folder / "exports" / "segment"
    opened = call(1, "S01", "app_opened", 0)
    done = call(2, "S01", "module_done", 5, module="m1", minutes=12, passed="t")
    praise = call(3, "S02", "praise_shown", 6.5, kind="streak")
    later = call(4, "S03", "module_done", 1445, module="m2", minutes=3, passed="f")
    last = call(5, "S04", "app_opened", 1500)
    table(
        export / "tracks_20250303.csv",
        opened,
        done,
        praise,
        praise,
        "ajs-0009,2025-03-03 10:00:00.000,too,few",
        call(10, "", "app_opened", 8),
        {**call(11, "S05", "app_opened", 9), "timestamp": "soon"},
    )
    table(export / "tracks_20250304.csv", praise, later, last, stamp=bigquery)
    table(export / "tables" / "module_done.csv", done, later, own=("module", "minutes", "passed"))
    parquet(export / "tables" / "praise_shown.parquet", praise, own=("kind",))
    return Written(
        SOURCE,
        {
            "exports/segment/tracks_20250303.csv": (7, 3, 1, 3),
            "exports/segment/tracks_20250304.csv": (3, 2, 1, 0),
        },
    )
