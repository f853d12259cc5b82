"""From keyed answers to the lines of a table."""

import numpy as np
import polars as pl
import pytest

from models.errors import NotEstimableError
from models.measurement.items import item_table, key_answers
from models.measurement.scale_report import instrument_reports, scale_report
from study.scoring import score_scale
from study.scoring_key import Instrument
from tests.models.measurement import answers


def long(*rows):
    columns = ["participant_id", "occasion", "item_id", "keyed_value"]
    return pl.DataFrame(rows, schema=columns, orient="row")


class TestItemTable:
    def test_each_filling_in_is_a_row_with_gaps_where_nothing_was_answered(self):
        table = item_table(
            long(
                ("p2", "week 2", "a", 5),
                ("p1", "week 1", "b", 2),
                ("p1", "week 1", "a", 1),
                ("p1", "week 2", "a", None),
                ("p2", "week 1", "other", 9),
            ),
            ("a", "b"),
        )
        assert table.names == ("a", "b")
        np.testing.assert_array_equal(table.values, [[1, 2], [5, np.nan]])
        assert table.participants.tolist() == [0, 1]
        assert table.occasions.tolist() == [0, 1]

    def test_no_answer_at_all(self):
        with pytest.raises(NotEstimableError, match="No item"):
            item_table(long(("p1", "week 1", "a", None)), ("a",))

    def test_two_answers_to_an_item_are_a_broken_read(self):
        with pytest.raises(ValueError, match="twice"):
            item_table(long(("p1", "w", "a", 1), ("p1", "w", "a", 2)), ("a",))


INSTRUMENT = Instrument.model_validate(
    {
        "id": "short",
        "label": "Short",
        "items": ["a", "b", "c"],
        "low": 1,
        "high": 5,
        "reverse": ["b"],
        "scales": [
            {"id": "all", "label": "All", "items": ["a", "b", "c"]},
            {"id": "two", "label": "Two", "items": ["a", "c"]},
        ],
    }
)


def raw(*rows):
    columns = ["participant_id", "occasion", "item_id", "answer"]
    return pl.DataFrame(rows, schema=columns, orient="row")


class TestKeying:
    def test_reversed_items_are_turned_round_and_gaps_stay(self):
        answers = raw(("p", "w", "a", 5), ("p", "w", "b", 5), ("q", "w", "b", None))
        assert key_answers(answers, INSTRUMENT)["keyed_value"].to_list() == [5, 1, None]

    def test_each_answer_is_keyed_as_the_scores_are(self):
        for answer in range(1, 6):
            keyed = key_answers(raw(("p", "w", "b", answer)), INSTRUMENT)["keyed_value"][0]
            scale = INSTRUMENT.scale("all").model_copy(update={"items": ("b",)})
            assert score_scale(INSTRUMENT, scale, {"b": answer}).score == keyed

    @pytest.mark.parametrize(
        ("item", "answer", "rule"), [("a", 6, "out_of_range"), ("z", 3, "unknown_item")]
    )
    def test_what_the_key_refuses_is_refused_without_the_answer(self, item, answer, rule):
        with pytest.raises(ValueError, match=f"item {item}: {rule}") as caught:
            key_answers(raw(("p", "w", item, answer)), INSTRUMENT)
        assert str(answer) not in str(caught.value).replace("from 1 to 5", "").replace(
            "3 items", ""
        )


class TestReport:
    def test_an_instrument_has_a_report_per_scale(self):
        rng = np.random.default_rng(1)
        level = rng.normal(size=40)
        noise = rng.normal(0, 0.6, (40, 3))
        rows = []
        for person in range(40):
            for j, item in enumerate("abc"):
                answer = int(np.clip(np.round(3 + level[person] + noise[person, j]), 1, 5))
                rows.append((f"p{person}", "w", item, 6 - answer if item == "b" else answer))
        reports = instrument_reports(INSTRUMENT, key_answers(raw(*rows), INSTRUMENT))
        assert [report.scale for report in reports] == ["all", "two"]
        assert reports[0].alpha.alpha > 0.7
        assert reports[0].warnings == ()
        assert reports[1].omega is None
        assert any("at least 3 items" in row.explanation for row in reports[1].rows)

    def test_a_scale_nobody_answered_is_a_line(self):
        empty = key_answers(raw(("p", "w", "a", None)), INSTRUMENT)
        for report in instrument_reports(INSTRUMENT, empty):
            assert report.rows[0].explanation == "No item of this scale was answered."

    def test_all_lines_of_a_repeated_scale(self):
        report = scale_report("alliance", answers.two_level())
        lines = {(row.coefficient, row.of.split(" ")[-2]) for row in report.rows}
        assert {("alpha", "within"), ("omega", "within"), ("alpha", "between")} <= lines
        assert all(row.value is not None for row in report.rows)
        assert report.alpha is not None
        # Two occasions are what everyone has: the first of them is the fullest.
        assert report.alpha.n == 90

    def test_the_fullest_occasion_is_found_past_one_that_nobody_completed(self):
        """Occasion 1 never complete, 2 complete for 30, 3 for 60."""
        rng = np.random.default_rng(4)
        values = rng.normal(size=(180, 1)) + rng.normal(0, 0.7, (180, 4))
        occasions = np.repeat([0, 1, 2], 60)
        values[occasions == 0, 0] = np.nan
        values[np.flatnonzero(occasions == 1)[:30], 2] = np.nan
        people = np.tile(np.arange(60), 3)
        table = answers.ItemTable(("a", "b", "c", "d"), values, people, occasions)
        report = scale_report("alliance", table)
        assert report.alpha.n == 60
        assert any("occasion 3" in row.of for row in report.rows)

    def test_one_occasion_has_no_lines_on_change(self):
        values, names = answers.one_occasion()
        n = len(values)
        table = answers.ItemTable(names, values, np.arange(n), np.zeros(n, dtype=np.int64))
        report = scale_report("alliance", table, missing="pairwise")
        assert [row.coefficient for row in report.rows] == ["alpha", "omega"]
        assert report.alpha.missing == "pairwise"
        assert (report.levels, report.change) == (None, None)

    def test_what_cannot_be_estimated_is_a_line_with_its_reason(self):
        report = scale_report("alliance", answers.repeated(np.random.default_rng(1), 3, 2))
        assert [row.value for row in report.rows] == [None] * 3 or any(
            row.value is None and row.explanation for row in report.rows
        )
        assert all(row.explanation for row in report.rows if row.value is None)
