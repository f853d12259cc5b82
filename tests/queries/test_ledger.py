import pytest

from tests.queries.spec import expect, insert, reach

STEPS = """
step      | event_like
delivered | unlocked
opened    | started
done      | completed
"""


@pytest.fixture(autouse=True)
def intended(con):
    insert(
        con,
        "dim_intended_use",
        """
        arm_id | study_week | due_sessions
        a      | 0          | 2
        a      | 1          | 1
        a      | 2          | 0
    """,
    )
    insert(con, "dim_ledger_events", STEPS)


def enrol(con, more=""):
    insert(
        con,
        "raw.roster",
        f"""
        participant_id | enrolled_date | arm_id | site_id | withdrawn_date | withdrawal_kind
        p1             | 2025-03-01    | a      | london  |                |
        {more}
    """,
    )


def test_the_kth_event_of_a_week_does_the_kth_session_due(con):
    enrol(con)
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at      | event_name
        p1             | 2025-03-01 08:00 | unlocked
        p1             | 2025-03-02 08:00 | started
        p1             | 2025-03-02 09:00 | completed
        p1             | 2025-03-09 09:00 | completed
        p1             | 2025-03-10 09:00 | completed
    """,
    )
    expect(
        con,
        "fct_ledger",
        """
        obligation_id  | study_week | sequence | due_date   | window_start | delivered_at     | opened_at        | done_at          | status
        session:p1:0:1 | 0          | 1        | 2025-03-07 | 2025-03-01   | 2025-03-01 08:00 | 2025-03-02 08:00 | 2025-03-02 09:00 | done
        session:p1:0:2 | 0          | 2        | 2025-03-07 | 2025-03-01   |                  |                  |                  | missed
        session:p1:1:1 | 1          | 1        | 2025-03-14 | 2025-03-08   |                  |                  | 2025-03-09 09:00 | done
    """,
    )
    expect(
        con,
        "fct_participant_weeks",
        """
        study_week | due_sessions | done_sessions
        0          | 2            | 1
        1          | 1            | 1
        2          | 0            | 0
    """,
    )


def test_done_before_day_zero_does_nothing(con):
    enrol(con)
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at      | event_name
        p1             | 2025-02-28 23:00 | completed
    """,
    )
    expect(
        con,
        "fct_ledger",
        """
        study_week | status
        0          | missed
        0          | missed
        1          | missed
    """,
    )


def test_a_window_is_open_until_its_last_day_is_wholly_in_the_data(con):
    enrol(con)
    reach(con, "2025-03-14")
    expect(
        con,
        "fct_ledger",
        """
        study_week | sequence | status
        0          | 1        | missed
        0          | 2        | missed
        1          | 1        | open
    """,
    )


def test_excused_days_of_the_own_site_excuse_what_was_not_done(con):
    enrol(con, "p2 | 2025-03-01 | a | bath | |")
    insert(
        con,
        "dim_excused",
        """
        site_id | from_date  | to_date
        london  | 2025-03-07 | 2025-03-07
    """,
    )
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at      | event_name
        p1             | 2025-03-02 09:00 | completed
    """,
    )
    expect(
        con,
        "fct_ledger",
        """
        participant_id | study_week | sequence | status
        p1             | 0          | 1        | done
        p1             | 0          | 2        | excused
        p1             | 1          | 1        | missed
        p2             | 0          | 1        | missed
        p2             | 0          | 2        | missed
        p2             | 1          | 1        | missed
    """,
    )
    expect(
        con,
        "fct_participant_weeks",
        """
        participant_id | study_week | due_sessions | done_sessions
        p1             | 0          | 1            | 1
        p1             | 1          | 1            | 0
        p1             | 2          | 0            | 0
        p2             | 0          | 2            | 0
        p2             | 1          | 1            | 0
        p2             | 2          | 0            | 0
    """,
    )


def test_excused_days_without_a_site_hold_for_all(con):
    enrol(con)
    insert(
        con,
        "dim_excused",
        """
        site_id | from_date  | to_date
                | 2025-03-08 | 2025-03-09
    """,
    )
    expect(
        con,
        "fct_ledger",
        """
        study_week | status
        0          | missed
        0          | missed
        1          | excused
    """,
    )


def test_the_week_of_the_withdrawal_has_nothing_due(con):
    insert(
        con,
        "raw.roster",
        """
        participant_id | enrolled_date | arm_id | withdrawn_date | withdrawal_kind
        p1             | 2025-03-01    | a      | 2025-03-14     | dropout
    """,
    )
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at      | event_name
        p1             | 2025-03-09 09:00 | completed
    """,
    )
    expect(
        con,
        "fct_participant_weeks",
        """
        study_week | is_complete_week | n_sessions | due_sessions | done_sessions
        0          | true             | 0          | 2            | 0
        1          | false            | 1          | 0            | 0
    """,
    )


def test_without_intended_use_nothing_is_due_and_that_is_not_zero(con):
    con.execute("update dim_study set has_intended_use = false")
    enrol(con)
    expect(
        con,
        "fct_participant_weeks",
        """
        study_week | due_sessions | done_sessions
        0          |              |
        1          |              |
        2          |              |
    """,
    )


def test_in_a_study_without_arms_the_same_is_due_for_all(con):
    con.execute("update dim_intended_use set arm_id = null")
    insert(
        con,
        "raw.roster",
        """
        participant_id | enrolled_date
        p1             | 2025-03-01
    """,
    )
    expect(
        con,
        "fct_participant_weeks",
        """
        study_week | due_sessions
        0          | 2
        1          | 1
        2          | 0
    """,
    )
