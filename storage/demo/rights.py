"""权益记录 of the demo people: what follows from a life alone, so that accounts, spells and filings agree with the contributions.

The rates and amounts are invented round figures, as everything here. What only some of the cast have is in `rights_cast`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from hashlib import blake2b
from types import MappingProxyType
from typing import TypeVar

from storage.demo.benefits import PENSION_AGE
from storage.demo.lives import CENT, Life, Work, amounts
from storage.demo.names import EMPLOYERS, INSTITUTION
from storage.ports.record import Record
from storage.ports.records import (
    AccountYear,
    Insurance,
    Kind,
    LabourFiling,
    Participation,
    PensionPayment,
    Registration,
    Right,
)
from storage.ports.time import Month

T = TypeVar("T")

RATE = Decimal("0.03")
"""记账利率 of the demo, every year."""
_PENSION_MONTHS = (24, 36)
"""Months of pension on record, where histories are not cut: of the many, and of the cast."""
_NOTHING = Decimal("0.00")
_WHOLE = 12
"""Below that many months of history the many have neither spells and filings nor accounts: they would cost as much as the contributions."""
_POSTS = ("质检员", "机修工", "会计", "仓库管理员", "软件测试员", "车间操作工", "行政专员", "驾驶员")
_FORMS = ("城镇合同制职工", "劳务派遣")
_NATIONS = ("汉族",) * 22 + ("回族", "满族")
_HOSPITALS = (
    "示例市第一医院",
    "示例区中医医院",
    "示例区人民医院",
    "示例社区卫生服务中心",
    "示例口腔医院",
    "示例妇幼保健院",
)
_BANKS = ("邮政储蓄（示例）", "工商银行（示例）")


def cents(amount: Decimal) -> Decimal:
    """To the 分."""
    return amount.quantize(CENT, ROUND_HALF_UP)


@lru_cache(maxsize=len(_HOSPITALS))
def _four(first: int) -> tuple[str, ...]:
    return tuple(_HOSPITALS[(first + place) % len(_HOSPITALS)] for place in range(4))


def rights(life: Life, person_id: int, today: date, months: int) -> Iterator[Right]:
    """Everything that follows from a life, with at most `months` months of what is paid by the month. The same again for the same day."""
    dice = _Dice(f"{life.person.region}:{life.person.id_no}")
    yield _registration(life, person_id, dice)
    this_month = Month.of(today)
    if months >= _WHOLE:
        yield from _participations(life, person_id, this_month)
        if life.person.region == "binzhou":
            yield from _filings(life, person_id, dice)
        principal = {} if _institutional(life) else _principal(life.works)
        yield from account_years(person_id, "pension", principal, today.year, _drawn(life, principal, today.year))
    if life.certification is not None and not life.resident:
        yield from _pension(life, person_id, this_month.plus(-1), min(months, _PENSION_MONTHS[bool(life.shows)]), dice)


class _Dice:
    """Numbers that follow from a text: quicker than `Random`, since there is one for each of a million people."""

    __slots__ = ("_left",)

    def __init__(self, text: str) -> None:
        self._left = int.from_bytes(blake2b(text.encode()).digest())

    def below(self, sides: int) -> int:
        """0 … sides - 1. A person throws some twenty times, which does not use up 512 bits."""
        self._left, found = divmod(self._left, sides)
        return found

    def one(self, of: Sequence[T]) -> T:
        """One of them."""
        return of[self.below(len(of))]


# ── 登记信息 ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _registration(life: Life, person_id: int, dice: _Dice) -> Registration:
    person = life.person
    worked = [work.start for work in life.works]
    began = date(person.birth_date.year + 19 + dice.below(6), 7, 1)
    if worked and worked[0] < Month.of(began):
        began = date(worked[0].year, worked[0].month, 1)
    foreign = person.id_type == "护照"
    beijing = person.region == "beijing"
    address = f"示例市示例区示例路{1 + dice.below(199)}号{1 + dice.below(19)}号楼"
    hospitals = _four(dice.below(len(_HOSPITALS))) if beijing else ()
    cadre = dice.below(4) == 0
    return Registration(
        person_id,
        # Who has no identity card is given a number; like all of ours it is nobody's.
        social_no=f"000000{10**11 + dice.below(9 * 10**11)}" if foreign else person.id_no,
        computer_no=f"{9 * 10**9 + dice.below(10**9)}",
        handbook_no=f"{10**8 + dice.below(9 * 10**8)}S" if beijing else "",
        ethnicity="" if foreign else dice.one(_NATIONS),
        nationality="示例国" if foreign else "中国",
        email=f"demo{dice.below(10**6)}@example.com" if dice.below(3) == 0 else "",
        hukou_type="" if foreign else "本地农业户口（农村）" if life.resident else "本地非农业户口（城镇）",
        hukou_address="" if foreign else "示例市示例区示例街道（户籍）",
        address=address,
        mail_address=address,
        postcode="000000",
        personal_status="" if life.resident else "干部" if cadre else "工人",
        work_start=None if life.resident else began,
        deemed_months=0 if life.resident else max(0, Month(1992, 10).index - Month.of(began).index),
        hospitals=hospitals,
        resident=life.resident,
    )


# ── 参保关系, 劳动用工备案 ──────────────────────────────────────────────────────────────────────────────────────────


class _Spell(Record):
    """Time with one employer; what lies between its 正常缴费 belongs to it."""

    employer: int | None
    start: Month
    end: Month
    insurances: tuple[Insurance, ...]


def _spells(works: Sequence[Work]) -> list[_Spell]:
    """In order of time; months with the same employer that follow each other are one."""
    found: list[_Spell] = []
    for work in sorted((work for work in works if work.kind is Kind.NORMAL), key=lambda work: work.start):
        if found and found[-1].employer == work.employer and found[-1].end.plus(1) == work.start:
            found[-1] = _Spell(work.employer, found[-1].start, work.end, found[-1].insurances)
        elif work.start <= work.end:
            found.append(_Spell(work.employer, work.start, work.end, work.insurances))
    return found


def _name(employer: int | None) -> str:
    return "" if employer is None else EMPLOYERS[employer].name


def _institutional(life: Life) -> bool:
    """Whether the 养老 is 机关事业单位养老: its spell and its account come with the cast's own. Others who pass through that employer are staff like
    any."""
    return bool(life.shows) and all(work.employer == INSTITUTION for work in life.works) and bool(life.works)


def _participations(life: Life, person_id: int, this_month: Month) -> Iterator[Participation]:
    spells = _spells(life.works)
    for place, spell in enumerate(spells):
        last = place == len(spells) - 1
        status, end = ("正常参保", None) if last and spell.end.plus(1) >= this_month else ("中断", spell.end)
        if not last and spells[place + 1].start == spell.end.plus(1):
            status = "转移"
        elif last and life.certification is not None:
            status = "终止"
        for insurance in spell.insurances:
            if insurance is Insurance.PENSION and _institutional(life):
                continue
            yield Participation(
                person_id, insurance.value, date(spell.start.year, spell.start.month, 1), _name(spell.employer), status, end
            )


def _filings(life: Life, person_id: int, dice: _Dice) -> Iterator[LabourFiling]:
    """滨州's: one with each employer, filed within the month; contracts of three years, or without an end."""
    spells = [spell for spell in _spells(life.works) if spell.employer is not None]
    for place, spell in enumerate(spells):
        start = date(spell.start.year, spell.start.month, 1)
        post, form, open_ended = dice.one(_POSTS), _FORMS[dice.below(6) == 0], dice.below(5) == 0
        working = place == len(spells) - 1 and life.person.person_status == "在职"
        months = spell.end.index - spell.start.index + 1
        until = spell.start.plus(-(-max(months, 1) // 36) * 36 - 1).last_day if working else spell.end.last_day
        yield LabourFiling(
            person_id,
            _name(spell.employer),
            start,
            None if working and open_ended else until,
            post,
            form,
            start + timedelta(days=3 + dice.below(25)),
            "在职" if working else "离职",
        )


# ── 个人账户 ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _principal(works: Sequence[Work]) -> dict[int, Decimal]:
    """What the person paid for 养老 and has arrived, by year of the months paid for."""
    found: dict[int, Decimal] = {}
    for work in works:
        if not work.arrived or Insurance.PENSION not in work.insurances:
            continue
        for month, paid in amounts(work):
            own = next(by_person for insurance, _, _, by_person in paid if insurance is Insurance.PENSION)
            if work.employer is None:  # of what 灵活就业 pays, a third is kept in the account, as 8 of 24 %
                own = cents(own / 3)
            found[month.year] = found.get(month.year, _NOTHING) + own
    return found


def _drawn(life: Life, principal: Mapping[int, Decimal], this_year: int) -> dict[int, Decimal]:
    """What a retiree's account has paid out by year: each month a 139th of what was paid in, as one who retires at sixty is paid."""
    if life.certification is None:
        return {}
    monthly, first = cents(sum(principal.values(), _NOTHING) / 139), drawing_from(life)
    died = life.person.death_date
    last = Month(this_year, 12) if died is None else Month.of(died)
    return {
        year: monthly * (min(last, Month(year, 12)).index - max(first, Month(year, 1)).index + 1)
        for year in range(first.year, min(this_year, last.year + 1))
    }


def account_years(
    person_id: int,
    insurance: str,
    principal: Mapping[int, Decimal],
    this_year: int,
    paid: Mapping[int, Decimal] = MappingProxyType({}),
    opening: Decimal = _NOTHING,
) -> Iterator[AccountYear]:
    """Every year from the first that has anything to last year: a year's closing is opening + principal + interest - paid out, and the next opening.

    Interest is a year's on the opening, and half a year's on what came in or went out.
    """
    for year in range(min(principal, default=this_year), this_year):
        came, paid_out = principal.get(year, _NOTHING), paid.get(year, _NOTHING)
        interest = cents(opening * RATE + (came - paid_out) * RATE / 2)
        closing = opening + came + interest - paid_out
        yield AccountYear(person_id, insurance, year, opening, came, interest, paid_out, closing)
        opening = closing


# ── 养老待遇 ────────────────────────────────────────────────────────────────────────────────────────────────────────


def drawing_from(life: Life) -> Month:
    """The first month of pension: the one after the birthday, or after the last month that was worked."""
    born = life.person.birth_date
    of_age = Month(born.year + PENSION_AGE[life.person.gender], born.month)
    return max([of_age, *(work.end for work in life.works)]).plus(1)


def _pension(life: Life, person_id: int, last: Month, months: int, dice: _Dice) -> Iterator[PensionPayment]:
    """基养 as it was granted, 基调 that rises each July, for some 社补; in July the rise is paid back to January as 清账."""
    if life.person.death_date is not None:
        last = min(last, Month.of(life.person.death_date))
    basic = Decimal(2100_00 + dice.below(3100_00)) / 100
    social = Decimal(60_00 + dice.below(120_00)) / 100 if dice.below(5) < 2 else None
    step = cents(basic * Decimal("0.02"))
    bank = dice.one(_BANKS)
    first = max(drawing_from(life), last.plus(1 - months))
    if drawing_from(life) > last:
        return
    for month in first.until(last):
        raises = _julys(drawing_from(life), month)
        items = [("basic", basic)]
        if social is not None:
            items.append(("social_supp", social))
        if raises:
            items.append(("basic_adj", step * raises))
            if month.month == 7:
                items.append(("settle", step * 6))
        for item, amount in items:
            yield PensionPayment(person_id, month, item, bank, amount, paid_on=date(month.year, month.month, 15))


def _julys(start: Month, month: Month) -> int:
    """How many Julys have come after the first month, this one included."""
    return (month.index - 6) // 12 - (start.index - 6) // 12
