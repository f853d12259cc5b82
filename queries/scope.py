"""The parameters that every read takes: what was asked for, cut down to what may be seen."""

from access.gate import permitted_participants, permitted_sites
from access.viewer import Viewer
from queries.filters import Filters


def parameters(viewer: Viewer, filters: Filters) -> dict[str, object]:
    """Values of `$sites $arms $cohorts $participants $first_week $last_week` for one read.

    The four lists are VARCHAR[] or NULL, where NULL means all.
    """
    return {
        "sites": permitted_sites(viewer, filters.sites),
        "arms": None if filters.arms is None else list(filters.arms),
        "cohorts": None if filters.cohorts is None else list(filters.cohorts),
        "participants": permitted_participants(viewer),
        "first_week": filters.first_week,
        "last_week": filters.last_week,
    }
