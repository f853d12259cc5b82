"""Reads of the Dictionary page: what the events of the app mean in this study."""

import duckdb
import polars as pl

from access.viewer import Viewer
from queries.counted import read_for
from queries.filters import Filters
from queries.scope import parameters


def feature_dictionary(con: duckdb.DuckDBPyConnection, viewer: Viewer) -> pl.DataFrame:
    """Every pattern of the study file with its feature, stage and versions. See the .sql header."""
    asked = parameters(viewer, Filters())
    return read_for(viewer, "feature_dictionary").fetch(
        con, sites=asked["sites"], participants=asked["participants"]
    )
