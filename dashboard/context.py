"""What pages are wired to: the study, the current build, and who is looking."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

import duckdb

from access.state.notebook import Notebook
from access.state.store import State
from access.viewer import Viewer
from dashboard.seen import Seen
from queries.facts import Facts, study_facts
from study.definition import Study
from warehouse.reader import EditionReader
from warehouse.workspace import Workspace

KEPT_FRAMES = 256


class Marts(Protocol):
    """Gives cursors on the one build that a test stands on, whichever edition its viewer reads."""

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor on the current build, for one thread."""
        ...

    @property
    def opened(self) -> duckdb.DuckDBPyConnection:
        """A cursor on the open edition, for the arm of one participant that was unmasked.

        Raises
        ------
        UserError
            If nothing was built yet.
        """
        if isinstance(self.marts, EditionReader):
            return self.marts.cursor("open")
        return self.marts.cursor()

    def build_id(self) -> str | None:
        """Id of the current build, or None before the first."""
        ...


T = TypeVar("T")


class FrameCache:
    """What was read, mostly frames, by build and question.

    A build never changes, so no entry is ever out of date.
    """

    def __init__(self, size: int = KEPT_FRAMES) -> None:
        """Start empty."""
        self._size = size
        self._lock = threading.Lock()
        self._frames: OrderedDict[object, Any] = OrderedDict()

    def get(self, key: object, make: Callable[[], T]) -> T:
        """The frame of a key, made by the first who asks; callers must not modify it."""
        with self._lock:
            if key in self._frames:
                self._frames.move_to_end(key)
                kept: T = self._frames[key]
                return kept
        frame = make()
        with self._lock:
            self._frames[key] = frame
            while len(self._frames) > self._size:
                self._frames.popitem(last=False)
        return frame


@dataclass(frozen=True)
class Context:
    """What `register` of every page receives.

    `viewer` is asked at every request: who is looking is never remembered between two of them.
    `results` is the folder of saved model results of the open edition. `state` holds accounts and
    the audit log; None where the dashboard serves its own machine without accounts. `notebook` is
    where contacts and cohorts are, with accounts and without; None keeps none. `pages` are (path,
    name) of every page, in the order of the navigation.
    """

    study: Study
    marts: EditionReader | Marts
    viewer: Callable[[], Viewer]
    results: Path
    cache: FrameCache = field(default_factory=FrameCache)
    state: State | None = None
    seen: Seen = field(default_factory=Seen)
    pages: tuple[tuple[str, str], ...] = ()
    notebook: Notebook | None = None

    def notes(self) -> State | None:
        """Where contacts and cohorts are read from; None where nothing was written yet.

        Raises
        ------
        UserError
            If it cannot be opened.
        """
        return None if self.notebook is None else self.notebook.to_read()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor on the current build of the viewer's edition, for one thread.

        Raises
        ------
        UserError
            If that edition was not built yet.
        """
        if isinstance(self.marts, EditionReader):
            return self.marts.cursor(self.viewer().edition)
        return self.marts.cursor()

    def opened(self) -> duckdb.DuckDBPyConnection:
        """A cursor on the open edition, for the arm of one participant that was unmasked.

        Raises
        ------
        UserError
            If nothing was built yet.
        """
        if isinstance(self.marts, EditionReader):
            return self.marts.cursor("open")
        return self.marts.cursor()

    def build_id(self) -> str | None:
        """Id of the current build of the viewer's edition, or None before the first."""
        if isinstance(self.marts, EditionReader):
            return self.marts.build_id(self.viewer().edition)
        return self.marts.build_id

    def results_of(self, viewer: Viewer) -> Path:
        """Folder of the model results that a viewer may see: those of their edition."""
        if isinstance(self.marts, EditionReader):
            return self.marts.results(viewer.edition)
        if viewer.edition == "open":
            return self.results
        return Workspace(self.results.parent).edition(viewer.edition).results

    def facts(self) -> Facts:
        """Study and build as they are now, of the viewer's edition; read once of each build.

        Raises
        ------
        UserError
            If nothing was loaded yet.
        """
        cursor = self.cursor()
        key = ("facts", self.viewer().edition, self.build_id())
        return self.cache.get(key, lambda: study_facts(cursor))
