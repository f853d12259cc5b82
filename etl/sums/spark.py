"""Sums of rows by Apache Spark, wherever it runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from etl.engines.dialect import spark_sql

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from sqlglot import exp


PARTITIONS = "spark.sql.shuffle.partitions"
_PER_CORE = 2


def spark_sums(session: "SparkSession") -> "SparkSums":
    """Sums by a session of its own.

    On one machine a shuffle is cut into as many pieces as its processors can use, unless somebody
    says otherwise: with Spark's 200, starting them takes longer than the sums.
    """
    own = session.newSession()
    context = own.sparkContext
    if (context.master or "").startswith("local") and context.getConf().get(PARTITIONS) is None:
        own.conf.set(PARTITIONS, str(_PER_CORE * context.defaultParallelism))
    return SparkSums(own)


@dataclass(frozen=True)
class SparkSums:
    """See `etl.sums.engine.Engine`."""

    session: "SparkSession"

    def open(self, name: str, path: Path) -> None:
        """See `Engine`."""
        self.session.read.parquet(path.as_uri()).createOrReplaceTempView(name)

    def define(self, name: str, select: "exp.Select") -> None:
        """See `Engine`."""
        self.session.sql(spark_sql(select)).createOrReplaceTempView(name)

    def keep(self, name: str, select: "exp.Select") -> None:
        """See `Engine`; what memory does not hold goes to the executors' disks."""
        rows = self.session.sql(spark_sql(select))
        rows.persist().createOrReplaceTempView(name)

    def fetch(self, select: "exp.Select") -> pl.DataFrame:
        """See `Engine`."""
        return pl.DataFrame(self.session.sql(spark_sql(select)).toArrow())

    def types(self, name: str) -> pl.Schema:
        """See `Engine`."""
        return pl.DataFrame(self.session.table(name).limit(0).toArrow()).schema
