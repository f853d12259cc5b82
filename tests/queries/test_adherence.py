import pytest

from tests.queries.spec import expect, insert, reach, set_study

DEFINITIONS = """
definition_id | rule         | threshold | minimum
done          | share_done   | 0.5       | 1
active        | weeks_active | 0.5       | 2
minutes       | minutes      | 10        | 1
persistent    | persistent   | 1         | 2
"""


@pytest.fixture(autouse=True)
def intended(con):
    insert(con, "dim_adherence", DEFINITIONS)
    insert(con, "dim_ledger_events", "step | event_like\ndone | completed")
    insert(
        con,
        "dim_intended_use",
        """
        arm_id | study_week | due_sessions
        a      | 0          | 1
        a      | 1          | 1
        a      | 2          | 1
    """,
    )
    insert(
        con,
        "raw.roster",
        """
        participant_id | enrolled_date | arm_id
        p1             | 2025-03-01    | a
    """,
    )
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at      | event_name
        p1             | 2025-03-02 10:00 | completed
        p1             | 2025-03-02 10:08 | click
        p1             | 2025-03-03 10:00 | click
        p1             | 2025-03-09 10:00 | completed
    """,
    )


def test_definitions_stand_side_by_side(con):
    expect(
        con,
        "fct_adherence",
        """
        definition_id | value    | is_evaluable | is_adherent
        done          | 0.666667 | true         | true
        active        | 0.333333 | true         | false
        minutes       | 8        | true         | false
        persistent    | 0.5      | true         | false
    """,
    )


def test_what_is_not_over_is_not_judged(con):
    # In week 1: only week 0 is whole, and what was done in week 1 does not count yet.
    reach(con, "2025-03-10")
    expect(
        con,
        "fct_adherence",
        """
        definition_id | value | is_evaluable | is_adherent
        done          | 1     | true         | true
        active        | 1     | true         | true
        minutes       |       | false        |
        persistent    |       | false        |
    """,
    )


def test_minutes_can_be_reached_before_the_end(con):
    reach(con, "2025-03-10")
    con.execute("update dim_adherence set threshold = 8 where definition_id = 'minutes'")
    expect(
        con,
        "fct_adherence",
        """
        value | is_adherent
        8     | true
    """,
        "definition_id = 'minutes'",
    )


@pytest.mark.parametrize(
    ("withdrawn", "row"), [("2025-03-20", " | false | "), ("2025-03-15", "8 | true | false")]
)
def test_minutes_wait_until_the_withdrawal_is_in_the_data(con, withdrawn, row):
    reach(con, "2025-03-16")
    con.execute("update raw.roster set withdrawn_date = cast(? as date)", [withdrawn])
    expect(
        con,
        "fct_adherence",
        f"value | is_evaluable | is_adherent\n{row}",
        "definition_id = 'minutes'",
    )


def test_a_calendar_week_that_began_before_day_zero_is_judged_by_what_was_due_only(con):
    # 1 March is a Saturday: week 0 has two days and nothing was done; in week 1 there were two
    # sessions, one of them done.
    con.execute("delete from raw.events where occurred_at < '2025-03-03'")
    set_study(con, week_rule="calendar")
    reach(con, "2025-03-10")
    expect(
        con,
        "fct_adherence",
        """
        definition_id | value
        done          | 0.5
        active        | 1
        minutes       |
        persistent    |
    """,
    )


def test_nothing_due_yet_is_neither_adherent_nor_not(con):
    reach(con, "2025-03-05")
    expect(
        con,
        "fct_adherence",
        """
        definition_id | value | is_evaluable | is_adherent
        done          |       | false        |
        active        |       | false        |
        minutes       |       | false        |
        persistent    |       | false        |
    """,
    )


def test_excused_sessions_are_left_out(con):
    insert(con, "dim_excused", "from_date | to_date\n2025-03-16 | 2025-03-16")
    expect(
        con,
        "fct_adherence",
        """
        value | is_adherent
        1     | true
    """,
        "definition_id = 'done'",
    )


def test_there_is_no_adherence_without_intended_use(con):
    con.execute("update dim_study set has_intended_use = false")
    expect(con, "fct_adherence", "participant_id")


def test_persistent_looks_at_the_last_whole_weeks(con):
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at      | event_name
        p1             | 2025-03-21 10:00 | click
    """,
    )
    expect(
        con,
        "fct_adherence",
        """
        value | is_adherent
        1     | true
    """,
        "definition_id = 'persistent'",
    )
