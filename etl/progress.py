"""How far a load is: a small protocol, a silent one, and a line on the terminal."""

import time
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TextColumn
from rich.progress import Progress as Bar

PATIENCE_S = 2.0


class Progress(Protocol):
    """Told of every step. A step is a file or a phase; rows are what it has dealt with."""

    def start(self, step: str) -> None:
        """A step begins."""
        ...

    def advance(self, rows: int) -> None:
        """The step has dealt with more rows."""
        ...

    def finish(self) -> None:
        """The step is over."""
        ...


class Quiet:
    """Says nothing."""

    def start(self, step: str) -> None:
        """Nothing."""

    def advance(self, rows: int) -> None:
        """Nothing."""

    def finish(self) -> None:
        """Nothing."""


def quiet() -> Progress:
    """Progress for tests and for pipes."""
    return Quiet()


class TerminalProgress:
    """A line with rows and rows per second, for steps that take more than two seconds."""

    def __init__(self, console: Console, *, patience_s: float = PATIENCE_S) -> None:
        """Remember where to draw; nothing is drawn yet."""
        self._console = console
        self._patience_s = patience_s
        self._step = ""
        self._rows = 0
        self._began = 0.0
        self._bar: Bar | None = None

    def start(self, step: str) -> None:
        """Begin a step; its line appears once it has taken long enough."""
        self._step, self._rows, self._began = step, 0, time.monotonic()

    def advance(self, rows: int) -> None:
        """Count rows and draw the line if it is time."""
        self._rows += rows
        elapsed = time.monotonic() - self._began
        if elapsed < self._patience_s:
            return
        if self._bar is None:
            self._bar = Bar(
                SpinnerColumn(),
                TextColumn("{task.description}", markup=False),
                BarColumn(bar_width=20),
                TextColumn("{task.fields[rate]}"),
                console=self._console,
                transient=True,
            )
            self._bar.start()
            self._bar.add_task(self._step, total=None, rate="")
        rate = f"{self._rows:,} rows, {self._rows / elapsed:,.0f} rows/s"
        self._bar.update(self._bar.task_ids[0], rate=rate)

    def finish(self) -> None:
        """Take the line away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
