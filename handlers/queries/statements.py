"""年度对账单: BJQ-P-03, and the two forms of 北京 for 历年 (BJH-M-19 五险, BJH-M-20 四险), from the contributions of the year and the account.

The manuals leave the columns Silent: they are those of the data dictionary (D5, D2). Which form it is follows from the year.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from dialogs.phrases import money
from dialogs.statement import Statement
from handlers.queries.months import paid_months
from handlers.queries.sheets import (
    PENSION_GOV,
    ZERO,
    Sheet,
    amount,
    count,
    feature_of,
    found,
    insurance_named,
    month,
    nothing,
    text,
    there_is,
)
from handlers.query import Asker, Query
from storage.ports.record import Record
from storage.ports.records import AccountYear, Contribution, Insurance, Kind
from storage.ports.repositories import Repositories
from storage.ports.time import Month, Span

LAST_OF_FOUR = 2010
"""Up to this year the form is that of 四险 (BJH-M-20), from the next that of 五险 (BJH-M-19)."""

FOUR = (Insurance.PENSION, Insurance.UNEMPLOYMENT, Insurance.INJURY, Insurance.MATERNITY)
"""险种组 four (data dictionary 0.1): 养老, 失业, 工伤 and 生育."""

OF_EMPLOYEES = frozenset({Insurance.PENSION.value, PENSION_GOV})
"""Accounts that belong to 职工; the residents' has a statement of its own (BJQ-P-06)."""


class OfYear(Record):
    """What one insurance comes to in one year. Months and sums are of what has arrived."""

    insurance: Insurance
    months: int
    last: Month | None
    base: Decimal | None
    """Monthly base of the last month that was paid; None where only 补差 and the like arrived."""
    employer: Decimal
    personal: Decimal
    waiting: int
    """Months filed but 未到账."""

    @classmethod
    def of(cls, insurance: Insurance, rows: Sequence[Contribution]) -> OfYear:
        """Worked out from the rows of one insurance within the year, in order of their months."""
        arrived = [row for row in rows if row.arrived]
        paid = paid_months(rows)
        whole = [row for row in arrived if row.kind not in {Kind.REFUND, Kind.DIFF}]
        waiting = {row.period for row in rows if not row.arrived and row.kind is not Kind.REFUND} - paid
        return cls(
            insurance=insurance,
            months=len(paid),
            last=max(paid, default=None),
            base=max(whole, key=lambda row: row.period).base if whole else None,
            employer=sum((row.employer_amount for row in arrived), ZERO),
            personal=sum((row.personal_amount for row in arrived), ZERO),
            waiting=len(waiting),
        )


PER_INSURANCE: Sheet[OfYear] = Sheet(
    code="statement_insurances",
    caption="各险种缴费情况",
    columns=(
        text("insurance", "险种", lambda one: one.insurance.label, 0.8),
        count("months", "缴费月数", chat=True, say="{} 个月"),
        month("last", "最近月份"),
        amount("base", "月缴费基数", total=False),
        amount("employer", "单位缴费", chat=True, say="单位"),
        amount("personal", "个人缴费", chat=True, say="个人"),
        count("waiting", "未到账月数"),
    ),
)

ACCOUNT: Sheet[AccountYear] = Sheet(
    code="statement_account",
    caption="养老保险个人账户",
    columns=(
        text("insurance", "险种", lambda one: insurance_named(one.insurance), 1.5),
        amount("opening", "上年末余额", total=False),
        amount("principal", "本年记账本金", total=False),
        amount("interest", "本年利息", total=False),
        amount("paid_out", "支出", total=False),
        amount("closing", "年末余额", total=False),
    ),
)


def months_of(year: int) -> Span:
    """January to December."""
    return Span(Month(year, 1), Month(year, 12))


async def statement(tx: Repositories, asker: Asker, params: Mapping[str, str]) -> Statement:
    """对账单 of a year. `params`: period, a year. One range of the year's contributions, and the person's account years."""
    year = int(params["period"])
    kinds = FOUR if year <= LAST_OF_FOUR else tuple(Insurance)
    span = months_of(year)
    rows = await tx.contributions.between(asker.person.id, span, kinds)
    accounts = [one for one in await tx.rights.of(AccountYear, asker.person.id, span) if one.insurance in OF_EMPLOYEES]
    title, feature = _title(asker, year), _feature(asker, year)
    if not rows and not accounts:
        return await _nothing(tx, asker, feature, title, year)
    lines = [OfYear.of(kind, some) for kind in kinds if (some := [row for row in rows if row.insurance is kind])]
    region = asker.region
    return found(
        asker,
        feature,
        title,
        (
            *((PER_INSURANCE.table(region, lines),) if lines else ()),
            *((ACCOUNT.table(region, accounts),) if accounts else ()),
        ),
        _summary(asker, year, lines, accounts),
        facts=(("对账单版式", "四险（养老、失业、工伤、生育）" if kinds is FOUR else "五险"),),
        period=span.label,
        notes=_notes(kinds, lines, accounts),
    )


def _title(asker: Asker, year: int) -> str:
    name = asker.region.name
    place = name if name.endswith(("省", "市", "区", "州")) else f"{name}市"
    if year <= LAST_OF_FOUR:
        return f"{year}年度{place}社会保险对账单（四险）"
    return f"{year}年度{place}社会保险个人缴费信息对账单"


def _feature(asker: Asker, year: int) -> str:
    if year <= LAST_OF_FOUR:
        return feature_of(asker, "BJH-M-20", "BJQ-P-03")
    return feature_of(asker, "BJQ-P-03", "BJH-M-19")


def _summary(asker: Asker, year: int, lines: Sequence[OfYear], accounts: Sequence[AccountYear]) -> tuple[str, ...]:
    own = money(sum((one.personal for one in lines), ZERO))
    theirs = money(sum((one.employer for one in lines), ZERO))
    paid = f"个人缴费合计 {own}，单位 {theirs}" if lines else "没有缴费记录"
    closing = "".join(f"；{_account_named(one)}年末余额 {money(one.closing)}" for one in accounts)
    return (f"{year}年度对账单：{paid}{closing}。", *PER_INSURANCE.lines(asker.region, lines))


def _account_named(one: AccountYear) -> str:
    return "机关事业养老个人账户" if one.insurance == PENSION_GOV else "养老个人账户"


def _notes(kinds: tuple[Insurance, ...], lines: Sequence[OfYear], accounts: Sequence[AccountYear]) -> tuple[str, ...]:
    notes = []
    if lines:
        notes.append("月数和合计只计已到账的；月缴费基数为当年最近一个缴费月的基数。")
    if not accounts:
        notes.append("这一年没有养老保险个人账户的记账记录。")
    if kinds is FOUR:
        notes.append("2010年及以前的对账单为四险，不含医疗保险；医疗保险的缴费可以在缴费查询里看。")
    return tuple(notes)


async def _nothing(tx: Repositories, asker: Asker, feature: str, title: str, year: int) -> Statement:
    extents = await tx.contributions.extents(asker.person.id)
    years = [one.year for extent in extents.values() for one in (extent.start, extent.end)]
    there = there_is((min(years), max(years)) if years else None, "缴费记录", "您名下还没有缴费记录，新参保的一般次月才能查到。")
    return nothing(asker, feature, title, searched=f" {year}年的对账单", there=there, period=f"{year}年度")


QUERIES: dict[str, Query] = {"statement": statement}
"""By the name that links and documents carry."""

SHEETS = (PER_INSURANCE, ACCOUNT)
