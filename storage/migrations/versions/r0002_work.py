"""Work: cases of declarations and their queue, materials, orders, card records, staff, talks, ratings, holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OURS = sa.text("state IS NOT NULL")
_PAYABLE = sa.text("status IN ('pending', 'confirmed')")
_UNCLOSED = sa.text("state <> 'closed'")
_STAFF = sa.text("role NOT IN ('person', 'employer', 'visitor')")


def upgrade() -> None:
    """Forward only: a deployment goes back by restoring its backup."""
    _extend()
    _add()


def _extend() -> None:
    with op.batch_alter_table("audit_log") as table:
        table.add_column(sa.Column("note", sa.LargeBinary(), nullable=True))
        table.create_index("ix_audit_log_staff", ["actor", "id"], sqlite_where=_STAFF, postgresql_where=_STAFF)

    with op.batch_alter_table("business_case") as table:
        table.add_column(sa.Column("filing", sa.Text(), nullable=True))
        table.add_column(sa.Column("state", sa.Text(), nullable=True))
        table.add_column(sa.Column("stage", sa.Text(), nullable=True))
        table.add_column(sa.Column("answers", sa.LargeBinary(), nullable=True))
        table.add_column(sa.Column("due_on", sa.String(length=10), nullable=True))
        table.add_column(sa.Column("expected_on", sa.String(length=10), nullable=True))
        table.add_column(sa.Column("claimed_by", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("first_reviewer", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("undertaking", sa.Text(), nullable=True))
        table.add_column(sa.Column("read_at", sa.BigInteger(), nullable=True))
        table.alter_column("person_id", existing_type=sa.BigInteger(), nullable=True)
        table.create_index(
            "ix_business_case_finished", ["region", "finished_at", "state"], sqlite_where=_OURS, postgresql_where=_OURS
        )
        table.create_index(
            "ix_business_case_claim",
            ["region", "state", "claimed_by", "due_on", "case_no"],
            sqlite_where=_OURS,
            postgresql_where=_OURS,
        )
        table.create_index(
            "ix_business_case_claim_filing",
            ["region", "state", "claimed_by", "filing", "due_on", "case_no"],
            sqlite_where=_OURS,
            postgresql_where=_OURS,
        )
        table.create_index(
            "ix_business_case_queue", ["region", "state", "due_on", "case_no"], sqlite_where=_OURS, postgresql_where=_OURS
        )
        table.create_index(
            "ix_business_case_filing",
            ["region", "state", "filing", "due_on", "case_no"],
            sqlite_where=_OURS,
            postgresql_where=_OURS,
        )
        table.create_index(
            "ix_business_case_filed", ["region", "submitted_at", "state"], sqlite_where=_OURS, postgresql_where=_OURS
        )
        table.create_index("ix_business_case_due", ["state", "due_on", "case_no"], sqlite_where=_OURS, postgresql_where=_OURS)

    with op.batch_alter_table("social_card") as table:
        table.add_column(sa.Column("lost_until", sa.BigInteger(), nullable=True))

    with op.batch_alter_table("wechat_user") as table:
        table.add_column(sa.Column("following", sa.Text(), nullable=True))

    with op.batch_alter_table("identity_binding") as table:
        table.add_column(sa.Column("held_until", sa.BigInteger(), nullable=True))
    _hold()


def _hold() -> None:
    """A chat that was bound while the person had, or had just had, another one is held for 72 hours from then, as one that comes now is."""
    hours = 72 * 3600 * 1_000_000
    one = sa.table(
        "identity_binding", *[sa.column(name) for name in ("openid", "person_id", "bound_at", "unbound_at", "held_until")]
    )
    other = one.alias("other")
    before = sa.exists().where(
        other.c.person_id == one.c.person_id,
        other.c.openid != one.c.openid,
        other.c.bound_at < one.c.bound_at,
        sa.or_(other.c.unbound_at.is_(None), other.c.unbound_at > one.c.bound_at - hours),
    )
    op.execute(sa.update(one).where(one.c.unbound_at.is_(None), before).values(held_until=one.c.bound_at + hours))


def _add() -> None:
    op.create_table(
        "payment_order",
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.String(length=32), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("feature", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("insurances", sa.Text(), nullable=False),
        sa.Column("span_start", sa.Integer(), nullable=True),
        sa.Column("span_end", sa.Integer(), nullable=True),
        sa.Column("base", sa.BigInteger(), nullable=True),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("case_no", sa.Text(), nullable=True),
        sa.Column("lines", sa.LargeBinary(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("prepay_id", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.Text(), nullable=False),
        sa.Column("paid_at", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("order_no", name="pk_payment_order"),
        sa.UniqueConstraint("key_hash", name="uq_payment_order_key_hash"),
    )
    op.create_index("ix_payment_order_case_no", "payment_order", ["case_no"])
    op.create_index("ix_payment_order_openid", "payment_order", ["openid"])
    op.create_index("ix_payment_order_payable", "payment_order", ["order_no"], sqlite_where=_PAYABLE, postgresql_where=_PAYABLE)
    op.create_index("ix_payment_order_person_id_created_at", "payment_order", ["person_id", "created_at"])
    op.create_table(
        "rating",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("grade", sa.SmallInteger(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "ref", name="pk_rating"),
    )
    op.create_index("ix_rating_region_at_grade", "rating", ["region", "at", "grade"])
    op.create_table(
        "staff",
        sa.Column("id", _Key, autoincrement=True, nullable=False),
        sa.Column("login_hash", sa.String(length=32), nullable=False),
        sa.Column("login", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("password_hash", sa.LargeBinary(), nullable=False),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("regions", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("totp_step", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
        sa.UniqueConstraint("login_hash", name="uq_staff_login_hash"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "thread",
        sa.Column("id", _Key, autoincrement=True, nullable=False),
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("topic", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("claimed_by", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_thread"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_thread_openid", "thread", ["openid"])
    op.create_index("ix_thread_region_state_opened_at_id", "thread", ["region", "state", "opened_at", "id"])
    op.create_index("uq_thread_unclosed", "thread", ["openid"], unique=True, sqlite_where=_UNCLOSED, postgresql_where=_UNCLOSED)
    op.create_table(
        "attachment",
        sa.Column("id", _Key, autoincrement=True, nullable=False),
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("material", sa.Text(), nullable=False),
        sa.Column("file_name", sa.LargeBinary(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("stored_as", sa.String(length=32), nullable=False),
        sa.Column("uploaded_at", sa.BigInteger(), nullable=False),
        sa.Column("scan", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_no"], ["business_case.case_no"], name="fk_attachment_case_no_business_case", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_attachment"),
        sa.UniqueConstraint("stored_as", name="uq_attachment_stored_as"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_attachment_case_no", "attachment", ["case_no"])
    op.create_table(
        "card_event",
        sa.Column("id", _Key, autoincrement=True, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("card_no_hash", sa.String(length=32), nullable=False),
        sa.Column("card_no", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_card_event_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_card_event"),
        sa.UniqueConstraint("person_id", "at", "card_no_hash", "step", name="uq_card_event_person_id_at_card_no_hash_step"),
    )
    op.create_table(
        "card_swipe",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_card_swipe_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", "at", "place", "kind", name="pk_card_swipe"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "case_watch",
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("openid", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_no"], ["business_case.case_no"], name="fk_case_watch_case_no_business_case", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_no", "openid", name="pk_case_watch"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_case_watch_openid", "case_watch", ["openid"])
    op.create_table(
        "person_hold",
        sa.Column("person_id", _Key, autoincrement=False, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_person_hold_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", name="pk_person_hold"),
    )
    op.create_table(
        "staff_session",
        sa.Column("id", _Key, autoincrement=True, nullable=False),
        sa.Column("token_hash", sa.String(length=32), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_staff_session_staff_id_staff"),
        sa.PrimaryKeyConstraint("id", name="pk_staff_session"),
        sa.UniqueConstraint("token_hash", name="uq_staff_session_token_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_staff_session_expires_at", "staff_session", ["expires_at"])
    op.create_index("ix_staff_session_staff_id", "staff_session", ["staff_id"])
    op.create_table(
        "thread_line",
        sa.Column("id", _Key, autoincrement=True, nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("by_staff", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], name="fk_thread_line_thread_id_thread"),
        sa.PrimaryKeyConstraint("id", name="pk_thread_line"),
    )
    op.create_index("ix_thread_line_thread_id_id", "thread_line", ["thread_id", "id"])
    op.create_table(
        "rating_request",
        sa.Column("openid", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("openid", "kind", "ref", name="pk_rating_request"),
        sqlite_with_rowid=False,
    )
