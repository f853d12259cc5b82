"""One build at a time in a workspace."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from study.errors import UserError
from warehouse.workspace import Workspace

LOCK_NAME = ".build.lock"


@contextmanager
def build_lock(workspace: Workspace) -> Iterator[None]:
    """Hold the workspace for one build; the system lets go of it when the process dies.

    Whoever holds it may delete unfinished builds: nobody can be at work on them.

    Raises
    ------
    UserError
        If another build is at work.
    """
    workspace.builds.mkdir(parents=True, exist_ok=True)
    workspace.builds.chmod(0o700)
    with (workspace.builds / LOCK_NAME).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError("Another build is at work on this study: let it finish.") from error
        yield
