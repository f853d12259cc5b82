"""The steps that fill a new build's file: study tables, queries in their order, checks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from etl.build_basis import digest_of, find_basis
from etl.build_order import AS_OF, NAMES, SIZE, VIEWS, build_plan
from etl.build_tables import build_table, tables_of, write_tables
from etl.engines.engine import Draft, Engine, EngineChoice
from queries import sqlfile
from queries.sqlfile import Query
from study.blinding_tables import blinding_tables
from study.definition import Study
from study.errors import UserError
from warehouse.connect import open_new_mart
from warehouse.scratch import close_scratch, open_scratch, write_to
from warehouse.workspace import Workspace

EVENTS_AT_ONCE = 20_000_000
"""With more events than these, participants are taken in parts: memory does not grow with them."""
Progress = Callable[[int, int, str], None]


class Steps:
    """Counts the steps of a build and tells whoever wants to know."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._total = len(build_plan()) + 3
        self._step = 0

    def from_start(self) -> "Steps":
        """The same steps, from the first."""
        return Steps(self._progress)

    def __call__(self, name: str, *, again: bool = False) -> None:
        """Tell the next step; `again` for one more part of the work of a step told before."""
        self._step += 0 if again else 1
        if self._progress:
            self._progress(self._step, self._total, name)


@dataclass
class Filling:
    """One attempt at filling a new file, and what came of it."""

    study: Study
    workspace: Workspace
    draft: Path
    build_id: str
    tell: Steps
    engine: EngineChoice
    is_full: bool
    rows: dict[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    n_recomputed: int = 0

    def fill(self, previous: Path | None) -> None:
        """Make every table and check them.

        Parameters
        ----------
        previous
            The build whose rows are taken where they still hold; None for a full build.

        Raises
        ------
        UserError
            If a check fails.
        """
        con = open_new_mart(self.draft, self.workspace.raw_path)
        try:
            self.draft.chmod(0o600)
            own = open_scratch(con)
            self._begin(con, own, previous)
            with self.engine.open(Draft(con, own, self.draft)) as engine:
                self._write_tables(con, own, engine)
                self._make_all(engine)
            self.tell("checks")
            self.warnings = run_checks(con)
            close_scratch(con, own)
        finally:
            con.close()

    def _begin(self, con: duckdb.DuckDBPyConnection, own: str, previous: Path | None) -> None:
        """Write what the study file alone gives, and what the build is made from."""
        self.tell("study tables")
        write_to(con, own, keep=True)
        tables, aside = tables_of(self.study), blinding_tables(self.study)
        digest = digest_of(self.study, tables | aside, self.engine.own_lake)
        basis = find_basis(con, own, digest, previous)
        self.is_full = basis.is_full
        self.rows |= write_tables(con, tables | {"dim_basis": basis.table()})
        # What is masked must not stand in the file that masked viewers read.
        write_to(con, own, keep=False)
        write_tables(con, aside)

    def _write_tables(self, con: duckdb.DuckDBPyConnection, own: str, engine: Engine) -> None:
        """Write how far the data reach, which only the engine can tell."""
        seen = engine.fetch(sqlfile.load(AS_OF))
        write_to(con, own, keep=True)
        build = build_table(seen, self.study, self.build_id)
        self.rows |= write_tables(con, {"dim_build": build})

    def _make_all(self, engine: Engine) -> None:
        plan = build_plan()
        for query in plan.before:
            self._make(engine, query)
        self.n_recomputed = engine.count("int_restarts")
        self._make_by_part(engine)
        for query in plan.after:
            self._make(engine, query)

    def _make(self, engine: Engine, query: Query) -> None:
        self.tell(query.name)
        is_mart = query.path.startswith("marts/")
        n_rows = engine.make(query, keep=is_mart)
        if is_mart:
            self.rows[query.name] = n_rows or 0

    def _make_by_part(self, engine: Engine) -> None:
        """Make what is made of events, for one part of the participants after the other."""
        plan, n_parts = build_plan(), _n_parts(engine)
        for part in range(n_parts):
            for query in plan.by_part:
                self.tell(self._told(query, part, n_parts), again=part > 0)
                params = {"part": part, "n_parts": n_parts} if query.params else {}
                if part and query.name in plan.lasting:
                    engine.add(query, **params)
                else:
                    engine.make(query, keep=False, **params)
            for query in plan.by_part:
                if query.name not in plan.lasting | VIEWS:
                    engine.forget(query.name)

    def _told(self, query: Query, part: int, n_parts: int) -> str:
        if part:
            return f"{query.name}, part {part + 1} of {n_parts}"
        is_first = query is build_plan().by_part[0]
        return f"{query.name} ({self.n_recomputed:,} participants)" if is_first else query.name


def run_checks(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """Run `queries/checks/`; returns what those of severity `warn` found, as sentences.

    Raises
    ------
    UserError
        If a check of severity `fail` finds anything: named with its count, never with values.
    """
    failed: list[str] = []
    noted: list[str] = []
    for path in sqlfile.all_paths("checks"):
        query = sqlfile.load(path)
        n_found = query.count(con)
        if n_found:
            line = f"{query.name} ({n_found}): {query.summary}"
            (noted if query.severity == "warn" else failed).append(line)
    if failed:
        raise UserError(
            "The build was not published: checks of the marts failed.\n  "
            + "\n  ".join(failed)
            + "\nThe pages keep showing the build before. This is a fault of Rapport or of the raw "
            "tables, not of a row: load again with 'rapport load', and report it if it stays."
        )
    return tuple(noted)


def _n_parts(engine: Engine) -> int:
    """Into how many parts the participants whose events are counted anew are divided."""
    if not engine.has_parts:
        return 1
    n_events = int(engine.fetch(sqlfile.load(NAMES)).item())
    if n_events > EVENTS_AT_ONCE:
        n_events = int(engine.fetch(sqlfile.load(SIZE)).item())
    return -(-max(n_events, 1) // EVENTS_AT_ONCE)
