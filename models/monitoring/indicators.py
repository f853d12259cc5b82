"""What is watched across sites, months of enrolment and files: the indicators, by name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Indicator:
    """A share that groups are compared by: `n_events` of `n_trials`.

    Parameters
    ----------
    id, label
        Short name, and what a person reads.
    events, trials
        What is counted, of what, as nouns in the plural.
    definition
        Who counts, and over which time.
    """

    id: str
    label: str
    events: str
    trials: str
    definition: str


INDICATORS = (
    Indicator(
        "survey_missed",
        "Surveys missed",
        "missed",
        "surveys whose window is over",
        "Surveys not filled in, of those whose window is over; excused ones are left out.",
    ),
    Indicator(
        "survey_late",
        "Surveys filled in late",
        "late",
        "surveys filled in",
        "Surveys filled in after their window, of all that were filled in.",
    ),
    Indicator(
        "session_missed",
        "Sessions not completed",
        "not completed",
        "sessions whose week is over",
        "Sessions due that were not completed, of those whose week is over; excused ones are left "
        "out.",
    ),
    Indicator(
        "early_withdrawal",
        "Early withdrawals",
        "withdrawn",
        "participants enrolled 28 days ago or longer",
        "Participants who withdrew, from the app or from the study, in the 28 days from day 0 on, "
        "of those whose 28 days are over.",
    ),
    Indicator(
        "row_rejected",
        "Rows rejected",
        "rejected",
        "rows read",
        "Rows that were refused, of all rows of a file.",
    ),
)
BY_ID = {one.id: one for one in INDICATORS}
"""Indicators by id."""
EARLY_DAYS = 28
