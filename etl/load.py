"""Loading exports: every row of every file ends as loaded, duplicate or rejected."""

import secrets
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import duckdb
import polars as pl
import pyarrow as pa

from etl.coverage import unseen_names
from etl.files import ExportFile, export_files, mapping_hash, no_match_message, sha256
from etl.held import Held, emptied, held_files, removed_or_missing, shrunk
from etl.landing import Landing
from etl.lookups import LoadedLookup, load_lookups
from etl.progress import Progress, quiet
from etl.receipt import Failure, LoadOutcome, Receipt
from etl.settle import Seen, settle
from etl.version import rapport_version
from queries import sqlfile
from study.definition import Source, Study
from study.errors import UserError
from warehouse.connect import open_raw
from warehouse.workspace import Workspace

CANNOT_READ = (
    OSError,
    EOFError,
    zlib.error,
    UnicodeError,
    pa.ArrowException,
    pl.exceptions.PolarsError,
    duckdb.Error,
)
"""What a damaged file can raise; a `UserError` already says it in words."""


def load(study: Study, workspace: Workspace, *, progress: Progress | None = None) -> LoadOutcome:
    """Bring the study's exports into `raw.duckdb`.

    A file that has not changed is not read again; a changed one replaces its own rows; one that
    cannot be read leaves everything else as it is and makes the exit code 1. Each file is one
    transaction, and so is what is decided over all rows: a load that is killed leaves a file
    that the next load finishes.

    Raises
    ------
    UserError
        If another load holds the workspace.
    """
    con = open_raw(workspace)
    try:
        outcome = load_into(con, study, progress=progress or quiet())
        unseen = tuple(
            f"No event is called {name!r}, as {key} says: correct it in study.toml, unless the "
            "first is still to come."
            for key, name in unseen_names(con, study)
            if key.startswith("intended_use.")
        )
        return replace(outcome, warnings=(*outcome.warnings, *unseen))
    finally:
        con.close()


def load_into(con: duckdb.DuckDBPyConnection, study: Study, *, progress: Progress) -> LoadOutcome:
    """`load` on an open connection, which may be in memory."""
    prepare(con)
    run = _Run(con, study, progress, now=datetime.now(UTC).replace(tzinfo=None))
    return run.all()


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Make the raw tables where there are none, and the functions the loading queries use."""
    for path in sqlfile.all_paths("raw"):
        sqlfile.load(path).execute(con)
    for name in ("utc_of", "local_date_of", "number_of", "zones"):
        sqlfile.load(f"load/{name}.sql").execute(con)


@dataclass
class _Run:
    """One load. Holds what was seen of each file until the receipts are written."""

    con: duckdb.DuckDBPyConnection
    study: Study
    progress: Progress
    now: datetime
    load_id: str = field(init=False)
    seen: list[Seen] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.load_id = f"{self.now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"

    def all(self) -> LoadOutcome:
        """Every file, then what all rows together decide, then the receipts."""
        held = held_files(self.con)
        was_interrupted = self._begin()
        present: dict[str, ExportFile] = {}
        for source in self.study.sources:
            files = export_files(self.study, source)
            present |= {file.file_id: file for file in files}
            self._source(source, files, held)
        self._gone(held, present)
        is_changed = any(one.status in ("loaded", "removed") for one in self.seen)
        receipts = self._settle(must_resolve=is_changed or was_interrupted)
        return LoadOutcome(self.load_id, receipts, tuple(self.failed), tuple(self.warnings))

    def _begin(self) -> bool:
        """Note the beginning; say whether the load before did not come to its end."""
        last = sqlfile.load("load/last_load.sql").fetch(self.con)
        sqlfile.load("load/begin_load.sql").execute(
            self.con,
            load_id=self.load_id,
            started_at=self.now,
            study_hash=self.study.digest,
            rapport_version=rapport_version(),
        )
        return not last.is_empty() and not last["is_finished"][0]

    def _source(self, source: Source, files: tuple[ExportFile, ...], held: dict[str, Held]) -> None:
        if not files and not any(one.source_id == source.id for one in held.values()):
            self.failed.append(
                Failure(source.id, source.path, no_match_message(self.study, source))
            )
            return
        try:
            digest = mapping_hash(self.study, source)
            lookups = load_lookups(self.study.folder, source) if files else ()
        except (UserError, *CANNOT_READ) as error:
            for file in files:
                self._fail(file, error, 0)
            return
        for file in files:
            self._file(file, digest, lookups, held.get(file.file_id))

    def _file(
        self,
        file: ExportFile,
        mapping: str,
        lookups: tuple[LoadedLookup, ...],
        held: Held | None,
    ) -> None:
        began = time.monotonic()
        self.progress.start(f"{file.source.id}: {file.name}")
        try:
            content = sha256(file.path)
            if held is not None and held.is_same(content, mapping):
                self.seen.append(Seen(file.file_id, file.source, file.name, "unchanged", 0, None))
                return
            with self._transaction():
                rows_read = self._land(file, content, mapping, lookups, held)
            if held is not None and rows_read < held.rows_read:
                self.warnings.append(shrunk(held, rows_read))
            seconds = time.monotonic() - began
            self.seen.append(Seen(file.file_id, file.source, file.name, "loaded", seconds, None))
        except (UserError, *CANNOT_READ) as error:
            self._fail(file, error, time.monotonic() - began)
        finally:
            self.progress.finish()

    def _land(
        self,
        file: ExportFile,
        content: str,
        mapping: str,
        lookups: tuple[LoadedLookup, ...],
        held: Held | None,
    ) -> int:
        landing = Landing(self.con, self.study, file, lookups, self.now, self.progress)
        rows_read = landing.land()
        if rows_read == 0 and held is not None and held.rows_read > 0:
            raise UserError(emptied(held))
        self._note(file, content, mapping, rows_read, "loaded", None)
        return rows_read

    def _fail(self, file: ExportFile, error: BaseException, seconds: float) -> None:
        message = str(error) if isinstance(error, UserError) else _broken(file, error)
        if message.startswith(file.path.name):
            # Files of one name may lie in several folders.
            message = file.name + message.removeprefix(file.path.name)
        self.failed.append(Failure(file.source.id, file.name, message))
        with self._transaction():
            if any(held == file.file_id for held in held_files(self.con)):
                sqlfile.load("load/mark_file_failed.sql").execute(
                    self.con, file_id=file.file_id, message=message
                )
            else:
                self._note(file, "", "", 0, "failed", message)
        self.seen.append(Seen(file.file_id, file.source, file.name, "failed", seconds, message))

    def _note(
        self,
        file: ExportFile,
        content: str,
        mapping: str,
        rows_read: int,
        status: str,
        message: str | None,
    ) -> None:
        sqlfile.load("load/insert_file.sql").execute(
            self.con,
            file_id=file.file_id,
            source_id=file.source.id,
            path=file.name,
            sha256=content,
            mapping_hash=mapping,
            bytes=file.path.stat().st_size if file.path.exists() else 0,
            rows_read=rows_read,
            load_id=self.load_id,
            loaded_at=self.now,
            status=status,
            message=message,
        )

    def _gone(self, held: dict[str, Held], present: dict[str, ExportFile]) -> None:
        """Files that were loaded before and are not among today's."""
        for one in held.values():
            if one.file_id in present:
                continue
            status, warning = removed_or_missing(self.study, one)
            self.warnings.append(warning)
            source = next((s for s in self.study.sources if s.id == one.source_id), None)
            if status == "removed":
                with self._transaction():
                    for name in ("events", "answers", "roster", "rejected_rows", "files"):
                        sqlfile.load(f"load/delete_file_{name}.sql").execute(
                            self.con, file_id=one.file_id
                        )
            self.seen.append(
                Seen(one.file_id, source, one.path, status, 0, warning, source_id=one.source_id)
            )

    def _settle(self, *, must_resolve: bool) -> tuple[Receipt, ...]:
        self.progress.start("duplicates, unknown participants, receipts")
        try:
            with self._transaction():
                receipts = settle(
                    self.con,
                    self.study,
                    tuple(self.seen),
                    load_id=self.load_id,
                    loaded_at=self.now,
                    must_resolve=must_resolve,
                    progress=self.progress,
                )
                sqlfile.load("load/end_load.sql").execute(
                    self.con,
                    load_id=self.load_id,
                    finished_at=datetime.now(UTC).replace(tzinfo=None),
                )
                return receipts
        finally:
            self.progress.finish()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.con.begin()
        try:
            yield
        except BaseException:
            self.con.rollback()
            raise
        self.con.commit()


def _broken(file: ExportFile, error: BaseException) -> str:
    # The error's own words may quote what stands in the file.
    why = {
        EOFError: "it ends in the middle of its compressed data",
        zlib.error: "its compressed data are damaged",
        PermissionError: "you may not read it (its permissions forbid it)",
        OSError: "the system could not read it",
    }
    said = next((words for kind, words in why.items() if isinstance(error, kind)), None)
    reason = said or f"its content could not be taken apart ({type(error).__name__})"
    return (
        f"{file.name}: {reason}. Nothing of it was loaded; what an earlier version of it brought "
        "stays. Export it again, then run: rapport load"
    )
