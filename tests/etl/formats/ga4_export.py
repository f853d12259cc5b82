"""A made-up GA4 export: daily tables as JSON Lines and Parquet, and an intraday table."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.etl.formats.written import Written

SOURCE = """
[[sources]]
id = "ga4"
kind = "events"
path = "exports/ga4/events_*"
format = "ga4"
participant = "user_properties.study_id"
participant_else = []
"""
FIRST = 1_741_000_000_000_000
"""2025-03-03T11:06:40Z in microseconds."""
_VALUE = pa.struct(
    [
        ("string_value", pa.string()),
        ("int_value", pa.int64()),
        ("float_value", pa.float64()),
        ("double_value", pa.float64()),
    ]
)
_PAIRS = pa.list_(pa.struct([("key", pa.string()), ("value", _VALUE)]))
SCHEMA = pa.schema(
    [
        ("event_date", pa.string()),
        ("event_timestamp", pa.int64()),
        ("event_name", pa.string()),
        ("event_params", _PAIRS),
        ("user_id", pa.string()),
        ("user_pseudo_id", pa.string()),
        ("user_properties", _PAIRS),
        ("device", pa.struct([("category", pa.string()), ("vendor_id", pa.string())])),
        ("geo", pa.struct([("country", pa.string()), ("city", pa.string())])),
        ("app_info", pa.struct([("version", pa.string())])),
        ("batch_event_index", pa.int64()),
        ("batch_page_id", pa.int64()),
        ("batch_ordering_id", pa.int64()),
    ]
)


def pairs(values: dict[str, Any]) -> list[dict[str, Any]]:
    """Keys and values as the export has them, in JSON: whole numbers are text."""
    found = []
    for key, value in values.items():
        if isinstance(value, int):
            found.append({"key": key, "value": {"int_value": str(value)}})
        elif isinstance(value, float):
            found.append({"key": key, "value": {"double_value": value}})
        else:
            found.append({"key": key, "value": {"string_value": value}})
    return found


def event(
    person: str | None, name: str, second: float, place: int | None = 0, **params: Any
) -> dict[str, Any]:
    """One event as a line of JSON has it: what is empty is left out."""
    record: dict[str, Any] = {
        "event_date": "20250303",
        "event_timestamp": str(FIRST + round(second * 1_000_000)),
        "event_name": name,
        "event_params": pairs({"ga_session_id": 1_741_000_000, **params}),
        "user_pseudo_id": f"pseudo of {person}",
        "device": {"category": "mobile", "advertising_id": "ad-secret", "vendor_id": "v-secret"},
        "geo": {"country": "Nowhere", "city": "Secretville"},
        "app_info": {"version": "2.1"},
        "stream_id": "77",
        "user_properties": [],
    }
    if place is not None:
        record |= {
            "batch_event_index": str(place),
            "batch_page_id": "1741000000000",
            "batch_ordering_id": "1",
        }
    if person:
        record["user_properties"] = pairs({"study_id": person, "visits": 3})
    return record


def lines(path: Path, *records: dict[str, Any] | str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    texts = [one if isinstance(one, str) else json.dumps(one) for one in records]
    path.write_text("".join(f"{text}\n" for text in texts))


def parquet(path: Path, *records: dict[str, Any]) -> None:
    """Records as BigQuery writes them in Parquet: typed, every field there."""
    typed = [_typed(one) for one in records]
    pq.write_table(pa.Table.from_pylist(typed, schema=SCHEMA), path)


def _typed(record: dict[str, Any]) -> dict[str, Any]:
    whole = ("event_timestamp", "batch_event_index", "batch_page_id", "batch_ordering_id")
    typed = {**record, **{name: int(record[name]) for name in whole if name in record}}
    for name in ("event_params", "user_properties"):
        typed[name] = [
            {
                "key": one["key"],
                "value": {
                    kind: int(value) if kind == "int_value" else value
                    for kind, value in one["value"].items()
                },
            }
            for one in record[name]
        ]
    return typed


def intraday(record: dict[str, Any]) -> dict[str, Any]:
    """The same event while its day goes on: what is made later is not there yet."""
    later = ("geo", "is_active_user", "user_ltv")
    return {key: value for key, value in record.items() if key not in later}


def write(folder: Path) -> Written:
    """Three days and an intraday table."""
    export = folder / "exports" / "ga4"
    praise = event("S02", "praise_shown", 60, 3, kind="streak")
    lines(
        export / "events_20250303.json",
        event("S01", "app_opened", 0),
        event("S01", "module_done", 30, 1, module="m1", minutes=5, score=0.5),
        event("S01", "module_done", 30, 2, module="m1", minutes=5, score=0.5),
        praise,
        praise,
        '{"event_date": "20250303", "event_times',
        event(None, "app_opened", 90),
    )
    tuesday = [
        event("S03", "app_opened", 86_400),
        event("S03", "module_done", 86_500, 1, module="m2", minutes=7),
    ]
    lines(export / "events_20250304.json", *({**one, "is_active_user": True} for one in tuesday))
    lines(
        export / "events_intraday_20250304.json",
        *map(intraday, tuesday),
        intraday(event("S04", "app_opened", 86_600)),
    )
    parquet(
        export / "events_20250305.parquet",
        event("S05", "module_done", 172_800, None, module="m1", minutes=4),
        event("S05", "module_done", 172_800, None, module="m1", minutes=4),
        event("S06", "app_opened", 172_900),
    )
    return Written(
        SOURCE,
        {
            "exports/ga4/events_20250303.json": (7, 4, 1, 2),
            "exports/ga4/events_20250304.json": (2, 2, 0, 0),
            "exports/ga4/events_20250305.parquet": (3, 2, 1, 0),
            "exports/ga4/events_intraday_20250304.json": (3, 1, 2, 0),
        },
    )
