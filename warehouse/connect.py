"""The only code that opens a DuckDB file."""

import os
from contextlib import suppress
from pathlib import Path

import duckdb

from study.errors import UserError
from warehouse.workspace import Workspace

MEMORY_LIMIT = "RAPPORT_MEMORY_LIMIT"
"""Environment variable: how much memory a load or build may take, such as `8GB`; without it, four
fifths of what there is. What needs more goes to a folder beside the file that is written.
"""


def open_raw(workspace: Workspace) -> duckdb.DuckDBPyConnection:
    """Open the loader's own file for writing; it is made where there is none, for its owner alone.

    Raises
    ------
    UserError
        If another load holds the file, the workspace cannot be written, a newer DuckDB wrote the
        file, or RAPPORT_MEMORY_LIMIT is no amount of memory.
    """
    workspace.require_writable()
    con = _open(workspace.raw_path, "Another 'rapport load' is at work here: let it finish.")
    with suppress(OSError):  # Somebody else's file, or a file system without permissions.
        workspace.raw_path.chmod(0o600)
    return con


def open_new_mart(path: Path, raw_path: Path) -> duckdb.DuckDBPyConnection:
    """Open a new build for writing, with the raw file attached read-only as `raw`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    con = _open(path, "Another build writes this file: let it finish.")
    # An ATTACH takes no parameters. A quote in the path is doubled, as SQL asks.
    quoted = str(raw_path).replace("'", "''")
    con.execute(f"attach '{quoted}' as raw (read_only)")
    return con


def open_mart(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a published build for reading.

    Raises
    ------
    UserError
        If a newer DuckDB wrote it.
    """
    return _settle(_connect(path, read_only=True))


def open_raw_to_read(raw_path: Path) -> duckdb.DuckDBPyConnection:
    """An empty database in memory with the loader's file attached read-only as `raw`."""
    con = in_memory()
    quoted = str(raw_path).replace("'", "''")
    con.execute(f"attach '{quoted}' as raw (read_only)")
    return con


def in_memory() -> duckdb.DuckDBPyConnection:
    """An empty database without a file."""
    return _settle(duckdb.connect())


def open_aside(path: Path) -> duckdb.DuckDBPyConnection:
    """A database for one calculation, in a folder of the caller's that goes with it.

    Raises
    ------
    UserError
        If RAPPORT_MEMORY_LIMIT is no amount of memory.
    """
    return _limit(_settle(_connect(path)))


def _open(path: Path, busy: str) -> duckdb.DuckDBPyConnection:
    try:
        return _limit(_settle(_connect(path)))
    except duckdb.IOException as error:
        if "Could not set lock" in str(error):
            raise UserError(f"{path.name} is in use. {busy}") from error
        raise


def _connect(path: Path, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path), read_only=read_only)
    except duckdb.IOException as error:
        if "newer version of DuckDB" in str(error):
            raise UserError(
                f"{path.name} was written by a DuckDB newer than the {duckdb.__version__} that is "
                "installed here. Update it: python -m pip install --upgrade 'duckdb<3'"
            ) from error
        raise


def _settle(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    con.execute("set enable_progress_bar = false")
    con.execute("set timezone = 'UTC'")
    return con


def _limit(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    limit = os.environ.get(MEMORY_LIMIT, "").strip()
    if limit:
        try:
            con.execute("set memory_limit = $limit", {"limit": limit})
        except duckdb.Error as error:
            con.close()
            raise UserError(
                f"{MEMORY_LIMIT} is '{limit}', which is no amount of memory. Write 8GB or 500MB."
            ) from error
    return con
