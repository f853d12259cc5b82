"""Dates in numbers: which pattern reads them, and what a check says where they are refused."""

import duckdb
import pytest

from etl.check import check
from etl.doctor.folder import check_folder
from etl.doctor.written_dates import date_style
from etl.progress import quiet
from tests.etl.doctor.checked import by_code
from tests.etl.load_study import events, study, write


@pytest.mark.parametrize(
    ("texts", "pattern", "other"),
    [
        (("3/4/2025", "12/4/2025"), "%d/%m/%Y", "%m/%d/%Y"),
        (("3/4/2025", "13/4/2025"), "%d/%m/%Y", None),
        (("3/4/2025", "3/13/2025"), "%m/%d/%Y", None),
        (("3/4/25 9:05", "3/14/25 19:05"), "%m/%d/%y %H:%M", None),
        (("3/14/2025 9:05:01 PM",), "%m/%d/%Y %I:%M:%S %p", None),
        (("3/14/2025, 9:05pm",), "%m/%d/%Y, %I:%M%p", None),
        (("3-4-2025 10:00",), "%d-%m-%Y %H:%M", "%m-%d-%Y %H:%M"),
        (("3.4.2025",), "%d.%m.%Y", None),
        (("2025/3/14 10:00",), "%Y/%m/%d %H:%M", None),
    ],
)
def test_the_pattern_reads_what_it_was_told_by(texts, pattern, other):
    style = date_style(texts)
    assert (style.time_format, style.other) == (pattern, other)
    for one in filter(None, (pattern, other)):
        for text in texts:
            read = duckdb.execute("select try_strptime(?, ?)", [text, one]).fetchone()
            assert read[0] is not None


@pytest.mark.parametrize(
    "texts",
    [
        (),
        ("2025-03-05",),
        ("soon", "3/4/2025"),
        ("13/4/2025", "4/13/2025"),
        ("3/4-2025",),
        ("1/2",),
    ],
)
def test_what_is_no_such_date_has_no_style(texts):
    assert date_style(texts) is None


def said(tmp_path, *times, **columns):
    write(tmp_path / "events.csv", "pid,event,time", *(f"p1,open,{time}" for time in times))
    found = by_code(check(study(tmp_path, events(columns=columns))))
    return found.get("time_format_suspect", [])


def test_a_check_names_the_time_format_of_refused_dates(tmp_path):
    (one,) = said(tmp_path, "3/14/2025 10:00", "3/15/2025 11:00")
    assert (one.severity, one.subject) == ("warning", "time")
    assert one.remedy == 'Set time_format = "%m/%d/%Y %H:%M" in [sources.events].'


def test_where_day_and_month_could_be_either_both_are_named_without_a_value(tmp_path):
    (one,) = said(tmp_path, "3/4/2025", "5/6/2025")
    assert '"%d/%m/%Y"' in one.remedy
    assert '"%m/%d/%Y"' in one.remedy
    assert "which of the two comes first" in one.message
    assert not any(value in one.message + one.remedy for value in ("3/4", "5/6", "2025"))


def test_a_time_format_that_reads_them_is_not_questioned(tmp_path):
    assert said(tmp_path, "3/4/2025", "31/31/2025", time_format="%d/%m/%Y") == []
    assert said(tmp_path, "2025-03-05", "soon") == []


@pytest.mark.parametrize(
    ("times", "how", "is_unsure"),
    [
        (("3/4/2025 10:00", "5/4/2025 10:00"), "%d/%m/%Y %H:%M", True),
        (("3/24/2025 10:00", "5/4/2025 10:00"), "%m/%d/%Y %H:%M", False),
    ],
)
def test_a_proposal_has_the_format_and_says_where_it_is_unsure(tmp_path, times, how, is_unsure):
    folder = tmp_path / "exports"
    write(folder / "log.csv", "pid,event,time", *(f"p{n},open,{at}" for n, at in enumerate(times)))
    proposal = check_folder(folder, progress=quiet()).proposal
    assert f'time_format = "{how}"' in proposal
    assert ("whether the day or the month comes first" in proposal) is is_unsure
