"""In which order the marts are made: each query says in its header what it reads."""

from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter

from queries import sqlfile
from queries.sqlfile import HeaderError, Query

FOLDERS = ("staging", "intermediate", "marts")
AS_OF = "staging/stg_as_of.sql"
LOADS = "staging/stg_loads.sql"
NAMES = "staging/stg_names_counted.sql"
SIZE = "staging/stg_anew_counted.sql"
ASIDE = (AS_OF, LOADS, NAMES, SIZE)
"""What the build asks for itself: for `dim_build`, `dim_basis`, and how many parts it takes."""
VIEWS = frozenset({"stg_events", "int_events_used"})
"""As many rows as there are events: read where they are, not kept once more."""
KEPT = "kept."


@dataclass(frozen=True)
class Plan:
    """The queries of a build in order: what is made of events goes by parts of the participants."""

    before: tuple[Query, ...]
    by_part: tuple[Query, ...]
    after: tuple[Query, ...]

    @property
    def lasting(self) -> frozenset[str]:
        """Tables that grow part by part; the others of `by_part` are only needed within one."""
        read = {name for query in self.after for name in query.reads}
        return frozenset(query.name for query in self.by_part if query.name in read)

    @property
    def kept(self) -> tuple[str, ...]:
        """Marts whose rows of the build before are read, where they still hold."""
        queries = (*self.before, *self.by_part, *self.after)
        names = {name for query in queries for name in query.reads if name.startswith(KEPT)}
        return tuple(sorted(name.removeprefix(KEPT) for name in names))

    def __len__(self) -> int:
        return len(self.before) + len(self.by_part) + len(self.after)


@cache
def build_order() -> tuple[Query, ...]:
    """The queries of staging, intermediate and marts, each after all that it reads.

    Those that the build asks for itself (`ASIDE`) are not among them.
    """
    paths = [path for folder in FOLDERS for path in sqlfile.all_paths(folder)]
    return order([sqlfile.load(path) for path in paths if path not in ASIDE])


@cache
def build_plan() -> Plan:
    """The build's queries, in three parts.

    Those with a parameter are asked once for each part of the participants, and so are the
    intermediate ones that read such a table; what reads the marts comes after all parts.
    """
    by_part: set[str] = set()
    waiting: set[str] = set()
    queries = build_order()
    for query in queries:
        if query.params or (by_part & set(query.reads) and query.path.startswith(FOLDERS[1])):
            by_part.add(query.name)
        elif (by_part | waiting) & set(query.reads):
            waiting.add(query.name)
    return Plan(
        before=tuple(query for query in queries if query.name not in by_part | waiting),
        by_part=tuple(query for query in queries if query.name in by_part),
        after=tuple(query for query in queries if query.name in waiting),
    )


@cache
def made_of_marts() -> tuple[Query, ...]:
    """The queries that read marts, study tables and each other, in order.

    Whoever has the other marts can make these without raw tables.
    """
    found: dict[str, Query] = {}
    for query in build_order():
        given = ("dim_", "fct_", "model_", *found)
        if not query.params and query.reads and all(one.startswith(given) for one in query.reads):
            found[query.name] = query
    return tuple(found.values())


def order(queries: list[Query]) -> tuple[Query, ...]:
    """Sort queries by what they read; `dim_`, `raw.` and `kept.` tables are there before.

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
    return name.startswith(("dim_", "raw.", KEPT))
