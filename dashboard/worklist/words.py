"""The worklist's rows in plain words: what is due, where it stopped, and what is known of silence.

No verdicts: a sentence says what was and was not seen, and how many others it is the same for.
"""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from dashboard import theme
from dashboard.rhythm_words import days as days_apart
from dashboard.worklist.chain import LEAST_OTHERS

Row = Mapping[str, Any]
STEP_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "due": "Due",
        "delivered": "Delivered",
        "opened": "App opened",
        "started": "Started",
        "done": "Done",
    }
)
NOT_RECORDED = "not recorded"
NOT_SEEN = "not yet"


def obligation(row: Row) -> str:
    """What is due, such as `Session of study week 4` or the name of a survey."""
    if row["kind"] is None:
        return "Nothing due so far"
    if row["kind"] == "survey":
        return str(row["survey_label"] or "Survey")
    number = f", no. {row['sequence']}" if row["sequence"] > 1 else ""
    return f"Session of study week {row['study_week']}{number}"


def steps(row: Row) -> dict[str, str]:
    """The five steps with when each was seen, `not yet`, or `not recorded`. None without a due."""
    if row["kind"] is None:
        return {}
    seen: dict[str, tuple[bool, date | datetime | None]] = {
        "due": (True, row["window_start"] if row["kind"] == "session" else row["due_date"]),
        "delivered": (row["is_delivery_seen"], row["delivered_at"]),
        "opened": (row["is_use_seen"], row["app_opened_date"]),
        "started": (row["is_start_seen"], row["started_at"]),
        "done": (True, row["done_at"]),
    }
    return {name: _step(is_recorded, when) for name, (is_recorded, when) in seen.items()}


def _step(is_recorded: bool, when: date | datetime | None) -> str:
    if when is not None:
        return short_day(when)
    return NOT_SEEN if is_recorded else NOT_RECORDED


def chain(row: Row) -> str:
    """The steps in one line, for tables: `due 3 Mar → delivered 3 Mar → app opened not yet → …`."""
    told = (f"{STEP_NAMES[name].lower()} {when}" for name, when in steps(row).items())
    return " → ".join(told)


def why(row: Row) -> str:
    """Where it stopped, in a sentence."""
    told = _WHY[row["reason"]](row)
    return told if told.endswith(".") else f"{told}."


def silence(row: Row) -> str:
    """How long without use, against the participant's own rhythm; empty where it is not known."""
    n_days = row["silence_days"]
    if n_days is None:
        return ""
    since = theme.counted(n_days, "day")
    if row["why_not_known"] == "never_used":
        return f"No use in {since} since day 0"
    usual = row["median_gap_days"]
    if usual is None:
        return f"No use for {since}; too few days of use for a rhythm"
    if n_days == 0:
        return "Used the app on the last day of the data"
    return f"No use for {since}; usually {_days(usual)} from one day of use to the next"


def alike(row: Row) -> str:
    """How many others on the same version or telephone stop at the same step.

    Empty where none do, or too few are on another to hold it against.
    """
    is_device = row["reason"] == "same_device"
    what = row["device"] if is_device else row["app_version"]
    if not row["n_same"] or not row["is_due"] or what is None:
        return ""
    if row["n_elsewhere"] < LEAST_OTHERS:
        return ""
    group = f"telephone {what}" if is_device else f"version {what}"
    said = f"{row['n_same']} of {row['n_alike']} others on {group} stop at the same step"
    return f"{said}; {row['n_same_elsewhere']} of {row['n_elsewhere']} not on it do"


def days_left(row: Row) -> tuple[str, str]:
    """A number and its words, such as ("3", "days left"), or a dash where nothing closes."""
    left = row["days_left"]
    if left is None:
        return "–", "nothing open"
    if left == 0:
        return "0", "last day"
    return str(left), "day left" if left == 1 else "days left"


def short_day(when: date | datetime) -> str:
    """A day without its year: `3 Mar`."""
    return f"{when.day} {when:%b}"


def _days(value: float) -> str:
    return "1 day" if value == 1 else f"{days_apart(value)} days"


def _thing(row: Row) -> str:
    return "session" if row["kind"] == "session" else "survey"


def _not_delivered(row: Row) -> str:
    waited = theme.counted(row["waited_days"], "day")
    return f"Not delivered, {waited} after it should have been there"


def _delivered_late(row: Row) -> str:
    late = theme.counted(row["delivery_days"], "day")
    return f"Delivered {late} late, on {short_day(row['delivered_at'])}, and not done since"


def _file_failed(row: Row) -> str:
    files = theme.counted(row["n_failed_files"], "file")
    return f"No trace since it was due, but {files} failed to load: what they did may be in it"


def _pattern(row: Row) -> str:
    return f"{_person(row)} {alike(row)}"


def _never_used(row: Row) -> str:
    if not row["is_due"] or row["delivered_at"] is None:
        return "No use of the app is recorded since day 0"
    return "Delivered; no use of the app is recorded since day 0"


def _not_opened(row: Row) -> str:
    first = "Delivered, but the" if row["delivered_at"] is not None else "The"
    return f"{first} app was not opened since"


def _not_started(row: Row) -> str:
    opened = row["app_opened_date"]
    if opened is None:
        return f"The {_thing(row)} was not opened"
    return f"The app was opened on {short_day(opened)}, the {_thing(row)} was not"


def _not_finished(row: Row) -> str:
    return f"Started on {short_day(row['started_at'])}, not finished"


def _not_done(row: Row) -> str:
    opened = row["app_opened_date"]
    if opened is not None:
        return f"Not done, though the app was opened on {short_day(opened)}"
    return "Not done; the steps in between are not recorded or not shown"


def _person(row: Row) -> str:
    """The sentence of the step alone, whatever the reason."""
    of_step = {"opened": _not_opened, "started": _not_started}
    if row["broke_at"] in of_step:
        return f"{of_step[row['broke_at']](row)}."
    return f"{(_not_finished if row['started_at'] is not None else _not_done)(row)}."


_WHY = {
    "not_delivered": _not_delivered,
    "delivered_late": _delivered_late,
    "file_failed": _file_failed,
    "same_version": _pattern,
    "same_device": _pattern,
    "never_used": _never_used,
    "not_opened": _not_opened,
    "not_started": _not_started,
    "not_finished": _not_finished,
    "not_done": _not_done,
    "silent": lambda row: silence(row),
}
