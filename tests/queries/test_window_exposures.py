"""Windows of any length on the mart, against those that the build makes."""

import polars as pl
import pytest

from access.viewer import local_viewer
from queries.filters import Filters
from queries.multiverse import occasion_scores, window_exposures
from tests.queries.spec import insert, make, set_study


@pytest.fixture(autouse=True)
def study(con):
    set_study(con, planned_weeks=6)
    insert(con, "raw.roster", "participant_id | enrolled_date | arm_id\n"
        "p1 | 2025-03-01 | a\np2 | 2025-03-02 | a")  # fmt: skip
    insert(con, "dim_features", "feature_id | exposure_stage\npraise | seen")
    insert(con, "dim_feature_events", "feature_id | stage | event_like\npraise | seen | shown")
    insert(con, "dim_items", "item_id\n1\n2")
    insert(con, "dim_scales", "scale_id | min_items | n_items\ntotal | 1 | 2")
    insert(con, "dim_scale_items", "scale_id | item_id\ntotal | 1\ntotal | 2")
    insert(con, "dim_dimensions", "dimension_id | is_total\nalliance | true")
    insert(con, "dim_dimension_scales", "dimension_id | scale_id\nalliance | total")
    events = [
        f"p{who} | 2025-03-{day:02d} 10:00 | shown"
        for who in (1, 2)
        for day in range(1, 25, 1 + who)
    ]
    insert(con, "raw.events", "participant_id | occurred_at | event_name\n" + "\n".join(events))
    answers = [
        f"p{who} | 2025-03-{day:02d} 12:00 | {item} | {3 + item}"
        for who in (1, 2)
        for day in (5, 9, 16, 22)
        for item in ((1, 2) if day != 16 else (1,))
    ]
    insert(
        con, "raw.answers", "participant_id | answered_at | item_id | value\n" + "\n".join(answers)
    )


TABLES = (
    *("fct_dimension_scores", "fct_exposures", "fct_sessions", "fct_data_days"),
    *("fct_participants", "fct_use_limits", "model_rows"),
)


def test_the_window_of_the_study_file_is_that_of_the_build(con):
    make(con, *TABLES)
    built = con.sql(
        "select participant_id, cast(answered_at as date) as local_date, feature_id, is_covered, "
        "n_exposures, n_window_sessions, exposure_rate from model_rows where dimension_id = "
        "'alliance' and window_days = 7 and lag_days = 0 order by 1, 2, 3"
    ).pl()
    assert window_exposures(con, local_viewer(), window_days=7).equals(built)
    assert built["is_covered"].sum() >= 4


def test_a_longer_window_counts_more_and_covers_less(con):
    make(con, *TABLES)
    week, fortnight, late = (
        window_exposures(con, local_viewer(), window_days=days, lag_days=lag)
        for days, lag in ((7, 0), (14, 0), (7, 7))
    )
    assert fortnight["is_covered"].sum() < week["is_covered"].sum()
    both = fortnight.join(week, on=["participant_id", "local_date"]).filter("is_covered")
    assert (both["n_exposures"] >= both["n_exposures_right"]).all()
    assert late["is_covered"].equals(fortnight["is_covered"])
    split = fortnight.join(late, on=["participant_id", "local_date"], suffix="_late").join(
        week, on=["participant_id", "local_date"], suffix="_week"
    )
    known = split.filter("is_covered")
    assert (known["n_exposures"] == known["n_exposures_late"] + known["n_exposures_week"]).all()


def test_scores_say_whether_all_was_answered(con):
    make(con, "fct_dimension_scores")
    scores = occasion_scores(con, local_viewer(), Filters())
    assert scores.filter(~pl.col("is_complete")).height == 2
    assert scores["previous_score"].null_count() == 2
