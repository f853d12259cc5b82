"""One thing that a check found: a code for machines, words for people, places without values."""

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from etl.doctor.codes import RULES

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""Gravest first."""


class Place(BaseModel):
    """Where in the exports to look: a file, and rows and columns of it."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    file: str
    """Path from the study's folder."""
    columns: tuple[str, ...] = ()
    """Names of columns or fields."""
    rows: tuple[int, ...] = ()
    """Row numbers, counted from 1; five at most."""
    count: int | None = None
    """How many rows or answers are meant in this file."""


class Finding(BaseModel):
    """What was found, where, how grave it is and what to do. Never a participant's value."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    code: str
    """What kind of finding it is: a key of `etl.doctor.codes.CODES`, or a rule of the loader."""
    severity: Severity
    """`error` (a load would leave something out as a whole), `warning` or `info`."""
    source: str | None = None
    """The source in the study file; none where the study as a whole is meant."""
    subject: str = ""
    """What it is said of: a file, a key of the study file, an item."""
    message: str
    """What was found, in a sentence or two."""
    remedy: str = ""
    """What to do; empty where there is nothing to do."""
    count: int | None = None
    """How many rows, events, participants or files are meant, as the message says."""
    places: tuple[Place, ...] = Field(default=())
    """Where to look first."""

    @property
    def where(self) -> str:
        """Source and subject, as one text."""
        return ": ".join(part for part in (self.source, self.subject) if part)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Gravest first; within one grade refused rows last, which the receipt counts too."""
    return tuple(
        sorted(findings, key=lambda one: (SEVERITIES.index(one.severity), one.code in RULES))
    )


def counted(count: int, noun: str, plural: str = "") -> str:
    """Such as `1 row` or `1,204 rows`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def share(part: float, whole: float) -> str:
    """A share in per cent, never rounded to nothing."""
    percent = 100 * part / whole if whole else 0.0
    if 0 < percent < 0.1:
        return "less than 0.1 %"
    return f"{percent:.0f} %" if percent >= 10 else f"{percent:.1f} %"


def some(names: Iterable[str], shown: int = 3) -> str:
    """The first few of several names, and how many more there are."""
    listed = list(names)
    more = f" and {len(listed) - shown:,} more" if len(listed) > shown else ""
    return ", ".join(listed[:shown]) + more
