"""Single answers, in the direction of their scale, as reliability needs them."""

import polars as pl
import pytest

from access.viewer import Viewer, local_viewer
from queries import sqlfile
from queries.filters import Filters
from queries.item_answers import item_answers
from tests.queries.spec import expect, insert, make


@pytest.fixture(autouse=True)
def filled_in(con):
    insert(
        con,
        "raw.roster",
        """
        participant_id | enrolled_date | arm_id | site_id
        p1             | 2025-03-01    | a      | north
        p2             | 2025-03-01    | b      | south
    """,
    )
    insert(con, "dim_items", "item_id | is_reversed\n1 | false\n2 | true\n3 | false")
    insert(con, "dim_scales", "scale_id | min_items | n_items\ntotal | 2 | 3")
    insert(con, "dim_scale_items", "scale_id | item_id\ntotal | 1\ntotal | 2\ntotal | 3")
    insert(
        con,
        "dim_surveys",
        """
        survey_id | study_week | due_day
        i-week-1  | 1          | 7
        i-week-2  | 2          | 14
    """,
    )
    insert(
        con,
        "raw.answers",
        """
        participant_id | occasion_id | answered_at      | item_id | value | is_not_applicable
        p1             | T0          | 2025-03-02 10:00 | 1       | 4     | false
        p1             | T0          | 2025-03-02 10:00 | 2       | 6     | false
        p1             | T1          | 2025-03-09 10:00 | 1       | 7     | false
        p1             | T1          | 2025-03-09 10:00 | 2       | 1     | false
        p1             | T1          | 2025-03-09 10:00 | 3       |       | false
        p1             | T1          | 2025-03-09 11:00 | 1       | 5     | false
        p2             | T1          | 2025-03-16 10:00 | 1       | 3     | false
        p2             | T1          | 2025-03-16 10:00 | 3       |       | true
        p2             | T2          | 2025-03-23 10:00 | 1       |       | false
    """,
    )


ROWS = """
    participant_id | arm_id | site_id | cohort  | occasion_id | occasion_number | survey_id | item_id | keyed_value | is_not_applicable
    p1             | a      | north   | 2025-03 | T0          | 1               |           | 1       | 4           | false
    p1             | a      | north   | 2025-03 | T0          | 1               |           | 2       | 2           | false
    p1             | a      | north   | 2025-03 | T1          | 2               | i-week-1  | 1       | 5           | false
    p1             | a      | north   | 2025-03 | T1          | 2               | i-week-1  | 2       | 7           | false
    p2             | b      | south   | 2025-03 | T1          | 1               | i-week-2  | 1       | 3           | false
    p2             | b      | south   | 2025-03 | T1          | 1               | i-week-2  | 3       |             | true
"""


def test_items_are_keyed_once_and_an_unanswered_one_has_no_row(con):
    expect(con, "fct_item_answers", ROWS)


def test_the_read_gives_the_week_of_the_survey_and_keeps_to_what_may_be_seen(con):
    make(con, "fct_item_answers")
    everyone = item_answers(con, local_viewer(), Filters(), "i")
    assert everyone.rows() == [
        ("p1", 1, None, "1", 4.0),
        ("p1", 1, None, "2", 2.0),
        ("p1", 2, 1, "1", 5.0),
        ("p1", 2, 1, "2", 7.0),
        ("p2", 1, 2, "1", 3.0),
        ("p2", 1, 2, "3", None),
    ]
    south = Viewer("a", "trial", sites=frozenset({"south"}))
    assert set(item_answers(con, south, Filters(), "i")["participant_id"]) == {"p2"}
    assert item_answers(con, south, Filters(arms=("a",)), "i").is_empty()
    alone = Viewer("a", "clinician", participants=frozenset({"p1"}))
    assert set(item_answers(con, alone, Filters(), "i")["participant_id"]) == {"p1"}
    assert item_answers(con, local_viewer(), Filters(), "another").is_empty()
    assert item_answers(con, local_viewer(), Filters(cohorts=("2025-04",)), "i").is_empty()


@pytest.mark.parametrize(
    ("breakage", "fault"),
    [
        ("update fct_item_answers set keyed_value = 8 where item_id = '2'", "range"),
        ("update fct_item_answers set keyed_value = null where item_id = '2'", "range"),
        ("insert into fct_item_answers from fct_item_answers where item_id = '2'", "repeated"),
        ("delete from fct_item_answers where item_id = '2'", "count"),
    ],
)
def test_the_check_names_the_fault(con, breakage, fault):
    make(con, "fct_item_answers", "fct_scores")
    check = sqlfile.load("checks/item_answers_add_up.sql")
    assert check.fetch(con).is_empty()
    con.execute(breakage)
    assert fault in check.fetch(con).get_column("fault").cast(pl.String).to_list()
