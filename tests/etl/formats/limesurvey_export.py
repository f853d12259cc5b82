"""A made-up LimeSurvey survey: codes as headings and answers, unsent responses, a token twice."""

from pathlib import Path

from tests.etl.formats.written import Written

FILE = "exports/limesurvey/results-survey123456.csv"
COLUMNS = {
    "id": "Response ID",
    "submitdate": "Date submitted",
    "lastpage": "Last page",
    "startlanguage": "Start language",
    "seed": "Seed",
    "token": "Access code",
    "startdate": "Date started",
    "datestamp": "Date last action",
    "ipaddr": "IP address",
    "refurl": "Referrer URL",
    "firstname": "First name",
    "lastname": "Last name",
    "email": "Email address",
    "bond[SQ001]": "How close? [The app]",
    "bond[SQ002]": "How close? [Its coach]",
    "bond[SQ003]": "How close? [Its diary]",
    "bond[other]": "How close? [Other]",
    "why": "Why?",
    "interviewtime": "Total time",
    "groupTime12": "Group time: Bond",
    "bondTime": "Question time: bond",
}
SOURCE = """
[[sources]]
id = "limesurvey"
kind = "answers"
format = "limesurvey"
path = "exports/limesurvey/*.csv"
[sources.answers]
instrument_is = "bond"
[sources.answers.columns]
"bond[SQ001]" = "1"
"bond[SQ002]" = "2"
"bond[SQ003]" = "3"
"""


def response(number: int, token: str, sent: str, *answers: str, **cells: str) -> dict[str, str]:
    """A response; `cells` replace what a usual one has."""
    items = {f"bond[SQ00{place}]": answer for place, answer in enumerate(answers, 1)}
    return {
        "id": str(number),
        "submitdate": sent,
        "lastpage": "2",
        "startlanguage": "en",
        "seed": "1203948",
        "token": token,
        "startdate": "2025-03-03 09:00:00",
        "datestamp": sent or "2025-03-03 09:05:00",
        "ipaddr": "192.0.2.7",
        "refurl": "https://example.org/?who=robin",
        "firstname": "Robin",
        "lastname": "Made-Up",
        "email": "robin@example.org",
        "interviewtime": "61.2",
        **items,
        **cells,
    }


def table(*rows: dict[str, str], separator: str = ";", headings: list[str] | None = None) -> str:
    """Rows as LimeSurvey writes them: everything quoted, no quotes for NULL, an empty line last."""
    lines = [[_quoted(one) for one in headings or COLUMNS]]
    lines += [[_quoted(one[name]) if name in one else "" for name in COLUMNS] for one in rows]
    return "".join(separator.join(line) + "\r\n" for line in lines) + "\r\n"


def _quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def write(folder: Path) -> Written:
    """Write the export."""
    rows = [
        response(1, "S01", "2025-03-03 09:10:00", "A5", "A6", "A7", why='A "habit"\nby now'),
        response(2, "S02", "2025-03-03 10:10:00", "A1", "", "A3"),
        # The same token again: another filling-in.
        response(3, "S01", "2025-03-31 09:10:00", "A4", "A6", "A7"),
        response(4, "S03", "", "A4", lastpage="1"),
        response(5, "S04", "1980-01-01 00:00:00", "A2", "A2", "A2"),
        response(6, "", "2025-03-03 11:10:00", "A2", "A2", "A2"),
        # An id that stands twice: the first counts, the second is the same again.
        response(2, "S02", "2025-03-03 10:10:00", "A1", "", "A3"),
        response(8, "S05", "2025-03-04 09:10:00", "A9", "A1", "A1"),
    ]
    path = folder / FILE
    path.parent.mkdir(parents=True)
    path.write_bytes(table(*rows).encode("utf-8-sig"))
    return Written(SOURCE, {FILE: (8, 4, 1, 3)})
