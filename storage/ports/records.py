"""The records that come out of storage: frozen, in the names of the data dictionary, never a row or a session.

Money is `Decimal` in 元 with two decimals. Times are aware. Identifiers (证件号码, 手机号, 卡号) are clear text here and
ciphertext below: the repositories are the only place that sees both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from storage.ports.time import Month, Span


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
    lost_until: datetime | None = None
    """When a temporary loss report (临时挂失) ends by itself; None for a formal one, which does not."""


@dataclass(frozen=True, slots=True)
class CardEvent:
    """卡片处理记录 (F2): one thing that happened to a person's card. Append-only."""

    person_id: int
    card_no: str
    at: datetime
    step: str
    status: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Swipe:
    """刷卡记录 (F3)."""

    person_id: int
    at: datetime
    place: str
    kind: str
    amount: Decimal


class CaseState(StrEnum):
    """Where a case stands in our own machinery; a region's words for it are data (`Region.case_words`).

    draft → (unpaid →) review ⇄ supplement, review → (second →) working → ready → done; or refused, withdrawn, void on the way.
    """

    DRAFT = "draft"
    UNPAID = "unpaid"
    REVIEW = "review"
    SECOND = "second"
    """Approved by one, waiting for another pair of eyes."""
    SUPPLEMENT = "supplement"
    """补正: the person has to add or correct something."""
    WORKING = "working"
    """Approved; the work itself is under way (制卡); which part of it is `Case.stage`."""
    READY = "ready"
    """There to be fetched (待领取)."""
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    VOID = "void"

    @property
    def over(self) -> bool:
        """Whether nothing more happens to it."""
        return self in {CaseState.DONE, CaseState.REFUSED, CaseState.WITHDRAWN, CaseState.VOID}


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
    person_id: int | None
    """Whose case it is; None where nobody is known (a bad mark from a visitor)."""
    submitted_at: datetime
    handling_status: str
    """待提交, 处理中, 处理结束."""
    feedback_status: str
    fields: dict[str, str] = field(default_factory=dict)
    """What was filed, by label, as people read it."""
    steps: tuple[CaseStep, ...] = ()
    finished_at: datetime | None = None
    version: int = 0
    filing: str = ""
    """Name of the declaration (`dialogs.filing.Filing`) it was made by; empty for a case that another system of the agency keeps."""
    state: CaseState | None = None
    """None exactly when `filing` is empty."""
    stage: str = ""
    """Which of the declaration's stages it is in, while `working` or `ready`."""
    answers: dict[str, str] = field(default_factory=dict)
    """What was typed, by step name, as the parsers read it."""
    due_on: date | None = None
    """The day by which whoever has it must have acted (counted in working days); None when nobody must."""
    expected_on: date | None = None
    """When it will probably be finished: the honest estimate that the person is told."""
    claimed_by: int | None = None
    """The member of staff who has taken it."""
    first_reviewer: int | None = None
    """Who approved it first, where four eyes are needed."""
    undertaking: str = ""
    """`code@version` of the 承诺 that was agreed to (A7); its moment is the first step's."""
    read_at: datetime | None = None
    """设为已读: a 济南 case is finished only after it."""


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
    note: str = ""
    """Why, where a reason was asked for (a member of staff unmasks a value); sealed below, part of the chain."""


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


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the console's queue: what is needed to choose a case, nothing that needs its fields opened."""

    case_no: str
    filing: str
    title: str
    region: str
    person_id: int | None
    submitted_at: datetime
    state: CaseState
    stage: str
    due_on: date | None
    claimed_by: int | None
    version: int


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which cases of the queue. Empty tuples and None mean any; `regions` is never empty."""

    regions: tuple[str, ...]
    states: tuple[CaseState, ...] = ()
    filings: tuple[str, ...] = ()
    claimed_by: int | None = None
    unclaimed: bool = False
    due_before: date | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """附件 (I5): one file of one material of one case. The bytes are in `Files` under `stored_as`, a random name. `id` is 0 before it is stored."""

    id: int
    case_no: str
    material: str
    """Name of the `Material` of the declaration."""
    file_name: str
    """As it was called where it came from; shown, never used as a path."""
    content_type: str
    size: int
    sha256: str
    stored_as: str
    uploaded_at: datetime
    scan: str = ""
    """What the scanner said: empty (there is none), clean."""


class OrderStatus(StrEnum):
    """订单状态 (C13)."""

    PENDING = "pending"
    """Made by 下一步; waits for 确认缴费 or 作废."""
    CONFIRMED = "confirmed"
    """确认缴费: handed to the payment system; waits for a verified notice."""
    PAID = "paid"
    """缴费成功: only ever from a verified notice or the payment system's own answer."""
    VOID = "void"
    """作废 (also by 返回, and by expiry)."""
    FAILED = "failed"
    SURPLUS = "surplus"
    """Money came for an order that was void: it has to go back, which is a case for staff."""

    @property
    def open(self) -> bool:
        """Whether it can still be paid."""
        return self in {OrderStatus.PENDING, OrderStatus.CONFIRMED}


@dataclass(frozen=True, slots=True)
class Order:
    """缴费订单 (C13)."""

    order_no: str
    key: str
    person_id: int
    openid: str
    """Who pays; '' once that chat has left."""
    region: str
    feature: str
    title: str
    insurances: tuple[str, ...]
    """pension, medical, resident_pension, resident_medical; empty for a fee."""
    span: Span | None
    base: Decimal | None
    tier: str
    amount: Decimal
    status: OrderStatus
    created_at: datetime
    expires_at: datetime
    case_no: str = ""
    """The case whose fee it is; empty for contributions."""
    lines: tuple[tuple[str, str], ...] = ()
    """How the amount came about, as people read it."""
    bank: str = ""
    prepay_id: str = ""
    transaction_id: str = ""
    paid_at: datetime | None = None
    note: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Staff:
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


@dataclass(frozen=True, slots=True)
class StaffSession:
    """One place where a member of staff is signed in. The token itself is only in the cookie."""

    id: int
    staff_id: int
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    place: str
    """Browser and address as the person recognises them, the address cut to its network."""


@dataclass(frozen=True, slots=True)
class Thread:
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


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """One message of a talk. `who` is person, bot or staff; `by` the member of staff."""

    id: int
    thread_id: int
    at: datetime
    who: str
    text: str
    by: int | None = None


@dataclass(frozen=True, slots=True)
class Rating:
    """评价: five grades, 5 is best, once for each thing that was finished."""

    kind: str
    """case, thread."""
    ref: str
    region: str
    grade: int
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MarkRequest:
    """A finished thing that a chat was asked to rate and has not rated yet."""

    kind: str
    ref: str
    region: str
    title: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """Until when a person's sensitive acts wait after the phone or the chat changed (S16)."""

    person_id: int
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class DayCount:
    """Numbers of one day for the console."""

    day: date
    filed: int
    done: int
    refused: int


@dataclass(frozen=True, slots=True)
class AuditSearch:
    """What to look for in the audit log; empty means any. `actor` and `subject` are pseudonyms; `before_id` pages backwards."""

    actor: str = ""
    subject: str = ""
    action: str = ""
    feature: str = ""
    start: datetime | None = None
    end: datetime | None = None
    before_id: int | None = None
