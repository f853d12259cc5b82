"""Reads of the Data page: files, days and names of the log as a whole, whatever the filters.

Nothing here concerns a participant, as the headers say, but for how many have an event name.
"""

import duckdb
import polars as pl

from access.gate import permitted_participants, permitted_sites
from access.viewer import Viewer
from queries import sqlfile
from queries.filters import Filters


def receipts(con: duckdb.DuckDBPyConnection, _viewer: Viewer, _filters: Filters) -> pl.DataFrame:
    """What became of every file's rows."""
    return sqlfile.load("reads/receipts.sql").fetch(con)


def findings(con: duckdb.DuckDBPyConnection, _viewer: Viewer, _filters: Filters) -> pl.DataFrame:
    """What the last load found to stand out, the gravest first."""
    return sqlfile.load("reads/findings.sql").fetch(con)


def rejections(con: duckdb.DuckDBPyConnection, _viewer: Viewer, _filters: Filters) -> pl.DataFrame:
    """What was refused, by file, rule and column."""
    return sqlfile.load("reads/rejections.sql").fetch(con)


def unmapped_events(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, _filters: Filters
) -> pl.DataFrame:
    """Event names that the study file does not map, by volume."""
    return sqlfile.load("reads/unmapped_events.sql").fetch(
        con, sites=permitted_sites(viewer, None), participants=permitted_participants(viewer)
    )


def coverage(con: duckdb.DuckDBPyConnection, _viewer: Viewer, _filters: Filters) -> pl.DataFrame:
    """Loaded events and answers per day."""
    return sqlfile.load("reads/coverage.sql").fetch(con)
