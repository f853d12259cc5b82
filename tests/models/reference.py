"""The frozen R numbers, and the generated data they come from, shaped like the marts' rows."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

FOLDER = Path(__file__).parents[1] / "reference"


@cache
def numbers() -> dict[str, Any]:
    return json.loads((FOLDER / "reference.json").read_text())


def alliance_rows() -> pl.DataFrame:
    wide = pl.read_csv(FOLDER / "alliance.csv", infer_schema_length=None)
    return _long(wide, ["praise", "reminder"])


def singular_rows() -> pl.DataFrame:
    """The singular case, with a feature that nobody ever met: a model without exposure."""
    wide = pl.read_csv(FOLDER / "singular.csv", infer_schema_length=None)
    return _long(wide.with_columns(arm=pl.lit("a"), praise=pl.lit(0)), ["praise"])


def adherence_weeks() -> pl.DataFrame:
    wide = pl.read_csv(FOLDER / "adherence.csv")
    return wide.select(
        participant_id=pl.format("p{}", "participant"),
        arm_id=pl.lit("a"),
        study_week="week",
        due_sessions="due",
        done_sessions="done",
        feature_id=pl.lit("praise"),
        n_exposures_lag=pl.col("praise").cast(pl.Float64),
        n_sessions_lag=pl.lit(None, pl.Int64),
        exposure_rate_lag=pl.lit(None, pl.Float64),
        n_sessions_before=pl.lit(None, pl.Int64),
        alliance_lag=pl.lit(None, pl.Float64),
        is_complete_week=pl.lit(value=True),
    )


def _long(wide: pl.DataFrame, features: list[str]) -> pl.DataFrame:
    return wide.unpivot(
        on=features,
        index=["participant", "k", "weeks", "arm", "score"],
        variable_name="feature_id",
        value_name="n_exposures",
    ).select(
        participant_id=pl.format("p{}", "participant"),
        arm_id="arm",
        occasion_id=pl.format("o{}", "k"),
        weeks=pl.col("weeks").cast(pl.Float64),
        feature_id="feature_id",
        score="score",
        previous_score=pl.lit(None, pl.Float64),
        n_exposures=pl.col("n_exposures").cast(pl.Float64),
        n_window_sessions=pl.lit(None, pl.Int64),
        exposure_rate=pl.lit(None, pl.Float64),
        is_covered=pl.lit(value=True),
    )
