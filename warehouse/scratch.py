"""Room for what a build needs on the way and must not keep, and the rows of the build before.

What does not fit into memory goes to a folder beside the build's file, which goes when it closes.
"""

from pathlib import Path

import duckdb
import polars as pl

SCRATCH = "scratch"
KEPT = "kept"


def open_scratch(con: duckdb.DuckDBPyConnection) -> str:
    """Attach an empty database in memory, and return the name of the build's own."""
    own = str(con.sql("select current_database()").fetchall()[0][0])
    con.execute("attach ':memory:' as scratch")
    return own


def write_to(con: duckdb.DuckDBPyConnection, own: str, *, keep: bool) -> None:
    """Choose where new tables go: into the build's file, or into memory; both can be read."""
    quoted = _quoted(own)
    path = (quoted, SCRATCH) if keep else (SCRATCH, quoted)
    con.execute("set search_path = $path", {"path": ",".join(path)})


def attach_kept(con: duckdb.DuckDBPyConnection, build: Path) -> bool:
    """Attach a build read-only as `kept`; False where its file cannot be read."""
    # An ATTACH takes no parameters. A quote in the path is doubled, as SQL asks.
    quoted = str(build).replace("'", "''")
    try:
        con.execute(f"attach '{quoted}' as kept (read_only)")
    except duckdb.Error:
        return False
    return True


def detach_kept(con: duckdb.DuckDBPyConnection) -> None:
    """Let go of the build before."""
    con.execute("detach kept")


def attach_nothing_kept(
    con: duckdb.DuckDBPyConnection, own: str, tables: dict[str, pl.DataFrame]
) -> None:
    """Attach tables without rows as `kept`, for a build that takes nothing from another."""
    con.execute("attach ':memory:' as kept")
    con.execute("set search_path = $path", {"path": KEPT})
    for name, frame in tables.items():
        con.from_arrow(frame.to_arrow()).create(name)
    write_to(con, own, keep=True)


def drop(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Forget a table that is needed no more, for the room it takes."""
    con.execute(f"drop table {_quoted(name)}")


def close_scratch(con: duckdb.DuckDBPyConnection, own: str) -> None:
    """Forget scratch, the raw file and the build before, and bring the build's file up to date."""
    con.execute("set search_path = $path", {"path": _quoted(own)})
    for name in (SCRATCH, KEPT, "raw"):
        con.execute(f"detach {name}")
    con.execute("checkpoint")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
