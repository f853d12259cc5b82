"""Reads of the Alliance page: dimensions over time, by group, completeness, latest scores."""

from typing import Literal

import duckdb
import polars as pl

from access.viewer import Viewer
from queries import sqlfile
from queries.counted import read_for
from queries.filters import Filters
from queries.scope import parameters

Split = Literal["cohort", "arm", "site"]


def alliance_by_week(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters
) -> pl.DataFrame:
    """Mean complete score per dimension and study week. See the .sql header for columns."""
    return read_for(viewer, "alliance_by_week").fetch(con, **parameters(viewer, filters))


def alliance_by_group(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters, split: Split
) -> pl.DataFrame:
    """Mean complete score of `filters.dimension` per study week, by cohort, arm or site.

    A masked viewer gets the arms' masked labels. See the .sql header for columns.
    """
    return read_for(viewer, "alliance_by_group").fetch(
        con,
        **parameters(viewer, filters),
        dimension=filters.dimension,
        split=split,
        is_masked=viewer.is_masked,
    )


def survey_status(con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """What became of each scheduled survey, by use in its week. See the .sql header."""
    return read_for(viewer, "survey_status").fetch(con, **parameters(viewer, filters))


def alliance_latest(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters
) -> pl.DataFrame:
    """Each participant's latest complete score per dimension, without ids. See the .sql header."""
    return sqlfile.load("reads/alliance_latest.sql").fetch(con, **parameters(viewer, filters))


def dimension_measures(con: duckdb.DuckDBPyConnection, _viewer: Viewer) -> pl.DataFrame:
    """Which scale measures each dimension. The study's words are the same for every viewer."""
    return sqlfile.load("reads/dimension_measures.sql").fetch(con)
