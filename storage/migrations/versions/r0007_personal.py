"""权益记录, ordered records, public job notices; accounts by password, edits of guides, and what became of documents after they were issued."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Forward only: a deployment goes back by restoring its backup."""
    op.create_table(
        "guide_edit",
        sa.Column("id", _key(), autoincrement=True, nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_guide_edit"),
    )
    op.create_index("ix_guide_edit_region_code_id", "guide_edit", ["region", "code", "id"], unique=False)
    op.create_table(
        "job_notice",
        sa.Column("id", _key(), autoincrement=True, nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("wage", sa.Text(), nullable=False),
        sa.Column("published_on", sa.String(length=10), nullable=False),
        sa.Column("employer", sa.Text(), nullable=False),
        sa.Column("headcount", sa.Integer(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_job_notice"),
    )
    op.create_index("ix_job_notice_region_kind_published_on", "job_notice", ["region", "kind", "published_on"], unique=False)
    op.create_table(
        "account",
        sa.Column("id", _key(), autoincrement=True, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("register_via", sa.Text(), nullable=False),
        sa.Column("agreed_at", sa.BigInteger(), nullable=False),
        sa.Column("agreement", sa.Text(), nullable=False),
        sa.Column("username_hash", sa.String(length=32), nullable=True),
        sa.Column("username", sa.LargeBinary(), nullable=True),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=True),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_account_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("person_id", name="uq_account_person_id"),
        sa.UniqueConstraint("region", "username_hash", name="uq_account_region_username_hash"),
    )
    op.create_table(
        "account_year",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("insurance", sa.Text(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("opening", sa.BigInteger(), nullable=False),
        sa.Column("principal", sa.BigInteger(), nullable=False),
        sa.Column("interest", sa.BigInteger(), nullable=False),
        sa.Column("paid_out", sa.BigInteger(), nullable=False),
        sa.Column("closing", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_account_year_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", "insurance", "year", name="pk_account_year"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "annuity_account",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("employer_part", sa.BigInteger(), nullable=False),
        sa.Column("personal_part", sa.BigInteger(), nullable=False),
        sa.Column("gain", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_annuity_account_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", "year", name="pk_annuity_account"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "annuity_payment",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("employer", sa.Text(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("employer_amount", sa.BigInteger(), nullable=False),
        sa.Column("personal_amount", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.String(length=10), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_annuity_payment_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", "period", "employer", name="pk_annuity_payment"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "document_check",
        sa.Column("id", _key(), autoincrement=True, nullable=False),
        sa.Column("serial_no", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["serial_no"], ["document.serial_no"], name="fk_document_check_serial_no_document"),
        sa.PrimaryKeyConstraint("id", name="pk_document_check"),
    )
    op.create_index("ix_document_check_serial_no_at", "document_check", ["serial_no", "at"], unique=False)
    op.create_table(
        "document_file",
        sa.Column("serial_no", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["serial_no"], ["document.serial_no"], name="fk_document_file_serial_no_document"),
        sa.PrimaryKeyConstraint("serial_no", name="pk_document_file"),
    )
    op.create_table(
        "document_validity",
        sa.Column("serial_no", sa.Text(), nullable=False),
        sa.Column("until", sa.String(length=10), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["serial_no"], ["document.serial_no"], name="fk_document_validity_serial_no_document"),
        sa.PrimaryKeyConstraint("serial_no", name="pk_document_validity"),
    )
    op.create_table(
        "injury_payment",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("pay_method", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_injury_payment_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", "period", "item", name="pk_injury_payment"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "labour_filing",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("employer", sa.Text(), nullable=False),
        sa.Column("contract_start", sa.String(length=10), nullable=False),
        sa.Column("contract_end", sa.String(length=10), nullable=True),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("employ_form", sa.Text(), nullable=False),
        sa.Column("filed_on", sa.String(length=10), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_labour_filing_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", "employer", "contract_start", name="pk_labour_filing"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "maternity_benefit",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("applied_on", sa.String(length=10), nullable=True),
        sa.Column("pay_method", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_maternity_benefit_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", "period", "kind", name="pk_maternity_benefit"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "medical_benefit",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("settled_on", sa.String(length=10), nullable=False),
        sa.Column("hospital", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("fund_paid", sa.BigInteger(), nullable=False),
        sa.Column("own_paid", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_medical_benefit_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", "period", "settled_on", "hospital", "kind", name="pk_medical_benefit"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "participation",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("insurance", sa.Text(), nullable=False),
        sa.Column("start_on", sa.String(length=10), nullable=False),
        sa.Column("employer", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=True),
        sa.Column("temporary", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_participation_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", "insurance", "start_on", "employer", name="pk_participation"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pension_payment",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("paying_agency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("benefit_class", sa.Text(), nullable=False),
        sa.Column("pay_method", sa.Text(), nullable=False),
        sa.Column("paid_on", sa.String(length=10), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_pension_payment_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", "period", "item", "paying_agency", name="pk_pension_payment"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "record_order",
        sa.Column("id", _key(), autoincrement=True, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("following", sa.Text(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("ordered_at", sa.BigInteger(), nullable=False),
        sa.Column("ready_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("serial_no", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_record_order_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_record_order"),
    )
    op.create_index("ix_record_order_openid", "record_order", ["openid"], unique=False)
    op.create_index("ix_record_order_person_id_ordered_at", "record_order", ["person_id", "ordered_at"], unique=False)
    op.create_table(
        "registration",
        sa.Column("person_id", _key(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_registration_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", name="pk_registration"),
    )
    op.create_table(
        "resident_contribution",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("insurance", sa.Text(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("personal", sa.BigInteger(), nullable=False),
        sa.Column("collective", sa.BigInteger(), nullable=False),
        sa.Column("other", sa.BigInteger(), nullable=False),
        sa.Column("gov_city", sa.BigInteger(), nullable=False),
        sa.Column("gov_district", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.String(length=10), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_resident_contribution_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", "insurance", "year", name="pk_resident_contribution"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "resident_statement",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("account_out", sa.BigInteger(), nullable=False),
        sa.Column("basic_central", sa.BigInteger(), nullable=False),
        sa.Column("basic_city", sa.BigInteger(), nullable=False),
        sa.Column("basic_district", sa.BigInteger(), nullable=False),
        sa.Column("benefit_account_out", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_resident_statement_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", "year", name="pk_resident_statement"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "transfer_record",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("insurance", sa.Text(), nullable=False),
        sa.Column("section", sa.BigInteger(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("months", sa.BigInteger(), nullable=False),
        sa.Column("origin_place", sa.Text(), nullable=False),
        sa.Column("out_place", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_transfer_record_person_id_person"),
        sa.PrimaryKeyConstraint(
            "person_id", "insurance", "section", "start", "origin_place", "out_place", name="pk_transfer_record"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "unemployment_benefit",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.String(length=10), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_unemployment_benefit_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", "period", "mode", name="pk_unemployment_benefit"),
        sqlite_with_rowid=False,
    )
