"""Reads of the Dictionary page: what the events of the app mean in this study."""

import duckdb
import polars as pl

from access.viewer import Viewer
from queries import sqlfile
from queries.filters import Filters
from queries.scope import parameters


def feature_dictionary(con: duckdb.DuckDBPyConnection, viewer: Viewer) -> pl.DataFrame:
    """Every pattern of the study file with its feature, stage and versions. See the .sql header."""
    asked = parameters(viewer, Filters())
    return sqlfile.load("reads/feature_dictionary.sql").fetch(
        con, sites=asked["sites"], participants=asked["participants"]
    )
