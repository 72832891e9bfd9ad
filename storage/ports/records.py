"""The records that come out of storage: frozen, in the names of the data dictionary, never a row or a session.

Money is `Decimal` in 元 with two decimals. Times are aware. Identifiers (证件号码, 手机号, 卡号) are clear text here and
ciphertext below: the repositories are the only place that sees both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from storage.ports.time import Month


class Insurance(StrEnum):
    """险种 (data dictionary 0.1); the value is the code that is stored."""

    PENSION = "pension"
    MEDICAL = "medical"
    UNEMPLOYMENT = "unemployment"
    INJURY = "injury"
    MATERNITY = "maternity"

    @property
    def label(self) -> str:
        """The short name that people use: 养老, 医疗 …"""
        return INSURANCE_LABELS[self]


INSURANCE_LABELS: dict[Insurance, str] = {
    Insurance.PENSION: "养老",
    Insurance.MEDICAL: "医疗",
    Insurance.UNEMPLOYMENT: "失业",
    Insurance.INJURY: "工伤",
    Insurance.MATERNITY: "生育",
}


class Kind(StrEnum):
    """性质 of a contribution (C1)."""

    NORMAL = "normal"
    BACK = "back"
    DIFF = "diff"
    ARREARS = "arrears"
    REFUND = "refund"


KIND_LABELS: dict[Kind, str] = {
    Kind.NORMAL: "正常缴费",
    Kind.BACK: "补缴",
    Kind.DIFF: "补差",
    Kind.ARREARS: "还欠",
    Kind.REFUND: "退费",
}


@dataclass(frozen=True, slots=True)
class Person:
    """参保人 (B1): one human being in one region. `id` is 0 on a person that is not stored yet."""

    id: int
    region: str
    name: str
    id_no: str
    phone: str | None
    gender: str
    birth_date: date
    person_status: str
    """在职, 中断, 已退休, 死亡."""
    id_type: str = "居民身份证(户口簿)"
    payer_category: str = ""
    death_date: date | None = None


@dataclass(frozen=True, slots=True)
class Employer:
    """单位 (B2). `id` is 0 on one that is not stored yet."""

    id: int
    region: str
    name: str
    uscc: str
    si_reg_no: str = ""


@dataclass(frozen=True, slots=True)
class Contribution:
    """缴费月记录 (C1): person × employer × 险种 × 费款所属期 × 性质."""

    person_id: int
    insurance: Insurance
    period: Month
    base: Decimal
    employer_amount: Decimal
    personal_amount: Decimal
    kind: Kind = Kind.NORMAL
    employer_id: int | None = None
    employer: str = ""
    """单位名称, filled in by the repository on the way out."""
    paid_at: date | None = None
    arrived: bool = True


@dataclass(frozen=True, slots=True)
class Card:
    """社保卡 (F1). `version` rises with each change and guards against two at once."""

    id: int
    person_id: int
    region: str
    card_no: str
    status: str
    """not_made, making, ready, returned, active, lost, replaced."""
    bank: str = ""
    lost_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class CaseStep:
    """办理环节 (I2): append-only."""

    seq: int
    name: str
    at: datetime
    status: str
    note: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """业务办理 (I1). `case_no` is the 业务流水号; `key` is the idempotency key it was made under."""

    case_no: str
    key: str
    feature: str
    title: str
    region: str
    person_id: int
    submitted_at: datetime
    handling_status: str
    """待提交, 处理中, 处理结束."""
    feedback_status: str
    fields: dict[str, str] = field(default_factory=dict)
    steps: tuple[CaseStep, ...] = ()
    finished_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Certification:
    """资格认证 (E19) of one person: the newest state."""

    person_id: int
    last_at: date | None
    due_on: date
    """The last day on which certifying is in time."""
    channel: str = ""
    result: str = ""
    by_other: bool = False


@dataclass(frozen=True, slots=True)
class User:
    """微信用户 (A1)."""

    openid: str
    subscribed: bool
    active_role: str
    """visitor, person, employer."""
    region: str | None
    person_id: int | None
    """The bound person whom this chat speaks for now; None for a visitor."""
    last_interaction_at: datetime | None = None
    last_trigger: str = ""
    """message, click, follow, scan: what opened the service-message window (wechat.md A7)."""
    pushes_left: int = 0


@dataclass(frozen=True, slots=True)
class Binding:
    """身份绑定 (A3): history is kept; a living binding has no `unbound_at`."""

    id: int
    openid: str
    person_id: int
    role: str
    verified_via: str
    consent_version: str
    bound_at: datetime
    unbound_at: datetime | None = None


class CodeState(StrEnum):
    """What has become of a one-time code."""

    OPEN = "open"
    PASSED = "passed"
    SPENT = "spent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """验证码 (A5): one SMS code, bound to the chat, the purpose and the request it was made for. The digits are never stored."""

    id: str
    openid: str
    purpose: str
    phone: str
    code_hash: bytes
    created_at: datetime
    expires_at: datetime
    attempts: int = 0
    state: CodeState = CodeState.OPEN


@dataclass(frozen=True, slots=True)
class Document:
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


@dataclass(frozen=True, slots=True)
class Ticket:
    """A link that was given out: `/p/…` (one-time page), `/d/…` (document), `/c/…` (captcha). Only a keyed hash of the token is stored."""

    kind: str
    openid: str
    params: dict[str, str]
    created_at: datetime
    expires_at: datetime
    holder: str | None = None
    """Keyed hash of the browser cookie that opened it first; None while unopened."""


@dataclass(frozen=True, slots=True)
class Session:
    """对话状态 (A6) of one chat: opaque to storage, versioned, expiring."""

    openid: str
    body: bytes
    version: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Parked:
    """A reply that could not be pushed; given first with the next message."""

    id: int
    openid: str
    body: bytes
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work to be done later, enqueued in the transaction of the business write."""

    id: int
    name: str
    payload: bytes
    run_at: datetime
    attempts: int
    dedupe_key: str | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
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


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What checking the audit chain found."""

    entries: int
    linked: int
    broken_at: int | None
    """`id` of the first entry whose link does not hold; None when all hold."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a limit says."""

    allowed: bool
    used: int
    retry_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReminderRow:
    """One reminder of one stage to one person: unique by (kind, person, cycle, stage, channel)."""

    id: int
    kind: str
    person_id: int
    cycle: str
    """What is being reminded of, e.g. the due date 2026-12-15: a new cycle is a new reminder."""
    stage: str
    """e.g. 30 (days before)."""
    channel: str
    state: str
    """planned, sending, sent, delivered, refused, dropped."""
    client_msg_id: str
    note: str = ""
