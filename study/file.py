"""Reading a study file: `load_study`."""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from study.checks import blinding, identities, presets, protocol, scoring_keys, sources
from study.definition import Study
from study.parse import Draft, is_within, label_of, parse
from study.problems import Problem, StudyFileError, show

FILE_NAME = "study.toml"
SCHEMA = 1


def load_study(path: Path) -> Study:
    """The study that a file defines.

    Parameters
    ----------
    path
        A study.toml, or the folder that one is in.

    Returns
    -------
    Study
        With `folder` (where the file is; paths of exports are relative to it) and `digest`
        (sha256 of the file's bytes).

    Raises
    ------
    StudyFileError
        A UserError that lists everything that is wrong, each with its key path, what was given
        and what is allowed.
    """
    file = path / FILE_NAME if path.is_dir() else path
    content = _content(file)
    raw = _toml(file, content)
    problems = _schema(raw)
    draft = parse({name: value for name, value in raw.items() if name != "schema"})
    problems += draft.problems
    problems += _problems_of_the_whole(draft)
    problems = _without_consequences(problems)
    problems.sort(key=lambda problem: _order(raw, problem.path))
    if problems:
        raise StudyFileError(_message(file, raw, problems), tuple(problems))
    sections = {name: getattr(draft.study, name) for name in draft.study.model_fields_set}
    return Study.model_validate(
        {**sections, "folder": file.parent, "digest": hashlib.sha256(content).hexdigest()}
    )


def check_study(study: Study) -> list[Problem]:
    """What is wrong with a study whose sections are right one by one; empty if nothing is."""
    return [
        *protocol.problems(study),
        *sources.problems(study),
        *scoring_keys.problems(study),
        *presets.problems(study),
        *identities.problems(study),
        *blinding.problems(study),
    ]


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise StudyFileError(
            f"There is no study file at {file}. Give its path, or make one to start from with: "
            "rapport init DIR"
        ) from None
    except OSError as error:
        raise StudyFileError(f"{file} cannot be read: {error.strerror}.") from error


def _toml(file: Path, content: bytes) -> dict[str, Any]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise StudyFileError(
            f"{file}, line {line}: a letter is not encoded in UTF-8. Save the file as UTF-8 and "
            "try again."
        ) from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StudyFileError(_syntax(file, text, str(error))) from error


_IN_PLAIN_WORDS = (
    ("Cannot overwrite a value", "this key has a value already"),
    (
        r"Cannot declare \(.*\) twice",
        "this section was begun already; where there may be several of a kind, each begins with "
        "two brackets, as [[arms]]",
    ),
    ("(.*)", r"this is not TOML: \1"),
)


def _syntax(file: Path, text: str, error: str) -> str:
    """tomllib's message with the place in front and the line itself below."""
    lines = text.splitlines() or [""]
    found = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", error, flags=re.DOTALL)
    what = found[1] if found else re.sub(r" \(at end of document\)$", "", error)
    line, column = (int(found[2]), int(found[3])) if found else (len(lines), len(lines[-1]) + 1)
    said = next(
        re.sub(theirs, ours, what, count=1)
        for theirs, ours in _IN_PLAIN_WORDS
        if re.fullmatch(theirs, what)
    )
    shown = lines[line - 1] if line <= len(lines) else ""
    return (
        f"{file}, line {line}, column {column}: {said}.\n\n"
        f"  {shown}\n  {' ' * (column - 1)}^\n\n"
        'Text stands in quotes, lists in [ ], and each key on a line of its own: key = "text".'
    )


def _schema(raw: Mapping[str, Any]) -> list[Problem]:
    given = raw.get("schema", SCHEMA)
    if given == SCHEMA and not isinstance(given, bool):
        return []
    return [Problem("schema", f"{show(given)} is not a version that this Rapport reads: {SCHEMA}.")]


def _problems_of_the_whole(draft: Draft) -> list[Problem]:
    """The checks' problems, at their place in the file; consequences of earlier ones left out."""
    reported = {problem.path for problem in draft.problems}
    found = []
    for problem in check_study(draft.study):
        path = _in_file(problem.path, draft.positions)
        if problem.refers_to not in draft.lost and not is_within(path, reported):
            found.append(Problem(path, problem.message, problem.refers_to))
    return found


def _without_consequences(problems: list[Problem]) -> list[Problem]:
    """Without what a source lacks only because its format is mistyped: formats know columns."""
    formats = (re.fullmatch(r"(sources\[\d+\])\.format", problem.path) for problem in problems)
    mistyped = tuple(f"{match[1]}." for match in formats if match)
    return [
        problem
        for problem in problems
        if not problem.path.startswith(mistyped)
        or not problem.message.startswith(("is missing", "has no effect with format"))
    ]


def _in_file(path: str, positions: Mapping[str, list[int]]) -> str:
    """A path counted among the sections that could be read, counted as in the file."""
    match = re.match(r"(\w+)\[(\d+)\]", path)
    if not match or match[1] not in positions:
        return path
    return f"{match[1]}[{positions[match[1]][int(match[2])]}]{path[match.end() :]}"


def _order(raw: Mapping[str, Any], path: str) -> tuple[int, int]:
    """Where in the file a problem is: its section's place, and its entry's place in a list."""
    match = re.match(r"(\w+)(?:\[(\d+)\])?", path)
    section = match[1] if match else path
    place = list(raw).index(section) if section in raw else len(raw)
    return place, int(match[2]) if match and match[2] else 0


def _message(file: Path, raw: Mapping[str, Any], problems: list[Problem]) -> str:
    count = "1 thing" if len(problems) == 1 else f"{len(problems)} things"
    lines = [
        f"  {problem.path}{label_of(raw, problem.path)}: {problem.message}" for problem in problems
    ]
    return (
        f"{file}: {count} to put right.\n\n" + "\n".join(lines) + "\n\n"
        "Entries of a list count from 0. Correct the file, then run: rapport check"
    )
