"""A made-up output of radar-output-restructure: answers, app events and the completion log."""

import csv
import gzip
import io
from pathlib import Path

from tests.etl.formats.written import PEOPLE, Written

PROJECT = "exports/radar/bond-study"
KEY = ("key.projectId", "key.userId", "key.sourceId")
FORM = (
    "value.time",
    "value.timeCompleted",
    "value.timeNotification",
    "value.name",
    "value.version",
)
SOURCE = """
[[sources]]
id = "radar_answers"
kind = "answers"
format = "radar"
path = "exports/radar/*/*/questionnaire_response/*.csv*"
[sources.answers]
item = "item_number"

[[sources]]
id = "radar_events"
kind = "events"
format = "radar"
path = "exports/radar/*/*/questionnaire_app_event/*.csv*"

[[sources]]
id = "radar_completion"
kind = "events"
format = "radar"
path = "exports/radar/*/*/questionnaire_completion_log/*.csv*"
"""


def table(*rows: tuple[str, ...]) -> str:
    """Rows as the CSV writer of radar-output-restructure gives them."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def key(person: str) -> tuple[str, str, str]:
    return ("bond-study", person, "7f4d2a50-made-up-phone")


def answer_columns(n: int, *, with_ids: bool = True) -> tuple[str, ...]:
    fields = ("questionId", "value", "startTime", "endTime")
    kept = fields if with_ids else fields[1:]
    return tuple(f"value.answers.{place}.{field}" for place in range(n) for field in kept)


def form(
    person: str, time: str, *answers: tuple[str, str], n: int | None = None
) -> tuple[str, ...]:
    """A questionnaire of one row; fields of answers that it does not have are empty."""
    cells = [cell for one in answers for cell in (*one, time, time)]
    empty = [""] * (4 * ((n or len(answers)) - len(answers)))
    return (*key(person), time, time, "", "BOND", "1.0", *cells, *empty)


def event(person: str, time: str, kind: str, *more: str) -> tuple[str, ...]:
    return (*key(person), time, kind, *more)


def write(folder: Path) -> Written:
    """One export with every trap; see `etl.sources.radar.FORMAT.traps`."""
    first, second, third = PEOPLE[:3]
    files = {
        # Sent twice by the phone; a value as int, as double and in words.
        f"{first}/questionnaire_response/20250303_0800.csv": table(
            (*KEY, *FORM, *answer_columns(3)),
            form(first, "1.740990600123E9", ("bond_1", "5"), ("bond_2", "6.0"), ("bond_3", "7")),
            form(first, "1.740990600123E9", ("bond_1", "5"), ("bond_2", "6.0"), ("bond_3", "7")),
            form(first, "1.7415954E9", ("bond_1", "3"), ("bond_2", "4"), ("bond_3", "often")),
        ),
        # The same again in another file, in which a longer form of the hour lies too: the rows
        # are of the longest one's width. One question passed over, one form without any answer.
        f"{second}/questionnaire_response/20250304_1900.csv": table(
            (*KEY, *FORM, *answer_columns(4)),
            form(second, "1741114800.5", ("bond_1", "2"), ("bond_2", "3"), ("bond_3", "4"), n=4),
            form(second, "1741719600.0", ("bond_1", "2"), ("bond_2", ""), ("bond_3", "9"), n=4),
            form(second, "1741806000.0", n=4),
        )
        + "bond-study,S02,cut",
        f"{second}/questionnaire_app_event/20250304_1900.csv": table(
            (*KEY, "value.time", "value.eventType", "value.questionnaireName", "value.metadata"),
            event(second, "1.741114790001E9", "APP_OPEN", "", ""),
            event(second, "1.741114790001E9", "APP_OPEN", "", ""),
            event(second, "1.741114900001E9", "QUESTIONNAIRE_FINISHED", "BOND", ""),
            event(second, "", "APP_OPEN", "", ""),
        ),
        # The next shape of the same topic and hour, in a file of its own.
        f"{second}/questionnaire_app_event/20250304_1900_1.csv": table(
            (
                *KEY,
                *("value.time", "value.eventType", "value.questionnaireName"),
                *("value.metadata.reason", "value.metadata.fcmToken"),
            ),
            event(second, "1.7411148E9", "NOTIFICATION_OPEN", "BOND", "reminder", "tok-1"),
        ),
        f"{third}/questionnaire_completion_log/20250305_0600.csv": table(
            (*KEY, "value.time", "value.name", "value.completionPercentage"),
            (*key(third), "1.741154400001E9", "BOND", "100.0"),
            (*key(third), "1.741240800001E9", "BOND", "40.0"),
            (*key(third), "1.741327200001E9", "BOND", "0.0"),
            (*key(third), "1.741413600001E9", "BOND", ""),
        ),
        f"{first}/questionnaire_response/schema-questionnaire_response.json": '{"type": "record"}\n',
    }
    for name, text in files.items():
        place = folder / PROJECT / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    # An older app: no ids of questions, so that their order says which they are. Gzipped.
    old = folder / PROJECT / f"{third}/questionnaire_response/20250303_0800_1.csv.gz"
    old.parent.mkdir(parents=True, exist_ok=True)
    stamp = "1.7409906E9"
    old_form = (stamp, stamp, "BOND", "0.1")
    old_columns = ("value.time", "value.timeCompleted", "value.name", "value.version")
    old.write_bytes(
        gzip.compress(
            table(
                (*KEY, *old_columns, *answer_columns(3, with_ids=False)),
                (
                    *key(third),
                    *old_form,
                    *("4", stamp, stamp, "5", stamp, stamp, "1", stamp, stamp),
                ),
            ).encode(),
            mtime=0,
        )
    )
    at = f"{PROJECT}/{{}}".format
    return Written(
        source=SOURCE,
        counts={
            at("S01/questionnaire_response/20250303_0800.csv"): (9, 5, 3, 1),
            at("S02/questionnaire_response/20250304_1900.csv"): (7, 5, 0, 2),
            at("S03/questionnaire_response/20250303_0800_1.csv.gz"): (3, 3, 0, 0),
            at("S02/questionnaire_app_event/20250304_1900.csv"): (4, 2, 1, 1),
            at("S02/questionnaire_app_event/20250304_1900_1.csv"): (1, 1, 0, 0),
            at("S03/questionnaire_completion_log/20250305_0600.csv"): (4, 4, 0, 0),
        },
    )
