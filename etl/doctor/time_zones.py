"""Whether the clock of a source's times is the participants' own: people sleep at night."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from etl.doctor.findings import Finding, counted
from etl.doctor.raw_tables import RawTables, total
from study.definition import Source

NIGHT_CENTRE = 3.5
"""The middle of the quiet hours of most people, hours after midnight."""
LEAST_SHIFT = 2.5
"""A trough so many hours from there is no habit any more."""
QUIET_SHARE = 0.3
"""An hour is quiet with less than this share of what an hour has on average."""
LEAST_QUIET, MOST_QUIET = 4, 12
LEAST_DAYS, LEAST_PARTICIPANTS, LEAST_DATES = 400, 5, 7
HOURS = 24


@dataclass(frozen=True)
class Trough:
    """The quiet hours of a day.

    Parameters
    ----------
    first, last
        The first and the last of them, 0 to 23.
    centre
        Their middle, hours after midnight.
    """

    first: int
    last: int
    centre: float

    @property
    def shift(self) -> float:
        """How much later than a plausible night they lie, in hours, -12 to 12."""
        return (self.centre - NIGHT_CENTRE + 12) % HOURS - 12


def trough(days_by_hour: list[int]) -> Trough | None:
    """The one clear stretch of quiet hours; None where the day has none, or more than one.

    `days_by_hour`: for each of the 24 hours, in how many days something happened in it.
    """
    limit = QUIET_SHARE * sum(days_by_hour) / HOURS
    is_quiet = [count < limit for count in days_by_hour]
    n_quiet = sum(is_quiet)
    begins = [hour for hour in range(HOURS) if is_quiet[hour] and not is_quiet[hour - 1]]
    if not LEAST_QUIET <= n_quiet <= MOST_QUIET or not begins:
        return None
    stretches = [(_length(is_quiet, begin), begin) for begin in begins]
    length, first = max(stretches)
    # A single odd hour beside the night does not blur it; a second night does.
    if length < LEAST_QUIET or n_quiet - length > 1:
        return None
    return Trough(first, (first + length - 1) % HOURS, (first + length / 2) % HOURS)


def _length(is_quiet: list[bool], begin: int) -> int:
    return next(n for n in range(1, HOURS + 1) if not is_quiet[(begin + n) % HOURS])


def time_zone_findings(raw: RawTables) -> list[Finding]:
    """Sources whose quiet hours lie where nobody sleeps; nothing where the evidence is thin."""
    hours = raw.fetch("hours", automatic=raw.automatic(), one_in=raw.one_in)
    found = []
    for source in raw.study.sources:
        own = hours.filter(pl.col("source_id") == source.id)
        if own.is_empty() or not _is_enough(own):
            continue
        counts = dict(own.select("hour", "n_days").iter_rows())
        quiet = trough([counts.get(hour, 0) for hour in range(HOURS)])
        if quiet is not None and abs(quiet.shift) >= LEAST_SHIFT:
            found.append(_finding(source, quiet, total(own["n_days"]), raw))
    return found


def _is_enough(own: pl.DataFrame) -> bool:
    busiest = own.select(pl.col("n_participants", "n_dates").max()).row(0)
    is_wide = busiest[0] >= LEAST_PARTICIPANTS and busiest[1] >= LEAST_DATES
    return is_wide and total(own["n_days"]) >= LEAST_DAYS


def _finding(source: Source, quiet: Trough, n_days: int, raw: RawTables) -> Finding:
    direction = "late" if quiet.shift > 0 else "early"
    has_own = bool(getattr(source.columns, "time_zone_column", None))
    clock = "the column of time zones" if has_own else raw.study.study.time_zone
    return Finding(
        code="time_zone_suspect",
        severity="warning",
        source=source.id,
        subject="time_zone",
        message=f"The times look about {_hours(quiet)} too {direction}: the app is quietest from "
        f"{quiet.first:02d}:00 to {(quiet.last + 1) % HOURS:02d}:00 by the clock of {clock}, and "
        "people sleep at night.",
        remedy=_remedy(source, quiet, raw, has_own=has_own),
        count=n_days,
    )


def _remedy(source: Source, quiet: Trough, raw: RawTables, *, has_own: bool) -> str:
    """Which setting would put the night where it belongs.

    A source's `time_zone` is that of stamps that name none; the study's is where participants are.
    """
    home = raw.study.study.time_zone
    written = source.time_zone or home
    shifted = _offset(home, raw.now) - _offset(written, raw.now)
    own = f"of source '{source.id}' in study.toml"
    if math.isclose(_offset(home, raw.now), -quiet.shift, abs_tol=1.5) and written != "UTC":
        return f'If the export writes UTC, set time_zone = "UTC" {own}.'
    if shifted and math.isclose(shifted, quiet.shift, abs_tol=1.5):
        return f'If the export writes local time, set time_zone = "{home}" {own}.'
    if has_own:
        return f"Check what the column of time zones says, and time_zone {own}."
    behind = "behind" if quiet.shift > 0 else "ahead of"
    return (
        f"Check time_zone {own}, which is the zone of times that name none, and that of [study]: "
        f"participants seem to live about {_hours(quiet)} {behind} {home}."
    )


def _hours(quiet: Trough) -> str:
    return counted(round(abs(quiet.shift)), "hour")


def _offset(zone: str, at: datetime) -> float:
    return (ZoneInfo(zone).utcoffset(at) or timedelta()).total_seconds() / 3600
