"""A participant's silence against their own rhythm of use, in words. No verdicts, no advice."""

from datetime import date
from typing import Any

from dashboard import theme

Row = dict[str, Any]
NOT_BEGUN = {"no_day_zero": "day 0 not known", "before_day_zero": "day 0 is still to come"}


def last_use(row: Row) -> str:
    """The last activity against the participant's own rhythm, such as `silent 9 days; usually 2`.

    Parameters
    ----------
    row
        The columns of `queries.rhythm.own_rhythm`, and `last_shown_date` (the last day of which use
        is shown; None where all is).
    """
    why = row["why_not_known"]
    if why is None:
        usual = f"usually {days(row['median_gap_days'])}"
        if row["is_longer_than_usual"]:
            return f"silent {theme.counted(row['silence_days'], 'day')}; {usual}"
        return f"{ago(row['days_since_use'])}; {usual}"
    if why in NOT_BEGUN:
        return NOT_BEGUN[why]
    if row["last_use_date"] is None:
        return "no use shown" if why != "never_used" else "never used the app"
    if why == "too_few_days":
        return f"{ago(row['days_since_use'])}; too few days of use for a rhythm"
    return f"last use on {theme.day(row['last_use_date'])}"


def note(row: Row) -> str:
    """How unusual that is by the participant's own gaps, or why it is not judged."""
    why, shown = row["why_not_known"], row["last_shown_date"]
    if why is None:
        longest = days(row["long_gap_days"])
        place = "longer than" if row["silence_days"] > row["long_gap_days"] else "within"
        return f"{place} 9 in 10 of {row['n_gaps']} own gaps (up to {longest})"
    if why == "withdrawn":
        return "left the study"
    if why == "after_planned_weeks":
        return "planned weeks are over" if shown is None else f"use shown to {theme.day(shown)}"
    return "not judged"


def ago(n_days: int) -> str:
    """How long ago the last use was, counted from the end of the data."""
    return "used on the last day" if n_days == 0 else f"last use {theme.counted(n_days, 'day')} ago"


def days(value: float) -> str:
    """A number of days, with a decimal only where there is one."""
    return theme.number(value, 0 if float(value).is_integer() else 1)


def limit(row: Row) -> float | None:
    """Days of silence beyond which it is longer than usual; None where there is no rhythm."""
    middle, longest = row["median_gap_days"], row["long_gap_days"]
    if middle is None or longest is None:
        return None
    return float(max(2 * middle, longest))


def longer_since(last_use_date: date, limit_days: float) -> date:
    """The first day on which a silence was longer than usual."""
    return date.fromordinal(last_use_date.toordinal() + int(limit_days) + 1)
