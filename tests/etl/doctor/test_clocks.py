"""Clocks of devices, times of the future, and the ways in which times are written."""

from datetime import UTC, datetime, timedelta

import pytest

from etl.doctor.clocks import clock_changes
from tests.etl.doctor.checked import found
from tests.etl.load_study import events, study, write

NOON = datetime(2025, 3, 5, 12)


def received(tmp_path, lags_s, **columns):
    """Events by how many seconds after they happened the server received them."""
    lines = [
        f"p{k % 5},open,{NOON + timedelta(minutes=k):%Y-%m-%dT%H:%M:%SZ},"
        f"{NOON + timedelta(minutes=k, seconds=lag):%Y-%m-%dT%H:%M:%SZ}"
        for k, lag in enumerate(lags_s)
    ]
    write(tmp_path / "events.csv", "pid,event,time,got", *lines)
    return found(study(tmp_path, events(columns={"received": "got", **columns})))


def test_a_few_clocks_ahead_are_told_and_many_are_a_warning(tmp_path):
    (few,) = received(tmp_path, [2] * 299 + [-400])["clock_ahead"]
    assert (few.severity, few.count) == ("info", 1)
    (many,) = received(tmp_path, [2] * 90 + [-4000] * 10)["clock_ahead"]
    assert (many.severity, many.count) == ("warning", 10)
    assert "10 of them more than an hour" in many.message
    assert "2 seconds later" in many.message


def test_a_clock_that_is_always_ahead_is_a_participants(tmp_path):
    lags = [-600 if k % 5 == 0 else 2 for k in range(100)]
    (one,) = received(tmp_path, lags)["clock_ahead"]
    assert "of 1 participant happened" in one.message
    assert "The usual event of 1 of them is ahead" in one.message


def test_clocks_that_agree_are_not_spoken_of(tmp_path):
    assert (
        not {"clock_ahead", "clock_offset", "late_events"}
        & received(tmp_path, [2, 290] * 50).keys()
    )


@pytest.mark.parametrize(("hours", "said"), [(5, "5 hours after"), (-1, "1 hour before")])
def test_a_steady_lag_of_whole_hours_is_a_zone(tmp_path, hours, said):
    (one,) = received(tmp_path, [3600 * hours + 3] * 60)["clock_offset"]
    assert said in one.message
    assert one.severity == "warning"


def test_a_slow_network_is_no_zone(tmp_path):
    assert "clock_offset" not in received(tmp_path, [k * 400 for k in range(60)])


def test_events_that_arrive_days_later(tmp_path):
    (one,) = received(tmp_path, [2] * 50 + [86400 * 3 + 60] * 4)["late_events"]
    assert (one.severity, one.count) == ("info", 4)
    assert "after 3 days" in one.message


def test_events_of_tomorrow(tmp_path):
    soon = datetime.now(UTC) + timedelta(hours=8)
    write(tmp_path / "events.csv", "pid,event,time", f"p1,open,{soon:%Y-%m-%dT%H:%M:%SZ}")
    (one,) = found(study(tmp_path, events()))["future_events"]
    assert (one.severity, one.count) == ("warning", 1)


def test_days_on_which_clocks_change():
    first, last = datetime(2025, 3, 1), datetime(2025, 11, 1)
    days = [day.date().isoformat() for day in clock_changes("Europe/London", first, last)]
    assert days == ["2025-03-30", "2025-10-26"]
    assert clock_changes("UTC", first, last) == []


def test_times_written_in_two_ways(tmp_path):
    lines = [f"p1,open,2025-03-05T10:{k:02d}:00{'Z' if k % 2 else '+02:00'}" for k in range(40)]
    write(tmp_path / "events.csv", "pid,event,time", *lines)
    (one,) = found(study(tmp_path, events()))["mixed_time_styles"]
    assert one.severity == "info"
    assert "50 % as UTC (Z), 50 % with an offset" in one.message
    write(tmp_path / "events.csv", "pid,event,time", *lines[::2])
    assert "mixed_time_styles" not in found(study(tmp_path, events()))
