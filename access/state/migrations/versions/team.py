"""Contacts and cohorts as they are used: what a contact led to, and both without accounts too.

Nothing wrote into the two tables of before, so they are made anew and nobody loses anything.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Put the tables of contacts and cohorts in the place of those of before."""
    op.drop_table("contacts")
    op.drop_table("cohorts")
    _contacts()
    _cohorts()


def _contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("participant_id", sa.String(200), nullable=False),
        sa.Column("contacted_at", _MOMENT, nullable=False),
        sa.Column("account", sa.String(64)),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(40)),
        sa.Column("note", sa.Text),
        sa.Column("logged_at", _MOMENT, nullable=False),
        sa.Column("struck_at", _MOMENT),
        sa.Column("struck_by", sa.String(64)),
        sa.ForeignKeyConstraint(["account"], ["accounts.name"], name="fk_contacts_account"),
        sa.ForeignKeyConstraint(["struck_by"], ["accounts.name"], name="fk_contacts_struck_by"),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
    )
    op.create_index(
        "ix_contacts_participant_id_contacted_at", "contacts", ["participant_id", "contacted_at"]
    )


def _cohorts() -> None:
    op.create_table(
        "cohorts",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("account", sa.String(64)),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("filters", sa.Text, nullable=False),
        sa.Column("is_shared", sa.Boolean, nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.name"], name="fk_cohorts_account"),
        sa.PrimaryKeyConstraint("id", name="pk_cohorts"),
        sa.UniqueConstraint("account", "name", name="uq_cohorts_account_name"),
    )
