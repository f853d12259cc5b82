"""Frames for the models: one outcome's rows, or the weeks of the adherence model."""

import duckdb
import polars as pl

from access.viewer import Viewer
from queries import sqlfile
from queries.filters import Filters
from queries.scope import parameters


def model_rows(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters, *, window_days: int
) -> pl.DataFrame:
    """Rows of `filters.dimension` with exposure in the days before. See the .sql header.

    No rows come where the build holds no window of that length.
    """
    return sqlfile.load("reads/model_rows.sql").fetch(
        con,
        **parameters(viewer, filters),
        dimension=filters.dimension,
        window_days=window_days,
    )


def model_weeks(con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """Weeks with what was due and done, and what came before. See the .sql header."""
    return sqlfile.load("reads/model_weeks.sql").fetch(con, **parameters(viewer, filters))
