"""Rows that stand twice, under one id or under two."""

from datetime import datetime, timedelta

from tests.etl.doctor.checked import daily, found, write_events
from tests.etl.load_study import events, study, write

FIRST = datetime(2025, 3, 3, 9)
ROWS = daily("open", people=6, days=10, first=FIRST)


def test_rows_sent_twice_and_files_that_overlap(tmp_path):
    write_events(tmp_path / "events-1.csv", [*ROWS[:40], *ROWS[:3]])
    write_events(tmp_path / "events-2.csv", ROWS[35:])
    codes = found(study(tmp_path, events("events-*.csv")))
    assert [(one.count, one.severity) for one in codes["repeated_rows"]] == [(3, "info")]
    (one,) = codes["overlapping_files"]
    assert (one.count, one.severity) == (5, "info")
    assert [(place.file, place.count) for place in one.places] == [("events-2.csv", 5)]


def test_one_app_logged_through_two_systems(tmp_path):
    write_events(tmp_path / "events.csv", ROWS)
    later = [(pid, name, at + timedelta(seconds=1)) for pid, name, at in ROWS]
    write_events(tmp_path / "other.csv", later)
    codes = found(study(tmp_path, events(), events("other.csv", id="other")))
    (one,) = codes["likely_duplicates"]
    assert (one.severity, one.count) == ("warning", 60)
    assert "source 'other'" in one.message
    assert "overlapping_files" not in codes


def test_two_systems_that_log_different_things(tmp_path):
    write_events(tmp_path / "events.csv", ROWS)
    later = [(pid, name, at + timedelta(seconds=3)) for pid, name, at in ROWS]
    write_events(tmp_path / "other.csv", later)
    codes = found(study(tmp_path, events(), events("other.csv", id="other")))
    assert "likely_duplicates" not in codes


def test_an_id_that_each_export_gives_anew(tmp_path):
    for number in (1, 2):
        lines = [
            f"{pid},{name},{at:%Y-%m-%dT%H:%M:%SZ},{number}-{k}"
            for k, (pid, name, at) in enumerate(ROWS)
        ]
        write(tmp_path / f"events-{number}.csv", "pid,event,time,id", *lines)
    (one,) = found(study(tmp_path, events("events-*.csv", columns={"event_id": "id"})))[
        "likely_duplicates"
    ]
    assert "another file of the source" in one.message
    assert "event_id" in one.remedy


def test_quick_taps_of_one_file_are_no_duplicates(tmp_path):
    taps = [(pid, name, at + timedelta(seconds=k)) for pid, name, at in ROWS for k in range(3)]
    write_events(tmp_path / "events.csv", taps)
    assert "likely_duplicates" not in found(study(tmp_path, events()))
