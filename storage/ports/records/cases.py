"""What people file and pay: cases with their steps and materials, the console's queue, orders."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from storage.ports.record import Record, field
from storage.ports.time import Span


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


class CaseStep(Record):
    """办理环节 (I2): append-only."""

    seq: int
    name: str
    at: datetime
    status: str
    note: str = ""
    by: str = ""


class Case(Record):
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


class QueueRow(Record):
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
    first_reviewer: int | None = None


class QueueFilter(Record):
    """Which cases of the queue. Empty tuples and None mean any; `regions` is never empty."""

    regions: tuple[str, ...]
    states: tuple[CaseState, ...] = ()
    filings: tuple[str, ...] = ()
    claimed_by: int | None = None
    unclaimed: bool = False
    due_before: date | None = None


class Attachment(Record):
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


class DayCount(Record):
    """Numbers of one day for the console."""

    day: date
    filed: int
    done: int
    refused: int


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
    REFUNDED = "refunded"
    """The money went back after the staff looked into it: no receipt, and one that was issued is void."""

    @property
    def open(self) -> bool:
        """Whether it can still be paid."""
        return self in {OrderStatus.PENDING, OrderStatus.CONFIRMED}


class Order(Record):
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
