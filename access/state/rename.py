"""Gives participants other names in the state, where they get another pseudonym."""

from collections.abc import Callable, Mapping

from sqlalchemy import update

from access.state.forget import named_participants
from access.state.store import State, open_if_kept
from access.state.tables import AccountParticipantRow, ContactRow, UnmaskingRequestRow
from warehouse.workspace import Workspace

Names = Mapping[str, str]


def rename_if_kept(
    workspace: Workspace, names_of: Callable[[frozenset[str]], Names]
) -> frozenset[str]:
    """Rename whom the state of a workspace names, by what `names_of` gives for all of them.

    Whom it does not give keeps the name. The audit log keeps its lines as they are.

    Returns
    -------
    frozenset
        The new names; empty where there is no state, or nobody is named in it.
    """
    state = open_if_kept(workspace)
    if state is None:
        return frozenset()
    try:
        named = frozenset(named_participants(state))
        names = names_of(named) if named else {}
        rename(state, {old: new for old, new in names.items() if old in named and old != new})
    finally:
        state.close()
    return frozenset(names.values())


def rename(state: State, names: Names) -> None:
    """Rename participants in accounts' care, contacts and requests for unmasking, all at once."""
    if not names:
        return
    with state.begin() as session:
        for table in (AccountParticipantRow, ContactRow, UnmaskingRequestRow):
            for old, new in names.items():
                changed = update(table).where(table.participant_id == old)
                session.execute(changed.values(participant_id=new))
