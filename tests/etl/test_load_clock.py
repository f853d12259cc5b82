"""Local dates come from a table of days: it says what the calendar says, for every zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import polars as pl
import pytest

from etl.clock import MOST_KEPT, LocalDays, _made_days
from etl.raw_tables import prepare
from queries import sqlfile
from warehouse.connect import in_memory

FIRST = datetime(2000, 1, 1)
LAST = datetime(2027, 1, 1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def shift_of(zone, at):
    return at.replace(tzinfo=UTC).astimezone(zone).utcoffset()


def changes(name):
    """When a zone's clocks change, to the second, by halving."""
    zone, found, step = ZoneInfo(name), [], timedelta(days=2)
    at = FIRST
    while at < LAST:
        low, high = at, at + step
        if shift_of(zone, low) != shift_of(zone, high):
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                if shift_of(zone, middle) == shift_of(zone, low):
                    low = middle
                else:
                    high = middle
            found.append(high.replace(microsecond=0))
        at += step
    return found


CHANGES = {name: changes(name) for name in ("Europe/London", "America/St_Johns", "Asia/Gaza")}


def some_zones():
    """One zone of many that share a clock: names come in families."""
    return sorted(name for name in available_timezones() if name.startswith(("A", "E", "P")))[::9]


def test_clocks_change_on_a_full_minute_and_once_in_a_utc_day():
    for name in [*CHANGES, *some_zones()]:
        found = changes(name)
        assert all(one.second == 0 for one in found), name
        assert len({one.date() for one in found}) == len(found), name
    # Not on a quarter of an hour: Newfoundland's clocks changed a minute after midnight.
    assert any(one.minute % 15 for one in CHANGES["America/St_Johns"])


@pytest.fixture(scope="module")
def con():
    con = in_memory()
    prepare(con)
    yield con
    con.close()


def test_the_table_of_days_says_what_the_database_calendar_says(con):
    names = ["UTC", "Europe/London", "Asia/Kolkata", "Pacific/Apia", "America/St_Johns"]
    names += ["Asia/Gaza", "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Cairo"]
    LocalDays(con, LAST).cover([*names, "No/Where"])
    held = {row[0] for row in con.sql("select distinct zone_name from local_days").fetchall()}
    assert held == set(names)
    around = [
        one + step * MINUTE for every in CHANGES.values() for one in every for step in (-1, 0)
    ]
    spread = [FIRST + number * timedelta(hours=7, minutes=13, seconds=1) for number in range(9000)]
    moments = pl.DataFrame({"at": [*around, *spread]}, schema={"at": pl.Datetime("us")})
    con.register("moments", moments.to_arrow())
    wrong = con.sql("""
        select zone_name, moments."at"
        from moments cross join (select distinct zone_name from local_days) as zones_held
        left join local_days using (zone_name)
        where utc_date = cast(moments."at" as date)
        and cast(moments."at" + case when moments."at" >= changes_at then later_shift else shift end
            as date) <> local_date_of(moments."at", zone_name)
    """).fetchall()
    con.unregister("moments")
    assert wrong == []


SPELLINGS = (
    ("{d}T{t}Z", 0),
    ("{d} {t}Z", 0),
    ("{d}t{t}z", 0),
    ("{d}T{t}+00:00", 0),
    ("{d}T{t} +0000", 0),
    ("{d}T{t}+01", 60),
    ("{d}T{t}-03:30", -210),
    ("{d} {t} UTC", 0),
    ("{d}T{t}", 0),
)


def test_the_plain_shapes_read_as_the_others_do(con):
    """Whatever way of reading a spelling takes, it is the same moment."""
    days = ("2000-01-01", "2024-02-29", "2025-03-30", "2024-12-31")
    times = ("00:00:00", "23:59:59", "01:30:00.5", "12:00:00.123456")
    cases = [
        (text.format(d=day, t=time), datetime.fromisoformat(f"{day} {time}") - minutes * MINUTE)
        for day in days
        for time in times
        for text, minutes in SPELLINGS
    ]
    no_times = ["2025-02-30T00:00:00Z", "2025-13-01T00:00:00Z", "2025-01-01T24:30:00Z"]
    no_times += ["2025-01-01T1:00:00:00Z", "2025-01-01T 1:00:00Z", "epoch", "infinity", "now"]
    frame = pl.DataFrame({"stamp": [*(text for text, _ in cases), *no_times]})
    con.register("stamps", frame.to_arrow())
    read = con.sql(
        "select utc_of(stamp, 'iso', '%Y', date '1970-01-01', 'UTC', 'UTC') from stamps"
    ).fetchall()
    con.unregister("stamps")
    assert [one for (one,) in read] == [*(at for _, at in cases), *([None] * len(no_times))]


def test_the_header_of_the_judging_function_names_its_parameters():
    """A function has no `Param:` lines that a call could be checked against."""
    text = sqlfile.load("load/insert_events.sql").sql
    given = [one.name for one in sqlfile.load("load/insert_events.sql").params]
    made = sqlfile.load("load/judged_events.sql").sql.split("\n) as table")[0]
    assert [f"given_{name}" for name in given] == made.replace(",", "").split()[-len(given) :]
    assert all(f"${name}" in text for name in given)


def days_of(con, *names):
    query = sqlfile.load("load/made_local_days.sql")
    return query.fetch(con, zone_names=list(names)).sort("zone_name", "utc_date")


def test_a_later_load_of_the_process_has_the_same_days():
    """Those that were made before are not made again, be others wanted beside them or not."""
    names = ["Europe/London", "Pacific/Apia", "America/St_Johns"]
    _made_days.cache_clear()
    found = []
    for wanted in ([names[:2]], [names[:1], names[1:]], [[*names, "No/Where"]]):
        one = in_memory()
        prepare(one)
        days = LocalDays(one, LAST)
        for some in wanted:
            days.cover(some)
        found.append((days_of(one, *names[:2]), days_of(one, *names)))
        one.close()
    assert found[0][0].height > 2 * 9_000
    assert found[0][0].equals(found[1][0])
    assert found[0][0].equals(found[2][0])
    assert found[1][1].equals(found[2][1])
    assert set(_made_days(datetime(2027, 1, 3))) == set(names)
    # What another day asks for is made anew, and reaches one day further.
    one = in_memory()
    prepare(one)
    LocalDays(one, LAST + DAY).cover(names[:1])
    assert days_of(one, names[0]).height == found[0][0].height // 2 + 1
    one.close()


def test_few_time_zones_are_kept_in_memory():
    _made_days.cache_clear()
    one = in_memory()
    prepare(one)
    LocalDays(one, LAST + 9 * DAY).cover(some_zones()[:12])
    one.close()
    assert len(_made_days(LAST + 11 * DAY)) == MOST_KEPT
