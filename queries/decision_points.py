"""Decision points: deliveries of a feature whose version chance decided."""

import duckdb
import polars as pl

from access.viewer import Viewer
from queries import sqlfile
from queries.filters import Filters
from queries.scope import parameters


def decision_points(
    con: duckdb.DuckDBPyConnection,
    viewer: Viewer,
    filters: Filters,
    *,
    feature: str,
    window_minutes: int = 24 * 60,
) -> pl.DataFrame:
    """Deliveries of a feature and whether a session began within the window. See the .sql header.

    No rows come where the study file names no randomised variant of the feature.
    """
    return sqlfile.load("reads/decision_points.sql").fetch(
        con, **parameters(viewer, filters), feature=feature, window_minutes=window_minutes
    )
