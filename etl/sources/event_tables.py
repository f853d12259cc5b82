"""The tables of single events beside a table of all: their properties, by event id."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import duckdb
import polars as pl

from etl.sources.format import Opening
from etl.sources.reader import Batch
from queries import sqlfile
from study.errors import UserError
from warehouse.connect import in_memory


class EventTable(Protocol):
    """One table of events."""

    def columns(self) -> tuple[str, ...]:
        """Names of its columns."""
        ...

    def own_columns(self) -> tuple[str, ...]:
        """Those that hold the event's own properties."""
        ...

    def batches(self, fields: Sequence[str]) -> Iterator[Batch]:
        """Its rows."""
        ...


class EventTables:
    """Tables that are read once, when they are first asked; then asked for some ids at a time."""

    def __init__(self, tables: Sequence[EventTable], missing: Sequence[str]) -> None:
        """Remember the tables, and the values that mean that there is none."""
        # A table of all events, or of identify calls, has nothing that is an event's own.
        self._tables = [one for one in tables if {"id", "event"}.issubset(one.columns())]
        self._missing = missing
        self.n_bad = 0
        """Rows that could not be read, when all were."""
        self._con: duckdb.DuckDBPyConnection | None = None

    def columns(self) -> tuple[str, ...]:
        """Names of all properties."""
        names = (name for one in self._tables for name in one.own_columns())
        return tuple(dict.fromkeys(names))

    def properties(self, ids: pl.Series) -> list[str | None]:
        """Of each id the event's properties, a JSON object; None where no table has it."""
        con = self._read()
        places = pl.int_range(len(ids), eager=True).alias("position")
        wanted = pl.DataFrame([places, ids.str.strip_chars().alias("event_id")])
        con.register("wanted_events", wanted.to_arrow())
        found = sqlfile.load("sources/properties_of_events.sql").fetch(con)
        con.unregister("wanted_events")
        all_of_them = wanted.join(found, on="position", how="left", maintain_order="left")
        return all_of_them["properties"].to_list()

    def _read(self) -> duckdb.DuckDBPyConnection:
        if self._con is None:
            self._con = in_memory()
            sqlfile.load("sources/event_properties.sql").execute(self._con)
            n_before = 0
            for table in self._tables:
                for part in self._parts(table):
                    n_before = self._keep(self._con, part, n_before)
        return self._con

    def _parts(self, table: EventTable) -> Iterator[pl.DataFrame]:
        own = table.own_columns()
        for batch in table.batches(("id", *own)) if own else ():
            self.n_bad += len(batch.bad)
            rows = batch.rows.select(own).iter_rows(named=True)
            there = (values_there(row, self._missing) for row in rows)
            texts = [json.dumps(one, ensure_ascii=False) for one in there]
            ids = batch.rows["id"].str.strip_chars().alias("event_id")
            yield pl.DataFrame([ids, pl.Series("properties", texts, dtype=pl.String)])

    def _keep(self, con: duckdb.DuckDBPyConnection, part: pl.DataFrame, n_before: int) -> int:
        places = pl.int_range(n_before, n_before + part.height, eager=True).alias("place")
        held = part.with_columns(places).filter(pl.col("event_id").is_not_null())
        con.register("incoming_properties", held.to_arrow())
        sqlfile.load("sources/insert_event_properties.sql").execute(con)
        con.unregister("incoming_properties")
        return n_before + part.height


def values_there(row: dict[str, Any], missing: Sequence[str]) -> dict[str, Any]:
    """A row's values that are there: most events have few of the columns of their table."""
    return {
        name: value
        for name, value in row.items()
        if value is not None and value != "" and value not in missing
    }


def event_table_files(opening: Opening) -> tuple[Path, ...]:
    """The files that `event_tables` names, in order of name.

    Raises
    ------
    UserError
        If there is none.
    """
    pattern = Path(str(opening.source.event_tables))
    root = Path(pattern.anchor) if pattern.is_absolute() else opening.folder
    found = sorted(
        one for one in root.glob(str(pattern.relative_to(pattern.anchor))) if one.is_file()
    )
    if not found:
        raise UserError(
            f"No file matches event_tables = {opening.source.event_tables!r} of source "
            f"'{opening.source.id}'. Put the events' own tables there, or correct study.toml."
        )
    return tuple(found)
