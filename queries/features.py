"""Reads of the Features page: exposure over weeks, reach, funnel, and the map's rows."""

import duckdb
import polars as pl

from access.viewer import Viewer
from queries import sqlfile
from queries.counted import read_for
from queries.filters import Filters
from queries.scope import parameters

MOST_TIMES = 10
"""Up to so many times a stage was reached are told apart by `fct_stage_counts`."""


def exposure_by_category(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters
) -> pl.DataFrame:
    """Mean exposures per participant at risk, by PSD category and study week. See the .sql."""
    return read_for(viewer, "exposure_by_category").fetch(con, **parameters(viewer, filters))


def exposure_by_feature(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters
) -> pl.DataFrame:
    """Mean exposures per participant at risk, by feature and study week. See the .sql header."""
    return read_for(viewer, "exposure_by_feature").fetch(con, **parameters(viewer, filters))


def exposure_funnel(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters, *, least: int = 1
) -> pl.DataFrame:
    """Exposures at every stage of each feature, and participants who reached it `least` times."""
    is_counted = filters.is_whole and least <= MOST_TIMES
    query = read_for(viewer, "exposure_funnel", is_counted=is_counted)
    return query.fetch(con, **parameters(viewer, filters), least=least)


def dose_by_stage(con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """Times each stage of each PSD principle was reached, by study week. See the .sql header."""
    return read_for(viewer, "dose_by_stage").fetch(con, **parameters(viewer, filters))


def feature_reach(
    con: duckdb.DuckDBPyConnection,
    viewer: Viewer,
    filters: Filters,
    *,
    app_version: str | None = None,
) -> pl.DataFrame:
    """Breadth and frequency of each feature, under one version of the app or under any."""
    query = read_for(viewer, "feature_reach", is_counted=filters.is_whole)
    return query.fetch(con, **parameters(viewer, filters), app_version=app_version)


def feature_catalogue(con: duckdb.DuckDBPyConnection, _viewer: Viewer) -> pl.DataFrame:
    """Features, principles and categories. The study's words are the same for every viewer."""
    return sqlfile.load("reads/feature_catalogue.sql").fetch(con)


def hypothesised_links(con: duckdb.DuckDBPyConnection, _viewer: Viewer) -> pl.DataFrame:
    """Features and dimensions that the study expects to go together, for every viewer."""
    return sqlfile.load("reads/hypothesised_links.sql").fetch(con)
