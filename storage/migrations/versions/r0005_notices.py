"""Notices: campaigns, their ledger, pace, receipts; relatives' grants, wishes, consents; whether a benefit is paid."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_OPEN = sa.text("due IS NOT NULL")
_LOOKED_AT = sa.text("state IN ('doubtful', 'listed', 'visited')")
_NAMED = sa.text("msg_id IS NOT NULL")
_TO_CHAT = sa.text("openid IS NOT NULL")
_LIVING = sa.text("ended_at IS NULL AND openid <> ''")


_NOW = {
    "sqlite": "CAST(strftime('%s', 'now') AS INTEGER) * 1000000",
    "postgresql": "CAST(extract(epoch FROM now()) * 1000000 AS BIGINT)",
}
_MOVE = """
    INSERT INTO notice (campaign_id, kind, region, person_id, cycle, stage, channel, recipient, rank, state, at, attempts, following, note)
    SELECT 0, r.kind, p.region, r.person_id, substr(r.cycle, 1, 10), r.stage, r.channel, '', 6,
           CASE r.state WHEN 'sending' THEN 'doubtful' ELSE r.state END, {now}, 1, '', r.note
    FROM reminder r JOIN person p ON p.id = r.person_id
    WHERE r.id IN (
        SELECT min(id) FROM reminder
        WHERE kind = 'P-CERT' AND channel = 'template' AND state <> 'planned'
        GROUP BY person_id, substr(cycle, 1, 10), stage
    )
"""
"""Nobody is reminded of a stage again that they were reminded of before; several chats of a person are one. What was only planned is
planned anew."""


def _key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Forward only: a deployment goes back by restoring its backup."""
    op.create_table(
        "campaign",
        sa.Column("id", _key(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("ladder", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("per_day", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("planned_to", sa.Text(), nullable=False),
        sa.Column("planned", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_campaign"),
        sa.UniqueConstraint("code", name="uq_campaign_code"),
    )
    op.create_table(
        "campaign_tally",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "stage", "channel", "outcome", name="pk_campaign_tally"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "notice",
        sa.Column("id", _key(), autoincrement=True, nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("cycle", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("openid", sa.Text(), nullable=True),
        sa.Column("following", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("msg_id", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint(
            "person_id",
            "kind",
            "cycle",
            "stage",
            "channel",
            "recipient",
            name="uq_notice_person_id_kind_cycle_stage_channel_recipient",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notice_due", "notice", ["due"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_index(
        "ix_notice_looked_at", "notice", ["campaign_id", "state", "id"], sqlite_where=_LOOKED_AT, postgresql_where=_LOOKED_AT
    )
    op.create_index("ix_notice_msg_id", "notice", ["msg_id"], sqlite_where=_NAMED, postgresql_where=_NAMED)
    op.create_index(
        "ix_notice_open", "notice", ["channel", "campaign_id", "rank", "due"], sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    op.create_index("ix_notice_openid", "notice", ["openid"], sqlite_where=_TO_CHAT, postgresql_where=_TO_CHAT)
    op.create_table(
        "notice_receipt",
        sa.Column("msg_id", sa.Text(), nullable=False),
        sa.Column("openid_hash", sa.String(length=32), nullable=False),
        sa.Column("delivered", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("msg_id", name="pk_notice_receipt"),
    )
    op.create_index("ix_notice_receipt_at", "notice_receipt", ["at"])
    op.create_table(
        "pace",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("halted_until", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_pace"),
    )
    op.create_table(
        "relative_grant",
        sa.Column("id", _key(), autoincrement=True, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("label", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("until", sa.String(length=10), nullable=False),
        sa.Column("together", sa.Boolean(), nullable=False),
        sa.Column("granted_at", sa.BigInteger(), nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_relative_grant_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_relative_grant"),
    )
    op.create_index("ix_relative_grant_openid", "relative_grant", ["openid"])
    op.create_index("ix_relative_grant_person_id", "relative_grant", ["person_id"])
    op.create_index(
        "uq_relative_grant_living",
        "relative_grant",
        ["openid", "person_id"],
        unique=True,
        sqlite_where=_LIVING,
        postgresql_where=_LIVING,
    )
    op.create_table(
        "relative_invitation",
        sa.Column("code_hash", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code_hash", name="pk_relative_invitation"),
    )
    op.create_index("ix_relative_invitation_expires_at", "relative_invitation", ["expires_at"])
    op.create_index("ix_relative_invitation_person_id", "relative_invitation", ["person_id"])
    op.create_table(
        "chat_wish",
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=False),
        sa.Column("quiet_to", sa.Integer(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("months", sa.Text(), nullable=False),
        sa.Column("word", sa.LargeBinary(), nullable=True),
        sa.Column("sms", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("openid", name="pk_chat_wish"),
    )
    op.create_table(
        "opt_out",
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("openid", "person_id", "kind", name="pk_opt_out"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_opt_out_person_id", "opt_out", ["person_id"])
    op.create_table(
        "notice_consent",
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("template_id", sa.Text(), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("openid", "template_id", name="pk_notice_consent"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "benefit",
        sa.Column("person_id", _key(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", sa.String(length=10), nullable=False),
        sa.Column("drawing_since", sa.String(length=10), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_benefit_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", name="pk_benefit"),
    )
    op.create_index("ix_benefit_drawing_since_person_id", "benefit", ["drawing_since", "person_id"])
    op.create_index("ix_benefit_state_since_person_id", "benefit", ["state", "since", "person_id"])
    op.add_column("sms_message", sa.Column("text_hash", sa.String(length=32), nullable=True))
    op.create_index("ix_sms_message_text_hash", "sms_message", ["text_hash"])
    op.execute(sa.text(_MOVE.format(now=_NOW[op.get_bind().dialect.name])))
    op.drop_table("reminder")
    op.execute(sa.text("DELETE FROM job WHERE name = 'reminder'"))
