"""A look into the beginning of a file: enough to tell its format, whatever it is called."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from etl.sources.archive import member_names, open_first
from etl.sources.nested import flat_names
from etl.sources.text import GZIP, encoding_of_start
from study.errors import UserError

LOOK_BYTES = 262_144
LOOK_RECORDS = 50
PARQUET = b"PAR1"
ZIP = b"PK\x03\x04"
DELIMITERS = ",;\t|"

Container = Literal["plain", "gzip", "zip"]
Shape = Literal["csv", "json_lines", "json", "parquet", "text", "empty"]


@dataclass(frozen=True)
class Sample:
    """The beginning of a file.

    Parameters
    ----------
    container
        What the file itself is, by its first bytes.
    shape
        What is inside. `json` is one document; `text` is none of the others.
    columns
        CSV: the header. Parquet: top-level names. JSON: names of the first records' fields,
        nested ones with dots; of a document that is a list, or an object with a list in it, the
        records of that list.
    records
        First records: texts by column (CSV), objects (JSON); none for Parquet.
    top
        JSON document: names of its outermost object; empty for a list.
    members
        ZIP: names of what is inside.
    """

    path: Path
    container: Container
    shape: Shape
    columns: tuple[str, ...] = ()
    records: tuple[dict[str, Any], ...] = ()
    top: tuple[str, ...] = ()
    delimiter: str = ","
    members: tuple[str, ...] = ()
    is_complete: bool = True
    """Whether the look reached the end of the file."""


def sample(path: Path) -> Sample:
    """Look into a file.

    Raises
    ------
    UserError
        If it is an archive that must not be opened.
    OSError
        If it cannot be read.
    """
    with path.open("rb") as file:
        magic = file.read(4)
    container: Container = "zip" if magic == ZIP else "gzip" if magic.startswith(GZIP) else "plain"
    members = member_names(path) if container == "zip" else ()
    if magic == PARQUET:
        return _parquet(path)
    with open_first(path) as file:
        start = file.read(LOOK_BYTES)
        is_complete = not file.read(1)
    found = _inside(path, container, start, is_complete=is_complete)
    return replace(found, members=members)


def _parquet(path: Path) -> Sample:
    try:
        with pq.ParquetFile(path) as file:
            return Sample(path, "plain", "parquet", tuple(file.schema_arrow.names))
    except pa.ArrowException as error:
        raise UserError(
            f"{path.name} begins like Parquet and cannot be read as such: it is cut short. "
            "Export it again."
        ) from error


def _inside(path: Path, container: Container, start: bytes, *, is_complete: bool) -> Sample:
    text = start.decode(encoding_of_start(start, "utf-8"), "replace")
    stripped = text.lstrip()
    if not stripped:
        return Sample(path, container, "empty")
    if stripped[0] in "{[":
        return _json(path, container, stripped, is_complete=is_complete)
    return _table(path, container, text, is_complete=is_complete)


def _json(path: Path, container: Container, text: str, *, is_complete: bool) -> Sample:
    records = list(islice(_lines_of_objects(text), LOOK_RECORDS))
    if records:
        names = tuple(dict.fromkeys(name for one in records for name in flat_names(one)))
        return Sample(path, container, "json_lines", names, tuple(records), is_complete=is_complete)
    top, records = _document(text, is_complete=is_complete)
    names = tuple(dict.fromkeys(name for one in records for name in flat_names(one)))
    return Sample(path, container, "json", names, tuple(records), top, is_complete=is_complete)


def _lines_of_objects(text: str) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            yield record


def _document(text: str, *, is_complete: bool) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
    """Names of the outermost object, and the records of the first list, as far as they are seen."""
    if is_complete:
        try:
            return _records_of(json.loads(text))
        except ValueError:
            pass
    decoder = json.JSONDecoder()
    begin = text.find("[")
    records: list[dict[str, Any]] = []
    place = begin + 1
    while 0 < place < len(text) and len(records) < LOOK_RECORDS:
        place += len(text[place:]) - len(text[place:].lstrip(" \r\n\t,"))
        try:
            one, place = decoder.raw_decode(text, place)
        except ValueError:
            break
        if isinstance(one, dict):
            records.append(one)
    top = () if text.startswith("[") else tuple(text[:begin].split('"')[1::2])
    return top, records


def _records_of(value: Any) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
    if isinstance(value, dict):
        inner = next((one for one in value.values() if isinstance(one, list)), [value])
        return tuple(value), [one for one in inner[:LOOK_RECORDS] if isinstance(one, dict)]
    inner = value if isinstance(value, list) else []
    return (), [one for one in inner[:LOOK_RECORDS] if isinstance(one, dict)]


def _table(path: Path, container: Container, text: str, *, is_complete: bool) -> Sample:
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    rows = list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 51))
    header = tuple(name.strip() for name in rows[0]) if rows else ()
    records = tuple(
        dict(zip(header, row, strict=False)) for row in rows[1:] if len(row) == len(header)
    )
    shape: Shape = "csv" if len(header) > 1 or records else "text"
    return Sample(
        path, container, shape, header, records, delimiter=delimiter, is_complete=is_complete
    )
