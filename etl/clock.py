"""How a source writes time, as parameters of the SQL that reads it."""

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb
import polars as pl

from etl.refusals import registered
from queries import sqlfile
from study.definition import Source, Study
from study.errors import UserError

NAMED = ("iso", "epoch_s", "epoch_ms", "epoch_us", "day_offset")
EXAMPLES = {
    "iso": "ISO 8601, for example 2024-03-05T21:40:00+01:00",
    "epoch_s": "seconds since 1970, for example 1709671200",
    "epoch_ms": "milliseconds since 1970, for example 1709671200000",
    "epoch_us": "microseconds since 1970, for example 1709671200000000",
    "day_offset": "a whole number of days from time_origin",
}
_TIME_OF_DAY = frozenset("HIpMSfgncX")
TOLERANCE = timedelta(days=1)
MOST_KEPT = 8
"""Time zones whose days are kept in memory: half a megabyte each."""


def time_params(study: Study, source: Source, now: datetime) -> dict[str, object]:
    """`time_format`, `pattern`, `origin`, `zone`, `home` and `latest` for the judging queries.

    `zone` is what stamps without a zone are written in; `home` is where the participants are, and
    so says on which date something happened to them.

    Raises
    ------
    UserError
        If the time zone is unknown, the pattern is none, or day offsets have no origin.
    """
    columns = source.events or source.answers or source.roster
    how = columns.time_format if columns else "iso"
    origin = columns.time_origin if columns else None
    if how == "day_offset" and origin is None:
        raise UserError(
            f"Source '{source.id}' has time_format = \"day_offset\" but no time_origin. Set "
            "time_origin to the date of day 0 in study.toml, for example 2025-01-06."
        )
    home = known_zone(study.study.time_zone, source.id)
    zone = known_zone(source.time_zone or study.study.time_zone, source.id)
    return {
        "time_format": how,
        "pattern": how if how not in NAMED else "%Y",
        "origin": origin or date(1970, 1, 1),
        # A pattern without a time of day gives dates: they are the participants' own.
        "zone": home if "%" in how and _TIME_OF_DAY.isdisjoint(_directives(how)) else zone,
        "home": home,
        "latest": now + TOLERANCE,
    }


def _directives(pattern: str) -> set[str]:
    return set(re.findall(r"%-?(.)", pattern))


def known_zone(name: str, source_id: str) -> str:
    """The name, if it is a time zone's.

    Raises
    ------
    UserError
        If it is not.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise UserError(
            f"Unknown time zone {name!r} for source '{source_id}'. Expected an IANA name such as "
            "Europe/London. Correct 'time_zone' in study.toml."
        ) from error
    return name


class LocalDays:
    """The table `local_days`: what turns UTC into local time, by time zone and day.

    A calendar asked for every event costs more than all else that is done with it; and of a small
    load a tenth is to make the days. A process makes those of its first zones once.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, now: datetime) -> None:
        """Remember the table, which is empty yet."""
        self._con = con
        # The whole of the last day: what is made is then the same for every load of a day.
        self._latest = datetime.combine((now + TOLERANCE).date(), time()) + timedelta(days=1)
        self._covered: set[str] = set()

    def cover(self, zone_names: Iterable[str]) -> None:
        """Add the days of time zones that are not there yet; other texts are passed over."""
        lacking = sorted(set(zone_names) - self._covered)
        if not lacking:
            return
        made = _made_days(self._latest)
        again = [name for name in lacking if name in made]
        if again:
            with registered(self._con, "made_days", pl.concat([made[name] for name in again])):
                sqlfile.load("load/insert_made_days.sql").execute(self._con)
        if anew := [name for name in lacking if name not in made]:
            sqlfile.load("load/insert_local_days.sql").execute(
                self._con, zone_names=anew, latest=self._latest
            )
            self._remember(anew, made)
        self._covered.update(lacking)

    def _remember(self, zone_names: list[str], made: dict[str, pl.DataFrame]) -> None:
        """Let later loads of this process have the days, of so many zones as take little memory."""
        if len(made) < MOST_KEPT:
            names = zone_names[: MOST_KEPT - len(made)]
            days = sqlfile.load("load/made_local_days.sql").fetch(self._con, zone_names=names)
            made |= {str(name): one for (name,), one in days.group_by("zone_name")}


@lru_cache(maxsize=1)
def _made_days(latest: datetime) -> dict[str, pl.DataFrame]:
    """Days that this process made until `latest`, by time zone; of the last such day only."""
    del latest
    return {}


def check_pattern(
    con: duckdb.DuckDBPyConnection, params: dict[str, object], source: Source
) -> None:
    """Refuse a strptime pattern that is none.

    Raises
    ------
    UserError
        If DuckDB cannot read with the pattern.
    """
    try:
        sqlfile.load("load/probe_pattern.sql").fetch(con, pattern=params["pattern"])
    except duckdb.InvalidInputException as error:
        raise UserError(
            f"time_format {params['time_format']!r} of source '{source.id}' is neither one of "
            f'{", ".join(NAMED)} nor a strptime pattern such as "%d/%m/%Y %H:%M". Correct it in '
            "study.toml."
        ) from error


def expected_time(params: dict[str, object]) -> str:
    """What a time stamp of the source should look like, in words."""
    how = str(params["time_format"])
    return (
        EXAMPLES.get(how, f"a time written as {how}") + ", from 2000-01-01 to the day of the load"
    )
