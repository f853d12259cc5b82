"""Which answers are taken, and codings from another base."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.instruments import DWAI, TWEETS, UMARS
from study.scoring import NOT_APPLICABLE, Refusal, base_shift, check_answer, suspected_base


@pytest.mark.parametrize("value", [1, 7, 4.0])
def test_whole_numbers_within_the_range_are_taken(value):
    assert check_answer(DWAI, "1", value) is None


@pytest.mark.parametrize(
    ("item", "value", "rule"),
    [
        ("1", 0, "out_of_range"),
        ("1", 8, "out_of_range"),
        ("1", -3, "out_of_range"),
        ("1", 3.5, "not_an_integer"),
        ("1", 99.5, "not_an_integer"),
        ("1", float("nan"), "not_a_number"),
        ("1", float("inf"), "not_a_number"),
        ("1", "4", "not_a_number"),
        ("1", True, "not_a_number"),
        ("1", NOT_APPLICABLE, "not_a_number"),
        ("7", 4, "unknown_item"),
    ],
)
def test_everything_else_is_refused_by_one_rule(item, value, rule):
    refusal = check_answer(DWAI, item, value)
    assert refusal is not None
    assert refusal.rule == rule


def test_a_refusal_says_what_was_expected():
    assert check_answer(TWEETS, "1", 5) == Refusal("out_of_range", "a whole number from 0 to 4")
    assert "6 items" in check_answer(DWAI, "7", 1).expected
    assert "not applicable" in check_answer(DWAI, "1", NOT_APPLICABLE).expected


def test_not_applicable_is_an_answer_where_the_form_has_it():
    assert check_answer(UMARS, "1", NOT_APPLICABLE) is None


# On a form of 1 to 5.
@pytest.mark.parametrize(
    ("values", "shift"),
    [
        ([0, 1, 2, 3, 4] * 4, 1),
        ([1, 2, 3, 4, 5] * 4, 0),
        ([0, 1, 2, 3, 5] * 4, 0),
        ([1, 2, 3, 4] * 5, 0),
        ([-1, 0, 1, 2] * 5, 0),
        ([2, 3, 4, 5, 6] * 4, -1),
        ([1, 3, 4, 5, 6] * 4, 0),
        ([0, 1, 2, 3, 4] * 3 + [0, 1, 2, 3], 0),
        ([], 0),
    ],
)
def test_answers_from_another_base_are_suspected(values, shift):
    assert base_shift(1, 5, values) == shift
    assert suspected_base(1, 5, values) is (shift != 0)


def test_tweets_collected_as_1_to_5_is_suspected():
    assert base_shift(TWEETS.low, TWEETS.high, [1, 2, 3, 4, 5] * 9) == -1


@given(st.lists(st.integers(1, 5), max_size=60))
def test_answers_within_the_range_are_never_suspected(values):
    assert not suspected_base(1, 5, values)


@given(st.lists(st.integers(1, 5), min_size=18, max_size=60))
def test_a_form_shifted_by_one_is_put_right_by_the_shift(values):
    values = [*values, 1, 5]
    shifted = [value - 1 for value in values]
    assert [value + base_shift(1, 5, shifted) for value in shifted] == values
