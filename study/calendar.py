"""Study days and weeks: whole days and weeks since a participant's day 0.

All dates are local dates of the participant. Day 0 is the first day and week 0 the first week;
what lies before has negative numbers.
"""

from datetime import date, timedelta
from typing import Literal

WeekRule = Literal["from_day_zero", "calendar"]
DAYS_A_WEEK = 7


def day_zero_anchor(
    day_zero: str, *, enrolled: date | None = None, first_event: date | None = None
) -> date | None:
    """A participant's day 0 by the study's rule; None where what the rule needs is missing.

    `day_zero` is `enrolled`, `first_event` or a date such as `2025-01-06`, as in the study file.
    """
    if day_zero == "enrolled":
        return enrolled
    if day_zero == "first_event":
        return first_event
    return date.fromisoformat(day_zero)


def study_day(local_date: date, day_zero: date) -> int:
    """Whole days since day 0, which is 0."""
    return (local_date - day_zero).days


def week_start(study_week: int, day_zero: date, week_rule: WeekRule) -> date:
    """First day of a study week: seven-day steps from day 0, or from the Monday on or before it."""
    return _first_day(day_zero, week_rule) + timedelta(days=DAYS_A_WEEK * study_week)


def study_week(local_date: date, day_zero: date, week_rule: WeekRule) -> int:
    """Whole weeks since the first day of week 0; rounded down, so the day before is in week -1."""
    return (local_date - _first_day(day_zero, week_rule)).days // DAYS_A_WEEK


def _first_day(day_zero: date, week_rule: WeekRule) -> date:
    if week_rule == "from_day_zero":
        return day_zero
    return day_zero - timedelta(days=day_zero.weekday())
