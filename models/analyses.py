"""Analyses beyond the models of the study file: what they are given, and how answers are kept.

An analysis reads frames, computes one frozen result and is kept beside the model results until its
inputs change. Pages only read what is kept.
"""

import hashlib
import json
import re
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import polars as pl
from pydantic import TypeAdapter

from models import store
from models.spec import code_version

SCHEMA = 1
"""Version of the saved form."""
FOLDER = "analyses"
"""Subfolder of the results folder; `models.store` looks at the files above it only."""

Tell = Callable[[int, int], None]
"""Called by a computation as (steps done, steps in all)."""
R = TypeVar("R")


@dataclass(frozen=True, eq=False)
class Inputs:
    """What an analysis is given: frames by name, and options that JSON can hold.

    Whatever the answer depends on is in here: equal inputs mean an equal answer.
    """

    frames: Mapping[str, pl.DataFrame]
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Saved(Generic[R]):
    """An answer as it was kept.

    `result` is None where `status` is 'not_estimable': `explanation` is then the answer, and
    `reason` its code. `seconds` is what it took to compute.
    """

    analysis_id: str
    input_hash: str
    made_at: str
    seconds: float
    status: Literal["computed", "not_estimable"]
    result: R | None
    reason: str = ""
    explanation: str = ""


class UnreadableAnalysisWarning(UserWarning):
    """A saved analysis was passed over because its file is damaged or of another version."""


def input_hash(analysis_id: str, version: int, inputs: Inputs) -> str:
    """Fingerprint of what an analysis is given, and of the code that answers.

    The order of a frame's rows does not matter. Two equal fingerprints mean that computing again
    would give the same answer.
    """
    digest = hashlib.sha256()
    asked = json.dumps(inputs.options, sort_keys=True, allow_nan=False, default=vars)
    for text in (analysis_id, str(version), code_version(), pl.__version__, asked):
        digest.update(text.encode() + b"\0")
    for name, frame in sorted(inputs.frames.items()):
        columns = [name, *(f"{column} {kind}" for column, kind in frame.schema.items())]
        digest.update(json.dumps(columns).encode() + b"\0")
        digest.update(frame.hash_rows(seed=0).sort().to_numpy().tobytes())
    return digest.hexdigest()


def save(results_dir: Path, saved: Saved[Any]) -> Path:
    """Keep an answer under its analysis's id, in one step that a crash cannot split.

    Raises
    ------
    ValueError
        If the id is no file name, or the result holds NaN or infinity.
    """
    fields = {"schema": SCHEMA, **vars(saved)}
    text = json.dumps(fields, indent=1, allow_nan=False, ensure_ascii=False, default=vars)
    path = _path(results_dir, saved.analysis_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    store.write_whole(path, text)
    return path


def saved(results_dir: Path, analysis_id: str, kind: type[R]) -> Saved[R] | None:
    """The kept answer of an analysis; None where there is none, or it cannot be read.

    Parameters
    ----------
    results_dir
        The results folder of an edition, as panels with `reads="results"` are given it.
    kind
        The frozen dataclass of the result.

    Notes
    -----
    A file that cannot be read is passed over with an `UnreadableAnalysisWarning`: the next
    `rapport fit` writes it anew.
    """
    path = _path(results_dir, analysis_id)
    try:
        return _answer_of(path.read_text(encoding="utf-8"), TypeAdapter(kind))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        message = f"Saved analysis {path.name} is damaged or of another version. Run: rapport fit"
        warnings.warn(message, UnreadableAnalysisWarning, stacklevel=2)
        return None


def _answer_of(text: str, form: TypeAdapter[R]) -> Saved[R]:
    fields = json.loads(text)
    if fields.pop("schema") != SCHEMA:
        raise ValueError("written in another form")
    result = fields.pop("result")
    return Saved(result=None if result is None else form.validate_python(result), **fields)


def is_kept(results_dir: Path, analysis_id: str) -> bool:
    """Whether there is an answer of an analysis, of whatever build."""
    return _path(results_dir, analysis_id).exists()


def fingerprint(results_dir: Path) -> str:
    """Changes whenever an answer is kept, anew or for the first time; cheap to ask."""
    marks = []
    for path in sorted((results_dir / FOLDER).glob("*.json")):
        with suppress(FileNotFoundError):  # One that was forgotten since.
            marks.append(f"{path.stem}:{path.stat().st_mtime_ns:x}")
    return " ".join(marks)


def forget(results_dir: Path, analysis_id: str) -> None:
    """Delete the kept answer of an analysis, if there is one."""
    _path(results_dir, analysis_id).unlink(missing_ok=True)


def keep_only(results_dir: Path, analysis_ids: frozenset[str]) -> None:
    """Delete kept answers of analyses that there are no more."""
    for path in (results_dir / FOLDER).glob("*.json"):
        if path.stem not in analysis_ids:
            path.unlink()


def _path(results_dir: Path, analysis_id: str) -> Path:
    if re.fullmatch(r"[a-z][a-z0-9_-]*", analysis_id) is None:
        raise ValueError(f"An analysis id is a file name: {analysis_id!r} is not.")
    return results_dir / FOLDER / f"{analysis_id}.json"
