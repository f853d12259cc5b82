"""Export files on disk: which belong to a source, and what tells a changed one."""

import hashlib
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from study.definition import Source, Study
from study.errors import UserError

LOADER_VERSION = 2
"""Raised when the loader reads the same file differently: every file is then read anew."""


BESIDE = ("dictionary", "persons", "activities", "event_tables")
"""Keys of a source that name other files, which decide with it what the rows become."""
EXPORT_SUFFIXES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet", ".gz", ".zip")
_LOCKED = (
    "may not be looked into (its permissions forbid it). Expected a folder whose files can be "
    "listed and read. Give yourself the permission, then run: rapport load"
)


@dataclass(frozen=True)
class ExportFile:
    """One file of one source; `name` is its path from the study's folder."""

    source: Source
    path: Path
    name: str

    @property
    def file_id(self) -> str:
        """Stable id of the file in its source."""
        return file_id(self.source.id, self.name)


def file_id(source_id: str, name: str) -> str:
    """Id of a file by source and path."""
    return hashlib.sha256(f"{source_id}\0{name}".encode()).hexdigest()[:16]


def export_files(study: Study, source: Source) -> tuple[ExportFile, ...]:
    """Files that a source's pattern matches, by name."""
    root, pattern = _pattern(study, source.path)
    found = [path for path in root.glob(pattern) if stat.S_ISREG(_mode(path))]
    return tuple(ExportFile(source, path, _name(study.folder, path)) for path in sorted(found))


def not_files(study: Study, source: Source) -> tuple[tuple[str, str], ...]:
    """What stands where a source's files should and is none: its path, and what to say of it."""
    root, pattern = _pattern(study, source.path)
    said = [(path, _LOCKED) for path in _locked_folders(root, pattern)]
    said += [
        (path, f"is {what}. Expected a file: {remedy}")
        for path in root.glob(pattern)
        if (found := _instead(path)) is not None
        for what, remedy in (found,)
    ]
    return tuple(sorted((_name(study.folder, path), words) for path, words in said))


def _locked_folders(root: Path, pattern: str) -> list[Path]:
    """Folders on the way to the files that may not be listed: a pattern passes over them."""
    folders = [root] if root.is_dir() else []
    for way in Path(pattern).parents:
        if way.parts:
            folders += root.glob(str(way))
    return [path for path in dict.fromkeys(folders) if is_folder(path) and is_locked(path)]


def _mode(path: Path) -> int:
    """What a path is; nothing where it may not be looked at: `not_files` names its folder."""
    try:
        return path.stat().st_mode
    except OSError:
        return 0


def is_folder(path: Path) -> bool:
    """Whether a path is a folder, as far as it may be looked at."""
    return stat.S_ISDIR(_mode(path))


def is_locked(folder: Path) -> bool:
    """Whether the files of a folder may not be listed or looked at."""
    return not os.access(folder, os.R_OK | os.X_OK)


def _instead(path: Path) -> tuple[str, str] | None:
    """What a match is that is no file, and what to do; None for a file, and a folder as such."""
    if stat.S_ISREG(_mode(path)) or is_locked(path.parent):
        return None
    if is_folder(path):
        if path.suffix.lower() not in EXPORT_SUFFIXES:
            return None
        return "a folder", "to load the files in it, add /* to 'path' of the source in study.toml."
    if path.is_symlink():
        return "a link to nothing", "put the file there, or remove the link."
    return "a pipe or a device", "write the export to a file, and remove this."


def _pattern(study: Study, given: str) -> tuple[Path, str]:
    # Path.glob takes no absolute patterns, and a study's exports may lie elsewhere.
    pattern = Path(given)
    root = Path(pattern.anchor) if pattern.is_absolute() else study.folder
    return root, str(pattern.relative_to(pattern.anchor))


def _beside(study: Study, source: Source, key: str) -> list[str]:
    """Digests of the files that a key of the source names; that there is none, the reader says."""
    given = getattr(source, key)
    if given is None:
        return []
    root, pattern = _pattern(study, given)
    found = root.glob(pattern)
    return [sha256(path) for path in sorted(found) if path.is_file()]


def _name(folder: Path, path: Path) -> str:
    return Path(os.path.relpath(path, folder)).as_posix()


def no_match_message(study: Study, source: Source) -> str:
    """What to say where a source has no file."""
    return (
        f"No file matches {source.path!r} of source '{source.id}' in {study.folder.resolve()}. "
        "Put the export there, or correct 'path' of the source in study.toml."
    )


def sha256(path: Path) -> str:
    """Digest of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def mapping_hash(study: Study, source: Source, identities: str) -> str:
    """Digest of everything but the file itself that decides what its rows become.

    Parameters
    ----------
    identities
        Digest of what the ids of participants become.

    Raises
    ------
    UserError
        If a lookup file does not exist.
    """
    parts: list[object] = [
        LOADER_VERSION,
        identities,
        source.model_dump(mode="json"),
        study.study.time_zone,
        study.privacy.drop,
        [_lookup_digest(study.folder / lookup.path, source) for lookup in source.lookup],
        [_beside(study, source, key) for key in BESIDE],
    ]
    if source.kind == "answers":
        parts.append([one.model_dump(mode="json") for one in study.instruments])
    if source.kind == "roster":
        parts.append(
            [
                part.model_dump(mode="json")
                for part in (*study.arms, *study.sites, *study.covariates)
            ]
        )
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _lookup_digest(path: Path, source: Source) -> str:
    if not path.is_file():
        raise UserError(
            f"Lookup file {path.name} does not exist in {path.parent}. Correct 'lookup.path' of "
            f"source '{source.id}' in study.toml, or put the file there."
        )
    return sha256(path)
