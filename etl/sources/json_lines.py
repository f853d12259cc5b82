"""JSON Lines, plain or gzipped: one object a line."""

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import polars as pl

from etl.sources.nested import JsonFields, flat_names
from etl.sources.reader import REST, ROW, BadRow, Batch
from etl.sources.text import DAMAGE_EXPECTED, is_damaged_line, pieces

SAMPLE_LINES = 1000
NOT_AN_OBJECT = "one JSON object on a line"


class JsonLinesReader:
    """Reads a file whose lines are JSON objects; `source_row` is the line number."""

    format = "JSON Lines"
    is_ragged = True

    def __init__(self, path: Path, *, encoding: str, drop: Sequence[str] = ()) -> None:
        """Remember the file; nothing is read yet."""
        self._path = path
        self._encoding = encoding
        self._json = JsonFields(drop)
        self._columns: tuple[str, ...] | None = None

    def columns(self) -> tuple[str, ...]:
        """Names in the first thousand lines, nested ones with dots."""
        if self._columns is None:
            names: dict[str, None] = {}
            for _, line in islice(self._lines(), SAMPLE_LINES):
                names.update(dict.fromkeys(_names(line)))
            self._columns = tuple(names)
        return self._columns

    def has(self, field: str) -> bool:
        """Whether the field stands in one of the first thousand lines."""
        return field in self.columns()

    def batches(self, fields: Sequence[str], *, rest: bool = False) -> Iterator[Batch]:
        """Read the lines; see `Reader`."""
        for lines in self._blocks():
            raw = pl.DataFrame(lines, schema={ROW: pl.Int64, "line": pl.String}, orient="row")
            found = self._json.extract(raw["line"], fields)
            is_row = found["is_object"] & _is_whole(raw["line"])
            rows = found.drop("is_object").insert_column(0, raw[ROW])
            if rest:
                rows = rows.with_columns(self._json.without(raw["line"], fields).alias(REST))
            yield Batch(rows.filter(is_row), raw.filter(is_row), self._bad(raw.filter(~is_row)))

    def notes(self) -> tuple[str, ...]:
        """Nothing to say: every record is a row."""
        return ()

    def raw_text(self, raw: pl.DataFrame) -> pl.Series:
        """The lines without what the study drops."""
        return self._json.without(raw["line"])

    def _bad(self, raw: pl.DataFrame) -> tuple[BadRow, ...]:
        if raw.is_empty():
            return ()
        texts = self._json.without(raw["line"])
        return tuple(
            BadRow(row, DAMAGE_EXPECTED if is_damaged_line(line) else NOT_AN_OBJECT, text)
            for (row, line), text in zip(raw.iter_rows(), texts, strict=True)
        )

    def _lines(self) -> Iterator[tuple[int, str]]:
        for block in self._blocks():
            yield from block

    def _blocks(self) -> Iterator[list[tuple[int, str]]]:
        number, tail = 0, ""
        for piece in pieces(self._path, self._encoding):
            *lines, tail = (tail + piece.text).split("\n")
            block = [(n, line) for n, line in enumerate(lines, number + 1) if line.strip()]
            number += len(lines)
            if block:
                yield block
        if tail.strip():
            yield [(number + 1, tail)]


def _is_whole(lines: pl.Series) -> pl.Series:
    return ~lines.str.contains("[\\x{FFFD}\\x00]")


def _names(line: str) -> list[str]:
    try:
        record = json.loads(line)
    except ValueError:
        return []
    return flat_names(record) if isinstance(record, dict) else []
