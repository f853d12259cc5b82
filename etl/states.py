"""How export files stand on the disk: one that stands as it did need not be read to know it."""

import time
from dataclasses import asdict, astuple, dataclass
from pathlib import Path

import duckdb
import polars as pl

from etl.refusals import registered
from queries import sqlfile

SETTLED_NS = 2_000_000_000
"""A file that was written to less than two seconds before it was read may be written to again in
the same tick of a file system's clock: only older ones are taken to be what they look like."""
_COLUMNS: dict[str, type[pl.DataType]] = {
    "file_number": pl.Int32,
    "bytes": pl.Int64,
    "written_ns": pl.Int64,
    "changed_ns": pl.Int64,
    "inode": pl.UInt64,
    "noted_ns": pl.Int64,
}


@dataclass(frozen=True)
class FileState:
    """Size, times and place of a file, and when they were seen; nanoseconds since 1970.

    `changed_ns` moves with every write and with every change of the other time, which programs may
    set as they like; this one they may not.
    """

    bytes: int
    written_ns: int
    changed_ns: int
    inode: int
    noted_ns: int

    @classmethod
    def of(cls, path: Path) -> "FileState":
        """How a file stands now."""
        noted = time.time_ns()
        state = path.stat()
        return cls(state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino, noted)

    def is_still(self, now: "FileState") -> bool:
        """Whether a file that stood like this, and stands like `now`, has the same content."""
        is_settled = self.noted_ns - max(self.written_ns, self.changed_ns) >= SETTLED_NS
        return is_settled and astuple(self)[:-1] == astuple(now)[:-1]


def held_states(con: duckdb.DuckDBPyConnection) -> dict[int, FileState]:
    """How files stood when their content was last read, by their numbers."""
    rows = sqlfile.load("load/held_states.sql").fetch(con).iter_rows(named=True)
    return {row.pop("file_number"): FileState(**row) for row in rows}


def keep_states(con: duckdb.DuckDBPyConnection, states: dict[int, FileState]) -> None:
    """Note how files stood when they were read; of files that are held no more, nothing."""
    rows = [{"file_number": number} | asdict(state) for number, state in states.items()]
    with registered(con, "incoming_states", pl.DataFrame(rows, schema=_COLUMNS)):
        sqlfile.load("load/insert_file_states.sql").execute(con)
    sqlfile.load("load/delete_old_states.sql").execute(con)
