"""The agency's own records: people, employers, contributions, cards, certifications."""

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
)

from storage.sql.tables.base import Code, Day, Hash, Key, Moment, metadata, number

person = Table(
    "person",
    metadata,
    number(),
    Column("region", Code, nullable=False),
    Column("id_no_hash", Hash, nullable=False),
    Column("phone_hash", Hash),
    Column("name", LargeBinary, nullable=False),
    Column("id_no", LargeBinary, nullable=False),
    Column("phone", LargeBinary),
    Column("id_type", Text, nullable=False),
    Column("gender", Code, nullable=False),
    Column("birth_date", Day, nullable=False),
    Column("person_status", Code, nullable=False),
    Column("payer_category", Text, nullable=False),
    Column("death_date", Day),
    UniqueConstraint("id_no_hash", "region"),
    Index(None, "phone_hash"),
    Index(None, "region", "id"),
)

employer = Table(
    "employer",
    metadata,
    number(),
    Column("region", Code, nullable=False),
    Column("uscc_hash", Hash, nullable=False),
    Column("name", Text, nullable=False),
    Column("uscc", LargeBinary, nullable=False),
    Column("si_reg_no", Text, nullable=False),
    UniqueConstraint("uscc_hash", "region"),
)

contribution = Table(
    "contribution_month",
    metadata,
    Column("person_id", BigInteger, ForeignKey("person.id"), nullable=False),
    Column("insurance", Code, nullable=False),
    Column("period", Integer, nullable=False),
    Column("kind", Code, nullable=False),
    Column("employer_id", BigInteger, nullable=False),  # 0: none (it is part of the key, so it cannot be null)
    Column("base", BigInteger, nullable=False),
    Column("employer_amount", BigInteger, nullable=False),
    Column("personal_amount", BigInteger, nullable=False),
    Column("paid_at", Day),
    Column("arrived", Boolean, nullable=False),
    PrimaryKeyConstraint("person_id", "insurance", "period", "kind", "employer_id"),
    sqlite_with_rowid=False,
)

card = Table(
    "social_card",
    metadata,
    number(),
    Column("person_id", BigInteger, ForeignKey("person.id"), nullable=False),
    Column("region", Code, nullable=False),
    Column("card_no_hash", Hash, nullable=False),
    Column("card_no", LargeBinary, nullable=False),
    Column("status", Code, nullable=False),
    Column("bank", Text, nullable=False),
    Column("lost_at", Moment),
    Column("version", Integer, nullable=False),
    Column("lost_until", Moment),
    UniqueConstraint("person_id", "card_no_hash"),
)

certification = Table(
    "certification",
    metadata,
    Column("person_id", Key, ForeignKey("person.id"), primary_key=True, autoincrement=False),
    Column("last_at", Day),
    Column("due_on", Day, nullable=False),
    Column("channel", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("by_other", Boolean, nullable=False),
    Index(None, "due_on", "person_id"),
)

certification_record = Table(
    "certification_record",
    metadata,
    Column("person_id", BigInteger, ForeignKey("person.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("channel", Text, nullable=False),
    Column("result", Code, nullable=False),
    Column("by_other", Boolean, nullable=False),
    Column("note", LargeBinary),
    PrimaryKeyConstraint("person_id", "at", "channel", "result"),
    sqlite_with_rowid=False,
)

card_event = Table(
    "card_event",
    metadata,
    number(),
    Column("person_id", BigInteger, ForeignKey("person.id"), nullable=False),
    Column("card_no_hash", Hash, nullable=False),
    Column("card_no", LargeBinary, nullable=False),
    Column("at", Moment, nullable=False),
    Column("step", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("note", LargeBinary),
    # Found by person and moment; the rest makes it the key of an event.
    UniqueConstraint("person_id", "at", "card_no_hash", "step"),
)

card_swipe = Table(
    "card_swipe",
    metadata,
    Column("person_id", BigInteger, ForeignKey("person.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("place", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    PrimaryKeyConstraint("person_id", "at", "place", "kind"),
    sqlite_with_rowid=False,
)

person_hold = Table(
    "person_hold",
    metadata,
    Column("person_id", Key, ForeignKey("person.id"), primary_key=True, autoincrement=False),
    Column("until", Moment, nullable=False),
    Column("reason", LargeBinary, nullable=False),
)
