"""Results on disk: one JSON file a model, written whole or not at all."""

import re
import secrets
import warnings
from pathlib import Path

from models.results import FitResult, ResultFormatError

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class UnreadableResultWarning(UserWarning):
    """A saved result was passed over because its file is damaged or of another version."""


def save(results_dir: Path, result: FitResult) -> Path:
    """Write a result under its model id, in one step that a crash cannot split."""
    if _SAFE.fullmatch(result.model_id) is None:
        raise ValueError(f"A model id is a file name: {result.model_id!r} is not.")
    results_dir.mkdir(parents=True, exist_ok=True)
    path = results_dir / f"{result.model_id}.json"
    write_whole(path, result.to_json())
    return path


def write_whole(path: Path, text: str) -> None:
    """Write a file as a whole or not at all, whoever reads it meanwhile.

    It is not waited for until the disk has it: what a power cut spoils cannot be read and is
    computed anew.
    """
    draft = path.with_name(f".{path.stem}-{secrets.token_hex(3)}")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def load_all(results_dir: Path) -> dict[str, FitResult]:
    """Every readable result by model id, in order of id; no folder means no results.

    A file that cannot be read is left out with an `UnreadableResultWarning` that names it: the
    next fit writes it anew.
    """
    found: dict[str, FitResult] = {}
    for path in sorted(results_dir.glob("*.json")):
        try:
            result = FitResult.from_json(path.read_text(encoding="utf-8"))
        except (ResultFormatError, UnicodeDecodeError) as error:
            why = str(error) if isinstance(error, ResultFormatError) else "is not UTF-8 text"
            message = f"Saved model result {path.name} {why}; it is ignored. Run: rapport fit"
            warnings.warn(message, UnreadableResultWarning, stacklevel=2)
            continue
        found[result.model_id] = result
    return dict(sorted(found.items()))


def keep_only(results_dir: Path, model_ids: frozenset[str]) -> list[str]:
    """Delete saved results of models that the study no longer names; return the file names."""
    old = [path for path in results_dir.glob("*.json") if path.stem not in model_ids]
    for path in old:
        path.unlink()
    return sorted(path.name for path in old)


def forget_all(results_dir: Path) -> None:
    """Delete every saved result, of models and of analyses."""
    for path in results_dir.rglob("*.json"):
        path.unlink()
