"""Why a row can be refused, and what was expected of it. Never a value of a participant."""

from typing import Literal

Kind = Literal["events", "answers", "roster"]
KINDS: tuple[Kind, ...] = ("events", "answers", "roster")

EXPECTED: dict[str, str] = {
    "missing_participant": "a participant id",
    "missing_event_name": "an event name",
    "bad_time": "a time in the source's time_format, in a known time zone",
    "time_out_of_range": "a time from 2000-01-01 to the day after the load",
    "clock_skew": "a time no later than 'received' by more than max_clock_skew_minutes",
    "bad_quantity": "a number of 0 or more",
    "unknown_arm": "one of the arms in study.toml",
    "unknown_site": "one of the sites in study.toml",
    "unknown_participant": "a participant of the roster",
    "erased_participant": "nobody who was erased from this study",
    "conflicting_answer": "the answer of the earlier record of this occasion",
    "conflicting_row": "what the earlier row of this participant says",
}
"""Rules whose expectation does not depend on the instrument."""

REMEDIES: dict[str, str] = {
    "missing_participant": "Name the column of the participants' ids under 'participant'.",
    "missing_event_name": "Name the column of the events' names under 'name'.",
    "bad_time": "Set time_format of the source to the way in which its times are written; 'rapport "
    "check' says which it is, where that can be told.",
    "time_out_of_range": "Correct time_format of the source: times are read as others than meant.",
    "unknown_arm": "Name the arms as the export writes them, in [[arms]].",
    "unknown_site": "Name the sites as the export writes them, in [[sites]].",
    "unknown_participant": "Its participants bear other ids than the roster's, or are not in it: "
    "join the ids with an [[identities]] map, or name the column that holds the roster's.",
}
"""What to do where a rule refuses every row; none where the export has to be looked at."""

RECORD_RULES = ("bad_row", "survey_preview", "unfinished_response", "unknown_reference")
"""Rules that a reader applies; each record brings its own words for what was expected."""
