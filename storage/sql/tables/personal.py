"""Accounts by password, edits of guides, and what became of documents after they were issued."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, LargeBinary, Table, Text, UniqueConstraint

from storage.sql.tables.base import Code, Day, Hash, Moment, metadata, number

account = Table(
    "account",
    metadata,
    number(),
    Column("person_id", BigInteger, ForeignKey("person.id"), nullable=False),
    Column("region", Code, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("register_via", Code, nullable=False),
    Column("agreed_at", Moment, nullable=False),
    Column("agreement", Text, nullable=False),
    Column("username_hash", Hash),
    Column("username", LargeBinary),
    Column("email", LargeBinary),
    Column("status", Code, nullable=False),
    Column("changed_at", Moment),
    Column("must_change", Boolean, nullable=False),
    UniqueConstraint("person_id"),
    UniqueConstraint("region", "username_hash"),
)

guide_edit = Table(
    "guide_edit",
    metadata,
    number(),
    Column("region", Code, nullable=False),
    Column("code", Code, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("staff_id", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Index(None, "region", "code", "id"),
)

document_check = Table(
    "document_check",
    metadata,
    number(),
    Column("serial_no", Text, ForeignKey("document.serial_no"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("way", Code, nullable=False),
    Index(None, "serial_no", "at"),
)

document_file = Table(
    "document_file",
    metadata,
    Column("serial_no", Text, ForeignKey("document.serial_no"), primary_key=True),
    Column("name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("key_id", Text, nullable=False),
)

document_validity = Table(
    "document_validity",
    metadata,
    Column("serial_no", Text, ForeignKey("document.serial_no"), primary_key=True),
    Column("until", Day),
    Column("revoked_at", Moment),
)
