"""What a build asks of whatever computes its tables."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import duckdb
import polars as pl

from queries.sqlfile import Query


@dataclass(frozen=True)
class Draft:
    """The file of a build that is being filled: always DuckDB's, whichever engine computes.

    `own` is the name of its database on `con`, which has the loader's file attached as `raw` and
    the build before, be it nothing, as `kept`; what need not last goes to `scratch`.
    """

    con: duckdb.DuckDBPyConnection
    own: str
    path: Path


class Engine(Protocol):
    """Runs queries of `queries/` over sources, and hands marts over to the draft.

    A query reads the tables that its header names: study tables (`dim_`) that lie in the draft,
    the loader's (`raw.`), those of the build before (`kept.`), and what was made before it.
    """

    @property
    def has_parts(self) -> bool:
        """Whether many events are taken in parts of the participants, to limit memory."""
        ...

    def fetch(self, query: Query, **params: object) -> pl.DataFrame:
        """The rows of a query that returns few."""
        ...

    def make(self, query: Query, *, keep: bool, **params: object) -> int | None:
        """Run a query; its rows are known under its name from then on.

        Parameters
        ----------
        keep
            Whether they are a mart: they then lie in the draft.

        Returns
        -------
        int or None
            The number of rows of a mart; None where nobody counted them.
        """
        ...

    def add(self, query: Query, **params: object) -> None:
        """Add the query's rows, for one more part of the participants, to those there are."""
        ...

    def forget(self, name: str) -> None:
        """Let go of a table that is needed no more."""
        ...

    def count(self, name: str) -> int:
        """How many rows a table has that was made before."""
        ...


Opening = Callable[[Draft], AbstractContextManager[Engine]]
"""Begins to compute for a draft; at the end whatever lay elsewhere is gone."""


@dataclass(frozen=True)
class EngineChoice:
    """Which engine computes a build.

    `takes_over` says whether it can take rows from the build before; one that cannot makes every
    build in full, with the same outcome. `own_lake` is the lake of the team's that it reads beside
    what was loaded.
    """

    name: str
    open: Opening
    takes_over: bool
    own_lake: Path | None = None
