"""Days and files that seem to be missing from the log."""

import re
from bisect import bisect_left
from datetime import date, timedelta
from statistics import median

import polars as pl

from etl.doctor.findings import Finding, counted, some
from etl.doctor.raw_tables import RawTables, total
from etl.files import export_files
from study.definition import Source, Study

DAYS_AROUND = 7
QUIET_SHARE, LEAST_USUAL = 0.1, 20
LATE_DAYS, LEAST_ENROLLED = 7, 3
_DAY = re.compile(r"(?<!\d)(20\d\d)[-_]?([01]\d)[-_]?([0-3]\d)(?!\d)")
_MONTH = re.compile(r"(?<!\d)(20\d\d)[-_]?([01]\d)(?![-_]?\d)")
LEAST_SERIES = 5


def log_day_findings(raw: RawTables) -> list[Finding]:
    """Silent days within the log, files missing in a series, enrolments before the log begins."""
    days = raw.fetch("source_days")
    found: list[Finding] = []
    for source in raw.study.sources:
        own = days.filter(pl.col("source_id") == source.id)
        if own.is_empty():
            continue
        counts = dict(own.select("local_date", "n_events").iter_rows())
        silent = quiet_days(counts)
        found += [*_silent(source, silent, raw.study), *_series(source, silent, raw.study)]
    return [*found, *_late(days, raw)]


def quiet_days(counts: dict[date, int]) -> list[date]:
    """Days between the first and the last with less than a tenth of what is usual.

    Usual is what the days with events before and after have. A clinic's quiet weekends are no gap:
    the day of the week must be busy in at least half of the weeks.
    """
    first, last = min(counts), max(counts)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    usual = _usual(days, counts)
    is_quiet = {day: counts.get(day, 0) < QUIET_SHARE * usual[day] for day in days}
    busy = {
        weekday: [not is_quiet[day] for day in days if day.weekday() == weekday]
        for weekday in range(7)
    }
    return [
        day
        for day in days
        if is_quiet[day]
        and usual[day] >= LEAST_USUAL
        and 2 * sum(busy[day.weekday()]) >= len(busy[day.weekday()])
    ]


def _usual(days: list[date], counts: dict[date, int]) -> dict[date, float]:
    """What the seven days with events before each day have, or those after, if that is less."""
    full = [day for day in days if counts.get(day)]
    usual: dict[date, float] = {}
    for day in days:
        place = bisect_left(full, day)
        before = [counts[one] for one in full[max(0, place - DAYS_AROUND) : place]]
        following = full[place:] if place == len(full) or full[place] != day else full[place + 1 :]
        after = [counts[one] for one in following[:DAYS_AROUND]]
        usual[day] = min(median(before), median(after)) if before and after else 0
    return usual


def _silent(source: Source, silent: list[date], study: Study) -> list[Finding]:
    found = []
    excused = [day for day in silent if _is_excused(day, study)]
    for days, is_excused in (
        ([day for day in silent if day not in excused], False),
        (excused, True),
    ):
        if days:
            verb = "has" if len(days) == 1 else "have"
            found.append(
                Finding(
                    code="silent_days",
                    severity="info" if is_excused else "warning",
                    source=source.id,
                    message=f"{counted(len(days), 'day')} in the middle of the log {verb} next to "
                    f"no event: {some(_stretches(days))}.",
                    remedy="The study file excuses them."
                    if is_excused
                    else "Export these days again; if the app was down, name them under "
                    "[[excused]] in study.toml.",
                    count=len(days),
                )
            )
    return found


def _is_excused(day: date, study: Study) -> bool:
    return any(one.from_date <= day <= one.to_date for one in study.excused)


def _stretches(days: list[date]) -> list[str]:
    stretches: list[list[date]] = []
    for day in days:
        if stretches and stretches[-1][-1] == day - timedelta(days=1):
            stretches[-1].append(day)
        else:
            stretches.append([day])
    return [f"{one[0]}" if len(one) == 1 else f"{one[0]} to {one[-1]}" for one in stretches]


def _series(source: Source, silent: list[date], study: Study) -> list[Finding]:
    """Names of daily files that are not there, of days on which nothing happened either."""
    names = [file.path.name for file in export_files(study, source)]
    found = [match for name in names if (match := _DAY.search(name))]
    if len(found) < LEAST_SERIES or len(found) < 0.9 * len(names):
        return _monthly(source, names, silent)
    there = {one for match in found if (one := _date(match.groups()))}
    # A day of the log may lie in the next day's file, where the server's day is another.
    lost = [day for day in silent if day not in there]
    return _missing(source, [day.isoformat() for day in lost], "daily")


def _monthly(source: Source, names: list[str], silent: list[date]) -> list[Finding]:
    found = [match for name in names if (match := _MONTH.search(name))]
    if len(found) < 3 or len(found) < 0.9 * len(names):
        return []
    there = {f"{match[1]}-{match[2]}" for match in found}
    lost = sorted({f"{day:%Y-%m}" for day in silent} - there)
    return _missing(source, lost, "monthly")


def _date(parts: tuple[str, ...]) -> date | None:
    try:
        return date(*(int(part) for part in parts))
    except ValueError:
        return None


def _missing(source: Source, lost: list[str], series: str) -> list[Finding]:
    if not lost:
        return []
    verb = "is" if len(lost) == 1 else "are"
    return [
        Finding(
            code="missing_file",
            severity="warning",
            source=source.id,
            message=f"{counted(len(lost), 'file')} of a {series} series {verb} missing, and "
            f"nothing happened in that time: {some(lost, 5)}.",
            remedy="Export that time again.",
            count=len(lost),
        )
    ]


def _late(days: pl.DataFrame, raw: RawTables) -> list[Finding]:
    enrolled = raw.fetch("enrolments")
    if days.is_empty() or enrolled.is_empty():
        return []
    first = days["local_date"].min()
    assert isinstance(first, date)
    before = enrolled.filter(pl.col("enrolled_date") < first - timedelta(days=LATE_DAYS))
    n_before, n_all = total(before["n_participants"]), total(enrolled["n_participants"])
    if n_before < max(LEAST_ENROLLED, 0.02 * n_all):
        return []
    return [
        Finding(
            code="log_begins_late",
            severity="warning",
            message=f"{n_before:,} of {counted(n_all, 'participant')} were enrolled more than a "
            f"week before the first event ({first}): their first weeks look unused.",
            remedy="Export events from the first enrolment on, or set day_zero to the first day "
            "of the log.",
            count=n_before,
        )
    ]
