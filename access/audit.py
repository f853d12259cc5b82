"""The audit log: who did what, when and why, in a chain that shows every change.

What the chain proves, and what it cannot, is in `docs/how-to/accounts.md`.
"""

import getpass
from datetime import datetime

from sqlalchemy import select

from access.audit_chain import (
    AUDIT_ACTIONS,
    AuditAction,
    Entry,
    Head,
    append,
    damaged,
    entry_of,
)
from access.audit_check import Fault, verify
from access.clock import utc_now
from access.state.store import State, open_if_kept
from access.state.tables import AuditEntryRow, AuditHeadRow
from study.errors import UserError
from warehouse.workspace import Workspace

__all__ = [
    "AUDIT_ACTIONS",
    "AuditAction",
    "Entry",
    "Fault",
    "Head",
    "at_command_line",
    "checked_action",
    "entries",
    "head_of",
    "record",
    "record_definition_if_kept",
    "record_if_kept",
    "verify",
]


_STUDY_FILE = "study file with SHA-256"


def at_command_line() -> str:
    """Who acts at the command line, for the log: `cli:` and the name of the system's user."""
    try:
        return f"cli:{getpass.getuser()}"
    except (OSError, KeyError):
        # A container may run under a number that has no name.
        return "cli:unnamed"


def checked_action(text: str) -> AuditAction:
    """An action that the log knows.

    Raises
    ------
    UserError
        If it does not.
    """
    if text not in AUDIT_ACTIONS:
        raise UserError(f"The log knows no action {text!r}. It has {', '.join(AUDIT_ACTIONS)}.")
    return text


def record(
    state: State,
    *,
    account: str,
    action: AuditAction,
    what: str,
    why: str | None = None,
    now: datetime | None = None,
) -> Entry:
    """Add a line to the log, in a transaction of its own.

    `what` names things, such as `participant p-0a1b2c3d4e`: never an answer, and never an id that
    the marts do not have.
    """
    moment = utc_now(now)
    with state.begin() as session:
        return append(session, account, action, what, why, moment)


def record_if_kept(
    workspace: Workspace,
    *,
    account: str,
    action: AuditAction,
    what: str,
    why: str | None = None,
    now: datetime | None = None,
) -> None:
    """Add a line where the workspace has a state; nothing where nobody ever made an account."""
    state = open_if_kept(workspace)
    if state is None:
        return
    try:
        record(state, account=account, action=action, what=what, why=why, now=now)
    finally:
        state.close()


def record_definition_if_kept(
    workspace: Workspace, *, account: str, digest: str, now: datetime | None = None
) -> None:
    """Add a line if the study file is another than the one that the log knows."""
    state = open_if_kept(workspace)
    if state is None:
        return
    what = f"{_STUDY_FILE} {digest}"
    last = (
        select(AuditEntryRow.what)
        .where(
            AuditEntryRow.action == "definition_changed",
            AuditEntryRow.what.startswith(_STUDY_FILE),
        )
        .order_by(AuditEntryRow.number.desc())
        .limit(1)
    )
    try:
        with state.begin() as session:
            if session.scalar(last) != what:
                append(session, account, "definition_changed", what, None, utc_now(now))
    finally:
        state.close()


def entries(
    state: State,
    *,
    account: str | None = None,
    action: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    mentions: str | None = None,
    limit: int | None = None,
) -> list[Entry]:
    """Lines of the log, the newest first; all conditions given must hold.

    `since` is included, `until` is not. `mentions` is a text in `what`, such as a participant.
    """
    asked = select(AuditEntryRow).order_by(AuditEntryRow.number.desc())
    if account is not None:
        asked = asked.where(AuditEntryRow.account == account)
    if action is not None:
        asked = asked.where(AuditEntryRow.action == action)
    if since is not None:
        asked = asked.where(AuditEntryRow.at >= _as_kept(since))
    if until is not None:
        asked = asked.where(AuditEntryRow.at < _as_kept(until))
    if mentions is not None:
        asked = asked.where(AuditEntryRow.what.contains(mentions, autoescape=True))
    if limit is not None:
        asked = asked.limit(limit)
    with state.read() as session:
        return [entry_of(row) for row in session.scalars(asked)]


def head_of(state: State) -> Head:
    """Where the log ends now; number 0 before its first line.

    Raises
    ------
    UserError
        If that was taken out of the database.
    """
    with state.read() as session:
        row = session.scalars(select(AuditHeadRow)).one_or_none()
        if row is None:
            raise damaged()
        return Head(row.number, row.hash)


def _as_kept(moment: datetime) -> str:
    return utc_now(moment).isoformat(timespec="microseconds")
