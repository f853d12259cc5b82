"""The events of a team's own lake on Spark: judged, named, numbered, and put beside Rapport's.

Only ids of participants pass through the machine that runs the command: it knows who was erased,
and what the loader calls whom.
"""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import polars as pl

from etl.clock import TOLERANCE
from etl.engines.spark_session import told_spark
from etl.identity.identities import load_identities
from etl.own_lake import REFUSED, OwnLake, OwnOutcome, own_files
from queries import sqlfile
from queries.sqlfile import Query

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

NAME = "the team's lake"
"""Stands where an id map would name a source: none speaks of these ids."""
ROWS_OF_A_TASK = 33
"""Bits in which Spark numbers the rows of a task."""


class OnSpark(Protocol):
    """What is asked of the engine."""

    session: "SparkSession"
    exchange: Path
    lake: Path

    def fetch(self, query: Query, **params: object) -> pl.DataFrame:
        """The rows of a query that returns few."""
        ...

    def frame(self, query: Query, params: dict[str, object]) -> "DataFrame":
        """A query's rows, not asked for yet."""
        ...

    def write(self, query: Query, frame: "DataFrame", place: Path) -> None:
        """Write rows as Parquet."""
        ...

    def know(self, name: str, rows: "DataFrame") -> None:
        """Have the session know rows by a name."""
        ...


def own_events(engine: OnSpark, own: OwnLake, loaded: "DataFrame") -> "DataFrame":
    """The events of the team's lake that count, in the columns of `loaded`; the others are kept
    aside with their reason.

    They are judged once and written into the exchange folder, since a build reads them many times.

    Parameters
    ----------
    loaded
        Events of Rapport's own lake.

    Raises
    ------
    UserError
        If the lake is not as documented, or the key of the pseudonyms is missing.
    """
    engine.know("loaded_events", loaded)
    engine.know("own_events", _read(engine, own.folder))
    n_erased = _name_people(engine, own)
    latest = (datetime.now(UTC) + TOLERANCE).strftime("%Y-%m-%d %H:%M:%S")
    query = sqlfile.load("lake/own_judged.sql")
    place = engine.exchange / query.name
    numbered = _numbered(engine.frame(query, {"latest": latest}))
    engine.write(query, numbered, place)
    judged = engine.session.read.schema(numbered.schema).parquet(told_spark(place))
    engine.know(query.name, judged.drop("file_number", "source_row"))
    own.tell(_outcome(engine, own, n_erased))
    return judged.where("reason is null").select(*loaded.columns)


def _read(engine: OnSpark, folder: Path) -> "DataFrame":
    """The lake's events as they are; moments are UTC, marked so or not."""
    files = own_files(folder)
    moment = "timestamp" if files.is_marked_utc else "timestamp_ntz"
    kinds = {"VARCHAR": "string", "TIMESTAMP": moment, "DATE": "date", "DOUBLE": "double"}
    columns = sqlfile.load("lake/own_refused.sql").columns[:-1]
    schema = ", ".join(f"{one.name} {kinds[one.type]}" for one in columns)
    read = engine.session.read.schema(schema).parquet(*(told_spark(path) for path in files.paths))
    return read.withColumn("occurred_at", read["occurred_at"].cast("timestamp_ntz"))


def _name_people(engine: OnSpark, own: OwnLake) -> int:
    """Let the session know what each id stands for; returns how many events are of the erased."""
    given = engine.fetch(sqlfile.load("lake/own_ids.sql"))["participant_id"]
    identities = load_identities(own.study, own.workspace)
    names = identities.known_as(given.str.strip_chars().replace("", None), NAME)
    people = pl.DataFrame(
        {
            "given_id": given,
            "participant_id": names,
            "is_erased": pl.Series([one in identities.erased for one in names], dtype=pl.Boolean),
        }
    )
    place = engine.exchange / "given" / "own_people.parquet"
    place.parent.mkdir(exist_ok=True)
    people.write_parquet(place)
    engine.know("own_people", engine.session.read.parquet(told_spark(place)))
    if not people["is_erased"].any():
        return 0
    return int(engine.fetch(sqlfile.load("lake/own_erased.sql")).item())


def _numbered(judged: "DataFrame") -> "DataFrame":
    """The same events, each with a number of its own that no export's row has."""
    from pyspark.sql import functions as f

    numbered = judged.withColumn("number", f.monotonically_increasing_id())
    task = f.shiftright("number", ROWS_OF_A_TASK)
    return (
        numbered.withColumn("file_number", (-1 - task).cast("int"))
        .withColumn("source_row", f.col("number").bitwiseAND(2**ROWS_OF_A_TASK - 1))
        .withColumn("status", f.lit("loaded"))
        .drop("number")
    )


def _outcome(engine: OnSpark, own: OwnLake, n_erased: int) -> OwnOutcome:
    """Count what was judged, and put aside what was refused."""
    counts = dict(engine.fetch(sqlfile.load("lake/own_counts.sql")).iter_rows())
    n_taken = counts.pop(None, 0)
    place = engine.lake / REFUSED
    shutil.rmtree(place, ignore_errors=True)
    if counts:
        query = sqlfile.load("lake/own_refused.sql")
        engine.write(query, engine.frame(query, {}), place)
    return OwnOutcome(own.folder, place, n_taken, n_erased, dict(sorted(counts.items())))
