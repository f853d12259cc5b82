"""Reads of the Overview page. See each `.sql` header for columns and units."""

import duckdb
import polars as pl

from access.viewer import Viewer
from queries import sqlfile
from queries.counted import read_for
from queries.facts import study_facts
from queries.filters import Filters
from queries.scope import parameters

MAX_REJECTED_SHARE = 0.01


def key_numbers(con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """The counts that say where the trial stands, with their denominators."""
    return sqlfile.load("reads/key_numbers.sql").fetch(con, **_who(viewer, filters))


def recruitment(con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """Participants enrolled per site and day, and so far."""
    return sqlfile.load("reads/recruitment.sql").fetch(con, **_who(viewer, filters))


def activity_by_week(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters
) -> pl.DataFrame:
    """Participants in the study and active, per seven days counted back from the as-of day."""
    return read_for(viewer, "activity_by_week").fetch(con, **_who(viewer, filters))


def adherence_to_date(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters
) -> pl.DataFrame:
    """Adherence per arm by the first definition; plain usage where no intended use is stated."""
    has_intended_use = study_facts(con).has_intended_use
    topic = "adherence_to_date" if has_intended_use else "usage_to_date"
    return sqlfile.load(f"reads/{topic}.sql").fetch(con, **_who(viewer, filters))


def freshness(con: duckdb.DuckDBPyConnection, _viewer: Viewer, _filters: Filters) -> pl.DataFrame:
    """How new the data are, and the share of rows that were refused."""
    return sqlfile.load("reads/freshness.sql").fetch(con)


def attention(con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """What somebody should look at today."""
    query = sqlfile.load("reads/attention.sql")
    return query.fetch(con, **_who(viewer, filters), max_rejected=MAX_REJECTED_SHARE)


def _who(viewer: Viewer, filters: Filters) -> dict[str, object]:
    """Who is counted. Study weeks do not narrow what happens in calendar time."""
    wanted = ("sites", "arms", "cohorts", "participants")
    given = parameters(viewer, filters)
    return {name: given[name] for name in wanted}
