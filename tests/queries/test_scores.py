import pytest

from tests.queries.spec import expect, insert


@pytest.fixture(autouse=True)
def instrument(con):
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
        "dim_items",
        """
        item_id | is_reversed
        1       | false
        2       | true
        3       | false
    """,
    )
    insert(
        con,
        "dim_scales",
        """
        scale_id | aggregate      | multiplier | shift | min_items | n_items | low | high
        mean     | mean           | 1          | 0     | 2         | 3       | 1   | 7
        sum      | sum            | 2.5        | -3    | 2         | 3       | 0   | 45
        pair     | mean           | 1          | 0     | 2         | 2       | 1   | 7
        both     | mean_of_scales | 1          | 0     | 4         | 5       | 1   | 7
    """,
    )
    insert(
        con,
        "dim_scale_items",
        """
        scale_id | item_id
        mean     | 1
        mean     | 2
        mean     | 3
        sum      | 1
        sum      | 2
        sum      | 3
        pair     | 1
        pair     | 3
    """,
    )
    insert(
        con,
        "dim_scale_members",
        """
        scale_id | member_scale_id
        both     | mean
        both     | pair
    """,
    )


def answers(con, text):
    insert(con, "raw.answers", text)


def test_items_are_turned_round_and_scored(con):
    answers(
        con,
        """
        participant_id | occasion_id | answered_at      | item_id | value
        p1             | T1          | 2025-03-09 10:00 | 1       | 7
        p1             | T1          | 2025-03-09 10:01 | 2       | 2
        p1             | T1          | 2025-03-09 10:02 | 3       | 5
    """,
    )
    expect(
        con,
        "fct_scores",
        """
        scale_id | occasion_id | occasion_number | answered_at      | local_date | study_day | study_week | score | n_items_answered | n_items | is_complete
        mean     | T1          | 1               | 2025-03-09 10:00 | 2025-03-09 | 8         | 1          | 6     | 3                | 3       | true
        sum      | T1          | 1               | 2025-03-09 10:00 | 2025-03-09 | 8         | 1          | 37.5  | 3                | 3       | true
        pair     | T1          | 1               | 2025-03-09 10:00 | 2025-03-09 | 8         | 1          | 6     | 2                | 2       | true
        both     | T1          | 1               | 2025-03-09 10:00 | 2025-03-09 | 8         | 1          | 6     | 5                | 5       | true
    """,
    )


def test_an_unanswered_item_is_not_zero_and_too_few_give_no_score(con):
    answers(
        con,
        """
        participant_id | occasion_id | answered_at      | item_id | value
        p1             | T1          | 2025-03-09 10:00 | 1       | 7
        p1             | T1          | 2025-03-09 10:00 | 2       | 2
        p1             | T1          | 2025-03-09 10:00 | 3       |
        p1             | T2          | 2025-03-16 10:00 | 3       | 4
    """,
    )
    expect(
        con,
        "fct_scores",
        """
        occasion_id | scale_id | score | n_items_answered | is_complete
        T1          | mean     | 6.5   | 2                | false
        T1          | sum      | 41.25 | 2                | false
        T1          | pair     |       | 1                | false
        T1          | both     |       | 3                | false
        T2          | mean     |       | 1                | false
        T2          | sum      |       | 1                | false
        T2          | pair     |       | 1                | false
        T2          | both     |       | 2                | false
    """,
    )


def test_what_does_not_apply_is_neither_counted_nor_asked_for(con):
    answers(
        con,
        """
        participant_id | occasion_id | answered_at      | item_id | value | is_not_applicable
        p1             | T1          | 2025-03-09 10:00 | 1       |       | true
        p1             | T1          | 2025-03-09 10:00 | 2       | 2     | false
        p1             | T1          | 2025-03-09 10:00 | 3       | 4     | false
    """,
    )
    expect(
        con,
        "fct_scores",
        """
        scale_id | score | n_items_answered | n_items | is_complete
        mean     | 5     | 2                | 3       | true
        sum      | 30    | 2                | 3       | true
        pair     | 4     | 1                | 2       | true
        both     | 4.5   | 3                | 5       | true
    """,
    )


def test_a_form_that_nobody_answered_is_no_occasion(con):
    answers(
        con,
        """
        participant_id | occasion_id | answered_at      | item_id | value
        p1             | T1          | 2025-03-09 10:00 | 1       |
        p1             | T1          | 2025-03-09 10:00 | 2       |
    """,
    )
    expect(con, "fct_scores", "scale_id")


def test_without_labels_the_local_day_makes_the_occasion_and_the_last_answer_counts(con):
    answers(
        con,
        """
        participant_id | answered_at      | local_date | item_id | value
        p1             | 2025-03-09 23:30 | 2025-03-10 | 1       | 1
        p1             | 2025-03-10 10:00 | 2025-03-10 | 1       | 5
        p1             | 2025-03-10 10:00 | 2025-03-10 | 3       | 5
        p1             | 2025-03-11 10:00 | 2025-03-11 | 1       | 2
    """,
    )
    expect(
        con,
        "fct_scores",
        """
        occasion_id  | occasion_number | answered_at      | local_date | n_items_answered | score
        i@2025-03-10 | 1               | 2025-03-10 10:00 | 2025-03-10 | 2                | 5
        i@2025-03-11 | 2               | 2025-03-11 10:00 | 2025-03-11 | 1                |
    """,
        "scale_id = 'pair'",
    )


def test_a_filling_in_of_several_sittings_is_dated_by_its_first_answer(con):
    answers(
        con,
        """
        participant_id | occasion_id | answered_at      | item_id | value
        p1             | T1          | 2025-03-12 10:00 | 1       | 3
        p1             | T1          | 2025-03-09 10:00 | 3       | 3
    """,
    )
    expect(
        con,
        "fct_scores",
        """
        occasion_id | answered_at      | local_date
        T1          | 2025-03-09 10:00 | 2025-03-09
    """,
        "scale_id = 'mean'",
    )


def test_dimensions_take_their_primary_scale(con):
    insert(
        con,
        "dim_dimensions",
        """
        dimension_id | is_total
        alliance     | true
    """,
    )
    insert(
        con,
        "dim_dimension_scales",
        """
        dimension_id | scale_id | position
        alliance     | sum      | 0
        alliance     | mean     | 1
    """,
    )
    answers(
        con,
        """
        participant_id | occasion_id | answered_at      | item_id | value
        p1             | T1          | 2025-03-09 10:00 | 1       | 7
        p1             | T1          | 2025-03-09 10:00 | 2       | 1
        p1             | T1          | 2025-03-09 10:00 | 3       | 7
    """,
    )
    expect(
        con,
        "fct_dimension_scores",
        """
        dimension_id | scale_id | arm_id | cohort  | score | low | high | is_complete
        alliance     | sum      | a      | 2025-03 | 45    | 0   | 45   | true
    """,
    )
