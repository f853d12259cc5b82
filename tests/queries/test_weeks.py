from tests.queries.spec import expect, insert, reach, set_study


def test_weeks_without_use_are_rows_and_weeks_to_come_are_not(con):
    reach(con, "2025-03-12")
    insert(
        con,
        "raw.roster",
        """
        participant_id | enrolled_date | arm_id | site_id
        early          | 2025-02-26    | a      | london
        today          | 2025-03-12    | a      | bath
        tomorrow       | 2025-03-13    | b      | bath
    """,
    )
    expect(
        con,
        "fct_participant_weeks",
        """
        participant_id | arm_id | site_id | cohort  | study_week | week_start | is_complete_week | is_active | n_sessions | active_s
        early          | a      | london  | 2025-02 | 0          | 2025-02-26 | true             | false     | 0          | 0
        early          | a      | london  | 2025-02 | 1          | 2025-03-05 | true             | false     | 0          | 0
        early          | a      | london  | 2025-02 | 2          | 2025-03-12 | false            | false     | 0          | 0
        today          | a      | bath    | 2025-03 | 0          | 2025-03-12 | false            | false     | 0          | 0
    """,
    )
    expect(
        con,
        "fct_participants",
        """
        participant_id | weeks_at_risk | is_starter | nonusage_day | dropout_day
        early          | 3             | false      | 0            | 14
        today          | 1             | false      | 0            | 0
        tomorrow       | 0             |            |              |
    """,
    )


def test_a_week_is_complete_once_its_last_day_is_wholly_in_the_data(con):
    insert(
        con,
        "raw.roster",
        """
        participant_id | enrolled_date
        p1             | 2025-03-01
    """,
    )
    reach(con, "2025-03-07")
    expect(
        con,
        "int_weeks_at_risk",
        """
        study_week | is_complete_week
        0          | false
    """,
    )
    con.execute("drop table int_weeks_at_risk")
    reach(con, "2025-03-07", lock=True)
    expect(
        con,
        "int_weeks_at_risk",
        """
        study_week | is_complete_week
        0          | true
    """,
    )


def test_time_at_risk_ends_with_the_withdrawal(con):
    insert(
        con,
        "raw.roster",
        """
        participant_id | enrolled_date | withdrawn_date | withdrawal_kind
        in_week_1      | 2025-03-01    | 2025-03-10     | dropout
        last_of_week_0 | 2025-03-01    | 2025-03-07     | lost
        before         | 2025-03-01    | 2025-02-27     | dropout
        stopped        | 2025-03-01    | 2025-03-10     | stopped_app
    """,
    )
    expect(
        con,
        "fct_participant_weeks",
        """
        participant_id | study_week | is_complete_week
        in_week_1      | 0          | true
        in_week_1      | 1          | false
        last_of_week_0 | 0          | false
        stopped        | 0          | true
        stopped        | 1          | false
    """,
    )
    expect(
        con,
        "fct_participants",
        """
        participant_id | is_dropout_event | dropout_day | weeks_at_risk
        in_week_1      | true             | 9           | 2
        last_of_week_0 | true             | 6           | 1
        before         |                  |             | 0
        stopped        | false            | 30          | 2
    """,
    )


def test_silence_up_to_the_end_is_nonusage_and_the_rest_is_censored_where_it_can_be_told(con):
    # 21 planned days (0 to 20), silence of 7: what happens after day 14 cannot be told.
    insert(
        con,
        "raw.roster",
        """
        participant_id | enrolled_date
        left_on_14     | 2025-03-01
        used_on_14     | 2025-03-01
        never          | 2025-03-01
        came_back      | 2025-03-01
        after_the_end  | 2025-03-01
    """,
    )
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at
        left_on_14     | 2025-03-14 10:00
        used_on_14     | 2025-03-15 10:00
        came_back      | 2025-03-01 10:00
        came_back      | 2025-03-20 10:00
        after_the_end  | 2025-03-02 10:00
        after_the_end  | 2025-03-25 10:00
    """,
    )
    expect(
        con,
        "fct_participants",
        """
        participant_id | is_starter | is_nonusage_event | nonusage_day | is_dropout_event
        left_on_14     | true       | true              | 14           | false
        used_on_14     | true       | false             | 14           | false
        never          | false      | true              | 0            | false
        came_back      | true       | false             | 14           | false
        after_the_end  | true       | true              | 2            | false
    """,
    )


def test_a_day_seen_in_part_ends_a_silence_but_is_no_silent_day(con):
    # Day 13 is the last, and not whole: of the silences of 7 days only those to day 12 are told.
    reach(con, "2025-03-14")
    insert(
        con,
        "raw.roster",
        """
        participant_id | enrolled_date
        silent_from_6  | 2025-03-01
        silent_from_7  | 2025-03-01
        back_on_13     | 2025-03-01
        began_on_13    | 2025-03-14
    """,
    )
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at
        silent_from_6  | 2025-03-06 10:00
        silent_from_7  | 2025-03-07 10:00
        back_on_13     | 2025-03-02 10:00
        back_on_13     | 2025-03-14 10:00
        began_on_13    | 2025-03-14 10:00
    """,
    )
    expect(
        con,
        "fct_participants",
        """
        participant_id | is_starter | is_nonusage_event | nonusage_day
        silent_from_6  | true       | true              | 6
        silent_from_7  | true       | false             | 6
        back_on_13     | true       | false             | 6
        began_on_13    | true       | false             | 0
    """,
    )


def test_dropout_is_followed_as_far_as_events_or_answers_reach(con):
    # Six weeks of follow-up: days 0 to 41. Events reach day 9, answers day 14.
    reach(con, "2025-03-10", surveys="2025-03-14")
    insert(
        con,
        "raw.roster",
        """
        participant_id | enrolled_date | withdrawn_date | withdrawal_kind
        by_answers     | 2025-03-01    | 2025-03-14     | dropout
        beyond_data    | 2025-03-01    | 2025-03-17     | dropout
        followed       | 2025-03-01    |                |
        all_of_it      | 2025-01-01    | 2025-03-05     | dropout
    """,
    )
    expect(
        con,
        "fct_participants",
        """
        participant_id | is_dropout_event | dropout_day
        by_answers     | true             | 13
        beyond_data    | false            | 14
        followed       | false            | 14
        all_of_it      | false            | 41
    """,
    )


def test_without_a_roster_whoever_left_a_trace_takes_part(con):
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at
        p1             | 2025-03-03 10:00
        p1             | 2025-03-02 10:00
    """,
    )
    insert(
        con,
        "raw.answers",
        """
        participant_id | answered_at      | item_id | value
        p1             | 2025-03-01 10:00 | 1       | 3
        p2             | 2025-03-09 10:00 | 1       | 3
    """,
    )
    expect(
        con,
        "fct_participants",
        """
        participant_id | arm_id | enrolled_date | cohort  | day_zero
        p1             |        |               | 2025-03 | 2025-03-02
        p2             |        |               | 2025-03 | 2025-03-09
    """,
    )


def test_day_zero_can_be_a_date_or_the_first_event(con):
    insert(
        con,
        "raw.roster",
        """
        participant_id | enrolled_date
        p1             | 2025-03-01
        p2             | 2025-03-01
    """,
    )
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at
        p1             | 2025-03-04 10:00
    """,
    )
    set_study(con, day_zero="first_event")
    expect(
        con,
        "int_participants_dated",
        """
        participant_id | day_zero
        p1             | 2025-03-04
        p2             |
    """,
    )
    con.execute("drop table int_participants_dated")
    set_study(con, day_zero="2025-02-03")
    expect(
        con,
        "int_participants_dated",
        """
        participant_id | day_zero   | planned_end_date
        p1             | 2025-02-03 | 2025-02-23
        p2             | 2025-02-03 | 2025-02-23
    """,
    )


def test_nothing_later_than_a_lock_is_known(con):
    reach(con, "2025-03-10", lock=True)
    insert(
        con,
        "raw.roster",
        """
        participant_id | enrolled_date | withdrawn_date | withdrawal_kind
        p1             | 2025-03-01    | 2025-03-20     | dropout
        p2             | 2025-03-11    |                |
    """,
    )
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at
        p1             | 2025-03-10 10:00
        p1             | 2025-03-11 10:00
    """,
    )
    expect(
        con,
        "fct_participants",
        """
        participant_id | withdrawn_date | withdrawal_kind | n_sessions | weeks_at_risk
        p1             |                |                 | 1          | 2
    """,
    )


def test_minutes_and_days_add_up_over_the_week(con):
    insert(
        con,
        "raw.roster",
        """
        participant_id | enrolled_date
        p1             | 2025-03-01
    """,
    )
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at
        p1             | 2025-03-01 10:00
        p1             | 2025-03-01 10:05
        p1             | 2025-03-01 15:00
        p1             | 2025-03-07 10:00
        p1             | 2025-03-07 10:01
        p1             | 2025-03-08 10:00
    """,
    )
    expect(
        con,
        "fct_participant_weeks",
        """
        study_week | n_sessions | n_active_days | n_events | active_s | is_active
        0          | 3          | 2             | 5        | 360      | true
        1          | 1          | 1             | 1        | 0        | true
        2          | 0          | 0             | 0        | 0        | false
    """,
    )
