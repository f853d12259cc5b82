"""The first records of JSON text that may be cut anywhere: lines of objects, or one document."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

BLANK = " \t\r\n"
MOST_NAMES_OF_A_COVER = 3
"""An object alone in its file with a list in it, and no more names than these, is a cover."""
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class JsonLook:
    """What was seen.

    Parameters
    ----------
    is_lines
        One object a line; else one document.
    records
        The first objects: of the lines, or of the document's first list that holds objects.
    top
        Names of the document's outermost object, as far as they were seen; empty for a list.
    """

    is_lines: bool
    records: tuple[dict[str, Any], ...] = ()
    top: tuple[str, ...] = ()


def json_look(text: str, most: int, *, is_complete: bool) -> JsonLook:
    """Look at text that begins with `{` or `[`; `is_complete` says that nothing was cut off."""
    if text.startswith("["):
        return JsonLook(False, tuple(islice(_objects(text, 1), most)))
    lines = [line for line in text.splitlines() if line.strip()]
    objects = list(islice(_line_objects(lines), most))
    if len(lines) == 1 and is_complete and objects:
        return _alone(objects[0], most)
    # A line or two may be damaged; a document laid out over lines has none that is an object,
    # or few.
    if objects and len(objects) * 2 >= min(len(lines) - (not is_complete), most):
        return JsonLook(True, tuple(objects))
    return _document(text, most)


def _alone(record: dict[str, Any], most: int) -> JsonLook:
    listed = [
        [one for one in value if isinstance(one, dict)]
        for value in record.values()
        if isinstance(value, list)
    ]
    if len(record) <= MOST_NAMES_OF_A_COVER and listed:
        found = next((one for one in listed if one), [])
        return JsonLook(False, tuple(found[:most]), tuple(record))
    return JsonLook(True, (record,))


def _line_objects(lines: list[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            yield record


def _document(text: str, most: int) -> JsonLook:
    """Name by name through the outermost object, to the first list that holds objects."""
    top: list[str] = []
    whole: dict[str, Any] = {}
    records: tuple[dict[str, Any], ...] = ()
    place = _after_blank(text, 1)
    while text[place : place + 1] == '"':
        name, place = _value(text, place)
        place = _after_blank(text, place, ":")
        if not isinstance(name, str) or place >= len(text):
            break
        top.append(name)
        if text[place] == "[" and not records:
            records = tuple(islice(_objects(text, place + 1), most))
        value, after = _value(text, place)
        if after == place:
            break
        whole[name] = value
        place = _after_blank(text, after, ",")
    is_whole = whole and text[place : place + 1] == "}"
    if is_whole and not records and not any(isinstance(one, list) for one in whole.values()):
        # One object laid out over lines, and nothing in it is a list of records.
        records = (whole,)
    return JsonLook(False, records, tuple(top))


def _objects(text: str, place: int) -> Iterator[dict[str, Any]]:
    """Objects of the list that begins before `place`, as far as they are whole."""
    while True:
        place = _after_blank(text, place, ",")
        if text[place : place + 1] in ("]", ""):
            return
        value, after = _value(text, place)
        if after == place:
            return
        if isinstance(value, dict):
            yield value
        place = after


def _value(text: str, place: int) -> tuple[Any, int]:
    """A value and where it ends; the place itself where none is whole."""
    try:
        return _DECODER.raw_decode(text, place)
    except (ValueError, RecursionError):
        return None, place


def _after_blank(text: str, place: int, also: str = "") -> int:
    while place < len(text) and text[place] in BLANK + also:
        place += 1
    return place
