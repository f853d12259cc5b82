"""Takes erased participants out of the state; the audit log alone keeps its lines."""

from collections.abc import Callable

from sqlalchemy import CompoundSelect, delete, select, union

from access.state.store import State, open_if_kept
from access.state.tables import (
    AccountParticipantRow,
    ContactRow,
    UnmaskingConfirmationRow,
    UnmaskingRequestRow,
)
from warehouse.workspace import Workspace


def forget_if_kept(workspace: Workspace, is_erased: Callable[[str], bool]) -> int:
    """Take out everybody whose name is erased, where the workspace has a state; how many."""
    state = open_if_kept(workspace)
    if state is None:
        return 0
    try:
        names = [name for name in named_participants(state) if is_erased(name)]
        forget(state, names)
    finally:
        state.close()
    return len(names)


def forget(state: State, names: list[str]) -> None:
    """Take participants out of accounts' care, contacts and requests for unmasking."""
    requests = select(UnmaskingRequestRow.id).where(UnmaskingRequestRow.participant_id.in_(names))
    with state.begin() as session:
        session.execute(
            delete(UnmaskingConfirmationRow).where(
                UnmaskingConfirmationRow.request_id.in_(requests)
            )
        )
        for table in (AccountParticipantRow, ContactRow, UnmaskingRequestRow):
            session.execute(delete(table).where(table.participant_id.in_(names)))


def named_participants(state: State) -> list[str]:
    """Every participant whom the state names outside its log."""
    named: CompoundSelect[str] = union(
        select(AccountParticipantRow.participant_id),
        select(ContactRow.participant_id),
        select(UnmaskingRequestRow.participant_id).where(
            UnmaskingRequestRow.participant_id.is_not(None)
        ),
    )
    with state.read() as session:
        return sorted(session.scalars(named))
