"""What a page says of the study it shows, and what its filters offer."""

from dataclasses import dataclass
from datetime import date, datetime

import duckdb
import polars as pl

from access.gate import permitted_participants, permitted_sites
from access.viewer import Viewer
from queries import sqlfile


@dataclass(frozen=True)
class Facts:
    """The study and the build that a page shows. Times are UTC."""

    study_id: str
    title: str
    planned_weeks: int
    last_week: int
    nonusage_days: int
    has_intended_use: bool
    smallest_cell: int
    build_id: str
    built_at: datetime
    as_of_at: datetime
    as_of_date: date
    rapport_version: str


def study_facts(con: duckdb.DuckDBPyConnection) -> Facts:
    """Study and build of a mart; nothing of it concerns a participant."""
    return Facts(**sqlfile.load("reads/study_facts.sql").fetch(con).row(0, named=True))


def filter_choices(con: duckdb.DuckDBPyConnection, viewer: Viewer) -> pl.DataFrame:
    """Sites, arms, cohorts and dimensions that a viewer may choose among."""
    query = sqlfile.load("reads/filter_choices.sql")
    return query.fetch(
        con,
        sites=permitted_sites(viewer, None),
        participants=permitted_participants(viewer),
        is_masked=viewer.is_masked,
    )
