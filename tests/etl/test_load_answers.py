"""Surveys: long and wide files, and every way an answer can be no answer."""

import json

import pytest

from tests.etl.load_study import (
    MOOD,
    counts,
    long,
    only,
    raw,
    refused,
    roster,
    run,
    study,
    wide,
    write,
)

ANSWERS = "select item_id, value from answers where status = 'loaded' order by source_row, item_id"
HEAD = "pid;time;when;mood_1;mood_2;mood_3"


def test_wide_rows_keep_what_stands_and_blanks(tmp_path):
    write(
        tmp_path / "wide.csv",
        HEAD,
        "p1;2025-03-05;w1;1;5;",
        "p2;2025-03-05;w1;;;",
        "p3;2025-03-05;w1;9;2;x",
        "p4;2025-03-05;w1;0;6;2,5",
        ";2025-03-05;w1;1;1;1",
        "p6;soon;w1;1;1;1",
    )
    source = wide(delimiter=";", decimal=",", columns={"occasion": "when"})
    one = study(tmp_path, source)
    receipt = only(run(one))
    # Row 2 is blank and stands; row 3 has an answer that stands; of row 4 none does.
    assert counts(receipt) == (6, 3, 0, 3)
    # Answers of a refused row count once, with their row.
    assert receipt.cells_refused == 2
    assert refused(receipt) == {"out_of_range": (4,), "missing_participant": (5,), "bad_time": (6,)}
    assert raw(one, ANSWERS) == [
        ("1", 1.0),
        ("2", 5.0),
        ("3", None),
        ("1", None),
        ("2", None),
        ("3", None),
        ("2", 2.0),
    ]
    cells = {(one.rule, one.column_name): one.first_rows for one in receipt.by_rule if one.is_cell}
    assert cells == {
        ("out_of_range", "mood_1"): (3,),
        ("not_a_number", "mood_3"): (3,),
    }
    kept = raw(one, "select source_row, column_name from rejected_rows where is_cell order by all")
    assert kept == [(3, "mood_1"), (3, "mood_3"), (4, "mood_1"), (4, "mood_2"), (4, "mood_3")]
    expected = raw(one, "select distinct expected from rejected_rows where is_cell")
    assert expected == [("a whole number from 1 to 5",)]


def test_long_rows_are_answers(tmp_path):
    write(
        tmp_path / "long.csv",
        "pid,time,instrument,item,value",
        "p1,2025-03-05,MOOD,1,3",
        "p1,2025-03-05,mood,02,",
        "p1,2025-03-05,mood,7,3",
        "p1,2025-03-05,mind,1,3",
        "p1,2025-03-05,mood,3,three",
        "p1,2025-03-05,mood,3,N/A",
    )
    one = study(tmp_path, long())
    receipt = only(run(one))
    assert counts(receipt) == (6, 2, 0, 4)
    assert receipt.cells_refused == 0
    assert refused(receipt) == {
        "unknown_item": (3,),
        "unknown_instrument": (4,),
        "not_a_number": (5, 6),
    }
    assert raw(one, ANSWERS) == [("1", 3.0), ("2", None)]


def test_not_applicable_counts_where_the_instrument_allows_it(tmp_path):
    write(tmp_path / "long.csv", "pid,time,instrument,item,value", "p1,2025-03-05,mood,1,n/a")
    allows = MOOD.model_copy(update={"allows_not_applicable": True})
    one = study(tmp_path, long()).model_copy(update={"instruments": (allows,)})
    assert counts(only(run(one))) == (1, 1, 0, 0)
    assert raw(one, "select value, is_not_applicable from answers") == [(None, True)]


@pytest.mark.parametrize(
    ("values", "add", "rejected", "words"),
    [
        pytest.param([0, 1, 2, 3, 4], None, 20, "mood = 1 }", id="one lower"),
        pytest.param([0, 1, 2, 3, 4], 1, 0, None, id="one lower, and said so"),
        pytest.param([1, 2, 3, 4, 5], None, 0, None, id="as declared"),
    ],
)
def test_a_file_coded_from_another_base_is_refused_as_a_whole(
    tmp_path, values, add, rejected, words
):
    rows = [f"p{n},2025-03-0{n % 5 + 1},mood,1,{values[n % 5]}" for n in range(20)]
    write(tmp_path / "long.csv", "pid,time,instrument,item,value", *rows)
    told = {} if add is None else {"add": {"mood": add}}
    receipt = only(run(study(tmp_path, long(columns=told))))
    assert counts(receipt) == (20, 20 - rejected, 0, rejected)
    if words:
        (rule,) = receipt.by_rule
        assert rule.rule == "coded_from_other_base"
        assert words in rule.expected


def test_a_file_coded_from_1_where_the_range_begins_at_0(tmp_path):
    rows = [f"p{n},2025-03-05,mood,1,{n % 5 + 1}" for n in range(20)]
    write(tmp_path / "long.csv", "pid,time,instrument,item,value", *rows)
    from_zero = MOOD.model_copy(update={"low": 0, "high": 4})
    one = study(tmp_path, long()).model_copy(update={"instruments": (from_zero,)})
    (rule,) = only(run(one)).by_rule
    assert (rule.rule, rule.n_refused) == ("coded_from_other_base", 20)
    assert "mood = -1 }" in rule.expected


@pytest.mark.parametrize("low", [0, 1])
def test_one_slip_above_the_range_costs_no_more_than_itself(tmp_path, low):
    rows = [f"p{n},2025-03-05,mood,1,{6 if n == 0 else 3}" for n in range(30)]
    write(tmp_path / "long.csv", "pid,time,instrument,item,value", *rows)
    mood = MOOD.model_copy(update={"low": low})
    one = study(tmp_path, long()).model_copy(update={"instruments": (mood,)})
    assert refused(only(run(one))) == {"out_of_range": (1,)}


def test_who_says_how_answers_are_coded_is_believed(tmp_path):
    rows = [f"p{n},2025-03-05,mood,1,{0 if n == 0 else 3}" for n in range(30)]
    write(tmp_path / "long.csv", "pid,time,instrument,item,value", *rows)
    assert list(refused(only(run(study(tmp_path, long()))))) == ["coded_from_other_base"]
    told = study(tmp_path, long(columns={"add": {"mood": 0}}))
    assert refused(only(run(told))) == {"out_of_range": (1,)}


def test_a_few_answers_outside_are_only_out_of_range(tmp_path):
    rows = [f"p{n},2025-03-05,mood,1,{n % 6}" for n in range(24)]
    write(tmp_path / "long.csv", "pid,time,instrument,item,value", *rows)
    receipt = only(run(study(tmp_path, long())))
    assert refused(receipt) == {"out_of_range": (1, 7, 13, 19)}


def test_the_same_answer_is_a_duplicate_and_another_one_a_conflict(tmp_path):
    write(
        tmp_path / "long.csv",
        "pid,time,instrument,item,value,when",
        "p1,2025-03-06,mood,1,4,w1",
        "p1,2025-03-05,mood,1,3,w1",
        "p1,2025-03-07,mood,1,3,w1",
        "p1,2025-03-07,mood,1,,w1",
        "p1,2025-03-07,mood,1,4,w2",
    )
    one = study(tmp_path, long(columns={"occasion": "when"}))
    receipt = only(run(one))
    # The earliest answer of an occasion counts, wherever it stands; a blank gives way.
    assert counts(receipt) == (5, 2, 2, 1)
    assert refused(receipt) == {"conflicting_answer": (1,)}


def test_overlapping_wide_exports_add_only_what_is_new(tmp_path):
    write(tmp_path / "wide-1.csv", "pid,time,mood_1,mood_2,mood_3", "p1,2025-03-05,1,2,")
    write(
        tmp_path / "wide-2.csv",
        "pid,time,mood_1,mood_2,mood_3",
        "p1,2025-03-05,1,2,3",
        "p1,2025-03-05,1,2,",
        "p1,2025-03-05,5,2,",
        "p1,2025-03-05,5,4,",
    )
    one = study(tmp_path, wide("wide-*.csv"))
    first, second = run(one).receipts
    assert counts(first) == (1, 1, 0, 0)
    # New third answer; all the same; one answer conflicts; all conflict.
    assert counts(second) == (4, 1, 2, 1)
    assert second.cells_refused == 1
    kept = raw(one, "select item_id, value from answers where status = 'loaded' order by item_id")
    assert kept == [("1", 1.0), ("2", 2.0), ("3", 3.0)]


def test_unknown_participants_of_a_wide_file(tmp_path):
    write(tmp_path / "wide.csv", "pid,time,mood_1,mood_2", "p1,2025-03-05,1,2", "p2,2025-03-05,,")
    write(tmp_path / "roster.csv", "pid,enrolled", "p9,2025-03-01")
    one = study(tmp_path, wide(), roster())
    receipt = run(one).receipts[0]
    assert counts(receipt) == (2, 0, 0, 2)
    assert refused(receipt) == {"unknown_participant": (1, 2)}
    ((text,),) = raw(one, "select raw_text from rejected_rows where source_row = 1")
    assert json.loads(text)["answers"] == {"mood.1": 1.0, "mood.2": 2.0}


def test_wide_columns_by_name(tmp_path):
    write(tmp_path / "wide.csv", "pid,time,Q1,Q2", "p1,2025-03-05,1,2")
    columns = {"column_pattern": None, "columns": {"Q1": "mood.1", "Q2": "mood.3"}}
    one = study(tmp_path, wide(columns=columns))
    run(one)
    assert raw(one, ANSWERS) == [("1", 1.0), ("3", 2.0)]


def test_a_wide_file_without_items_is_refused_in_words(tmp_path):
    write(tmp_path / "wide.csv", "pid,time,Mood.1,Mood.2", "p1,2025-03-05,1,2")
    outcome = run(study(tmp_path, wide()))
    assert outcome.exit_code == 1
    assert "The file has: pid, time, Mood.1, Mood.2" in outcome.failed[0].message


def test_instrument_and_item_may_be_constants(tmp_path):
    write(tmp_path / "long.csv", "pid,time,value", "p1,2025-03-05,4")
    columns = {"instrument": None, "instrument_is": "mood", "item": None, "item_is": "2"}
    one = study(tmp_path, long(columns=columns))
    run(one)
    assert raw(one, ANSWERS) == [("2", 4.0)]
