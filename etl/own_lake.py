"""A lake of the team's own: events by month that other software writes, and builds on Spark read.

    <folder>/events/month=2025-03/*.parquet

Rapport only ever reads it. The workspace remembers where it is; from then on every build reads it,
or is refused: marts that lack its events would look whole. What is wrong with single events is told
by `queries/lake/own_judged.sql`; here is what is wrong with the lake as such.
"""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from etl.lake import EVENTS, lake_of
from etl.rules import EXPECTED
from queries import sqlfile
from study.definition import Study
from study.errors import UserError
from warehouse.connect import in_memory
from warehouse.workspace import Workspace

NOTE = "own-lake.json"
"""In the workspace: where the team's lake is."""
REFUSED = "refused"
"""In Rapport's lake: the events of the team's that were refused, with the reason."""
MOMENTS = {"TIMESTAMP", "TIMESTAMP WITH TIME ZONE"}
OPTIONAL = {"file_number", "source_row"}
"""Columns of Rapport's lake that say where in the exports an event stood."""
TABLE_LOGS = ("_delta_log", "metadata", ".hoodie")
"""Folders of tables whose files hold rows that do not count any more."""
_MONTH = re.compile(r"month=\d{4}-(0[1-9]|1[0-2])")
_PATTERN = re.compile(r"[*?\[\]{}\\]")
LEAVE = "--no-own-lake leaves its events out from now on"
ALSO_EXPECTED = {
    "missing_event_id": "an event_id",
    "bad_local_date": "the date of occurred_at in the participant's time_zone",
    "in_an_export": "no event that an export brought already",
    "duplicate_event_id": "each event_id once",
}


@dataclass(frozen=True)
class OwnFiles:
    """The files of a lake, and whether its moments are marked as UTC, which Spark must be told."""

    paths: tuple[Path, ...]
    is_marked_utc: bool


@dataclass(frozen=True)
class OwnOutcome:
    """What became of the events of the team's lake; `refused` counts them by reason."""

    folder: Path
    refused_to: Path
    n_taken: int
    n_erased: int
    refused: dict[str, int]

    @property
    def exit_code(self) -> int:
        """1 where every event was refused, as for an export."""
        return 1 if self.refused and not self.n_taken else 0


@dataclass(frozen=True)
class OwnLake:
    """The team's lake, for one build: whose participants they are, and who wants the outcome."""

    folder: Path
    study: Study
    workspace: Workspace
    tell: Callable[[OwnOutcome], None]


def own_lake_of(workspace: Workspace) -> Path | None:
    """Where the team's own lake is that builds of a workspace read; None where there is none."""
    path = _note_path(workspace)
    if not path.exists():
        return None
    return Path(json.loads(path.read_text(encoding="utf-8"))["folder"])


def choose_own_lake(workspace: Workspace, folder: Path) -> None:
    """Have every later build read a folder of the team's.

    Raises
    ------
    UserError
        If it is not there, is Rapport's own, or its files are not as documented.
    """
    folder = folder.expanduser().resolve()
    lake = lake_of(workspace)
    places = (workspace.root.resolve(), *([lake] if lake else []))
    if any(one in (folder, *folder.parents) or folder in one.parents for one in places):
        raise UserError(
            f"{folder} is a place where Rapport writes, or holds one. A lake of your own lies "
            "elsewhere, and Rapport only reads it: --own-lake DIR"
        )
    own_files(folder)
    note = json.dumps({"folder": str(folder)})
    _note_path(workspace).write_text(note, encoding="utf-8")


def leave_own_lake(workspace: Workspace) -> None:
    """Read the team's lake no more, and let go of what was refused of it.

    Raises
    ------
    UserError
        If Rapport's lake, where refused events lie, is not there.
    """
    lake = lake_of(workspace)
    if own_lake_of(workspace) is None:
        return
    if lake is not None:
        if not lake.is_dir():
            raise UserError(f"The lake {lake} is not there. Mount it, then try again.")
        shutil.rmtree(lake / REFUSED, ignore_errors=True)
    _note_path(workspace).unlink()


def require_read(workspace: Workspace, read: Path | None) -> None:
    """Raise `UserError` where a build would lack the events of the team's own lake.

    Parameters
    ----------
    read
        The lake of the team's that the build reads.
    """
    own = own_lake_of(workspace)
    if own is not None and read != own:
        raise UserError(
            f"Events of this study lie in a lake of your own, {own}, which only Spark reads: this "
            f"build would lack them. Run rapport load with --engine spark; {LEAVE}."
        )


def require_none(workspace: Workspace, what: str) -> None:
    """Raise `UserError` where something ends with a build by DuckDB, and there is such a lake.

    Parameters
    ----------
    what
        What was asked for, such as `rapport erase`.
    """
    own = own_lake_of(workspace)
    if own is not None:
        raise UserError(
            f"{what} makes all builds anew with DuckDB, which does not read your own lake {own}. "
            f"Nothing was changed. Run: rapport load --no-own-lake, then {what}, then rapport load "
            f"--engine spark --own-lake {own}. Whoever was erased stays out of the builds; take "
            "them out of your lake yourself."
        )


def own_files(folder: Path) -> OwnFiles:
    """The files of a lake, after a look at the columns of each; no row is read.

    Raises
    ------
    UserError
        If there is none, one lies elsewhere than in a month, lacks a column, or has one of another
        type; if they are files of a table that keeps rows which do not count.
    """
    paths = tuple(_files(folder))
    kinds = {_kind_of_moments(path, types, folder) for path, types in _types(paths).items()}
    if len(kinds) > 1:
        raise UserError(
            f"{folder}: occurred_at is a moment marked as UTC in some files and an unmarked one in "
            "others. Write one kind throughout."
        )
    return OwnFiles(paths, kinds == {"TIMESTAMP WITH TIME ZONE"})


def expected_of(reason: str) -> str:
    """What would have been right of an event that was refused."""
    return ALSO_EXPECTED.get(reason) or EXPECTED[reason]


def _files(folder: Path) -> Iterator[Path]:
    events = folder / EVENTS
    if not events.is_dir():
        raise UserError(
            f"There is no folder {events}. A lake of your own has its events in files such as "
            f"{EVENTS}/month=2025-03/part-0.parquet below the folder that --own-lake names."
        )
    for place in (folder, events):
        for log in TABLE_LOGS:
            if (place / log).exists():
                raise UserError(
                    f"{place} is a table with a log ({log}): its files also hold rows that do not "
                    "count any more. Write the rows that count as plain Parquet elsewhere."
                )
    found = [path for path in sorted(events.rglob("*.parquet")) if not _is_hidden(path, events)]
    for path in found:
        if path.parent.parent != events or not _MONTH.fullmatch(path.parent.name):
            raise UserError(
                f"{path} lies in no folder of a month. Expected {EVENTS}/month=YYYY-MM/. Move it "
                "there, or out of the lake."
            )
        if _PATTERN.search(str(path)):
            raise UserError(
                f"{path} has one of * ? [ ] {{ }} \\ in its path, which Spark takes for a pattern. "
                "Rename it."
            )
    if not found:
        raise UserError(f"{events} holds no .parquet file: there is no event to build from.")
    yield from found


def _is_hidden(path: Path, events: Path) -> bool:
    """Whether Spark passes over it."""
    return any(part.startswith(("_", ".")) for part in path.relative_to(events).parts)


def _types(paths: tuple[Path, ...]) -> dict[Path, dict[str, str]]:
    """Types of the columns of each file."""
    con = in_memory()
    try:
        query = sqlfile.load("lake/own_columns.sql")
        rows: pl.DataFrame = query.fetch(con, files=[str(path) for path in paths])
    except duckdb.Error as error:
        raise UserError(
            f"A file below {paths[0].parent.parent} cannot be read as Parquet: write it anew, or "
            "take it out. Names that begin with an underscore are passed over."
        ) from error
    finally:
        con.close()
    types: dict[Path, dict[str, str]] = {path: {} for path in paths}
    for name, column, found in rows.iter_rows():
        types[Path(name)][column] = found
    return types


def _kind_of_moments(path: Path, types: dict[str, str], folder: Path) -> str:
    for one in sqlfile.load("lake/lake_events.sql").columns:
        if one.name in OPTIONAL:
            continue
        found = types.get(one.name)
        allowed = MOMENTS if one.type == "TIMESTAMP" else {one.type}
        if found not in allowed:
            words = "is not there" if found is None else f"is {found}"
            unit = " in microseconds (UTC)" if one.type == "TIMESTAMP" else ""
            raise UserError(
                f"{path.relative_to(folder)}: column {one.name} {words}. Expected "
                f"{one.type}{unit}: {one.meaning}. Write the lake in {folder} so; nothing was "
                "built from it."
            )
    return types["occurred_at"]


def _note_path(workspace: Workspace) -> Path:
    # As for Rapport's lake: editions have a folder of their own, and the events in common.
    return workspace.raw_path.parent / NOTE
