"""Whether the study file names events that the data do not have."""

import duckdb

from etl.doctor.features import unseen_names as _unseen_names
from etl.own_lake import own_lake_of
from queries import sqlfile
from study.definition import Study
from warehouse.workspace import Workspace


def unseen_names(
    con: duckdb.DuckDBPyConnection, study: Study, workspace: Workspace
) -> list[tuple[str, str]]:
    """(key, event name) of sessions and surveys in the study file that no loaded event has.

    Nothing is said while there is no event at all, or others lie in a lake of the team's own.
    """
    if own_lake_of(workspace) is not None:
        return []
    names = sqlfile.load("load/event_names.sql").fetch(con)
    return [] if names.is_empty() else _unseen_names(study, names)
