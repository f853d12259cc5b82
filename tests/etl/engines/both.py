"""One query on both engines, over the same tables."""

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from etl.engines.engine import Draft
from etl.engines.spark import SparkEngine
from queries.sqlfile import Query
from warehouse.connect import in_memory

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def on_both(
    session: "SparkSession", query: Query, tables: dict[str, pl.DataFrame], folder: Path
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What a query answers on DuckDB and on Spark, of tables by name."""
    con = in_memory()
    try:
        for name, frame in tables.items():
            con.from_arrow(frame.to_arrow()).create(name)
        engine = SparkEngine(session.newSession(), Draft(con, "memory", folder), folder, folder)
        return query.fetch(con), engine.fetch(query)
    finally:
        con.close()
