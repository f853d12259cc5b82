"""What stands out at each build is kept, so that the next can say what is new, again or gone."""

from access.viewer import local_viewer
from models.monitoring import flag_store
from models.monitoring.flag_history import Look
from models.monitoring.indicators import EARLY_DAYS
from models.monitoring.judge import judge, look_of
from queries import monitor
from queries.facts import study_facts
from warehouse.reader import MartReader
from warehouse.workspace import Workspace


def keep_flags(workspace: Workspace) -> Look:
    """Judge the current build of an edition, and add its flags to those of the builds before.

    Raises
    ------
    UserError
        If nothing was built yet, or the file of flags is damaged.
    """
    con = MartReader(workspace).cursor()
    facts, viewer = study_facts(con), local_viewer()
    counts = monitor.indicator_counts(con, viewer, EARLY_DAYS)
    judged = judge(counts, monitor.rejected_rows(con, viewer))
    look = look_of(judged, facts.build_id, facts.as_of_date)
    flag_store.append(workspace.results, look)
    return look
