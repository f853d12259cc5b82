"""From raw tables to a published build: new file, marts, checks, link."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from etl.build_steps import Filling, Progress, Steps
from etl.engines.duckdb import DUCKDB
from etl.engines.engine import EngineChoice
from etl.own_lake import require_read
from study.command_line.interrupted import was_interrupted
from study.definition import Study
from study.errors import UserError
from warehouse.damaged import told_when_damaged
from warehouse.full_disk import is_full_disk, told_when_full
from warehouse.lock import build_lock
from warehouse.publish import build_id, current_mart, discard, new_build_path, prune, publish
from warehouse.workspace import Workspace

UNFINISHED = ".part"


@dataclass(frozen=True)
class BuildOutcome:
    """A published build: its id, file, seconds taken, rows by table, and what its checks noted.

    `n_recomputed` participants had their events counted anew, from where they may have changed;
    `is_full` says that nothing was taken from the build before.
    """

    build_id: str
    path: Path
    seconds: float
    rows: dict[str, int]
    warnings: tuple[str, ...]
    n_recomputed: int
    is_full: bool


def build(
    study: Study,
    workspace: Workspace,
    *,
    progress: Progress | None = None,
    full: bool = False,
    inspect: Callable[[Path], None] | None = None,
    engine: EngineChoice = DUCKDB,
) -> BuildOutcome:
    """Make the marts of a study from what was loaded, check them, and serve them.

    The marts go into a new file; readers keep the build before until the new one is whole. A build
    that fails, or is killed, leaves that one as it was. What is made of events is taken from the
    build before where nothing can have changed (`etl.build_basis`); the marts are the same as those
    of a full build.

    Parameters
    ----------
    progress
        Called before each step with its number (from 1), the number of steps, and its name.
    full
        Take nothing from the build before.
    inspect
        Called with the finished file before anybody can read it; what it raises stops the build.
    engine
        What computes the marts (`etl.engines`): they are the same, whichever does.

    Raises
    ------
    UserError
        If nothing was loaded yet, another build is at work, a check fails, or the disk is full; if
        events lie in a lake of the team's own that the engine does not read.
    """
    require_read(workspace, engine.own_lake)
    if not workspace.raw_path.exists():
        raise UserError("Nothing was loaded yet, so there is nothing to build. Run: rapport load")
    started = time.monotonic()
    left = "The pages keep showing the build before."
    with (
        build_lock(workspace),
        told_when_full(workspace.builds, left),
        told_when_damaged(workspace),
    ):
        remove_unfinished(workspace)
        final = new_build_path(workspace)
        draft = final.with_name(final.name + UNFINISHED)
        try:
            filling = Filling(
                study, workspace, draft, build_id(final), Steps(progress), engine, is_full=True
            )
            made = _fill(filling, full=full)
            if inspect is not None:
                inspect(draft)
            made.tell("publish")
            draft.rename(final)
            publish(workspace, final)
        except BaseException:
            _discard(draft)
            if current_mart(workspace) != final.resolve():
                discard(final)
            raise
        prune(workspace)
    return BuildOutcome(
        build_id=build_id(final),
        path=final,
        seconds=time.monotonic() - started,
        rows=made.rows,
        warnings=made.warnings,
        n_recomputed=made.n_recomputed,
        is_full=made.is_full,
    )


def remove_unfinished(workspace: Workspace) -> list[Path]:
    """Delete what killed builds left behind. Only for whoever holds the build lock."""
    drafts = sorted(workspace.builds.glob(f"*{UNFINISHED}"))
    for draft in drafts:
        _discard(draft)
    return drafts


def _fill(filling: Filling, *, full: bool) -> Filling:
    """Fill the new file from the build before; in full if that turns out not to do after all."""
    takes_over = filling.engine.takes_over and not full
    previous = current_mart(filling.workspace) if takes_over else None
    again = replace(filling, tell=filling.tell.from_start(), rows={})
    try:
        filling.fill(previous)
    except (duckdb.Error, UserError) as error:
        if filling.is_full or is_full_disk(error) or was_interrupted(error):
            raise
        _discard(filling.draft)
        again.fill(None)
        return again
    return filling


def _discard(draft: Path) -> None:
    discard(draft)
    shutil.rmtree(draft.with_name(draft.name + ".tmp"), ignore_errors=True)
