"""The visits of a Matomo visit log, whatever holds them: a JSON document, lines or XML."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from etl.sources.json_document import EVERY_LIST, records
from etl.sources.object_lines import object_lines
from etl.sources.reader import BadRow
from etl.sources.text import (
    DAMAGE_EXPECTED,
    encoding_of_start,
    first_bytes,
    is_damaged_line,
    open_bytes,
)
from etl.sources.xml_rows import rows
from study.errors import UserError

LOOK_BYTES = 65_536
VISIT = "a visit: an object with idVisit and actionDetails"
_FAILED = re.compile(r'\{\s*"result"\s*:\s*"error"|<result>\s*<error\b|Error:', re.IGNORECASE)
_BY_SITE_OR_DAY = re.compile(r'\{\s*"[^"]*"\s*:\s*[\[{]')
AS_JSON = (
    "Export the visit log as JSON: method=Live.getLastVisitsDetails, format=JSON, filter_limit=-1."
)


def start_of(path: Path, encoding: str = "utf-8") -> str:
    """The beginning of a file as text, without what a byte order mark adds."""
    start = first_bytes(path, LOOK_BYTES)
    text = start.decode(encoding_of_start(start, encoding), "replace")
    return text.lstrip("\ufeff \t\r\n")


def has_failed(start: str) -> bool:
    """Whether a file is Matomo's answer to a request that it refused."""
    return _FAILED.match(start.split("?>", 1)[-1].lstrip()) is not None


def visits(path: Path, encoding: str, drop: tuple[str, ...]) -> Iterator[dict[str, Any] | BadRow]:
    """The visits of a file; what is none comes as a bad row, whose number means nothing.

    Raises
    ------
    UserError
        If the file is an error message or CSV, or cannot be read to its end.
    """
    start = start_of(path, encoding)
    if has_failed(start):
        raise UserError(
            f"{path.name} is an error message of Matomo, not a visit log: often the token or the "
            f"site is wrong. {AS_JSON}"
        )
    if start.startswith("<"):
        with open_bytes(path) as file:
            yield from rows(file)
    elif start.startswith("[") or _BY_SITE_OR_DAY.match(start):
        yield from _of_document(path, encoding, None if start.startswith("[") else EVERY_LIST)
    elif start.startswith("{"):
        for one in object_lines(path, encoding, drop):
            yield one if isinstance(one, BadRow) else one[1]
    elif start:
        raise UserError(
            f"{path.name} is not a visit log in JSON or XML. In CSV every action has columns of "
            f"its own, and long visits lose some: it is not read. {AS_JSON}"
        )


def _of_document(path: Path, encoding: str, at: str | None) -> Iterator[dict[str, Any] | BadRow]:
    with open_bytes(path) as file:
        for _, one in records(file, at=at, encoding=encoding):
            if isinstance(one, dict):
                yield one
            else:
                yield BadRow(0, DAMAGE_EXPECTED if is_damaged_line(one) else VISIT, None)
