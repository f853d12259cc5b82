"""Reads of the Adherence page. See each `.sql` header for columns and units."""

from typing import Literal

import duckdb
import polars as pl

from access.viewer import Viewer
from queries import scope, sqlfile
from queries.counted import read_for
from queries.filters import Filters

Connection = duckdb.DuckDBPyConnection


def grid_people(
    con: Connection,
    viewer: Viewer,
    filters: Filters,
    kind: Literal["session", "survey"],
    *,
    with_share: bool = False,
) -> pl.DataFrame:
    """Who has a line in the grid of sessions or surveys, one row each."""
    given = scope.parameters(viewer, filters)
    query = sqlfile.load("reads/ledger_people.sql")
    return query.fetch(con, kind=kind, with_share=with_share, **given)


def session_weeks(
    con: Connection, viewer: Viewer, filters: Filters, shown: list[str] | None = None
) -> pl.DataFrame:
    """What was due and done, per participant (of those `shown`) and study week at risk."""
    given = scope.parameters(viewer, filters)
    query = sqlfile.load("reads/ledger_session_weeks.sql")
    return query.fetch(con, is_masked=viewer.is_masked, shown=shown, **given)


def surveys(
    con: Connection, viewer: Viewer, filters: Filters, shown: list[str] | None = None
) -> pl.DataFrame:
    """What became of every survey that was due, per participant (of those `shown`)."""
    given = scope.parameters(viewer, filters)
    query = sqlfile.load("reads/ledger_surveys.sql")
    return query.fetch(con, is_masked=viewer.is_masked, shown=shown, **given)


def ledger(
    con: Connection, viewer: Viewer, filters: Filters, *, most: int | None = None
) -> pl.DataFrame:
    """The ledger, one row per obligation, sessions and surveys; `most` gives the first of them."""
    given = scope.parameters(viewer, filters)
    query = sqlfile.load("reads/ledger_rows.sql")
    return query.fetch(con, is_masked=viewer.is_masked, most=most, **given)


def ledger_counts(con: Connection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """How many obligations of each kind have each status, one row each."""
    query = read_for(viewer, "ledger_counts")
    return query.fetch(con, **scope.parameters(viewer, filters))


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
