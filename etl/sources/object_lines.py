"""JSON Lines as objects, one by one: for formats that take their records apart."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from etl.sources.json_document import MOST_RECORD_BYTES
from etl.sources.json_lines import NOT_AN_OBJECT
from etl.sources.reader import BadRow
from etl.sources.records import Numbered
from etl.sources.text import DAMAGE_EXPECTED, is_damaged_line, pieces

TOO_LONG = f"a line of at most {MOST_RECORD_BYTES:,} characters"


def object_lines(path: Path, encoding: str, drop: Sequence[str] = ()) -> Iterator[Numbered]:
    """The objects of a file and their line numbers; other lines as bad rows.

    The text of a bad line is kept only if none of the names to drop stands in it.
    """
    names = tuple(f'"{one.rsplit(".", 1)[-1]}"' for one in drop)
    for number, line in lines(path, encoding):
        found = _object(line)
        if isinstance(found, dict):
            yield number, found
        else:
            is_kept = line is not None and not any(name in line for name in names)
            yield BadRow(number, found, line if is_kept else None)


def lines(path: Path, encoding: str) -> Iterator[tuple[int, str | None]]:
    """Lines that are not blank and their numbers; None for one too long to be a record."""
    number, tail, is_long = 1, "", False
    for piece in pieces(path, encoding):
        *whole, rest = piece.text.split("\n")
        for line in whole:
            text = None if is_long else tail + line
            if text is None or text.strip():
                yield number, text
            number, tail, is_long = number + 1, "", False
        is_long = is_long or len(tail) + len(rest) > MOST_RECORD_BYTES
        tail = "" if is_long else tail + rest
    if is_long or tail.strip():
        yield number, None if is_long else tail


def _object(line: str | None) -> dict[str, Any] | str:
    """The object of a line, or what was expected."""
    if line is None:
        return TOO_LONG
    if is_damaged_line(line):
        return DAMAGE_EXPECTED
    try:
        found = json.loads(line, parse_constant=_nothing)
    except (ValueError, RecursionError):
        return NOT_AN_OBJECT
    return found if isinstance(found, dict) else NOT_AN_OBJECT


def _nothing(_: str) -> None:
    # NaN and the infinities are not JSON: no value.
    return None
