"""A made-up REDCap project: longitudinal, with a repeating instrument and a repeating event."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from tests.etl.formats.written import Written

FOLDER = "exports/redcap"
HEADINGS = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)
SEVEN = "1, Never, not once | 2, Rarely | 3, Now and then | 4, Half of the time | 5, Often | 6, Nearly always | 7, Always"
SOURCE = """
[[sources]]
id = "redcap"
kind = "answers"
format = "redcap"
path = "exports/redcap/data.csv"
dictionary = "exports/redcap/dictionary.csv"
missing = ["", "NA", "-99", "UNK"]
[sources.answers]
time = "bond_date"
column_pattern = "{instrument}_{item}"
"""


def described(
    name: str,
    form: str,
    kind: str = "text",
    *,
    label: str = "",
    choices: str = "",
    validation: str = "",
    identifier: str = "",
    annotation: str = "",
) -> dict[str, str]:
    """A row of a data dictionary."""
    cells = dict.fromkeys(HEADINGS, "")
    return cells | {
        "Variable / Field Name": name,
        "Form Name": form,
        "Field Type": kind,
        "Field Label": label or name.replace("_", " ").capitalize(),
        "Choices, Calculations, OR Slider Labels": choices,
        "Text Validation Type OR Show Slider Number": validation,
        "Identifier?": identifier,
        "Field Annotation": annotation,
    }


PROJECT = (
    described("study_no", "enrolment", label="Study number"),
    described("consent_date", "enrolment", validation="date_dmy"),
    described("first_name", "enrolment", identifier="y"),
    described("mail", "enrolment", validation="email"),
    described("arm", "enrolment", "radio", choices="1, App | 2, Usual care"),
    described("about", "enrolment", "descriptive", label="Read this to the participant."),
    described("visit_date", "visit", validation="date_mdy"),
    described("bond_date", "bond", validation="date_dmy"),
    described("bond_1", "bond", "radio", choices=SEVEN),
    described("bond_2", "bond", "radio", choices=SEVEN),
    described("bond_3", "bond", "radio", choices=SEVEN),
    described("where", "bond", "checkbox", choices="a, At home | B-2, <b>On</b> the way"),
    described("bond_sum", "bond", "calc", choices="[bond_1] + [bond_2] + [bond_3]"),
    described("bond_note", "bond", "notes"),
)
COLUMNS = (
    "study_no",
    "redcap_event_name",
    "redcap_repeat_instrument",
    "redcap_repeat_instance",
    "redcap_data_access_group",
    "redcap_survey_identifier",
    "consent_date",
    "first_name",
    "mail",
    "arm",
    "enrolment_complete",
    "visit_date",
    "visit_complete",
    "bond_timestamp",
    "bond_date",
    "bond_1",
    "bond_2",
    "bond_3",
    "where___a",
    "where___b_2",
    "where___unk",
    "bond_sum",
    "bond_note",
    "bond_complete",
)
BASELINE, WEEK_4, EXTRA = "baseline_arm_1", "week_4_arm_1", "extra_arm_1"


def row(
    record: str, event: str = "", instrument: str = "", instance: str = "", **cells: str
) -> dict[str, str]:
    """A row of an export; unticked boxes are 0, as REDCap writes them everywhere."""
    return {
        "study_no": record,
        "redcap_event_name": event,
        "redcap_repeat_instrument": instrument,
        "redcap_repeat_instance": instance,
        "where___a": "0",
        "where___b_2": "0",
        "where___unk": "0",
        **cells,
    }


def bond(date: str, *answers: str, status: str = "2", **more: str) -> dict[str, str]:
    """Cells of the form with the three items."""
    items = {f"bond_{place}": answer for place, answer in enumerate(answers, 1)}
    return {"bond_date": date, **items, "bond_complete": status, **more}


def enrolled(date: str, arm: str) -> dict[str, str]:
    """Cells of the enrolment form."""
    return {
        "consent_date": date,
        "first_name": "Robin",
        "mail": "robin@example.org",
        "arm": arm,
        "enrolment_complete": "2",
    }


def table(columns: tuple[str, ...], *rows: Mapping[str, str], delimiter: str = ",") -> str:
    """Rows as CSV; what a row does not say is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write(folder: Path) -> Written:
    """Write the export and its dictionary."""
    place = folder / FOLDER
    place.mkdir(parents=True)
    (place / "dictionary.csv").write_text(table(HEADINGS, *PROJECT), encoding="utf-8-sig")
    rows = [
        row("S01", BASELINE, **enrolled("2025-03-03", "1"), **bond("2025-03-03", "5", "6", "7")),
        row("S01", WEEK_4, visit_date="2025-03-31", visit_complete="2"),
        row("S01", WEEK_4, "bond", "1", **bond("2025-03-31", "4", "4", "5")),
        row("S01", WEEK_4, "bond", "2", **bond("2025-04-01", "4", "9", "5")),
        row("S01", EXTRA, "", "1", **bond("2025-04-07", "2", "3", "3")),
        row("S01", EXTRA, "", "2", **bond("2025-04-08", "2", "3", "4")),
        row("S02", BASELINE, **enrolled("2025-03-04", "2"), bond_complete="0"),
        row("S02", WEEK_4, visit_date="2025-04-01", visit_complete="2"),
        row("S02", WEEK_4, "bond", "1", **bond("", "1", "1", "1")),
        row(
            "S03", BASELINE, **enrolled("2025-03-05", "1"), **bond("2025-03-05", "-99", "UNK", "2")
        ),
        row(
            "S03", BASELINE, **enrolled("2025-03-05", "1"), **bond("2025-03-05", "-99", "UNK", "2")
        ),
        row("S03", BASELINE, **bond("2025-03-05", "3", "3", "5")),
    ]
    text = table(COLUMNS, *rows) + "S04,baseline_arm_1,torn\n"
    (place / "data.csv").write_text(text, encoding="utf-8-sig")
    # Rows 2, 7 and 8 hold nothing of the form. Row 9 has no date, row 11 is row 10 again, row 12
    # fills what row 10 left blank and contradicts the rest, row 13 is torn.
    return Written(SOURCE, {f"{FOLDER}/data.csv": (10, 7, 1, 2)})
