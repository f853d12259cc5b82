"""The engine of builds that outgrow one machine: Apache Spark, from the same queries.

Tables between the steps, and marts, are Parquet in an exchange folder that every executor can
reach; the marts are taken over into the draft from there. What a session holds no more after an
executor was lost is thus read again, or made again, by Spark itself.
"""

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from etl.build_basis import FRAME_TYPES
from etl.build_order import ASIDE, VIEWS, build_order
from etl.engines.dialect import flat, to_spark
from etl.engines.duckdb import DuckDBEngine
from etl.engines.engine import Draft, EngineChoice
from etl.engines.json_text import require_same_text
from etl.engines.own_events import own_events
from etl.engines.spark_session import SparkPlace, spark_session, told_spark
from etl.lake import EVENTS, exchange_folder
from etl.own_lake import OwnLake
from queries import sqlfile
from queries.sqlfile import Query
from study.errors import UserError
from warehouse.scratch import write_to

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

RAW_EVENTS = "raw.events"
IN_DUCKDB = {
    "stg_loads": "one row a load, asked of the loader's file by the build itself",
    "stg_roster": "one row a participant of the roster, as the loader keeps it",
    "fct_covariates": "one row a participant and covariate of the roster",
    "fct_findings": "what the last load found to stand out, a few sentences",
    "fct_receipts": "one row a file of the last load",
    "fct_rejections": "counts of refused rows; their texts stay in the loader's file",
    "int_numbers": "the numbers from 1 to 100",
}
"""Steps that never run on Spark, and why: none of them grows with events or weeks."""
TYPES = {
    "string": "VARCHAR",
    "bigint": "BIGINT",
    "int": "INTEGER",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp_ntz": "TIMESTAMP",
}


@contextmanager
def running(place: SparkPlace, lake: Path, own: OwnLake | None = None) -> Iterator[EngineChoice]:
    """Start Spark; what it is told to build reads the lake, and is handed over through it.

    `own` is a lake of the team's that is read beside it.

    Raises
    ------
    UserError
        If PySpark or Java are missing, or Spark cannot be reached.
    """
    with spark_session(place) as session:
        yield choice_on(session, lake, own)


def choice_on(session: "SparkSession", lake: Path, own: OwnLake | None = None) -> EngineChoice:
    """A Spark that runs, as the engine of builds."""
    return EngineChoice(
        "spark",
        partial(open_on, session, lake, own),
        takes_over=False,
        own_lake=own.folder if own else None,
    )


@contextmanager
def open_on(
    session: "SparkSession", lake: Path, own: OwnLake | None, draft: Draft
) -> Iterator["SparkEngine"]:
    """Begin to compute for a draft on a Spark that runs; tables of other builds are not seen.

    Raises
    ------
    UserError
        If the study asks for a property of events that Spark reads otherwise.
    """
    require_same_text(sqlfile.load("lake/asked_properties.sql").fetch(draft.con))
    exchange = exchange_folder(lake, draft.path.stem)
    try:
        yield SparkEngine(session.newSession(), draft, lake, exchange, own=own)
    finally:
        shutil.rmtree(exchange)


@dataclass
class SparkEngine:
    """Runs the steps of a build in one session, but for those in `IN_DUCKDB`."""

    session: "SparkSession"
    draft: Draft
    lake: Path
    exchange: Path
    has_parts: bool = False
    own: OwnLake | None = None
    known: set[str] = field(default_factory=set)
    """What the session already knows by name."""

    def fetch(self, query: Query, **params: object) -> pl.DataFrame:
        """The rows of a query that returns few."""
        if query.name in IN_DUCKDB:
            return query.fetch(self.draft.con, **params)
        with _told(query):
            rows = [tuple(row) for row in self.frame(query, params).collect()]
        schema = {one.name: FRAME_TYPES[one.type] for one in query.columns}
        return pl.DataFrame(rows, schema=schema, orient="row")

    def make(self, query: Query, *, keep: bool, **params: object) -> int | None:
        """Run a query; what is read more than once, or kept, is written as Parquet."""
        if query.name in IN_DUCKDB:
            return DuckDBEngine(self.draft).make(query, keep=keep, **params)
        frame = self.frame(query, params)
        if query.name in VIEWS or not (keep or _times_read()[query.name] > 1):
            frame.createOrReplaceTempView(query.name)
        else:
            place = self.exchange / query.name
            self.write(query, frame, place)
            self._view(query.name, place, frame)
        self.known.add(query.name)
        return self._take_over(query) if keep else None

    def add(self, query: Query, **_params: object) -> None:
        """Never asked: Spark takes all participants at once."""
        raise NotImplementedError(f"{query.name}: Spark takes all participants at once.")

    def forget(self, name: str) -> None:
        """Drop a table; its files go with the exchange folder."""
        self.session.catalog.dropTempView(name)
        self.known.discard(name)

    def count(self, name: str) -> int:
        """How many rows a table has."""
        return int(self.session.table(name).count())

    def frame(self, query: Query, params: dict[str, object]) -> "DataFrame":
        """A query's rows, not asked for yet."""
        for name in query.reads:
            self._see_to(name)
        query.check_params(params)
        frame = self.session.sql(to_spark(query), args=params or None)
        query.check_columns({name: TYPES.get(kind, kind) for name, kind in frame.dtypes})
        return frame

    def write(self, query: Query, frame: "DataFrame", place: Path) -> None:
        """Write a query's rows as Parquet, wherever they are to lie."""
        with _told(query):
            frame.write.parquet(told_spark(place))

    def know(self, name: str, rows: "DataFrame") -> None:
        """Have the session know rows by a name."""
        rows.createOrReplaceTempView(name)
        self.known.add(name)

    def _see_to(self, name: str) -> None:
        """Let the session know a table that DuckDB has, or the events of the lake."""
        if name in self.known:
            return
        if name == RAW_EVENTS:
            self._events().createOrReplaceTempView(flat(name))
        else:
            place = self.exchange / "given" / f"{flat(name)}.parquet"
            place.parent.mkdir(exist_ok=True)
            self.draft.con.table(name).write_parquet(str(place))
            self._view(flat(name), place)
        self.known.add(name)

    def _events(self) -> "DataFrame":
        """All events that count: those of the lake, and those of a lake of the team's own."""
        loaded = self._lake()
        return loaded if self.own is None else loaded.union(own_events(self, self.own, loaded))

    def _lake(self) -> "DataFrame":
        """The events of the lake: all of them count."""
        columns = sqlfile.load("lake/lake_events.sql").columns
        names = {duckdb: spark for spark, duckdb in TYPES.items()}
        schema = ", ".join(f"{one.name} {names[one.type]}" for one in columns)
        events = self.session.read.schema(schema).parquet(told_spark(self.lake / EVENTS))
        return events.selectExpr(*(one.name for one in columns), "'loaded' as status")

    def _view(self, name: str, place: Path, like: "DataFrame | None" = None) -> None:
        reader = self.session.read if like is None else self.session.read.schema(like.schema)
        reader.parquet(told_spark(place)).createOrReplaceTempView(name)

    def _take_over(self, query: Query) -> int:
        """Bring a mart from Parquet into the draft; returns its number of rows."""
        files = str(self.exchange / query.name / "*.parquet")
        write_to(self.draft.con, self.draft.own, keep=True)
        return query.create_from(self.draft.con, self.draft.con.read_parquet(files))


@contextmanager
def _told(query: Query) -> Iterator[None]:
    """Turn a job that failed into a sentence without values; a query that is wrong stays an error.

    Raises
    ------
    UserError
        If Spark gave a step up: it lost its machines, its memory or its disk.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import AnalysisException, PySparkException

    try:
        yield
    except AnalysisException:
        raise
    except (PySparkException, Py4JError) as error:
        raise UserError(
            f"Spark gave up on {query.name}, and the build was not published: the pages keep "
            "showing the build before. What Spark printed above says why; executors that are lost "
            "again and again lack memory (--spark-conf spark.executor.memory=...) or do not see "
            "the lake at this machine's path. What was loaded is whole: run it again."
        ) from error


def _times_read() -> Counter[str]:
    """By how many queries of the build each table is read."""
    queries = (*build_order(), *map(sqlfile.load, ASIDE))
    return Counter(name for query in queries for name in query.reads)
