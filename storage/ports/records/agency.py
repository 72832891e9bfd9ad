"""The agency's own records: people, employers, contributions, cards, certifications."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from storage.ports.record import Record
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


class Person(Record):
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


class Employer(Record):
    """单位 (B2). `id` is 0 on one that is not stored yet."""

    id: int
    region: str
    name: str
    uscc: str
    si_reg_no: str = ""


class Contribution(Record):
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


class ContributionSum(Record):
    """The months of one insurance that stand alike, added up: what a working life comes to without its rows."""

    insurance: Insurance
    standing: str
    """paid (something arrived that was not paid back), waiting (filed, 未到账), none (on record, but nothing is left of it)."""
    months: frozenset[int]
    """As `Month.index`."""
    employer: Decimal
    """单位缴费 that has arrived; 0.00 where none has."""
    personal: Decimal


class Card(Record):
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


class CardEvent(Record):
    """卡片处理记录 (F2): one thing that happened to a person's card. Append-only."""

    person_id: int
    card_no: str
    at: datetime
    step: str
    status: str
    note: str = ""


class Swipe(Record):
    """刷卡记录 (F3)."""

    person_id: int
    at: datetime
    place: str
    kind: str
    amount: Decimal


class Certification(Record):
    """资格认证 (E19) of one person: the newest state."""

    person_id: int
    last_at: date | None
    due_on: date
    """The last day on which certifying is in time."""
    channel: str = ""
    result: str = ""
    by_other: bool = False


class Benefit(Record):
    """待遇发放 of one person: paid or paused, since when, and when it began."""

    person_id: int
    state: str
    """paying, paused."""
    since: date
    """Of the present state."""
    drawing_since: date | None = None
    """退休待遇 was granted on that day: the first pension comes from the 15th of the next month (BJH-16)."""
    reason: str = ""
    """停发原因 in the agency's words; '' where it gives none."""


class CertificationRecord(Record):
    """认证记录 (E19): one certification that was done or tried. Append-only."""

    person_id: int
    at: datetime
    """When; the first moment of a day in Shanghai where only the day is known."""
    channel: str
    """认证渠道: 委托单位认证, APP认证, 经办机构窗口, 异地机构, 使领馆 and whatever else the agency has."""
    result: str
    """通过, 未通过 or 审核中."""
    by_other: bool = False
    note: str = ""


class Hold(Record):
    """Until when a person's sensitive acts wait after the phone or the chat changed (S16)."""

    person_id: int
    until: datetime
    reason: str
