"""Unmasking: one asks and says why, another confirms, and only then is an arm open.

A request that nobody confirmed within 7 days lapses. What was opened stays open: nobody can unsee
it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from access.account_rows import Account, account_of
from access.audit_chain import append
from access.clock import utc_now
from access.roles import ROLES, Action
from access.state.store import State
from access.state.tables import AccountRow, UnmaskingConfirmationRow, UnmaskingRequestRow
from study.errors import UserError

Scope = Literal["participant", "study"]
LAPSES_AFTER = timedelta(days=7)
SHORTEST_REASON = 10
LONGEST_REASON = 1000


@dataclass(frozen=True)
class Request:
    """Somebody asked for an unmasking; `confirmed_by` is None until a second person agreed."""

    id: int
    scope: Scope
    participant: str | None
    reason: str
    asked_by: str
    asked_at: datetime
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None

    def is_pending(self, now: datetime) -> bool:
        """Whether it can be confirmed still."""
        return self.confirmed_by is None and now - self.asked_at < LAPSES_AFTER

    @property
    def what(self) -> str:
        """What it opens, as the audit log says it."""
        return _what(self.participant)


def ask(
    state: State,
    account: Account,
    scope: Scope,
    reason: str,
    participant: str | None = None,
    now: datetime | None = None,
) -> Request:
    """Ask for the arm of one participant, or of all; nothing opens before it is confirmed.

    Raises
    ------
    UserError
        If the role may not ask, the reason is too short, or the same is open or asked for already.
    """
    moment = utc_now(now)
    why = _checked_reason(reason)
    if (scope == "participant") != bool(participant):
        raise UserError("Say whose arm is meant: one participant, or the whole study.")
    with state.begin() as session:
        own = _allowed(session, account.name, "ask_unmasking")
        _refuse_same(session, scope, participant, moment)
        row = UnmaskingRequestRow(
            scope=scope,
            participant_id=participant,
            reason=why,
            asked_by=own.name,
            asked_at=moment,
        )
        session.add(row)
        session.flush()
        what = f"request {row.id}: {_what(participant)}"
        append(session, own.name, "ask_unmasking", what, why, moment)
        return _request(row, None)


def confirm(
    state: State, account: Account, request_id: int, now: datetime | None = None
) -> Request:
    """Agree to a request, as a second person; from then on the arm is open.

    Raises
    ------
    UserError
        If the role may not confirm, the account itself asked, the request is unknown, confirmed or
        lapsed, or whoever asked may not ask any more.
    """
    moment = utc_now(now)
    with state.begin() as session:
        own = _allowed(session, account.name, "confirm_unmasking")
        row = session.get(UnmaskingRequestRow, request_id, with_for_update=True)
        if row is None:
            raise UserError("There is no such request. See: rapport unmask list")
        _refuse_unconfirmable(session, row, own, moment)
        confirmation = UnmaskingConfirmationRow(
            request_id=row.id, confirmed_by=own.name, confirmed_at=moment
        )
        session.add(confirmation)
        session.flush()
        opened = _what(row.participant_id)
        what = f"request {row.id} of {row.asked_by}: {opened}"
        append(session, own.name, "confirm_unmasking", what, row.reason, moment)
        append(session, row.asked_by, "unmasked", opened, row.reason, moment)
        return _request(row, confirmation)


def requests(state: State) -> list[Request]:
    """Every request there was, the newest first."""
    with state.read() as session:
        found = session.execute(_with_confirmations().order_by(UnmaskingRequestRow.id.desc()))
        return [_request(row, confirmation) for row, confirmation in found]


def pending(state: State, now: datetime | None = None) -> list[Request]:
    """Requests that wait for a second person, the newest first."""
    moment = utc_now(now)
    return [request for request in requests(state) if request.is_pending(moment)]


def is_study_unmasked(state: State) -> bool:
    """Whether the arms of all participants are open."""
    asked = _confirmed(select(UnmaskingRequestRow.id)).where(UnmaskingRequestRow.scope == "study")
    with state.read() as session:
        return session.scalar(asked.limit(1)) is not None


def unmasked_participants(state: State) -> frozenset[str]:
    """Participants whose own arm is open; where the whole study is, see `is_study_unmasked`."""
    asked = _confirmed(select(UnmaskingRequestRow.participant_id)).where(
        UnmaskingRequestRow.scope == "participant"
    )
    with state.read() as session:
        return frozenset(name for name in session.scalars(asked) if name is not None)


def _checked_reason(reason: str) -> str:
    text = " ".join(reason.split())
    if len(text) < SHORTEST_REASON:
        raise UserError(
            f"The reason needs at least {SHORTEST_REASON} characters: it is what remains of why "
            "the blind was broken. Name nobody in it."
        )
    if len(text) > LONGEST_REASON:
        raise UserError(f"The reason has more than {LONGEST_REASON:,} characters.")
    return text


def _allowed(session: Session, name: str, action: Action) -> Account:
    # Asked of the database, not of what the caller holds: the account may have changed since.
    row = session.get(AccountRow, name)
    account = None if row is None else account_of(row)
    if account is None or account.is_disabled or action not in ROLES[account.role].actions:
        verb = action.split("_")[0]
        raise UserError(
            f"This account may not {verb} an unmasking. Roles that may: {_who(action)}."
        )
    return account


def _who(action: Action) -> str:
    return ", ".join(role for role, powers in ROLES.items() if action in powers.actions)


def _refuse_same(session: Session, scope: Scope, participant: str | None, moment: datetime) -> None:
    same = _with_confirmations().where(
        UnmaskingRequestRow.scope == scope, UnmaskingRequestRow.participant_id == participant
    )
    for row, confirmation in session.execute(same):
        found = _request(row, confirmation)
        if found.confirmed_by is not None:
            raise UserError("That is open already. See: rapport unmask list")
        if found.is_pending(moment):
            raise UserError(
                f"That was asked for already: request {found.id} waits for a second person."
            )


def _refuse_unconfirmable(
    session: Session, row: UnmaskingRequestRow, own: Account, moment: datetime
) -> None:
    if row.asked_by == own.name:
        raise UserError("Whoever asked cannot confirm: a second person has to.")
    if session.get(UnmaskingConfirmationRow, row.id) is not None:
        raise UserError(f"Request {row.id} was confirmed already.")
    if moment - row.asked_at >= LAPSES_AFTER:
        raise UserError(
            f"Request {row.id} was asked more than {LAPSES_AFTER.days} days ago and has lapsed. It "
            "has to be asked anew."
        )
    _allowed(session, row.asked_by, "ask_unmasking")


def _with_confirmations() -> Select[UnmaskingRequestRow, UnmaskingConfirmationRow]:
    return select(UnmaskingRequestRow, UnmaskingConfirmationRow).outerjoin(
        UnmaskingConfirmationRow, UnmaskingConfirmationRow.request_id == UnmaskingRequestRow.id
    )


def _confirmed(asked: Select[Any]) -> Select[Any]:
    return asked.join(
        UnmaskingConfirmationRow, UnmaskingConfirmationRow.request_id == UnmaskingRequestRow.id
    )


def _request(row: UnmaskingRequestRow, confirmation: UnmaskingConfirmationRow | None) -> Request:
    return Request(
        id=row.id,
        scope=cast(Scope, row.scope),
        participant=row.participant_id,
        reason=row.reason,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        confirmed_by=None if confirmation is None else confirmation.confirmed_by,
        confirmed_at=None if confirmation is None else confirmation.confirmed_at,
    )


def _what(participant: str | None) -> str:
    return (
        "the arms of the study" if participant is None else f"the arm of participant {participant}"
    )
