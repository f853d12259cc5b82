"""What computes the sums of a table's rows: a database that takes selects as trees."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, get_args

import polars as pl

if TYPE_CHECKING:
    from sqlglot import exp

    from etl.engines.spark_session import SparkPlace

Name = Literal["polars", "duckdb", "spark"]
NAMES = get_args(Name)


class Engine(Protocol):
    """Runs selects, given as trees in DuckDB's dialect; their rows are known by name."""

    def open(self, name: str, path: Path) -> None:
        """Know the rows of a Parquet file, or of all Parquet files of a folder, by a name."""

    def define(self, name: str, select: "exp.Select") -> None:
        """Know a select's rows by a name; nothing is computed yet."""

    def keep(self, name: str, select: "exp.Select") -> None:
        """The same, computed once and kept for the selects that follow."""

    def fetch(self, select: "exp.Select") -> pl.DataFrame:
        """The rows of a select."""

    def types(self, name: str) -> pl.Schema:
        """Columns of what is known by a name, and their types."""


@contextmanager
def open_engine(name: Name, place: "SparkPlace | None" = None) -> Iterator[Engine]:
    """DuckDB in this process, or Spark where `place` says.

    Raises
    ------
    UserError
        If what the engine needs is not installed, with how to get it.
    """
    if name == "spark":
        from etl.engines.spark_session import SparkPlace, spark_session
        from etl.sums.spark import spark_sums

        with spark_session(place or SparkPlace()) as session:
            yield spark_sums(session)
        return
    from etl.sums.duckdb import duckdb_sums

    with duckdb_sums() as engine:
        yield engine
