"""Saved cohorts: a choice of participants under a name, for oneself or shared with the team.

A cohort is the filters of a link (`site`, `arm`, `cohort`, `from`, `to`) and nothing more. It never
widens what somebody may see: each read narrows by its viewer as for any link, and a cohort that
names an arm or a site which is not for its reader is not offered to them at all, since without that
part it would be another group than its name says.
"""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from access.account_rows import account_of
from access.audit_chain import append
from access.clock import utc_now
from access.gate import may
from access.roles import ROLES
from access.state.store import State
from access.state.tables import AccountRow, CohortRow
from access.viewer import Viewer
from study.errors import UserError

KEYS = ("site", "arm", "cohort", "from", "to")
"""What of an address makes a cohort. A dimension or a page's own choice is no part of it."""
LONGEST_NAME = 80
_LONGEST_FILTERS = 4000
_MOST = 200


@dataclass(frozen=True)
class Cohort:
    """A saved choice. `filters` is a query string without `?`; `account` None is no account."""

    id: int
    name: str
    filters: str
    is_shared: bool
    account: str | None
    is_own: bool

    def values(self, key: str) -> tuple[str, ...]:
        """What it chooses under a key of the address."""
        return tuple(value for name, value in parse_qsl(self.filters) if name == key)


def cohort_filters(search: str | None) -> str:
    """The part of a query string that makes a cohort, in one order: equal choices are equal text.

    Empty where nothing is chosen.
    """
    given = parse_qsl((search or "").lstrip("?"))
    return urlencode(sorted({pair for pair in given if pair[0] in KEYS}))


def save(
    state: State,
    viewer: Viewer,
    name: str,
    search: str,
    *,
    is_shared: bool,
    now: datetime | None = None,
) -> Cohort:
    """Keep the filters of an address under a name; a cohort of one's own of that name is replaced.

    The caller has taken out of the address what the viewer may not choose.

    Raises
    ------
    UserError
        If the viewer may not save cohorts, nothing is chosen, or the name cannot be one.
    """
    moment, kept = utc_now(now), checked_name(name)
    filters = cohort_filters(search)
    if not filters:
        raise UserError("Nothing is chosen in the filters: that is everybody, and needs no name.")
    if len(filters) > _LONGEST_FILTERS:
        raise UserError("Too much is chosen to be kept under one name.")
    with state.begin() as session:
        owner = _owner(session, viewer)
        row = _own_of_name(session, owner, kept)
        if row is None:
            _refuse_many(session, owner)
            row = CohortRow(account=owner, name=kept, added_at=moment)
            session.add(row)
        row.filters, row.is_shared, row.changed_at = filters, is_shared, moment
        _flush(session, kept)
        _log(session, viewer, row, "saved", moment)
        return _cohort(row, owner)


def rename(
    state: State, viewer: Viewer, cohort_id: int, name: str, now: datetime | None = None
) -> Cohort:
    """Give one's own cohort another name.

    Raises
    ------
    UserError
        If it is not the viewer's, or the name is taken or cannot be one.
    """
    moment, kept = utc_now(now), checked_name(name)
    with state.begin() as session:
        owner = _owner(session, viewer)
        row = _own(session, owner, cohort_id)
        other = _own_of_name(session, owner, kept)
        if other is not None and other.id != row.id:
            raise _taken(kept)
        row.name, row.changed_at = kept, moment
        _flush(session, kept)
        _log(session, viewer, row, "renamed", moment)
        return _cohort(row, owner)


def delete(state: State, viewer: Viewer, cohort_id: int, now: datetime | None = None) -> None:
    """Take one's own cohort away; the audit log keeps that it was there.

    Raises
    ------
    UserError
        If it is not the viewer's.
    """
    moment = utc_now(now)
    with state.begin() as session:
        row = _own(session, _owner(session, viewer), cohort_id)
        _log(session, viewer, row, "deleted", moment)
        session.delete(row)


def offered(state: State | None, viewer: Viewer) -> list[Cohort]:
    """Cohorts that a viewer may apply, their own first, then by name."""
    if state is None or not may(viewer, "save_cohort"):
        return []
    owner = None if viewer.role == "local" else viewer.account
    with state.read() as session:
        rows = session.scalars(select(CohortRow).where(or_(_of_owner(owner), CohortRow.is_shared)))
        found = [_cohort(row, owner) for row in rows]
    shown = [one for one in found if _is_for(one, viewer)]
    return sorted(shown, key=lambda one: (not one.is_own, one.name.casefold(), one.id))


def checked_name(text: str) -> str:
    """A name as it is kept.

    Raises
    ------
    UserError
        If it is empty or too long.
    """
    words = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    if not words:
        raise UserError("Give the cohort a name.")
    if len(words) > LONGEST_NAME:
        raise UserError(f"The name has {len(words)} characters; at most {LONGEST_NAME} are kept.")
    return words


def _is_for(cohort: Cohort, viewer: Viewer) -> bool:
    """Whether all that a cohort names may be named to a viewer."""
    if viewer.is_masked and cohort.values("arm"):
        return False
    return viewer.sites is None or set(cohort.values("site")) <= viewer.sites


def _owner(session: Session, viewer: Viewer) -> str | None:
    """Whose the cohort is, None without accounts; asked of the database, as it is now."""
    if viewer.role == "local" and may(viewer, "save_cohort"):
        return None
    row = session.get(AccountRow, viewer.account)
    account = None if row is None else account_of(row)
    if (
        account is None
        or account.is_disabled
        or account.role != viewer.role
        or "save_cohort" not in ROLES[account.role].actions
    ):
        raise UserError("This account may not save cohorts.")
    return account.name


def _of_owner(owner: str | None) -> ColumnElement[bool]:
    return CohortRow.account.is_(None) if owner is None else CohortRow.account == owner


def _own_of_name(session: Session, owner: str | None, name: str) -> CohortRow | None:
    # A unique constraint does not hold for rows without an account.
    asked = select(CohortRow).where(_of_owner(owner), CohortRow.name == name)
    return session.scalars(asked.order_by(CohortRow.id)).first()


def _own(session: Session, owner: str | None, cohort_id: int) -> CohortRow:
    row = session.get(CohortRow, cohort_id, with_for_update=True)
    if row is None or row.account != owner:
        raise UserError("There is no such cohort among your own.")
    return row


def _refuse_many(session: Session, owner: str | None) -> None:
    asked = select(CohortRow.id).where(_of_owner(owner))
    if len(session.scalars(asked.limit(_MOST)).all()) == _MOST:
        raise UserError(f"There are {_MOST} cohorts of yours already. Delete one first.")


def _flush(session: Session, name: str) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        raise _taken(name) from error


def _taken(name: str) -> UserError:
    return UserError(f"You have a cohort called {name!r} already.")


def _log(session: Session, viewer: Viewer, row: CohortRow, done: str, moment: datetime) -> None:
    # Who reads the log may be masked: neither the name nor an arm is in it.
    chosen = sorted({key for key, _ in parse_qsl(row.filters)})
    kind = "shared" if row.is_shared else "own"
    what = f"cohort {row.id}, {kind}, by {' and '.join(chosen)}: {done}"
    append(session, viewer.account, "cohort_saved", what, None, moment)


def _cohort(row: CohortRow, owner: str | None) -> Cohort:
    return Cohort(
        row.id, row.name, row.filters, row.is_shared, row.account, is_own=row.account == owner
    )
