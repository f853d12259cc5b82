"""Tables of the kind that Segment and RudderStack write to a warehouse: one row a track call."""

import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import repeat
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from etl.sources.archive import is_zip
from etl.sources.delimited import DelimitedReader
from etl.sources.event_tables import EventTables, event_table_files, values_there
from etl.sources.format import Fit, Opening
from etl.sources.parquet import ParquetReader
from etl.sources.reader import REST, ROW, Batch, Reader
from etl.sources.sample import Sample
from etl.sources.text import first_bytes
from study.definition import Source
from study.errors import UserError

NEEDED = ("id", "event", "event_text", "received_at", "timestamp")
STAMPS = ("timestamp", "original_timestamp", "sent_at", "received_at")
STANDARD = frozenset(
    {*NEEDED, *STAMPS, "anonymous_id", "user_id", "uuid", "uuid_ts", "loaded_at", "channel"}
)
"""Columns of every table; all others but those of the context are the event's own."""
CONTEXT = "context_"
PERSONAL = re.compile(
    r"context_(ip|(request|passed)_ip|device_(id|name|token)|.*advertising_id|location_.*"
    r"|traits_(email|.*name|phone.*|address.*|birthday|avatar))$"
)
"""What the tables say of the person behind an event: dropped, unless the source maps it."""
PARQUET = b"PAR1"
_UTC = r"(?i)\s*UTC$"
_ZONELESS = r"^\d{4}-\d{1,2}-\d{1,2}[Tt ]\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?$"


def table_fit(sample: Sample) -> Fit:
    """Whether a file is such a table; which of the two systems wrote it is not asked."""
    low = tuple(name.lower() for name in sample.columns)
    if sample.shape not in ("csv", "parquet"):
        return Fit(False, "it is neither CSV nor Parquet", 0.0)
    lacking = [name for name in NEEDED if name not in low]
    share = 1 - len(lacking) / len(NEEDED)
    if sample.container == "zip" and not lacking:
        return Fit(False, "it lies in a ZIP archive: unpack it", share)
    if lacking:
        return Fit(False, f"it has no {', '.join(lacking)}", share)
    return Fit(True, f"it has {', '.join(NEEDED)}", share)


def open_table(path: Path, opening: Opening, name: str) -> Reader:
    """Open a table; `name` is how the format is called.

    Raises
    ------
    UserError
        If it is neither CSV nor Parquet, or the tables of single events cannot be read.
    """
    if is_zip(path):
        raise UserError(f"{path.name} is a ZIP archive. Unpack it, and load what was inside.")
    table = Table(path, opening.source, opening.drop)
    joined = None
    if opening.source.event_tables:
        states = tuple((one, one.stat()) for one in event_table_files(opening))
        files = tuple((one, state.st_mtime_ns, state.st_size) for one, state in states)
        joined = _event_tables(opening.source, opening.drop, files)
    return WarehouseReader(name, table, opening.source, joined)


@lru_cache(maxsize=1)
def _event_tables(
    source: Source, drop: tuple[str, ...], files: tuple[tuple[Path, int, int], ...]
) -> EventTables:
    # Every file of a source asks the same tables: they are read once, not once a file.
    return EventTables([Table(path, source, drop) for path, *_ in files], source.missing)


class Table:
    """One table, its column names in lower case (Snowflake writes them in upper case)."""

    def __init__(self, path: Path, source: Source, drop: Sequence[str]) -> None:
        """Read the header.

        Raises
        ------
        UserError
            If the file is not of its kind, or its header cannot be used.
        """
        plain = _reader(path, source, ())
        is_upper = all(name.isupper() for name in plain.columns())
        self._names = {name.lower() if is_upper else name: name for name in plain.columns()}
        self.drop = (*drop, *(name for name in self._names if PERSONAL.match(name)))
        self._reader = _reader(path, source, [self._names.get(name, name) for name in self.drop])

    def columns(self) -> tuple[str, ...]:
        """Names of its columns."""
        return tuple(self._names)

    def own_columns(self) -> tuple[str, ...]:
        """Columns that hold the event's own properties, without those to drop."""
        return tuple(
            name
            for name in self._names
            if name not in STANDARD and not name.startswith(CONTEXT) and name not in self.drop
        )

    def has(self, field: str) -> bool:
        """Whether there is such a column, or one whose JSON the dots reach into."""
        return self._reader.has(self._names.get(field, field))

    def batches(self, fields: Sequence[str]) -> Iterator[Batch]:
        """Batches with the fields the table has; the others are NULL."""
        held = {field: self._names.get(field, field) for field in fields if self.has(field)}
        absent = [pl.lit(None, dtype=pl.String).alias(one) for one in fields if one not in held]
        for batch in self._reader.batches(tuple(dict.fromkeys(held.values()))):
            there = [pl.col(name).alias(field) for field, name in held.items()]
            yield Batch(batch.rows.select(ROW, *there, *absent), batch.raw, batch.bad)

    def raw_text(self, raw: pl.DataFrame) -> pl.Series:
        """The rows' own text without what is dropped."""
        return self._reader.raw_text(raw)


class WarehouseReader:
    """Reads a table, each event with its own properties, wherever they stand."""

    is_ragged = True
    """A column comes into being with its first value: which there are says little."""

    def __init__(self, name: str, table: Table, source: Source, joined: EventTables | None) -> None:
        """Remember the table and the tables of single events, if any."""
        self.format = name
        self._table = table
        self._joined = joined
        self._added = frozenset(joined.columns() if joined else ())
        self._source = source
        self._n_asked = self._n_joined = 0
        events = source.events
        listed = events.properties if events else ()
        self._listed = (listed,) if isinstance(listed, str) else listed
        is_iso = events is None or events.time_format == "iso"
        self._is_utc = is_iso and source.time_zone in (None, "UTC")

    def columns(self) -> tuple[str, ...]:
        """Names of the table's columns, and of those that the events' own tables add."""
        return tuple(dict.fromkeys((*self._table.columns(), *sorted(self._added))))

    def has(self, field: str) -> bool:
        """Whether the field is a column, or one that other exports of the kind have."""
        is_optional = field not in NEEDED and (field in STANDARD or field.startswith(CONTEXT))
        return is_optional or field in self.columns() or self._table.has(field)

    def batches(self, fields: Sequence[str], *, rest: bool = False) -> Iterator[Batch]:
        """Read the rows; see `Reader`. `rest` holds the event's own properties."""
        asked = tuple(dict.fromkeys(fields))
        kept = [name for name in self._table.own_columns() if name not in asked]
        kept += [name for name in self._listed if name in self._table.columns()]
        own = tuple(dict.fromkeys(kept)) if rest else ()
        self._n_asked = self._n_joined = 0
        for batch in self._table.batches(tuple(dict.fromkeys((*asked, *own, "id")))):
            yield Batch(self._rows(batch.rows, asked, own, rest=rest), batch.raw, batch.bad)

    def notes(self) -> tuple[str, ...]:
        """Whether the tables of single events could be read, and are of this dump."""
        said = []
        if self._joined is not None and self._n_asked and not self._n_joined:
            said.append(
                "No event of this table stands in event_tables: are they dumps of one source and "
                "the same days?"
            )
        if self._joined is not None and self._joined.n_bad:
            said.append(f"Rows of event_tables that could not be read: {self._joined.n_bad:,}.")
        return tuple(said)

    def raw_text(self, raw: pl.DataFrame) -> pl.Series:
        """The rows' own text without what is dropped."""
        return self._table.raw_text(raw)

    def _rows(
        self, rows: pl.DataFrame, asked: tuple[str, ...], own: tuple[str, ...], *, rest: bool
    ) -> pl.DataFrame:
        added = [name for name in asked if name in self._added and not self._table.has(name)]
        found = self._found(rows["id"]) if rest or added else []
        columns = [rows[ROW]]
        for name in asked:
            values = rows[name]
            if name in added:
                values = pl.Series(name, [one.get(name) for one in found], dtype=pl.String)
            columns.append(_in_utc(values) if self._is_utc and name in STAMPS else values)
        if rest:
            texts = self._rest(rows.select(own), found, asked)
            columns.append(pl.Series(REST, texts, dtype=pl.String))
        return pl.DataFrame(columns)

    def _found(self, ids: pl.Series) -> list[dict[str, Any]]:
        if self._joined is None:
            return [{}] * len(ids)
        found = [json.loads(one) if one else {} for one in self._joined.properties(ids)]
        self._n_asked += len(found)
        self._n_joined += sum(map(bool, found))
        return found

    def _rest(
        self, rows: pl.DataFrame, found: list[dict[str, Any]], asked: tuple[str, ...]
    ) -> Iterator[str]:
        used = frozenset(asked).difference(self._listed)
        # A frame without columns has no rows.
        held = rows.iter_rows(named=True) if rows.columns else repeat({}, len(found))
        for row, joined in zip(held, found, strict=True):
            own = values_there(row, self._source.missing)
            more = {key: value for key, value in joined.items() if key not in used}
            yield json.dumps(own | more, ensure_ascii=False)


def either(fit: Fit, marks: Sequence[str], others: Sequence[str], *, other: str) -> Fit:
    """The fit of one of two systems that write the same table, by columns only one has.

    `marks` are those of its own that the table has, `others` those of the `other` system.
    """
    if not fit.is_match:
        return fit
    if others and not marks:
        return Fit(False, f"it has {others[0]}, as tables of {other} have", 0.9 * fit.share)
    if marks:
        return Fit(True, f"{fit.because}, and {marks[0]}", 1.0)
    return Fit(True, f"{fit.because}; it could as well be of {other}, which is read the same", 0.95)


def _reader(path: Path, source: Source, drop: Sequence[str]) -> Reader:
    if not first_bytes(path, 4).startswith(PARQUET):
        return DelimitedReader(
            path, delimiter=source.delimiter, encoding=source.encoding, drop=tuple(drop)
        )
    try:
        return ParquetReader(path, drop=tuple(drop))
    except pa.ArrowException as error:
        raise UserError(
            f"{path.name} is not a readable Parquet file: it is cut short or damaged. Export it "
            "again."
        ) from error


def _in_utc(stamps: pl.Series) -> pl.Series:
    """Stamps with their offset: warehouses leave it out, or write `UTC` (BigQuery)."""
    named = stamps.str.strip_chars().str.replace(_UTC, "+00:00")
    is_bare = named.str.contains(_ZONELESS).fill_null(value=False)
    return (named + "+00:00").zip_with(is_bare, named).alias(stamps.name)
