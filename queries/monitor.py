"""Reads of the Monitor page. See each `.sql` header for columns and units."""

import duckdb
import polars as pl

from access.gate import permitted_participants, permitted_sites
from access.viewer import Viewer
from queries import scope, sqlfile
from queries.counted import read_for
from queries.filters import Filters

Connection = duckdb.DuckDBPyConnection


def people(con: Connection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """What became of each participant, one row each."""
    query = sqlfile.load("reads/monitor_people.sql")
    return query.fetch(con, is_masked=viewer.is_masked, **_who(viewer, filters))


def retention(con: Connection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """Who was still in the study and used the app, one row per arm and study week."""
    query = sqlfile.load("reads/retention_by_week.sql")
    return query.fetch(con, is_masked=viewer.is_masked, **_who(viewer, filters))


def visits(con: Connection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """What became of each scheduled survey, one row each."""
    return sqlfile.load("reads/visit_windows.sql").fetch(con, **_who(viewer, filters))


def verdicts(con: Connection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """Who adhered by which definition, one row per participant and definition."""
    return sqlfile.load("reads/adherence_verdicts.sql").fetch(con, **_who(viewer, filters))


def recruitment_plan(con: Connection, _viewer: Viewer) -> pl.DataFrame:
    """How many participants are to be enrolled, in all and by site; none without a plan."""
    return sqlfile.load("reads/recruitment_plan.sql").fetch(con)


def indicator_counts(con: Connection, viewer: Viewer, early_days: int) -> pl.DataFrame:
    """What indicators count, by site and month of enrolment, among all that a viewer may see."""
    sites = permitted_sites(viewer, None)
    query = read_for(viewer, "indicator_counts", is_counted=sites is None)
    return query.fetch(
        con,
        sites=sites,
        participants=permitted_participants(viewer),
        early_days=early_days,
    )


def rejected_rows(con: Connection, _viewer: Viewer) -> pl.DataFrame:
    """Rows read and refused, by file."""
    return sqlfile.load("reads/rejected_rows.sql").fetch(con)


def _who(viewer: Viewer, filters: Filters) -> dict[str, object]:
    """Who is counted. Study weeks do not narrow the flow of a whole trial."""
    wanted = ("sites", "arms", "cohorts", "participants")
    given = scope.parameters(viewer, filters)
    return {name: given[name] for name in wanted}
