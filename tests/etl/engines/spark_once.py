"""One Spark for all tests of a process; where there is none, they say so and do not run."""

import atexit
import os
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING

import pytest

from etl.engines.spark_session import (
    JAVA,
    SparkPlace,
    java_version,
    require_spark,
    spark_session,
)
from study.errors import UserError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SMALL = SparkPlace(
    "local[2]",
    (
        ("spark.sql.shuffle.partitions", "2"),
        ("spark.default.parallelism", "2"),
        ("spark.driver.memory", "1g"),
        # Few rows and many statements: to compile each of them takes longer than all rows together.
        ("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"),
        ("spark.sql.codegen.wholeStage", "false"),
        ("spark.sql.codegen.factoryMode", "NO_CODEGEN"),
        ("spark.sql.adaptive.enabled", "false"),
    ),
)


def shared_spark() -> "SparkSession":
    """A session of its own on the Spark of this process, started by the first who asks."""
    try:
        require_spark()
    except UserError as error:
        if os.environ.get("CI") and (java_version() or 0) >= JAVA:
            raise  # `make test` installs PySpark where there is such a Java.
        pytest.skip(f"Spark was NOT tested: {error}")
    return _running().newSession()


@cache
def _running() -> "SparkSession":
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(spark_session(SMALL))
