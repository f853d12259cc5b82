"""Days and files that are missing from the log."""

from datetime import date, datetime, timedelta

from etl.doctor.log_days import quiet_days
from study.definition import Excused
from tests.etl.doctor.checked import daily, found, write_events
from tests.etl.load_study import events, roster, study, write

FIRST = datetime(2025, 3, 3, 9)
DAY = date(2025, 3, 3)


def log(without=(), days=28):
    rows = daily("open", people=10, days=days, first=FIRST, per_day=3)
    return [row for row in rows if row[2].date() not in without]


def test_a_log_without_gaps(tmp_path):
    write_events(tmp_path / "events.csv", log())
    assert not {"silent_days", "missing_file"} & found(study(tmp_path, events())).keys()


def test_silent_days_are_a_warning_unless_excused(tmp_path):
    gap = [date(2025, 3, 12), date(2025, 3, 13)]
    write_events(tmp_path / "events.csv", log(gap))
    (one,) = found(study(tmp_path, events()))["silent_days"]
    assert (one.severity, one.count) == ("warning", 2)
    assert "2025-03-12 to 2025-03-13" in one.message
    outage = Excused.model_validate({"from": gap[0], "to": gap[1], "reason": "down"})
    (one,) = found(study(tmp_path, events(), excused=(outage,)))["silent_days"]
    assert one.severity == "info"


def test_quiet_weekends_are_no_gap():
    week = {DAY + timedelta(days=n): 50 for n in range(42) if n % 7 < 5}
    assert quiet_days(week) == []
    lost = DAY + timedelta(days=16)
    assert quiet_days({day: n for day, n in week.items() if day != lost}) == [lost]


def test_few_events_a_day_are_too_few_to_tell():
    assert quiet_days({DAY + timedelta(days=n): 5 for n in range(28) if n != 9}) == []


def test_a_file_missing_in_a_daily_series(tmp_path):
    for n in range(28):
        day = DAY + timedelta(days=n)
        if n not in (10, 11):
            rows = [row for row in log() if row[2].date() == day]
            write_events(tmp_path / f"events-{day:%Y%m%d}.csv", rows)
    (one,) = found(study(tmp_path, events("events-*.csv")))["missing_file"]
    assert (one.severity, one.count) == ("warning", 2)
    assert "2025-03-13, 2025-03-14" in one.message


def test_a_series_that_holds_the_day_in_another_file_is_whole(tmp_path):
    for n in range(0, 28, 2):
        day = DAY + timedelta(days=n)
        rows = [row for row in log() if (row[2].date() - day).days in (0, 1)]
        write_events(tmp_path / f"events-{day:%Y-%m-%d}.csv", rows)
    assert "missing_file" not in found(study(tmp_path, events("events-*.csv")))


def test_a_month_missing_in_a_series(tmp_path):
    rows = log(days=120)
    for month in (3, 5, 6):
        own = [row for row in rows if row[2].month == month]
        write_events(tmp_path / f"events-2025-{month:02d}.csv", own)
    codes = found(study(tmp_path, events("events-*.csv")))
    assert "2025-04" in codes["missing_file"][0].message


def test_a_log_that_begins_after_enrolments(tmp_path):
    write_events(tmp_path / "events.csv", log())
    enrolled = ["2025-02-01"] * 5 + ["2025-03-01"] * 5
    write(
        tmp_path / "roster.csv",
        "pid,enrolled",
        *(f"p{k:02d},{day}" for k, day in enumerate(enrolled)),
    )
    (one,) = found(study(tmp_path, events(), roster()))["log_begins_late"]
    assert (one.severity, one.count) == ("warning", 5)
    write(tmp_path / "roster.csv", "pid,enrolled", *(f"p{k:02d},2025-03-01" for k in range(10)))
    assert "log_begins_late" not in found(study(tmp_path, events(), roster()))
