"""Chats: who writes, for whom, what they are in the middle of, what they are owed."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.sql.tables.base import Code, Hash, Moment, metadata, number

wechat_user = Table(
    "wechat_user",
    metadata,
    Column("openid", Text, primary_key=True),
    Column("subscribed", Boolean, nullable=False),
    Column("active_role", Code, nullable=False),
    Column("region", Code),
    Column("person_id", BigInteger),
    Column("last_interaction_at", Moment),
    Column("last_trigger", Code, nullable=False),
    Column("pushes_left", Integer, nullable=False),
    Column("following", Text),
)

_living = text("unbound_at IS NULL")

binding = Table(
    "identity_binding",
    metadata,
    number(),
    Column("openid", Text, nullable=False),  # '' once the person has left: the history stays, the openid does not
    Column("person_id", BigInteger, nullable=False),
    Column("role", Code, nullable=False),
    Column("verified_via", Code, nullable=False),
    Column("consent_version", Code, nullable=False),
    Column("bound_at", Moment, nullable=False),
    Column("unbound_at", Moment),
    Column("held_until", Moment),
    Index("uq_identity_binding_living", "openid", "person_id", unique=True, sqlite_where=_living, postgresql_where=_living),
    Index(None, "person_id"),
)

verification_code = Table(
    "verification_code",
    metadata,
    Column("id", Text, primary_key=True),
    Column("openid_hash", Hash, nullable=False),
    Column("openid", LargeBinary, nullable=False),
    Column("purpose", Code, nullable=False),
    Column("phone", LargeBinary, nullable=False),
    Column("code_hash", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("state", Code, nullable=False),
    Index(None, "openid_hash", "purpose"),
    Index(None, "expires_at"),
)

limit_counter = Table(
    "limit_counter",
    metadata,
    Column("name", Text, nullable=False),
    Column("subject_hash", Hash, nullable=False),
    Column("width", BigInteger, nullable=False),  # of the window, microseconds
    Column("started_at", Moment, nullable=False),
    Column("used", Integer, nullable=False),
    PrimaryKeyConstraint("name", "subject_hash", "width"),
    sqlite_with_rowid=False,
)

ticket = Table(
    "ticket",
    metadata,
    Column("token_hash", Hash, primary_key=True),
    Column("kind", Code, nullable=False),
    Column("openid_hash", Hash, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("holder", Hash),
    Index(None, "openid_hash"),
    Index(None, "expires_at"),
)

scene = Table(
    "scene",
    metadata,
    Column("name_hash", Hash, primary_key=True),
    Column("purpose", Code, nullable=False),
    Column("holder", Hash),
    Column("word_hash", Hash),
    Column("state", Code, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("openid_hash", Hash),
    Column("openid", LargeBinary),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    UniqueConstraint("word_hash"),
    Index(None, "holder"),
    Index(None, "openid_hash"),
    Index(None, "expires_at"),
)

chat_tag = Table(
    "chat_tag",
    metadata,
    Column("openid", Text, primary_key=True),
    Column("wanted", Code, nullable=False),
    Column("told", Code, nullable=False),
    Column("due", Moment),  # since when the platform has yet to be told; NULL when it knows
    Index(None, "due"),
)

session = Table(
    "dialog_session",
    metadata,
    Column("openid", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

answer = Table(
    "answer",
    metadata,
    Column("key", Text, primary_key=True),
    Column("openid", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "openid"),
    Index(None, "at"),
)

parked = Table(
    "parked_reply",
    metadata,
    number(),
    Column("openid", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index(None, "openid"),
)

job = Table(
    "job",
    metadata,
    number(),
    Column("name", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("run_at", Moment, nullable=False),
    Column("due", Moment, nullable=False),  # run_at, or the end of the lease while a worker has it
    Column("attempts", Integer, nullable=False),
    Column("dedupe_hash", Hash),
    Column("dedupe_key", LargeBinary),
    UniqueConstraint("dedupe_hash"),
    Index(None, "due"),
    sqlite_autoincrement=True,  # a late `done` must never meet a younger job under the same id
)
