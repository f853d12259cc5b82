from tests.queries.spec import expect, insert


def test_rejections_are_counted_with_places_and_without_what_stood_there(con):
    insert(
        con,
        "raw.rejected_rows",
        """
        source_row | column_name | rule     | expected | is_cell | raw_text
        40         | time        | bad_time | ISO 8601 | false   | secret
        12         | time        | bad_time | ISO 8601 | false   | secret
        113        | time        | bad_time | ISO 8601 | false   | secret
        114        | time        | bad_time | ISO 8601 | false   | secret
        3          |             | bad_row  | a row    | false   | secret
        3          | q1          | range    | 1 to 7   | true    | secret
        5          | q1          | range    | 1 to 7   | true    | secret
    """,
    )
    expect(
        con,
        "fct_rejections",
        """
        rule     | column_name | is_cell | n_rows | example_rows             | expected
        bad_time | time        | false   | 4      | row 12, row 40, row 113  | ISO 8601
        bad_row  |             | false   | 1      | row 3                    | a row
        range    | q1          | true    | 1      | row 5                    | 1 to 7
    """,
    )
    assert not [row for row in con.sql("from fct_rejections").fetchall() if "secret" in row]


def test_the_log_covers_days_of_events_and_of_answers(con):
    insert(
        con,
        "raw.events",
        """
        participant_id | occurred_at
        p1             | 2025-03-01 10:00
        p2             | 2025-03-01 11:00
    """,
    )
    insert(
        con,
        "raw.answers",
        """
        participant_id | answered_at      | item_id | value
        p1             | 2025-03-01 10:00 | 1       | 3
        p1             | 2025-03-04 10:00 | 1       | 3
    """,
    )
    expect(
        con,
        "fct_data_days",
        """
        local_date | n_events | n_answers
        2025-03-01 | 2        | 1
        2025-03-04 | 0        | 1
    """,
    )


def test_receipts_are_those_of_the_last_load_that_came_to_its_end(con):
    insert(
        con,
        "raw.loads",
        """
        load_id | started_at       | finished_at
        l1      | 2025-03-01 10:00 | 2025-03-01 10:01
        l2      | 2025-03-02 10:00 | 2025-03-02 10:01
        l3      | 2025-03-03 10:00 |
    """,
    )
    insert(
        con,
        "raw.receipts",
        """
        load_id | rows_read | rows_loaded | rows_duplicate | rows_rejected
        l1      | 4         | 3           | 0              | 1
        l2      | 5         | 3           | 1              | 1
    """,
    )
    expect(
        con,
        "fct_receipts",
        """
        load_id | source_file | rows_read | rows_loaded | rows_duplicate | rows_rejected
        l2      | e.csv       | 5         | 3           | 1              | 1
    """,
    )
