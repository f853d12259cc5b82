"""mindLAMP: activity and sensor events as its API gives them, by participant."""

from pathlib import Path
from typing import Any, cast

from etl.sources.archive import Member, is_zip
from etl.sources.format import Fit, Format, Opening
from etl.sources.mindlamp_activities import read_activities
from etl.sources.mindlamp_documents import Document, has_owners
from etl.sources.mindlamp_records import Records, told
from etl.sources.personal import unmapped
from etl.sources.reader import Reader
from etl.sources.records import SAMPLE_RECORDS, RecordReader
from etl.sources.sample import Sample
from etl.sources.zipped import zipped
from study.errors import UserError

PARTICIPANT = "participant"
PERSONAL = (
    "device_token",
    "device_id",
    "user_agent",
    "payload",
    "properties.text",
    "properties.url",
)
"""Dropped unless mapped: what tells a phone, what a notification said, and what was written or
recorded in a journal."""
MADE = {
    "events": (PARTICIPANT, "timestamp", "name", "activity", "activity_id", "properties"),
    "answers": (
        *(PARTICIPANT, "timestamp", "activity", "activity_id", "instrument", "occasion"),
        *("item", "question", "value", "answer_duration"),
    ),
}
_ACTIVITY = ("timestamp", "activity", "temporal_slices")
_SENSOR = ("timestamp", "sensor", "data")


def fit(sample: Sample) -> Fit:
    """Whether a file holds mindLAMP's activity or sensor events, by the fields of its records."""
    names = {name for one in sample.records for name in _names(one, 3)}
    if sample.shape not in ("json", "json_lines"):
        return Fit(False, "it is not JSON", 0.0)
    lacking = min(
        ([name for name in wanted if name not in names] for wanted in (_ACTIVITY, _SENSOR)),
        key=len,
    )
    share = 1 - len(lacking) / len(_ACTIVITY)
    if lacking:
        return Fit(False, f"its records have no {', '.join(lacking)}", share)
    has = _SENSOR if all(name in names for name in _SENSOR) else _ACTIVITY
    return Fit(True, f"its records have {', '.join(has)}", share)


def _names(one: Any, depth: int) -> set[str]:
    """Names of an event's fields; of an object around events, those of the first ones."""
    if not isinstance(one, dict) or "timestamp" in one or not depth:
        return set(one) if isinstance(one, dict) and "timestamp" in one else set()
    inner = [value for value in one.values() if isinstance(value, dict)]
    listed = [value[0] for value in one.values() if isinstance(value, list) and value]
    return {name for each in (*inner, *listed) for name in _names(each, depth - 1)}


def open_mindlamp(path: Path, opening: Opening) -> Reader:
    """Open a file of events, or an archive of such files.

    Raises
    ------
    UserError
        If the file does not say whose events it holds, or answers are asked for and the study
        file names no list of activities.
    """
    if is_zip(path):
        return zipped(path, lambda member: _open(cast(Member, member), opening))
    return _open(path, opening)


def _open(path: Path | Member, opening: Opening) -> Reader:
    source = opening.source
    activities = read_activities(opening)
    if activities is None and source.kind == "answers":
        raise UserError(
            f"Source '{source.id}' reads answers of mindLAMP, which need the list of activities: "
            "it says which events are surveys, and what their questions and choices are. Save what "
            "the API gives of /study/{id}/activity, and set 'activities' of the source in "
            "study.toml to it."
        )
    drop = (*opening.drop, *unmapped(PERSONAL, source))
    document = Document(path, source.encoding, opening.folder, drop)
    is_default = source.participant == PARTICIPANT and not source.participant_else
    if is_default and has_owners(document, SAMPLE_RECORDS) is False:
        raise UserError(
            f"{path.name} does not say whose events it holds: mindLAMP's API leaves the "
            "participant out of its records. Save each participant's events as "
            '{"participant": "<id>", "data": […]}, in this order, or name the file or its folder '
            "by the id that mindLAMP gave (U and digits)."
        )
    answers = source.answers
    as_it_is = frozenset((*source.missing, *(answers.not_applicable if answers else ())))
    records = Records(document, activities, as_it_is)
    known = frozenset(MADE.get(source.kind, ()))
    return RecordReader(
        "mindLAMP events",
        records.answers if source.kind == "answers" else records.events,
        drop=drop,
        always=known.__contains__,
        notes=lambda: told(records.passed, kind=source.kind, has_list=activities is not None),
    )


FORMAT = Format(
    id="mindlamp",
    label="mindLAMP events",
    fit=fit,
    open=open_mindlamp,
    traps=(
        "The API leaves the participant out of each record: whose a record is comes from its own "
        "field (participant, participant_id, _parent), else from the object around it "
        '({"participant": …, "data": […]}), else from a name like U1234567890 of the list, the '
        "file or the nearest folder; a file that says it nowhere is refused with how to save it.",
        "Records come as a list, under `data`, as JSON Lines, or by participant; all are read, "
        "record by record.",
        "Events name their activity by an id: the list of activities gives the name. An id that "
        "is not in it, such as that of a deleted activity, is refused with its place.",
        "An answer names its question by the text: items are the numbers of the questions in the "
        "survey's settings, from 1, questions without a number to score included; the text stands "
        "in `question`. A text that is none of the survey's, because it was reworded, is refused. "
        "In old data an index stands instead of the text: then the place counts, and only where "
        "all questions have an answer.",
        "An answer is a number, the words of a choice, or the words in quotation marks (questions "
        "in a matrix): a number counts as itself; a choice counts as its own number where all "
        "choices are numbers, and else as its place among them, from 0 (`add` of the source "
        "shifts it); no is 0 and yes 1; the app's own likert choices are 0 to 3.",
        "Questions that were not answered stand as null, or as NULL in words: they stay missing.",
        "Free text, times of day and several choices at once are no numbers: such answers are "
        "passed over, and the file's notes count them.",
        "A survey's name is often no id of an instrument: `instrument` is the name in lower case "
        "with every other sign as _ (Bond, weekly: bond_weekly).",
        "Pages come newest first, hold 1,000 records unless more are asked for, and overlap: the "
        "same answer of one survey at one time is a duplicate, and so is the same event of a "
        "participant with the same name and time.",
        "Use of the app is the sensor lamp.analytics: open_page, login, logout, notification, by "
        "`type`, or `action` in records of the phone apps. Records of other sensors are "
        "measurements: they are passed over and counted.",
        "open_page is sent when a page is left: `page` is the one that was left and `duration` "
        "the milliseconds on it.",
        "device_token, device_id, user_agent, the payload of notifications and what was written "
        "or recorded in a journal are dropped unless they are mapped.",
        "Times are milliseconds since 1970; a record that came without one has 0, and is refused "
        "as out of range.",
    ),
    confirmed=(
        "Fields of ActivityEvent, TemporalSlice and Activity: BIDMCDigitalPsychiatry/LAMP-py, "
        "docs/*.md, and LAMP-r. That records go out without their _parent, newest first, 1,000 "
        "unless limited otherwise, timestamp 0 where there is none: LAMP-server, "
        "src/repository/mongo/ActivityEventRepository.ts, SensorEventRepository.ts, "
        "src/service/ActivityEventService.ts. That slices hold the question's text and the "
        "choice's, in the order of the settings, null where not answered, quoted in a matrix, and "
        "the likert choices: LAMP-activities, Survey/src/components/SurveyQuestions.tsx; options "
        "as {value, description}: LAMP-dashboard, SurveyCreator.tsx; as texts, and NULL in words: "
        "LAMP-cortex, cortex/primary/survey_scores.py (which scores no 0 and yes 3, unlike here). "
        "That events repeat: LAMP-cortex, cortex/raw/survey.py. open_page, login, logout: "
        "LAMP-dashboard, BottomMenu.tsx, Login.tsx, App.tsx; `action`: LAMP-server and "
        "LAMP-core-android. static_data.text of the journal: docs.lamp.digital, Journal. Not "
        "confirmed: whether an index of a question counts from 0 or 1 (never relied on); how "
        "teams save what the API gives, which is why several ways are read."
    ),
    export=(
        "For each participant ask the API for /participant/{id}/activity_event and "
        "/participant/{id}/sensor_event?origin=lamp.analytics with a large `limit` (or page by "
        '`to`), and save each answer as {"participant": "<id>", "data": […]} or in a folder named '
        "by the id; save /study/{id}/activity once, as the list of activities."
    ),
)
