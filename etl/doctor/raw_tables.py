"""What the checks look at: the loader's tables, the study, and how much of them is looked at."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
import polars as pl

from queries import sqlfile
from study.definition import Study

MANY_EVENTS = 2_000_000
"""Beyond this, the costly checks look at some participants only, and say so."""


@dataclass(frozen=True)
class RawTables:
    """The loader's tables after a load.

    Parameters
    ----------
    one_in
        The costly checks look at one participant in so many.
    is_as_given
        Whether the tables hold the participants' ids as the exports write them.
    """

    con: duckdb.DuckDBPyConnection
    study: Study
    now: datetime
    volumes: pl.DataFrame
    one_in: int
    is_as_given: bool

    @classmethod
    def of(
        cls,
        con: duckdb.DuckDBPyConnection,
        study: Study,
        *,
        now: datetime,
        is_as_given: bool,
        many: int = MANY_EVENTS,
    ) -> "RawTables":
        """Look once at how many events there are, by name; beyond `many`, look at some."""
        volumes = sqlfile.load("load/event_volumes.sql").fetch(con)
        n_events = total(volumes["n_events"])
        return cls(con, study, now, volumes, 1 + n_events // many, is_as_given)

    def fetch(self, name: str, **params: object) -> pl.DataFrame:
        """Rows of `queries/doctor/<name>.sql`."""
        return sqlfile.load(f"doctor/{name}.sql").fetch(self.con, **params)

    @property
    def sampled(self) -> str:
        """What to add where only some participants were looked at."""
        return f" (seen in one participant of {self.one_in})" if self.one_in > 1 else ""

    def names(self, pattern: str) -> list[str]:
        """Event names that a pattern of the study file stands for."""
        return [name for name in self.volumes["event_name"] if fits(pattern, name)]

    def automatic(self) -> list[str]:
        """Names of events that happen without anybody using the app.

        The study file says which: what is offered, delivered or scheduled.
        """
        study = self.study
        patterns = [
            feature.stages[stage].event
            for feature in study.features
            for stage in ("offered", "delivered")
            if stage in feature.stages
        ]
        parts: Sequence[object] = (study.intended_use, *(one.schedule for one in study.instruments))
        patterns += [name for part in parts if (name := getattr(part, "delivered", None))]
        return sorted({name for pattern in patterns for name in self.names(pattern)})


def total(values: pl.Series) -> int:
    """The sum of whole numbers; 0 where there are none."""
    return int(values.sum())


def fits(pattern: str, name: str) -> bool:
    """Whether an event has the name that the study file gives; `*` stands for anything."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name) is not None
