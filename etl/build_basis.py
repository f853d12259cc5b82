"""What a build is made from, and whether rows of the build before still hold.

What is made of events (sessions, exposures by day, ...) is by far the most work, and nearly all of
it is the same from one day to the next. A build therefore notes what it was made from
(`dim_basis`). The next one takes its rows where nothing can have changed: the study, the queries
and the program are the same, and every load since then came to its end and noted whose events it
changed.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from etl.build_order import ASIDE, LOADS, build_order, build_plan
from etl.version import rapport_version
from queries import sqlfile
from study.definition import Study
from warehouse.scratch import attach_kept, attach_nothing_kept, detach_kept

BASIS_SCHEMA = pl.Schema(
    {
        "digest": pl.String(),
        "load_number": pl.Int64(),
        "load_id": pl.String(),
        "is_full": pl.Boolean(),
        "kept_load_number": pl.Int64(),
    }
)
FRAME_TYPES: dict[str, pl.DataType] = {
    "VARCHAR": pl.String(),
    "BIGINT": pl.Int64(),
    "INTEGER": pl.Int32(),
    "DOUBLE": pl.Float64(),
    "BOOLEAN": pl.Boolean(),
    "DATE": pl.Date(),
    "TIMESTAMP": pl.Datetime("us"),
}


@dataclass(frozen=True)
class Basis:
    """What a build is made from.

    `load_number` and `load_id` are those of the last load, NULL where the raw file knows of none;
    `kept_load_number` is the load up to which rows of the build before hold, 0 where none do.
    """

    digest: str
    load_number: int | None
    load_id: str | None
    kept_load_number: int

    @property
    def is_full(self) -> bool:
        """Nothing is taken from the build before."""
        return self.kept_load_number == 0

    def table(self) -> pl.DataFrame:
        """`dim_basis`: one row."""
        row = (self.digest, self.load_number, self.load_id, self.is_full, self.kept_load_number)
        return pl.DataFrame([row], schema=BASIS_SCHEMA, orient="row")


def find_basis(
    con: duckdb.DuckDBPyConnection, own: str, digest: str, previous: Path | None
) -> Basis:
    """Attach what is kept of the build before as `kept`, be it nothing, and say what holds of it.

    Parameters
    ----------
    own
        Name of the new build's database.
    previous
        The build before; None for a build that must take nothing from it.
    """
    loads = sqlfile.load(LOADS).fetch(con).sort("load_number")
    number, load_id = (
        loads.select("load_number", "load_id").row(-1) if loads.height else (None, None)
    )
    kept = 0
    if previous is not None and attach_kept(con, previous):
        kept = _holds_until(con, digest, loads)
        if not kept:
            detach_kept(con)
    if not kept:
        attach_nothing_kept(con, own, empty_kept())
    return Basis(digest, number, load_id, kept)


def digest_of(study: Study, tables: dict[str, pl.DataFrame], own_lake: Path | None = None) -> str:
    """Digest of all that rows made of events depend on, but for the events that were loaded."""
    found = hashlib.sha256()
    if own_lake is not None:
        # A build without it must not take rows over that its events are in.
        found.update(f"{own_lake}\0".encode())
    for part in (study.digest, study.study.as_of, rapport_version()):
        found.update(f"{part}\0".encode())
    for query in (*map(sqlfile.load, ASIDE), *build_order()):
        found.update(f"{query.path}\0{query.sql}\0".encode())
    for name, frame in tables.items():
        found.update(f"{name}\0{frame.schema}\0{frame.rows()}\0".encode())
    return found.hexdigest()


def empty_kept() -> dict[str, pl.DataFrame]:
    """The marts whose rows another build may take over, without rows."""
    tables = {}
    for name in build_plan().kept:
        columns = sqlfile.load(f"marts/{name}.sql").columns
        tables[name] = pl.DataFrame(schema={one.name: FRAME_TYPES[one.type] for one in columns})
    return tables


def _holds_until(con: duckdb.DuckDBPyConnection, digest: str, loads: pl.DataFrame) -> int:
    """The load up to which the attached build's rows hold; 0 where none do, or nobody knows."""
    try:
        [(was, number, load_id)] = con.sql(
            "select digest, load_number, load_id from kept.dim_basis"
        ).fetchall()
    except (duckdb.Error, ValueError):
        # A build of another version, or something that is no build.
        return 0
    if was != digest or number is None:
        return 0
    since = loads.filter(pl.col("load_number") >= number)
    is_same = since.height > 0 and since.row(0)[:2] == (number, load_id)
    return int(number) if is_same and since["is_finished"].all() else 0
