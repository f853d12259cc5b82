"""Frames for comparing versions of features: deliveries, and what followed them."""

import duckdb
import polars as pl

from access.viewer import Viewer
from queries import sqlfile
from queries.filters import Filters
from queries.scope import parameters


def variant_catalogue(con: duckdb.DuckDBPyConnection, _viewer: Viewer) -> pl.DataFrame:
    """Versions of features, the same for every viewer of an edition. See the .sql header."""
    return sqlfile.load("reads/variant_catalogue.sql").fetch(con)


def variant_points(con: duckdb.DuckDBPyConnection, viewer: Viewer) -> pl.DataFrame:
    """Deliveries of features that have versions. See the .sql header."""
    return _fetch(con, viewer, "variant_points")


def session_starts(con: duckdb.DuckDBPyConnection, viewer: Viewer) -> pl.DataFrame:
    """When sessions began. See the .sql header."""
    return _fetch(con, viewer, "session_starts")


def sessions_due(con: duckdb.DuckDBPyConnection, viewer: Viewer) -> pl.DataFrame:
    """Sessions that fell due, and what became of them. See the .sql header."""
    return _fetch(con, viewer, "sessions_due")


def weeks_of_use(con: duckdb.DuckDBPyConnection, viewer: Viewer) -> pl.DataFrame:
    """Weeks at risk with sessions begun, due and done. See the .sql header."""
    return _fetch(con, viewer, "weeks_of_use")


def _fetch(con: duckdb.DuckDBPyConnection, viewer: Viewer, name: str) -> pl.DataFrame:
    asked = parameters(viewer, Filters())
    return sqlfile.load(f"reads/{name}.sql").fetch(
        con, sites=asked["sites"], participants=asked["participants"]
    )
