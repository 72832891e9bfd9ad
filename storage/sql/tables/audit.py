"""审计日志 and its anchors."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    text,
)

from storage.sql.tables.base import Code, Moment, metadata, number

_linked, _unlinked = text("seq IS NOT NULL"), text("seq IS NULL")

# Written out, not bound: SQLite uses a partial index only when it sees the very same words.
BY_STAFF = text("role NOT IN ('person', 'employer', 'visitor')")

audit_log = Table(
    "audit_log",
    metadata,
    number(),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("role", Code, nullable=False),
    Column("action", Code, nullable=False),
    Column("feature", Code, nullable=False),
    Column("subject", Text, nullable=False),
    Column("result", Code, nullable=False),
    Column("content_hash", LargeBinary, nullable=False),
    Column("seq", BigInteger),  # place in the chain; null until the linker has been here
    Column("link_hash", LargeBinary),
    Column("note", LargeBinary),
    Index(None, "subject", "id"),
    # What the staff did, apart from what people do all day, who would make this index grow with every message.
    Index("ix_audit_log_staff", "actor", "id", sqlite_where=BY_STAFF, postgresql_where=BY_STAFF),
    # Two small indexes instead of one over everything: a new entry is in the second only, and the linker moves it to the first.
    Index("uq_audit_log_linked", "seq", unique=True, sqlite_where=_linked, postgresql_where=_linked),
    Index("ix_audit_log_unlinked", "id", sqlite_where=_unlinked, postgresql_where=_unlinked),
    sqlite_autoincrement=True,
)

audit_anchor = Table(
    "audit_anchor",
    metadata,
    Column("seq", BigInteger, nullable=False),  # how many entries were chained when it was set
    Column("last_id", BigInteger, nullable=False),
    Column("head", LargeBinary, nullable=False),
    Column("at", Moment, nullable=False),
    Column("kind", SmallInteger, nullable=False),  # version of the seal
    Column("seal", LargeBinary, nullable=False),
    PrimaryKeyConstraint("seq"),
)
