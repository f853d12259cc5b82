"""Lines of the audit log and the chain that they make.

Each line holds the SHA-256 of the line before it and its own, over all its fields. Number and hash
of the last line are kept a second time, in the log's head.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from access.state.tables import AuditEntryRow, AuditHeadRow
from study.errors import UserError

AuditAction = Literal[
    "sign_in",
    "sign_in_refused",
    "sign_out",
    "denied",
    "view_participant",
    "export",
    "report",
    "ask_unmasking",
    "confirm_unmasking",
    "unmasked",
    "definition_changed",
    "erased",
    "account_added",
    "account_changed",
    "audit_read",
    "contact_logged",
    "cohort_saved",
    "cancelled",
]
"""What can be in the log."""
AUDIT_ACTIONS: tuple[AuditAction, ...] = get_args(AuditAction)
FIRST_HASH = "0" * 64
"""The hash before the first line."""
LONGEST_TEXT = 2000
_HASH = re.compile("[0-9a-f]{64}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True)
class Entry:
    """One line of the log. `at` is UTC, as ISO 8601; `number` counts from 1 without gaps."""

    number: int
    at: str
    account: str
    action: str
    what: str
    why: str | None
    hash_before: str
    hash: str


@dataclass(frozen=True)
class Head:
    """Where the log ends: a copy of it elsewhere shows whether older lines were written anew."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"

    @classmethod
    def of(cls, text: str) -> "Head":
        """A head as it was printed.

        Raises
        ------
        UserError
            If it is none.
        """
        number, _, digest = text.strip().partition(":")
        if not number.isascii() or not number.isdigit() or not _HASH.fullmatch(digest):
            raise UserError(
                "A head of the log is a number, a colon and 64 hexadecimal digits, as "
                "'rapport audit head' prints it."
            )
        return cls(int(number), digest)


def append(
    session: Session,
    account: str,
    action: AuditAction,
    what: str,
    why: str | None,
    moment: datetime,
) -> Entry:
    """Add a line within a transaction of the caller's: what was done and its line stand together.

    Other writers wait from here until the transaction ends.

    Raises
    ------
    UserError
        If the log is damaged. Then nothing that has to be logged can be done.
    """
    if action not in AUDIT_ACTIONS:
        raise ValueError(f"the audit log knows no action {action!r}")
    head = session.scalars(
        select(AuditHeadRow).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if head is None:
        raise damaged()
    fields = {
        "number": head.number + 1,
        "at": moment.isoformat(timespec="microseconds"),
        "account": _clean(account)[:100],
        "action": action,
        "what": _clean(what)[:LONGEST_TEXT],
        "why": None if why is None else _clean(why)[:LONGEST_TEXT],
        "hash_before": head.hash,
    }
    row = AuditEntryRow(**fields, hash=hash_of(fields))
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise damaged() from error
    head.number, head.hash = row.number, row.hash
    session.flush()
    return entry_of(row)


def hash_of(fields: dict[str, object]) -> str:
    """SHA-256 over a line's fields and the hash before it, as canonical JSON.

    Keys are sorted, no blanks, everything beyond ASCII escaped: one text for one line.
    """
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def entry_of(row: AuditEntryRow) -> Entry:
    """A line as it is kept."""
    return Entry(
        row.number, row.at, row.account, row.action, row.what, row.why, row.hash_before, row.hash
    )


def damaged() -> UserError:
    """What to say where the log cannot go on."""
    return UserError(
        "The audit log is damaged, so nothing can be done that has to be in it. To see where, run: "
        "rapport audit verify"
    )


def _clean(text: str) -> str:
    # One line stays one line, and neither database is given what it cannot keep.
    return _UNPRINTABLE.sub("\ufffd", text)
