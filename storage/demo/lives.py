"""What a demo person's life is made of, and how working years become contribution rows.

The rates are invented round figures for pictures and sums. They are not anybody's law.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from storage.certifying import PASSED, plus_months
from storage.ports.record import Record, field
from storage.ports.records import Card, Case, CaseStep, Certification, Contribution, Insurance, Kind, Person
from storage.ports.time import SHANGHAI, Month

CENT = Decimal("0.01")
ALL = tuple(Insurance)
STAGES = (60, 30, 15, 7, 3, 1, 0)

_RATES = {
    Insurance.PENSION: (Decimal("0.16"), Decimal("0.08")),
    Insurance.MEDICAL: (Decimal("0.09"), Decimal("0.02")),
    Insurance.UNEMPLOYMENT: (Decimal("0.005"), Decimal("0.005")),
    Insurance.INJURY: (Decimal("0.004"), Decimal("0")),
    Insurance.MATERNITY: (Decimal("0.008"), Decimal("0")),
}
_RAISE = Decimal("1.05")


class Work(Record):
    """Months in a row with one employer (a position in EMPLOYERS; None: 灵活就业, the person pays everything)."""

    employer: int | None
    start: Month
    end: Month
    base: int
    """缴费基数 of the first year; it rises by 5 % each July."""
    kind: Kind = Kind.NORMAL
    insurances: tuple[Insurance, ...] = ALL
    paid_on: date | None = None
    """All on one day (补缴); otherwise in the month itself."""
    arrived: bool = True


class Life(Record):
    """One person and everything that hangs on them; ids are 0 until they are stored."""

    person: Person
    works: tuple[Work, ...] = ()
    card: Card | None = None
    certification: Certification | None = None
    cases: tuple[Case, ...] = field(default=())
    shows: str = ""
    """For the hand-picked ones: what there is to see."""
    earlier: tuple[Card, ...] = field(default=())
    """Cards that were replaced, oldest first."""
    resident: bool = False
    """城乡居民 rather than 城镇职工."""


def rows(life: Life, person_id: int, employer_ids: Sequence[int]) -> Iterator[Contribution]:
    """The contribution rows of a life, work by work and month by month; `employer_ids` are in the order of EMPLOYERS."""
    for work in life.works:
        employer_id = None if work.employer is None else employer_ids[work.employer]
        day = 8 + (work.employer or 0) % 15
        for month, paid in amounts(work):
            paid_at = (work.paid_on or date(month.year, month.month, day)) if work.arrived else None
            for insurance, base, by_employer, by_person in paid:
                yield Contribution(
                    person_id, insurance, month, base, by_employer, by_person, work.kind, employer_id, "", paid_at, work.arrived
                )


def amounts(work: Work) -> Iterator[tuple[Month, tuple[tuple[Insurance, Decimal, Decimal, Decimal], ...]]]:
    """Month by month, of each insurance: base, and what employer and person pay."""
    for month in work.start.until(work.end):
        raises = (month.index - 6) // 12 - (work.start.index - 6) // 12  # Julys since the first month
        yield month, _amounts_of(work.base, raises, work.insurances, work.employer is None, work.kind)


@lru_cache(maxsize=16384)
def _amounts_of(
    first_base: int, raises: int, insurances: tuple[Insurance, ...], alone: bool, kind: Kind
) -> tuple[tuple[Insurance, Decimal, Decimal, Decimal], ...]:
    base = (first_base * _RAISE**raises).quantize(Decimal(1), ROUND_HALF_UP).quantize(CENT)
    sign = -1 if kind is Kind.REFUND else 1
    found = []
    for insurance in insurances:
        by_employer, by_person = _RATES[insurance]
        if alone:
            by_employer, by_person = Decimal(0), by_employer + by_person
        found.append((insurance, base, sign * _cents(base * by_employer), sign * _cents(base * by_person)))
    return tuple(found)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def certified(due: date, channel: str, by_other: bool = False, ever: bool = True) -> Certification:
    """A certification that is due on that day, done one period (a year) before; not `ever`: a new retiree's first."""
    last = plus_months(due, -12)
    return Certification(0, last, due, channel, PASSED, by_other) if ever else Certification(0, None, due)


def card(number: int, region: str, status: str = "active", lost_at: datetime | None = None) -> Card:
    """A card with twelve digits, which begin with 88."""
    return Card(0, 0, region, f"88{number:010d}", status, "示例银行" if region == "jinan" else "", lost_at)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment of a day in Beijing time."""
    return datetime.combine(day, time(hour, minute), SHANGHAI)


def case_number(number: int, region: str) -> str:
    """Fifteen digits, so that nobody takes them for an identity number or a bank card.

    They do not tell the day: the number must stay the same when demo data is loaded on another day.
    """
    return f"70{('beijing', 'binzhou', 'jinan').index(region)}{number:012d}"


def loss(number: int, lost: Card) -> Case:
    """The 挂失 (BZ-19) of a card: done at once, as it is when a person does it here."""
    moment = lost.lost_at
    if moment is None:
        raise ValueError("the card is not lost")
    case_no = case_number(number, lost.region)
    steps = (
        CaseStep(1, "本人申请", moment, "已受理", "短信验证通过", "本人"),
        CaseStep(2, "卡片挂失", moment, "已生效", "社保卡已停止使用", "系统"),
    )
    fields = {"社保卡号": f"尾号{lost.card_no[-4:]}"}
    return Case(
        case_no, f"demo:{case_no}", "BZ-19", "社保卡挂失", lost.region, 0, moment, "处理结束", "挂失成功", fields, steps, moment
    )


def case(number: int, region: str, feature: str, title: str, started: date, ending: str = "", note: str = "") -> Case:
    """A case that began at least six days ago. `ending`: '' is running, 成功 or 不成功 is finished after five days."""
    case_no = case_number(number, region)
    steps = [CaseStep(1, "受理", at(started, 9, 30), "已受理", "材料齐全")]
    steps.append(CaseStep(2, "审核", at(started + timedelta(days=2), 14), "审核完" if ending else "审核中"))
    if ending:
        steps.append(CaseStep(3, "办结", at(started + timedelta(days=5), 16, 20), f"办理{ending}", note))
    return Case(
        case_no,
        f"demo:{case_no}",
        feature,
        title,
        region,
        0,
        steps[0].at,
        "处理结束" if ending else "处理中",
        {"成功": "已办结", "不成功": "未通过"}.get(ending, "等待审核"),
        {},
        tuple(steps),
        steps[-1].at if ending else None,
    )


def belong(life: Life, person_id: int) -> tuple[tuple[Card, ...], Certification | None, tuple[Case, ...]]:
    """Cards (the newest last), certification and cases with the person's id."""
    held = (*life.earlier, life.card) if life.card else life.earlier
    return (
        tuple(replace(one, person_id=person_id) for one in held),
        None if life.certification is None else replace(life.certification, person_id=person_id),
        tuple(replace(found, person_id=person_id) for found in life.cases),
    )
