from tests.queries.spec import expect, insert, reach


def enrol(con):
    insert(con, "raw.roster", "participant_id | enrolled_date\np1 | 2025-03-01")


def surveys(con):
    insert(con, "dim_items", "item_id\n1")
    insert(
        con,
        "dim_surveys",
        """
        survey_id | study_week | due_day | window_before_days | window_after_days
        w1        | 1          | 7       | 1                  | 2
        w2        | 2          | 14      | 1                  | 2
        w4        | 4          | 28      | 1                  | 2
    """,
    )
    enrol(con)


def answer(con, *moments):
    rows = "\n".join(f"p1 | {moment} | 1 | 3" for moment in moments)
    insert(con, "raw.answers", f"participant_id | answered_at | item_id | value\n{rows}")


def test_surveys_are_done_late_or_missed(con):
    surveys(con)
    reach(con, "2025-04-20")
    # Windows: 7 to 10 March, 14 to 17 March, 28 to 31 March.
    answer(con, "2025-03-12 10:00", "2025-03-14 10:00", "2025-03-15 10:00")
    expect(
        con,
        "fct_ledger",
        """
        obligation_id | kind   | instrument_id | survey_id | study_week | due_date   | window_start | window_end | done_at          | status
        survey:p1:w1  | survey | i             | w1        | 1          | 2025-03-08 | 2025-03-07   | 2025-03-10 | 2025-03-12 10:00 | late
        survey:p1:w2  | survey | i             | w2        | 2          | 2025-03-15 | 2025-03-14   | 2025-03-17 | 2025-03-15 10:00 | done
        survey:p1:w4  | survey | i             | w4        | 4          | 2025-03-29 | 2025-03-28   | 2025-03-31 |                  | missed
    """,
    )


def test_a_filling_in_satisfies_one_survey_only(con):
    surveys(con)
    insert(
        con,
        "dim_surveys",
        """
        survey_id | study_week | due_day | window_before_days | window_after_days
        w1b       | 1          | 8       | 1                  | 2
    """,
    )
    answer(con, "2025-03-08 10:00")
    expect(
        con,
        "fct_ledger",
        """
        survey_id | status
        w1        | done
        w1b       | missed
    """,
        "survey_id in ('w1', 'w1b')",
    )


def test_surveys_not_yet_open_are_absent_and_open_ones_wait(con):
    surveys(con)
    reach(con, "2025-03-16")
    expect(
        con,
        "fct_ledger",
        """
        survey_id | status
        w1        | missed
        w2        | open
    """,
    )


def test_a_survey_that_opened_on_the_last_day_of_the_data_is_there(con):
    # w2 opens on 14 March, of which only a part is in the data.
    surveys(con)
    reach(con, "2025-03-14")
    answer(con, "2025-03-14 08:00")
    expect(
        con,
        "fct_ledger",
        """
        survey_id | status
        w1        | missed
        w2        | done
    """,
    )


def test_a_lock_knows_no_survey_that_opens_after_it(con):
    surveys(con)
    reach(con, "2025-03-13", lock=True)
    expect(con, "fct_ledger", "survey_id | status\nw1 | missed")


def test_surveys_are_not_due_after_leaving_but_are_after_stopping_the_app(con):
    surveys(con)
    reach(con, "2025-04-20")
    con.execute("update raw.roster set withdrawn_date = '2025-03-10', withdrawal_kind = 'lost'")
    expect(
        con,
        "fct_ledger",
        """
        survey_id | status
        w1        | missed
    """,
    )
    for table in (
        "fct_ledger",
        "int_ledger_surveys",
        "int_surveys_answered",
        "int_surveys_due",
        "int_participants_dated",
        "stg_roster",
    ):
        con.execute(f"drop table {table}")
    con.execute("update raw.roster set withdrawal_kind = 'stopped_app'")
    expect(
        con,
        "fct_ledger",
        """
        survey_id | status
        w1        | missed
        w2        | missed
        w4        | missed
    """,
    )


def test_surveys_may_reach_further_than_events(con):
    surveys(con)
    reach(con, "2025-03-16", surveys="2025-04-20")
    answer(con, "2025-03-29 10:00")
    expect(
        con,
        "fct_ledger",
        """
        survey_id | status
        w1        | missed
        w2        | missed
        w4        | done
    """,
    )


def test_surveys_are_delivered_and_opened_within_their_window(con):
    surveys(con)
    insert(
        con,
        "dim_ledger_events",
        """
        step      | kind   | instrument_id | event_like
        delivered | survey | i             | survey\\_sent
        opened    | survey | other         | survey\\_seen
    """,
    )
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at      | event_name
        p1             | 2025-03-06 10:00 | survey_sent
        p1             | 2025-03-08 10:00 | survey_sent
        p1             | 2025-03-09 10:00 | survey_sent
        p1             | 2025-03-09 11:00 | survey_seen
    """,
    )
    expect(
        con,
        "fct_ledger",
        """
        survey_id | delivered_at     | opened_at | status
        w1        | 2025-03-08 10:00 |           | missed
    """,
        "survey_id = 'w1'",
    )
