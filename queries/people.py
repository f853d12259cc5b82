"""How many participants the filters' choices leave, for whoever may not see small groups."""

import duckdb
import polars as pl

from access.gate import permitted_participants, permitted_sites
from access.viewer import Viewer
from queries import sqlfile


def people_by_filter(con: duckdb.DuckDBPyConnection, viewer: Viewer) -> pl.DataFrame:
    """Participants that the viewer may see, counted by site, arm and month of enrolment."""
    return sqlfile.load("reads/people_by_filter.sql").fetch(
        con, sites=permitted_sites(viewer, None), participants=permitted_participants(viewer)
    )
