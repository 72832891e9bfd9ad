"""Short messages: intended, sent, doubtful, delivered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_IN_DOUBT = sa.text("state IN ('intended', 'doubtful')")


def upgrade() -> None:
    """Forward only: a deployment goes back by restoring its backup."""
    op.create_table(
        "sms_message",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("phone_hash", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sms_message"),
    )
    op.create_index("ix_sms_message_provider_provider_id", "sms_message", ["provider", "provider_id"])
    op.create_index("ix_sms_message_phone_hash_at", "sms_message", ["phone_hash", "at"])
    op.create_index("ix_sms_message_at", "sms_message", ["at"])
    op.create_index("ix_sms_message_in_doubt", "sms_message", ["at"], sqlite_where=_IN_DOUBT, postgresql_where=_IN_DOUBT)
