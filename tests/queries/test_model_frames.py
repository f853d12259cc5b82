import pytest

from tests.queries.spec import expect, insert, reach, set_study


@pytest.fixture(autouse=True)
def study(con):
    set_study(con, planned_weeks=6)
    insert(
        con,
        "raw.roster",
        """
        participant_id | enrolled_date | arm_id
        p1             | 2025-03-01    | a
        p2             | 2025-03-01    | a
    """,
    )
    insert(con, "dim_features", "feature_id | exposure_stage\npraise | seen")
    insert(
        con,
        "dim_feature_events",
        """
        feature_id | stage | event_like
        praise     | seen  | shown
        praise     | acted | tapped
    """,
    )
    insert(con, "dim_items", "item_id\n1\n2")
    insert(con, "dim_scales", "scale_id | min_items | n_items\ntotal | 2 | 2")
    insert(con, "dim_scale_items", "scale_id | item_id\ntotal | 1\ntotal | 2")
    insert(con, "dim_dimensions", "dimension_id | is_total\nalliance | true")
    insert(con, "dim_dimension_scales", "dimension_id | scale_id\nalliance | total")


def events(con, *rows):
    lines = "\n".join(rows)
    insert(con, "raw.events", f"participant_id | occurred_at | event_name\n{lines}")


def survey(con, participant, day, score, n_items=2):
    rows = "\n".join(
        f"{participant} | {day} 12:00 | {item} | {score}" for item in range(1, n_items + 1)
    )
    insert(con, "raw.answers", f"participant_id | answered_at | item_id | value\n{rows}")


def test_the_window_ends_the_day_before_the_survey(con):
    events(
        con,
        "p1 | 2025-03-01 00:00 | other",
        "p1 | 2025-03-02 10:00 | shown",
        "p1 | 2025-03-03 10:00 | shown",
        "p1 | 2025-03-03 10:01 | tapped",
        "p1 | 2025-03-09 10:00 | shown",
        "p1 | 2025-03-10 11:59 | shown",
        "p2 | 2025-03-05 10:00 | shown",
    )
    survey(con, "p1", "2025-03-10", 4)
    expect(
        con,
        "model_rows",
        """
        participant_id | study_week | weeks    | score | n_exposures | n_window_sessions | is_covered | exposure_rate | window_days
        p1             | 1          | 1.285714 | 4     | 2           | 2                 | true       | 1             | 7
    """,
    )


def test_a_week_without_use_is_zero_exposure_and_has_no_rate(con):
    events(con, "p1 | 2025-03-01 10:00 | other", "p2 | 2025-03-20 10:00 | other")
    survey(con, "p1", "2025-03-12", 4)
    expect(
        con,
        "model_rows",
        """
        n_exposures | n_window_sessions | exposure_rate | is_covered
        0           | 0                 |               | true
    """,
    )


def test_a_window_that_is_not_covered_knows_nothing(con):
    # The log reaches from 2 to 20 March, whose last day is seen in part; day 0 is 1 March.
    reach(con, "2025-03-20")
    events(
        con,
        "p2 | 2025-03-02 10:00 | shown",
        "p1 | 2025-03-19 10:00 | shown",
        "p1 | 2025-03-20 10:00 | shown",
    )
    survey(con, "p1", "2025-03-04", 1)  # reaches before day 0
    survey(con, "p1", "2025-03-08", 2)  # day 0 to 6, but the log begins on day 1
    survey(con, "p1", "2025-03-09", 3)  # day 1 to 7
    survey(con, "p1", "2025-03-20", 4)  # ends on the last whole day of the log
    survey(con, "p1", "2025-03-21", 5)  # ends on the day that was seen in part
    expect(
        con,
        "model_rows",
        """
        score | is_covered | n_exposures | n_window_sessions | within | "between"
        1     | false      |             |                   |        |
        2     | false      |             |                   |        |
        3     | true       | 0           | 0                 | -0.5   | 0
        4     | true       | 1           | 1                 | 0.5    | 0
        5     | false      |             |                   |        |
    """,
    )


def test_the_whole_day_of_a_lock_is_covered_and_no_later_one(con):
    reach(con, "2025-03-20", lock=True)
    events(con, "p2 | 2025-03-02 10:00 | shown", "p1 | 2025-03-18 10:00 | shown")
    survey(con, "p1", "2025-03-20", 4)
    expect(con, "model_rows", "is_covered | n_exposures\ntrue | 1")


def test_parts_are_centred_on_analysed_rows_only(con):
    events(
        con,
        "p1 | 2025-03-01 10:00 | shown",
        *["p1 | 2025-03-10 10:00 | shown"] * 3,
        *["p1 | 2025-03-17 10:00 | shown"] * 100,
        *["p2 | 2025-03-10 10:00 | shown"] * 8,
        "p2 | 2025-03-29 10:00 | other",
    )
    survey(con, "p1", "2025-03-08", 3)  # 1 exposure
    survey(con, "p1", "2025-03-15", 4)  # 3 exposures
    survey(con, "p1", "2025-03-22", 5, n_items=1)  # 100 exposures, but no score
    survey(con, "p2", "2025-03-15", 6)  # 8 exposures
    # Own means over analysed rows: p1 2, p2 8; over all analysed rows (1 + 3 + 8) / 3 = 4.
    expect(
        con,
        "model_rows",
        """
        participant_id | score | previous_score | n_exposures | within | "between"
        p1             | 3     |                | 1           | -1     | -2
        p1             | 4     | 3              | 3           | 1      | -2
        p1             |       | 4              | 100         |        |
        p2             | 6     |                | 8           | 0      | 4
    """,
    )


def test_every_length_of_window_has_its_own_rows(con):
    con.execute("insert into dim_models values ('short', 'alliance', 2, 'count')")
    con.execute("insert into dim_models values ('again', 'alliance', 7, 'rate')")
    events(
        con,
        "p1 | 2025-03-01 10:00 | shown",
        "p1 | 2025-03-07 10:00 | shown",
        "p1 | 2025-03-09 10:00 | other",
    )
    survey(con, "p1", "2025-03-08", 3)
    expect(
        con,
        "model_rows",
        """
        window_days | n_exposures
        2           | 1
        7           | 2
    """,
    )


def test_weekly_rows_carry_the_week_before(con):
    set_study(con, planned_weeks=4)
    insert(
        con,
        "dim_intended_use",
        """
        arm_id | study_week | due_sessions
        a      | 0          | 1
        a      | 1          | 1
        a      | 2          | 0
        a      | 3          | 1
    """,
    )
    con.execute("delete from raw.roster where participant_id = 'p2'")
    events(
        con,
        "p1 | 2025-03-01 10:00 | shown",
        *["p1 | 2025-03-09 10:00 | shown"] * 9,
        *["p1 | 2025-03-16 10:00 | shown"] * 5,
    )
    survey(con, "p1", "2025-03-08", 3)
    survey(con, "p1", "2025-03-14", 4)
    survey(con, "p1", "2025-03-21", 5, n_items=1)
    # Analysed: weeks 1 and 3; week 2 has nothing due.
    expect(
        con,
        "model_weeks",
        """
        study_week | due_sessions | done_sessions | n_exposures_lag | within_lag | between_lag | alliance_lag | is_complete_week
        0          | 1            | 0             |                 |            |             |              | true
        1          | 1            | 0             | 1               | -2         | 0           |              | true
        2          | 0            | 0             | 9               |            |             | 4            | true
        3          | 1            | 0             | 5               | 2          | 0           | 4            | true
    """,
    )


def test_a_week_still_running_is_not_analysed(con):
    reach(con, "2025-03-10")
    set_study(con, has_intended_use=False)
    con.execute("delete from raw.roster where participant_id = 'p2'")
    events(con, "p1 | 2025-03-01 10:00 | shown")
    expect(
        con,
        "model_weeks",
        """
        study_week | due_sessions | n_exposures_lag | within_lag | is_complete_week
        0          |              |                 |            | true
        1          |              | 1               |            | false
    """,
    )
