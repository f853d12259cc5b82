"""Which editions a workspace has, and which a load makes: cheap to ask."""

import os
from collections.abc import Collection

from study.blinding import EditionName, needs_masking
from study.definition import Study
from warehouse.workspace import Workspace

STATE_URL = "RAPPORT_STATE_URL"
"""Environment variable that names another database of accounts (`access.state.store`, which takes
longer to open than a load)."""
EDITIONS: tuple[EditionName, ...] = ("masked", "scrambled")


def wanted_editions(
    study: Study, workspace: Workspace, asked: Collection[EditionName] = ()
) -> tuple[EditionName, ...]:
    """Editions that a load makes beside the open build.

    None where there are no arms to be told apart. Otherwise what is asked for and what was made
    before; the masked one also where accounts exist or the study file wants it.
    """
    if not needs_masking(study):
        return ()
    wanted = {*asked, *made_editions(workspace)}
    if study.blinding.masked or _has_accounts(workspace):
        wanted.add("masked")
    return tuple(name for name in EDITIONS if name in wanted)


def _has_accounts(workspace: Workspace) -> bool:
    """Whether anybody has an account, or another database was named for accounts.

    A state that holds only contacts and cohorts of a dashboard without accounts has none.
    """
    if os.environ.get(STATE_URL):
        return True
    if not workspace.state_path.exists():
        return False
    from access.accounts import has_accounts
    from access.state.store import State

    state = State.open(workspace.state_path)
    try:
        return has_accounts(state)
    finally:
        state.close()


def made_editions(workspace: Workspace) -> tuple[EditionName, ...]:
    """Editions that were made here before."""
    return tuple(name for name in EDITIONS if workspace.edition(name).root.exists())
