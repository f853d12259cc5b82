"""Matomo: the visit log (Live.getLastVisitsDetails), each action of a visit one event."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from etl.sources.archive import is_zip
from etl.sources.format import Fit, Format, Opening, required
from etl.sources.matomo_visits import AS_JSON, VISIT, has_failed, start_of, visits
from etl.sources.reader import BadRow, Reader
from etl.sources.records import Numbered, Record, RecordReader
from etl.sources.sample import Sample
from etl.sources.unpacked import DAMAGE
from study.errors import UserError

NEEDED = ("idSite", "idVisit", "actionDetails")
PERSONAL = frozenset(
    {"visitIp", "fingerprint", "visitorId", "location", "city", "region", "regionCode", "country"}
    | {"countryCode", "continent", "continentCode", "latitude", "longitude", "provider"}
    | {"providerName", "providerUrl", "referrerName", "referrerKeyword", "referrerUrl"}
)
"""What the log says of the person behind a visit: dropped, unless the source maps it."""
KNOWN = frozenset(
    {"name", "time", "action_id", "properties", "userId", "visitorId", "visitIp", "fingerprint"}
    | {"idSite", "idVisit", "serverTimestamp", "firstActionTimestamp", "lastActionTimestamp"}
)
_NOISE = re.compile(r"(Pretty|PrettyFirstAction|_pretty|[iI]cons?|IconSVG|iconSVG|Flag)$")
_SAID = frozenset({"type", "timestamp", "title", "subtitle", "serverTimePretty"})
"""Fields of an action that stand elsewhere, or only say in words what others say."""
_EVENT = {
    "eventCategory": "category",
    "eventAction": "action",
    "eventName": "name",
    "eventValue": "value",
}
_STABLE = ("type", "timestamp", "url", "pageTitle", *_EVENT, "siteSearchKeyword", "contentName")
QUARTER = 900
MOST_OFFSET = 14 * 3600
NEAR = 60
DEFAULT_LIMIT = 100
NO_OFFSET = (
    "a visit with firstActionTimestamp or lastActionTimestamp, which tell the site's time zone; or "
    "time_zone of the source, set to it"
)


def fit(sample: Sample) -> Fit:
    """Whether a file is a visit log."""
    if sample.shape == "parquet" or sample.container == "zip":
        return required(sample, NEEDED) if sample.shape == "parquet" else _unpack(sample)
    if sample.shape == "csv" and any(name.startswith("actionDetails") for name in sample.columns):
        return Fit(False, f"it is the visit log as CSV. {AS_JSON}", 0.9)
    if sample.shape in ("json", "json_lines") and sample.records:
        found = required(sample, NEEDED)
        is_error = "result" in sample.columns and has_failed(_start(sample))
        return Fit(False, "it is an error message of Matomo", 0.9) if is_error else found
    return _by_start(_start(sample))


def _start(sample: Sample) -> str:
    try:
        return start_of(sample.path)
    except DAMAGE:
        # The load will say so; nothing can be told from it.
        return ""


def _unpack(sample: Sample) -> Fit:
    found = required(sample, NEEDED)
    return Fit(False, "it lies in a ZIP archive: unpack it", found.share) if found.share else found


def _by_start(start: str) -> Fit:
    """By the words themselves: XML, or a visit that goes on behind the look."""
    marks = [f"<{name}>" if start.startswith("<") else f'"{name}"' for name in NEEDED]
    lacking = [name for name, mark in zip(NEEDED, marks, strict=True) if mark not in start]
    if start[:1] not in ("<", "[", "{") or lacking:
        share = 1 - len(lacking) / len(NEEDED) if start[:1] in ("<", "[", "{") else 0.0
        return Fit(False, f"it has no {', '.join(lacking or NEEDED)}", share)
    return Fit(True, f"it has {', '.join(NEEDED)}", 1.0)


def open_log(path: Path, opening: Opening) -> Reader:
    """Open a visit log.

    Raises
    ------
    UserError
        If it is a ZIP archive, an error message of Matomo, or CSV.
    """
    if is_zip(path):
        raise UserError(f"{path.name} is a ZIP archive. Unpack it, and load what was inside.")
    drop = (*opening.drop, *sorted(PERSONAL))
    log = _Log(path, opening.source.encoding, drop, opening.source.time_zone)
    return RecordReader(
        "Matomo visit log", log.actions, drop=drop, always=_is_known, notes=log.notes
    )


def _is_known(name: str) -> bool:
    return name.split(".", 1)[0] in KNOWN


# -- a file -----------------------------------------------------------------------------------


@dataclass
class _Log:
    path: Path
    encoding: str
    drop: tuple[str, ...]
    time_zone: str | None
    seen: Counter[str] = field(default_factory=Counter)

    def actions(self) -> Iterator[Numbered]:
        """Every action of every visit, numbered on through the file."""
        self.seen = Counter()
        number = 0
        for visit in visits(self.path, self.encoding, self.drop):
            for one in _of_visit(visit, self.time_zone, self.seen):
                number += 1
                yield replace(one, source_row=number) if isinstance(one, BadRow) else (number, one)

    def notes(self) -> tuple[str, ...]:
        """What of the visits is no event, or seems to be missing."""
        seen = self.seen
        said = {
            "empty": "Visits without actions, which give no events: {:,}.",
            "cut": "Actions that Matomo left out, which lists only so many a visit "
            "(visitor_log_maximum_actions_per_visit): {:,}.",
            "nobody": "Visits with neither userId nor visitorId: {:,}. Export with a token that "
            "may see them.",
        }
        found = [words.format(seen[key]) for key, words in said.items() if seen[key]]
        if seen["visits"] == DEFAULT_LIMIT:
            found.append(
                f"The file holds exactly {DEFAULT_LIMIT} visits, where Matomo stops unless "
                "filter_limit=-1 is asked for: there may be more."
            )
        return tuple(found)


def _of_visit(
    visit: Record | BadRow, time_zone: str | None, seen: Counter[str]
) -> Iterator[Record | BadRow]:
    if isinstance(visit, BadRow):
        yield visit
        return
    held = visit.get("actionDetails")
    if "idVisit" not in visit or not (held is None or isinstance(held, list | str | bool | dict)):
        yield BadRow(0, VISIT, None)
        return
    actions = list(held.values()) if isinstance(held, dict) else held
    actions = actions if isinstance(actions, list) else []
    about = _about(visit)
    seen["visits"] += 1
    seen["empty"] += not actions
    seen["cut"] += _whole(visit.get("truncatedActionsCount")) or 0
    seen["nobody"] += about.get("userId") is None and about.get("visitorId") is None
    yield from _of_actions(about, actions, time_zone)


def _of_actions(
    visit: Record, actions: Sequence[Any], time_zone: str | None
) -> Iterator[Record | BadRow]:
    stamps = [_whole(one.get("timestamp")) for one in actions if isinstance(one, dict)]
    offset = _offset(visit, [one for one in stamps if one is not None])
    twins: Counter[str] = Counter()
    for action in actions:
        if not isinstance(action, dict):
            yield BadRow(0, "an action: an object with type and timestamp", None)
            continue
        stamp = _whole(action.get("timestamp"))
        time = None if stamp is None else _in_utc(stamp, offset, time_zone)
        if stamp is not None and time is None:
            yield BadRow(0, NO_OFFSET, None)
            continue
        yield {
            **visit,
            "name": _name(action),
            "time": time,
            "action_id": _action_id(visit, action, twins),
            "properties": _properties(visit, action),
        }


def _about(visit: Record) -> Record:
    """The visit's own fields; `false` is what Matomo writes for what it must not show."""
    return {
        key: None if value is False else value
        for key, value in visit.items()
        if key != "actionDetails" and not _NOISE.search(key)
    }


# -- an action --------------------------------------------------------------------------------


def _offset(visit: Record, stamps: list[int]) -> int | None:
    """How far the actions' stamps are ahead of UTC, by the visit's own, which are UTC."""
    if not stamps:
        return None
    last = visit.get("lastActionTimestamp") or visit.get("serverTimestamp")
    for own, stamp in ((visit.get("firstActionTimestamp"), min(stamps)), (last, max(stamps))):
        known = _whole(own)
        if known is None:
            continue
        ahead = stamp - known
        offset = round(ahead / QUARTER) * QUARTER
        if abs(ahead - offset) <= NEAR and abs(offset) <= MOST_OFFSET:
            return offset
    return None


def _in_utc(stamp: int, offset: int | None, time_zone: str | None) -> int | None:
    if offset is not None:
        return stamp - offset
    if time_zone is None:
        return None
    try:
        clock = datetime.fromtimestamp(stamp, UTC)
    except (ValueError, OverflowError, OSError):
        # No time of this age: the loader says so of the stamp as it is.
        return stamp
    return int(clock.replace(tzinfo=ZoneInfo(time_zone)).timestamp())


def _name(action: Record) -> str | None:
    kind = _filled(action.get("type"))
    if kind == "event":
        return _filled(action.get("eventAction"))
    return "pageview" if kind == "action" else kind


def _properties(visit: Record, action: Record) -> Record:
    kept = {
        _EVENT.get(key, key): value
        for key, value in action.items()
        if key not in _SAID and not _NOISE.search(key) and _is_filled(value)
    }
    return {"type": action.get("type"), **kept, "idVisit": visit.get("idVisit")}


def _action_id(visit: Record, action: Record, twins: Counter[str]) -> str | None:
    """What tells an action from all others, and stays as it is in the next export."""
    if visit.get("idVisit") is None:
        return None
    kind = str(action.get("type"))
    parts = (action.get("goalId"), action.get("goalPageId") or action.get("pageId"))
    if kind == "ecommerceOrder":
        parts = (action.get("orderId"), None)
    if not any(parts):
        said = json.dumps([action.get(name) for name in _STABLE], default=str)
        twins[said] += 1
        digest = hashlib.md5(said.encode(), usedforsecurity=False).hexdigest()
        parts = (digest, twins[said])
    named = (visit.get("idSite"), visit["idVisit"], kind, *parts)
    return "/".join("" if one is None else str(one) for one in named)


def _is_filled(value: Any) -> bool:
    # Not a test of truth: nought is a value.
    return value is not None and value is not False and value != ""


def _filled(value: Any) -> str | None:
    return str(value).strip() or None if value is not None else None


def _whole(value: Any) -> int | None:
    """A whole number, be it written as text (XML)."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


FORMAT = Format(
    id="matomo",
    label="Matomo visit log",
    fit=fit,
    open=open_log,
    traps=(
        "A record is a visit; each of its actionDetails becomes one event. A visit without actions "
        "gives none, and the notes say how many there are.",
        "The name of an event is its eventAction; category, action, name and value are properties. "
        "A page view is called pageview; downloads, outlinks, searches, goals and orders are "
        "called by their type.",
        "An action's timestamp counts the clock of the site's time zone, although the visit's own "
        "stamps are UTC: the difference between the two tells the offset, and the event is in UTC. "
        "A visit that goes on while the clocks change keeps the offset of its beginning. Where "
        "neither stamp of the visit is there, time_zone of the source is taken, or the action is "
        "refused.",
        "A visit that was still going on comes again in the next export with more actions: an "
        "action's id is made of site, visit, type and Matomo's own number of the action (pageId), "
        "so that the old ones are duplicates and the new ones load. Actions without a number "
        "(carts) are told by their time and content.",
        "userId is empty unless the site sets it: visitorId, which belongs to a browser, then "
        "stands in. Custom dimensions of the visit can be mapped, for example participant = "
        '"dimension1".',
        "Fields that end in Pretty, Icon or Flag only say again what others say: left out.",
        "Matomo gives 100 visits unless filter_limit=-1 is asked for, and cuts long visits: the "
        'notes say so. Its answer to a failed request, {"result": "error"}, is refused.',
        "IP address, fingerprint, visitor id, location and referrer are dropped, unless the source "
        "maps them.",
        "JSON (a list; an object by site or day; JSON Lines) and XML are read record by record; "
        "XML that declares entities is refused. CSV gives every action columns of its own and is "
        "refused: export JSON.",
    ),
    confirmed=(
        "Fields of visits and actions, pageId = the row's own number, goals and orders, cut "
        "visits: github.com/matomo-org/matomo, plugins/Live/Visitor.php and VisitorDetails.php, "
        "plugins/Actions, Goals, Ecommerce and Events/VisitorDetails.php, "
        "plugins/Live/tests/System/expected. Actions' stamps in the site's zone: the same "
        "Actions/VisitorDetails.php with core/Date.php, and issues 12819 (7200 seconds ahead) and "
        "22720. Columns such as actionDetails_0_type in CSV: public analysis scripts. Not "
        "confirmed: answers for several periods as an object by day."
    ),
    export=(
        "Reporting API: module=API, method=Live.getLastVisitsDetails, idSite, period=range, "
        "date=FROM,TO, format=JSON, filter_limit=-1, with a token that may see visitor ids; or "
        "the Export icon under Visits Log, JSON."
    ),
)
