"""Reading the current build while newer ones are published."""

import threading
from pathlib import Path

import duckdb

from study.errors import UserError
from warehouse.connect import open_mart
from warehouse.publish import build_id, current_mart
from warehouse.workspace import Workspace


class MartReader:
    """Gives cursors on whichever build is current at the moment of asking.

    A cursor keeps the build it was given: a page that is being made when a new build is published
    is made of the old one from beginning to end.
    """

    def __init__(self, workspace: Workspace) -> None:
        """Remember where to look; nothing is opened yet."""
        self._workspace = workspace
        self._lock = threading.Lock()
        self._path: Path | None = None
        self._con: duckdb.DuckDBPyConnection | None = None

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A read-only cursor on the current build, for one thread.

        Raises
        ------
        UserError
            If nothing was loaded yet.
        """
        path = current_mart(self._workspace)
        if path is None:
            raise UserError("There is no build to show yet. Run: rapport load")
        with self._lock:
            if self._con is None or path != self._path:
                # The old handle is dropped, not closed: cursors in use keep it alive.
                self._con, self._path = open_mart(path), path
            return self._con.cursor()

    @property
    def build_id(self) -> str | None:
        """Id of the current build, or None before the first."""
        path = current_mart(self._workspace)
        return None if path is None else build_id(path)
