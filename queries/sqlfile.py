"""Queries as files: what a header promises is checked on every call."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import polars as pl

from queries.older_build import OlderBuildError, lacking
from study import tables

ROOT = Path(__file__).parent
_FIELD = re.compile(r"^-- (Grain|Reads|Like|Severity|Concerns): (.*)$", re.MULTILINE)
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
        self.check_params(params)
        try:
            relation = con.sql(self.sql, params=params or None)
            self.check_columns(dict(zip(relation.columns, map(str, relation.types), strict=True)))
        except (duckdb.CatalogException, duckdb.BinderException, HeaderError) as error:
            if older := self._lacking(con):
                raise OlderBuildError(older) from error
            raise
        frame: pl.DataFrame = relation.pl()
        return frame

    def create(self, con: duckdb.DuckDBPyConnection, **params: object) -> int:
        """Keep the select's rows as a table named like the file; return how many there are.

        The table is compared with the header once it is there: to ask before costs as much as the
        whole statement where rows are few.
        """
        self.check_params(params)
        con.execute(f'create table "{self.name}" as {self.sql}', params or None)
        [(n_rows,)] = con.fetchall()
        self._check_table(con)
        return int(n_rows)

    def create_from(self, con: duckdb.DuckDBPyConnection, rows: duckdb.DuckDBPyRelation) -> int:
        """Keep rows that this query gave elsewhere as `create` would; return how many there are."""
        rows.create(self.name)
        self._check_table(con)
        return int(con.table(self.name).count("*").fetchall()[0][0])

    def write_parquet(
        self, con: duckdb.DuckDBPyConnection, path: Path, note: str, **params: object
    ) -> None:
        """Write the select's rows to a Parquet file, with a note beside its schema.

        `note` is of our own making: letters, digits and what needs no quotes.
        """
        self.check_params(params)
        # A COPY takes its path and notes as constants. A quote in the path is doubled, as SQL asks.
        quoted = str(path).replace("'", "''")
        con.execute(
            f"copy ({self.sql}) to '{quoted}' "
            f"(format parquet, compression zstd, kv_metadata {{rapport: '{note}'}})",
            params or None,
        )

    def count(self, con: duckdb.DuckDBPyConnection, **params: object) -> int:
        """Run a select of a few rows and return how many there are, after the same comparison."""
        self.check_params(params)
        con.execute(self.sql, params or None)
        self.check_columns({name: str(kind) for name, kind, *_ in con.description or ()})
        return len(con.fetchall())

    def execute(self, con: duckdb.DuckDBPyConnection, **params: object) -> None:
        """Run a statement that returns nothing (DDL, insert, update, delete)."""
        self.check_params(params)
        con.execute(self.sql, params or None)

    def _lacking(self, con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
        """Tables that a read of a page or model names, and an older build does not have so."""
        if not self.path.startswith("reads/"):
            return ()
        return lacking(con, {name: columns_of(name) for name in self.reads})

    def check_params(self, params: dict[str, object]) -> None:
        """Raise `HeaderError` unless just the parameters of the header are given."""
        promised = {field.name for field in self.params}
        if promised != params.keys():
            raise HeaderError(
                f"{self.path} was called with parameters {sorted(params)}; "
                f"its header names {sorted(promised)}."
            )

    def _check_table(self, con: duckdb.DuckDBPyConnection) -> None:
        made = con.table(self.name)
        self.check_columns(dict(zip(made.columns, map(str, made.types), strict=True)))

    def check_columns(self, returned: dict[str, str]) -> None:
        """Raise `HeaderError` unless just the columns of the header are there, type for type.

        Parameters
        ----------
        returned
            Types by column, in the words of DuckDB.
        """
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


def columns_of(table: str) -> frozenset[str]:
    """Columns of a mart, or of what the study file says; none where no file promises any."""
    if (ROOT / f"marts/{table}.sql").exists():
        return frozenset(one.name for one in load(f"marts/{table}.sql").columns)
    return tables.columns_of(table)


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
    # Another way to the same rows promises what the first one does.
    like = load(fields["Like"]) if "Like" in fields else None
    return Query(
        path=path,
        name=name,
        summary=_summary(lines),
        grain=fields["Grain"],
        reads=tuple(part.strip() for part in fields.get("Reads", "").split(",") if part.strip()),
        severity=fields.get("Severity"),
        concerns=fields.get("Concerns"),
        params=like.params if like else tuple(Field(*one) for one in _PARAM.findall(header)),
        columns=like.columns if like else tuple(Field(*one) for one in _COLUMN.findall(header)),
        sql="\n".join(line for line in lines if not line.startswith("--")).strip(),
    )


def _summary(lines: list[str]) -> str:
    words = []
    for line in lines[2:]:
        if not line.startswith("-- ") or line.startswith("-- Grain:"):
            break
        words.append(line.removeprefix("-- ").strip())
    return " ".join(words)
