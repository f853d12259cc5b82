"""Exposure, then alliance, then the week after: on rows small enough to read."""

import polars as pl
import pytest

from models.mediation.chain import ROLES, weekly_chain
from models.mediation.mediate import mediate
from tests.models.mediation import panels

ROWS = pl.DataFrame(
    {
        "participant_id": ["a", "a", "a", "a", "b"],
        "occasion_id": ["1", "1", "2", "3", "4"],
        "feature_id": ["praise", "badge", "praise", "praise", "praise"],
        "weeks": [8 / 7, 8 / 7, 13 / 7, 14 / 7, 3 / 7],
        "n_exposures": [2.0, 9.0, 3.0, None, 5.0],
        "score": [4.0, 4.0, 5.0, 6.0, 3.0],
        "previous_score": [None, None, 4.0, 5.0, None],
    }
)
WEEKS = pl.DataFrame(
    {
        "participant_id": ["a", "a", "a", "b", "b"],
        "feature_id": ["praise"] * 5,
        "study_week": [1, 2, 3, 0, 1],
        "due_sessions": [1, 1, 2, 1, 1],
        "done_sessions": [1, 0, 3, 1, 1],
        "n_sessions_lag": [4, 5, 6, None, 7],
        "is_complete_week": [True, True, True, True, False],
    }
)


def test_each_survey_meets_the_week_that_begins_after_its_day():
    chain = weekly_chain(ROWS, WEEKS, feature="praise")
    assert chain.select(
        "participant_id",
        "n_exposures",
        "score",
        "done_sessions",
        "due_sessions",
        "earlier_sessions",
    ).rows() == [
        # Day 13 replaces day 8: both lie before week 2. A day that begins a week waits for the next.
        ("a", 3.0, 5.0, 0.0, 1.0, 4.0),
        ("a", None, 6.0, 2.0, 2.0, 5.0),
        ("b", 5.0, 3.0, None, None, None),
    ]
    assert chain.select("exposure_end_day", "survey_day", "outcome_start_day").rows() == [
        (12, 13, 14),
        (13, 14, 21),
        (2, 3, 7),
    ]


def test_a_gap_moves_the_window_back():
    assert weekly_chain(ROWS, WEEKS, feature="praise", lag_days=3)["exposure_end_day"][0] == 9


def test_the_chain_is_what_mediation_takes():
    table = panels.table().rename({"participant": "participant_id"})
    rows = table.select(
        pl.col("participant_id").cast(pl.String),
        pl.format("o{}", "week").alias("occasion_id"),
        pl.lit("praise").alias("feature_id"),
        (pl.col("week") - 1).cast(pl.Float64).alias("weeks"),
        pl.col("praise").cast(pl.Float64).alias("n_exposures"),
        pl.col("alliance").alias("score"),
        pl.lit(None, pl.Float64).alias("previous_score"),
    )
    weeks = table.select(
        pl.col("participant_id").cast(pl.String),
        "week",
        study_week="week",
        due_sessions="due",
        done_sessions="done",
        n_sessions_lag=pl.lit(1),
        is_complete_week=pl.lit(value=True),
    )
    fit = mediate(weekly_chain(rows, weeks, feature="praise"), **ROLES)
    direct = mediate(panels.table(), **panels.ROLES, outcome="done", trials="due")
    assert fit.indirect.estimate == pytest.approx(direct.indirect.estimate, rel=1e-5)
    assert fit.n_rows == direct.n_rows
