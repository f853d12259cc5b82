"""Reading the current build of an edition while newer ones are published."""

import threading
from pathlib import Path

import duckdb

from study.errors import UserError
from warehouse.connect import open_mart
from warehouse.damaged import told_when_build_damaged
from warehouse.publish import build_id, current_mart
from warehouse.workspace import Workspace

OPEN = "open"
LEAST_ARMS = 2
"""With fewer arms there is nothing to mask."""


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
            If nothing was loaded yet, or the build is damaged.
        """
        path = current_mart(self._workspace)
        if path is None:
            raise UserError("There is no build to show yet. Run: rapport load")
        with self._lock:
            if self._con is None or path != self._path:
                with told_when_build_damaged(self._workspace):
                    opened = open_mart(path)
                # The old handle is dropped, not closed: cursors in use keep it alive.
                self._con, self._path = opened, path
            return self._con.cursor()

    @property
    def build_id(self) -> str | None:
        """Id of the current build, or None before the first."""
        path = current_mart(self._workspace)
        return None if path is None else build_id(path)


class EditionReader:
    """Gives cursors on the current build of whichever edition a viewer reads.

    Where the open build has fewer than two arms there is nothing to mask: every edition is then the
    open one.
    """

    def __init__(self, workspace: Workspace) -> None:
        """Remember where to look; nothing is opened yet."""
        self._workspace = workspace
        self._open = MartReader(workspace)
        self._readers: dict[str, MartReader] = {OPEN: self._open}
        self._masking: tuple[str | None, bool] = (None, True)

    def cursor(self, edition: str) -> duckdb.DuckDBPyConnection:
        """A read-only cursor on the edition's current build, for one thread.

        Raises
        ------
        UserError
            If nothing was loaded yet, or the edition was not built.
        """
        return self._reader(edition).cursor()

    def build_id(self, edition: str) -> str | None:
        """Id of the edition's current build, or None before the first."""
        return self._reader(edition).build_id if self._open.build_id is not None else None

    def results(self, edition: str) -> Path:
        """Folder of the saved model results of an edition."""
        shown = edition if self._is_apart(edition) else OPEN
        return self._workspace.edition(shown).results

    def require(self, edition: str) -> None:
        """Make sure that an edition can be read.

        Raises
        ------
        UserError
            If nothing was loaded yet, or the edition was not built.
        """
        self.cursor(edition).close()

    def _reader(self, edition: str) -> MartReader:
        if not self._is_apart(edition):
            return self._open
        place = self._workspace.edition(edition)
        if current_mart(place) is None:
            raise UserError(
                f"The {edition} edition, which does not show arms, was not built yet. Run: "
                f"rapport load --{edition}"
            )
        return self._readers.setdefault(edition, MartReader(place))

    def _is_apart(self, edition: str) -> bool:
        """Whether the edition is another one than the open one; asked once for each open build."""
        if edition == OPEN:
            return False
        built = self._open.build_id
        if built is None:
            # Nothing was loaded: the open reader says so, and holds nothing.
            return False
        known, is_masking = self._masking
        if known != built:
            [(n_arms,)] = self._open.cursor().table("dim_arms").count("*").fetchall()
            is_masking = n_arms >= LEAST_ARMS
            self._masking = (built, is_masking)
        return is_masking
