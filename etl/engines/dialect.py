"""From the SQL of `queries/`, which is DuckDB's, to Spark's: sqlglot, and where that is not enough.

sqlglot knows both languages; what stands here are the few places where its translation runs on
Spark and means something else, or does not run. Constructs that cannot be translated without
knowing the data are not here: the lint of the house (`tests/house/test_sql_portable.py`) refuses
them in every query that is built.
"""

from functools import cache
from typing import ClassVar

from sqlglot import ErrorLevel, exp, parse_one
from sqlglot.dialects.spark import Spark
from sqlglot.generators.spark import SparkGenerator

from queries.sqlfile import Query


def flat(name: str) -> str:
    """What a table of another database is called on Spark, where views of a session have none."""
    return name.replace(".", "__")


class HouseSpark(Spark):
    """Spark, as the queries of a build mean it."""

    class Generator(SparkGenerator):
        """What is written otherwise than sqlglot would."""

        TRANSFORMS: ClassVar = {
            **SparkGenerator.TRANSFORMS,
            # DuckDB divides as DOUBLE whatever it is given; Spark cuts DECIMALs to a scale.
            exp.Div: lambda self, e: f"{_double(self, e.this)} / {_double(self, e.expression)}",
            # Spark rounds what a DOUBLE is written like (1.005 to 1.01), DuckDB what it is.
            exp.Round: lambda self, e: _rounded(self, e),
            exp.JSONExtractScalar: lambda self, e: _json_text(self, e),
            # DuckDB counts rows as BIGINT, Spark as INTEGER.
            exp.Window: lambda self, e: _window(self, e),
        }


def _double(generator: SparkGenerator, operand: exp.Expr) -> str:
    return f"CAST({generator.sql(operand)} AS DOUBLE)"


def _rounded(generator: SparkGenerator, rounded: exp.Round) -> str:
    n_decimals = rounded.args.get("decimals")
    if n_decimals is not None and not n_decimals.is_int:
        generator.unsupported("round to a number of places that is computed")
        return generator.function_fallback_sql(rounded)
    power = 10 ** int(n_decimals.name) if n_decimals else 1
    return f"ROUND({_double(generator, rounded.this)} * {power}D, 0) / {power}D"


def _json_text(generator: SparkGenerator, asked: exp.JSONExtractScalar) -> str:
    """A name in quotes is a name in brackets on Spark: `$."a.b"` is `$['a.b']`."""
    path = asked.expression.copy()
    for part in list(path.find_all(exp.Literal)):
        text = part.name.replace('$."', "$['")
        if text != part.name or text == '"' or text.endswith('"'):
            part.replace(exp.Literal.string(text.replace('"', "']")))
    return f"GET_JSON_OBJECT({generator.sql(asked.this)}, {generator.sql(path)})"


def _window(generator: SparkGenerator, window: exp.Window) -> str:
    written = generator.window_sql(window)
    is_number = isinstance(window.this, (exp.RowNumber, exp.Rank, exp.DenseRank))
    return f"CAST({written} AS BIGINT)" if is_number else written


def spark_sql(tree: exp.Expr) -> str:
    """A statement that was parsed as DuckDB's, for Spark.

    Tables of other databases bear one name (`raw__events`).

    Raises
    ------
    sqlglot.errors.UnsupportedError
        If something in it has no translation.
    """
    tree = tree.copy()
    for table in list(tree.find_all(exp.Table)):
        if table.db:
            name = flat(f"{table.db}.{table.name}")
            table.replace(exp.to_table(name, alias=table.alias or table.name))
    return tree.sql(dialect=HouseSpark, unsupported_level=ErrorLevel.RAISE)


@cache
def to_spark(query: Query) -> str:
    """The statement of a query for Spark (`spark_sql`)."""
    return spark_sql(parse_one(query.sql, read="duckdb"))
