"""The loader's own tables: made where there are none, refused where they are another version's."""

from pathlib import Path

import duckdb

from etl.mapping import INCOMING_EVENTS
from queries import sqlfile
from study.errors import UserError

RAW_VERSION = 2
"""Arrangement of the raw tables; raised when a table gains, loses or changes a column."""
RAW_NAME = "raw.duckdb"


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Make the raw tables where there are none, and the functions the loading queries use.

    Raises
    ------
    UserError
        If another version of Rapport arranged the tables in another way.
    """
    _refuse_other_version(con)
    con.begin()  # Together: each by itself would wait for the disk.
    try:
        for path in sqlfile.all_paths("raw"):
            sqlfile.load(path).execute(con)
        sqlfile.load("load/insert_version.sql").execute(con, version=RAW_VERSION)
    except BaseException:
        con.rollback()
        raise
    con.commit()
    for name in ("utc_of", "local_date_of", "number_of", "zones", "local_days"):
        sqlfile.load(f"load/{name}.sql").execute(con)
    # The judging function wants to see the columns of what it will judge.
    con.register("incoming", INCOMING_EVENTS.to_arrow())
    sqlfile.load("load/judged_events.sql").execute(con)
    con.unregister("incoming")


def _refuse_other_version(con: duckdb.DuckDBPyConnection) -> None:
    there = set(sqlfile.load("load/raw_tables.sql").fetch(con)["table_name"])
    if there.isdisjoint(Path(path).stem for path in sqlfile.all_paths("raw")):
        return
    version = None
    if "raw_version" in there:
        version = sqlfile.load("load/held_version.sql").fetch(con)["version"][0]
    if version != RAW_VERSION:
        newer = version is not None and version > RAW_VERSION
        remedy = (
            "Update Rapport, then load again"
            if newer
            else f"Remove {RAW_NAME} (not the key beside it) and load again: everything in it "
            "comes from the exports"
        )
        raise UserError(
            f"{RAW_NAME} in the workspace was written by {'a newer' if newer else 'an older'} "
            f"version of Rapport, and this one arranges its tables differently. {remedy}."
        )
