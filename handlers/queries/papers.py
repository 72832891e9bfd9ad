"""Papers that are printed rather than asked for: 缴费证明 (BZ-27), 养老金收入证明 (BZ-28), 个人权益记录单 (BZ-29). Each opens with the sentence that such a
paper states (`Statement.opening`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from dialogs.phrases import day as day_said
from dialogs.phrases import money
from dialogs.statement import Statement, Table
from handlers.queries.contributions import span_of, told
from handlers.queries.months import paid_months
from handlers.queries.pension import ITEMS, PAY_METHODS
from handlers.queries.sheets import ZERO, Sheet, amount, count, found, insurance_named, month, nothing, text, there_is
from handlers.query import Asker, Query
from storage.ports.record import Record
from storage.ports.records import AccountYear, Contribution, Insurance, Kind, PensionPayment
from storage.ports.repositories import Repositories
from storage.ports.time import Month, Span


class Insured(Record):
    """What one insurance comes to: arrived contributions only, a month counts once."""

    insurance: Insurance
    first: Month
    last: Month
    months: int
    base: Decimal
    """Of the last month."""
    bases: Decimal
    """All bases together."""
    employer_amount: Decimal
    personal_amount: Decimal
    employer: str
    """Of the last month."""

    @property
    def named(self) -> str:
        """职工养老保险."""
        return f"职工{self.insurance.label}保险"


def insured(rows: Sequence[Contribution]) -> tuple[Insured, ...]:
    """One for each insurance with an arrived month, in the order of the five. Refunds lower the sums and add no month."""
    sums = []
    for kind in Insurance:
        arrived = [row for row in rows if row.insurance is kind and row.arrived]
        counted = [row for row in arrived if row.kind is not Kind.REFUND]
        months = sorted(paid_months(arrived))
        if not months:
            continue
        newest = [row for row in counted if row.period == months[-1]]
        sums.append(
            Insured(
                insurance=kind,
                first=months[0],
                last=months[-1],
                months=len(months),
                base=max(row.base for row in newest),
                bases=sum((row.base for row in counted), ZERO),
                employer_amount=sum((row.employer_amount for row in arrived), ZERO),
                personal_amount=sum((row.personal_amount for row in arrived), ZERO),
                employer=newest[-1].employer,
            )
        )
    return tuple(sums)


PROOF_SHEET: Sheet[Insured] = Sheet(
    code="contribution_proof",
    caption="缴费情况",
    columns=(
        text("insurance", "险种", "named", 1.3),
        month("first", "起始年月"),
        month("last", "截止年月"),
        count("months", "实际缴费月数"),
        amount("base", "最近缴费基数", total=False),
        text("employer", "最近参保单位", weight=2.2),
    ),
)

RECORD_SHEET: Sheet[Insured] = Sheet(
    code="record_sheet",
    caption="缴费情况",
    columns=(
        text("insurance", "险种", "named", 1.3),
        count("months", "缴费月数"),
        month("last", "最近年月"),
        amount("bases", "缴费基数合计", total=False),
        amount("employer_amount", "单位缴费"),
        amount("personal_amount", "个人缴费"),
    ),
)

ACCOUNT_SHEET: Sheet[AccountYear] = Sheet(
    code="record_account",
    caption="养老保险个人账户",
    columns=(
        text("year", "年度", lambda row: f"{row.year}年", 0.8),
        text("insurance", "账户", lambda row: insurance_named(row.insurance), 1.4),
        amount("opening", "上年末余额", total=False),
        amount("principal", "本年记账本金", total=False),
        amount("interest", "本年利息", total=False),
        amount("paid_out", "本年支出", total=False),
        amount("closing", "本年末余额", total=False),
    ),
)


class Income(Record):
    """What was paid in one month, whoever paid it; `of` by item."""

    period: Month
    amount: Decimal
    of: Mapping[str, Decimal]
    agency: str


def incomes(rows: Sequence[PensionPayment]) -> tuple[Income, ...]:
    """One for each month that was paid, oldest first."""
    found_months = []
    for period in sorted({row.period for row in rows}):
        of: dict[str, Decimal] = {}
        there = [row for row in rows if row.period == period]
        for row in there:
            of[row.item] = of.get(row.item, ZERO) + row.amount
        agencies = "、".join(dict.fromkeys(row.paying_agency for row in there if row.paying_agency))
        found_months.append(Income(period, sum(of.values(), ZERO), of, agencies))
    return tuple(found_months)


def _of_item(item: str) -> Callable[[Income], Decimal | None]:
    return lambda row: row.of.get(item)


def income_sheet(items: Sequence[str]) -> Sheet[Income]:
    """A line a month: whoever reads the paper looks for the month's sum; beside it what it is made of, where that is more than one item."""
    parts = items if len(items) > 1 else ()
    return Sheet(
        code="income_proof",
        caption="养老金发放情况",
        columns=(
            month("period", "发放年月"),
            amount("amount", "金额"),
            *(amount(item, ITEMS.get(item, item), _of_item(item), group="其中") for item in parts),
            text("agency", "代发机构", weight=1.6),
        ),
        always_total=True,
    )


SHEETS = (PROOF_SHEET, RECORD_SHEET, ACCOUNT_SHEET, income_sheet(tuple(ITEMS)))

ASK_THE_AGENCY = "本证明按经办机构的参保记录出具，内容以经办机构的登记为准。"


def _stated(statement: Statement, opening: str) -> Statement:
    return replace(statement, opening=opening)


def _whom(asker: Asker) -> str:
    """The person as a proof names them; the number stands masked beside it, in the facts."""
    return f"{asker.person.name}（{asker.person.gender}）" if asker.person.gender else asker.person.name


async def contribution_proof(tx: Repositories, asker: Asker, params: Mapping[str, str]) -> Statement:
    """职工社保缴费证明 (BZ-27). `params`: period; what lies within it is proved, from the first to the last month that was paid. Grows with
    the rows of the period."""
    title = "职工社会保险缴费证明"
    span = span_of(params["period"])
    sums = insured(await tx.contributions.between(asker.person.id, span, tuple(Insurance)))
    if not sums:
        extents = await tx.contributions.extents(asker.person.id)
        known = [one for extent in extents.values() for one in (extent.start, extent.end)]
        there = there_is((min(known), max(known)) if known else None, "缴费")
        return nothing(asker, "BZ-27", title, searched=f" {told(span)} 的职工社保缴费", there=there, period=told(span))
    whole = Span(min(one.first for one in sums), max(one.last for one in sums))
    named = "、".join(f"{one.insurance.label} {one.months} 个月" for one in sums)
    opening = f"兹证明{_whom(asker)}在{asker.region.name}参加职工社会保险，{whole.label}期间实际缴费：{named}。特此证明。"
    statement = found(
        asker,
        "BZ-27",
        title,
        (PROOF_SHEET.table(asker.region, sums),),
        (f"{whole.label}，实际缴费：{named}。",),
        period=whole.label,
        notes=("缴费月数按费款所属期计算，只计已到账的月份；补缴与正常缴费的同一个月只算一个月。", ASK_THE_AGENCY),
    )
    return _stated(statement, opening)


async def income_proof(tx: Repositories, asker: Asker, params: Mapping[str, str]) -> Statement:
    """养老金收入证明 (BZ-28). `params`: period. The mean is over the months that were paid."""
    title = "养老金收入证明"
    span = span_of(params["period"])
    records = await tx.rights.of(PensionPayment, asker.person.id, span)
    if not records:
        extent = await tx.rights.extent(PensionPayment, asker.person.id)
        there = there_is((extent[0].period, extent[1].period) if extent else None, "养老金", "您名下还没有养老金的发放记录。")
        return nothing(asker, "BZ-28", title, searched=f" {told(span)} 的养老金", there=there, period=told(span))
    months = sorted({row.period for row in records})
    total = sum((row.amount for row in records), ZERO)
    mean = (total / len(months)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    whole = Span(months[0], months[-1])
    last = sum((row.amount for row in records if row.period == months[-1]), ZERO)
    opening = (
        f"兹证明{_whom(asker)}在{asker.region.name}领取{records[-1].benefit_class}待遇，{whole.label}共发放 {len(months)} 个月，"
        f"合计人民币 {money(total)}，月平均 {money(mean)}，最近一个月（{months[-1].label}）{money(last)}。特此证明。"
    )
    items = sorted({row.item for row in records}, key=lambda item: list(ITEMS).index(item) if item in ITEMS else len(ITEMS))
    methods = dict.fromkeys(PAY_METHODS.get(row.pay_method, row.pay_method) for row in records if row.pay_method)
    statement = found(
        asker,
        "BZ-28",
        title,
        (income_sheet(items).table(asker.region, incomes(records)),),
        (f"{whole.label}共发放 {len(months)} 个月，合计 {money(total)}，月平均 {money(mean)}。",),
        facts=(("待遇类别", records[-1].benefit_class), ("发放方式", "、".join(methods))),
        period=whole.label,
        notes=("月平均按有发放记录的月份计算，四舍五入到分。", ASK_THE_AGENCY),
    )
    return _stated(statement, opening)


async def record_sheet(tx: Repositories, asker: Asker, params: Mapping[str, str]) -> Statement:
    """个人权益记录单 (BZ-29) of a year: what was paid for each insurance, and the pension account at the year's end."""
    title = "个人权益记录单"
    year = int(params["period"])
    span = Span(Month(year, 1), Month(year, 12))
    sums = insured(await tx.contributions.between(asker.person.id, span, tuple(Insurance)))
    accounts = await tx.rights.of(AccountYear, asker.person.id, span)
    if not sums and not accounts:
        extents = await tx.contributions.extents(asker.person.id)
        known = [one.year for extent in extents.values() for one in (extent.start, extent.end)]
        there = there_is((min(known), max(known)) if known else None, "缴费")
        return nothing(asker, "BZ-29", title, searched=f" {year}年度 的个人权益记录", there=there, period=f"{year}年度")
    until = min(span.end.last_day, asker.today)
    opening = (
        f"兹证明{_whom(asker)}在{asker.region.name}参加职工社会保险，{year}年度（截至{day_said(until)}）的个人权益记录如下。"
    )
    tables: list[Table] = []
    if sums:
        tables.append(RECORD_SHEET.table(asker.region, sums))
    if accounts:
        tables.append(ACCOUNT_SHEET.table(asker.region, accounts))
    named = "、".join(f"{one.insurance.label} {one.months} 个月" for one in sums)
    summary = [f"{year}年度缴费：{named}。"] if named else []
    summary += [f"{insurance_named(one.insurance)}个人账户年末余额 {money(one.closing)}。" for one in accounts]
    statement = found(
        asker,
        "BZ-29",
        title,
        tables,
        summary,
        period=f"{year}年度",
        notes=("缴费月数和金额只计已到账的；同一个月只算一个月。", ASK_THE_AGENCY),
    )
    return _stated(statement, opening)


QUERIES: dict[str, Query] = {
    "contribution_proof": contribution_proof,
    "income_proof": income_proof,
    "record_sheet": record_sheet,
}
"""By the name that links and documents carry."""
