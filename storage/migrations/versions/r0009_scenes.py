"""QR scenes, and which tag a chat has on the platform."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only: a deployment goes back by restoring its backup."""
    op.create_table(
        "scene",
        sa.Column("name_hash", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=True),
        sa.Column("word_hash", sa.String(length=32), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("openid_hash", sa.String(length=32), nullable=True),
        sa.Column("openid", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name_hash", name="pk_scene"),
        sa.UniqueConstraint("word_hash", name="uq_scene_word_hash"),
    )
    op.create_index("ix_scene_holder", "scene", ["holder"], unique=False)
    op.create_index("ix_scene_openid_hash", "scene", ["openid_hash"], unique=False)
    op.create_index("ix_scene_expires_at", "scene", ["expires_at"], unique=False)
    op.create_table(
        "chat_tag",
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("openid", name="pk_chat_tag"),
    )
    op.create_index("ix_chat_tag_due", "chat_tag", ["due"], unique=False)
