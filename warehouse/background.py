"""What a workspace says of the work that computes its analyses: who is at it, and how far it is.

One process at a time is at it, whoever began it: `rapport load` and `rapport fit` in a terminal, or
the process that a serving dashboard has beside it. It writes how far it is beside the results, and
holds a lock that the system lets go of when it dies: what a process that is gone has written is
told from what one at work writes.
"""

import fcntl
import json
import os
import secrets
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Literal

from warehouse.workspace import Workspace

BEGUN_BY = "RAPPORT_COMPUTES_FOR"
"""Environment variable of a process that computes for a dashboard, which may therefore end it: the
number of the dashboard's own process."""
_FILE = "computing.json"
_LOCK = ".computing.lock"
_ENDS_WITHIN_S = 5.0
_LOOKS_EVERY_S = 0.05
_TELLS_EVERY_S = 0.25
_BEGINS_WITHIN_S = 60.0
State = Literal["beginning", "running", "done", "cancelled", "failed", "broken_off"]


@dataclass(frozen=True)
class Work:
    """The work at hand, or the last one that there was.

    `names` are what is computed, `done` of `of` what is finished, `label` what is at hand. `basis`
    says of which builds and code the answers are. `may_end` tells a process that a dashboard began;
    `pid` means something on its `host` only.
    """

    pid: int
    host: str
    names: tuple[str, ...]
    basis: str
    of: int
    done: int = 0
    label: str = ""
    state: State = "running"
    may_end: bool = False

    @property
    def is_running(self) -> bool:
        """Whether somebody is at it now, or about to be."""
        return self.state in ("beginning", "running")


def look(workspace: Workspace) -> Work | None:
    """The work as it stands; None where there never was any, or its file cannot be read."""
    try:
        fields = json.loads((workspace.root / _FILE).read_text(encoding="utf-8"))
        work = Work(**{**fields, "names": tuple(fields["names"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None  # The next work writes it anew.
    if work.is_running and not _is_held(workspace) and not _is_beginning(workspace, work):
        return replace(work, state="broken_off")
    return work


def announce(workspace: Workspace, pid: int, names: Sequence[str], *, of: int) -> None:
    """Say that a process was begun for a dashboard, which will be at work as soon as it can."""
    host = socket.gethostname()
    _write(workspace, Work(pid, host, tuple(names), "", of, state="beginning", may_end=True))


@contextmanager
def at_work(
    workspace: Workspace,
    names: Sequence[str],
    *,
    basis: str,
    of: int,
    on_wait: Callable[[], None] = lambda: None,
) -> Iterator[Callable[[int, str], None]]:
    """Be the one who computes; gives what tells how far that is, as (finished, what is at hand).

    Parameters
    ----------
    basis
        Of which builds and code the answers are.
    of
        How many there are to compute.
    on_wait
        Called where another process is at it: its end is waited for.
    """
    with (workspace.root / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(lock, fcntl.LOCK_EX)
        may_end = BEGUN_BY in os.environ
        host = socket.gethostname()
        work = Work(os.getpid(), host, tuple(names), basis, of, may_end=may_end)
        _write(workspace, work)
        done, told = 0, 0.0

        def tell(finished: int, label: str) -> None:
            nonlocal done, told
            if may_end and os.getppid() != int(os.environ[BEGUN_BY]):
                raise KeyboardInterrupt  # Who wanted the answers is gone.
            if finished == done and time.monotonic() - told < _TELLS_EVERY_S:
                return
            done, told = finished, time.monotonic()
            _write(workspace, replace(work, done=finished, label=label))

        ended: State = "failed"
        try:
            with _ended_by_signal(may_end=may_end):
                yield tell
            ended, done = "done", of
        except KeyboardInterrupt:
            ended = "cancelled"
            raise
        finally:
            _write(workspace, replace(work, done=done, state=ended))


def cancel(workspace: Workspace) -> bool:
    """End the work that a dashboard began; what is finished of it stays.

    Returns
    -------
    bool
        Whether there was any. One that a person began in a terminal is theirs to stop.
    """
    work = look(workspace)
    if work is None or not work.is_running or not work.may_end:
        return False
    if work.host != socket.gethostname():
        return False  # Its number belongs to somebody else here.
    # Between the look and the signal it may have ended by itself.
    with suppress(ProcessLookupError):
        os.kill(work.pid, signal.SIGTERM)
        if work.state == "beginning":
            _write(workspace, replace(work, state="cancelled"))
            return True
        if not _has_ended(workspace):
            os.kill(work.pid, signal.SIGKILL)
    return True


def _has_ended(workspace: Workspace) -> bool:
    until = time.monotonic() + _ENDS_WITHIN_S
    while _is_held(workspace):
        if time.monotonic() > until:
            return False
        time.sleep(_LOOKS_EVERY_S)
    return True


def _is_beginning(workspace: Workspace, work: Work) -> bool:
    """Whether a process was begun lately: it opens its libraries first, which takes seconds."""
    since = time.time() - (workspace.root / _FILE).stat().st_mtime
    if work.state != "beginning" or since > _BEGINS_WITHIN_S:
        return False
    try:
        os.kill(work.pid, 0)
    except ProcessLookupError:
        return False
    return True


def _is_held(workspace: Workspace) -> bool:
    try:
        with (workspace.root / _LOCK).open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _write(workspace: Workspace, work: Work) -> None:
    """Whole or not at all, whoever reads it meanwhile."""
    path: Path = workspace.root / _FILE
    draft = path.with_name(f".computing-{secrets.token_hex(3)}")
    try:
        draft.write_text(json.dumps(asdict(work)), encoding="utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _ended_by_signal(*, may_end: bool) -> Iterator[None]:
    """Let whoever may end this process do so as Ctrl-C does, which leaves nothing half written."""
    if not may_end:
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
