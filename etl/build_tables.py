"""The tables of a build that come from the study file and from the build itself."""

from datetime import UTC, date, datetime, time, timedelta

import duckdb
import polars as pl

from etl.version import rapport_version
from study.definition import Study
from study.outcomes import presets
from study.tables import study_tables

BUILD_SCHEMA = pl.Schema(
    {
        "build_id": pl.String(),
        "built_at": pl.Datetime("us"),
        "study_hash": pl.String(),
        "rapport_version": pl.String(),
        "as_of_at": pl.Datetime("us"),
        "as_of_date": pl.Date(),
        "observed_until": pl.Date(),
        "surveys_until": pl.Date(),
        "is_locked": pl.Boolean(),
    }
)
MODELS_SCHEMA = pl.Schema(
    {
        "model_id": pl.String(),
        "outcome": pl.String(),
        "window_days": pl.Int32(),
        "transform": pl.String(),
        "lag_days": pl.Int32(),
    }
)


def tables_of(study: Study) -> dict[str, pl.DataFrame]:
    """Every `dim_` table that the study file alone gives, by name."""
    return {**study_tables(study), "dim_models": models_table(study)}


def write_tables(con: duckdb.DuckDBPyConnection, tables: dict[str, pl.DataFrame]) -> dict[str, int]:
    """Write `dim_` tables; returns their numbers of rows by name."""
    # In one transaction: the disk is waited for once, and not for each of many small tables.
    con.begin()
    for name, frame in tables.items():
        con.from_arrow(frame.to_arrow()).create(name)
    con.commit()
    return {name: frame.height for name, frame in tables.items()}


def models_table(study: Study) -> pl.DataFrame:
    """`dim_models`: the study's named models; one of seven days where it names none."""
    rows = [
        (one.id, one.outcome, one.window_days, one.transform, one.lag_days)
        for one in presets(study)
    ]
    return pl.DataFrame(rows, schema=MODELS_SCHEMA, orient="row")


def build_table(reach: pl.DataFrame, study: Study, build_id: str) -> pl.DataFrame:
    """`dim_build`: one row that says what the build is and how far its data reach.

    `reach` is what `stg_as_of` found, one row.

    The day of the last event is seen in part only, so what can be said of whole days ends the day
    before (`observed_until`); surveys may reach further than events (`surveys_until`). A date in
    the study file is a lock (`is_locked`): its whole day counts, and nothing later is read.
    """
    now = datetime.now(UTC).replace(tzinfo=None)
    seen = reach.row(0, named=True)
    is_locked = study.study.as_of != "last_event"
    if is_locked:
        as_of_date = date.fromisoformat(study.study.as_of)
        as_of_at = datetime.combine(as_of_date + timedelta(days=1), time())
        observed_until = surveys_until = as_of_date
    else:
        as_of_at = seen["last_event_at"] or seen["last_answer_at"] or now
        as_of_date = seen["last_event_date"] or seen["last_answer_date"] or now.date()
        observed_until = as_of_date - timedelta(days=1)
        last_answer = seen["last_answer_date"] or as_of_date
        surveys_until = max(as_of_date, last_answer) - timedelta(days=1)
    row = (
        build_id,
        now,
        study.digest,
        rapport_version(),
        as_of_at,
        as_of_date,
        observed_until,
        surveys_until,
        is_locked,
    )
    return pl.DataFrame([row], schema=BUILD_SCHEMA, orient="row")
