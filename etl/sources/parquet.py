"""Parquet: typed columns turned into the text that an export would have held."""

import json
import shutil
import tempfile
from collections.abc import Container, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from etl.sources.ahead import ahead
from etl.sources.columns import ColumnPicker, as_json
from etl.sources.reader import ROW, Batch
from etl.sources.text import GZIP, Place, open_bytes

BATCH_ROWS = 491_520
BATCH_BYTES = 64 * 1024 * 1024
"""Unpacked, as far as the file says; fewer rows make a batch where each is large."""
WHOLE_FLOAT = 2.0**53
QUICK_WAY_ENDS = (pl.exceptions.PolarsError, pl.exceptions.PanicException)
"""What polars raises of a file that it cannot read; the second where it was cut short meanwhile."""
_WHOLE_NUMBERS = (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64)
PLAIN = frozenset(
    dtype() for dtype in (pl.String, pl.Boolean, pl.Date, pl.Float32, pl.Float64, *_WHOLE_NUMBERS)
) | {pl.Datetime("us"), pl.Datetime("ms"), pl.Datetime("us", "UTC"), pl.Datetime("ms", "UTC")}
"""Types of columns that mean the same to every library that reads Parquet."""


class ParquetReader:
    """Reads a Parquet file; `source_row` is the row's number from 1."""

    format = "Parquet"
    is_ragged = False

    def __init__(self, path: Path | Place, *, drop: Sequence[str] = ()) -> None:
        """Read the schema; rows come later."""
        self._path = path
        self._drop = frozenset(drop)
        with self._open() as file:
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
        for raw in ahead(self._raw()):
            wanted = None if rest else {self._picker.column_of(field) for field in fields}
            yield Batch(self._picker.pick(_as_text(raw, wanted), fields, rest=rest), raw)

    def _raw(self) -> Generator[pl.DataFrame, None, None]:
        first = 1
        with self._open() as file:
            for frame in self._frames(file, _batch_rows(file.metadata)):
                numbers = pl.int_range(first, first + frame.height, eager=True, dtype=pl.Int64)
                first += frame.height
                yield frame.insert_column(0, numbers.alias(ROW))

    def _frames(self, file: pq.ParquetFile, size: int) -> Iterator[pl.DataFrame]:
        """The rows, `size` at a time."""
        n_read = 0
        if isinstance(self._path, Path) and _is_plain(self._path, file):
            try:
                for frame in _slices(self._path, file.metadata.num_rows, size):
                    yield frame
                    n_read += frame.height
            except QUICK_WAY_ENDS:
                # What it does not read, such as texts of another encoding, is told as ever.
                pass
            else:
                return
        yield from _parts(file, size, n_read)

    @contextmanager
    def _open(self) -> Iterator[pq.ParquetFile]:
        """The file; what lies in an archive is opened by whoever knows how."""
        with ExitStack() as held:
            if isinstance(self._path, Path) and not _is_gzip(self._path):
                yield held.enter_context(pq.ParquetFile(self._path))
                return
            inside = held.enter_context(_seekable(self._path))
            yield held.enter_context(pq.ParquetFile(inside))

    def notes(self) -> tuple[str, ...]:
        """Nothing to say: every record is a row."""
        return ()

    def raw_text(self, raw: pl.DataFrame) -> pl.Series:
        """Each row as a JSON object, without dropped columns."""
        kept = [name for name in self._columns if name not in self._drop]
        texts = _as_text(raw, set(kept)).select(kept)
        # A column may hold JSON with something to drop inside.
        if self._drop:
            texts = texts.select(map(self._picker.json.without, texts))
        return as_json(texts)


def _is_plain(path: Path, file: pq.ParquetFile) -> bool:
    """Whether polars reads the file as it takes it over from Arrow, in a third of the time."""
    try:
        known = pl.DataFrame(file.schema_arrow.empty_table()).schema
        own = pl.scan_parquet(path, glob=False, hive_partitioning=False).collect_schema()
    except (*QUICK_WAY_ENDS, pa.ArrowException, OSError):
        return False
    return known == own and bool(PLAIN.issuperset(own.dtypes()))


def _slices(path: Path, n_rows: int, size: int) -> Iterator[pl.DataFrame]:
    whole = pl.scan_parquet(path, glob=False, hive_partitioning=False)
    for first in range(0, n_rows, size):
        yield whole.slice(first, size).collect()


def _parts(file: pq.ParquetFile, size: int, n_before: int) -> Iterator[pl.DataFrame]:
    """The rows by way of Arrow, but for the first `n_before`."""
    n_read = 0
    for part in file.iter_batches(batch_size=size):
        lacking = part.slice(max(n_before - n_read, 0))
        n_read += part.num_rows
        if lacking.num_rows:
            yield pl.DataFrame(lacking)


def _batch_rows(metadata: pq.FileMetaData) -> int:
    size = sum(metadata.row_group(n).total_byte_size for n in range(metadata.num_row_groups))
    by_size = BATCH_BYTES * max(int(metadata.num_rows), 1) // max(int(size), 1)
    return min(BATCH_ROWS, max(by_size, 1))


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(GZIP)) == GZIP


def _seekable(place: Path | Place) -> BinaryIO:
    """Parquet is read from its end: out of gzip, it goes through a file without name and trace."""
    if not isinstance(place, Path):
        return place.open("rb")
    copy = tempfile.TemporaryFile()  # noqa: SIM115 (whoever asked for it closes it)
    try:
        with open_bytes(place) as unpacked:
            shutil.copyfileobj(unpacked, copy)
    except BaseException:
        copy.close()
        raise
    copy.seek(0)
    return cast(BinaryIO, copy)


def _as_text(raw: pl.DataFrame, wanted: Container[str | None] | None) -> pl.DataFrame:
    """The columns that are wanted as text, or all of them, with the row numbers."""
    names = [name for name in raw.columns if name != ROW and (wanted is None or name in wanted)]
    return raw.select(raw[ROW], *(_text(raw[name]) for name in names))


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
