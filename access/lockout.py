"""Slows down guessing of passwords, without a way to lock somebody else out for long.

Failures are counted for a name at an address, and for an address. After a few, that name cannot be
tried from there, or nothing can from there, for a minute, then two, up to 15. The right password
from another address always works. Failures are forgotten with time, so that a ward behind one
address is not shut out by its typing errors of a day; and a name that signed in from an address in
the last 30 days is not shut out there by what others try.
"""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from access.state.tables import SignInAttemptRow

LONGEST_DELAY = timedelta(minutes=15)
KNOWN_FOR = timedelta(days=30)
MOST_ROWS = 10_000
"""The table of attempts holds no more, whoever tries what from wherever."""
_ADVISORY_LOCK = 7277679


@dataclass(frozen=True)
class _Rule:
    """So many failures are `free`; one is forgotten each `forgotten_after` without another."""

    free: int
    forgotten_after: timedelta

    @property
    def most(self) -> int:
        """Failures beyond this make no delay longer, and are not counted."""
        return self.free + 5

    def delay(self, n_failed: int) -> timedelta:
        """How long nothing can be tried after so many: 1, 2, 4, 8, then 15 minutes."""
        if n_failed <= self.free:
            return timedelta(0)
        doublings = n_failed - self.free - 1
        return min(timedelta(minutes=2.0**doublings), LONGEST_DELAY)


OF_NAME = _Rule(free=4, forgotten_after=timedelta(minutes=15))
OF_ADDRESS = _Rule(free=20, forgotten_after=timedelta(minutes=1))


@dataclass(frozen=True)
class Attempt:
    """A name that somebody typed, hashed, and the network that they are in."""

    name_hash: str
    network: str

    @classmethod
    def of(cls, name: str, address: str) -> "Attempt":
        """What is counted of a name as typed and an IP address."""
        typed = name.strip().casefold().encode("utf-8", "surrogatepass")
        return cls(hashlib.sha256(typed).hexdigest(), network_of(address))


@dataclass(frozen=True)
class Counted:
    """A try that was counted: at which moment, and whether for its address too."""

    attempt: Attempt
    moment: datetime
    for_address: bool


def network_of(address: str) -> str:
    """An IPv4 address itself, the /64 of an IPv6 one (a household has that many), or `unknown`."""
    try:
        parsed = ipaddress.ip_address(address.strip())
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((parsed.packed, 64), strict=False))


def count_try(session: Session, attempt: Attempt, moment: datetime) -> Counted | None:
    """Count a try as failed before its password is looked at; None where it is locked.

    Counted first, many tries at the same time gain nothing; `forgive` takes a right one back.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
    own = session.get(SignInAttemptRow, (attempt.name_hash, attempt.network))
    shared = session.get(SignInAttemptRow, ("", attempt.network))
    is_shut = _is_locked(shared, moment)
    if _is_locked(own, moment) or (is_shut and not _is_known(own, moment)):
        return None
    _count(session, own, attempt.name_hash, attempt.network, OF_NAME, moment)
    if not is_shut:
        _count(session, shared, "", attempt.network, OF_ADDRESS, moment)
    _keep_small(session, moment)
    return Counted(attempt, moment, for_address=not is_shut)


def forgive(session: Session, counted: Counted) -> None:
    """The password was right: the name starts afresh here, and the address loses this one try.

    It loses no more, or whoever has one account could try others for ever.
    """
    attempt = counted.attempt
    own = session.get(SignInAttemptRow, (attempt.name_hash, attempt.network), with_for_update=True)
    if own is not None:
        own.n_failed, own.locked_until, own.signed_in_at = 0, None, counted.moment
    shared = session.get(SignInAttemptRow, ("", attempt.network), with_for_update=True)
    if shared is None or not counted.for_address:
        return
    shared.n_failed = max(0, shared.n_failed - 1)
    if shared.tried_at == counted.moment:
        # It was open before this try, and nobody failed since.
        shared.locked_until = None


def _count(
    session: Session,
    row: SignInAttemptRow | None,
    name_hash: str,
    network: str,
    rule: _Rule,
    moment: datetime,
) -> None:
    if row is None:
        row = SignInAttemptRow(name_hash=name_hash, address=network, n_failed=0, tried_at=moment)
        session.add(row)
    forgotten = max(0, (moment - row.tried_at) // rule.forgotten_after)
    row.n_failed = min(max(0, row.n_failed - forgotten) + 1, rule.most)
    row.tried_at = moment
    row.locked_until = _until(rule, row.n_failed, moment)


def _until(rule: _Rule, n_failed: int, since: datetime) -> datetime | None:
    delay = rule.delay(n_failed)
    return since + delay if delay else None


def _is_locked(row: SignInAttemptRow | None, moment: datetime) -> bool:
    return row is not None and row.locked_until is not None and moment < row.locked_until


def _is_known(row: SignInAttemptRow | None, moment: datetime) -> bool:
    return (
        row is not None and row.signed_in_at is not None and moment - row.signed_in_at < KNOWN_FOR
    )


def _keep_small(session: Session, moment: datetime) -> None:
    session.flush()
    session.execute(delete(SignInAttemptRow).where(SignInAttemptRow.tried_at < moment - KNOWN_FOR))
    surplus = (session.scalar(select(func.count()).select_from(SignInAttemptRow)) or 0) - MOST_ROWS
    if surplus <= 0:
        return
    # Names that never signed in from there go first: those are what floods the table.
    oldest = (
        select(SignInAttemptRow)
        .order_by(SignInAttemptRow.signed_in_at.is_not(None), SignInAttemptRow.tried_at)
        .limit(surplus)
    )
    for row in session.scalars(oldest).all():
        session.delete(row)
