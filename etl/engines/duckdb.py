"""The engine of every build that fits one machine: DuckDB, in the draft itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import polars as pl

from etl.build_order import VIEWS
from etl.engines.engine import Draft, EngineChoice
from queries.sqlfile import Query
from warehouse.scratch import drop, write_to


@dataclass(frozen=True)
class DuckDBEngine:
    """Marts are written into the draft at once, all else into its scratch."""

    draft: Draft
    has_parts: bool = True

    def fetch(self, query: Query, **params: object) -> pl.DataFrame:
        """The rows of a query that returns few."""
        return query.fetch(self.draft.con, **params)

    def make(self, query: Query, *, keep: bool, **params: object) -> int | None:
        """Keep the query's rows as a table, or its statement where it is read where it stands."""
        write_to(self.draft.con, self.draft.own, keep=keep)
        if query.name in VIEWS:
            self.draft.con.sql(query.sql).create_view(query.name, replace=True)
            return None
        return query.create(self.draft.con, **params)

    def add(self, query: Query, **params: object) -> None:
        """Add rows to a table that is there."""
        self.draft.con.sql(query.sql, params=params or None).insert_into(query.name)

    def forget(self, name: str) -> None:
        """Drop a table."""
        drop(self.draft.con, name)

    def count(self, name: str) -> int:
        """How many rows a table has."""
        return int(self.draft.con.table(name).count("*").fetchall()[0][0])


@contextmanager
def _open(draft: Draft) -> Iterator[DuckDBEngine]:
    yield DuckDBEngine(draft)


DUCKDB = EngineChoice("duckdb", _open, takes_over=True)
