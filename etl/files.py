"""Export files on disk: which belong to a source, and what tells a changed one."""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from study.definition import Source, Study
from study.errors import UserError

LOADER_VERSION = 1
"""Raised when the loader reads the same file differently: every file is then read anew."""


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
    # Path.glob takes no absolute patterns, and a study's exports may lie elsewhere.
    pattern = Path(source.path)
    root = Path(pattern.anchor) if pattern.is_absolute() else study.folder
    found = root.glob(str(pattern.relative_to(pattern.anchor)))
    files = {path: _name(study.folder, path) for path in found if path.is_file()}
    return tuple(ExportFile(source, path, files[path]) for path in sorted(files))


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


def mapping_hash(study: Study, source: Source) -> str:
    """Digest of everything but the file itself that decides what its rows become.

    Raises
    ------
    UserError
        If a lookup file does not exist.
    """
    parts: list[object] = [
        LOADER_VERSION,
        source.model_dump(mode="json"),
        study.study.time_zone,
        study.privacy.drop,
        [_lookup_digest(study.folder / lookup.path, source) for lookup in source.lookup],
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
