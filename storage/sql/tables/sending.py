"""What was sent to people, as far as it is known what became of it."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text, text

from storage.sql.tables.base import Code, Hash, Moment, metadata

IN_DOUBT = text("state IN ('intended', 'doubtful')")
"""The few rows that somebody may have to look at."""

sms_message = Table(
    "sms_message",
    metadata,
    Column("id", Text, primary_key=True),
    Column("phone_hash", Hash, nullable=False),
    Column("kind", Code, nullable=False),
    Column("provider", Code, nullable=False),
    Column("provider_id", Text),
    Column("state", Code, nullable=False),
    Column("at", Moment, nullable=False),
    Column("note", Text, nullable=False),
    Column("text_hash", Hash),  # of the words as the person reads them: "这条消息是你们发的吗"
    Index(None, "provider", "provider_id"),
    Index(None, "text_hash"),
    Index(None, "phone_hash", "at"),
    Index(None, "at"),
    Index("ix_sms_message_in_doubt", "at", sqlite_where=IN_DOUBT, postgresql_where=IN_DOUBT),
)
