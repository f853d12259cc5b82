"""Reads of the page Worklist. See each `.sql` header for columns and units."""

from collections.abc import Iterable
from datetime import datetime

import duckdb
import polars as pl

from access.viewer import Viewer
from queries import scope, sqlfile
from queries.filters import Filters

SOON_DAYS = 2
"""Something open is pressing from so many days before its window closes; as in
`marts/fct_latest_obligations.sql`."""
DEVICES = ("device", "device_model", "phone", "telephone", "platform", "os", "operating_system")
"""Covariates that say which telephone somebody has, in studies that keep it."""


def latest_obligations(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters
) -> pl.DataFrame:
    """Each participant's latest obligation and how far it came."""
    query = sqlfile.load("reads/worklist.sql")
    return query.fetch(con, devices=list(DEVICES), **_who(viewer, filters))


def use_since(
    con: duckdb.DuckDBPyConnection,
    viewer: Viewer,
    filters: Filters,
    contacted: Iterable[str],
    first_at: datetime,
) -> pl.DataFrame:
    """Sessions of participants who were contacted, from `first_at` (UTC, without a zone) on.

    Those whom the viewer or the filters leave out have no row at all.
    """
    query = sqlfile.load("reads/use_since.sql")
    return query.fetch(
        con, contacted=sorted(set(contacted)), first_at=first_at, **_who(viewer, filters)
    )


def _who(viewer: Viewer, filters: Filters) -> dict[str, object]:
    """Who is looked at. Study weeks do not narrow what has to be done today."""
    given = scope.parameters(viewer, filters)
    return {name: given[name] for name in ("sites", "arms", "cohorts", "participants")}
