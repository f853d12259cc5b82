"""Which of two ways to the same rows a read takes: over participants, or over sums of the build.

A build adds up its participants by everything that the filters can choose: site, arm and month of
enrolment (`fct_*_counts`). Whoever may see whole sites is answered from these sums, in time that
does not grow with the study. Whoever may see some participants only is answered from those.
"""

from access.gate import permitted_participants
from access.viewer import Viewer
from queries import sqlfile
from queries.sqlfile import Query


def read_for(viewer: Viewer, name: str, *, is_counted: bool = True) -> Query:
    """The read of that name, or its `_counted` twin where sums can answer.

    Parameters
    ----------
    is_counted
        The sums know the answer to what is asked, besides who asks.
    """
    adds_up = is_counted and permitted_participants(viewer) is None
    return sqlfile.load(f"reads/{name}_counted.sql" if adds_up else f"reads/{name}.sql")
