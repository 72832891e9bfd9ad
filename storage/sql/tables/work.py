"""What people file and pay, and what the staff do with it."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.sql.tables.base import Code, Day, Hash, Moment, metadata, number

_ours = text("state IS NOT NULL")


def _index(name: str, *columns: str) -> Index:
    """Over the cases that a declaration made; those that another system keeps are in none of these."""
    return Index(f"ix_business_case_{name}", *columns, sqlite_where=_ours, postgresql_where=_ours)


business_case = Table(
    "business_case",
    metadata,
    Column("case_no", Text, primary_key=True),
    Column("key_hash", Hash, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("feature", Code, nullable=False),
    Column("title", Text, nullable=False),
    Column("region", Code, nullable=False),
    Column("person_id", BigInteger),
    Column("submitted_at", Moment, nullable=False),
    Column("handling_status", Code, nullable=False),
    Column("feedback_status", Code, nullable=False),
    Column("fields", LargeBinary, nullable=False),
    Column("finished_at", Moment),
    Column("version", Integer, nullable=False),
    # From here on: null in a case that another system of the agency keeps.
    Column("filing", Code),
    Column("state", Code),
    Column("stage", Code),
    Column("answers", LargeBinary),
    Column("due_on", Day),  # 9999-12-31 when nobody must act: so it sorts last, along the index
    Column("expected_on", Day),
    Column("claimed_by", BigInteger),  # 0 when nobody has taken it: so it is found along the index too
    Column("first_reviewer", BigInteger),
    Column("undertaking", Code),
    Column("read_at", Moment),
    UniqueConstraint("key_hash"),
    Index(None, "person_id", "submitted_at"),
    # The queue, in its order, for each set of columns that may be asked for: every page is some ranges of one of these four.
    _index("queue", "region", "state", "due_on", "case_no"),
    _index("filing", "region", "state", "filing", "due_on", "case_no"),
    _index("claim", "region", "state", "claimed_by", "due_on", "case_no"),
    _index("claim_filing", "region", "state", "claimed_by", "filing", "due_on", "case_no"),
    _index("due", "state", "due_on", "case_no"),
    _index("filed", "region", "submitted_at", "state"),
    _index("finished", "region", "finished_at", "state"),
)

case_step = Table(
    "case_step",
    metadata,
    Column("case_no", Text, ForeignKey("business_case.case_no"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("name", Text, nullable=False),
    Column("status", Code, nullable=False),
    Column("note", LargeBinary),  # written by people, who write names
    Column("by_whom", LargeBinary),
    PrimaryKeyConstraint("case_no", "seq"),
)

case_watch = Table(
    "case_watch",
    metadata,
    Column("case_no", Text, ForeignKey("business_case.case_no", ondelete="CASCADE"), nullable=False),
    Column("openid", Text, nullable=False),
    PrimaryKeyConstraint("case_no", "openid"),
    Index(None, "openid"),
    sqlite_with_rowid=False,
)

attachment = Table(
    "attachment",
    metadata,
    number(),
    Column("case_no", Text, ForeignKey("business_case.case_no", ondelete="CASCADE"), nullable=False),
    Column("material", Code, nullable=False),
    Column("file_name", LargeBinary, nullable=False),  # people call their files after themselves
    Column("content_type", Code, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", LargeBinary, nullable=False),  # in clear it would tell who else has the same picture
    Column("stored_as", Hash, nullable=False),
    Column("uploaded_at", Moment, nullable=False),
    Column("scan", Code, nullable=False),
    UniqueConstraint("stored_as"),
    Index(None, "case_no"),
    sqlite_autoincrement=True,  # a link to one that was dropped must never show another
)

document = Table(
    "document",
    metadata,
    Column("serial_no", Text, primary_key=True),
    Column("check_hash", LargeBinary, nullable=False),
    Column("check_code", LargeBinary, nullable=False),
    Column("key_hash", Hash, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("feature", Code, nullable=False),
    Column("title", Text, nullable=False),
    Column("region", Code, nullable=False),
    Column("person_id", BigInteger),
    Column("snapshot", LargeBinary, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("status", Code, nullable=False),
    Column("status_note", Text, nullable=False),
    UniqueConstraint("key_hash"),
    Index(None, "person_id", "created_at"),
)

# Written out, not bound: SQLite uses a partial index only when it sees the very same words.
PAYABLE = text("status IN ('pending', 'confirmed')")

payment_order = Table(
    "payment_order",
    metadata,
    Column("order_no", Text, primary_key=True),
    Column("key_hash", Hash, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("person_id", BigInteger, nullable=False),
    Column("openid", Text, nullable=False),  # '' once that chat has left
    Column("region", Code, nullable=False),
    Column("feature", Code, nullable=False),
    Column("title", Text, nullable=False),
    Column("insurances", Text, nullable=False),  # with commas
    Column("span_start", Integer),
    Column("span_end", Integer),
    Column("base", BigInteger),
    Column("tier", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("status", Code, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("case_no", Text),
    Column("lines", LargeBinary, nullable=False),
    Column("bank", Text, nullable=False),
    Column("prepay_id", Text, nullable=False),
    Column("transaction_id", Text, nullable=False),
    Column("paid_at", Moment),
    Column("note", LargeBinary),
    Column("version", Integer, nullable=False),
    UniqueConstraint("key_hash"),
    Index(None, "person_id", "created_at"),
    Index(None, "case_no"),
    Index(None, "openid"),
    Index("ix_payment_order_payable", "order_no", sqlite_where=PAYABLE, postgresql_where=PAYABLE),
)

staff = Table(
    "staff",
    metadata,
    number(),
    Column("login_hash", Hash, nullable=False),  # of its lower case
    Column("login", LargeBinary, nullable=False),
    Column("name", LargeBinary, nullable=False),
    Column("password_hash", LargeBinary, nullable=False),
    Column("totp_secret", LargeBinary, nullable=False),
    Column("roles", Text, nullable=False),  # with commas
    Column("regions", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("totp_step", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("login_hash"),
    sqlite_autoincrement=True,  # what somebody did stays under a number that is never given again
)

staff_session = Table(
    "staff_session",
    metadata,
    number(),
    Column("token_hash", Hash, nullable=False),
    Column("staff_id", BigInteger, ForeignKey("staff.id"), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("place", LargeBinary, nullable=False),
    UniqueConstraint("token_hash"),
    Index(None, "staff_id"),
    Index(None, "expires_at"),
    sqlite_autoincrement=True,
)

UNCLOSED = text("state <> 'closed'")

thread = Table(
    "thread",
    metadata,
    number(),
    Column("openid", Text, nullable=False),  # '' once that chat has left
    Column("person_id", BigInteger),
    Column("region", Code, nullable=False),
    Column("state", Code, nullable=False),
    Column("topic", LargeBinary, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("claimed_by", BigInteger),
    Column("closed_at", Moment),
    Column("version", Integer, nullable=False),
    Index(None, "openid"),
    Index("uq_thread_unclosed", "openid", unique=True, sqlite_where=UNCLOSED, postgresql_where=UNCLOSED),
    Index(None, "region", "state", "opened_at", "id"),
    sqlite_autoincrement=True,
)

thread_line = Table(
    "thread_line",
    metadata,
    number(),
    Column("thread_id", BigInteger, ForeignKey("thread.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("who", Code, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("by_staff", BigInteger),
    Index(None, "thread_id", "id"),
)

rating = Table(
    "rating",
    metadata,
    Column("kind", Code, nullable=False),
    Column("ref", Text, nullable=False),
    Column("region", Code, nullable=False),
    Column("grade", SmallInteger, nullable=False),
    Column("words", LargeBinary),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("kind", "ref"),
    Index(None, "region", "at", "grade"),
)

rating_request = Table(
    "rating_request",
    metadata,
    Column("openid", Text, nullable=False),
    Column("kind", Code, nullable=False),
    Column("ref", Text, nullable=False),
    Column("region", Code, nullable=False),
    Column("title", Text, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("settled", Boolean, nullable=False),  # the row stays: nobody is asked twice
    PrimaryKeyConstraint("openid", "kind", "ref"),
    sqlite_with_rowid=False,
)
