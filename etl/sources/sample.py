"""A look into the beginning of a file: enough to tell its format, whatever it is called."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from etl.sources.archive import Member, is_zip, members
from etl.sources.compressed import Compressed, compressed
from etl.sources.json_look import json_look
from etl.sources.nested import flat_names
from etl.sources.text import GZIP, encoding_of_start
from etl.sources.unpacked import DAMAGE
from study.errors import UserError

LOOK_BYTES = 262_144
LOOK_RECORDS = 50
PIECE_BYTES = 16_384
PARQUET = b"PAR1"
DELIMITERS = ",;\t|"

Container = Literal["plain", "gzip", "zip", "zstd", "brotli"]
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
        JSON document: names of its outermost object, as far as they were seen; empty for a list.
    members
        ZIP: names of what is inside; `shape` and the rest are of the first that is not empty.
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
    """Look into a file. One that is cut short is looked into as far as it goes.

    Raises
    ------
    UserError
        If it is an archive that must not be opened, or nothing of it can be read.
    OSError
        If it cannot be read.
    """
    if is_zip(path):
        return _archived(path)
    with path.open("rb") as file:
        magic = file.read(4)
    if magic == PARQUET:
        return _parquet(path, "plain")
    packed = None if magic.startswith(GZIP) else compressed(path)
    container: Container = packed.codec if packed else "gzip" if magic[:2] == GZIP else "plain"
    return _looked(path, container, packed or Member(path.name, path, is_zipped=False))


def _archived(path: Path) -> Sample:
    inside = members(path)
    found = Sample(path, "zip", "empty")
    for one in inside:
        found = _looked(path, "zip", one)
        if found.shape != "empty":
            break
    return replace(found, members=tuple(one.name for one in inside))


def _looked(path: Path, container: Container, place: Member | Compressed) -> Sample:
    with place.open() as file:
        try:
            start, is_complete = _start(file)
        except DAMAGE as error:
            raise UserError(
                f"{path.name}: its compressed data are damaged from the beginning. Export it again."
            ) from error
        if start.startswith(PARQUET):
            file.seek(0)
            return _parquet(path, container, file)
    return _inside(path, container, start, is_complete=is_complete)


def _start(file: BinaryIO) -> tuple[bytes, bool]:
    """The beginning, and whether that is all; damage further on is the load's to report."""
    parts: list[bytes] = []
    n_read = 0
    try:
        while n_read <= LOOK_BYTES and (part := file.read(PIECE_BYTES)):
            parts.append(part)
            n_read += len(part)
    except (UserError, *DAMAGE):
        if not parts:
            raise
        return b"".join(parts)[:LOOK_BYTES], False
    return b"".join(parts)[:LOOK_BYTES], n_read <= LOOK_BYTES


def _parquet(path: Path, container: Container, file: BinaryIO | None = None) -> Sample:
    try:
        with pq.ParquetFile(file or path) as opened:
            return Sample(path, container, "parquet", tuple(opened.schema_arrow.names))
    except pa.ArrowException as error:
        raise UserError(
            f"{path.name} begins like Parquet and cannot be read as such: it is cut short. "
            "Export it again."
        ) from error


def _inside(path: Path, container: Container, start: bytes, *, is_complete: bool) -> Sample:
    text = start.decode(_encoding(start), "replace")
    stripped = text.lstrip()
    if not stripped:
        return Sample(path, container, "empty", is_complete=is_complete)
    if stripped[0] in "{[":
        seen = json_look(stripped, LOOK_RECORDS, is_complete=is_complete)
        names = dict.fromkeys(name for one in seen.records for name in flat_names(one))
        return Sample(
            path,
            container,
            "json_lines" if seen.is_lines else "json",
            tuple(names),
            seen.records,
            seen.top,
            is_complete=is_complete,
        )
    return _table(path, container, text, is_complete=is_complete)


def _encoding(start: bytes) -> str:
    """By its mark; text of UTF-16 without one has a zero in every other byte."""
    head = start[:1024]
    if head[1::2].count(0) > len(head) * 0.4:
        return encoding_of_start(start, "utf-16-le")
    if head[::2].count(0) > len(head) * 0.4:
        return encoding_of_start(start, "utf-16-be")
    return encoding_of_start(start, "utf-8")


def _table(path: Path, container: Container, text: str, *, is_complete: bool) -> Sample:
    text = text.lstrip("\r\n")
    delimiter = _delimiter(text)
    rows = list(islice(_rows(text, delimiter), LOOK_RECORDS + 2))
    if not is_complete and 1 < len(rows) <= LOOK_RECORDS + 1:
        # The look may have cut the last one.
        rows.pop()
    header = tuple(name.strip() for name in rows[0]) if rows else ()
    records = tuple(
        dict(zip(header, row, strict=True))
        for row in rows[1 : LOOK_RECORDS + 1]
        if len(row) == len(header)
    )
    shape: Shape = "csv" if len(header) > 1 or records else "text"
    return Sample(
        path, container, shape, header, records, delimiter=delimiter, is_complete=is_complete
    )


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    while True:
        try:
            row = next(rows, None)
        except csv.Error:
            # A quote that nobody closed makes one cell of all that follows.
            return
        if row is None:
            return
        if row:
            yield row


def _delimiter(text: str) -> str:
    """What stands most often in the first record, outside of quotes."""
    counts = dict.fromkeys(DELIMITERS, 0)
    is_quoted = False
    for sign in text:
        if sign == '"':
            is_quoted = not is_quoted
        elif not is_quoted and sign in "\r\n":
            break
        elif not is_quoted and sign in counts:
            counts[sign] += 1
    return max(DELIMITERS, key=counts.__getitem__)
