"""Reads of those who look after participants: the caseload, and the card of one participant.

See each `.sql` header for columns and units. Where `participant` is given, only that one is read;
one who is not to be seen gives empty frames, the same as one who does not exist. None of these
reads returns anything of the arm.
"""

import duckdb
import polars as pl

from access.gate import permitted_participants, permitted_sites
from access.viewer import Viewer
from queries import scope, sqlfile
from queries.counted import read_for
from queries.filters import Filters

Connection = duckdb.DuckDBPyConnection
TOTAL = "alliance"


def people(
    con: Connection, viewer: Viewer, filters: Filters, participant: str | None = None
) -> pl.DataFrame:
    """Who somebody looks after, and up to where their data reach; one row per participant."""
    return _fetch(con, "people_in_care", viewer, filters, participant=participant)


def scored(
    con: Connection,
    viewer: Viewer,
    filters: Filters,
    participant: str | None = None,
    dimension: str | None = None,
) -> pl.DataFrame:
    """Scores with what it takes to compare them; one row per participant, dimension, occasion."""
    return _fetch(
        con, "scored_occasions", viewer, filters, participant=participant, dimension=dimension
    )


def scored_ends(con: Connection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """Scores of the total that say how the last one stands to the first and the one before."""
    return _fetch(con, "scored_ends", viewer, filters)


def switches(
    con: Connection, viewer: Viewer, filters: Filters, participant: str | None = None
) -> pl.DataFrame:
    """Dimensions asked with another scale by now; one row per participant and dimension."""
    return _fetch(con, "scale_switches", viewer, filters, participant=participant)


def next_due(
    con: Connection, viewer: Viewer, filters: Filters, participant: str | None = None
) -> pl.DataFrame:
    """The next or first overdue session and survey; one row per participant and kind."""
    return _fetch(con, "next_due", viewer, filters, participant=participant)


def versions(con: Connection, viewer: Viewer, filters: Filters, participant: str) -> pl.DataFrame:
    """Since when one participant's events bear each version of the app."""
    return _fetch(con, "card_versions", viewer, filters, participant=participant)


def bands(con: Connection, viewer: Viewer) -> pl.DataFrame:
    """Where most participants' scores lie, by dimension and study week, as far as it may be shown.

    A week is left out where it has fewer participants than the viewer's smallest group, or where
    those whom the viewer does not know are fewer (but not none): their scores could be worked out.
    """
    shown = sqlfile.load("reads/dimension_bands.sql").fetch(con, smallest=viewer.smallest_cell)
    own = read_for(viewer, "own_scores_by_week").fetch(
        con, sites=permitted_sites(viewer, None), participants=permitted_participants(viewer)
    )
    n_others = pl.col("n_participants") - pl.col("n_own").fill_null(0)
    return (
        shown.join(own, on=["dimension_id", "study_week"], how="left")
        .filter((n_others == 0) | (n_others >= viewer.smallest_cell))
        .drop("n_own")
        .sort("dimension_id", "study_week")
    )


def _fetch(
    con: Connection, name: str, viewer: Viewer, filters: Filters, **more: str | None
) -> pl.DataFrame:
    given = scope.parameters(viewer, filters)
    who = {key: given[key] for key in ("sites", "arms", "cohorts", "participants")}
    return sqlfile.load(f"reads/{name}.sql").fetch(con, **who, **more)
