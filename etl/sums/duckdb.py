"""Sums of rows by DuckDB, in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import polars as pl

from warehouse.connect import open_aside

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from sqlglot import exp


@contextmanager
def duckdb_sums() -> Iterator["DuckDBSums"]:
    """An empty database for one fit; what does not fit into memory goes to a temporary folder."""
    with TemporaryDirectory(prefix="rapport-sums-") as folder:
        con = open_aside(Path(folder) / "sums.duckdb")
        # DuckDB 2.0 believes the largest and smallest value that a Parquet file states, which leave
        # NaN out, and computes `case when not isnan(x) then x end` as x.
        con.execute("set disabled_optimizers = 'statistics_propagation'")
        try:
            yield DuckDBSums(con)
        finally:
            con.close()


@dataclass(frozen=True)
class DuckDBSums:
    """See `etl.sums.engine.Engine`."""

    con: "DuckDBPyConnection"

    def open(self, name: str, path: Path) -> None:
        """See `Engine`."""
        files = str(path / "**" / "*.parquet") if path.is_dir() else str(path)
        self.con.read_parquet(files, hive_partitioning=path.is_dir()).create_view(name)

    def define(self, name: str, select: "exp.Select") -> None:
        """See `Engine`."""
        self.con.sql(select.sql("duckdb")).create_view(name)

    def keep(self, name: str, select: "exp.Select") -> None:
        """See `Engine`."""
        self.con.sql(select.sql("duckdb")).create(name)

    def fetch(self, select: "exp.Select") -> pl.DataFrame:
        """See `Engine`."""
        frame: pl.DataFrame = self.con.sql(select.sql("duckdb")).pl()
        return frame

    def types(self, name: str) -> pl.Schema:
        """See `Engine`."""
        frame: pl.DataFrame = self.con.table(name).limit(0).pl()
        return frame.schema
