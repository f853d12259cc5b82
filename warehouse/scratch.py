"""Room for what a build needs on the way and must not keep: events, raw answers, free text."""

import duckdb

SCRATCH = "scratch"


def open_scratch(con: duckdb.DuckDBPyConnection) -> str:
    """Attach an empty database in memory, and return the name of the build's own."""
    own = str(con.sql("select current_database()").fetchall()[0][0])
    con.execute("attach ':memory:' as scratch")
    return own


def write_to(con: duckdb.DuckDBPyConnection, own: str, *, keep: bool) -> None:
    """Choose where new tables go: into the build's file, or into memory; both can be read."""
    quoted = '"' + own.replace('"', '""') + '"'
    path = (quoted, SCRATCH) if keep else (SCRATCH, quoted)
    con.execute("set search_path = $path", {"path": ",".join(path)})


def close_scratch(con: duckdb.DuckDBPyConnection, own: str) -> None:
    """Forget the scratch tables and the raw file, and bring the build's file up to date."""
    con.execute("set search_path = $path", {"path": '"' + own.replace('"', '""') + '"'})
    con.execute("detach scratch")
    con.execute("detach raw")
    con.execute("checkpoint")
