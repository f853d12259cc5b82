"""The only code that opens a DuckDB file."""

from pathlib import Path

import duckdb

from study.errors import UserError
from warehouse.workspace import Workspace


def open_raw(workspace: Workspace) -> duckdb.DuckDBPyConnection:
    """Open the loader's own file for writing; it is made where there is none.

    Raises
    ------
    UserError
        If another load holds the file.
    """
    workspace.root.mkdir(parents=True, exist_ok=True)
    return _open(workspace.raw_path, "Another 'rapport load' is at work here: let it finish.")


def open_new_mart(path: Path, raw_path: Path) -> duckdb.DuckDBPyConnection:
    """Open a new build for writing, with the raw file attached read-only as `raw`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    con = _open(path, "Another build writes this file: let it finish.")
    # An ATTACH takes no parameters. A quote in the path is doubled, as SQL asks.
    quoted = str(raw_path).replace("'", "''")
    con.execute(f"attach '{quoted}' as raw (read_only)")
    return con


def open_mart(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a published build for reading."""
    return _settle(duckdb.connect(str(path), read_only=True))


def in_memory() -> duckdb.DuckDBPyConnection:
    """An empty database without a file."""
    return _settle(duckdb.connect())


def _open(path: Path, busy: str) -> duckdb.DuckDBPyConnection:
    try:
        return _settle(duckdb.connect(str(path)))
    except duckdb.IOException as error:
        if "lock" in str(error):
            raise UserError(f"{path.name} is in use. {busy}") from error
        raise


def _settle(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    con.execute("set enable_progress_bar = false")
    con.execute("set timezone = 'UTC'")
    return con
