"""Answers to single items, for the reliability of scales: read to be counted, never to be shown."""

import duckdb
import polars as pl

from access.viewer import Viewer
from queries import scope, sqlfile
from queries.filters import Filters


def item_answers(
    con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters, instrument: str
) -> pl.DataFrame:
    """Keyed answers of one instrument, of all weeks. See the .sql header."""
    given = scope.parameters(viewer, filters)
    asked = {name: given[name] for name in ("sites", "arms", "cohorts", "participants")}
    return sqlfile.load("reads/item_answers.sql").fetch(con, **asked, instrument=instrument)
