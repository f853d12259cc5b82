"""Leaving no trace of what was deleted: a fresh file without freed blocks, and no build but one."""

import os
from contextlib import closing, suppress
from pathlib import Path

import duckdb

from warehouse.connect import open_raw
from warehouse.full_disk import told_when_full
from warehouse.publish import PREFIX, discard
from warehouse.workspace import Workspace

COPY_NAME = "raw.duckdb.renewed"


def renew_raw(workspace: Workspace) -> None:
    """Write the loader's file anew and put it in the place of the old one, in one step.

    A DuckDB file keeps the bytes of deleted rows in its freed blocks; the new one holds only what
    can be read. The old one stays locked until it is out of the way, so that no load is lost.

    Raises
    ------
    UserError
        If a load holds the file, or the disk has no room for a second one.
    """
    copy = workspace.root / COPY_NAME
    left = "The old file stands as it was; the next command tries again."
    with closing(open_raw(workspace)) as con, told_when_full(workspace.root, left):
        discard(copy)
        try:
            _copy(con, copy)
            _put_in_place(copy, workspace.raw_path)
        except BaseException:
            discard(copy)
            raise


def _copy(con: duckdb.DuckDBPyConnection, copy: Path) -> None:
    con.execute("checkpoint")
    own = str(con.sql("select current_database()").fetchall()[0][0]).replace('"', '""')
    # Neither ATTACH nor COPY takes parameters. Quotes are doubled, as SQL asks.
    con.execute(f"attach '{_quoted(copy)}' as renewed")
    with suppress(OSError):  # A file system without permissions.
        copy.chmod(0o600)
    con.execute(f'copy from database "{own}" to renewed')
    con.execute("checkpoint renewed")
    con.execute("detach renewed")


def _put_in_place(copy: Path, path: Path) -> None:
    with copy.open("rb") as file:
        os.fsync(file.fileno())
    copy.replace(path)


def remove_builds_but(workspace: Workspace, build: Path) -> list[Path]:
    """Delete every build but one, however young: what they hold may be in none."""
    old = [
        path
        for path in sorted(workspace.builds.glob(f"{PREFIX}*.duckdb"))
        if path.resolve() != build.resolve()
    ]
    for path in old:
        discard(path)
    return old


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
