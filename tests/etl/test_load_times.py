"""Times: every format, every zone, stored in UTC with the participant's local date."""

from contextlib import closing
from datetime import date, datetime

import pytest

from etl.load import load_into
from etl.progress import quiet
from study.definition import EventColumns
from tests.etl.load_study import ORIGIN, counts, events, only, refused, run, study, write
from warehouse.connect import in_memory


def stored(tmp_path, stamp, *, zone="UTC", home=None, own=None, **columns):
    """UTC time and local date of the one event, or the rule that refused it."""
    columns = {"time_zone_column": "tz", **columns}
    source = events(columns=columns, time_zone=zone, delimiter=";")
    one = study(tmp_path, source, time_zone=home or zone)
    write(tmp_path / "events.csv", "pid;event;time;tz", f"p1;open;{stamp};{own or ''}")
    with closing(in_memory()) as con:
        receipt = only(load_into(con, one, progress=quiet()))
        if receipt.rows_rejected:
            return next(iter(refused(receipt)))
        return con.sql("select occurred_at, local_date from events").fetchall()[0]


@pytest.mark.parametrize(
    ("stamp", "zone", "own", "utc", "local"),
    [
        ("2025-03-05T21:40:00Z", "Europe/Paris", None, "2025-03-05 21:40", "2025-03-05"),
        ("2025-03-05T23:40:00Z", "Europe/Paris", None, "2025-03-05 23:40", "2025-03-06"),
        ("2025-03-05T21:40:00+01:00", "UTC", None, "2025-03-05 20:40", "2025-03-05"),
        ("2025-03-05 21:40:00 +0100", "UTC", None, "2025-03-05 20:40", "2025-03-05"),
        ("2025-03-05 21:40", "Europe/Paris", None, "2025-03-05 20:40", "2025-03-05"),
        ("2025-03-05", "America/New_York", None, "2025-03-05 05:00", "2025-03-05"),
        ("2025-03-05 21:40", "UTC", "Asia/Tokyo", "2025-03-05 12:40", "2025-03-05"),
        ("2025-03-05 21:40:00 UTC", "Asia/Tokyo", None, "2025-03-05 21:40", "2025-03-06"),
        ("2025-03-05 21:40:00.5 UTC", "UTC", None, "2025-03-05 21:40:00.5", "2025-03-05"),
        ("2025-03-05t21:40:00,250z", "UTC", None, "2025-03-05 21:40:00.25", "2025-03-05"),
        ("2025-03-05T21:40:00Z", "UTC", "Asia/Tokyo", "2025-03-05 21:40", "2025-03-06"),
        # The clocks went on: 01:30 did not exist in London, and moves on by the hour.
        ("2025-03-30 01:30", "Europe/London", None, "2025-03-30 01:30", "2025-03-30"),
        ("2025-03-30 00:59", "Europe/London", None, "2025-03-30 00:59", "2025-03-30"),
        ("2025-03-30 02:01", "Europe/London", None, "2025-03-30 01:01", "2025-03-30"),
        # The clocks went back: 01:30 came twice, and the later counts.
        ("2025-10-26 01:30", "Europe/London", None, "2025-10-26 01:30", "2025-10-26"),
    ],
)
def test_iso_times(tmp_path, stamp, zone, own, utc, local):
    expected = (datetime.fromisoformat(utc), date.fromisoformat(local))
    assert stored(tmp_path, stamp, zone=zone, own=own) == expected


@pytest.mark.parametrize(
    ("stamp", "how", "utc", "local"),
    [
        # The source says how stamps are written, the study where the participants are.
        ("2025-03-06 02:00", {}, "2025-03-06 02:00", "2025-03-05"),
        ("2025-03-06T02:00:00Z", {}, "2025-03-06 02:00", "2025-03-05"),
        ("1741226400", {"time_format": "epoch_s"}, "2025-03-06 02:00", "2025-03-05"),
        # A date without a time is that date, wherever it was written down.
        ("2025-03-06", {}, "2025-03-06 05:00", "2025-03-06"),
        ("06/03/2025", {"time_format": "%d/%m/%Y"}, "2025-03-06 05:00", "2025-03-06"),
        ("06/03/2025 02", {"time_format": "%d/%m/%Y %H"}, "2025-03-06 02:00", "2025-03-05"),
    ],
)
def test_dates_are_those_of_the_study_whatever_zone_a_source_writes_in(
    tmp_path, stamp, how, utc, local
):
    at, day = stored(tmp_path, stamp, zone="UTC", home="America/New_York", **how)
    assert (at, day) == (datetime.fromisoformat(utc), date.fromisoformat(local))


@pytest.mark.parametrize(
    ("how", "stamp"),
    [
        ("epoch_s", "1741210800"),
        ("epoch_s", "1741210800.0"),
        ("epoch_s", "1.7412108E9"),
        ("epoch_ms", "1741210800000"),
        ("epoch_us", "1741210800000000"),
        ("%d/%m/%Y %H:%M", "05/03/2025 21:40"),
        ("%d/%m/%Y %H:%M %z", "05/03/2025 22:40 +0100"),
    ],
)
def test_other_formats(tmp_path, how, stamp):
    at = stored(tmp_path, stamp, time_format=how)
    assert at == (datetime(2025, 3, 5, 21, 40), date(2025, 3, 5))


@pytest.mark.parametrize(
    ("days", "local"), [("-1", "2025-01-05"), ("0", "2025-01-06"), ("170.0", "2025-06-25")]
)
def test_day_offsets_are_local_midnights(tmp_path, days, local):
    at, day = stored(
        tmp_path, days, zone="Europe/Berlin", time_format="day_offset", time_origin=ORIGIN
    )
    assert day == date.fromisoformat(local)
    # Berlin is one hour ahead of UTC in winter and two in summer.
    assert at.hour == (22 if day.month == 6 else 23)


@pytest.mark.parametrize(
    ("stamp", "columns", "rule"),
    [
        ("yesterday", {}, "bad_time"),
        ("infinity", {}, "bad_time"),
        ("2025-02-30", {}, "bad_time"),
        ("05/03/2025", {}, "bad_time"),
        ("", {}, "bad_time"),
        ("1741210800", {}, "bad_time"),
        ("nan", {"time_format": "epoch_s"}, "bad_time"),
        ("1e99", {"time_format": "epoch_ms"}, "time_out_of_range"),
        ("1741210800", {"time_format": "epoch_ms"}, "time_out_of_range"),
        ("1741210800000", {"time_format": "epoch_s"}, "time_out_of_range"),
        ("1.5", {"time_format": "day_offset", "time_origin": ORIGIN}, "bad_time"),
        ("31/31/2025", {"time_format": "%d/%m/%Y"}, "bad_time"),
        ("1999-12-31", {}, "time_out_of_range"),
        ("2199-12-31", {}, "time_out_of_range"),
    ],
)
def test_times_that_are_none(tmp_path, stamp, columns, rule):
    assert stored(tmp_path, stamp, **columns) == rule


def test_a_zone_of_its_own_that_is_none_is_refused_with_its_column(tmp_path):
    write(tmp_path / "events.csv", "pid,event,time,tz", "p1,open,2025-03-05,Mars/Olympus")
    one = study(tmp_path, events(columns={"time_zone_column": "tz"}))
    (rule,) = only(run(one)).by_rule
    assert (rule.rule, rule.column_name) == ("bad_time", "tz")


@pytest.mark.parametrize(
    ("received", "skew", "loaded"),
    [
        ("2025-03-05T12:00:00Z", 60, 1),
        ("2025-03-05T11:00:00Z", 60, 1),
        ("2025-03-05T10:59:59Z", 60, 0),
        ("", 60, 1),
        ("not a time", 60, 1),
    ],
)
def test_clock_skew(tmp_path, received, skew, loaded):
    write(tmp_path / "events.csv", "pid,event,time,got", f"p1,open,2025-03-05T12:00:00Z,{received}")
    columns = {"received": "got", "max_clock_skew_minutes": skew}
    receipt = only(run(study(tmp_path, events(columns=columns))))
    assert counts(receipt) == (1, loaded, 0, 1 - loaded)
    assert loaded or "clock_skew" in refused(receipt)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"time_zone": "Europe/Nowhere"}, "time zone"),
        ({"columns": {"time_format": "day_offset"}}, "time_origin"),
        ({"columns": {"time_format": "%Q"}}, "strptime"),
    ],
)
def test_a_clock_that_is_wrong_for_the_whole_source(tmp_path, source, words):
    write(tmp_path / "events.csv", "pid,event,time", "p1,open,2025-03-05")
    good = events()
    # The study file refuses these itself; the loader must not depend on it.
    columns = EventColumns.model_construct(**{**dict(good.events), **source.get("columns", {})})
    zone = source.get("time_zone")
    broken = good.model_copy(update={"events": columns, "time_zone": zone})
    outcome = run(_with(tmp_path, broken))
    assert outcome.exit_code == 1
    assert words in outcome.failed[0].message


def _with(folder, source):
    return study(folder, events()).model_copy(update={"sources": (source,)})
