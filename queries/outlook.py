"""Reads of the analyses on the Outlook page. See each `.sql` header for columns and units."""

import duckdb
import polars as pl

from access.viewer import Viewer
from queries import scope, sqlfile
from queries.filters import Filters

Connection = duckdb.DuckDBPyConnection


def measures(con: Connection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """Alliance and weekly use by the day on which they were known; all weeks."""
    return sqlfile.load("reads/outlook_measures.sql").fetch(con, **_over_all_weeks(viewer, filters))


def surveys(con: Connection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """What became of each scheduled survey of `filters.dimension`, those to come too; all weeks."""
    return sqlfile.load("reads/outlook_surveys.sql").fetch(
        con, **_over_all_weeks(viewer, filters), dimension=filters.dimension
    )


def missed(
    con: Connection, viewer: Viewer, filters: Filters, *, window_days: int, lag_days: int
) -> pl.DataFrame:
    """Missed surveys of `filters.dimension` with the exposures before them; all weeks."""
    return sqlfile.load("reads/outlook_missed.sql").fetch(
        con,
        **_over_all_weeks(viewer, filters),
        dimension=filters.dimension,
        window_days=window_days,
        lag_days=lag_days,
    )


def _over_all_weeks(viewer: Viewer, filters: Filters) -> dict[str, object]:
    given = scope.parameters(viewer, filters)
    return {name: given[name] for name in given if name not in ("first_week", "last_week")}
