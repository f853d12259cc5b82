"""Tables on paper say what those of the page say."""

from datetime import date, datetime

import polars as pl
import pytest

from dashboard.panel import Panel
from dashboard.reports.paper_table import measure, paper_table

FRAME = pl.DataFrame(
    {
        "name": ["a", "b", None],
        "n": [12345, None, 3],
        "share": [0.001, 0.5, None],
        "mean": [0.123456, -1234.5, None],
        "day": [date(2025, 3, 1), None, None],
        "at": [datetime(2025, 3, 1, 9, 5), None, None],
        "is_open": [True, False, None],
        "internal": [1, 2, 3],
        "withheld_columns": [[], ["n", "mean"], []],
        "is_withheld": [False, False, False],
        "withheld_below": [10, 10, 10],
    }
)


def panel(**more):
    names = ("name", "n", "share", "mean", "day", "at", "is_open")
    return Panel(
        id="overview-x",
        title="X",
        definition="",
        read=lambda con, viewer, filters: FRAME,
        columns={name: name.upper() for name in names},
        caption=lambda frame: "",
        empty="",
        **more,
    )


def test_every_kind_of_cell():
    table = paper_table(panel(), FRAME)
    assert table.headings == ("NAME", "N", "SHARE", "MEAN", "DAY", "AT", "IS_OPEN")
    assert table.is_number == (False, True, True, True, False, False, False)
    assert table.rows == (
        ("a", "12\u202f345", "<1 %", "0.123", "2025-03-01", "2025-03-01 09:05", "yes"),
        ("b", "withheld", "50 %", "withheld", "–", "–", "no"),
        ("–", "3", "–", "–", "–", "–", "–"),
    )
    assert table.n_left == 0


def test_columns_and_rows_that_there_is_no_room_for():
    table = paper_table(panel(), FRAME, ("mean", "name"), 2)
    assert table.headings == ("NAME", "MEAN")
    assert table.rows == (("a", "0.123"), ("b", "withheld"))
    assert table.n_left == 1


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0"),
        (1.0, "1"),
        (100.0, "100"),
        (1234.5, "1230"),
        (-0.04567, "\u22120.0457"),
        (2.5e-7, "0.00000025"),
        (3e-12, "3e\u221212"),
        (None, "–"),
    ],
)
def test_measured_numbers(value, words):
    assert measure(value) == words
