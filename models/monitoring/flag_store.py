"""Flags of each build on disk: one JSON line a build, in the results folder of its edition.

This is the one thing beside the data that a build leaves for the next ones: marts are made of the
raw tables alone, whatever was flagged before. A line names indicators and groups, no participant
and no count.
"""

import json
import os
from pathlib import Path

from pydantic import TypeAdapter

from models.monitoring.flag_history import Look
from study.errors import UserError

FILE_NAME = "flags.jsonl"
_LOOK = TypeAdapter(Look)


def append(results_dir: Path, look: Look) -> None:
    """Add a build's flags; the same build again adds nothing."""
    if any(one.build_id == look.build_id for one in read(results_dir)):
        return
    results_dir.mkdir(parents=True, exist_ok=True)
    line = _LOOK.dump_python(look, mode="json")
    path = results_dir / FILE_NAME
    _end_with_whole_lines(path)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as file:
        file.write(json.dumps(line) + "\n")
        file.flush()
        os.fsync(file.fileno())


def read(results_dir: Path) -> list[Look]:
    """The flags of every build so far, oldest first; none where there is no file.

    A last line without its end was being written when the machine stopped: it is no line.

    Raises
    ------
    UserError
        If a line cannot be read, with its number and what to do.
    """
    path = results_dir / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    return [
        _look(path, number, line)
        for number, line in enumerate(text.split("\n")[:-1], start=1)
        if line.strip()
    ]


def _end_with_whole_lines(path: Path) -> None:
    """Cut off a last line that has no end, so that the next is not added to it."""
    if path.exists():
        content = path.read_bytes()
        os.truncate(path, content.rfind(b"\n") + 1)


def _look(path: Path, number: int, line: str) -> Look:
    try:
        given = json.loads(line)
        return _LOOK.validate_python(given)
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path}, line {number}: this is not a line of flags as Rapport writes them. Delete "
            "the line (the history of flags then has a gap), or restore the file from a backup."
        ) from error
