"""Reads of the Adherence page. See each `.sql` header for columns and units."""

import duckdb
import polars as pl

from access.viewer import Viewer
from queries import scope, sqlfile
from queries.filters import Filters

Connection = duckdb.DuckDBPyConnection


def session_weeks(con: Connection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """What was due and done, one row per participant and study week at risk."""
    query = sqlfile.load("reads/ledger_session_weeks.sql")
    return query.fetch(con, is_masked=viewer.is_masked, **scope.parameters(viewer, filters))


def surveys(con: Connection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """What became of every survey that was due, one row per participant and filling-in."""
    query = sqlfile.load("reads/ledger_surveys.sql")
    return query.fetch(con, is_masked=viewer.is_masked, **scope.parameters(viewer, filters))


def ledger(con: Connection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """The ledger's lines, sessions and surveys, one row per obligation."""
    query = sqlfile.load("reads/ledger_rows.sql")
    return query.fetch(con, is_masked=viewer.is_masked, **scope.parameters(viewer, filters))


def weekly_sessions(con: Connection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """Sessions done, due and used, one row per arm and study week."""
    query = sqlfile.load("reads/weekly_sessions_by_arm.sql")
    return query.fetch(con, is_masked=viewer.is_masked, **scope.parameters(viewer, filters))


def attrition(con: Connection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """Days to the end of use and of taking part, one row per participant; all weeks."""
    query = sqlfile.load("reads/attrition_days.sql")
    return query.fetch(con, is_masked=viewer.is_masked, **_over_all_weeks(viewer, filters))


def definitions(con: Connection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """How many meet each adherence definition, one row per definition; all weeks."""
    query = sqlfile.load("reads/adherence_definitions.sql")
    return query.fetch(con, **_over_all_weeks(viewer, filters))


def agreement(con: Connection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """How many change class between two definitions, one row per ordered pair; all weeks."""
    query = sqlfile.load("reads/adherence_agreement.sql")
    return query.fetch(con, **_over_all_weeks(viewer, filters))


def _over_all_weeks(viewer: Viewer, filters: Filters) -> dict[str, object]:
    given = scope.parameters(viewer, filters)
    return {name: given[name] for name in given if name not in ("first_week", "last_week")}
