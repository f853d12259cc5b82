import pytest

from tests.queries.spec import expect, insert, set_study

ROSTER = """
participant_id | enrolled_date
p1             | 2025-03-05
"""


@pytest.fixture(autouse=True)
def roster(con):
    insert(con, "raw.roster", ROSTER)


def test_a_silence_of_exactly_the_gap_does_not_end_a_session(con):
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at
        p1             | 2025-03-05 10:00:00
        p1             | 2025-03-05 10:30:00
        p1             | 2025-03-05 11:00:00.000001
    """,
    )
    expect(
        con,
        "fct_sessions",
        """
        session_number | started_at          | n_events | is_single_event
        1              | 2025-03-05 10:00:00 | 2        | false
        2              | 2025-03-05 11:00:00.000001 | 1 | true
    """,
    )


def test_idle_time_counts_up_to_its_cap(con):
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at
        p1             | 2025-03-05 10:00:00
        p1             | 2025-03-05 10:02:00
        p1             | 2025-03-05 10:27:00
    """,
    )
    expect(
        con,
        "fct_sessions",
        """
        n_events | duration_s
        3        | 720
    """,
    )


def test_one_event_alone_has_no_duration_and_two_at_once_have_none_of_length_zero(con):
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at
        p1             | 2025-03-05 10:00:00
        p1             | 2025-03-06 10:00:00
        p1             | 2025-03-06 10:00:00
    """,
    )
    expect(
        con,
        "fct_sessions",
        """
        local_date | n_events | duration_s | is_single_event
        2025-03-05 | 1        |            | true
        2025-03-06 | 2        | 0          | false
    """,
    )
    expect(
        con,
        "fct_participant_days",
        """
        local_date | n_sessions | n_events | active_s
        2025-03-05 | 1          | 1        | 0
        2025-03-06 | 1          | 2        | 0
    """,
    )


def test_the_local_day_counts_and_a_session_belongs_to_the_day_it_began(con):
    # Clocks in London go forward on 2025-03-30 at 01:00 UTC: 23:30 UTC is then 00:30 of the next day.
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at         | local_date
        p1             | 2025-03-29 23:30:00 | 2025-03-29
        p1             | 2025-03-29 23:50:00 | 2025-03-29
        p1             | 2025-03-30 00:10:00 | 2025-03-30
        p1             | 2025-03-30 23:30:00 | 2025-03-31
    """,
    )
    expect(
        con,
        "fct_sessions",
        """
        local_date | study_day | study_week | n_events
        2025-03-29 | 24        | 3          | 3
        2025-03-31 | 26        | 3          | 1
    """,
    )


def test_use_before_day_zero_is_kept_and_counts_in_no_week(con):
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at
        p1             | 2025-03-04 10:00:00
        p1             | 2025-02-26 10:00:00
        p1             | 2025-02-25 10:00:00
        p1             | 2025-03-05 00:00:00
    """,
    )
    expect(
        con,
        "fct_sessions",
        """
        local_date | study_day | study_week | is_before_day_zero
        2025-02-25 | -8        | -2         | true
        2025-02-26 | -7        | -1         | true
        2025-03-04 | -1        | -1         | true
        2025-03-05 | 0         | 0          | false
    """,
    )
    expect(
        con,
        "fct_participant_weeks",
        """
        study_week | n_sessions
        0          | 1
        1          | 0
        2          | 0
    """,
    )
    expect(
        con,
        "fct_participants",
        """
        n_sessions | n_active_days | first_use_date
        1          | 1             | 2025-03-05
    """,
    )


def test_calendar_weeks_begin_on_the_monday_on_or_before_day_zero(con):
    set_study(con, week_rule="calendar")
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at
        p1             | 2025-03-03 10:00:00
        p1             | 2025-03-09 10:00:00
        p1             | 2025-03-10 10:00:00
    """,
    )
    expect(
        con,
        "fct_sessions",
        """
        local_date | study_day | study_week | is_before_day_zero
        2025-03-03 | -2        | 0          | true
        2025-03-09 | 4         | 0          | false
        2025-03-10 | 5         | 1          | false
    """,
    )
    expect(
        con,
        "fct_participant_weeks",
        """
        study_week | week_start | is_complete_week | n_sessions
        0          | 2025-03-03 | false            | 1
        1          | 2025-03-10 | true             | 1
        2          | 2025-03-17 | true             | 0
    """,
    )


def test_what_does_not_count_makes_no_session(con):
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at         | status
        p1             | 2025-03-05 10:00:00 | rejected
        p1             | 2025-03-06 10:00:00 | duplicate
        p1             | 2025-03-07 10:00:00 | loaded
    """,
    )
    expect(
        con,
        "fct_sessions",
        """
        local_date
        2025-03-07
    """,
    )


def test_what_the_app_did_alone_is_no_use(con):
    insert(
        con,
        "dim_features",
        """
        feature_id | exposure_stage | is_always_on
        reminder   | delivered      | false
        guide      | delivered      | true
    """,
    )
    insert(
        con,
        "dim_feature_events",
        r"""
        feature_id | stage     | event_like
        reminder   | delivered | push\_delivered
        reminder   | seen      | push\_opened
        guide      | delivered | screen
    """,
    )
    insert(
        con,
        "dim_ledger_events",
        """
        step      | event_like
        delivered | unlocked
        done      | completed
    """,
    )
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at         | event_name
        p1             | 2025-03-05 10:00:00 | push_delivered
        p1             | 2025-03-06 10:00:00 | push_opened
        p1             | 2025-03-07 10:00:00 | unlocked
        p1             | 2025-03-08 10:00:00 | completed
        p1             | 2025-03-09 10:00:00 | screen
        p1             | 2025-03-10 10:00:00 | unknown
        p1             | 2025-03-11 10:00:00 | pushXdelivered
    """,
    )
    expect(
        con,
        "fct_sessions",
        """
        local_date
        2025-03-06
        2025-03-08
        2025-03-09
        2025-03-10
        2025-03-11
    """,
    )
    expect(
        con,
        "fct_data_days",
        """
        local_date | n_events
        2025-03-05 | 1
    """,
        "local_date = '2025-03-05'",
    )
    expect(
        con,
        "fct_unmapped_events",
        """
        event_name     | n_events | n_participants
        unknown        | 1        | 1
        pushXdelivered | 1        | 1
    """,
    )


@pytest.mark.parametrize("rows", [(9, 10), (10, 9)])
def test_of_events_at_one_time_the_earlier_date_counts_in_any_order_of_rows(con, rows):
    insert(
        con,
        "raw.events",
        f"""
        participant_id | occurred_at         | source_row | local_date
        p1             | 2025-03-05 10:00:00 | {rows[0]}  | 2025-03-06
        p1             | 2025-03-05 10:00:00 | {rows[1]}  | 2025-03-05
    """,
    )
    expect(
        con,
        "fct_sessions",
        """
        local_date | n_events
        2025-03-05 | 2
    """,
    )
