"""How long participants have been silent, held against their own rhythm of use.

The rule is of the participant, not of the study: somebody who used the app every day is silent
after three days, somebody who comes on Sundays is not. See
`reads/own_rhythm.sql` for columns and units.
"""

import duckdb
import polars as pl

from access.viewer import Viewer
from queries import scope, sqlfile
from queries.filters import Filters

FEWEST_GAPS = 4
"""Fewer gaps between days of use are no rhythm."""
TIMES_USUAL = 2
"""A silence is longer than usual beyond so many of the participant's own middle gaps..."""
LONG_GAP_SHARE = 0.9
"""...and beyond this share of all of their gaps, so that who pauses now and then is not named."""


def own_rhythm(con: duckdb.DuckDBPyConnection, viewer: Viewer, filters: Filters) -> pl.DataFrame:
    """Silence so far and usual gap between days of use, one row per participant. Days.

    Study weeks of the filters do not narrow it: a silence is in calendar time.
    """
    given = scope.parameters(viewer, filters)
    who = {name: given[name] for name in ("sites", "arms", "cohorts", "participants")}
    return sqlfile.load("reads/own_rhythm.sql").fetch(con, **who)
