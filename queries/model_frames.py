"""Frames for the models: one outcome's rows, or the weeks of the adherence model."""

from collections.abc import Mapping
from dataclasses import replace

import duckdb
import polars as pl

from access.viewer import Viewer
from queries import sqlfile
from queries.filters import Filters
from queries.scope import parameters
from study.presets import WEEKLY_ADHERENCE

_VALUES = {"number": "number_value", "category": "text_value"}


def model_rows(
    con: duckdb.DuckDBPyConnection,
    viewer: Viewer,
    filters: Filters,
    *,
    window_days: int,
    lag_days: int = 0,
    moderator: str | None = None,
) -> pl.DataFrame:
    """Rows of `filters.dimension` with exposure in the days before. See the .sql header.

    No rows come where the build holds no window of that length and lag. `moderator_score` is NULL
    without a moderator, which is the id of a dimension.
    """
    return sqlfile.load("reads/model_rows.sql").fetch(
        con,
        **parameters(viewer, filters),
        dimension=filters.dimension,
        window_days=window_days,
        lag_days=lag_days,
        moderator=moderator,
    )


def model_weeks(
    con: duckdb.DuckDBPyConnection,
    viewer: Viewer,
    filters: Filters,
    *,
    moderator: str | None = None,
) -> pl.DataFrame:
    """Weeks with what was due and done, and what came before. See the .sql header."""
    return sqlfile.load("reads/model_weeks.sql").fetch(
        con, **parameters(viewer, filters), moderator=moderator
    )


def rows_of_model(
    con: duckdb.DuckDBPyConnection,
    viewer: Viewer,
    *,
    outcome: str,
    window_days: int,
    lag_days: int,
    moderator: str | None,
    covariates: Mapping[str, str],
) -> pl.DataFrame:
    """What a model is fitted to: `model_weeks` for weekly adherence, `model_rows` for a dimension.

    `covariates` are the kinds of those that it holds constant, as `with_covariates` takes them.
    """
    if outcome == WEEKLY_ADHERENCE:
        frame = model_weeks(con, viewer, Filters(), moderator=moderator)
    else:
        frame = model_rows(
            con,
            viewer,
            replace(Filters(), dimension=outcome),
            window_days=window_days,
            lag_days=lag_days,
            moderator=moderator,
        )
    return with_covariates(con, viewer, frame, covariates)


def with_covariates(
    con: duckdb.DuckDBPyConnection,
    viewer: Viewer,
    frame: pl.DataFrame,
    kinds: Mapping[str, str],
) -> pl.DataFrame:
    """A frame with one more column a covariate, `covariate:<id>`, NULL where it is not known.

    Parameters
    ----------
    kinds
        By covariate, `number` (a Float64 column) or `category` (String).
    """
    if not kinds:
        return frame
    known = sqlfile.load("reads/model_covariates.sql").fetch(
        con, covariates=list(kinds), participants=parameters(viewer, Filters())["participants"]
    )
    for name, kind in kinds.items():
        values = known.filter(pl.col("covariate_id") == name).select(
            "participant_id", pl.col(_VALUES[kind]).alias(f"covariate:{name}")
        )
        frame = frame.join(values, on="participant_id", how="left", maintain_order="left")
    return frame
