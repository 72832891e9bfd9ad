"""The records that come out of storage: frozen, in the names of the data dictionary, never a row or a session.

Money is `Decimal` in 元 with two decimals. Times are aware. Identifiers (证件号码, 手机号, 卡号) are clear text here and
ciphertext below: the repositories are the only place that sees both.
"""

from __future__ import annotations

from storage.ports.records.agency import (
    INSURANCE_LABELS,
    KIND_LABELS,
    Card,
    CardEvent,
    Certification,
    CertificationRecord,
    Contribution,
    Employer,
    Hold,
    Insurance,
    Kind,
    Person,
    Swipe,
)
from storage.ports.records.cases import Attachment, Case, CaseState, CaseStep, DayCount, Order, OrderStatus, QueueFilter, QueueRow
from storage.ports.records.chat import Binding, CodeRequest, CodeState, Parked, ReminderRow, Session, Ticket, User
from storage.ports.records.house import (
    AuditEntry,
    AuditSearch,
    ChainReport,
    Document,
    Job,
    MarkRequest,
    Rating,
    SmsMessage,
    SmsState,
    Staff,
    StaffSession,
    Thread,
    ThreadLine,
    Verdict,
)

__all__ = [
    "INSURANCE_LABELS",
    "KIND_LABELS",
    "Attachment",
    "AuditEntry",
    "AuditSearch",
    "Binding",
    "Card",
    "CardEvent",
    "Case",
    "CaseState",
    "CaseStep",
    "Certification",
    "CertificationRecord",
    "ChainReport",
    "CodeRequest",
    "CodeState",
    "Contribution",
    "DayCount",
    "Document",
    "Employer",
    "Hold",
    "Insurance",
    "Job",
    "Kind",
    "MarkRequest",
    "Order",
    "OrderStatus",
    "Parked",
    "Person",
    "QueueFilter",
    "QueueRow",
    "Rating",
    "ReminderRow",
    "Session",
    "SmsMessage",
    "SmsState",
    "Staff",
    "StaffSession",
    "Swipe",
    "Thread",
    "ThreadLine",
    "Ticket",
    "User",
    "Verdict",
]
