"""Reads of the Participant page: one participant, if the viewer and the filters allow.

See each `.sql` header for columns and units. A participant who is not to be seen gives empty
frames, the same as one who does not exist.
"""

import duckdb
import polars as pl

from access.viewer import Viewer
from queries import scope, sqlfile
from queries.filters import Filters

Connection = duckdb.DuckDBPyConnection


def choices(con: Connection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """Participants that may be opened, one row each."""
    query = sqlfile.load("reads/participant_choices.sql")
    return query.fetch(con, is_masked=viewer.is_masked, **_over_all_weeks(viewer, filters))


def facts(con: Connection, viewer: Viewer, filters: Filters, participant: str) -> pl.DataFrame:
    """The head of the page: one row or none."""
    query = sqlfile.load("reads/participant_facts.sql")
    return query.fetch(
        con,
        participant=participant,
        is_masked=viewer.is_masked,
        **_over_all_weeks(viewer, filters),
    )


def sessions(con: Connection, viewer: Viewer, filters: Filters, participant: str) -> pl.DataFrame:
    """Sessions of use, one row each."""
    query = sqlfile.load("reads/participant_sessions.sql")
    return query.fetch(con, participant=participant, **scope.parameters(viewer, filters))


def exposures(con: Connection, viewer: Viewer, filters: Filters, participant: str) -> pl.DataFrame:
    """Exposures, one row per feature and study day that had any."""
    query = sqlfile.load("reads/participant_exposures.sql")
    return query.fetch(con, participant=participant, **scope.parameters(viewer, filters))


def scores(con: Connection, viewer: Viewer, filters: Filters, participant: str) -> pl.DataFrame:
    """Scores, one row per dimension and occasion; all weeks, since a band starts at the first."""
    query = sqlfile.load("reads/participant_scores.sql")
    return query.fetch(con, participant=participant, **_over_all_weeks(viewer, filters))


def ledger(con: Connection, viewer: Viewer, filters: Filters, participant: str) -> pl.DataFrame:
    """What was due and what became of it, one row per obligation."""
    query = sqlfile.load("reads/participant_ledger.sql")
    return query.fetch(con, participant=participant, **scope.parameters(viewer, filters))


def _over_all_weeks(viewer: Viewer, filters: Filters) -> dict[str, object]:
    given = scope.parameters(viewer, filters)
    return {name: given[name] for name in given if name not in ("first_week", "last_week")}
