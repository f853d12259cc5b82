"""Frames for models in other windows than those of the study file: scores, and exposure before."""

import duckdb
import polars as pl

from access.viewer import Viewer
from queries import sqlfile
from queries.filters import Filters
from queries.scope import parameters


def occasion_scores(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters
) -> pl.DataFrame:
    """Every score of every dimension, with its day. See the .sql header."""
    return sqlfile.load("reads/occasion_scores.sql").fetch(con, **parameters(viewer, filters))


def window_exposures(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, *, window_days: int, lag_days: int = 0
) -> pl.DataFrame:
    """Exposure to each feature before each day of a survey. See the .sql header."""
    asked = parameters(viewer, Filters())
    return sqlfile.load("reads/window_exposures.sql").fetch(
        con,
        sites=asked["sites"],
        participants=asked["participants"],
        window_days=window_days,
        lag_days=lag_days,
    )
