"""Reads of the Retention page: who comes back, how often, and what releases changed."""

import duckdb
import polars as pl

from access.viewer import Viewer
from queries import sqlfile
from queries.counted import read_for
from queries.filters import Filters
from queries.scope import parameters


def usage_retention(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters
) -> pl.DataFrame:
    """Participants with use in each study week that is over. See the .sql header."""
    return read_for(viewer, "usage_retention").fetch(con, **parameters(viewer, filters))


def usage_lifecycle(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters
) -> pl.DataFrame:
    """New, continuing, returning, quiet, dormant and not begun, by week. See the .sql header."""
    return read_for(viewer, "usage_lifecycle").fetch(con, **parameters(viewer, filters))


def usage_stickiness(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters
) -> pl.DataFrame:
    """Days per week of use, and users of a week among those of four. See the .sql header."""
    return read_for(viewer, "usage_stickiness").fetch(con, **parameters(viewer, filters))


def usage_cohorts(con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """Use in each study week by month of enrolment. See the .sql header."""
    return read_for(viewer, "usage_cohorts").fetch(con, **parameters(viewer, filters))


def usage_by_calendar_week(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters
) -> pl.DataFrame:
    """Exposures per participant-week by calendar week and category. See the .sql header."""
    return read_for(viewer, "usage_by_calendar_week").fetch(con, **_people(viewer, filters))


def app_releases(con: duckdb.DuckDBPyConnection, viewer: Viewer, _filters: Filters) -> pl.DataFrame:
    """Versions of the app and since when a group of the viewer's smallest size has had them."""
    asked = parameters(viewer, Filters())
    return sqlfile.load("reads/app_releases.sql").fetch(
        con,
        sites=asked["sites"],
        participants=asked["participants"],
        smallest=max(viewer.smallest_cell, 1),
    )


def _people(viewer: Viewer, filters: Filters) -> dict[str, object]:
    """What narrows a read to participants, without study weeks: for calendar weeks."""
    given = parameters(viewer, filters)
    return {name: given[name] for name in ("sites", "arms", "cohorts", "participants")}
