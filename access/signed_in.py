"""Who is signed in: sessions kept on the server, known by a random token in a cookie.

Only a hash of the token is kept, so that whoever reads the database cannot use it to look in.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from access.account_rows import Account, account_of, drop_sessions
from access.clock import utc_now
from access.state.store import State
from access.state.tables import AccountRow, WebSessionRow

IDLE = timedelta(minutes=30)
"""A session ends after this long without a request."""
ABSOLUTE = timedelta(hours=12)
"""A session ends this long after the sign-in, whatever was done."""
# Written at most this often, so that reading pages does not queue for the database's one writer.
# A session may end this much before its half hour.
_NOTED_EVERY = timedelta(minutes=1)
_TOKEN_BYTES = 32


def start(state: State, account: Account, now: datetime | None = None) -> str:
    """Sign somebody in; the token for their cookie. Every sign-in gets another.

    Raises
    ------
    ValueError
        If the account is gone or disabled.
    """
    moment = utc_now(now)
    with state.begin(lasting=False) as session:
        row = session.get(AccountRow, account.name)
        if row is None or row.is_disabled:
            raise ValueError("only an account that is enabled can be signed in")
        _drop_ended(session, moment)
        return _new(session, account.name, moment, moment)


def look_up(
    state: State, token: str, now: datetime | None = None, *, is_use: bool = True
) -> Account | None:
    """Whose session it is; None where there is none of that token, or where it has ended.

    `is_use` False is for what a page asks by itself: it does not keep an idle session alive.
    """
    moment = utc_now(now)
    hashed = _hashed(token)
    with state.read() as session:
        found = session.execute(
            select(WebSessionRow, AccountRow)
            .join(AccountRow, AccountRow.name == WebSessionRow.account)
            .where(WebSessionRow.token_hash == hashed, AccountRow.is_disabled.is_(False))
        ).one_or_none()
        if found is None:
            return None
        kept, row = found
        if _has_ended(kept, moment):
            return None
        account = account_of(row)
        seen_at = kept.seen_at
    if is_use and moment - seen_at >= _NOTED_EVERY:
        _note_seen(state, hashed, moment)
    return account


def rotate(state: State, token: str, now: datetime | None = None) -> str | None:
    """Another token for the same session, whose old one ends; None where it had ended already.

    It is no new sign-in: the session still ends 12 hours after that.
    """
    moment = utc_now(now)
    with state.begin() as session:
        kept = session.get(WebSessionRow, _hashed(token), with_for_update=True)
        if kept is None or _has_ended(kept, moment):
            return None
        session.delete(kept)
        return _new(session, kept.account, kept.started_at, moment)


def end(state: State, token: str) -> None:
    """Sign out of one session."""
    with state.begin() as session:
        session.execute(delete(WebSessionRow).where(WebSessionRow.token_hash == _hashed(token)))


def end_all(state: State, account: Account) -> None:
    """Sign an account out everywhere."""
    with state.begin() as session:
        drop_sessions(session, account.name)


def _new(session: Session, name: str, started_at: datetime, seen_at: datetime) -> str:
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    session.add(
        WebSessionRow(
            token_hash=_hashed(token), account=name, started_at=started_at, seen_at=seen_at
        )
    )
    return token


def _has_ended(kept: WebSessionRow, moment: datetime) -> bool:
    return moment - kept.seen_at >= IDLE or moment - kept.started_at >= ABSOLUTE


def _note_seen(state: State, hashed: str, moment: datetime) -> None:
    with state.begin(lasting=False) as session:
        session.execute(
            update(WebSessionRow)
            .where(WebSessionRow.token_hash == hashed, WebSessionRow.seen_at < moment)
            .values(seen_at=moment)
        )


def _drop_ended(session: Session, moment: datetime) -> None:
    session.execute(
        delete(WebSessionRow).where(
            or_(
                WebSessionRow.seen_at <= moment - IDLE,
                WebSessionRow.started_at <= moment - ABSOLUTE,
            )
        )
    )


def _hashed(token: str) -> str:
    # 256 random bits need no slow hash: nobody can try them all.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
