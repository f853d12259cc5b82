"""No query runs on for longer than anybody would wait for a page."""

import atexit
import threading
import time
import weakref
from dataclasses import dataclass, field

import duckdb
from flask import g, has_request_context

from warehouse.reader import EditionReader
from warehouse.workspace import Workspace

LONGEST_REQUEST_S = 60.0
_LOOKS_EVERY_S = 0.5


@dataclass(eq=False)
class _Asked:
    """The cursors of one request, and when it has had its time."""

    until: float
    cursors: list[duckdb.DuckDBPyConnection] = field(default_factory=list)


class TimedReader(EditionReader):
    """An `EditionReader` whose queries are ended when their request has taken too long.

    What is ended raises `duckdb.InterruptException`; the panel then says that it could not be
    drawn. A thread looks after all requests of the process; it is started by the first of them,
    because none lives through the fork of a worker.
    """

    def __init__(self, workspace: Workspace, limit_s: float = LONGEST_REQUEST_S) -> None:
        """Remember where to look and for how long; nothing is opened yet."""
        super().__init__(workspace)
        self._limit_s = limit_s
        self._guarded = threading.Lock()
        self._running: set[_Asked] = set()
        self._is_watched = False

    def cursor(self, edition: str) -> duckdb.DuckDBPyConnection:
        """As its base; within a request, for as long as that may take."""
        cursor = super().cursor(edition)
        if has_request_context():
            self._asked().cursors.append(cursor)
        return cursor

    def end_request(self, _error: BaseException | None = None) -> None:
        """Forget the request's cursors: to be called at its end."""
        asked = g.pop("asked_of_marts", None)
        with self._guarded:
            self._running.discard(asked)

    def _asked(self) -> _Asked:
        asked: _Asked | None = g.get("asked_of_marts")
        if asked is None:
            asked = g.asked_of_marts = _Asked(time.monotonic() + self._limit_s)
            with self._guarded:
                self._running.add(asked)
                if not self._is_watched:
                    self._is_watched = True
                    _start_watch(self)
        return asked

    def _end_late(self) -> None:
        with self._guarded:
            late = [asked for asked in self._running if time.monotonic() > asked.until]
            for cursor in [one for asked in late for one in asked.cursors]:
                # At once and without waiting; on one that does nothing it has no effect.
                cursor.interrupt()


def _start_watch(reader: TimedReader) -> None:
    """Look after a reader in a thread that ends before the interpreter takes itself apart."""
    is_over = threading.Event()
    thread = threading.Thread(target=_watch, args=(weakref.ref(reader), is_over), daemon=True)
    thread.start()

    def end() -> None:
        is_over.set()
        thread.join(_LOOKS_EVERY_S)

    atexit.register(end)


def _watch(reader: "weakref.ref[TimedReader]", is_over: threading.Event) -> None:
    """Look after a reader for as long as there is one, without keeping it."""
    while not is_over.wait(_LOOKS_EVERY_S):
        found = reader()
        if found is None:
            return
        found._end_late()
        del found
