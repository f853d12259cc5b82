"""A made-up export of mindLAMP: the list of activities, and events by participant."""

import gzip
import json
from pathlib import Path
from typing import Any

from tests.etl.formats.written import PEOPLE, Written

FOLDER = "exports/mindlamp"
IDS = {person: f"U{number:010}" for number, person in enumerate(PEOPLE, 1)}
"""The ids that mindLAMP made for them."""
BOND, DONE, PRAISE, GONE = "svy0bond", "act0done", "act0praise", "act0gone"
MONDAY = 1_740_990_600_000
"""2025-03-03 08:30 UTC."""
DAY = 86_400_000
SEVEN = [{"value": str(number), "description": ""} for number in range(1, 8)]
SEVEN[0]["description"], SEVEN[6]["description"] = "not at all", "very much"
QUESTIONS = ("How close?", "How warm?", "How much trust?", "Anything else?")
ACTIVITIES = [
    {
        "id": BOND,
        "spec": "lamp.survey",
        "name": "Bond",
        "settings": [
            {"text": QUESTIONS[0], "type": "rating", "options": SEVEN},
            {"text": QUESTIONS[1], "type": "list", "options": SEVEN},
            {"text": QUESTIONS[2], "type": "slider", "options": SEVEN},
            {"text": QUESTIONS[3], "type": "text", "options": None},
        ],
    },
    {"id": DONE, "spec": "lamp.tips", "name": "module_done", "settings": {}},
    {"id": PRAISE, "spec": "lamp.scratch_image", "name": "praise_shown"},
]
SOURCE = """
[[sources]]
id = "lamp_answers"
kind = "answers"
format = "mindlamp"
path = "exports/mindlamp/*/survey_event*.json"
activities = "exports/mindlamp/activities.json"

[[sources]]
id = "lamp_events"
kind = "events"
format = "mindlamp"
path = "exports/mindlamp/*/app_event*"
activities = "exports/mindlamp/activities.json"
"""


def survey(time: float, *values: Any, activity: str = BOND, **more: Any) -> dict[str, Any]:
    """One survey filled in, as the app sends it."""
    return {
        "timestamp": time,
        "duration": 41_000,
        "activity": activity,
        "static_data": {},
        "temporal_slices": [
            {"item": text, "value": value, "type": None, "level": None, "duration": 900}
            for text, value in zip(QUESTIONS, values, strict=False)
        ],
        **more,
    }


def done(time: float, activity: str, static: Any = None, duration: int = 5000) -> dict[str, Any]:
    """One activity that was carried out."""
    return {
        "timestamp": time,
        "duration": duration,
        "activity": activity,
        "static_data": static or {},
        "temporal_slices": [],
    }


def analytics(time: float, **data: Any) -> dict[str, Any]:
    """One event of the app itself."""
    return {"timestamp": time, "sensor": "lamp.analytics", "data": data}


def write(folder: Path) -> Written:
    """One export with most traps; see `etl.sources.mindlamp.FORMAT.traps`."""
    first, second, third = (IDS[person] for person in PEOPLE[:3])
    place = folder / FOLDER
    # A choice in words, one in quotation marks, a number; a question passed over; free text.
    week_0 = survey(MONDAY, "3", "very much", 5, "All is well.")
    week_1 = survey(MONDAY + 7 * DAY, '"4"', None, "NULL", None)
    week_2 = survey(MONDAY + 14 * DAY, "6", "somewhat", 9, None)
    _save(place / "activities.json", {"data": ACTIVITIES})
    # By the folder's name; newest first; the second page repeats the end of the first.
    _save(place / first / "survey_event.json", {"data": [week_2, week_1]})
    _save(
        place / first / "survey_event_2.json",
        {"data": [week_1, week_0, survey(MONDAY, "1", activity=GONE), done(MONDAY, DONE)]},
    )
    # By the object around the list; a question that was reworded; a record without a time.
    reworded = survey(MONDAY, "2", "2", "2")
    reworded["temporal_slices"][1]["item"] = "How friendly?"
    _save(
        place / "by_hand/survey_event.json",
        {"participant": second, "data": [reworded, survey(0, "1"), "cut"]},
    )
    # JSON Lines with a field of their own, gzipped; a measurement of a sensor among them.
    lines = [
        analytics(MONDAY + 2000, type="open_page", page="learn", duration=9000, user_agent="UA-1"),
        analytics(MONDAY + 1000, action="login", device_type="iOS", device_token="tok-1"),
        {"timestamp": MONDAY, "sensor": "lamp.gps", "data": {"latitude": 1.5, "longitude": 2.5}},
    ]
    text = "".join(json.dumps({"participant_id": third, **one}) + "\n" for one in lines)
    (place / "by_hand").mkdir(exist_ok=True)
    (place / "by_hand/app_event.jsonl.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    # By the file's name, as a bare list; one sent twice with another duration.
    _save(
        place / f"by_hand/app_event_{second}.json",
        [
            done(MONDAY + 3000, PRAISE, {"kind": "streak"}),
            done(MONDAY, DONE, {"module": "breathe"}, duration=8000),
            done(MONDAY, DONE, {"module": "breathe"}),
            done(MONDAY, GONE),
        ],
    )
    at = f"{FOLDER}/{{}}".format
    return Written(
        source=SOURCE,
        counts={
            at(f"{first}/survey_event.json"): (6, 4, 0, 2),
            at(f"{first}/survey_event_2.json"): (7, 3, 3, 1),
            at("by_hand/survey_event.json"): (5, 2, 0, 3),
            at("by_hand/app_event.jsonl.gz"): (2, 2, 0, 0),
            at(f"by_hand/app_event_{second}.json"): (4, 2, 1, 1),
        },
        ids=IDS,
    )


def _save(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
