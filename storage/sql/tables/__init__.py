"""The tables, one definition for SQLite and PostgreSQL (names of the data dictionary; `storage/migrations` makes them).

Types are the plain ones that both drivers pass through unchanged, so that a query costs no conversion it does not need:
moments are microseconds since 1970 (UTC), days are ISO text, months are `Month.index`, money is whole 分, and what is personal is
`LargeBinary` sealed by the vault, with a keyed hash beside it (`*_hash`) where something is looked up by it. Texts have no length
here: PostgreSQL would refuse what SQLite takes, and how long something may be is the affair of whoever asks for it.
"""

from __future__ import annotations

from storage.sql.tables.agency import (
    card,
    card_event,
    card_swipe,
    certification,
    certification_record,
    contribution,
    employer,
    person,
    person_hold,
)
from storage.sql.tables.audit import BY_STAFF, audit_anchor, audit_log
from storage.sql.tables.base import metadata
from storage.sql.tables.chat import (
    answer,
    binding,
    job,
    limit_counter,
    parked,
    session,
    ticket,
    verification_code,
    wechat_user,
)
from storage.sql.tables.notices import (
    LOOKED_AT,
    OPEN,
    benefit,
    campaign,
    campaign_tally,
    chat_wish,
    consent,
    notice,
    notice_receipt,
    opt_out,
    pace,
    relative_grant,
    relative_invitation,
)
from storage.sql.tables.personal import account, document_check, document_file, document_validity, guide_edit
from storage.sql.tables.rights import SHAPES, Shape, data_date, job_notice, record_order, registration
from storage.sql.tables.sending import IN_DOUBT, sms_message
from storage.sql.tables.work import (
    PAYABLE,
    UNCLOSED,
    attachment,
    business_case,
    case_step,
    case_watch,
    document,
    payment_order,
    rating,
    rating_request,
    staff,
    staff_session,
    thread,
    thread_line,
)

__all__ = [
    "BY_STAFF",
    "IN_DOUBT",
    "LOOKED_AT",
    "OPEN",
    "PAYABLE",
    "SHAPES",
    "UNCLOSED",
    "Shape",
    "account",
    "answer",
    "attachment",
    "audit_anchor",
    "audit_log",
    "benefit",
    "binding",
    "business_case",
    "campaign",
    "campaign_tally",
    "card",
    "card_event",
    "card_swipe",
    "case_step",
    "case_watch",
    "certification",
    "certification_record",
    "chat_wish",
    "consent",
    "contribution",
    "data_date",
    "document",
    "document_check",
    "document_file",
    "document_validity",
    "employer",
    "guide_edit",
    "job",
    "job_notice",
    "limit_counter",
    "metadata",
    "notice",
    "notice_receipt",
    "opt_out",
    "pace",
    "parked",
    "payment_order",
    "person",
    "person_hold",
    "rating",
    "rating_request",
    "record_order",
    "registration",
    "relative_grant",
    "relative_invitation",
    "session",
    "sms_message",
    "staff",
    "staff_session",
    "thread",
    "thread_line",
    "ticket",
    "verification_code",
    "wechat_user",
]
