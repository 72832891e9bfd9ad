"""The tables, one definition for SQLite and PostgreSQL (names of the data dictionary; `storage/migrations` makes them).

Types are the plain ones that both drivers pass through unchanged, so that a query costs no conversion it does not need:
moments are microseconds since 1970 (UTC), days are ISO text, months are `Month.index`, money is whole 分, and what is personal is
`LargeBinary` sealed by the vault, with a keyed hash beside it (`*_hash`) where something is looked up by it. Texts have no length
here: PostgreSQL would refuse what SQLite takes, and how long something may be is the affair of whoever asks for it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# A plain BIGINT key would not be SQLite's row id.
Key = BigInteger().with_variant(Integer(), "sqlite")
Hash = String(32)
Code = Text
Day = String(10)
Moment = BigInteger


def _id() -> Column[int]:
    return Column("id", Key, primary_key=True, autoincrement=True)


# ── the agency's records ────────────────────────────────────────────────────────────────────────────────────────────

person = Table(
    "person",
    metadata,
    _id(),
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
    _id(),
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
    _id(),
    Column("person_id", BigInteger, ForeignKey("person.id"), nullable=False),
    Column("region", Code, nullable=False),
    Column("card_no_hash", Hash, nullable=False),
    Column("card_no", LargeBinary, nullable=False),
    Column("status", Code, nullable=False),
    Column("bank", Text, nullable=False),
    Column("lost_at", Moment),
    Column("version", Integer, nullable=False),
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

# ── what the product keeps ──────────────────────────────────────────────────────────────────────────────────────────

business_case = Table(
    "business_case",
    metadata,
    Column("case_no", Text, primary_key=True),
    Column("key_hash", Hash, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("feature", Code, nullable=False),
    Column("title", Text, nullable=False),
    Column("region", Code, nullable=False),
    Column("person_id", BigInteger, nullable=False),
    Column("submitted_at", Moment, nullable=False),
    Column("handling_status", Code, nullable=False),
    Column("feedback_status", Code, nullable=False),
    Column("fields", LargeBinary, nullable=False),
    Column("finished_at", Moment),
    Column("version", Integer, nullable=False),
    UniqueConstraint("key_hash"),
    Index(None, "person_id", "submitted_at"),
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
)

_living = text("unbound_at IS NULL")

binding = Table(
    "identity_binding",
    metadata,
    _id(),
    Column("openid", Text, nullable=False),  # '' once the person has left: the history stays, the openid does not
    Column("person_id", BigInteger, nullable=False),
    Column("role", Code, nullable=False),
    Column("verified_via", Code, nullable=False),
    Column("consent_version", Code, nullable=False),
    Column("bound_at", Moment, nullable=False),
    Column("unbound_at", Moment),
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
    _id(),
    Column("openid", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index(None, "openid"),
)

job = Table(
    "job",
    metadata,
    _id(),
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

reminder = Table(
    "reminder",
    metadata,
    _id(),
    Column("kind", Code, nullable=False),
    Column("person_id", BigInteger, nullable=False),
    Column("cycle", Text, nullable=False),
    Column("stage", Code, nullable=False),
    Column("channel", Code, nullable=False),
    Column("state", Code, nullable=False),
    Column("client_msg_id", Hash, nullable=False),
    Column("msg_id", Text),
    Column("note", Text, nullable=False),
    UniqueConstraint("kind", "person_id", "cycle", "stage", "channel"),
    UniqueConstraint("client_msg_id"),
    Index(None, "person_id", "kind"),
    Index(None, "msg_id"),
)

_linked, _unlinked = text("seq IS NOT NULL"), text("seq IS NULL")

audit_log = Table(
    "audit_log",
    metadata,
    _id(),
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
    Index(None, "subject", "id"),
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
