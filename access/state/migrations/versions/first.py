"""The first tables: accounts, sign-ins, audit log, unmaskings, contacts, cohorts."""

import sqlalchemy as sa
from alembic import op

from access.state.append_only import protect_log

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables, and triggers that keep the audit log from being changed."""
    _accounts()
    _sign_ins()
    _audit()
    _unmasking()
    _team()


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("password_hash", sa.String(300)),
        sa.Column("issuer", sa.String(500)),
        sa.Column("subject", sa.String(300)),
        sa.Column("has_all_sites", sa.Boolean, nullable=False),
        sa.Column("is_disabled", sa.Boolean, nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_accounts"),
        sa.UniqueConstraint("issuer", "subject", name="uq_accounts_issuer_subject"),
    )
    op.create_table(
        "account_sites",
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("site_id", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.name"], name="fk_account_sites_account"),
        sa.PrimaryKeyConstraint("account", "site_id", name="pk_account_sites"),
    )
    op.create_table(
        "account_participants",
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("participant_id", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(
            ["account"], ["accounts.name"], name="fk_account_participants_account"
        ),
        sa.PrimaryKeyConstraint("account", "participant_id", name="pk_account_participants"),
    )
    op.create_index(
        "ix_account_participants_participant_id", "account_participants", ["participant_id"]
    )


def _sign_ins() -> None:
    op.create_table(
        "sign_in_attempts",
        sa.Column("name_hash", sa.String(64), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("n_failed", sa.Integer, nullable=False),
        sa.Column("tried_at", _MOMENT, nullable=False),
        sa.Column("locked_until", _MOMENT),
        sa.Column("signed_in_at", _MOMENT),
        sa.PrimaryKeyConstraint("name_hash", "address", name="pk_sign_in_attempts"),
    )
    op.create_index("ix_sign_in_attempts_tried_at", "sign_in_attempts", ["tried_at"])
    op.create_table(
        "web_sessions",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.name"], name="fk_web_sessions_account"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_web_sessions"),
    )
    for column in ("account", "seen_at", "started_at"):
        op.create_index(f"ix_web_sessions_{column}", "web_sessions", [column])


def _audit() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("account", sa.String(100), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("why", sa.Text),
        sa.Column("hash_before", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit_entries"),
    )
    for column in ("account", "action"):
        op.create_index(f"ix_audit_entries_{column}", "audit_entries", [column])
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_one_row")),
    )
    op.bulk_insert(head, [{"id": 1, "number": 0, "hash": "0" * 64}])
    for statement in protect_log(op.get_bind().dialect.name):
        op.execute(statement)


def _unmasking() -> None:
    op.create_table(
        "unmasking_requests",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("scope", sa.String(20), nullable=False),
        sa.Column("participant_id", sa.String(200)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("asked_by", sa.String(64), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["accounts.name"], name="fk_unmasking_requests_asked_by"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_unmasking_requests"),
        sa.CheckConstraint(
            "(scope = 'study' and participant_id is null)"
            " or (scope = 'participant' and participant_id is not null)",
            name=op.f("ck_unmasking_requests_scope"),
        ),
    )
    op.create_index(
        "ix_unmasking_requests_participant_id", "unmasking_requests", ["participant_id"]
    )
    op.create_table(
        "unmasking_confirmations",
        sa.Column("request_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("confirmed_by", sa.String(64), nullable=False),
        sa.Column("confirmed_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["unmasking_requests.id"],
            name="fk_unmasking_confirmations_request_id",
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by"], ["accounts.name"], name="fk_unmasking_confirmations_confirmed_by"
        ),
        sa.PrimaryKeyConstraint("request_id", name="pk_unmasking_confirmations"),
    )


def _team() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("participant_id", sa.String(200), nullable=False),
        sa.Column("contacted_at", _MOMENT, nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.ForeignKeyConstraint(["account"], ["accounts.name"], name="fk_contacts_account"),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
    )
    op.create_index(
        "ix_contacts_participant_id_contacted_at", "contacts", ["participant_id", "contacted_at"]
    )
    op.create_table(
        "cohorts",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("filters", sa.Text, nullable=False),
        sa.Column("is_shared", sa.Boolean, nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.name"], name="fk_cohorts_account"),
        sa.PrimaryKeyConstraint("id", name="pk_cohorts"),
        sa.UniqueConstraint("account", "name", name="uq_cohorts_account_name"),
    )
