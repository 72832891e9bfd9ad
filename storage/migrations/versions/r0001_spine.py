"""The spine: people and their records, chats and what they are owed, filings, documents, jobs, reminders, audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# A plain BIGINT key would not be SQLite's row id.
_Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Forward only: a deployment goes back by restoring its backup."""
    op.create_table(
        "answer",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_answer"),
    )
    op.create_index("ix_answer_at", "answer", ["at"])
    op.create_index("ix_answer_openid", "answer", ["openid"])
    op.create_table(
        "audit_anchor",
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_anchor"),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", _Key, autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("feature", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("link_hash", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_log_subject_id", "audit_log", ["subject", "id"])
    op.create_index(
        "uq_audit_log_linked",
        "audit_log",
        ["seq"],
        unique=True,
        sqlite_where=sa.text("seq IS NOT NULL"),
        postgresql_where=sa.text("seq IS NOT NULL"),
    )
    op.create_index(
        "ix_audit_log_unlinked",
        "audit_log",
        ["id"],
        unique=False,
        sqlite_where=sa.text("seq IS NULL"),
        postgresql_where=sa.text("seq IS NULL"),
    )
    op.create_table(
        "business_case",
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.String(length=32), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("feature", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("submitted_at", sa.BigInteger(), nullable=False),
        sa.Column("handling_status", sa.Text(), nullable=False),
        sa.Column("feedback_status", sa.Text(), nullable=False),
        sa.Column("fields", sa.LargeBinary(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("case_no", name="pk_business_case"),
        sa.UniqueConstraint("key_hash", name="uq_business_case_key_hash"),
    )
    op.create_index("ix_business_case_person_id_submitted_at", "business_case", ["person_id", "submitted_at"])
    op.create_table(
        "dialog_session",
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("openid", name="pk_dialog_session"),
    )
    op.create_table(
        "document",
        sa.Column("serial_no", sa.Text(), nullable=False),
        sa.Column("check_hash", sa.LargeBinary(), nullable=False),
        sa.Column("check_code", sa.LargeBinary(), nullable=False),
        sa.Column("key_hash", sa.String(length=32), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("feature", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("snapshot", sa.LargeBinary(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("status_note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("serial_no", name="pk_document"),
        sa.UniqueConstraint("key_hash", name="uq_document_key_hash"),
    )
    op.create_index("ix_document_person_id_created_at", "document", ["person_id", "created_at"])
    op.create_table(
        "employer",
        sa.Column("id", _Key, autoincrement=True, nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("uscc_hash", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("uscc", sa.LargeBinary(), nullable=False),
        sa.Column("si_reg_no", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_employer"),
        sa.UniqueConstraint("uscc_hash", "region", name="uq_employer_uscc_hash_region"),
    )
    op.create_table(
        "identity_binding",
        sa.Column("id", _Key, autoincrement=True, nullable=False),
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("verified_via", sa.Text(), nullable=False),
        sa.Column("consent_version", sa.Text(), nullable=False),
        sa.Column("bound_at", sa.BigInteger(), nullable=False),
        sa.Column("unbound_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_identity_binding"),
    )
    op.create_index("ix_identity_binding_person_id", "identity_binding", ["person_id"])
    op.create_index(
        "uq_identity_binding_living",
        "identity_binding",
        ["openid", "person_id"],
        unique=True,
        sqlite_where=sa.text("unbound_at IS NULL"),
        postgresql_where=sa.text("unbound_at IS NULL"),
    )
    op.create_table(
        "job",
        sa.Column("id", _Key, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("run_at", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("dedupe_hash", sa.String(length=32), nullable=True),
        sa.Column("dedupe_key", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
        sa.UniqueConstraint("dedupe_hash", name="uq_job_dedupe_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_job_due", "job", ["due"])
    op.create_table(
        "limit_counter",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("subject_hash", sa.String(length=32), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", "subject_hash", "width", name="pk_limit_counter"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "parked_reply",
        sa.Column("id", _Key, autoincrement=True, nullable=False),
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_parked_reply"),
    )
    op.create_index("ix_parked_reply_openid", "parked_reply", ["openid"])
    op.create_table(
        "person",
        sa.Column("id", _Key, autoincrement=True, nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id_no_hash", sa.String(length=32), nullable=False),
        sa.Column("phone_hash", sa.String(length=32), nullable=True),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("id_no", sa.LargeBinary(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("id_type", sa.Text(), nullable=False),
        sa.Column("gender", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.String(length=10), nullable=False),
        sa.Column("person_status", sa.Text(), nullable=False),
        sa.Column("payer_category", sa.Text(), nullable=False),
        sa.Column("death_date", sa.String(length=10), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("id_no_hash", "region", name="uq_person_id_no_hash_region"),
    )
    op.create_index("ix_person_phone_hash", "person", ["phone_hash"])
    op.create_index("ix_person_region_id", "person", ["region", "id"])
    op.create_table(
        "reminder",
        sa.Column("id", _Key, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("cycle", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("client_msg_id", sa.String(length=32), nullable=False),
        sa.Column("msg_id", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reminder"),
        sa.UniqueConstraint("client_msg_id", name="uq_reminder_client_msg_id"),
        sa.UniqueConstraint(
            "kind", "person_id", "cycle", "stage", "channel", name="uq_reminder_kind_person_id_cycle_stage_channel"
        ),
    )
    op.create_index("ix_reminder_msg_id", "reminder", ["msg_id"])
    op.create_index("ix_reminder_person_id_kind", "reminder", ["person_id", "kind"])
    op.create_table(
        "ticket",
        sa.Column("token_hash", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("openid_hash", sa.String(length=32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name="pk_ticket"),
    )
    op.create_index("ix_ticket_expires_at", "ticket", ["expires_at"])
    op.create_index("ix_ticket_openid_hash", "ticket", ["openid_hash"])
    op.create_table(
        "verification_code",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("openid_hash", sa.String(length=32), nullable=False),
        sa.Column("openid", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_verification_code"),
    )
    op.create_index("ix_verification_code_expires_at", "verification_code", ["expires_at"])
    op.create_index("ix_verification_code_openid_hash_purpose", "verification_code", ["openid_hash", "purpose"])
    op.create_table(
        "wechat_user",
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("subscribed", sa.Boolean(), nullable=False),
        sa.Column("active_role", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("last_interaction_at", sa.BigInteger(), nullable=True),
        sa.Column("last_trigger", sa.Text(), nullable=False),
        sa.Column("pushes_left", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("openid", name="pk_wechat_user"),
    )
    op.create_table(
        "case_step",
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("by_whom", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_no"], ["business_case.case_no"], name="fk_case_step_case_no_business_case"),
        sa.PrimaryKeyConstraint("case_no", "seq", name="pk_case_step"),
    )
    op.create_table(
        "certification",
        sa.Column("person_id", _Key, autoincrement=False, nullable=False),
        sa.Column("last_at", sa.String(length=10), nullable=True),
        sa.Column("due_on", sa.String(length=10), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("by_other", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_certification_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", name="pk_certification"),
    )
    op.create_index("ix_certification_due_on_person_id", "certification", ["due_on", "person_id"])
    op.create_table(
        "contribution_month",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("insurance", sa.Text(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("employer_id", sa.BigInteger(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("employer_amount", sa.BigInteger(), nullable=False),
        sa.Column("personal_amount", sa.BigInteger(), nullable=False),
        sa.Column("paid_at", sa.String(length=10), nullable=True),
        sa.Column("arrived", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_contribution_month_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", "insurance", "period", "kind", "employer_id", name="pk_contribution_month"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "social_card",
        sa.Column("id", _Key, autoincrement=True, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("card_no_hash", sa.String(length=32), nullable=False),
        sa.Column("card_no", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("lost_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_social_card_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_social_card"),
        sa.UniqueConstraint("person_id", "card_no_hash", name="uq_social_card_person_id_card_no_hash"),
    )
