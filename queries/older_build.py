"""Telling a build of an older version, which lacks what a read asks for, from a mistake of ours."""

from collections.abc import Iterable, Mapping

import duckdb

from study.errors import UserError


class OlderBuildError(UserError):
    """The build was made before there was what is asked of it; the next load makes it."""

    def __init__(self, tables: Iterable[str]) -> None:
        """Name the tables that are missing, or lack columns."""
        super().__init__(
            "The build that is shown was made by an older version of Rapport, without what this "
            f"needs ({', '.join(tables)}). Run: rapport load"
        )


def lacking(
    con: duckdb.DuckDBPyConnection, promised: Mapping[str, frozenset[str]]
) -> tuple[str, ...]:
    """Tables that a build does not have, or not with all columns that are promised of them."""
    return tuple(name for name, columns in promised.items() if _lacks(con, name, columns))


def _lacks(con: duckdb.DuckDBPyConnection, table: str, columns: frozenset[str]) -> bool:
    try:
        return not columns <= frozenset(con.table(table).columns)
    except duckdb.CatalogException:
        return True
