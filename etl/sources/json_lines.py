"""JSON Lines, plain or gzipped: one object a line."""

import json
import re
from collections.abc import Generator, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from etl.sources import text as source_text
from etl.sources.ahead import ahead
from etl.sources.nested import JsonFields, flat_names
from etl.sources.reader import REST, ROW, BadRow, Batch
from etl.sources.text import DAMAGE_EXPECTED, TOO_LONG, Place, is_damaged_line, pieces

SAMPLE_LINES = 1000
SAMPLE_BYTES = 1024 * 1024
MOST_DEPTH = 200
SCAN_BYTES = 1024 * 1024
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
NOT_AN_OBJECT = "one JSON object on a line"
TOO_DEEP = f"objects and lists no more than {MOST_DEPTH} deep"
SCHEMA = {ROW: pl.Int64, "line": pl.String}

Block = tuple[pl.DataFrame, tuple[BadRow, ...], bool]
"""Lines with their numbers, lines that were not even held, and whether the block is damaged."""


class JsonLinesReader:
    """Reads a file whose lines are JSON objects; `source_row` is the line number."""

    format = "JSON Lines"
    is_ragged = True

    def __init__(self, path: Path | Place, *, encoding: str, drop: Sequence[str] = ()) -> None:
        """Remember the file; nothing is read yet."""
        self._path = path
        self._encoding = encoding
        self._json = JsonFields(drop)
        self._columns: tuple[str, ...] | None = None

    def columns(self) -> tuple[str, ...]:
        """Names in the first thousand lines, nested ones with dots."""
        if self._columns is None:
            names: dict[str, None] = {}
            for line in islice(self._lines(), SAMPLE_LINES):
                names.update(dict.fromkeys(_names(line)))
            self._columns = tuple(names)
        return self._columns

    def has(self, field: str) -> bool:
        """Whether the field stands in one of the first thousand lines."""
        return field in self.columns()

    def batches(self, fields: Sequence[str], *, rest: bool = False) -> Iterator[Batch]:
        """Read the lines; see `Reader`."""
        for raw, long, is_damaged in ahead(self._blocks(source_text.PIECE_BYTES)):
            found = self._json.extract(raw["line"], fields)
            is_row = found["is_object"] & ~_is_deep(raw["line"])
            if is_damaged:
                is_row &= _is_whole(raw["line"])
            rows = found.drop("is_object").insert_column(0, raw[ROW])
            if rest:
                rows = rows.with_columns(self._json.without(raw["line"], fields).alias(REST))
            if is_row.all():
                yield Batch(rows, raw, long)
            else:
                bad = self._bad(raw.filter(~is_row), is_damaged=is_damaged)
                yield Batch(rows.filter(is_row), raw.filter(is_row), bad + long)

    def notes(self) -> tuple[str, ...]:
        """Nothing to say: every record is a row."""
        return ()

    def raw_text(self, raw: pl.DataFrame) -> pl.Series:
        """The lines without what the study drops."""
        return self._json.without(raw["line"].str.strip_chars_end("\r\n"))

    def _bad(self, raw: pl.DataFrame, *, is_damaged: bool) -> tuple[BadRow, ...]:
        bad = []
        for (row, line), is_deep, kept in zip(
            raw.iter_rows(), _is_deep(raw["line"]), self.raw_text(raw), strict=True
        ):
            expected = TOO_DEEP if is_deep else NOT_AN_OBJECT
            if is_damaged and is_damaged_line(line):
                expected = DAMAGE_EXPECTED
            bad.append(BadRow(row, expected, kept))
        return tuple(bad)

    def _lines(self) -> Iterator[str]:
        for raw, _, _ in self._blocks(SAMPLE_BYTES):
            yield from raw["line"]

    def _blocks(self, size: int) -> Generator[Block, None, None]:
        n_before, waiting, was_damaged, is_skipping = 0, b"", False, False
        for piece in pieces(self._path, self._encoding, size=size):
            data = piece.data
            if is_skipping:
                end = data.find(b"\n") + 1
                if not end:
                    continue
                data, is_skipping = data[end:], False
            data = waiting + data if waiting else data
            end = data.rfind(b"\n") + 1
            if end:
                raw, long, n_lines = _numbered(data[:end], n_before)
                yield raw, long, was_damaged or piece.is_damaged
                n_before += n_lines
                was_damaged = piece.is_damaged
            else:
                was_damaged = was_damaged or piece.is_damaged
            waiting = data[end:]
            if len(waiting) > source_text.MOST_RECORD_BYTES:
                n_before, waiting, is_skipping = n_before + 1, b"", True
                yield pl.DataFrame(schema=SCHEMA), (BadRow(n_before, TOO_LONG, None),), False
        if waiting:
            raw, long, _ = _numbered(waiting + b"\n", n_before)
            yield raw, long, was_damaged


def _numbered(data: bytes, n_before: int) -> tuple[pl.DataFrame, tuple[BadRow, ...], int]:
    """Lines that are not blank with their numbers, those that are too long, and how many there are.

    The text is not copied line by line: a column of texts is one text and the places of its ends.
    """
    ends = _line_ends(data)
    offsets = np.concatenate([np.zeros(1, dtype=np.int64), ends])
    lines = pa.LargeStringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(data))
    numbers = pl.int_range(n_before + 1, n_before + 1 + len(ends), dtype=pl.Int64, eager=True)
    raw = pl.DataFrame({ROW: numbers, "line": pl.Series(lines)})
    size = pl.col("line").str.len_bytes()
    long: tuple[BadRow, ...] = ()
    if len(data) > source_text.MOST_RECORD_BYTES:
        is_long = size > source_text.MOST_RECORD_BYTES
        long = tuple(BadRow(row, TOO_LONG, None) for row in raw.filter(is_long)[ROW])
        raw = raw.filter(~is_long)
    return raw.filter(pl.col("line").str.strip_chars().str.len_bytes() > 0), long, len(ends)


def _line_ends(data: bytes) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Places after the line breaks; found in stretches that fit the cache."""
    array = np.frombuffer(data, dtype=np.uint8)
    found = [
        np.flatnonzero(array[start : start + SCAN_BYTES] == ord("\n")) + (start + 1)
        for start in range(0, len(array), SCAN_BYTES)
    ]
    return np.concatenate(found).astype(np.int64)


def _is_whole(lines: pl.Series) -> pl.Series:
    return ~lines.str.contains("[\\x{FFFD}\\x00]")


def _is_deep(lines: pl.Series) -> pl.Series:
    """Whether a line nests deeper than any record does; Python cannot read such ones."""
    is_long = lines.str.len_bytes() > 2 * MOST_DEPTH
    if not is_long.any():
        return is_long
    # Most long lines have few brackets; the others are looked into one by one.
    has_many = lines.zip_with(is_long, pl.Series([""])).str.count_matches("[\\[{]") > MOST_DEPTH
    if not has_many.any():
        return has_many
    depths = [
        is_one and _depth(line) > MOST_DEPTH for is_one, line in zip(has_many, lines, strict=True)
    ]
    return pl.Series(depths, dtype=pl.Boolean)


def _depth(line: str) -> int:
    """How deep brackets stand in one another, those in strings aside."""
    steps = np.zeros(256, dtype=np.int32)
    steps[[ord(sign) for sign in "[{"]] = 1
    steps[[ord(sign) for sign in "]}"]] = -1
    signs = np.frombuffer(_STRING.sub("", line).encode(), dtype=np.uint8)
    return int(steps[signs].cumsum().max(initial=0))


def _names(line: str) -> list[str]:
    try:
        record = json.loads(line)
        return flat_names(record) if isinstance(record, dict) else []
    except (ValueError, RecursionError):
        return []
