"""How the definitions of features changed from build to build: one JSON line a change, on disk.

A build is made of the raw tables and the study file of its day; the study files before are gone. So
each build leaves what its features meant, where that differs from the build before. A line names
features, events and versions: no participant and no count.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

from study.errors import UserError

FILE_NAME = "feature_definitions.jsonl"
Meaning = Mapping[str, str]


@dataclass(frozen=True)
class Definitions:
    """What the features of a build meant.

    `features` gives, by feature id, its label, principle, counting stage and the like, each as text
    by name; `stage <name>` holds the events of a stage.
    """

    build_id: str
    as_of: date
    features: Mapping[str, Meaning]


@dataclass(frozen=True)
class Change:
    """One difference between two builds. `what` is empty for a feature that came or went."""

    build_id: str
    as_of: date
    kind: str
    feature_id: str
    feature_label: str
    what: str
    before: str
    after: str


def append(folder: Path, new: Definitions) -> bool:
    """Add a build's definitions where they differ from the last ones; says whether they do.

    Raises
    ------
    UserError
        If the file is damaged.
    """
    known = read(folder)
    if known and known[-1].features == new.features:
        return False
    folder.mkdir(parents=True, exist_ok=True)
    line = {
        "build_id": new.build_id,
        "as_of": new.as_of.isoformat(),
        "features": {name: dict(meaning) for name, meaning in new.features.items()},
    }
    path = folder / FILE_NAME
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return True


def read(folder: Path) -> list[Definitions]:
    """The definitions so far, oldest first; none where there is no file.

    A last line without its end was being written when the machine stopped: it is no line.

    Raises
    ------
    UserError
        If a line cannot be read, with its number and what to do.
    """
    path = folder / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    return [
        _definitions(path, number, line)
        for number, line in enumerate(text.split("\n")[:-1], start=1)
        if line.strip()
    ]


def changes(history: Sequence[Definitions]) -> list[Change]:
    """What came, went or changed at each build, oldest first; the first build changes nothing."""
    found: list[Change] = []
    for before, after in pairwise(history):
        for name in [
            *before.features,
            *(one for one in after.features if one not in before.features),
        ]:
            found += _of_feature(name, before, after)
    return found


def _of_feature(name: str, before: Definitions, after: Definitions) -> list[Change]:
    old, new = before.features.get(name), after.features.get(name)
    label = (new or old or {}).get("label", name)

    def change(kind: str, what: str = "", was: str = "", now: str = "") -> Change:
        return Change(after.build_id, after.as_of, kind, name, label, what, was, now)

    if old is None:
        return [change("new")]
    if new is None:
        return [change("gone")]
    return [
        change("changed", what, old.get(what, ""), new.get(what, ""))
        for what in dict.fromkeys((*old, *new))
        if old.get(what, "") != new.get(what, "")
    ]


def _definitions(path: Path, number: int, line: str) -> Definitions:
    try:
        given = json.loads(line)
        features = {
            str(name): {str(key): str(value) for key, value in meaning.items()}
            for name, meaning in given["features"].items()
        }
        return Definitions(str(given["build_id"]), date.fromisoformat(given["as_of"]), features)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{path}, line {number}: this is not a line of feature definitions as Rapport writes "
            "them. Delete the line (the history then has a gap), or restore the file from a backup."
        ) from error
