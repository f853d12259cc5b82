"""Sections of study.toml that would read a group of files: ready to paste."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from etl.doctor.guess import (
    Guess,
    ItemColumns,
    answered_items,
    guess,
    item_columns,
    missing_codes,
    roster_columns,
    worded_columns,
)
from etl.doctor.personal import is_personal
from etl.sources.format import Format
from etl.sources.sample import Sample
from study.export_formats import FORMATS, SETTINGS
from study.instruments import BY_ID

MOST_PROPERTIES = 20
COMPANIONS: dict[str, tuple[str, frozenset[str]]] = {
    "dictionary": ("REDCap's data dictionary", frozenset({"Variable / Field Name"})),
    "activities": ("mindLAMP's list of activities", frozenset({"id", "spec", "name"})),
    "persons": (
        "PostHog's list of persons",
        frozenset({"team_id", "distinct_id", "person_id", "is_deleted"}),
    ),
}
"""By key of a source: files that belong to an export and are none, and the fields that tell."""
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Group:
    """Files of one kind: one source.

    Parameters
    ----------
    path
        The pattern that names them and no other file, from the study's folder.
    known
        Their named format, if they are of one.
    """

    id: str
    path: str
    known: Format | None
    sample: Sample
    encoding: str | None
    because: str = ""
    companions: Mapping[str, str] = field(default_factory=dict)
    """By key of a source, the file that belongs to such exports."""
    nearest: str = ""
    """Which named formats come nearest, and what each of them lacks."""


def companion_of(columns: tuple[str, ...]) -> str | None:
    """The key under which a source names such a file; None for an export."""
    kinds = (key for key, (_, fields) in COMPANIONS.items() if fields <= set(columns))
    return next(kinds, None)


@dataclass(frozen=True)
class Proposal:
    """A source, and the instruments that it needs, as tables of study.toml.

    `problem` says why there is none; `comments` what a person has to look at.
    """

    group: Group
    source: dict[str, Any] | None = None
    instruments: tuple[dict[str, Any], ...] = ()
    comments: tuple[str, ...] = ()
    problem: str = ""

    def text(self) -> str:
        """The sections."""
        if self.source is None:
            return ""
        lines = [f"# {comment}" for comment in self.comments]
        lines += _table("[[sources]]", self.source)
        for instrument in self.instruments:
            lines += ["", *_table("[[instruments]]", instrument)]
        return "\n".join(lines) + "\n"


def propose(group: Group) -> Proposal:
    """What would read the files of a group."""
    return _named(group, group.known) if group.known else _generic(group)


# -- named formats --------------------------------------------------------------------------------


def _named(group: Group, known: Format) -> Proposal:
    defaults = next(one for name, one in FORMATS.items() if name == known.id)
    kind = defaults.kinds[0]
    # Where a format holds events and answers, what tells it says which.
    is_told = "answers" in group.because or holds_surveys(known, group.sample)
    if "answers" in defaults.kinds and is_told:
        kind = "answers"
    source: dict[str, Any] = {"id": group.id, "kind": kind, "path": group.path, "format": known.id}
    source |= {
        key: path for key, path in group.companions.items() if known.id in SETTINGS.get(key, ())
    }
    comments = [f"{known.label}: its columns are known. {known.export}".strip()]
    if known.id == "redcap":
        return _redcap(group, source, comments)
    if kind != "answers":
        return Proposal(group, source, comments=tuple(comments))
    if getattr(defaults, "answers", {}).get("shape") != "wide":
        return Proposal(group, source, comments=(*comments, *_surveys(known)))
    items = item_columns(group.sample)
    if not items and known.id == "qualtrics":
        return _worded(group, source, comments)
    if not items:
        return Proposal(
            group, problem=f"It is {known.label}, but which columns hold answers was not seen."
        )
    columns, instruments = _wide(items)
    missing = missing_codes(group.sample, items)
    if missing:
        source["missing"] = ["", *missing]
    return Proposal(
        group, {**source, "answers": columns}, instruments, (*comments, *_range_comment())
    )


def holds_surveys(known: Format | None, sample: Sample) -> bool:
    """Whether records of mindLAMP are surveys filled in: their parts are named by questions."""
    if known is None or known.id != "mindlamp":
        return False
    slices = [record.get("temporal_slices") for record in sample.records]
    parts = [part for one in slices if isinstance(one, list) for part in one]
    named = [part.get("item") for part in parts if isinstance(part, dict)]
    return any(isinstance(one, str) and not one.strip().isdecimal() for one in named)


def _surveys(known: Format) -> tuple[str, ...]:
    if known.id != "mindlamp":
        return ()
    return (
        "Each survey is an instrument: add [[instruments]] with id = its name in small letters (_ "
        'for other signs) and items = ["1", "2", ...], a number for each question.',
        'If the files hold other activities too, add a source of kind = "events" with this path.',
    )


def _worded(group: Group, source: dict[str, Any], comments: list[str]) -> Proposal:
    """Answers in words, which no scale can count: the columns are there all the same."""
    items, has_words = worded_columns(group.sample)
    if not items:
        return Proposal(
            group, problem="It is Qualtrics CSV, but none of its columns are numbered as items are."
        )
    columns, instruments = _wide(items)
    words = "Answers in words are refused: export it again with 'Use numeric values'."
    missing = missing_codes(group.sample, items)
    if missing:
        source["missing"] = ["", *missing]
    more = ((words,) if has_words else ()) + _range_comment()
    return Proposal(group, {**source, "answers": columns}, instruments, (*comments, *more))


def _redcap(group: Group, source: dict[str, Any], comments: list[str]) -> Proposal:
    if "dictionary" not in source:
        problem = (
            "A REDCap export is read with its data dictionary. Export it (Project Setup, Data "
            "Dictionary) and put it beside this file."
        )
        return Proposal(group, problem=problem)
    source["kind"] = "roster"
    source["participant"] = group.sample.columns[0]
    source["roster"] = _roster(roster_columns(group.sample))
    comments.append('For its surveys, add another source of kind = "answers" with the same path.')
    return Proposal(group, source, comments=tuple(comments))


# -- tables of unknown origin ---------------------------------------------------------------------


def _generic(group: Group) -> Proposal:
    problem = _hindrance(group)
    found = guess(group.sample) if not problem else Guess("")
    if not problem and not found.kind:
        lacking = "time or event name" if "participant" in found.columns else "participant"
        problem = f"No column looks like a {lacking}."
    if problem:
        return Proposal(group, problem=problem)
    section, instruments, more = _section(group, found)
    source: dict[str, Any] = {
        "id": group.id,
        "kind": found.kind,
        "path": group.path,
        **_written(group),
        "participant": found.columns["participant"],
        found.kind: section,
    }
    comments = ("Guessed from names and first values: look at every line.", *more, *_unsure(found))
    return Proposal(group, source, instruments, comments)


def _unsure(found: Guess) -> tuple[str, ...]:
    if found.other_format is None:
        return ()
    return (
        "Nothing in the first rows tells whether the day or the month comes first. If it is the "
        f'month: time_format = "{found.other_format}".',
    )


def _hindrance(group: Group) -> str:
    is_read = group.sample.shape in ("csv", "json_lines", "parquet")
    return "" if is_read else "No reader takes it as it is."


def _section(
    group: Group, found: Guess
) -> tuple[dict[str, Any], tuple[dict[str, Any], ...], tuple[str, ...]]:
    """The section of the source's kind, the instruments it needs, and what to look at."""
    if found.kind == "roster":
        return _roster(found), (), ()
    if found.kind == "events":
        events, comments = _events(group.sample, found)
        return events, (), comments
    timed = _timed(found) | _only(found, "occasion")
    if found.items:
        columns, instruments = _wide(found.items)
        return {"shape": "wide", **timed, **columns}, instruments, _range_comment()
    answers = {"shape": "long", **timed, **_only(found, "instrument", "item", "value")}
    seen = answered_items(group.sample, found)
    if "instrument" not in answers:
        answers["instrument_is"] = _id(group.id)
        seen = tuple((_id(group.id), one) for _, one in seen[:1])
    return answers, tuple(_instrument(name, one) for name, one in seen), _range_comment()


def _written(group: Group) -> dict[str, Any]:
    """How the file is written, where it is not the usual way."""
    written: dict[str, Any] = {}
    if group.sample.shape == "csv" and group.sample.delimiter != ",":
        written["delimiter"] = group.sample.delimiter
    if group.encoding in ("latin-1", "cp1252"):
        written["encoding"] = group.encoding
    return written


def _timed(found: Guess) -> dict[str, Any]:
    how = {} if found.time_format == "iso" else {"time_format": found.time_format}
    return {"time": found.columns["time"], **how}


def _only(found: Guess, *keys: str) -> dict[str, str]:
    return {key: found.columns[key] for key in keys if key in found.columns}


def _roster(found: Guess) -> dict[str, Any]:
    # Arms and sites are only known where the study file lists them.
    how = {} if found.time_format == "iso" else {"time_format": found.time_format}
    return _only(found, "enrolled") | (how if "enrolled" in found.columns else {})


def _events(sample: Sample, found: Guess) -> tuple[dict[str, Any], tuple[str, ...]]:
    used = set(found.columns.values())
    tops = [name for name in sample.columns if "." not in name and name not in used]
    nested = [name for name in tops if any(one.startswith(f"{name}.") for one in sample.columns)]
    personal = [name for name in tops if is_personal(name)]
    more = ("received", "time_zone_column", "app_version")
    columns = _only(found, "name", "event_id") | _timed(found) | _only(found, *more)
    kept = [name for name in tops if name not in personal and name not in nested]
    if nested:
        preferred = ("properties", "event_properties", "props", "params")
        columns["properties"] = next((one for one in preferred if one in nested), nested[0])
    elif kept:
        columns["properties"] = kept[:MOST_PROPERTIES]
    left = f"Left out because they look personal: {', '.join(personal)}."
    return columns, ((left,) if personal else ())


def _wide(items: tuple[ItemColumns, ...]) -> tuple[dict[str, Any], tuple[dict[str, Any], ...]]:
    """How the columns of items are named, and the instruments that they belong to."""
    ids = [_id(one.before) for one in items]
    separators = {
        one.before.removeprefix(name) + one.after for one, name in zip(items, ids, strict=True)
    }
    is_plain = not any(one.after for one in items)
    is_shared = is_plain and len(items) > 1 and len(separators) == 1 and len(set(ids)) == len(ids)
    if is_shared and all(one.before.startswith(name) for one, name in zip(items, ids, strict=True)):
        pattern = {"column_pattern": f"{{instrument}}{separators.pop()}{{item}}"}
        return pattern, tuple(_instrument(name, one) for name, one in zip(ids, items, strict=True))
    first = items[0]
    name = _id(first.before)
    columns = {"instrument_is": name, "column_pattern": f"{first.before}{{item}}{first.after}"}
    return columns, (_instrument(name, first),)


def _instrument(name: str, one: ItemColumns) -> dict[str, Any]:
    if name in BY_ID:
        return {"use": name}
    items = list(one.items)
    return {
        "id": name,
        "label": name,
        "items": items,
        "low": one.low,
        "high": max(one.high, one.low + 1),
        "scales": [{"id": "total", "label": "Total", "items": items}],
    }


def _id(before: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", before.lower()).strip("_")
    return name if re.match(r"[a-z]", name) else "survey"


def _range_comment() -> tuple[str, ...]:
    return ("low and high of [[instruments]] are what the first rows hold: correct them.",)


# -- TOML -----------------------------------------------------------------------------------------


def _table(heading: str, table: dict[str, Any]) -> list[str]:
    """A section: its own keys first, then the sections in it."""
    lines = [heading]
    lines += [f"{_key(key)} = {_value(one)}" for key, one in table.items() if not _parts(one)]
    name = heading.strip("[]")
    for key, one in table.items():
        brackets = ("[[", "]]") if isinstance(one, list) else ("[", "]")
        for part in _parts(one):
            lines += _table(f"{name}.{_key(key)}".join(brackets), part)
    return lines


def _parts(value: Any) -> list[dict[str, Any]]:
    """The tables that a value is made of; none for any other value."""
    parts = value if isinstance(value, list) else [value]
    return [one for one in parts if isinstance(one, dict)]


def _key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_value(one) for one in value)}]"
    return json.dumps(value, ensure_ascii=False)
