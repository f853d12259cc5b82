"""mindLAMP's documents: the records in them, however they were saved, and whose they are."""

import json
import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, cast

from etl.sources.archive import Member
from etl.sources.json_document import placed_records
from etl.sources.json_look import json_look
from etl.sources.object_lines import object_lines
from etl.sources.reader import BadRow
from etl.sources.sample import LOOK_BYTES, LOOK_RECORDS
from etl.sources.text import encoding_of_start, first_bytes, open_bytes

OWN = ("participant", "participant_id", "_parent", "#parent")
"""Fields of a record, or of the object around records, that say whose they are."""
LISTS = (
    *("data", "participants", "events"),
    *("activity_event", "activity_events", "sensor_event", "sensor_events"),
)
"""Names that lists of records have in an object."""
_ID = re.compile(r"(?<![A-Za-z0-9])U\d{4,12}(?![A-Za-z0-9])")
"""How the server makes a participant's id."""
_IN_HEAD = re.compile(rf'"({"|".join(map(re.escape, OWN))})"\s*:\s*"((?:[^"\\]|\\.)+)"')

Json = dict[str, Any]
Found = tuple[str | None, Json | str | BadRow]
"""Whose a record is, as far as what stands around it says; and the record, or what is none."""


@dataclass(frozen=True)
class Document:
    """A file of records.

    Parameters
    ----------
    path
        The file, or a member of an archive.
    folder
        The study's folder: names above it say nothing.
    drop
        Names whose values must not be in the text of a record that cannot be read.
    """

    path: Path | Member
    encoding: str
    folder: Path | None = None
    drop: Sequence[str] = ()

    def found(self) -> Generator[Found, None, None]:
        """Every record in order of the file, with whose it is.

        Raises
        ------
        UserError
            If the file is one document and is damaged.
        """
        look = _look(cast(Path, self.path), self.encoding)
        outer = look.participant or participant_of_path(self.path, self.folder)
        for keys, one in self._records(is_lines=look.is_lines):
            owner = next((key for key in reversed(keys) if _ID.fullmatch(key)), None)
            yield from _unfolded(owner or outer, one)

    def _records(self, *, is_lines: bool) -> Iterator[tuple[tuple[str, ...], Json | str | BadRow]]:
        # A member is no path, but it is named and opened like one, which is all that is asked.
        place = cast(Path, self.path)
        if is_lines:
            for line in object_lines(place, self.encoding, self.drop):
                yield (), line if isinstance(line, BadRow) else line[1]
            return
        with open_bytes(place) as file:
            yield from placed_records(file, encoding=self.encoding)


def participant_of_path(path: Path | Member, folder: Path | None) -> str | None:
    """The participant that a file, or the nearest folder around it, is named by; None if none is.

    Only what looks like an id of mindLAMP counts (U and digits), and only one in a name.
    """
    outer, inner = (path, ()) if isinstance(path, Path) else (path.path, PurePath(path.name).parts)
    if folder is not None and outer.is_relative_to(folder):
        outer = outer.relative_to(folder)
    for part in reversed((*outer.parts, *inner)):
        ids = dict.fromkeys(_ID.findall(part))
        if ids:
            return next(iter(ids)) if len(ids) == 1 else None
    return None


def owner_of(record: Json) -> str | None:
    """Whose a record says it is."""
    return next((str(record[name]) for name in OWN if record.get(name) not in (None, "")), None)


def _unfolded(owner: str | None, one: Json | str | BadRow) -> Iterator[Found]:
    """A record as it is; an object around records as those."""
    if not isinstance(one, dict):
        yield owner, one
        return
    own = owner_of(one) or owner
    around = [] if "timestamp" in one else [name for name in one if _is_around(name)]
    if not any(isinstance(one[name], list | dict) for name in around):
        yield own, one
        return
    for name in around:
        inner = one[name] if isinstance(one[name], list) else [one[name]]
        for record in inner:
            what = record if isinstance(record, dict) else json.dumps(record, ensure_ascii=False)
            yield from _unfolded(name if _ID.fullmatch(name) else own, what)


def _is_around(name: str) -> bool:
    """Whether records may lie under a field of that name."""
    return name in LISTS or _ID.fullmatch(name) is not None


@dataclass(frozen=True)
class _Look:
    is_lines: bool
    participant: str | None


def _look(path: Path, encoding: str) -> _Look:
    start = first_bytes(path, LOOK_BYTES + 1)
    is_whole = len(start) <= LOOK_BYTES
    text = start.decode(encoding_of_start(start, encoding), "replace").lstrip("\ufeff \t\r\n")
    if json_look(text, LOOK_RECORDS, is_complete=is_whole).is_lines:
        return _Look(True, None)
    return _Look(False, _around(text, is_whole=is_whole))


def _around(text: str, *, is_whole: bool) -> str | None:
    """Whose a document's outermost object says its records are.

    Of a long document only what stands before the first list is asked.
    """
    if text.startswith("["):
        return None
    if is_whole:
        try:
            outer = json.loads(text)
        except (ValueError, RecursionError):
            return None
        return owner_of(outer) if isinstance(outer, dict) else None
    for said in _IN_HEAD.finditer(text, 0, max(text.find("["), 0)):
        if text.count("{", 0, said.start()) - text.count("}", 0, said.start()) == 1:
            return str(json.loads(f'"{said[2]}"', strict=False))
    return None


def has_owners(document: Document, most: int) -> bool | None:
    """Whether one of the first records says whose it is; None if there are no records."""
    answer = None
    with closing(document.found()) as found:
        for _, (owner, one) in zip(range(most), found, strict=False):
            if isinstance(one, dict):
                if owner is not None:
                    return True
                answer = False
    return answer
