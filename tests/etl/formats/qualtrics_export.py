"""A made-up Qualtrics survey: three head rows, previews, unfinished responses, times of an account."""

import csv
import io
from pathlib import Path

from tests.etl.formats.written import Written

FILE = "exports/qualtrics/Bond_March 3, 2025_10.11.csv"
COLUMNS = {
    "StartDate": "startDate",
    "EndDate": "endDate",
    "Status": "status",
    "IPAddress": "ipAddress",
    "Progress": "progress",
    "Duration (in seconds)": "duration",
    "Finished": "finished",
    "RecordedDate": "recordedDate",
    "ResponseId": "_recordId",
    "RecipientLastName": "recipientLastName",
    "RecipientFirstName": "recipientFirstName",
    "RecipientEmail": "recipientEmail",
    "ExternalReference": "externalDataReference",
    "LocationLatitude": "locationLatitude",
    "LocationLongitude": "locationLongitude",
    "DistributionChannel": "distributionChannel",
    "UserLanguage": "userLanguage",
    "Q1_1": "QID1_1",
    "Q1_2": "QID1_2",
    "Q1_3": "QID1_3",
    "Q2": "QID2_TEXT",
}
SOURCE = """
[[sources]]
id = "qualtrics"
kind = "answers"
format = "qualtrics"
path = "exports/qualtrics/*.csv"
time_zone = "America/Denver"
missing = ["", "NA", "-99"]
[sources.answers]
instrument_is = "bond"
column_pattern = "Q1_{item}"
"""


def head(*, zone: str | None = None) -> list[list[str]]:
    """The three head rows; question texts hold line breaks."""
    texts = [
        f"How much do you agree?\nPlease tick one.\n- {name}" if name.startswith("Q1") else name
        for name in COLUMNS
    ]
    more = f',"timeZone":"{zone}"' if zone else ""
    ids = [
        f'{{"ImportId":"{one}"{more if one.endswith("Date") else ""}}}' for one in COLUMNS.values()
    ]
    return [list(COLUMNS), texts, ids]


def response(number: int, person: str, end: str, *answers: str, **cells: str) -> list[str]:
    """A response; `cells` replace what a usual one has."""
    usual = {
        "StartDate": end,
        "EndDate": end,
        "Status": "0",
        "IPAddress": "192.0.2.7",
        "Progress": "100",
        "Duration (in seconds)": "61",
        "Finished": "1",
        "RecordedDate": end,
        "ResponseId": f"R_{number:04}",
        "RecipientLastName": "Made-Up",
        "RecipientFirstName": "Robin",
        "RecipientEmail": "robin@example.org",
        "ExternalReference": person,
        "LocationLatitude": "51.5",
        "LocationLongitude": "-0.1",
        "DistributionChannel": "anonymous",
        "UserLanguage": "EN",
        "Q2": 'Well, "fine"\nsince Monday',
    }
    items = {f"Q1_{place}": answer for place, answer in enumerate(answers, 1)}
    return [(usual | items | cells).get(name, "") for name in COLUMNS]


def table(*rows: list[str], delimiter: str = ",") -> str:
    """Rows as CSV."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue()


def write(folder: Path) -> Written:
    """Write the export."""
    rows = [
        response(1, "S01", "2025-03-04 10:11:12", "5", "6", "7"),
        response(2, "S02", "2025-03-04 11:00:00", "1", "-99", "3"),
        response(3, "S03", "2025-03-04 12:00:00", "1", "1", "1", Status="1"),
        response(4, "", "2025-03-04 12:10:00", "1", "1", "1", Status="2"),
        response(5, "S04", "2025-03-04 13:00:00", "2", Finished="0", Progress="33"),
        response(6, "S05", "2025-03-04 14:00:00", "4", "Strongly agree", "3"),
        response(7, "S06", "04/03/2025", "4", "4", "3"),
        response(8, "", "2025-03-04 15:00:00", "4", "4", "3"),
        # Downloaded twice and pasted below each other.
        response(1, "S01", "2025-03-04 10:11:12", "5", "6", "7"),
        response(10, "S02", "2025-03-31 10:00:00", "4", "4", "8", Status="16"),
    ]
    path = folder / FILE
    path.parent.mkdir(parents=True)
    path.write_text(table(*head(), *rows), encoding="utf-8-sig")
    return Written(SOURCE, {FILE: (10, 4, 1, 5)})
