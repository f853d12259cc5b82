"""Files that lie among the exports and that no source names."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from etl.doctor.findings import Finding, Place, counted, some
from etl.doctor.recognised import Look, look
from etl.files import export_files
from study.definition import Study

MOST_FILES = 500
DATA = frozenset({"csv", "json_lines", "json", "parquet"})
PAGES = frozenset({".md", ".toml", ".log"})
"""What people write beside their exports; their names tell them well enough."""


def unnamed_files(study: Study) -> list[Path]:
    """Files in the folders of the exports that nothing in the study file names."""
    named = {file.path.resolve() for one in study.sources for file in export_files(study, one)}
    named |= {path.resolve() for path in _mentioned(study)}
    found = []
    for folder in _export_folders(study):
        for path in islice(files_below(folder), MOST_FILES):
            if path.resolve() not in named and path.suffix.lower() not in PAGES:
                found.append(path)
    return sorted(set(found))


def _mentioned(study: Study) -> Iterator[Path]:
    """Files that belong to a source without being its exports: lookups, dictionaries, id maps."""
    for source in study.sources:
        others = (source.dictionary, source.persons, source.activities, source.event_tables)
        patterns = [*(lookup.path for lookup in source.lookup), *(one for one in others if one)]
        for pattern in patterns:
            yield from _matching(study.folder, pattern)
    for identity in study.identities:
        yield from _matching(study.folder, identity.path)


def _matching(folder: Path, pattern: str) -> Iterator[Path]:
    path = Path(pattern)
    root = Path(path.anchor) if path.is_absolute() else folder
    yield from root.glob(str(path.relative_to(path.anchor)))


def _export_folders(study: Study) -> list[Path]:
    """Folders of exports, but for the study's own, where anything may lie."""
    folders = set()
    for source in study.sources:
        parts = Path(source.path).parts
        fixed = [part for part in parts[:-1] if not set(part) & set("*?[")]
        is_cut = len(fixed) < len(parts) - 1
        own = study.folder.joinpath(*(parts[: len(fixed)] if is_cut else parts[:-1]))
        if own.resolve() != study.folder.resolve() and own.is_dir():
            folders.add(own)
    return sorted(folders)


def files_below(folder: Path) -> Iterator[Path]:
    """Every file in a folder and the folders in it, but for hidden ones, by name."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from files_below(path)
        elif path.is_file():
            yield path


def unnamed_findings(study: Study) -> tuple[list[Look], list[Finding]]:
    """What each of them is, and a word for those that hold data."""
    looks = [
        look(path, path.relative_to(study.folder).as_posix(), None)
        if path.is_relative_to(study.folder)
        else look(path, path.name, None)
        for path in unnamed_files(study)
    ]
    groups: dict[str, list[Look]] = {}
    for one in looks:
        if one.sample is not None and one.sample.shape in DATA:
            groups.setdefault(one.label, []).append(one)
    return looks, [_finding(label, group) for label, group in groups.items()]


def _finding(label: str, group: list[Look]) -> Finding:
    names = [one.summary.file for one in group]
    verb, pronoun = ("is", "it") if len(group) == 1 else ("are", "them")
    return Finding(
        code="unnamed_file",
        severity="warning",
        subject=some(names, 2),
        message=f"{counted(len(group), 'file')} ({label}) {verb} named by no source: nothing of "
        f"{pronoun} is loaded.",
        remedy=f"Name {pronoun} in a [[sources]] section, or move {pronoun} elsewhere. "
        "'rapport check FOLDER', with the folder of the exports, proposes sections.",
        count=len(group),
        places=tuple(Place(file=name) for name in names[:5]),
    )
