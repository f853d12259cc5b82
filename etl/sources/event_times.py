"""Stamps of exports that the loader's own reader of times cannot tell apart."""

import polars as pl

MILLISECONDS_FROM = 1e11
"""As seconds this is the year 5138; as milliseconds, 1973."""
LONGEST_GAP = pl.duration(hours=3)
SLACK = pl.duration(minutes=1)


def epoch_us(stamp: pl.Expr) -> pl.Expr:
    """Microseconds since 1970 of seconds, milliseconds or an ISO time, UTC unless it says more."""
    text = stamp.str.strip_chars()
    number = text.cast(pl.Float64, strict=False)
    counted = pl.when(is_milliseconds(stamp)).then(number * 1e3).otherwise(number * 1e6)
    return pl.coalesce(
        counted.round().cast(pl.Int64, strict=False), _written(text).dt.epoch(time_unit="us")
    )


def is_milliseconds(stamp: pl.Expr) -> pl.Expr:
    """Whether a stamp counts milliseconds."""
    number = stamp.str.strip_chars().cast(pl.Float64, strict=False)
    return number.abs() >= MILLISECONDS_FROM


def seconds_text(microseconds: pl.Expr) -> pl.Expr:
    """Seconds since 1970 as text, with as many decimals as there are."""
    whole = microseconds // 1_000_000
    part = (microseconds % 1_000_000).cast(pl.String).str.zfill(6)
    return (
        pl.when(part == "000000")
        .then(whole.cast(pl.String))
        .otherwise(pl.concat_str([whole.cast(pl.String), part], separator="."))
    )


def utc_of_wall_clock(microseconds: pl.Expr, zone: str, known_by: pl.Expr) -> pl.Expr:
    """UTC of stamps that count what a clock in `zone` showed.

    Where the clock showed a time twice, the later one counts unless it is after `known_by`, the
    time at which the event was known. Times that the clock skipped move on by what it skipped.
    """
    shown = pl.from_epoch(microseconds, time_unit="us")
    later = _utc(shown.dt.replace_time_zone(zone, ambiguous="latest", non_existent="null"))
    earlier = _utc(shown.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null"))
    before = (shown - LONGEST_GAP).dt.replace_time_zone(
        zone, ambiguous="latest", non_existent="null"
    )
    skipped = _utc(before) + LONGEST_GAP
    known = pl.from_epoch(known_by, time_unit="us") + SLACK
    chosen = pl.when((later > known).fill_null(value=False)).then(earlier).otherwise(later)
    return pl.coalesce(chosen, skipped).dt.epoch(time_unit="us")


def is_shown_twice(microseconds: pl.Expr, zone: str) -> pl.Expr:
    """Whether the clock in `zone` showed the time twice."""
    shown = pl.from_epoch(microseconds, time_unit="us")
    later = shown.dt.replace_time_zone(zone, ambiguous="latest", non_existent="null")
    return later != shown.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")


def is_zoneless(stamp: pl.Expr) -> pl.Expr:
    """Whether a written time names no zone."""
    return stamp.str.strip_chars().str.contains(
        r"^\d{4}-\d{1,2}-\d{1,2}[Tt ]\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?$"
    )


def with_utc(stamp: pl.Expr) -> pl.Expr:
    """The time with UTC as its zone, where it names none."""
    return pl.when(is_zoneless(stamp)).then(stamp.str.strip_chars() + "+00:00").otherwise(stamp)


def _utc(times: pl.Expr) -> pl.Expr:
    return times.dt.convert_time_zone("UTC").dt.replace_time_zone(None)


def _written(text: pl.Expr) -> pl.Expr:
    zoned = text.str.replace(r" ?(UTC|[Zz])$", "+00:00")
    has_zone = zoned.str.contains(r"[+-]\d\d:?\d\d$")
    full = pl.when(has_zone).then(zoned).otherwise(zoned + "+00:00")
    iso = full.str.replace(r"^(\d{4}-\d\d-\d\d) ", "${1}T")
    return iso.str.to_datetime(
        "%Y-%m-%dT%H:%M:%S%.f%:z", time_unit="us", time_zone="UTC", strict=False
    ).dt.replace_time_zone(None)
