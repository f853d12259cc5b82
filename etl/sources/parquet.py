"""Parquet: typed columns turned into the text that an export would have held."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from etl.sources.columns import ColumnPicker, as_json
from etl.sources.reader import ROW, Batch

BATCH_ROWS = 65_536
WHOLE_FLOAT = 2.0**53


class ParquetReader:
    """Reads a Parquet file; `source_row` is the row's number from 1."""

    format = "Parquet"
    is_ragged = False

    def __init__(self, path: Path, *, drop: Sequence[str] = ()) -> None:
        """Read the schema; rows come later."""
        self._path = path
        self._drop = frozenset(drop)
        with pq.ParquetFile(path) as file:
            self._columns = tuple(file.schema_arrow.names)
        self._picker = ColumnPicker(self._columns, drop)

    def columns(self) -> tuple[str, ...]:
        """Names of the top-level columns."""
        return self._columns

    def has(self, field: str) -> bool:
        """Whether there is such a column, or one whose JSON or struct the dots reach into."""
        return self._picker.has(field)

    def batches(self, fields: Sequence[str], *, rest: bool = False) -> Iterator[Batch]:
        """Read the rows; see `Reader`."""
        first = 1
        with pq.ParquetFile(self._path) as file:
            for part in file.iter_batches(batch_size=BATCH_ROWS):
                frame = pl.DataFrame(part)
                raw = frame.select(_text(frame[name]) for name in frame.columns)
                numbers = pl.int_range(first, first + raw.height, eager=True, dtype=pl.Int64)
                raw = raw.insert_column(0, numbers.alias(ROW))
                first += raw.height
                yield Batch(self._picker.pick(raw, fields, rest=rest), raw)

    def notes(self) -> tuple[str, ...]:
        """Nothing to say: every record is a row."""
        return ()

    def raw_text(self, raw: pl.DataFrame) -> pl.Series:
        """Each row as a JSON object, without dropped columns."""
        kept = [name for name in self._columns if name not in self._drop]
        return self._picker.json.without(as_json(raw.select(kept)))


def _text(values: pl.Series) -> pl.Series:
    kind = values.dtype
    if isinstance(kind, pl.Datetime):
        return _time_text(values, kind)
    if kind.is_float():
        return _float_text(values)
    if kind.is_nested():
        # Small next to the rest of a row; a list has no JSON encoder of its own in polars.
        texts = [None if one is None else _nested_text(one) for one in values.to_list()]
        return pl.Series(values.name, texts, dtype=pl.String)
    return values.cast(pl.String, strict=False)


def _time_text(values: pl.Series, kind: pl.Datetime) -> pl.Series:
    if kind.time_zone is None:
        return values.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f")
    return values.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00")


def _float_text(values: pl.Series) -> pl.Series:
    # A whole number kept as float (ids with gaps become that) must read as the whole number.
    is_whole = (values == values.floor()) & (values.abs() < WHOLE_FLOAT)
    whole = values.cast(pl.Int64, strict=False).cast(pl.String)
    return whole.zip_with(is_whole.fill_null(value=False), values.cast(pl.String))


def _nested_text(value: object) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)
