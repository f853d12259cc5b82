"""What a panel reads that needs more than the mart."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from access.state.store import State


@dataclass(frozen=True)
class Sources:
    """First argument of `read` in a panel with `reads="both"`; such frames are not cached."""

    con: duckdb.DuckDBPyConnection
    results: Path


@dataclass(frozen=True)
class TeamSources:
    """First argument of `read` in a panel with `reads="team"`: the mart, and what the team wrote.

    `notes` is None where nothing was written yet. `time_zone` is the study's. Such frames are not
    cached: somebody may write at any time.
    """

    con: duckdb.DuckDBPyConnection
    notes: State | None
    time_zone: str
    account: str
