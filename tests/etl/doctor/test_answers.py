"""Answers in range that are still not what the study file says."""

import pytest

from tests.etl.doctor.checked import found
from tests.etl.load_study import MOOD, study, wide, write


def answered(tmp_path, rows, **changes):
    """Findings on a wide file of three items, one filling-in a row."""
    lines = [
        f"p{k:03d},2025-03-{1 + k % 28:02d},{','.join(str(one) for one in row)}"
        for k, row in enumerate(rows)
    ]
    names = ",".join(f"mood_{k}" for k in range(1, len(rows[0]) + 1))
    write(tmp_path / "wide.csv", f"pid,time,{names}", *lines)
    one = study(tmp_path, wide()).model_copy(
        update={"instruments": (MOOD.model_copy(update=changes),)}
    )
    return found(one)


def moods(n=100):
    """Three items that go together, over the whole range."""
    return [
        [max(1, min(5, 1 + k % 5 + (k // 5 + item) % 3 - 1)) for item in range(3)] for k in range(n)
    ]


def test_answers_as_they_should_be(tmp_path):
    codes = answered(tmp_path, moods())
    own = {"item_reversed_suspect", "item_constant", "range_not_used", "item_without_answer"}
    assert not own & codes.keys()


def test_an_item_that_goes_against_the_others(tmp_path):
    turned = [[a, b, 6 - c] for a, b, c in moods()]
    (one,) = answered(tmp_path, turned)["item_reversed_suspect"]
    assert one.subject == "instruments.mood, item 3"
    assert one.severity == "warning"
    assert "add it to 'reverse'" in one.remedy


def test_an_item_that_the_export_has_turned_round_already(tmp_path):
    (one,) = answered(tmp_path, moods(), reverse=("3",))["item_reversed_suspect"]
    assert "take it out of 'reverse'" in one.remedy
    turned = [[a, b, 6 - c] for a, b, c in moods()]
    assert "item_reversed_suspect" not in answered(tmp_path, turned, reverse=("3",))


def test_too_few_answers_are_not_judged(tmp_path):
    turned = [[a, b, 6 - c] for a, b, c in moods(40)]
    assert "item_reversed_suspect" not in answered(tmp_path, turned)


def test_an_item_with_one_answer_and_one_without_any(tmp_path):
    codes = answered(tmp_path, [[a, 3, ""] for a, _, _ in moods(30)])
    assert "item 2" in codes["item_constant"][0].message
    assert "item 3" in codes["item_without_answer"][0].message


def test_a_shorter_range_than_the_instruments(tmp_path):
    (one,) = answered(tmp_path, moods(150), high=7)["range_not_used"]
    assert one.severity == "info"
    assert "highest answer of 7" in one.message
    assert "lowest" not in one.message


@pytest.mark.parametrize(("low", "high", "is_refused"), [(0, 4, True), (1, 5, False)])
def test_answers_from_another_base_are_refused_by_name(tmp_path, low, high, is_refused):
    codes = answered(tmp_path, moods(), low=low, high=high)
    assert ("coded_from_other_base" in codes) == is_refused


@pytest.mark.parametrize(("n_same", "severity"), [(3, None), (10, "info"), (40, "warning")])
def test_one_answer_throughout(tmp_path, n_same, severity):
    items = tuple(str(k) for k in range(1, 7))
    scale = MOOD.scales[0].model_copy(update={"items": items})
    varied = [[1 + (k + j) % 5 for j in range(6)] for k in range(100 - n_same)]
    codes = answered(tmp_path, [*varied, *[[3] * 6] * n_same], items=items, scales=(scale,))
    said = codes.get("same_answer_throughout", [])
    assert [one.severity for one in said] == ([severity] if severity else [])
