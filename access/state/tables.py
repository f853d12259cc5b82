"""Tables of the state: accounts, sign-ins, the audit log, unmaskings, contacts, cohorts.

They never hold an event, an answer or the key of the pseudonyms. A participant stands in them by
`participant_id`, as in the marts. `migrations/` makes them; a test holds both against each other.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Constraints have names, so that a later migration can name what it changes."""


class UtcTime(TypeDecorator[datetime]):
    """A moment in UTC; one without a zone is refused: nobody could tell what it means."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """As the database takes it; SQLite knows no zones and is given UTC without one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time of the state needs a zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any | None, _dialect: Dialect) -> datetime | None:
        """Always with its zone, UTC."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Base(DeclarativeBase):
    """What all tables of the state have in common."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: UtcTime()}  # noqa: RUF012 - SQLAlchemy's own attribute


class AccountRow(Base):
    """Somebody who may sign in. Accounts are disabled, never deleted: the log names them."""

    __tablename__ = "accounts"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str | None] = mapped_column(String(300))
    """argon2id; NULL for those who sign in elsewhere."""
    issuer: Mapped[str | None] = mapped_column(String(500))
    """OpenID Connect: who vouches for them."""
    subject: Mapped[str | None] = mapped_column(String(300))
    """OpenID Connect: what the issuer calls them, for good."""
    has_all_sites: Mapped[bool]
    is_disabled: Mapped[bool]
    added_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    # Read where they are asked for: every request looks an account up, and few have both.
    sites: Mapped[list["AccountSiteRow"]] = relationship(cascade="all, delete-orphan")
    in_care: Mapped[list["AccountParticipantRow"]] = relationship(cascade="all, delete-orphan")
    __table_args__ = (UniqueConstraint("issuer", "subject"),)


class AccountSiteRow(Base):
    """A site whose participants an account may see."""

    __tablename__ = "account_sites"

    account: Mapped[str] = mapped_column(ForeignKey("accounts.name"), primary_key=True)
    site_id: Mapped[str] = mapped_column(String(200), primary_key=True)


class AccountParticipantRow(Base):
    """A participant in a clinician's care."""

    __tablename__ = "account_participants"

    account: Mapped[str] = mapped_column(ForeignKey("accounts.name"), primary_key=True)
    participant_id: Mapped[str] = mapped_column(String(200), primary_key=True, index=True)


class SignInAttemptRow(Base):
    """Failed sign-ins of a name from an address, or (`name_hash` empty) of all names from it.

    Names are hashed: people type passwords into the wrong field.
    """

    __tablename__ = "sign_in_attempts"

    name_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    address: Mapped[str] = mapped_column(String(64), primary_key=True)
    n_failed: Mapped[int]
    tried_at: Mapped[datetime] = mapped_column(index=True)
    locked_until: Mapped[datetime | None]
    signed_in_at: Mapped[datetime | None]


class WebSessionRow(Base):
    """Somebody who is signed in. The token itself is in their cookie only."""

    __tablename__ = "web_sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.name"), index=True)
    started_at: Mapped[datetime] = mapped_column(index=True)
    seen_at: Mapped[datetime] = mapped_column(index=True)


class AuditEntryRow(Base):
    """One line of the audit log; the database refuses to change or delete one.

    Every column is text but the number, so that what is hashed is what is stored.
    """

    __tablename__ = "audit_entries"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String(40))
    account: Mapped[str] = mapped_column(String(100), index=True)
    action: Mapped[str] = mapped_column(String(40), index=True)
    what: Mapped[str] = mapped_column(Text)
    why: Mapped[str | None] = mapped_column(Text)
    hash_before: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHeadRow(Base):
    """Number and hash of the log's last line, kept a second time: a cut-off tail is found."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)


class UnmaskingRequestRow(Base):
    """Somebody asked for the arm of one participant, or of all."""

    __tablename__ = "unmasking_requests"

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(20))
    participant_id: Mapped[str | None] = mapped_column(String(200), index=True)
    reason: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(ForeignKey("accounts.name"))
    asked_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint(
            "(scope = 'study' and participant_id is null)"
            " or (scope = 'participant' and participant_id is not null)",
            name="scope",
        ),
    )


class UnmaskingConfirmationRow(Base):
    """A second person agreed; from then on the arm is open."""

    __tablename__ = "unmasking_confirmations"

    request_id: Mapped[int] = mapped_column(
        ForeignKey("unmasking_requests.id"), primary_key=True, autoincrement=False
    )
    confirmed_by: Mapped[str] = mapped_column(ForeignKey("accounts.name"))
    confirmed_at: Mapped[datetime]


class ContactRow(Base):
    """The team spoke or wrote to a participant, or tried to.

    A line is never changed; one that was written by mistake is struck out, and stays readable.
    """

    __tablename__ = "contacts"

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[str] = mapped_column(String(200))
    contacted_at: Mapped[datetime]
    account: Mapped[str | None] = mapped_column(ForeignKey("accounts.name"))
    """Who wrote it; NULL at a machine that serves without accounts."""
    channel: Mapped[str] = mapped_column(String(20))
    outcome: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(40))
    """Why the worklist named them then; NULL where it did not."""
    note: Mapped[str | None] = mapped_column(Text)
    logged_at: Mapped[datetime]
    struck_at: Mapped[datetime | None]
    struck_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.name"))
    __table_args__ = (Index(None, "participant_id", "contacted_at"),)


class CohortRow(Base):
    """A saved choice of participants: the filters of a link, under a name."""

    __tablename__ = "cohorts"

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str | None] = mapped_column(ForeignKey("accounts.name"))
    """Whose it is; NULL at a machine that serves without accounts."""
    name: Mapped[str] = mapped_column(String(80))
    filters: Mapped[str] = mapped_column(Text)
    is_shared: Mapped[bool]
    added_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("account", "name"),)
