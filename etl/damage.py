"""Files that cannot be read as they should be, and how to say so without a word of theirs."""

import gzip
import zlib
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa

from etl.files import ExportFile
from study.errors import UserError

CANNOT_READ = (
    OSError,
    EOFError,
    RecursionError,
    zlib.error,
    UnicodeError,
    pa.ArrowException,
    pl.exceptions.PolarsError,
    duckdb.Error,
)
"""What a damaged file can raise; a `UserError` already says it in words."""


def broken(name: str, error: BaseException) -> str:
    """What to say of a file that raised one of `CANNOT_READ`."""
    # The error's own words may quote what stands in the file.
    why = {
        EOFError: "it ends in the middle of its compressed data",
        zlib.error: "its compressed data are damaged",
        gzip.BadGzipFile: "its compressed data are damaged",
        PermissionError: "you may not read it (its permissions forbid it)",
        FileNotFoundError: "it is gone, and was there when the load began",
        OSError: "the system could not read it",
    }
    if isinstance(error, OSError) and error.errno is None:
        # Not the system's: what takes Parquet apart raises it where the content makes no sense.
        why[OSError] = "its content is damaged"
    said = next((words for kind, words in why.items() if isinstance(error, kind)), None)
    reason = said or f"its content could not be taken apart ({type(error).__name__})"
    return (
        f"{name}: {reason}. Nothing of it was loaded; what an earlier version of it brought "
        "stays. Export it again, then run: rapport load"
    )


def disk_state(path: Path) -> tuple[int, int, int]:
    """What tells that a file was written to: its place on the disk, its size and its last write."""
    state = path.stat()
    return state.st_ino, state.st_size, state.st_mtime_ns


def refuse_changing(file: ExportFile, before: tuple[int, int, int]) -> None:
    """Refuse a file that is not as it was before it was read.

    Raises
    ------
    UserError
        If it was written to meanwhile.
    """
    if not file.path.exists() or disk_state(file.path) != before:
        raise UserError(
            f"{file.name} changed while it was read: an export is still being written. Nothing of "
            "it was loaded; what an earlier version of it brought stays. Wait until it is "
            "complete, then run: rapport load"
        )
