"""From raw tables to a published build: new file, marts, checks, link."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from etl.build_order import build_order
from etl.build_tables import write_tables
from queries import sqlfile
from study.definition import Study
from study.errors import UserError
from warehouse.connect import open_new_mart
from warehouse.lock import build_lock
from warehouse.publish import build_id, current_mart, discard, new_build_path, prune, publish
from warehouse.scratch import close_scratch, open_scratch, write_to
from warehouse.workspace import Workspace

UNFINISHED = ".part"
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class BuildOutcome:
    """A published build: its id, file, seconds taken, rows by table, and what its checks noted."""

    build_id: str
    path: Path
    seconds: float
    rows: dict[str, int]
    warnings: tuple[str, ...]


def build(study: Study, workspace: Workspace, *, progress: Progress | None = None) -> BuildOutcome:
    """Make the marts of a study from what was loaded, check them, and serve them.

    The marts go into a new file; readers keep the build before until the new one is whole. A build
    that fails, or is killed, leaves that one as it was.

    Parameters
    ----------
    progress
        Called before each step with its number (from 1), the number of steps, and its name.

    Raises
    ------
    UserError
        If nothing was loaded yet, another build is at work, or a check fails.
    """
    if not workspace.raw_path.exists():
        raise UserError("Nothing was loaded yet, so there is nothing to build. Run: rapport load")
    started = time.monotonic()
    tell = _Steps(progress)
    with build_lock(workspace):
        remove_unfinished(workspace)
        final = new_build_path(workspace)
        draft = final.with_name(final.name + UNFINISHED)
        try:
            rows, warnings = _fill(study, workspace, draft, build_id(final), tell)
            tell("publish")
            draft.rename(final)
            publish(workspace, final)
        except BaseException:
            _discard(draft)
            if current_mart(workspace) != final.resolve():
                discard(final)
            raise
        prune(workspace)
    seconds = time.monotonic() - started
    return BuildOutcome(build_id(final), final, seconds, rows, warnings)


def remove_unfinished(workspace: Workspace) -> list[Path]:
    """Delete what killed builds left behind. Only for whoever holds the build lock."""
    drafts = sorted(workspace.builds.glob(f"*{UNFINISHED}"))
    for draft in drafts:
        _discard(draft)
    return drafts


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
        n_found = query.fetch(con).height
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


def _fill(
    study: Study, workspace: Workspace, draft: Path, name: str, tell: "_Steps"
) -> tuple[dict[str, int], tuple[str, ...]]:
    con = open_new_mart(draft, workspace.raw_path)
    try:
        draft.chmod(0o600)
        own = open_scratch(con)
        tell("study tables")
        write_to(con, own, keep=True)
        rows = write_tables(con, study, name)
        for query in build_order():
            tell(query.name)
            is_mart = query.path.startswith("marts/")
            write_to(con, own, keep=is_mart)
            n_rows = query.create(con)
            if is_mart:
                rows[query.name] = n_rows
        tell("checks")
        warnings = run_checks(con)
        close_scratch(con, own)
    finally:
        con.close()
    return rows, warnings


def _discard(draft: Path) -> None:
    discard(draft)
    shutil.rmtree(draft.with_name(draft.name + ".tmp"), ignore_errors=True)


class _Steps:
    """Counts the steps of a build and tells whoever wants to know."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._total = len(build_order()) + 3
        self._step = 0

    def __call__(self, name: str) -> None:
        self._step += 1
        if self._progress:
            self._progress(self._step, self._total, name)
