"""Clocks of devices against the server's, and times that are not now."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from etl.doctor.findings import Finding, counted, share, some
from etl.doctor.raw_tables import RawTables

MANY_EVENTS_AHEAD, MANY_PARTICIPANTS_DRIFTED = 0.01, 0.05
"""From these shares on, clocks ahead are no accident of a few telephones."""
STEADY_S, NEAR_HOUR_S = 1800, 600
ZONES_SHOWN = 4


def clock_findings(raw: RawTables) -> list[Finding]:
    """What is odd about when things are said to have happened."""
    found = []
    for row in raw.fetch("clock_lags", one_in=raw.one_in).iter_rows(named=True):
        found += [*_ahead(row, raw), *_offset(row), *_late(row, raw)]
    found += [_future(row) for row in raw.fetch("future_events", now_at=raw.now).to_dicts()]
    zones = raw.fetch("zones_used")
    for source_id in zones["source_id"].unique(maintain_order=True):
        found += _several_zones(source_id, zones.filter(pl.col("source_id") == source_id))
    return [*found, *_clock_changes(zones)]


def _ahead(row: dict[str, Any], raw: RawTables) -> list[Finding]:
    n_ahead, n_people = row["n_ahead_5min"], row["n_participants_ahead"]
    if not n_ahead:
        return []
    drifted = row["n_participants_drifted"]
    is_many = (
        n_ahead >= MANY_EVENTS_AHEAD * row["n_events"]
        or drifted >= MANY_PARTICIPANTS_DRIFTED * row["n_participants"]
    )
    lasting = f" The usual event of {drifted:,} of them is ahead." if drifted else ""
    return [
        Finding(
            code="clock_ahead",
            severity="warning" if is_many else "info",
            source=row["source_id"],
            message=f"{counted(n_ahead, 'event')} ({share(n_ahead, row['n_events'])}) of "
            f"{counted(n_people, 'participant')} happened more than 5 minutes after the server "
            f"received them, {row['n_ahead_1h']:,} of them more than an hour: clocks of devices "
            f"run ahead.{lasting} Usually an event is received "
            f"{_duration(abs(row['median_s']))} "
            f"{'later' if row['median_s'] >= 0 else 'earlier'}{raw.sampled}.",
            remedy="They count as they stand. To refuse those far ahead, lower "
            "max_clock_skew_minutes of the source.",
            count=n_ahead,
        )
    ]


def _offset(row: dict[str, Any]) -> list[Finding]:
    """A steady lag of whole hours is no skew: one of the two is in another zone."""
    median, spread = row["median_s"], row["high_s"] - row["low_s"]
    hours = round(median / 3600)
    is_whole = hours != 0 and abs(median - 3600 * hours) <= NEAR_HOUR_S
    if not is_whole or spread > STEADY_S or row["n_events"] < 20:
        return []
    return [
        Finding(
            code="clock_offset",
            severity="warning",
            source=row["source_id"],
            message=f"Events are received {counted(abs(hours), 'hour')} "
            f"{'after' if hours > 0 else 'before'} they happen, steadily: one of the two times is "
            "in another zone.",
            remedy="Set time_zone of the source to the zone of those times that name none.",
            count=row["n_events"],
        )
    ]


def _late(row: dict[str, Any], raw: RawTables) -> list[Finding]:
    if not row["n_late"]:
        return []
    return [
        Finding(
            code="late_events",
            severity="info",
            source=row["source_id"],
            message=f"{counted(row['n_late'], 'event')} of "
            f"{counted(row['n_participants_late'], 'participant')} reached the server more than a "
            f"day after they happened, the last after {row['latest_days']:.0f} days"
            f"{raw.sampled}.",
            remedy="They count on the day they happened. Load later exports too: they change "
            "earlier weeks.",
            count=row["n_late"],
        )
    ]


def _future(row: dict[str, Any]) -> Finding:
    return Finding(
        code="future_events",
        severity="warning",
        source=row["source_id"],
        message=f"{counted(row['n_events'], 'event')} of "
        f"{counted(row['n_participants'], 'participant')} are later than now.",
        remedy="Check time_zone and time_format of the source.",
        count=row["n_events"],
    )


def _several_zones(source_id: str, zones: pl.DataFrame) -> list[Finding]:
    if zones.height < 2:
        return []
    elsewhere = max(zones["n_participants"][1:])
    return [
        Finding(
            code="several_time_zones",
            severity="info",
            source=source_id,
            message=f"Participants were in {zones.height} time zones: "
            f"{some(zones['time_zone'], ZONES_SHOWN)}; outside the first, at most "
            f"{elsewhere:,} in one of them.",
            remedy="Each event has the local date of where it happened.",
            count=zones.height,
        )
    ]


def _clock_changes(zones: pl.DataFrame) -> list[Finding]:
    """One finding for each zone that is the first of a source."""
    usual = zones.group_by("source_id", maintain_order=True).head(1)
    spans = usual.group_by("time_zone", maintain_order=True).agg(
        pl.col("first_at").min(), pl.col("last_at").max()
    )
    found = []
    for zone, first, last in spans.iter_rows():
        days = clock_changes(zone, first, last)
        if days:
            found.append(
                Finding(
                    code="clock_change",
                    severity="info",
                    subject=zone,
                    message=f"Clocks were changed on "
                    f"{some([day.date().isoformat() for day in days])} while the data were "
                    "collected.",
                    remedy="Each time is kept as one moment (UTC) and one local date.",
                    count=len(days),
                )
            )
    return found


def clock_changes(zone: str, first: datetime, last: datetime) -> list[datetime]:
    """Days on which a zone's offset from UTC changes, between two times in UTC."""
    own = ZoneInfo(zone)
    noon = first.replace(hour=12, minute=0, second=0, microsecond=0)
    changes = []
    while noon < last:
        following = noon + timedelta(days=1)
        if own.utcoffset(noon) != own.utcoffset(following):
            changes.append(following)
        noon = following
    return changes


def _duration(seconds: float) -> str:
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}s"
    return counted(round(seconds), "second")
