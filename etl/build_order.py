"""In which order the marts are made: each query says in its header what it reads."""

from graphlib import CycleError, TopologicalSorter

from queries import sqlfile
from queries.sqlfile import HeaderError, Query

FOLDERS = ("staging", "intermediate", "marts")
AS_OF = "staging/stg_as_of.sql"


def build_order() -> tuple[Query, ...]:
    """The queries of staging, intermediate and marts, each after all that it reads.

    `stg_as_of` is not among them: the build asks it first, for `dim_build`.
    """
    paths = [path for folder in FOLDERS for path in sqlfile.all_paths(folder) if path != AS_OF]
    return order([sqlfile.load(path) for path in paths])


def order(queries: list[Query]) -> tuple[Query, ...]:
    """Sort queries by what they read; `dim_` and `raw.` tables are there before.

    Raises
    ------
    HeaderError
        If one reads a table that nobody makes, or if they wait for each other in a circle.
    """
    by_name = {query.name: query for query in queries}
    for query in queries:
        unknown = [name for name in query.reads if not _is_given(name) and name not in by_name]
        if unknown:
            raise HeaderError(f"{query.path} reads {', '.join(unknown)}, which no query makes.")
    needs = {
        query.name: sorted(name for name in query.reads if name in by_name)
        for query in sorted(queries, key=lambda query: query.path)
    }
    try:
        names = tuple(TopologicalSorter(needs).static_order())
    except CycleError as error:
        circle = " → ".join(error.args[1])
        raise HeaderError(f"Queries wait for each other: {circle}.") from error
    return tuple(by_name[name] for name in names)


def _is_given(name: str) -> bool:
    return name.startswith(("dim_", "raw."))
