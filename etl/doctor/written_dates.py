"""Dates such as 3/4/2025: which pattern reads them, and whether day or month comes first."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

ALMOST_ALL = 0.9
_DATE = re.compile(
    r"(?:(?P<first>\d{1,2})(?P<sign>[/.-])(?P<second>\d{1,2})(?P=sign)(?P<year>\d{4}|\d\d)"
    r"|(?P<long_year>\d{4})(?P<other_sign>[/.])\d{1,2}(?P=other_sign)\d{1,2})"
    r"(?:(?P<gap>,? |T)(?P<hour>\d{1,2}):\d\d(?P<seconds>:\d\d)?(?P<half> ?[AaPp][Mm])?)?"
)


@dataclass(frozen=True)
class DateStyle:
    """How dates are written.

    Parameters
    ----------
    time_format
        A strptime pattern that reads them.
    other
        Where no date tells whether the day or the month comes first, the pattern with the month
        first; `time_format` then has the day first.
    """

    time_format: str
    other: str | None = None

    @property
    def is_unsure(self) -> bool:
        """Whether day and month could be the other way round."""
        return self.other is not None


def date_style(texts: Iterable[str]) -> DateStyle | None:
    """The style of dates with day and month as numbers; None where most texts are none.

    A number above 12 is a day. Years come last, or first; ISO 8601 is another matter.
    """
    given = list(texts)
    matches = [match for text in given if (match := _DATE.fullmatch(text))]
    shapes = Counter(map(_shape, matches))
    if not shapes:
        return None
    (shape, count), *_ = shapes.most_common(1)
    if count < ALMOST_ALL * len(given):
        return None
    usual = [match for match in matches if _shape(match) == shape]
    sign, year, ending = shape
    if not year:
        return DateStyle(f"%Y{sign}%m{sign}%d{ending}")
    day_first = f"%d{sign}%m{sign}{year}{ending}"
    month_first = f"%m{sign}%d{sign}{year}{ending}"
    has_late_first = any(int(match["first"]) > 12 for match in usual)
    has_late_second = any(int(match["second"]) > 12 for match in usual)
    if has_late_first and has_late_second:
        return None
    if has_late_second:
        return DateStyle(month_first)
    # Where dots part the numbers, the day comes first everywhere.
    is_told = has_late_first or sign == "."
    return DateStyle(day_first, None if is_told else month_first)


def _shape(match: re.Match[str]) -> tuple[str, str, str]:
    """Sign, pattern of a year at the end, and pattern of the time of day."""
    year = {4: "%Y", 2: "%y", 0: ""}[len(match["year"] or "")]
    return match["sign"] or match["other_sign"], year, _time_of_day(match)


def _time_of_day(match: re.Match[str]) -> str:
    if match["hour"] is None:
        return ""
    hours = "%I" if match["half"] else "%H"
    half = "" if match["half"] is None else (" %p" if match["half"].startswith(" ") else "%p")
    return f"{match['gap']}{hours}:%M{':%S' if match['seconds'] else ''}{half}"
