"""Queries as files: what a header promises is checked on every call."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import polars as pl

ROOT = Path(__file__).parent
_FIELD = re.compile(r"^-- (Grain|Reads|Severity|Concerns): (.*)$", re.MULTILINE)
_PARAM = re.compile(r"^-- Param: +(\w+) +(\S+) +(.*)$", re.MULTILINE)
_COLUMN = re.compile(r"^-- Column: +(\w+) +(\S+) +(.*)$", re.MULTILINE)


class HeaderError(Exception):
    """A query and its header disagree: a defect of ours, never of the data."""


@dataclass(frozen=True)
class Field:
    """A parameter or column as the header states it."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True)
class Query:
    """One `.sql` file: its text and what its header says of it."""

    path: str
    name: str
    summary: str
    grain: str
    reads: tuple[str, ...]
    severity: str | None
    concerns: str | None
    params: tuple[Field, ...]
    columns: tuple[Field, ...]
    sql: str

    def fetch(self, con: duckdb.DuckDBPyConnection, **params: object) -> pl.DataFrame:
        """Run a select and return its rows, after comparing its columns with the header."""
        self._check_params(params)
        relation = con.sql(self.sql, params=params or None)
        self._check_columns(dict(zip(relation.columns, map(str, relation.types), strict=True)))
        frame: pl.DataFrame = relation.pl()
        return frame

    def create(self, con: duckdb.DuckDBPyConnection, **params: object) -> int:
        """Keep the select's rows as a table named like the file; return how many there are.

        The table is compared with the header once it is there: to ask before costs as much as the
        whole statement where rows are few.
        """
        self._check_params(params)
        con.execute(f'create table "{self.name}" as {self.sql}', params or None)
        [(n_rows,)] = con.fetchall()
        made = con.table(self.name)
        self._check_columns(dict(zip(made.columns, map(str, made.types), strict=True)))
        return int(n_rows)

    def count(self, con: duckdb.DuckDBPyConnection, **params: object) -> int:
        """Run a select of a few rows and return how many there are, after the same comparison."""
        self._check_params(params)
        con.execute(self.sql, params or None)
        self._check_columns({name: str(kind) for name, kind, *_ in con.description or ()})
        return len(con.fetchall())

    def execute(self, con: duckdb.DuckDBPyConnection, **params: object) -> None:
        """Run a statement that returns nothing (DDL, insert, update, delete)."""
        self._check_params(params)
        con.execute(self.sql, params or None)

    def _check_params(self, params: dict[str, object]) -> None:
        promised = {field.name for field in self.params}
        if promised != params.keys():
            raise HeaderError(
                f"{self.path} was called with parameters {sorted(params)}; "
                f"its header names {sorted(promised)}."
            )

    def _check_columns(self, returned: dict[str, str]) -> None:
        promised = {field.name: field.type for field in self.columns}
        if list(promised.items()) != list(returned.items()):
            raise HeaderError(
                f"{self.path} returns columns that its header does not promise.\n"
                f"  promised: {promised}\n"
                f"  returned: {returned}\n"
                "Correct the header or the query, then run: pytest tests/queries"
            )


@cache
def load(path: str) -> Query:
    """The query in `queries/<path>`, parsed once."""
    return parse(path, (ROOT / path).read_text(encoding="utf-8"))


def all_paths(folder: str = "") -> tuple[str, ...]:
    """Paths, relative to `queries/`, of every `.sql` file below a folder, in order."""
    files = sorted((ROOT / folder).rglob("*.sql"))
    return tuple(file.relative_to(ROOT).as_posix() for file in files)


def parse(path: str, text: str) -> Query:
    """Split a file into header and statement; raise `HeaderError` where the header is not one."""
    lines = text.splitlines()
    name = Path(path).stem
    if not lines or lines[0] != f"-- {name}":
        raise HeaderError(f"{path}: the first line must be '-- {name}'.")
    header = "\n".join(line for line in lines if line.startswith("--"))
    fields = {key: value.strip() for key, value in _FIELD.findall(header)}
    if "Grain" not in fields:
        raise HeaderError(f"{path}: the header has no 'Grain:' line.")
    return Query(
        path=path,
        name=name,
        summary=_summary(lines),
        grain=fields["Grain"],
        reads=tuple(part.strip() for part in fields.get("Reads", "").split(",") if part.strip()),
        severity=fields.get("Severity"),
        concerns=fields.get("Concerns"),
        params=tuple(Field(*match) for match in _PARAM.findall(header)),
        columns=tuple(Field(*match) for match in _COLUMN.findall(header)),
        sql="\n".join(line for line in lines if not line.startswith("--")).strip(),
    )


def _summary(lines: list[str]) -> str:
    words = []
    for line in lines[2:]:
        if not line.startswith("-- ") or line.startswith("-- Grain:"):
            break
        words.append(line.removeprefix("-- ").strip())
    return " ".join(words)
