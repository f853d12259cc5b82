"""What each loading rule means to a person, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """Why a row was refused, and the way out."""

    meaning: str
    remedy: str


_CLOCK = "Check the time format and zone of the source in study.toml."
_ROSTER = "Add the participant to the roster, or correct the id in the export."
_VALUE = "Check the export, and the coding of the instrument in study.toml."

RULES: Mapping[str, Rule] = {
    "bad_row": Rule("The row cannot be read as a row of this format.", "Export the file again."),
    "survey_preview": Rule(
        "Somebody tried the survey out; it is no answer of a participant.",
        "Nothing to do. Where a participant was sent the preview's link, ask again.",
    ),
    "unfinished_response": Rule(
        "The response was begun and not sent.",
        'To keep what was answered, set unfinished = "keep" for the source in study.toml.',
    ),
    "unknown_reference": Rule(
        "The row refers to something that the export's own list does not name.",
        "Export the list that belongs to it anew, at the same time as the data.",
    ),
    "erased_participant": Rule(
        "The participant was erased from this study; nothing of the row was kept.",
        "Nothing to do: erasure is lasting. Ask the system that exports to delete them too.",
    ),
    "missing_participant": Rule(
        "The row names no participant.", "Check the participant column of the source."
    ),
    "missing_event_name": Rule(
        "The event has no name.", "Check the name field of the source in study.toml."
    ),
    "bad_time": Rule("The time cannot be read in the source's format.", _CLOCK),
    "time_out_of_range": Rule("The time lies before 2000, or after the load.", _CLOCK),
    "clock_skew": Rule(
        "The device says that it happened well after the server received it.",
        "Check device clocks, or raise max_clock_skew_minutes if such rows can be trusted.",
    ),
    "unknown_participant": Rule("The participant is not in the roster.", _ROSTER),
    "bad_quantity": Rule(
        "The quantity is not a number of zero or more.", "Check the quantity field of the source."
    ),
    "unknown_instrument": Rule(
        "The study file has no such instrument.", "Add the instrument, or correct its id."
    ),
    "unknown_item": Rule(
        "The instrument has no such item.", "Check the item ids and the column pattern."
    ),
    "not_a_number": Rule(
        "The answer, or the covariate, is not a number.",
        "Check the export, and the instrument or the covariate in study.toml.",
    ),
    "not_an_integer": Rule("The answer lies between two answer options.", _VALUE),
    "out_of_range": Rule("The answer lies outside the item's range.", _VALUE),
    "coded_from_other_base": Rule(
        "The answers seem to count from another base than the instrument's (0 or 1).",
        "Set `add` for the instrument in the source's section of study.toml.",
    ),
    "conflicting_answer": Rule(
        "The same item was answered differently in the same filling-in.",
        "Keep one of the two answers in the export.",
    ),
    "unknown_arm": Rule("The study file has no such arm.", "Add the arm, or correct the roster."),
    "unknown_site": Rule(
        "The study file has no such site.", "Add the site, or correct the roster."
    ),
    "conflicting_row": Rule(
        "The roster says something else of this participant elsewhere.",
        "Keep one row per participant.",
    ),
}
_UNKNOWN = Rule("A rule that this page has no words for.", "See the receipt of the load.")


def explain(rule: str) -> Rule:
    """The words for a rule."""
    return RULES.get(rule, _UNKNOWN)
