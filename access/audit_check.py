"""Checks the audit log: what was changed, removed, put elsewhere, or cut off."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from access.audit_chain import FIRST_HASH, Entry, Head, hash_of
from access.state.append_only import missing_triggers
from access.state.store import State
from access.state.tables import AuditEntryRow, AuditHeadRow

_BATCH = 1000


@dataclass(frozen=True)
class Fault:
    """What is wrong with the log; `number` is the first line that it concerns, None for none."""

    number: int | None
    words: str


def verify(state: State, copy: Head | None = None) -> list[Fault]:
    """Everything that is wrong with the log, as far as it shows; an empty list if nothing is.

    The chain is followed up to the first line that does not fit: what comes after a change proves
    nothing any more. `copy` is a head that was noted before, elsewhere: with it, lines up to there
    that were all written anew are found as well.
    """
    try:
        with state.read(of_one_moment=True) as session:
            faults = [*_of_triggers(session), *_of_chain(session, copy)]
    except DatabaseError as error:
        kind = type(error.orig).__name__
        return [Fault(None, f"the database cannot be read to its end ({kind}): it is damaged")]
    return faults


def _of_triggers(session: Session) -> Iterator[Fault]:
    for name in missing_triggers(session.connection()):
        yield Fault(None, f"the database no longer protects the log: its {name} is gone or changed")


def _of_chain(session: Session, copy: Head | None) -> list[Fault]:
    asked = select(AuditEntryRow.__table__).order_by(AuditEntryRow.number)
    last = Head(0, FIRST_HASH)
    with session.execute(asked.execution_options(yield_per=_BATCH)) as rows:
        for row in rows.mappings():
            entry = Entry(**row)
            fault = _of_line(entry, last) or _of_copy(entry, copy)
            if fault is not None:
                return [fault]
            last = Head(entry.number, entry.hash)
    faults = _of_head(session, last)
    if copy is not None and copy.number > last.number:
        words = f"the log ends before line {copy.number} of your copy: lines were cut off"
        faults.append(Fault(last.number + 1, words))
    return faults


def _of_copy(entry: Entry, copy: Head | None) -> Fault | None:
    if copy is None or copy.number != entry.number or copy.hash == entry.hash:
        return None
    return Fault(entry.number, "it is not the line of your copy: the log up to it was written anew")


def _of_line(entry: Entry, before: Head) -> Fault | None:
    expected = before.number + 1
    if entry.number != expected:
        words = f"line {expected} is missing: after {before.number} comes {entry.number}"
        return Fault(expected, words)
    if any(not isinstance(text, str) for text in _texts(entry)):
        return Fault(entry.number, "one of its fields is not text: it was changed")
    fields = asdict(entry)
    if fields.pop("hash") != hash_of(fields):
        return Fault(entry.number, "its hash does not fit what it says: it was changed")
    if entry.hash_before != before.hash:
        words = "it does not follow the line before it: one of them was put elsewhere or replaced"
        return Fault(entry.number, words)
    return None


def _texts(entry: Entry) -> tuple[object, ...]:
    texts = (entry.at, entry.account, entry.action, entry.what, entry.hash_before, entry.hash)
    return texts if entry.why is None else (*texts, entry.why)


def _of_head(session: Session, last: Head) -> list[Fault]:
    rows = session.scalars(select(AuditHeadRow)).all()
    if len(rows) != 1:
        return [Fault(None, "the head of the log, which says where it ends, is gone")]
    head = Head(rows[0].number, rows[0].hash)
    if not isinstance(head.number, int):
        return [Fault(None, "the head of the log, which says where it ends, holds no number")]
    if head.number > last.number:
        words = f"lines are cut off: the log ends at {last.number}, its head says {head.number}"
        return [Fault(last.number + 1, words)]
    if head != last:
        words = "the head of the log, which says where it ends, does not fit its last line"
        return [Fault(last.number, words)]
    return []
