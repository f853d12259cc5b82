"""What the tests of the doctor share: a check, and what it found by code."""

from datetime import datetime, timedelta
from pathlib import Path

from etl.check import check
from etl.doctor.codes import is_known
from etl.doctor.findings import Finding
from etl.doctor.report import CheckReport
from study.definition import Study
from tests.etl.load_study import write


def found(study: Study) -> dict[str, list[Finding]]:
    """Findings of a check, by code."""
    return by_code(check(study))


def by_code(report: CheckReport) -> dict[str, list[Finding]]:
    codes: dict[str, list[Finding]] = {}
    for one in report.findings:
        assert is_known(one.code), one.code
        codes.setdefault(one.code, []).append(one)
    return codes


def grave(report: CheckReport) -> list[str]:
    """Codes of warnings and errors."""
    return [one.code for one in report.findings if one.severity != "info"]


def write_events(
    path: Path,
    rows: list[tuple[str, str, datetime]],
    *,
    header: str = "pid,event,time",
    more: str = "",
) -> Path:
    """Participant, event name and time (written as UTC) of each row; `more` ends each line."""
    lines = [f"{pid},{name},{at:%Y-%m-%dT%H:%M:%SZ}{more}" for pid, name, at in rows]
    return write(path, header, *lines)


def daily(
    name: str, *, people: int, days: int, first: datetime, per_day: int = 1
) -> list[tuple[str, str, datetime]]:
    """Everybody does the same on every day, a few minutes apart."""
    return [
        (f"p{person:02d}", name, first + timedelta(days=day, minutes=7 * person + 60 * time))
        for day in range(days)
        for person in range(people)
        for time in range(per_day)
    ]
