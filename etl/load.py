"""Loading exports: every row of every file ends as loaded, duplicate or rejected."""

import secrets
import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import duckdb
import polars as pl

from etl.changes import MOST_SHARE, Changes
from etl.clock import LocalDays
from etl.coming import FILES, Coming, land_together
from etl.coverage import unseen_names
from etl.damage import CANNOT_READ, broken
from etl.files import ExportFile, export_files, mapping_hash, no_match_message, not_files
from etl.held import Held, held_files, removed_or_missing, shrunk
from etl.identity.identities import load_identities
from etl.identity.keying import KEYED_ANEW, is_keyed_anew, keep_maps, note_keying, stale_files
from etl.landing import TABLES, Circumstances
from etl.lookups import LoadedLookup, load_lookups
from etl.progress import Progress, quiet
from etl.raw_tables import prepare
from etl.receipt import Failure, LoadOutcome, Receipt
from etl.refusals import registered
from etl.rules import KINDS
from etl.settle import Seen, settle
from etl.states import FileState, held_states, keep_states
from etl.version import rapport_version
from queries import sqlfile
from study.command_line.interrupted import was_interrupted
from study.definition import Source, Study
from study.errors import UserError
from warehouse.connect import open_raw
from warehouse.damaged import is_damaged, told_when_damaged
from warehouse.full_disk import is_full_disk, told_when_full
from warehouse.workspace import Workspace

MOST_WAITING = 500
MOST_ROWS_WAITING = 50_000
LEFT = "What was loaded before is whole; files that this load had not finished are not in."
__all__ = ["CANNOT_READ", "load", "load_into", "prepare"]


def load(
    study: Study, workspace: Workspace, *, progress: Progress | None = None, full: bool = False
) -> LoadOutcome:
    """Bring the study's exports into `raw.duckdb`.

    A file that has not changed is not read again; a changed one replaces its own rows; one that
    cannot be read leaves everything else as it is and makes the exit code 1. Each file is one
    transaction, and so is what is decided over all rows: a load that is killed leaves a file
    that the next load finishes.

    Parameters
    ----------
    full
        Read every file; else one that stands on the disk as before is unchanged (`etl.states`).

    Raises
    ------
    UserError
        If another load holds the workspace, its disk is full, or its raw file is damaged.
    """
    with (
        told_when_full(workspace.root, LEFT),
        told_when_damaged(workspace),
        closing(open_raw(workspace)) as con,
    ):
        outcome = load_into(
            con, study, progress=progress or quiet(), workspace=workspace, full=full
        )
        unseen = tuple(
            f"No event is called {name!r}, as {key} says: correct it in study.toml, unless the "
            "first is still to come."
            for key, name in unseen_names(con, study, workspace)
            if key.startswith("intended_use.")
        )
        return replace(outcome, warnings=(*outcome.warnings, *unseen))


def load_into(
    con: duckdb.DuckDBPyConnection,
    study: Study,
    *,
    progress: Progress,
    workspace: Workspace | None = None,
    full: bool = False,
) -> LoadOutcome:
    """`load` on an open connection, which may be in memory; without a workspace, with no key kept.

    Raises
    ------
    UserError
        If an id map contradicts itself, or the key of the pseudonyms is missing or unsafe.
    """
    prepare(con)
    identities = load_identities(study, workspace, con if workspace else None)
    now = datetime.now(UTC).replace(tzinfo=None)
    at = Circumstances(con, study, identities, now, progress, LocalDays(con, now))
    return _Run(at, {} if full else held_states(con)).all()


def _is_ours(error: BaseException) -> bool:
    """Whether the workspace, or somebody's Ctrl-C, is at fault, and not the export being read."""
    return was_interrupted(error) or is_full_disk(error) or is_damaged(error)


@dataclass
class _Run:
    """One load. Holds what was seen of each file until the receipts are written."""

    at: Circumstances
    stood: dict[int, FileState]
    load_id: str = field(init=False)
    changes: Changes = field(init=False)
    stale: frozenset[str] = frozenset()
    order: list[str] = field(default_factory=list)
    waiting: list[Coming] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    states: dict[int, FileState] = field(default_factory=dict)
    numbers: deque[int] = field(default_factory=deque)
    failed: list[Failure] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.load_id = f"{self.at.now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        self.changes = Changes(self.at.con)

    def all(self) -> LoadOutcome:
        """Every file, then what all rows together decide, then the receipts."""
        held = held_files(self.at.con)
        was_interrupted = self._begin()
        held = self._named(held)
        present: dict[str, ExportFile] = {}
        for source in self.at.study.sources:
            files = export_files(self.at.study, source)
            present |= {file.file_id: file for file in files}
            self._odd(source)
            self._source(source, files, held)
        # Small files were written later than read, and are told in their order all the same.
        places = {file_id: place for place, file_id in enumerate(self.order)}
        self.seen.sort(key=lambda one: places[one.file_id])
        self._gone(held, present)
        is_changed = any(one.status in ("loaded", "removed") for one in self.seen)
        n_held = sum(one.rows_read for one in held.values())
        is_small = not was_interrupted and self.changes.n_rows <= MOST_SHARE * n_held
        receipts = self._settle(
            must_resolve=is_changed or was_interrupted, changes=self.changes if is_small else None
        )
        return LoadOutcome(self.load_id, receipts, tuple(self.failed), tuple(self.warnings))

    def _begin(self) -> bool:
        """Note the beginning; say whether the load before did not come to its end."""
        last = sqlfile.load("load/last_load.sql").fetch(self.at.con)
        self._execute(
            "begin_load",
            load_id=self.load_id,
            started_at=self.at.now,
            study_hash=self.at.study.digest,
            rapport_version=rapport_version(),
        )
        return not last.is_empty() and not last["is_finished"][0]

    def _named(self, held: dict[str, Held]) -> dict[str, Held]:
        """Forget everything where participants are named in another way now; else who is stale."""
        at = self.at
        is_anew = is_keyed_anew(at.con, at.study, at.identities, held)
        with self._transaction():
            if is_anew:
                for one in held.values():
                    self._take_out(one)
            note_keying(at.con, at.identities)
        if is_anew:
            self.warnings.append(KEYED_ANEW)
            return {}
        self.stale = stale_files(at.con, at.identities)
        return held

    def _odd(self, source: Source) -> None:
        """Name what stands where files should and is none."""
        for name, words in not_files(self.at.study, source):
            shown = self.at.identities.shown_path(name, source.id)
            self.failed.append(Failure(source.id, shown, f"{shown} {words}"))

    def _source(self, source: Source, files: tuple[ExportFile, ...], held: dict[str, Held]) -> None:
        if not files and not any(one.source_id == source.id for one in held.values()):
            self.failed.append(
                Failure(source.id, source.path, no_match_message(self.at.study, source))
            )
            return
        try:
            digest = mapping_hash(self.at.study, source, self.at.identities.digest)
            lookups = load_lookups(self.at.study.folder, source) if files else ()
        except (UserError, *CANNOT_READ) as error:
            for file in files:
                self.order.append(file.file_id)
                self._fail(Coming(file, (), held.get(file.file_id), "", time.monotonic()), error)
            return
        for file in files:
            self._file(file, digest, lookups, held.get(file.file_id))
        self._land_waiting()

    def _file(
        self,
        file: ExportFile,
        mapping: str,
        lookups: tuple[LoadedLookup, ...],
        held: Held | None,
    ) -> None:
        self.order.append(file.file_id)
        self.at.progress.start(f"{file.source.id}: {file.name}")
        coming = Coming(file, lookups, held, mapping, time.monotonic())
        try:
            coming.look(self.stood.get(held.file_number) if held else None)
            if held is not None and self._is_same(held, coming.content, mapping):
                self._keep_state(coming, held.file_number)
                self.seen.append(Seen(file.file_id, file.source, held.path, "unchanged", 0, None))
                return
            self.changes.before(file.source.kind)
            if coming.is_small():
                coming.gather(self.at, self._number(held))
            if coming.gathered is None:
                self._land([coming])
            else:
                self._wait(coming)
        except (UserError, *CANNOT_READ) as error:
            self._fail(coming, error)
        finally:
            self.at.progress.finish()

    def _wait(self, coming: Coming) -> None:
        """Put a small file that was read aside: many are written at once."""
        self.waiting.append(coming)
        n_rows = sum(one.landed.rows_read for one in self.waiting)
        if len(self.waiting) >= MOST_WAITING or n_rows >= MOST_ROWS_WAITING:
            self._land_waiting()

    def _land_waiting(self) -> None:
        waiting, self.waiting = self.waiting, []
        if not waiting:
            return
        try:
            self._land(waiting)
        except (UserError, *CANNOT_READ) as error:
            if _is_ours(error):
                raise
            # One of them is to blame, and the others are not.
            for one in waiting:
                try:
                    self._land([one])
                except (UserError, *CANNOT_READ) as own:
                    self._fail(one, own)

    def _land(self, files: list[Coming]) -> None:
        """Bring files into the raw tables in one transaction, and note it."""
        with self._transaction():
            for one in files:
                one.number = one.number or self._number(one.held)
                if one.held is not None:
                    self.changes.replaced(one.number, one.held.rows_read)
            land_together(files, self.at)
            paths = [self._shown(one.file) for one in files]
            self._note(list(zip(files, paths, strict=True)))
        for one, path in zip(files, paths, strict=True):
            self._keep_state(one, one.number)
            self._tell_landed(one, path)

    def _tell_landed(self, one: Coming, path: str) -> None:
        landed, source = one.landed, one.file.source
        self.changes.changed(one.number, source.kind, landed.rows_read)
        self.warnings.extend(f"{path}: {note}" for note in landed.notes)
        if one.held is not None and landed.rows_read < one.held.rows_read:
            self.warnings.append(shrunk(one.held, landed.rows_read))
        said = " ".join(landed.notes) or None
        self.seen.append(Seen(one.file.file_id, source, path, "loaded", one.seconds(), said))

    def _is_same(self, held: Held, content: str, mapping: str) -> bool:
        return held.is_same(content, mapping) and held.file_id not in self.stale

    def _keep_state(self, coming: Coming, number: int) -> None:
        """Remember how a file stood whose content was read."""
        if coming.state is not None and not coming.is_still:
            self.states[number] = coming.state

    def _number(self, held: Held | None) -> int:
        """The file's number of old, or a new one."""
        if held is not None:
            return held.file_number
        if not self.numbers:
            # Some at once: many exports are thousands of small files.
            numbers = sqlfile.load("load/next_file_numbers.sql").fetch(self.at.con, how_many=64)
            self.numbers.extend(numbers["file_number"])
        return self.numbers.popleft()

    def _shown(self, file: ExportFile) -> str:
        """The file's path as it is kept: some systems put participants' ids into it."""
        return self.at.identities.shown_path(file.name, file.source.id)

    def _fail(self, coming: Coming, error: BaseException) -> None:
        if _is_ours(error):
            raise error
        file, path = coming.file, self._shown(coming.file)
        message = str(error) if isinstance(error, UserError) else broken(path, error)
        if message.startswith((file.path.name, file.name)):
            # Files of one name may lie in several folders; and a name may hold an id.
            is_long = message.startswith(file.name)
            message = path + message.removeprefix(file.name if is_long else file.path.name)
        self.failed.append(Failure(file.source.id, path, message))
        with self._transaction():
            if coming.held is not None:
                self._execute("mark_file_failed", file_id=file.file_id, message=message)
            else:
                coming.number = coming.number or self._number(None)
                self._note([(coming, path)], message)
        self.seen.append(Seen(file.file_id, file.source, path, "failed", coming.seconds(), message))

    def _note(self, files: list[tuple[Coming, str]], message: str | None = None) -> None:
        rows = [one.row(path, self.load_id, self.at.now, message) for one, path in files]
        frame = pl.DataFrame(rows, schema=FILES, orient="row")
        with registered(self.at.con, "incoming_files", frame):
            self._execute("insert_files")

    def _gone(self, held: dict[str, Held], present: dict[str, ExportFile]) -> None:
        """Files that were loaded before and are not among today's."""
        for one in held.values():
            if one.file_id in present:
                continue
            status, warning = removed_or_missing(self.at.study, one)
            self.warnings.append(warning)
            source = next((s for s in self.at.study.sources if s.id == one.source_id), None)
            if status == "removed":
                self.changes.before("answers")
                with self._transaction():
                    self._take_out(one)
            self.seen.append(
                Seen(one.file_id, source, one.path, status, 0, warning, source_id=one.source_id)
            )

    def _take_out(self, held: Held) -> None:
        self.changes.replaced(held.file_number, held.rows_read)
        for name in (*TABLES, "files"):
            self._execute(f"delete_file_{name}", file_number=held.file_number)
        # Of which kind the file was, the study file says no more.
        for kind in KINDS:
            self.changes.changed(held.file_number, kind, 0)

    def _settle(self, *, must_resolve: bool, changes: Changes | None) -> tuple[Receipt, ...]:
        self.at.progress.start("duplicates, unknown participants, receipts")
        self.changes.before("answers")
        try:
            with self._transaction():
                self._keep_maps()
                keep_states(self.at.con, self.states)
                receipts = settle(
                    self.at.con,
                    self.at.study,
                    tuple(self.seen),
                    load_id=self.load_id,
                    loaded_at=self.at.now,
                    must_resolve=must_resolve,
                    progress=self.at.progress,
                    changes=changes,
                )
                self._execute(
                    "end_load",
                    load_id=self.load_id,
                    finished_at=datetime.now(UTC).replace(tzinfo=None),
                )
                return receipts
        finally:
            self.at.progress.finish()

    def _keep_maps(self) -> None:
        """Note the id maps of today, once every file that they change was read anew."""
        anew = {one.file_id for one in self.seen if one.status in ("loaded", "removed")}
        left = [one for one in self.seen if one.file_id in self.stale - anew]
        if not left:
            keep_maps(self.at.con, self.at.identities)
        self.warnings.extend(
            f"The id map changed for {one.source_file}, which could not be read anew: its rows "
            "keep the ids of before."
            for one in left
        )

    def _execute(self, name: str, **params: object) -> None:
        sqlfile.load(f"load/{name}.sql").execute(self.at.con, **params)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.at.con.begin()
        try:
            yield
        except BaseException:
            self.at.con.rollback()
            raise
        self.at.con.commit()
