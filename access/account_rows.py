"""What an account is, and how it is kept as rows of the state."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from access.roles import ROLES
from access.state.tables import (
    AccountParticipantRow,
    AccountRow,
    AccountSiteRow,
    WebSessionRow,
)
from access.viewer import Role
from study.errors import UserError

ACCOUNT_ROLES: tuple[Role, ...] = tuple(role for role in ROLES if role != "local")
"""Roles that an account may have. `local` is whoever sits at a machine without accounts."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,63}")


@dataclass(frozen=True)
class Account:
    """Somebody who may sign in.

    `sites` is None where all sites are theirs. `participants`, those in their care, is None for
    every role but the clinician's, who sees nobody else. `has_password` is False for those who sign
    in elsewhere, by OpenID Connect.
    """

    name: str
    role: Role
    sites: frozenset[str] | None = None
    participants: frozenset[str] | None = None
    is_disabled: bool = False
    has_password: bool = True


def account_of(row: AccountRow) -> Account:
    """An account as it is kept.

    Raises
    ------
    UserError
        If it has a role that this Rapport does not know: it then may do nothing.
    """
    if row.role not in ACCOUNT_ROLES:
        raise UserError(
            f"The account {row.name!r} has the role {row.role!r}, which this Rapport does not know."
            f" Give it another: rapport user role {row.name} --role ROLE"
        )
    role = row.role
    return Account(
        name=row.name,
        role=role,
        sites=None if row.has_all_sites else frozenset(one.site_id for one in row.sites),
        participants=frozenset(one.participant_id for one in row.in_care)
        if role == "clinician"
        else None,
        is_disabled=row.is_disabled,
        has_password=row.password_hash is not None,
    )


def usable_name(text: str) -> str:
    """A name as it is kept: without blanks around it, in small letters.

    Raises
    ------
    UserError
        If it cannot be a name.
    """
    name = key_of(text)
    if name is None:
        raise UserError(
            "An account's name has 2 to 64 letters (a-z), digits and . _ @ + -, and begins with a "
            "letter or digit, such as 'j.doe' or 'j.doe@example.org'."
        )
    return name


def known_role(text: str) -> Role:
    """A role that an account may have.

    Raises
    ------
    UserError
        If there is none of that name.
    """
    if text not in ACCOUNT_ROLES:
        raise UserError(f"There is no role {text!r}. Roles: {', '.join(ACCOUNT_ROLES)}.")
    return text


def key_of(typed: str) -> str | None:
    """A name as accounts are kept under; None if it cannot be one."""
    name = typed.strip().casefold()
    return name if _NAME.fullmatch(name) else None


def limits_of(
    role: Role, sites: Iterable[str] | None, participants: Iterable[str]
) -> tuple[frozenset[str] | None, frozenset[str]]:
    """Sites (None for all) and participants in care that fit a role.

    Raises
    ------
    UserError
        If the role is unknown, a list of sites is empty, or participants are named for a role that
        has none in its care.
    """
    known_role(role)
    in_care = frozenset(participants)
    if in_care and role != "clinician":
        raise UserError(f"Only clinicians have participants in their care, not the role {role!r}.")
    if sites is None:
        return None, in_care
    own = frozenset(sites)
    if not own:
        raise UserError("Name at least one site, or give all of them.")
    return own, in_care


def limit(row: AccountRow, sites: frozenset[str] | None, in_care: frozenset[str]) -> None:
    """Give an account these sites (None for all) and participants, and no others."""
    row.has_all_sites = sites is None
    row.sites = [AccountSiteRow(account=row.name, site_id=one) for one in sorted(sites or ())]
    set_in_care(row, in_care)


def set_in_care(row: AccountRow, in_care: frozenset[str]) -> None:
    """Put these participants into an account's care, and no others."""
    row.in_care = [
        AccountParticipantRow(account=row.name, participant_id=one) for one in sorted(in_care)
    ]


def found(session: Session, name: str) -> AccountRow:
    """The account to change; others who would change it wait.

    Raises
    ------
    UserError
        If there is none.
    """
    key = key_of(name)
    row = None if key is None else session.get(AccountRow, key, with_for_update=True)
    if row is None:
        raise UserError("There is no account of that name. See: rapport user list")
    return row


def drop_sessions(session: Session, name: str) -> None:
    """End every session of an account, within a transaction of the caller's."""
    session.execute(delete(WebSessionRow).where(WebSessionRow.account == name))


def flush_new(session: Session, name: str) -> None:
    """Write a new account.

    Raises
    ------
    UserError
        If somebody else made it in the same moment.
    """
    try:
        session.flush()
    except IntegrityError as error:
        raise taken(name) from error


def taken(name: str) -> UserError:
    """What to say where a name, or who signs in elsewhere, has an account."""
    return UserError(
        f"There is an account {name!r}, or one of the same OpenID Connect subject, already. "
        "See: rapport user list"
    )


def refuse_without_admin(session: Session, row: AccountRow) -> None:
    """Refuse to take away the last account that can manage accounts.

    Raises
    ------
    UserError
        If there is no other.
    """
    others = select(AccountRow.name).where(
        AccountRow.role == "admin", AccountRow.is_disabled.is_(False), AccountRow.name != row.name
    )
    if session.scalar(others.limit(1)) is None:
        raise UserError(
            f"{row.name!r} is the last administrator. Make another first: "
            "rapport user add NAME --role admin"
        )


def as_text(row: AccountRow) -> str:
    """What an account may see, as the audit log says it."""
    sites = (
        "all sites" if row.has_all_sites else "sites " + ", ".join(one.site_id for one in row.sites)
    )
    care = f"; in care: {', '.join(one.participant_id for one in row.in_care)}"
    return f"role {row.role}; {sites}" + (care if row.in_care else "")
