"""Small groups: from what a table shows, with its totals, no withheld count can be worked out."""

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from access.cells import Cells, blocks, is_too_narrow, told, withhold

GROUPS = Cells(("n", "n_done"), hides=("share",), by=("table",), keys=("table",), against=("n",))
ALONE = Cells(("n",), hides=("mean",), keys=("name",))


def table(rows: Sequence[tuple[str, int, int]]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=["table", "n", "n_done"], orient="row")
    return frame.with_columns(share=pl.col("n_done") / pl.col("n"))


def shown(rows: Sequence[tuple[str, int, int]], smallest: int = 10) -> list[int | None]:
    return withhold(table(rows), GROUPS, smallest)["n"].to_list()


# What is small


def test_a_small_group_is_withheld_with_all_that_says_something_of_it():
    frame = pl.DataFrame({"name": ["a", "b", "c"], "n": [9, 10, 0], "mean": [1.5, 2.5, None]})
    kept = withhold(frame, ALONE, 10)
    assert kept["n"].to_list() == [None, 10, 0]
    assert kept["mean"].to_list() == [None, 2.5, None]
    assert kept["is_withheld"].to_list() == [True, False, False]
    assert kept["withheld_columns"].to_list() == [["n", "mean"], [], []]
    assert kept["withheld_below"].to_list() == [10] * 3
    assert frame["n"].to_list() == [9, 10, 0]


def test_a_threshold_of_one_withholds_nothing():
    assert shown([("t", 1, 1), ("t", 2, 1)], 1) == [1, 2]


def test_a_number_that_is_missing_is_not_withheld():
    frame = pl.DataFrame({"name": ["a"], "n": [None], "mean": [None]}, schema_overrides={"n": int})
    assert withhold(frame, ALONE, 10)["withheld_columns"].to_list() == [[]]


@pytest.mark.parametrize(("n", "done"), [(40, 39), (40, 1), (40, 9), (40, 31)])
def test_a_few_who_did_and_a_few_who_did_not_are_both_small(n, done):
    assert shown([("t", n, done), ("t", 200, 100), ("t", 100, 50)])[0] is None


@pytest.mark.parametrize(("n", "done"), [(40, 40), (40, 0), (40, 10), (40, 30)])
def test_nobody_and_everybody_are_shown(n, done):
    assert shown([("t", n, done), ("t", 100, 50)]) == [n, 100]


# Secondary suppression


def test_one_small_row_takes_the_next_smallest_with_it():
    assert shown([("t", 3, 0), ("t", 60, 30), ("t", 40, 20), ("u", 50, 25)]) == [None, 60, None, 50]


def test_two_small_rows_that_are_few_together_take_a_third_with_them():
    assert shown([("t", 2, 0), ("t", 3, 0), ("t", 60, 30), ("t", 40, 20)]) == [None, None, 60, None]


def test_a_zero_stands_by_where_there_is_nothing_else():
    assert shown([("t", 3, 0), ("t", 0, 0)]) == [None, None]


def test_what_is_withheld_in_a_part_leaves_the_row():
    cells = Cells(("n",), keys=("name",), parts=(Cells(("n_open",), against=("n",)),))
    frame = pl.DataFrame({"name": ["a", "b", "c"], "n": [50, 50, 5], "n_open": [3, 20, 0]})
    kept = withhold(frame, cells, 10)
    assert kept["n"].to_list() == [50, 50, None]
    assert kept["n_open"].to_list() == [None, 20, None]
    assert kept["is_withheld"].to_list() == [False, False, True]


def test_counts_that_are_repeated_are_withheld_everywhere():
    cells = Cells(("n",), keys=("day",), once=("arm",), by=())
    frame = pl.DataFrame({"arm": [*"aabbcc"], "day": [1, 2] * 3, "n": [4, 4, 30, 30, 20, 20]})
    assert withhold(frame, cells, 10)["n"].to_list() == [None, None, 30, 30, None, None]


def test_a_share_of_a_withheld_row_goes_with_it():
    cells = Cells(("n",), keys=("stage",), compares=("of_before",), within=("feature",))
    frame = pl.DataFrame(
        {
            "feature": [*"aab"],
            "stage": [1, 2, 1],
            "n": [4, 50, 50],
            "of_before": [None, 12.5, None],
        }
    )
    assert withhold(frame, cells, 10)["of_before"].to_list() == [None, None, None]
    assert withhold(frame, cells, 10)["withheld_columns"].to_list()[2] == []


# What can be worked out

counts = st.integers(0, 30)
rows = st.lists(
    st.tuples(st.sampled_from(["t", "u"]), counts, counts).map(
        lambda row: (row[0], max(row[1:]), min(row[1:]))
    ),
    min_size=1,
    max_size=9,
)


def widest(hidden: Sequence[tuple[int, int]], target: int, column: int) -> tuple[float, float]:
    """Between what a withheld number lies, for who knows the totals: n, done and their rest."""
    m = len(hidden)
    # Variables: n of each row, then done of each; done is never more than n.
    wanted = np.zeros(2 * m)
    wanted[target if column == 0 else m + target] = 1
    if column == 2:
        wanted[target], wanted[m + target] = 1, -1
    totals = np.zeros((2, 2 * m))
    totals[0, :m], totals[1, m:] = 1, 1
    known = [sum(n for n, _ in hidden), sum(done for _, done in hidden)]
    order = np.hstack([-np.eye(m), np.eye(m)])
    ends = [
        linprog(sign * wanted, A_ub=order, b_ub=np.zeros(m), A_eq=totals, b_eq=known).fun * sign
        for sign in (1, -1)
    ]
    return ends[0], ends[1]


@pytest.mark.exhaustive
@settings(max_examples=150, deadline=None)
@given(rows, st.integers(2, 12))
def test_no_withheld_count_can_be_bounded_below_the_threshold_by_subtraction(given_rows, smallest):
    frame = withhold(table(given_rows), GROUPS, smallest)
    for name in ("t", "u"):
        pairs = [(n, done) for where, n, done in given_rows if where == name]
        gone = frame.filter(table=name)["is_withheld"].to_list()
        totals = [sum(n for n, _ in pairs), sum(done for _, done in pairs)]
        # A total that is small itself, or leaves a small rest, is shown nowhere.
        if any(0 < total < smallest for total in (*totals, totals[0] - totals[1])):
            assert all(gone)
            continue
        hidden = [pair for pair, is_gone in zip(pairs, gone, strict=True) if is_gone]
        for target, (n, done) in enumerate(hidden):
            for column, number in enumerate((n, done, n - done)):
                low, high = widest(hidden, target, column)
                # Either nobody is in any of the rows, or it may be as many as the threshold.
                assert (low, high) == (0, 0) == (number, 0) or high >= smallest - 1e-9
                assert low <= 1e-9


@settings(max_examples=150, deadline=None)
@given(rows, st.integers(2, 12))
def test_no_small_count_is_shown(given_rows, smallest):
    kept = withhold(table(given_rows), GROUPS, smallest)
    rest = kept["n"] - kept["n_done"]
    for column in (kept["n"], kept["n_done"], rest):
        assert not column.is_between(1, smallest - 1).any()


def test_the_linear_program_finds_what_is_left_open():
    """The property above would fail without secondary suppression."""
    assert widest([(3, 0)], 0, 0) == (3, 3)
    assert widest([(3, 1), (12, 6)], 0, 0)[1] > 10


statuses = st.lists(st.tuples(*[st.integers(0, 40)] * 4), min_size=1, max_size=4)


@settings(max_examples=150, deadline=None)
@given(statuses, st.integers(2, 12))
def test_columns_that_add_up_to_a_whole_hide_one_another(given_rows, smallest):
    names = ("done", "late", "open", "missed")
    part = Cells(names, ("share",), against=("n_due",), is_across=True)
    frame = pl.DataFrame(given_rows, schema=list(names), orient="row").with_columns(
        n_due=pl.sum_horizontal(names), share=pl.lit(0.5)
    )
    kept = withhold(frame, Cells(("n_due",), keys=(), parts=(part,)), smallest)
    for before, after in zip(given_rows, kept.to_dicts(), strict=True):
        gone = [n for n, name in zip(before, names, strict=True) if after[name] is None]
        assert all(not 0 < after[name] < smallest for name in names if after[name] is not None)
        if gone and after["n_due"] is not None:
            assert len(gone) > 1
            assert sum(gone) >= smallest
            assert after["share"] is None


# Steps of curves

steps = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=60)


@given(steps, st.integers(1, 12))
def test_blocks_of_a_curve_are_never_small(given_steps, smallest):
    numbers = blocks(given_steps, smallest)
    assert len(numbers) == len(given_steps)
    assert numbers == sorted(numbers)
    assert not numbers or set(numbers) == set(range(numbers[-1] + 1))
    for number in set(numbers) if numbers and numbers[-1] else ():
        for kind in (0, 1):
            total = sum(
                step[kind] for step, at in zip(given_steps, numbers, strict=True) if at == number
            )
            assert total == 0 or total >= smallest


# Sentences and choices


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("12 rows of 3 participants", "fewer than 10 participants"),
        ("2 121 rows of 264 participants", "2 121 rows of 264 participants"),
        ("3 of 264 participants answered", "fewer than 10 participants answered"),
        ("261 of 264 participants", "all but fewer than 10 of 264 participants"),
        ("1 participant, then 12 participants", "fewer than 10 participants, then 12 participants"),
        ("the odds of one participant are 3.2", "the odds of one participant are 3.2"),
        ("0 participants", "0 participants"),
        ("1,003 participants", "1,003 participants"),
    ],
)
def test_sentences_do_not_name_a_few_participants(words, said):
    assert told(words, 10) == said


def test_a_choice_is_too_narrow_where_it_leaves_or_leaves_out_a_few():
    assert is_too_narrow(9, 100, 10)
    assert is_too_narrow(91, 100, 10)
    assert not is_too_narrow(10, 100, 10)
    assert not is_too_narrow(90, 100, 10)
    assert not is_too_narrow(100, 100, 10)
    assert not is_too_narrow(0, 100, 10)


@given(st.lists(st.integers(0, 40), min_size=2, max_size=6), st.integers(2, 12))
def test_whole_tables_are_withheld_the_same_whatever_their_order(sizes, smallest):
    assume(len(set(sizes)) == len(sizes))
    forth = withhold(table([("t", n, 0) for n in sizes]), GROUPS, smallest)["n"].to_list()
    back = withhold(table([("t", n, 0) for n in sizes[::-1]]), GROUPS, smallest)["n"].to_list()
    assert forth == back[::-1]
