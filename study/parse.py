"""From what a TOML file holds to sections of a study, with every problem on the way.

Each section is read on its own, and a wrong key is set aside so that the rest of its section can
still be looked at: a person should see everything that is wrong in one go.
"""

import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from study.built_in import resolve
from study.definition import Calendar, Study
from study.messages import Location, causes, known_keys, location, part_in, problems_in
from study.part import Part
from study.problems import Problem, near, show

SECTIONS = tuple(name for name in known_keys(Study) if name not in {"folder", "digest"})
_NEEDED = {
    "study": 'is missing. Begin with [study], and in it id = "..." and title = "...".',
    "sources": "is missing. Name at least one export file in a [[sources]] section.",
}
_PASSES = 4
_STAND_IN = "x"


@dataclass
class Draft:
    """What could be read.

    `study` holds the sections that could be made sense of, unchecked as a whole; `positions` says
    where in the file the entries of its lists stand; `lost` holds the names of the lists and the
    ids of the sections that something had to be left out of.
    """

    study: Study = field(default_factory=lambda: _unchecked({}))
    problems: list[Problem] = field(default_factory=list)
    positions: dict[str, list[int]] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)


def parse(raw: Mapping[str, Any]) -> Draft:
    """Read every section of a study file; `raw` is not changed."""
    draft = Draft()
    parts: dict[str, Any] = {}
    for name, value in raw.items():
        if name not in SECTIONS:
            draft.problems.append(_unknown_section(name))
        else:
            parts[name] = _read(draft, name, value)
    for name, message in _NEEDED.items():
        if name not in raw:
            draft.problems.append(Problem(name, message))
        if not parts.get(name):
            parts[name] = Calendar(id="x", title="x") if name == "study" else ()
    draft.study = _unchecked({name: part for name, part in parts.items() if part is not None})
    return draft


def _unchecked(parts: dict[str, Any]) -> Study:
    return Study.model_construct(**parts)


def _unknown_section(name: str) -> Problem:
    close = near(name, SECTIONS)
    return Problem(
        name, f"is not a section of a study file.{close} Sections: {', '.join(SECTIONS)}."
    )


def _read(draft: Draft, name: str, value: object) -> Any:
    annotation = Study.model_fields[name].annotation
    model = part_in(annotation)
    if model is None:
        raise TypeError(f"Study.{name} holds no section")
    origin = typing.get_origin(annotation)
    if origin is tuple:
        return _read_list(draft, name, value, model)
    if not isinstance(value, dict):
        draft.problems.append(
            Problem(name, f"is not a section. Write [{name}] on a line before it.")
        )
        return None
    if origin is dict:
        read = {
            key: _read_part(draft, inner, model, f"{name}.{key}") for key, inner in value.items()
        }
        draft.lost |= {key for key, part in read.items() if part is None}
        return {key: part for key, part in read.items() if part is not None}
    part = _read_part(draft, value, model, name)
    if part is None:
        draft.lost.add(name)
    return part


def _read_list(draft: Draft, name: str, value: object, model: type[Part]) -> tuple[Part, ...]:
    if not isinstance(value, list):
        message = f"is one section, but may be several. Write [[{name}]] with two brackets."
        draft.problems.append(
            Problem(name, message if isinstance(value, dict) else "is not a list.")
        )
        return ()
    if not value and name in _NEEDED:
        draft.problems.append(Problem(name, _NEEDED[name]))
    kept: list[Part] = []
    positions: list[int] = []
    for index, piece in enumerate(value):
        path = f"{name}[{index}]"
        whole, problems = resolve(piece, path) if name == "instruments" else (piece, [])
        draft.problems += problems
        part = None if whole is None else _read_part(draft, whole, model, path)
        if part is None:
            draft.lost |= {name, *_ids(piece)}
            continue
        kept.append(part)
        positions.append(index)
    draft.positions[name] = positions
    return tuple(kept)


def _ids(piece: object) -> set[str]:
    if not isinstance(piece, dict):
        return set()
    return {str(piece[key]) for key in ("id", "use") if key in piece}


def _read_part(draft: Draft, raw: object, model: type[Part], path: str) -> Part | None:
    """One section; wrong keys become problems and are set aside. None if too little is left."""
    reported: set[str] = set()
    for _ in range(_PASSES):
        try:
            return model.model_validate(raw)
        except ValidationError as error:
            found = problems_in(error, raw, model, path)
            draft.problems += [
                one
                for one in found
                if not is_within(one.path, reported)
                # What was set aside may leave a list empty: that follows from it.
                and not any(is_within(path, {one.path}) for path in reported)
            ]
            reported |= {one.path for one in found}
            wrong = {location(one, raw): one["type"] == "missing" for one in causes(error)}
            for place, is_missing in wrong.items():
                raw = _set_aside(raw, place, is_missing=is_missing)
    return None


def is_within(path: str, reported: set[str]) -> bool:
    """Whether a problem was already reported at this path or around it."""
    return path in reported or any(
        path.startswith((f"{other}.", f"{other}[")) for other in reported
    )


def _set_aside(raw: Any, place: Location, *, is_missing: bool) -> Any:
    """A copy without the key at `place`, or with a stand-in there if it is missing."""
    if not place or not isinstance(raw, dict | list):
        return raw
    step, rest = place[0], place[1:]
    copy: Any = dict(raw) if isinstance(raw, dict) else list(raw)
    if rest and _has(copy, step):
        copy[step] = _set_aside(copy[step], rest, is_missing=is_missing)
    elif is_missing:
        copy[step] = _STAND_IN
    elif isinstance(copy, dict):
        copy.pop(step, None)
    elif isinstance(step, int) and _has(copy, step):
        # Taking an entry out would renumber those after it in later messages.
        return copy[:step]
    return copy


def _has(container: Any, step: str | int) -> bool:
    if isinstance(container, dict):
        return step in container
    return isinstance(step, int) and step < len(container)


def label_of(raw: Mapping[str, Any], path: str) -> str:
    """` ("dwai")` for a path into a list whose entry has an id; otherwise nothing."""
    for name in SECTIONS:
        pieces = raw.get(name)
        for index, piece in enumerate(pieces if isinstance(pieces, list) else ()):
            if path == f"{name}[{index}]" or path.startswith(f"{name}[{index}]."):
                label = piece.get("id") or piece.get("use") if isinstance(piece, dict) else None
                return f" ({show(label)})" if label else ""
    return ""
