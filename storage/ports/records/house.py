"""What the house itself keeps: issued documents, jobs, limits, the audit log, staff, talks and marks."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from storage.ports.record import Record


class Document(Record):
    """权益单 / 单据 (I4) as it was issued. `snapshot` is the Statement as JSON: what was printed, not today's data."""

    serial_no: str
    check_code: str
    feature: str
    title: str
    region: str
    person_id: int | None
    key: str
    """Idempotency key: asking twice for the same thing in one conversation gives the same document."""
    snapshot: bytes
    content_hash: str
    created_at: datetime
    status: str = "valid"
    """valid, revoked, replaced."""
    status_note: str = ""


class Job(Record):
    """A piece of work to be done later, enqueued in the transaction of the business write."""

    id: int
    name: str
    payload: bytes
    run_at: datetime
    attempts: int
    dedupe_key: str | None = None


class Verdict(Record):
    """What a limit says."""

    allowed: bool
    used: int
    retry_at: datetime | None


class AuditEntry(Record):
    """审计日志 (A8): who looked at or changed what. Holds hashes and masks only, never an identifier in clear."""

    at: datetime
    actor: str
    """Keyed hash of the openid or of the staff name; `system` for jobs."""
    role: str
    action: str
    """query, download, verify, submit, withdraw, void, bind, unbind, read, pay."""
    feature: str
    subject: str
    """Keyed hash of the person's 证件号码, or empty."""
    result: str
    """ok, empty, denied, error."""
    id: int = 0
    note: str = ""
    """Why, where a reason was asked for (a member of staff unmasks a value); sealed below, part of the chain."""


class AuditSearch(Record):
    """What to look for in the audit log; empty means any. `actor` and `subject` are pseudonyms; `before_id` pages backwards."""

    actor: str = ""
    subject: str = ""
    action: str = ""
    feature: str = ""
    start: datetime | None = None
    end: datetime | None = None
    before_id: int | None = None


class ChainReport(Record):
    """What checking the audit chain found."""

    entries: int
    linked: int
    broken_at: int | None
    """`id` of the first entry whose link does not hold; None when all hold."""
    reason: str = ""


class Staff(Record):
    """经办人员: an account of the console. `id` is 0 before it is stored."""

    id: int
    login: str
    name: str
    password_hash: str
    """argon2id, encoded."""
    totp_secret: str
    """Base32; sealed below."""
    roles: frozenset[str]
    """受理, 审核, 客服, 运营, 审计, 管理员."""
    regions: frozenset[str]
    active: bool
    created_at: datetime
    totp_step: int = 0
    """The newest time step that was used: a code works once."""
    version: int = 0


class StaffSession(Record):
    """One place where a member of staff is signed in. The token itself is only in the cookie."""

    id: int
    staff_id: int
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    place: str
    """Browser and address as the person recognises them, the address cut to its network."""


class Thread(Record):
    """A talk between a person and the staff (人工). `id` is 0 before it is stored."""

    id: int
    openid: str
    person_id: int | None
    region: str
    state: str
    """waiting, open, closed; or left: a message taken outside the hours, to be answered."""
    topic: str
    opened_at: datetime
    claimed_by: int | None = None
    closed_at: datetime | None = None
    version: int = 0


class ThreadLine(Record):
    """One message of a talk. `who` is person, bot or staff; `by` the member of staff."""

    id: int
    thread_id: int
    at: datetime
    who: str
    text: str
    by: int | None = None


class Rating(Record):
    """评价: five grades, 5 is best, once for each thing that was finished."""

    kind: str
    """case, thread."""
    ref: str
    region: str
    grade: int
    words: str
    at: datetime


class MarkRequest(Record):
    """A finished thing that a chat was asked to rate and has not rated yet."""

    kind: str
    ref: str
    region: str
    title: str
    asked_at: datetime


class SmsState(StrEnum):
    """What is known of a short message. `intended` is written before the provider is called; one that stays so was interrupted."""

    INTENDED = "intended"
    SENT = "sent"
    NOT_SENT = "not_sent"
    DOUBTFUL = "doubtful"
    DELIVERED = "delivered"
    FAILED = "failed"


class SmsMessage(Record):
    """A short message and what became of it. Neither the phone nor the words are kept; `provider_id` is empty until the provider named it."""

    id: str
    kind: str
    """code, notice."""
    provider: str
    provider_id: str
    state: SmsState
    at: datetime
    """Of the last change of state."""
    note: str = ""
    """The provider's own code for what went wrong."""
