"""权益记录 that only some of the cast have: 职业年金, 转移, 居民, 工伤, 失业, 生育, 医疗, and pensions that are told by hand. All invented."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from random import Random

from storage.demo.lives import Life, amounts
from storage.demo.names import EMPLOYERS, INSTITUTION
from storage.demo.rights import RATE, account_years, cents
from storage.ports.records import (
    AnnuityPayment,
    AnnuityYear,
    InjuryPayment,
    Insurance,
    MaternityPayment,
    MedicalPayment,
    Participation,
    PensionPayment,
    ResidentPayment,
    ResidentYear,
    Right,
    Transfer,
    UnemploymentPayment,
)
from storage.ports.time import Month

Rows = Callable[[Life, int, date], Iterator[Right]]

_ZERO = Decimal("0.00")
_CENTRE = EMPLOYERS[INSTITUTION].name
_HOSPITALS = (("示例市人民医院", "门诊"), ("示例区中医医院", "门诊"), ("示例社区卫生服务中心", "门诊"))


def rights(cast: Sequence[tuple[Life, int]], today: date) -> Iterator[Right]:
    """Of everybody in `cast` (lives with their person ids) who has something of the kind, none of it later than `today`."""
    for life, person_id in cast:
        for rows in _OF.get((life.person.region, life.person.name), ()):
            yield from rows(life, person_id, today)


def replaced(life: Life) -> bool:
    """Whether the pension of this one of the cast is told here, and not made from the life."""
    return _officer in _OF.get((life.person.region, life.person.name), ())


def _last(today: date) -> Month:
    return Month.of(today).plus(-1)


def _on(month: Month, day: int) -> date:
    return date(month.year, month.month, day)


# ── 机关事业: 职业年金 while one works, and both pensions afterwards ──────────────────────────────────────────────────


def _annuity(life: Life, person_id: int, today: date) -> Iterator[Right]:
    """8 % and 4 % of the base each month, the newest not arrived yet; the account by year, and that of the pension beside it."""
    by_year: dict[int, tuple[Decimal, Decimal]] = {}
    own: dict[int, Decimal] = {}
    for work in life.works:
        yield Participation(person_id, "pension_gov", _on(work.start, 1), _CENTRE, "正常参保")
        yield Participation(person_id, "annuity", _on(work.start, 1), _CENTRE, "正常参保")
        for month, paid in amounts(work):
            base = paid[0][1]
            theirs, mine = cents(base * Decimal("0.08")), cents(base * Decimal("0.04"))
            arrived = None if month == work.end else _on(month, 20)
            yield AnnuityPayment(person_id, month, _CENTRE, base, theirs, mine, arrived)
            had = by_year.get(month.year, (_ZERO, _ZERO))
            by_year[month.year] = (had[0] + theirs, had[1] + mine)
            own[month.year] = own.get(month.year, _ZERO) + cents(base * Decimal("0.08"))
    balance = _ZERO
    for year, (theirs, mine) in by_year.items():
        if year < today.year:
            gain = cents(balance * RATE + (theirs + mine) * RATE / 2)
            balance += theirs + mine + gain
            yield AnnuityYear(person_id, year, theirs, mine, gain, balance)
    yield from account_years(person_id, "pension_gov", own, today.year)


def _officer(_: Life, person_id: int, today: date) -> Iterator[Right]:
    """基养 first through 本单位 and for a year through 邮政储蓄, 职业年金 through 工商银行; both rise by 2 % each July."""
    last = _last(today)
    for back in range(35, -1, -1):
        month = last.plus(-back)
        raises = (month.index - 6) // 12 - (last.plus(-35).index - 6) // 12
        basic = cents(Decimal("5386.02") * Decimal("1.02") ** raises)
        by_unit = back >= 12
        yield PensionPayment(
            person_id,
            month,
            "basic",
            "本单位" if by_unit else "邮政储蓄（示例）",
            basic,
            "机关事业养老",
            "employer" if by_unit else "bank",
            _on(month, 15),
        )
        yield PensionPayment(
            person_id, month, "social_supp", "邮政储蓄（示例）", Decimal("153.50"), "机关事业养老", "bank", _on(month, 15)
        )
        annuity = cents(Decimal("1175.28") * Decimal("1.02") ** raises)
        yield PensionPayment(person_id, month, "annuity", "工商银行（示例）", annuity, "机关事业养老", "bank", _on(month, 20))


# ── 转移接续 ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _transfers(life: Life, person_id: int, _: date) -> Iterator[Right]:
    """Two places before this one, one after the other, up to where the work here begins."""
    here = min(work.start for work in life.works)
    first, second = (here.plus(-72), here.plus(-37)), (here.plus(-36), here.plus(-1))
    yield Transfer(person_id, "pension", 1, *first, 36, "示例省甲市", "示例省乙市")
    yield Transfer(person_id, "pension", 1, *second, 36, "示例省乙市", "示例省乙市")
    yield Transfer(person_id, "pension", 2, first[0].plus(-24), first[0].plus(-1), 24, "示例省甲市")
    yield Transfer(person_id, "medical", 1, *second, 36, "", "示例省乙市")


# ── 城乡居民 ────────────────────────────────────────────────────────────────────────────────────────────────────────

_TIERS = {"300元档（示例）": 300, "600元档（示例）": 600, "1000元档（示例）": 1000, "2000元档（示例）": 2000}


def _resident(years: int, tiers: Sequence[str], medical: bool = False) -> Rows:
    """So many years of 居民养老 up to last year, the last ones in the last tier; a subsidy of the city and the district with each."""

    def rows(_: Life, person_id: int, today: date) -> Iterator[Right]:
        first = today.year - years
        came: dict[int, Decimal] = {}
        yield Participation(person_id, "resident_pension", date(first, 1, 1), "", "正常参保")
        for place, year in enumerate(range(first, today.year)):
            tier = tiers[min(place * len(tiers) // years, len(tiers) - 1)]
            paid = Decimal(_TIERS[tier]).quantize(Decimal("0.01"))
            help_ = Decimal("50.00") if place == years - 1 else _ZERO
            city, district = cents(Decimal(60) + paid * Decimal("0.02")), Decimal("30.00")
            came[year] = paid + help_ + city + district
            yield ResidentPayment(
                person_id, "resident_pension", year, tier, paid, help_, _ZERO, city, district, date(year, 3, 10 + place % 15)
            )
        for one in account_years(person_id, "resident_pension", came, today.year):
            yield one
            yield ResidentYear(person_id, one.year, _ZERO, _ZERO, _ZERO, _ZERO, _ZERO, one.closing)
        if medical:
            yield Participation(person_id, "resident_medical", date(first, 1, 1), "", "正常参保")
            for place, year in enumerate(range(today.year - 4, today.year)):
                paid, share = Decimal(320 + 20 * place), Decimal(580 + 30 * place)
                yield ResidentPayment(
                    person_id,
                    "resident_medical",
                    year,
                    "成年居民档（示例）",
                    paid.quantize(Decimal("0.01")),
                    _ZERO,
                    _ZERO,
                    share.quantize(Decimal("0.01")),
                    _ZERO,
                    date(year - 1, 11, 5 + place),
                )

    return rows


def _draws(_: Life, person_id: int, today: date) -> Iterator[Right]:
    """Paid from 2009 until she was sixty; since then 基础养老金 by three purses, and a 139th of the account each month."""
    yield Participation(person_id, "resident_pension", date(2009, 1, 1), "", "终止", Month(2016, 3))
    came: dict[int, Decimal] = {}
    for year in range(2009, 2016):
        paid = Decimal("1000.00")
        came[year] = paid + Decimal("90.00")
        yield ResidentPayment(
            person_id,
            "resident_pension",
            year,
            "1000元档（示例）",
            paid,
            _ZERO,
            _ZERO,
            Decimal("60.00"),
            Decimal("30.00"),
            date(year, 5, 12),
        )
    monthly = cents(sum(came.values(), _ZERO) / 139)
    paid_out = {year: monthly * (9 if year == 2016 else 12) for year in range(2016, today.year)}
    for one in account_years(person_id, "resident_pension", came, today.year, paid_out):
        yield one
        months = 9 if one.year == 2016 else 12 if one.year > 2016 else 0
        rise = Decimal(max(0, one.year - 2016))
        yield ResidentYear(
            person_id,
            one.year,
            _ZERO,
            (Decimal("70.00") + 4 * rise) * months,
            (Decimal("410.00") + 35 * rise) * months,
            Decimal("30.00") * months,
            one.paid_out,
            one.closing,
        )


# ── 工伤, 失业, 生育, 医疗 ──────────────────────────────────────────────────────────────────────────────────────────


def _injury(allowance: int, care: int, months: int) -> Rows:
    """工津 and 工护 each month, 5 % more from July on; the July of this rise pays the half year before it as 工补; 工辅 once at the beginning."""

    def rows(_: Life, person_id: int, today: date) -> Iterator[Right]:
        last = _last(today)
        start = last.plus(1 - months)
        yield InjuryPayment(person_id, start.plus(2), "device", Decimal("3860.00"))
        for month in start.until(last):
            raises = (month.index - 6) // 12 - (start.index - 6) // 12
            now = cents(allowance * Decimal("1.05") ** raises)
            yield InjuryPayment(person_id, month, "allowance", now)
            yield InjuryPayment(person_id, month, "care", Decimal(care).quantize(Decimal("0.01")))
            if month.month == 7 and raises:
                before = cents(allowance * Decimal("1.05") ** (raises - 1))
                yield InjuryPayment(person_id, month, "supplement", (now - before) * 6)

    return rows


def _unemployed(life: Life, person_id: int, _: date) -> Iterator[Right]:
    """Six months from the second after the last one worked."""
    first = max(work.end for work in life.works).plus(2)
    for month in first.until(first.plus(5)):
        yield UnemploymentPayment(person_id, month, "monthly", Decimal("1620.00"), _on(month, 22))


def _birth(life: Life, person_id: int, today: date) -> Iterator[Right]:
    """A year ago: the base of that time for 158 days, as the agency here reckons it; through the employer."""
    month = _last(today).plus(-11)
    base = next(
        base
        for work in life.works
        for at, paid in amounts(work)
        if at == month
        for insurance, base, _, _ in paid
        if insurance is Insurance.MATERNITY
    )
    applied = _on(month.plus(-1), 6)
    yield MaternityPayment(person_id, month, "birth", cents(base / 30 * 158), applied, "employer")


def _medical(times: int, stay: bool = False) -> Rows:
    """So many visits over the last year; of a visit 60 %, of a stay 80 % is paid by the fund."""

    def rows(life: Life, person_id: int, today: date) -> Iterator[Right]:
        rng = Random(f"medical:{life.person.id_no}")  # noqa: S311 - it must come out the same again; nothing here is secret
        for time in range(times):
            month = _last(today).plus(-(time * 12 // times))
            hospital, kind = _HOSPITALS[time % len(_HOSPITALS)]
            total = Decimal(rng.randrange(120_00, 860_00)) / 100
            yield _settled(person_id, month, 3 + time % 20, hospital, kind, total, Decimal("0.60"))
        if stay:
            total = Decimal(rng.randrange(9000_00, 18000_00)) / 100
            yield _settled(person_id, _last(today).plus(-5), 26, "示例市人民医院", "住院", total, Decimal("0.80"))

    return rows


def _settled(person_id: int, month: Month, day: int, hospital: str, kind: str, total: Decimal, share: Decimal) -> MedicalPayment:
    fund = cents(total * share)
    return MedicalPayment(person_id, month, _on(month, day), hospital, kind, cents(total), fund, cents(total) - fund)


def _old_account(_: Life, person_id: int, today: date) -> Iterator[Right]:
    """The last five years of an account that pays out: 86,250.00 five years ago, 620.50 less each month."""
    years = range(today.year - 5, today.year)
    out = dict.fromkeys(years, Decimal("620.50") * 12)
    yield from account_years(person_id, "pension", dict.fromkeys(years, _ZERO), today.year, out, Decimal("86250.00"))


_OF: Mapping[tuple[str, str], tuple[Rows, ...]] = {
    ("beijing", "金砚秋"): (_annuity,),
    ("beijing", "叶秀兰"): (_officer,),
    ("beijing", "方念初"): (_transfers,),
    ("beijing", "康承远"): (_injury(3120, 1580, 30),),
    ("beijing", "郝修竹"): (_resident(12, ("1000元档（示例）", "2000元档（示例）")),),
    ("beijing", "孟春芳"): (_draws,),
    ("binzhou", "贾念慈"): (_resident(6, ("300元档（示例）", "600元档（示例）"), medical=True),),
    ("binzhou", "史明朗"): (_unemployed,),
    ("binzhou", "孔怀山"): (_injury(2680, 1320, 20), _medical(4, stay=True)),
    ("binzhou", "谢思宁"): (_birth, _medical(2)),
    ("binzhou", "孙书瑶"): (_medical(5),),
    ("binzhou", "潘秀英"): (_old_account, _medical(6, stay=True)),
}
"""Whose, by region and name."""
