"""Files that a load is about to bring in: one of them, or many small ones at once."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from etl.damage import disk_state, refuse_changing
from etl.files import ExportFile, sha256
from etl.held import Held, emptied
from etl.landing import Circumstances, Gathered, Landed, Landing
from etl.lookups import LoadedLookup
from etl.states import FileState
from study.errors import UserError

SMALL_BYTES = 262_144
FILES: dict[str, type[pl.DataType] | pl.DataType] = {
    "file_id": pl.String,
    "file_number": pl.Int32,
    "source_id": pl.String,
    "path": pl.String,
    "sha256": pl.String,
    "mapping_hash": pl.String,
    "bytes": pl.Int64,
    "rows_read": pl.Int64,
    "load_id": pl.String,
    "loaded_at": pl.Datetime("us"),
    "status": pl.String,
    "message": pl.String,
}


@dataclass
class Coming:
    """A file, what is held of it, and how far it has come."""

    file: ExportFile
    lookups: tuple[LoadedLookup, ...]
    held: Held | None
    mapping: str
    began: float
    number: int = 0
    content: str = ""
    landed: Landed = field(default_factory=lambda: Landed(0))
    gathered: Gathered | None = None
    state: FileState | None = None
    is_still: bool = False
    _state: tuple[int, int, int] = (0, 0, 0)
    _ended: float = 0

    def look(self, stood: FileState | None) -> None:
        """Take the digest of its content: as it was where the file stands as it `stood`."""
        self._state = disk_state(self.file.path)
        self.state = FileState.of(self.file.path)
        self.is_still = stood is not None and stood.is_still(self.state)
        is_known = self.held is not None and self.is_still
        self.content = self.held.sha256 if self.held and is_known else sha256(self.file.path)

    def is_small(self) -> bool:
        """Whether it is a file of events that may be held as a whole."""
        return self.file.source.kind == "events" and self._state[1] <= SMALL_BYTES

    def gather(self, at: Circumstances, number: int) -> None:
        """Read it, and write nothing yet.

        Raises
        ------
        UserError
            If it cannot be read, changed meanwhile, or is empty now and was not.
        """
        self.number = number
        self.gathered = self._landing(at).gather()
        if self.gathered is not None:
            self._settle(self.gathered.landed)

    def land(self, at: Circumstances) -> None:
        """Replace its rows by what it holds, inside the caller's transaction.

        Raises
        ------
        UserError
            If it cannot be read, changed meanwhile, or is empty now and was not.
        """
        self._settle(self._landing(at).land())

    def forget(self, at: Circumstances) -> None:
        """Take out the rows of before."""
        self._landing(at).forget()

    def seconds(self) -> float:
        """How long reading it took."""
        return (self._ended or time.monotonic()) - self.began

    def row(
        self, path: str, load_id: str, loaded_at: datetime, message: str | None
    ) -> tuple[object, ...]:
        """Its row in `files`; with a message it failed, and nothing of it is held."""
        is_good = message is None
        return (
            self.file.file_id,
            self.number,
            self.file.source.id,
            path,
            self.content if is_good else "",
            self.mapping if is_good else "",
            self.file.path.stat().st_size if self.file.path.exists() else 0,
            self.landed.rows_read if is_good else 0,
            load_id,
            loaded_at,
            "loaded" if is_good else "failed",
            message,
        )

    def _settle(self, landed: Landed) -> None:
        refuse_changing(self.file, self._state)
        if landed.rows_read == 0 and self.held is not None and self.held.rows_read > 0:
            raise UserError(emptied(self.held))
        self.landed = landed
        self._ended = time.monotonic()

    def _landing(self, at: Circumstances) -> Landing:
        return Landing(at, self.file, self.lookups, self.number, is_held=self.held is not None)


def land_together(files: Sequence[Coming], at: Circumstances) -> None:
    """Write files of one source: those that were gathered at once, a large one by itself.

    Raises
    ------
    UserError
        If a file that was not gathered cannot be read.
    """
    parts = []
    judge = None
    for one in files:
        if one.gathered is None:
            one.land(at)
            continue
        one.forget(at)
        if one.gathered.part is not None:
            parts.append(one.gathered.part)
            judge = one.gathered.judge
    if judge is not None:
        judge.keep(parts)
