"""`/report/<name>.html` and `.pdf`: reports from the pages, for whoever may have them.

A report takes seconds and a browser of its own. One is made at a time in a process and one may
wait, so that other requests always find a thread.
"""

import logging
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import duckdb
from flask import Flask, Response, abort, request

from access import audit
from access.web import failures
from dashboard import gate
from dashboard.context import Context
from dashboard.panel import Panel
from dashboard.reports.contents import REPORTS
from dashboard.reports.drawing import Drawer, DrawnInFile, drawer
from dashboard.reports.gather import Panels
from dashboard.reports.making import (
    FORMATS,
    Format,
    IncompleteError,
    Made,
    as_written_down,
    make,
)
from dashboard.reports.outline import Report
from study.errors import UserError

log = logging.getLogger(__name__)
LONGEST_WAIT_S = 60.0
BUSY = "Other reports are being made just now. Try again in a minute.\n"
_TYPES = {"html": "text/html", "pdf": "application/pdf"}


class BusyError(Exception):
    """Too many reports are being made at once."""


class Turns:
    """One at a time, one may wait, others are sent away."""

    def __init__(self, wait_s: float = LONGEST_WAIT_S) -> None:
        """Free."""
        self._wait_s = wait_s
        self._places = threading.BoundedSemaphore(2)
        self._turn = threading.Lock()

    @contextmanager
    def mine(self) -> Iterator[None]:
        """Within it nobody else makes a report in this process.

        Raises
        ------
        BusyError
            If one is being made and another waits already, or the wait was too long.
        """
        if not self._places.acquire(blocking=False):
            raise BusyError
        try:
            if not self._turn.acquire(timeout=self._wait_s):
                raise BusyError
            try:
                yield
            finally:
                self._turn.release()
        finally:
            self._places.release()


class _Press:
    """Makes the reports of one process; what draws is looked for when it is first needed."""

    def __init__(self, context: Context, every: Panels) -> None:
        self._context = context
        self._every = every
        self._turns = Turns()
        self._drawer: Drawer | None = None

    def make(self, report: Report, kind: Format, search: str) -> Made:
        with self._turns.mine():
            self._drawer = self._drawer or drawer()
            now = datetime.now(UTC)
            return make(report, self._context, self._every, search, kind, self._drawer, now)

    def response(self, made: Made, kind: Format) -> Response:
        # A file that draws its charts by a script does so from disk only: here scripts are held.
        is_apart = kind == "html" and isinstance(self._drawer, DrawnInFile)
        place = "attachment" if is_apart else "inline"
        return Response(
            made.html if made.pdf is None else made.pdf,
            mimetype=_TYPES[kind],
            headers={"Content-Disposition": f'{place}; filename="{made.name}.{kind}"'},
        )


def register(server: Flask, context: Context, panels: Iterable[Panel]) -> None:
    """Serve every report, with the address's query string as the question."""
    press = _Press(context, {panel.id: panel for panel in panels})

    @server.get("/report/<file>")
    def _report(file: str) -> Response:
        name, _, kind = file.rpartition(".")
        report = REPORTS.get(name)
        formats = {one: one for one in FORMATS}
        if report is None or kind not in formats:
            abort(404)
        search = request.query_string.decode("utf-8", "replace")
        viewer = context.viewer()
        try:
            made = press.make(report, formats[kind], f"?{search}")
        except gate.NotThereError:
            gate.write_down(context.state, viewer, "denied", f"report {name}")
            abort(404)
        except (UserError, BusyError, duckdb.Error) as error:
            return _not_made(report, error)
        if context.state is not None:
            what = as_written_down(report, kind, made.asked)
            audit.record(context.state, account=viewer.account, action="report", what=what)
        return press.response(made, formats[kind])


def _not_made(report: Report, error: Exception) -> Response:
    """Why there is no report, as far as a person can do something about it."""
    if isinstance(error, BusyError):
        return Response(BUSY, status=503, mimetype="text/plain", headers={"Retry-After": "60"})
    if isinstance(error, IncompleteError):
        return Response(f"{error}\n", status=400, mimetype="text/plain")
    if isinstance(error, UserError):
        return Response(f"{error}\n", status=503, mimetype="text/plain")
    # Not log.exception: a database error's text may quote what a participant wrote.
    log.error("Report %s failed: %s", report.name, type(error).__name__)
    return failures.answer(503)
