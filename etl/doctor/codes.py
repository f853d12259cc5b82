"""Every code that a finding can have. Refused rows bear the loader's own rule as their code."""

from etl.rules import EXPECTED, RECORD_RULES

CODES: dict[str, str] = {
    # study file and workspace
    "study_file": "A fault of the study file (in JSON only: else it is an error message).",
    "not_checked": "What kept the check from being made (in JSON only).",
    "key_unusable": "The key of the pseudonyms is damaged, unsafe or lost.",
    # files
    "file_recognised": "What a file is, and what tells it.",
    "no_file": "A source has no file, or a file of it cannot be read.",
    "other_format": "A file is of another format than the study file says.",
    "no_format_fits": "A file is not of the format that the study file names.",
    "other_encoding": "Letters are encoded otherwise than the study file says.",
    "other_delimiter": "Columns are separated otherwise than the study file says.",
    "byte_order_mark": "A file begins with a byte order mark, which is left out.",
    "unnamed_file": "A file among the exports that no source names.",
    "other_file": "A file that is no export: a PDF, a picture, a page, an Office file.",
    "empty_file": "A file in which nothing stands.",
    "file_note": "What the reader of a format says of a file.",
    # rows
    "source_rows": "Rows, participants, first and last time of a source.",
    "no_row_usable": "Not one row of a source can be used.",
    "repeated_rows": "Rows that say what another row of the same file says.",
    "overlapping_files": "Rows that stand in two files of a source.",
    "likely_duplicates": "The same events under other ids, from two files or two sources.",
    # clocks
    "time_zone_suspect": "The quiet hours of the day lie where nobody sleeps.",
    "clock_ahead": "Devices' clocks run ahead of the server's.",
    "clock_offset": "Devices and server write time in different zones.",
    "late_events": "Events that reached the server more than a day after they happened.",
    "future_events": "Events later than now.",
    "time_format_suspect": "Times are refused that another time_format would read.",
    "mixed_time_styles": "Times are written in more than one way.",
    "several_time_zones": "Participants were in more than one time zone.",
    "clock_change": "Clocks were changed while the data were collected.",
    # people
    "not_in_roster": "Participants with events or answers who are not in the roster.",
    "without_data": "Participants of the roster with neither event nor answer.",
    "ids_spelt_differently": "Ids that differ only in case, blanks, dashes or leading zeros.",
    "test_account": "Ids that look like a tester's.",
    "participant_id_personal": "Participants' ids are e-mail addresses or telephone numbers.",
    # features
    "unmapped_events": "Event names that no feature, session or survey names.",
    "no_such_event": "The study file names an event that never happens.",
    "feature_one_arm": "A feature that participants of one arm only have met.",
    "feature_always_on": "A feature that goes with every use of the app.",
    "feature_same_for_all": "A feature that everybody met equally often.",
    "app_version_unknown": "Events without the app's version, where features depend on it.",
    # answers
    "item_reversed_suspect": "An item that goes against the others of its scale.",
    "item_constant": "An item to which everybody gave the same answer.",
    "range_not_used": "An instrument of which one end of the range is never used.",
    "same_answer_throughout": "Fillings-in with one and the same answer to every item.",
    "item_without_answer": "An item that nobody answered.",
    # personal
    "personal_column": "Columns whose names look personal.",
    "personal_value": "Properties whose values look personal.",
    "free_text": "Properties that hold free text.",
    # days
    "silent_days": "Days in the middle of the log with next to no event.",
    "missing_file": "A file that is missing in a series of daily or monthly files.",
    "log_begins_late": "Participants were enrolled before the log begins.",
    # folders without a study file
    "proposed_source": "A section that would read the files.",
    "companion_file": "A file that belongs to an export and is none itself.",
    "no_proposal": "A file for which no section could be proposed.",
}

ANSWER_RULES = (
    "unknown_instrument",
    "unknown_item",
    "not_a_number",
    "not_an_integer",
    "out_of_range",
    "coded_from_other_base",
)
RULES = frozenset((*EXPECTED, *RECORD_RULES, *ANSWER_RULES))
"""Codes of rows and answers that would be refused."""


def is_known(code: str) -> bool:
    """Whether the code is written down here."""
    return code in CODES or code in RULES
