"""Analyses that are computed beside a serving dashboard, in a process of their own.

The process is `rapport fit --only ...`, with everything that it does in a terminal: what is
unchanged is kept by the hash of its inputs, each answer is written whole, and
`warehouse.background` tells how far it is.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from etl.analyses.names import NAMES
from etl.edition_names import made_editions
from models.analyses import FOLDER
from models.spec import code_version
from study.blinding import needs_masking
from study.definition import Study
from warehouse.background import BEGUN_BY, announce, at_work, look
from warehouse.publish import build_id, current_mart
from warehouse.workspace import Workspace

_ENTRY = Path(__file__).parents[2] / "app.py"
_LOG = "computing.log"
_GENTLY = 10
_ENDS_WITHIN_S = 10.0


def basis(study: Study, workspace: Workspace) -> str:
    """Of which builds and code answers are that are computed now."""
    builds = (current_mart(place) for place in places(study, workspace))
    return " ".join([code_version(), *(build_id(one) for one in builds if one is not None)])


def due(study: Study, workspace: Workspace) -> tuple[str, ...]:
    """Analyses that were not computed, or not on the builds that are served now.

    Cheap to ask: whether an answer's inputs did change is found out by computing, which keeps it
    where they did not.
    """
    if current_mart(workspace) is None:
        return ()
    last = look(workspace)
    is_current = (
        last is not None
        and last.state == "done"
        and set(last.names) == set(NAMES)
        and last.basis == basis(study, workspace)
    )
    missing = tuple(
        name
        for name in NAMES
        if any(
            not (place.results / FOLDER / f"{name}.json").exists()
            for place in places(study, workspace)
        )
    )
    return missing if is_current else NAMES


def places(study: Study, workspace: Workspace) -> list[Workspace]:
    """The workspace, and those of its editions that hold a build."""
    made = made_editions(workspace) if needs_masking(study) else ()
    editions = [workspace.edition(name) for name in made]
    return [workspace, *(one for one in editions if current_mart(one) is not None)]


@contextmanager
def computing(
    study: Study, workspace: Workspace, only: Collection[str] | None, on_wait: Callable[[], None]
) -> Iterator[Callable[[int, int, str], None]]:
    """Be the one who computes, once nobody else does; gives what tells how far that is.

    What it gives is called as `etl.analyses.run.analyse` does, one edition after another.
    """
    names = tuple(NAMES if only is None else only)
    n_places = len(places(study, workspace))
    done_before, last = 0, 0
    work = at_work(
        workspace,
        names,
        basis=basis(study, workspace),
        of=len(names) * n_places,
        on_wait=on_wait,
    )
    with work as tell:

        def told(done: int, total: int, label: str) -> None:
            nonlocal done_before, last
            if done < last:
                done_before += total
            last = done
            tell(done_before + done, label)

        yield told


@contextmanager
def computing_meanwhile(study: Study, workspace: Workspace, file: Path) -> Iterator[None]:
    """Compute what is due while the body runs; what is not finished then is left uncomputed.

    Where the workspace cannot be written, nothing is computed.

    Parameters
    ----------
    file
        The study's file, or the folder that it is in, for the other process to read.
    """
    names = due(study, workspace) if os.access(workspace.root, os.W_OK) else ()
    if not names:
        yield
        return
    owner = os.getpid()
    child = _begin(file, workspace, names, len(names) * len(places(study, workspace)))
    try:
        yield
    finally:
        # A worker process that was forked meanwhile comes by here too: the child is not its own.
        if os.getpid() == owner:
            _end(child)


def _begin(
    file: Path, workspace: Workspace, names: Sequence[str], n_answers: int
) -> "subprocess.Popen[bytes]":
    asked = [part for name in names for part in ("--only", name)]
    place = ("--workspace", str(workspace.root.resolve()))
    command = [sys.executable, str(_ENTRY), "fit", str(file.resolve()), *place, *asked]
    with (workspace.root / _LOG).open("wb") as log:
        child = subprocess.Popen(
            command,
            env={**os.environ, BEGUN_BY: str(os.getpid())},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    announce(workspace, child.pid, names, of=n_answers)
    # Pages come first; where the system does not allow it, or it is over already, so be it.
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, child.pid, _GENTLY)
    return child


def _end(child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    try:
        child.wait(_ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
