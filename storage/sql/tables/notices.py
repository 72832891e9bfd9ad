"""Campaigns, the ledger of notices, and pace; relatives' grants and what people want to hear."""

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
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.sql.tables.base import Code, Day, Hash, Key, Moment, metadata, number

OPEN = text("due IS NOT NULL")
"""Rows of the ledger that are looked at again by themselves: few beside those that are done with."""

LOOKED_AT = text("state IN ('doubtful', 'listed', 'visited')")
"""Rows that somebody has to look at, or has."""

_named = text("msg_id IS NOT NULL")
_to_chat = text("openid IS NOT NULL")
_living = text("ended_at IS NULL AND openid <> ''")

campaign = Table(
    "campaign",
    metadata,
    number(),
    Column("kind", Code, nullable=False),
    Column("code", Code),
    Column("title", Text, nullable=False),
    Column("state", Code, nullable=False),
    Column("audience", Text, nullable=False),
    Column("ladder", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("per_minute", Integer, nullable=False),
    Column("per_day", Integer, nullable=False),
    Column("created_by", BigInteger),
    Column("created_at", Moment, nullable=False),
    Column("starts_at", Moment),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Column("planned_to", Text, nullable=False),
    Column("planned", Boolean, nullable=False),
    Column("note", Text, nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("code"),
)

campaign_tally = Table(
    "campaign_tally",
    metadata,
    Column("campaign_id", BigInteger, nullable=False),
    Column("stage", Code, nullable=False),
    Column("channel", Code, nullable=False),
    Column("outcome", Code, nullable=False),
    Column("count", BigInteger, nullable=False),
    PrimaryKeyConstraint("campaign_id", "stage", "channel", "outcome"),
    sqlite_with_rowid=False,
)

notice = Table(
    "notice",
    metadata,
    number(),
    Column("campaign_id", BigInteger, nullable=False),
    Column("kind", Code, nullable=False),
    Column("region", Code, nullable=False),
    Column("person_id", BigInteger, nullable=False),
    Column("cycle", Text, nullable=False),
    Column("stage", Code, nullable=False),
    Column("channel", Code, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("state", Code, nullable=False),
    Column("due", Moment),
    Column("at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("began_at", Moment),
    Column("expires_at", Moment),
    Column("openid", Text),
    Column("following", Text, nullable=False),
    Column("body", LargeBinary),
    Column("msg_id", Text),
    Column("note", Text, nullable=False),
    UniqueConstraint("person_id", "kind", "cycle", "stage", "channel", "recipient"),
    Index("ix_notice_open", "channel", "campaign_id", "rank", "due", sqlite_where=OPEN, postgresql_where=OPEN),
    Index("ix_notice_due", "due", sqlite_where=OPEN, postgresql_where=OPEN),
    Index("ix_notice_msg_id", "msg_id", sqlite_where=_named, postgresql_where=_named),
    Index("ix_notice_openid", "openid", sqlite_where=_to_chat, postgresql_where=_to_chat),
    Index("ix_notice_looked_at", "campaign_id", "state", "id", sqlite_where=LOOKED_AT, postgresql_where=LOOKED_AT),
    sqlite_autoincrement=True,  # the platform knows rows by their number
)

notice_receipt = Table(
    "notice_receipt",
    metadata,
    Column("msg_id", Text, primary_key=True),
    Column("openid_hash", Hash, nullable=False),
    Column("delivered", Boolean, nullable=False),
    Column("note", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "at"),
)

pace = Table(
    "pace",
    metadata,
    Column("name", Code, primary_key=True),
    Column("next_at", Moment, nullable=False),  # when the next one may go, were there no more of them
    Column("granted", BigInteger, nullable=False),  # by the last taking
    Column("step", BigInteger, nullable=False),  # of one message, in microseconds, at the last taking
    Column("day", Day, nullable=False),
    Column("used", BigInteger, nullable=False),
    Column("halted_until", Moment),
    Column("why", Text, nullable=False),
)

relative_grant = Table(
    "relative_grant",
    metadata,
    number(),
    Column("person_id", BigInteger, ForeignKey("person.id"), nullable=False),
    Column("openid", Text, nullable=False),
    Column("label", LargeBinary, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("until", Day, nullable=False),
    Column("together", Boolean, nullable=False),
    Column("granted_at", Moment, nullable=False),
    Column("granted_by", Code, nullable=False),
    Column("reason", LargeBinary),
    Column("ended_at", Moment),
    Column("ended_by", Code, nullable=False),
    Index(None, "person_id"),
    Index(None, "openid"),
    Index("uq_relative_grant_living", "openid", "person_id", unique=True, sqlite_where=_living, postgresql_where=_living),
)

relative_invitation = Table(
    "relative_invitation",
    metadata,
    Column("code_hash", Hash, primary_key=True),
    Column("person_id", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index(None, "person_id"),
    Index(None, "expires_at"),
)

chat_wish = Table(
    "chat_wish",
    metadata,
    Column("openid", Text, primary_key=True),
    Column("quiet_from", Integer, nullable=False),  # minutes of the day
    Column("quiet_to", Integer, nullable=False),
    Column("zone", Text, nullable=False),
    Column("months", Text, nullable=False),
    Column("word", LargeBinary),
    Column("sms", Boolean, nullable=False),
)

opt_out = Table(
    "opt_out",
    metadata,
    Column("openid", Text, nullable=False),  # '' for a person
    Column("person_id", BigInteger, nullable=False),  # 0 for a chat
    Column("kind", Code, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("openid", "person_id", "kind"),
    Index(None, "person_id"),
    sqlite_with_rowid=False,
)

consent = Table(
    "notice_consent",
    metadata,
    Column("openid", Text, nullable=False),
    Column("template_id", Text, nullable=False),
    Column("remaining", Integer, nullable=False),
    PrimaryKeyConstraint("openid", "template_id"),
    sqlite_with_rowid=False,
)

benefit = Table(
    "benefit",
    metadata,
    Column("person_id", Key, ForeignKey("person.id"), primary_key=True, autoincrement=False),
    Column("state", Code, nullable=False),
    Column("since", Day, nullable=False),
    Column("drawing_since", Day),
    Column("reason", Text, nullable=False),
    Index(None, "state", "since", "person_id"),
    Index(None, "drawing_since", "person_id"),
)
