"""A region is data: what its manual offers, its texts, windows, fees and dated figures (`storage/regions/<code>/*.toml`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal

from storage.ports.record import Record, field
from storage.ports.records import CaseState, Channel, Guide


class Way(Record):
    """One way to do a thing: its name, what to do, and whether it works without a face check."""

    title: str
    text: str
    without_face: bool = False
    entry_url: str = ""
    """Where the way begins, as the agency set it; nothing is shown for ''."""


@dataclass(frozen=True, slots=True, order=True)
class MonthDay:
    """A day of every year: 3月1日. 2月29日 is the 28th in years without one."""

    month: int
    day: int


class MissedRules(Record):
    """What the agency says about a missed date: 暂停, 恢复, 补发. '' where the manual is silent and the agency has set nothing."""

    pause: str = ""
    resume: str = ""
    back_pay: str = ""


class CertificationRules(Record):
    """待遇资格认证: the manuals are silent on period and stages, so an agency sets them. `storage.certifying` works out days from it."""

    period_months: int
    """Months from one certification to the next, where `rule` is period."""
    stages: tuple[int, ...]
    """Days before the due day on which people are reminded, largest first; 0 is the day itself."""
    ways: tuple[Way, ...]
    result_working_days: int
    after_missed: str
    """What happens after a missed date and how it is put right."""
    rule: str = "period"
    """period, birthday or season."""
    season_from: MonthDay = MonthDay(1, 1)
    season_to: MonthDay = MonthDay(12, 31)
    """The last day itself is inside; earlier in the year than `season_from`: it lies in the next year."""
    early_days: int = 0
    """birthday and season: so many days before the window opens a certification counts for it."""
    entry_url: str = ""
    """The official entry for certifying, as the agency set it; nothing is shown for ''."""
    missed: MissedRules = MissedRules()


class ReminderRules(Record):
    """When and how people of a region are reminded (P-CERT and the others); the manuals are silent, so an agency sets all of it."""

    after: tuple[int, ...] = ()
    """Days after a missed due day on which people are reminded still, smallest first."""
    ladder: tuple[Channel, ...] = (Channel.TEMPLATE, Channel.SUBSCRIBE, Channel.SMS, Channel.RELATIVE, Channel.VISIT)
    """The rungs, in the order in which they are tried."""
    at: time = time(9, 0)
    """When on a day what was planned for it goes out."""
    from_days: Mapping[Channel, int] = field(default_factory=dict)
    """A channel is used only from so many days before the due day; one that is not named, always."""
    receipt_hours: int = 24
    """How long a receipt of the platform or of an SMS provider is awaited before the next rung; 0: it is not awaited."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """`<kind>.<text>` → words in place of the product's own (`handlers.reminders.words`)."""


class LossRules(Record):
    """社保卡挂失."""

    online: bool
    """Whether this region's manual has the button (BZ-19); where it is False, `guide` says what to do instead."""
    does: str
    does_not: str
    guide: str
    temporary_days: int = 0
    """After how many days a loss report ends by itself; 0: it is formal and does not. The manuals are silent."""
    warn_days: int = 1
    """How many days before that the person is told."""
    lift_online: bool = False
    """Whether 解挂 works here; otherwise `lift` says what to do."""
    lift: str = ""


class Window(Record):
    """服务窗口 (I8): from a day of the month (to a day, or to its end), between two times of each day."""

    code: str
    day_from: int
    day_to: int | None
    time_from: time
    time_to: time
    """The end itself is outside."""
    note: str = ""
    """What the manual adds (特殊情况顺延并提前通知)."""
    shifted: Mapping[str, date] = field(default_factory=dict)
    """Months whose first day was postponed by announcement: `2026-02` → its date."""
    name: str = ""
    """What it is open for, in words for those who choose it (网上补换社保卡); '' where the region says none."""


class Outlet(Record):
    """A place where something can be done."""

    name: str
    latitude: float
    longitude: float
    address: str
    hours: str
    does: tuple[str, ...]
    phone: str = ""
    code: str = ""
    """What its poster's QR code carries, one over all regions; '' for an outlet without a poster."""


class HumanRules(Record):
    """人工: where a person is handed over to (console, wechat, phone), and when somebody is there."""

    channel: str = "phone"
    workdays: bool = True
    time_from: time = time(9, 0)
    time_to: time = time(17, 0)
    answer_days: int = 1
    """Working days within which a message taken outside the hours is answered."""


class Tier(Record):
    """缴费档次 (C3)."""

    code: str
    label: str
    amount: Decimal


class OrderRules(Record):
    """What orders (BZ-23 … BZ-25) cost. The manual is silent on every figure: they are the agency's, dated, never shown as law."""

    year: int
    source: str
    """Where the figures come from and from when; shown under every amount."""
    base_min: Decimal
    base_max: Decimal
    rates: Mapping[str, Decimal]
    """Insurance (pension, medical) → share of the base that is paid a month."""
    tiers: Mapping[str, tuple[Tier, ...]]
    """resident_pension, resident_medical → tiers of the year."""
    banks: tuple[str, ...]
    months_at_most: int = 12
    minutes_to_pay: int = 120
    """After that an unpaid order is void."""


class SheetColumns(Record):
    """How an agency wants the columns of one table (`handlers.queries.sheets`), by their keys."""

    show: tuple[str, ...] = ()
    """Which, and in what order; () for all as declared."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """Heads in place of the declared ones."""


class LevyWage(Record):
    """本市上年度职工月平均工资 (BJH-13): the handbook does not have it; an agency sets it for a year, with its source."""

    year: int
    """The year whose wages they are."""
    amount: Decimal
    source: str


class PensionBase(Record):
    """计发基数 of a year, as the agency has it; 元 a month. The manuals are silent on it."""

    year: int
    amount: Decimal
    source: str
    """Where it comes from; shown under every estimate."""


class Region(Record):
    """Everything that differs between regions. `capabilities` are feature IDs that the region's manual gives to persons."""

    code: str
    name: str
    agency: str
    hotline: str
    capabilities: frozenset[str]
    certification: CertificationRules
    loss: LossRules
    texts: dict[str, str] = field(default_factory=dict)
    windows: Mapping[str, Window] = field(default_factory=dict)
    fees: Mapping[str, Decimal] = field(default_factory=dict)
    """元, by what they are for: card_replace."""
    days: Mapping[str, int] = field(default_factory=dict)
    """Working days, by what takes them: card_replace, card_second, review, complaint, refund."""
    delivery: tuple[str, ...] = ("网点自取",)
    """How a card comes to its holder (领取方式)."""
    outlets: tuple[Outlet, ...] = ()
    human: HumanRules = field(default_factory=HumanRules)
    case_words: Mapping[CaseState, tuple[str, str]] = field(default_factory=dict)
    """State → (办理状态, 业务反馈状态) in this region's own words (features.md 0.4)."""
    must_read: bool = False
    """济南: a case is finished only after 设为已读."""
    orders: OrderRules | None = None
    reminders: ReminderRules = field(default_factory=ReminderRules)
    columns: Mapping[str, SheetColumns] = field(default_factory=dict)
    """Sheet → its columns in this region, where they differ from the declared ones."""
    levy: LevyWage | None = None
    """What 趸缴 is worked out from; None where the agency has set nothing: then the wage is asked for."""
    guides: Mapping[str, Guide] = field(default_factory=dict)
    """办事指南 as shipped, by code, in the order in which they are listed."""
    pension_base: PensionBase | None = None
    missing: str = ""
    """The sentence for a capability that the region's manual lacks; `{what}` is its title."""

    def offers(self, *features: str) -> bool:
        """Whether the region has at least one of the features."""
        return any(feature in self.capabilities for feature in features)
