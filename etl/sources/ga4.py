"""GA4 and Firebase: the event tables of the BigQuery export, as JSON or Parquet."""

import hashlib
import json
from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from etl.sources.archive import is_zip
from etl.sources.format import Fit, Format, Opening, required
from etl.sources.json_document import records
from etl.sources.object_lines import object_lines
from etl.sources.reader import BadRow, Reader
from etl.sources.records import Numbered, Record, RecordReader
from etl.sources.sample import Sample
from etl.sources.text import (
    DAMAGE_EXPECTED,
    encoding_of_start,
    first_bytes,
    is_damaged_line,
    open_bytes,
)
from study.errors import UserError

NEEDED = ("event_timestamp", "event_name", "event_params")
PERSONAL = ("geo", "device.advertising_id", "device.vendor_id", "user_pseudo_id")
"""What the export says of the person behind an event: dropped, unless the source maps it."""
KEYED = ("event_params", "user_properties")
VALUES = ("string_value", "int_value", "float_value", "double_value")
KEY = "event_key"
BATCH = (
    "stream_id",
    "user_pseudo_id",
    "event_name",
    "event_timestamp",
    "event_bundle_sequence_id",
    "batch_page_id",
    "batch_ordering_id",
    "batch_event_index",
)
"""What tells one event from another where the export numbers the events of a batch."""
KNOWN = frozenset(
    {*BATCH, KEY, *KEYED, "event_date", "event_previous_timestamp", "event_value_in_usd"}
    | {"user_id", "user_first_touch_timestamp", "user_ltv", "is_active_user", "privacy_info"}
    | {"event_server_timestamp_offset", "event_dimensions", "platform", "device", "geo", "app_info"}
    | {"traffic_source", "collected_traffic_source", "ecommerce", "items", "publisher"}
)
"""Top-level names of the schema: a day's file may lack one, where no event has a value of it."""
BATCH_ROWS = 4096
PARQUET = b"PAR1"


def fit(sample: Sample) -> Fit:
    """Whether a file is an event table of the export."""
    found = required(sample, NEEDED, other=", the fields of the event table")
    if found.is_match and sample.container == "zip":
        return Fit(False, "it lies in a ZIP archive: unpack it", found.share)
    if found.is_match and sample.shape == "csv":
        return Fit(False, "it is CSV, which cannot hold event_params: export JSON", found.share)
    if found.is_match and sample.shape == "json" and sample.top:
        return Fit(False, "it is one object: expected lines of objects, or a list", found.share)
    if found.is_match and not all(_has_params(one) for one in sample.records):
        return Fit(False, "event_params is no list of keys and values", found.share / 2)
    return found


def open_table(path: Path, opening: Opening) -> Reader:
    """Open an event table.

    Raises
    ------
    UserError
        If it is a ZIP archive or a damaged Parquet file.
    """
    if is_zip(path):
        raise UserError(f"{path.name} is a ZIP archive. Unpack it, and load what was inside.")
    drop = (*opening.drop, *PERSONAL)
    encoding = opening.source.encoding

    def read() -> Iterator[Numbered]:
        for one in _objects(path, encoding, drop):
            yield one if isinstance(one, BadRow) else (one[0], _flat(one[1]))

    return RecordReader("GA4 export", read, drop=(*drop, KEY), always=_is_known)


def _is_known(field: str) -> bool:
    return field.split(".", 1)[0] in KNOWN


def _objects(path: Path, encoding: str, drop: tuple[str, ...]) -> Iterator[Numbered]:
    start = first_bytes(path)
    if start.startswith(PARQUET):
        yield from _parquet(path)
    elif start.decode(encoding_of_start(start, encoding), "replace").lstrip().startswith("["):
        yield from _document(path, encoding)
    else:
        yield from object_lines(path, encoding, drop)


def _document(path: Path, encoding: str) -> Iterator[Numbered]:
    with open_bytes(path) as file:
        for number, one in records(file, encoding=encoding):
            if isinstance(one, dict):
                yield number, one
            else:
                damaged = is_damaged_line(one)
                yield BadRow(number, DAMAGE_EXPECTED if damaged else "an object", None)


def _parquet(path: Path) -> Iterator[Numbered]:
    try:
        with pq.ParquetFile(path) as file:
            parts = file.iter_batches(batch_size=BATCH_ROWS)
            yield from enumerate((one for part in parts for one in part.to_pylist()), 1)
    except pa.ArrowException as error:
        raise UserError(
            f"{path.name} is not a readable Parquet file: it is cut short or damaged. Export it "
            "again."
        ) from error


# -- one event --------------------------------------------------------------------------------


def _flat(record: Record) -> Record:
    """An event with its parameters as one object each, and a key of its own; nothing empty."""
    flat = {key: value for key, value in record.items() if value is not None}
    for name in KEYED:
        if name in flat:
            flat[name] = _by_key(flat[name])
    flat[KEY] = _event_key(flat)
    return flat


def _event_key(event: Record) -> str:
    # Numbers come as text in JSON and as numbers in Parquet, and are the same event in both.
    parts = [str(event.get(name, "")) for name in BATCH]
    if "batch_event_index" not in event:
        more = (event.get("event_params"), event.get("user_id"))
        parts.append(json.dumps(more, sort_keys=True, default=str))
    text = "\x1f".join(parts).encode("utf-8", "replace")
    return hashlib.md5(text, usedforsecurity=False).hexdigest()


def _has_params(record: Record) -> bool:
    held = record.get("event_params")
    return held is None or isinstance(held, str | dict) or _is_list_of_keys(held)


def _is_list_of_keys(held: Any) -> bool:
    return isinstance(held, list) and all(isinstance(one, dict) and "key" in one for one in held)


def _by_key(held: Any) -> Any:
    """A repeated key-value record as one object: key → value; anything else as it is."""
    if isinstance(held, str):
        held = _parsed(held)
    if isinstance(held, dict) and len(held) == 1:
        # Some writers keep the names of Parquet's inner levels.
        inner = next(iter(held.values()))
        held = inner if isinstance(inner, list) else held
    if not isinstance(held, list):
        return held
    try:
        return {str(one["key"]): _value(one.get("value")) for one in held}
    except (TypeError, KeyError, AttributeError):
        inner = [one["element"] for one in held if _is_element(one)]
        return _by_key(inner) if inner and len(inner) == len(held) else held


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _is_element(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("element"), dict)


def _value(value: Any) -> Any:
    """The one value that is set: text as text, numbers as numbers."""
    if not isinstance(value, dict):
        return value
    for name in VALUES:
        found = value.get(name)
        if isinstance(found, str):
            return _number(found, name)
        if found is not None:
            # JSON has no infinities: such a number would spoil all the properties.
            return found if isfinite(found) else None
    return None


def _number(text: str, name: str) -> Any:
    if name == "string_value":
        return text
    try:
        # BigQuery writes INT64 as text in JSON, because JSON readers round large numbers.
        number = int(text) if name == "int_value" else float(text)
    except ValueError:
        return text
    return number if isfinite(number) else text


FORMAT = Format(
    id="ga4",
    label="GA4 or Firebase export from BigQuery",
    fit=fit,
    open=open_table,
    traps=(
        "event_timestamp counts microseconds in UTC and is text in JSON: both are read. event_date "
        "is a day in the property's zone and is not used for time.",
        "event_params and user_properties are lists of keys and values: each becomes one object, "
        "key to value, numbers as numbers. ga_session_id is one of the parameters.",
        "A key of user_properties can be mapped, for example participant = "
        '"user_properties.study_id"; nested fields of device, geo and app_info are reached with '
        "dots. Where no event of a file has a value, the field may be absent.",
        "user_id is empty until the app sets it: user_pseudo_id, which belongs to a device, then "
        "stands in. An identity map can say whose device it is.",
        "There is no event id. The reader makes event_key from the device, name, time and place in "
        "the batch (batch_page_id, batch_ordering_id, batch_event_index, bundle number); exports "
        "without batch_event_index take the parameters in too. Two equal taps of one microsecond "
        "stay two if the batch numbers them, and are one event if it does not.",
        "A daily table is written anew for three days: a file of the same name replaces the rows "
        "it brought before. An intraday table beside the daily table of its day does not count "
        "twice, since event_key leaves out what is only filled in later.",
        "BigQuery cannot write these tables as CSV. JSON Lines, one JSON list (bq --format=json) "
        "and Parquet with nested lists are read, gzipped or plain.",
        "geo, advertising and vendor ids and user_pseudo_id are dropped, unless the source maps "
        "them.",
    ),
    confirmed=(
        "Field names and types, three days of rewriting, the intraday table that is deleted when "
        "the daily one is complete: developers.google.com/analytics/bigquery/event-schema and "
        "support.google.com/analytics/answer/7029846. What intraday tables leave empty (user "
        "attribution, lifetime value, is_active_user) and the three batch fields: "
        "adriennevermorel.com/notes/ga4-bigquery-export-table-types and "
        "measurelab.co.uk/blog/extract-ga4-event-sequencing-bigquery-batch-fields. Not confirmed: "
        "that an intraday row and its daily row always have the same batch fields."
    ),
    export=(
        "In BigQuery, export each events_ table as newline-delimited JSON (gzip) or Parquet: bq "
        "extract --destination_format=NEWLINE_DELIMITED_JSON, or EXPORT DATA."
    ),
)
