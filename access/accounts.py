"""Accounts: who may sign in, in which role, and whom they may see."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select

from access import lockout, passwords
from access.account_rows import (
    ACCOUNT_ROLES,
    Account,
    account_of,
    as_text,
    drop_sessions,
    flush_new,
    found,
    key_of,
    known_role,
    limit,
    limits_of,
    refuse_without_admin,
    set_in_care,
    taken,
    usable_name,
)
from access.audit_chain import append
from access.clock import utc_now
from access.gate import smallest_cell
from access.roles import ROLES
from access.state.store import State
from access.state.tables import AccountRow
from access.viewer import Role, Viewer
from study.definition import Privacy
from study.errors import UserError

__all__ = [
    "ACCOUNT_ROLES",
    "UNKNOWN",
    "Account",
    "Refused",
    "accounts",
    "add",
    "change_care",
    "disable",
    "enable",
    "find",
    "find_by_claims",
    "has_accounts",
    "known_role",
    "set_password",
    "set_role",
    "sign_in",
    "usable_name",
    "viewer_of",
]

UNKNOWN = "(unknown)"
"""Stands in the audit log for a name that is no account's; no account can be called that."""


@dataclass(frozen=True)
class Refused:
    """A sign-in that did not succeed. Whoever tried is told the same in both cases."""

    reason: Literal["unknown_or_wrong", "locked"]


def add(
    state: State,
    name: str,
    role: Role,
    *,
    password: str | None,
    sites: Iterable[str] | None = None,
    participants: Iterable[str] = (),
    by: str,
    now: datetime | None = None,
    issuer: str | None = None,
    subject: str | None = None,
) -> Account:
    """Make an account; `sites` None gives all of them. `by` is who does it, for the audit log.

    Without a password it needs an `issuer` and `subject` of OpenID Connect to sign in with.

    Raises
    ------
    UserError
        If the name is taken or cannot be one, the password is weak, or sites and participants do
        not fit the role.
    """
    name = usable_name(name)
    limits = limits_of(role, sites, participants)
    if password is not None:
        passwords.refuse_weak(name, password)
    kept = None if password is None else passwords.hashed(password)
    moment = utc_now(now)
    with state.begin() as session:
        if session.get(AccountRow, name) is not None:
            raise taken(name)
        row = AccountRow(
            name=name,
            role=role,
            password_hash=kept,
            issuer=issuer,
            subject=subject,
            has_all_sites=limits[0] is None,
            is_disabled=False,
            added_at=moment,
            changed_at=moment,
        )
        session.add(row)
        limit(row, *limits)
        flush_new(session, name)
        append(session, by, "account_added", f"account {name}: {as_text(row)}", None, moment)
        return account_of(row)


def set_role(
    state: State,
    name: str,
    role: Role,
    *,
    sites: Iterable[str] | None = None,
    participants: Iterable[str] = (),
    by: str,
    now: datetime | None = None,
) -> Account:
    """Give an account another role, other sites or other participants; it has to sign in anew.

    Raises
    ------
    UserError
        If there is no such account, sites and participants do not fit the role, or nobody would be
        left to manage accounts.
    """
    limits = limits_of(role, sites, participants)
    moment = utc_now(now)
    with state.begin() as session:
        row = found(session, name)
        if row.role == "admin" and role != "admin":
            refuse_without_admin(session, row)
        row.role = role
        limit(row, *limits)
        row.changed_at = moment
        drop_sessions(session, row.name)
        append(session, by, "account_changed", f"account {row.name}: {as_text(row)}", None, moment)
        return account_of(row)


def change_care(
    state: State,
    name: str,
    *,
    added: Iterable[str] = (),
    removed: Iterable[str] = (),
    by: str,
    now: datetime | None = None,
) -> Account:
    """Take participants into a clinician's care, and others out of it.

    Raises
    ------
    UserError
        If there is no such account, or it is no clinician's.
    """
    moment = utc_now(now)
    with state.begin() as session:
        row = found(session, name)
        if row.role != "clinician":
            raise UserError(
                f"Only clinicians have participants in their care, not the role {row.role!r}."
            )
        before = {one.participant_id for one in row.in_care}
        set_in_care(row, frozenset((before | set(added)) - set(removed)))
        row.changed_at = moment
        append(session, by, "account_changed", f"account {row.name}: {as_text(row)}", None, moment)
        return account_of(row)


def set_password(
    state: State, name: str, password: str, *, by: str, now: datetime | None = None
) -> Account:
    """Give an account another password; it is signed out everywhere.

    Raises
    ------
    UserError
        If there is no such account, it signs in elsewhere, or the password is weak.
    """
    passwords.refuse_weak(name, password)
    kept = passwords.hashed(password)
    moment = utc_now(now)
    with state.begin() as session:
        row = found(session, name)
        if row.issuer is not None:
            raise UserError(f"The account {row.name!r} signs in at {row.issuer}: no password here.")
        row.password_hash = kept
        row.changed_at = moment
        drop_sessions(session, row.name)
        append(session, by, "account_changed", f"account {row.name}: password", None, moment)
        return account_of(row)


def disable(state: State, name: str, *, by: str, now: datetime | None = None) -> Account:
    """Keep an account from signing in, and end its sessions.

    Raises
    ------
    UserError
        If there is no such account, or nobody would be left to manage accounts.
    """
    return _set_disabled(state, name, True, by, utc_now(now))


def enable(state: State, name: str, *, by: str, now: datetime | None = None) -> Account:
    """Let a disabled account sign in again.

    Raises
    ------
    UserError
        If there is no such account.
    """
    return _set_disabled(state, name, False, by, utc_now(now))


def sign_in(
    state: State, name: str, password: str, address: str, now: datetime | None = None
) -> Account | Refused:
    """The account of a name and password, tried from an IP address; the audit log says so.

    A name that is not there, one that is disabled and a wrong password take the same time and are
    refused alike. Tries that are locked out (see `access.lockout`) are neither looked at nor
    logged, so that nobody can fill the log.
    """
    moment = utc_now(now)
    attempt = lockout.Attempt.of(name, address)
    key = key_of(name)
    with state.begin(lasting=False) as session:
        counted = lockout.count_try(session, attempt, moment)
        if counted is None:
            return Refused("locked")
        row = None if key is None else session.get(AccountRow, key)
        kept = None if row is None else row.password_hash
    # Slow on purpose, so no transaction is held meanwhile.
    is_right = passwords.is_right(kept, password)
    renewed = (
        passwords.hashed(password) if is_right and passwords.needs_rehash(kept or "") else kept
    )
    with state.begin() as session:
        row = None if key is None else session.get(AccountRow, key, with_for_update=True)
        if row is None or not is_right or row.is_disabled or row.password_hash != kept:
            # What was typed is not kept: people type passwords into the wrong field.
            who = UNKNOWN if row is None else row.name
            append(session, who, "sign_in_refused", f"from {address[:64]}", None, moment)
            return Refused("unknown_or_wrong")
        lockout.forgive(session, counted)
        row.password_hash = renewed
        append(session, row.name, "sign_in", f"from {address[:64]}", None, moment)
        return account_of(row)


def accounts(state: State) -> list[Account]:
    """Every account, by name; disabled ones too."""
    with state.read() as session:
        rows = session.scalars(select(AccountRow).order_by(AccountRow.name))
        return [account_of(row) for row in rows]


def find(state: State, name: str) -> Account | None:
    """The account of a name, disabled or not."""
    key = key_of(name)
    with state.read() as session:
        row = None if key is None else session.get(AccountRow, key)
        return None if row is None else account_of(row)


def find_by_claims(state: State, issuer: str, subject: str) -> Account | None:
    """The account that signs in at an OpenID Connect issuer under a subject, disabled or not."""
    asked = select(AccountRow).where(AccountRow.issuer == issuer, AccountRow.subject == subject)
    with state.read() as session:
        row = session.scalars(asked).one_or_none()
        return None if row is None else account_of(row)


def has_accounts(state: State) -> bool:
    """Whether anybody could sign in."""
    with state.read() as session:
        asked = select(AccountRow.name).where(AccountRow.is_disabled.is_(False)).limit(1)
        return session.scalar(asked) is not None


def viewer_of(account: Account, privacy: Privacy, unmasked: bool) -> Viewer:
    """What the gate asks for: the account's limits, and how small a group it may see.

    `unmasked` says that the arms of the whole study are open.
    """
    if account.is_disabled:
        raise ValueError("a disabled account looks at nothing")
    return Viewer(
        account=account.name,
        role=account.role,
        sites=account.sites,
        participants=account.participants,
        edition="open" if unmasked else ROLES[account.role].edition,
        smallest_cell=smallest_cell(
            account.role, shared=privacy.smallest_cell, team=privacy.smallest_cell_team
        ),
    )


def _set_disabled(state: State, name: str, is_disabled: bool, by: str, moment: datetime) -> Account:
    with state.begin() as session:
        row = found(session, name)
        if is_disabled and row.role == "admin":
            refuse_without_admin(session, row)
        row.is_disabled = is_disabled
        row.changed_at = moment
        if is_disabled:
            drop_sessions(session, row.name)
        what = f"account {row.name}: {'disabled' if is_disabled else 'enabled'}"
        append(session, by, "account_changed", what, None, moment)
        return account_of(row)
