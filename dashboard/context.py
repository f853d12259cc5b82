"""What pages are wired to: the study, the current build, and who is looking."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import duckdb
import polars as pl

from access.viewer import Viewer
from queries.facts import Facts, study_facts
from study.definition import Study

KEPT_FRAMES = 256


class Marts(Protocol):
    """Gives cursors on the current build: `warehouse.reader.MartReader`, or a test's stand-in."""

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor on the current build, for one thread."""
        ...

    @property
    def build_id(self) -> str | None:
        """Id of the current build, or None before the first."""
        ...


class FrameCache:
    """Frames by build and question. A build never changes, so no entry is ever out of date."""

    def __init__(self, size: int = KEPT_FRAMES) -> None:
        """Start empty."""
        self._size = size
        self._lock = threading.Lock()
        self._frames: OrderedDict[object, pl.DataFrame] = OrderedDict()

    def get(self, key: object, make: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """The frame of a key, made by the first who asks; callers must not modify it."""
        with self._lock:
            if key in self._frames:
                self._frames.move_to_end(key)
                return self._frames[key]
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
    `results` is the folder of saved model results.
    """

    study: Study
    marts: Marts
    viewer: Callable[[], Viewer]
    results: Path
    cache: FrameCache = field(default_factory=FrameCache)

    def facts(self) -> Facts:
        """Study and build as they are now.

        Raises
        ------
        UserError
            If nothing was loaded yet.
        """
        return study_facts(self.marts.cursor())
