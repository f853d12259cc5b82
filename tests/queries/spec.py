"""Rows in, rows out: text tables for the tests of queries.

A text table has a line of column names and a line a row, cells apart by `|`; an empty cell is NULL.
"""

from datetime import date, timedelta
from pathlib import Path

import duckdb

from etl.build_basis import Basis, empty_kept
from etl.build_order import build_order
from warehouse.connect import in_memory

TABLES = (Path(__file__).parent / "tables.sql").read_text(encoding="utf-8")
Cells = list[tuple[str | None, ...]]


def empty_build(as_of: str = "2025-03-31") -> duckdb.DuckDBPyConnection:
    """Raw and study tables without rows, but for a study of three weeks with weeks from day 0."""
    con = in_memory()
    con.execute(TABLES)
    for name, frame in empty_kept().items():
        con.from_arrow(frame.to_arrow()).create(f"kept.{name}")
    con.from_arrow(Basis("", None, None, 0).table().to_arrow()).create("dim_basis")
    reach(con, as_of)
    return con


def reach(
    con: duckdb.DuckDBPyConnection, as_of: str, *, surveys: str | None = None, lock: bool = False
) -> None:
    """Let the data reach to a day: seen in part, so whole days end the day before, unless locked."""
    day = date.fromisoformat(as_of)
    before = day if lock else day - timedelta(days=1)
    until = date.fromisoformat(surveys) if surveys else before
    con.execute("delete from dim_build")
    con.execute(
        "insert into dim_build values ('b', '2025-01-01', 'h', 'v', ?, ?, ?, ?, ?)",
        [day, day, before, until, lock],
    )


def set_study(con: duckdb.DuckDBPyConnection, **values: object) -> None:
    """Change settings of the study."""
    for name, value in values.items():
        con.execute(f"update dim_study set {name} = ?", [value])


def parse(text: str) -> tuple[list[str], Cells]:
    """Column names and rows of a text table."""
    lines = [line for line in text.splitlines() if line.strip()]
    table = [tuple(cell.strip() or None for cell in line.split("|")) for line in lines]
    names = [str(name) for name in table[0]]
    assert {len(row) for row in table} == {len(names)}, "a row has too few or too many cells"
    return names, table[1:]


def insert(con: duckdb.DuckDBPyConnection, table: str, text: str) -> None:
    """Add a text table's rows; columns that it leaves out take the table's defaults."""
    names, rows = parse(text)
    marks = ", ".join("?" for _ in names)
    con.executemany(f"insert into {table} ({', '.join(names)}) values ({marks})", rows)


def make(con: duckdb.DuckDBPyConnection, *names: str) -> None:
    """Create tables by name, after all that they read; local dates default to the date in UTC."""
    con.execute("update raw.events set local_date = occurred_at::date where local_date is null")
    con.execute("update raw.answers set local_date = answered_at::date where local_date is null")
    made = "select table_name from duckdb_tables() where schema_name = 'main'"
    there = {row[0] for row in con.sql(made).fetchall()}
    needed = set(names)
    queries = build_order()
    for query in reversed(queries):
        if query.name in needed:
            needed |= set(query.reads)
    for query in queries:
        if query.name in needed - there:
            query.create(con, **{"part": 0, "n_parts": 1} if query.params else {})


def expect(con: duckdb.DuckDBPyConnection, table: str, text: str, where: str = "true") -> None:
    """Compare a table's rows, in any order, with a text table of some of its columns."""
    make(con, table)
    names, rows = parse(text)
    relation = con.sql(f"select {', '.join(names)} from {table} where {where}")
    types = ", ".join(f"cast(? as {kind})" for kind in relation.types)
    expected = [con.execute(f"select {types}", row).fetchall()[0] for row in rows]
    assert _rounded(relation.fetchall()) == _rounded(expected)


def _rounded(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Rows in a fixed order, with floating-point noise removed."""
    even = [tuple(round(x, 6) if isinstance(x, float) else x for x in row) for row in rows]
    return sorted(even, key=lambda row: tuple((x is not None, str(x)) for x in row))
