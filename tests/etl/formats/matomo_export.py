"""A made-up Matomo visit log: two overlapping JSON exports and one in XML, site in Berlin."""

import json
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from tests.etl.formats.written import Written

SOURCE = """
[[sources]]
id = "matomo"
kind = "events"
path = "exports/matomo/*"
format = "matomo"
participant_else = []
"""
FIRST = 1_741_000_000
"""2025-03-03T11:06:40Z in seconds."""
BERLIN = 3600
VISITOR = "5f1c00secret0001"


def action(kind: str, second: int, page: int | None = None, **more: Any) -> dict[str, Any]:
    """One action, stamped by the clock of the site, an hour ahead of UTC."""
    found: dict[str, Any] = {
        "type": kind,
        "url": "https://app.example/",
        "pageTitle": "Start",
        "pageIdAction": 4,
        "idpageview": "gSH85T",
        "serverTimePretty": "Mar 3, 2025 12:06:40",
        "timeSpent": 5,
        "timeSpentPretty": "5s",
        "title": "Start",
        "subtitle": "https://app.example/",
        "icon": "",
        "iconSVG": "plugins/Morpheus/images/action.svg",
        "timestamp": FIRST + second + BERLIN,
        **more,
    }
    if page is not None:
        found["pageId"] = page
    return found


def event(name: str, second: int, page: int, **more: Any) -> dict[str, Any]:
    return action(
        "event",
        second,
        page,
        eventCategory="app",
        eventAction=name,
        **more,
    )


def visit(number: int, user: str | None, *actions: dict[str, Any], **more: Any) -> dict[str, Any]:
    """One visit; its own stamps are UTC."""
    stamps = [one["timestamp"] - BERLIN for one in actions] or [FIRST]
    return {
        "idSite": 1,
        "idVisit": number,
        "visitIp": "10.0.0.99",
        "visitorId": VISITOR,
        "fingerprint": "f1ngersecret",
        "actionDetails": list(actions),
        "userId": user,
        "serverTimestamp": max(stamps),
        "lastActionTimestamp": max(stamps),
        "firstActionTimestamp": min(stamps),
        "serverTimePretty": "12:06:40",
        "visitDuration": max(stamps) - min(stamps),
        "visitDurationPretty": "1 min",
        "referrerKeyword": "secret search",
        "country": "Secretland",
        "city": "Secretville",
        "deviceType": "Smartphone",
        "deviceTypeIcon": "icon.png",
        "browser": "Firefox 128.0",
        **more,
    }


def document(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))
    return path


def xml(path: Path, *visits: dict[str, Any]) -> Path:
    """Visits as Matomo writes them in XML."""
    path.parent.mkdir(parents=True, exist_ok=True)
    inner = "".join(_element("row", one) for one in visits)
    path.write_text(f'<?xml version="1.0" encoding="utf-8" ?>\n<result>{inner}</result>\n')
    return path


def _element(tag: str, value: Any) -> str:
    if isinstance(value, dict):
        inner = "".join(_element(key, one) for key, one in value.items())
    elif isinstance(value, list):
        inner = "".join(_element("row", one) for one in value)
    else:
        inner = "" if value in (None, False) else escape(str(value))
    return f"\n\t<{tag}>{inner}</{tag}>" if inner else f"\n\t<{tag} />"


def write(folder: Path) -> Written:
    """Two days, of which the second has the end of a visit of the first, and a third in XML."""
    export = folder / "exports" / "matomo"
    opened = event("app_opened", 0, 101)
    done = event("module_done", 60, 102, eventName="m1", eventValue=5)
    praise = event("praise_shown", 120, 103, eventName="streak")
    document(
        export / "day1.json",
        [
            visit(1, "S01", opened, done),
            visit(2, "S02", action("action", 10, 110), event("app_opened", 11, 111)),
            visit(3, "S03"),
            "no visit",
            visit(4, None, event("app_opened", 30, 120)),
        ],
    )
    document(
        export / "day2.json",
        [
            visit(1, "S01", opened, done, praise, action("goal", 120, goalId=2, goalPageId=103)),
            visit(5, "S04", event("module_done", 86_400, 130, eventName="m2", eventValue=7)),
        ],
    )
    xml(
        export / "day3.xml",
        visit(6, "S05", event("app_opened", 172_800, 140), event("", 172_810, 141)),
        visit(7, "S06", event("module_done", 172_900, 150, eventName="m1 & m2", eventValue=1.5)),
    )
    return Written(
        SOURCE,
        {
            "exports/matomo/day1.json": (6, 4, 0, 2),
            "exports/matomo/day2.json": (5, 3, 2, 0),
            "exports/matomo/day3.xml": (3, 2, 0, 1),
        },
    )
