"""The lake: the events that count, as Parquet files by month, for Spark and for whoever reads them.

    <lake>/rapport-lake.json         whose lake it is
    <lake>/events/month=2025-03/events.parquet
    <lake>/exchange/...              what engines hand over; gone when a build ends

It holds what `raw.duckdb` holds of events, and is brought in line with it at the end of every load
and erasure: a month of which any row came, went or changed is written anew and takes its place in
one step; all others stay. So a load twice adds nothing, and whoever was erased is in no file.
"""

import json
import secrets
import shutil
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from etl.progress import Progress, quiet
from queries import sqlfile
from study.errors import UserError
from warehouse.connect import open_raw
from warehouse.damaged import told_when_damaged
from warehouse.full_disk import told_when_full
from warehouse.workspace import Workspace

NOTE = "lake.json"
"""In the workspace: where its lake is."""
MARK = "rapport-lake.json"
"""In the lake: of which workspace it is."""
EVENTS = "events"
EXCHANGE = "exchange"
FILE = "events.parquet"
DRAFT = "_events.parquet.part"
"""Spark and DuckDB pass over names that begin with an underscore."""
LEFT = "What was loaded is whole; months of the lake that were not reached are as they were."


@dataclass(frozen=True)
class LakeOutcome:
    """What became of a lake: months written anew, taken out, and all there are now."""

    folder: Path
    n_written: int
    n_removed: int
    n_months: int
    n_events: int


def lake_of(workspace: Workspace) -> Path | None:
    """Where the lake of a workspace is; None where it has none."""
    note = _note(workspace)
    return Path(note["folder"]) if note else None


def choose_lake(workspace: Workspace, folder: Path) -> str | None:
    """Make a folder the lake of a workspace; every later load and erasure keeps it in line.

    Returns
    -------
    str or None
        What to tell, where the lake was another folder before.

    Raises
    ------
    UserError
        If something else lies in the folder, or it cannot be written.
    """
    folder = folder.expanduser().resolve()
    before = _note(workspace)
    key = before["key"] if before else secrets.token_hex(8)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        mark = folder / MARK
        if mark.exists():
            _require_own(folder, key)
        elif any(folder.iterdir()):
            raise UserError(
                f"{folder} is not empty and is no lake of Rapport. Name an empty folder, or one "
                "that is still to be made: --lake DIR"
            )
        mark.write_text(json.dumps({"key": key}), encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"The lake {folder} cannot be written ({error.strerror}). Name another: --lake DIR"
        ) from error
    note = _note_path(workspace)
    note.write_text(json.dumps({"folder": str(folder), "key": key}), encoding="utf-8")
    if before and Path(before["folder"]) != folder:
        return (
            f"The lake was {before['folder']} before: nothing is brought in line there any more, "
            "erasures neither. Delete that folder."
        )
    return None


def keep_lake(workspace: Workspace, progress: Progress | None = None) -> LakeOutcome | None:
    """Bring the lake in line with what was loaded; None where the workspace has no lake.

    Raises
    ------
    UserError
        If the lake is not there, is another study's, or its disk is full; or if a load is at work.
    """
    note = _note(workspace)
    if note is None:
        return None
    folder, progress = Path(note["folder"]), progress or quiet()
    _require_own(folder, note["key"])
    with (
        told_when_full(folder, LEFT),
        told_when_damaged(workspace),
        closing(open_raw(workspace)) as con,
    ):
        progress.start("lake")
        try:
            return _bring_in_line(con, folder, progress)
        finally:
            progress.finish()


def exchange_folder(lake: Path, build_id: str) -> Path:
    """An empty folder in which engines hand tables over for one build.

    What a killed build left there goes.
    """
    shutil.rmtree(lake / EXCHANGE, ignore_errors=True)
    folder = lake / EXCHANGE / build_id
    folder.mkdir(mode=0o700, parents=True)
    return folder


def _bring_in_line(con: duckdb.DuckDBPyConnection, folder: Path, progress: Progress) -> LakeOutcome:
    events = folder / EVENTS
    events.mkdir(mode=0o700, exist_ok=True)
    # Of builds and loads that were killed: no build is at work while the loader's file is open.
    shutil.rmtree(folder / EXCHANGE, ignore_errors=True)
    for left in events.glob(f"*/{DRAFT}"):
        left.unlink()
    written = _written(con, events)
    months = sqlfile.load("lake/lake_months.sql").fetch(con).sort("month")
    n_written = 0
    for month, n_events, digest in months.iter_rows():
        place, note = events / f"month={month:%Y-%m}" / FILE, f"{n_events} {digest}"
        if written.pop(place, None) != note:
            _write(con, place, month, note)
            n_written += 1
        progress.advance(n_events)
    for place in written:
        shutil.rmtree(place.parent)
    return LakeOutcome(
        folder, n_written, len(written), months.height, int(months["n_events"].sum())
    )


def _written(con: duckdb.DuckDBPyConnection, events: Path) -> dict[Path, str]:
    """Files of the lake with their notes."""
    if not any(events.glob(f"*/{FILE}")):
        return {}
    query = sqlfile.load("lake/lake_files.sql")
    rows = query.fetch(con, files=str(events / "*" / FILE)).iter_rows()
    return {Path(name): note for name, note in rows}


def _write(con: duckdb.DuckDBPyConnection, place: Path, month: datetime, note: str) -> None:
    """Write a month beside its file, and put it in the file's place in one step."""
    place.parent.mkdir(mode=0o700, exist_ok=True)
    draft = place.with_name(DRAFT)
    following = datetime(month.year + month.month // 12, month.month % 12 + 1, 1)
    sqlfile.load("lake/lake_events.sql").write_parquet(
        con, draft, note, month_from=month, month_to=following
    )
    draft.chmod(0o600)
    draft.replace(place)


def _require_own(folder: Path, key: str) -> None:
    try:
        held = json.loads((folder / MARK).read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(
            f"The lake {folder} is not there ({error.strerror}). Mount it. If it is gone for good, "
            f"delete the file {NOTE} in the workspace: no load or erasure reaches it any more then."
        ) from error
    if held.get("key") != key:
        raise UserError(
            f"The lake {folder} is that of another workspace. Each needs a folder of its own: "
            "--lake DIR"
        )


def _note_path(workspace: Workspace) -> Path:
    # Editions have a folder of their own and the raw file, and so the lake, in common.
    return workspace.raw_path.parent / NOTE


def _note(workspace: Workspace) -> dict[str, str] | None:
    path = _note_path(workspace)
    if not path.exists():
        return None
    held: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return held
