"""The contact log: when the team spoke or wrote to a participant, how, and what came of it.

Lines are added, never changed. One that was written by mistake is struck out by name and stays in
the log, as ICH E6 asks of corrections. The log holds no health data: a note is short, and whoever
writes one is told to name nobody.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from access.account_rows import account_of
from access.audit_chain import append
from access.clock import utc_now
from access.gate import may
from access.roles import ROLES
from access.state.store import State
from access.state.tables import AccountRow, ContactRow
from access.viewer import Viewer
from study.errors import UserError

CHANNELS: Mapping[str, str] = MappingProxyType(
    {
        "phone": "Phone call",
        "sms": "Text message",
        "email": "E-mail",
        "letter": "Letter",
        "in_person": "In person",
        "other": "Other",
    }
)
"""How somebody was contacted, by what is kept and what is said."""
OUTCOMES: Mapping[str, str] = MappingProxyType(
    {
        "reached": "Reached",
        "message_left": "Message left or sent",
        "not_reached": "Not reached",
        "wrong_details": "Number or address is wrong",
        "declined": "Asked not to be contacted",
        "wants_to_stop": "Wants to stop taking part",
        "other": "Other",
    }
)
"""What came of it. Whoever declined or wants to stop was reached, too."""
SPOKEN_TO = frozenset({"reached", "declined", "wants_to_stop"})
"""Outcomes that say the participant was reached."""
NO_MORE = frozenset({"declined", "wants_to_stop"})
"""Outcomes after which the worklist says so beside the name."""
LONGEST_NOTE = 280
# Clocks of the browser and of this machine differ a little.
_AHEAD = timedelta(minutes=10)
_OLDEST = timedelta(days=5 * 366)
_REASON = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True)
class Contact:
    """One line of the log. Times are UTC; `account` None is a machine without accounts.

    `reason` is why the worklist named the participant then; None where it did not.
    """

    id: int
    participant: str
    at: datetime
    account: str | None
    channel: str
    outcome: str
    reason: str | None
    note: str | None
    logged_at: datetime
    struck_at: datetime | None = None
    struck_by: str | None = None

    @property
    def is_struck(self) -> bool:
        """Whether it was written by mistake, and counts nowhere."""
        return self.struck_at is not None


@dataclass(frozen=True)
class Entry:
    """What somebody wants to write down, as they gave it."""

    participant: str
    at: datetime
    channel: str
    outcome: str
    note: str = ""
    reason: str | None = None


def log(state: State, viewer: Viewer, entry: Entry, now: datetime | None = None) -> Contact:
    """Add a contact, with a line in the audit log that has no note.

    Whether the participant is one whom the viewer may see is for the caller to ask: the state does
    not know the study.

    Raises
    ------
    UserError
        If the viewer may not log contacts, or something of the entry has to be put right.
    """
    moment = utc_now(now)
    row = _checked(entry, moment)
    with state.begin() as session:
        row.account = _writer(session, viewer)
        session.add(row)
        session.flush()
        said = f"{CHANNELS[row.channel].lower()}, {OUTCOMES[row.outcome].lower()}"
        what = f"contact {row.id} with participant {row.participant_id}: {said}"
        append(session, viewer.account, "contact_logged", what, None, moment)
        return _contact(row)


def strike_out(state: State, viewer: Viewer, contact_id: int, now: datetime | None = None) -> None:
    """Say that a line was written by mistake; it stays, and counts nowhere any more.

    Raises
    ------
    UserError
        If the viewer may not log contacts, there is no such line, somebody else wrote it, or it was
        struck out before.
    """
    moment = utc_now(now)
    with state.begin() as session:
        writer = _writer(session, viewer)
        row = session.get(ContactRow, contact_id, with_for_update=True)
        if row is None or row.account != writer:
            raise UserError("Only whoever logged a contact can strike it out.")
        if row.struck_at is not None:
            raise UserError("That contact was struck out already.")
        row.struck_at, row.struck_by = moment, writer
        what = f"contact {row.id} with participant {row.participant_id}: struck out"
        append(session, viewer.account, "contact_logged", what, None, moment)


def contacts(state: State | None, participants: Iterable[str] | None = None) -> list[Contact]:
    """Every contact with the participants given (None: with all), the newest first.

    Struck-out lines are among them. None for a state gives none: nothing was written yet.
    """
    if state is None:
        return []
    asked = select(ContactRow).order_by(ContactRow.contacted_at.desc(), ContactRow.id.desc())
    wanted = None if participants is None else frozenset(participants)
    with state.read() as session:
        rows = session.scalars(asked)
        return [_contact(one) for one in rows if wanted is None or one.participant_id in wanted]


def _checked(entry: Entry, moment: datetime) -> ContactRow:
    at = utc_now(entry.at)
    if entry.channel not in CHANNELS:
        raise UserError("Choose how the participant was contacted.")
    if entry.outcome not in OUTCOMES:
        raise UserError("Choose what came of the contact.")
    if at > moment + _AHEAD:
        raise UserError("The contact is in the future. Log it when it was made.")
    if at < moment - _OLDEST:
        raise UserError("The contact is more than five years ago. Check the date.")
    if not entry.participant or len(entry.participant) > 200:
        raise UserError("Say with whom the contact was.")
    if entry.reason is not None and not _REASON.fullmatch(entry.reason):
        raise ValueError("a reason is one of the worklist's")
    return ContactRow(
        participant_id=entry.participant,
        contacted_at=at,
        channel=entry.channel,
        outcome=entry.outcome,
        reason=entry.reason,
        note=_checked_note(entry.note),
        logged_at=moment,
    )


def _checked_note(text: str) -> str | None:
    words = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    if len(words) > LONGEST_NOTE:
        raise UserError(
            f"The note has {len(words)} characters; at most {LONGEST_NOTE} are kept. Leave out "
            "what belongs into the participant's own file."
        )
    return words or None


def _writer(session: Session, viewer: Viewer) -> str | None:
    """The account that writes, None without accounts; asked of the database, as it is now."""
    if viewer.role == "local" and may(viewer, "log_contact"):
        return None
    row = session.get(AccountRow, viewer.account)
    account = None if row is None else account_of(row)
    if (
        account is None
        or account.is_disabled
        or account.role != viewer.role
        or "log_contact" not in ROLES[account.role].actions
    ):
        raise UserError("This account may not log contacts. The trial's team may.")
    return account.name


def _contact(row: ContactRow) -> Contact:
    return Contact(
        id=row.id,
        participant=row.participant_id,
        at=row.contacted_at,
        account=row.account,
        channel=row.channel,
        outcome=row.outcome,
        reason=row.reason,
        note=row.note,
        logged_at=row.logged_at,
        struck_at=row.struck_at,
        struck_by=row.struck_by,
    )
