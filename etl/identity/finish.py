"""The second half of an erasure or of a new key: every other file is made anew."""

from dataclasses import replace

from etl.build import BuildOutcome, build
from etl.doctor.record import record_findings
from etl.edition_names import made_editions
from etl.identity.erasure import take_out_again
from etl.identity.rekey import REKEY, change_key, forget_names_of_before
from etl.identity.tombstones import read_tombstones, write_tombstones
from etl.lake import keep_lake
from etl.load import load
from etl.receipt import LoadOutcome
from models import store
from study.definition import Study
from study.errors import UserError
from warehouse.renewal import remove_builds_but, renew_raw
from warehouse.workspace import Workspace


def finish(study: Study, workspace: Workspace) -> tuple[LoadOutcome | None, BuildOutcome]:
    """Leave no file that holds what was taken out: raw tables, lake, builds, saved results.

    It can be killed at any step and begun again: what is unfinished is noted until its end.

    Returns
    -------
    tuple
        The load that read everything anew, after a new key only, and the build served from now.
    """
    unfinished = read_tombstones(workspace).unfinished or ""
    outcome = None
    if unfinished.startswith(REKEY):
        change_key(study, workspace, unfinished)
        outcome = load(study, workspace)
        record_findings(study, workspace, outcome)
        forget_names_of_before(workspace)
    else:
        take_out_again(study, workspace)
    renew_raw(workspace)
    keep_lake(workspace)
    built = build(study, workspace, full=True)
    remove_builds_but(workspace, built.path)
    # Results name nobody, but were fitted to the rows of before.
    store.forget_all(workspace.results)
    try:
        _renew_editions(study, workspace)
    except UserError:
        # An edition cannot be made; nothing of the old ones is left, so the erasure is complete.
        _note_finished(workspace)
        raise
    _note_finished(workspace)
    return outcome, built


def _note_finished(workspace: Workspace) -> None:
    write_tombstones(workspace, replace(read_tombstones(workspace), unfinished=None))


def _renew_editions(study: Study, workspace: Workspace) -> None:
    if made_editions(workspace):
        # It brings the models along, which take longer to open than all else here.
        from etl.editions import renew_editions

        renew_editions(study, workspace)
