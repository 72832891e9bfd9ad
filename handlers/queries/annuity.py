"""职业年金: what was paid in (BJQ-P-02b) and the account of a year (BJQ-P-05). Columns are Silent: data dictionary C1, D3."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from dialogs.phrases import money
from dialogs.statement import Statement
from handlers.queries.contributions import months_named, since_the_first, span_of, told
from handlers.queries.sheets import ZERO, Sheet, amount, day, found, month, nothing, over_time, text, there_is
from handlers.query import Asker, Query
from storage.ports.records import AnnuityPayment, AnnuityYear
from storage.ports.repositories import Repositories
from storage.ports.time import Month, Span

PAYMENTS: Sheet[AnnuityPayment] = Sheet(
    code="annuity_payments",
    caption="职业年金缴费明细",
    counted=lambda row: row.paid_on is not None,
    columns=(
        month("period", "费款所属期"),
        amount("base", "缴费基数", total=False),
        amount("employer_amount", "单位缴费", chat=True, say="单位"),
        amount("personal_amount", "个人缴费", chat=True, say="个人"),
        text("arrived", "到账", lambda row: "已到账" if row.paid_on else "未到账", 0.8, chat=True),
        day("paid_on", "到账日期"),
        text("employer", "单位名称", weight=2.2),
    ),
)

ACCOUNT: Sheet[AnnuityYear] = Sheet(
    code="annuity_account",
    caption="职业年金账户信息",
    columns=(
        text("year", "年度", lambda row: f"{row.year}年"),
        amount("employer_part", "单位部分", total=False),
        amount("personal_part", "个人部分", total=False),
        amount("gain", "收益", total=False),
        amount("balance", "账户余额", total=False),
    ),
)


async def payments(tx: Repositories, asker: Asker, params: Mapping[str, str]) -> Statement:
    """职业年金缴费 (BJQ-P-02b). `params`: period. One range of the person's rows; sums are of what has arrived."""
    span = span_of(params["period"])
    rows = await tx.rights.of(AnnuityPayment, asker.person.id, span)
    title, what = "参保人员缴费信息（职业年金）", "职业年金缴费"
    if not rows:
        ends = await tx.rights.extent(AnnuityPayment, asker.person.id)
        there = there_is((ends[0].period, ends[1].period) if ends else None, what)
        return nothing(asker, "BJQ-P-02b", title, searched=f" {told(span)} 的{what}", there=there, period=told(span))
    span = since_the_first(span, [rows[0].period])
    return found(
        asker,
        "BJQ-P-02b",
        title,
        (PAYMENTS.table(asker.region, rows),),
        _paid(span, rows),
        period=span.label,
        notes=("月数和合计只计已到账的。",),
        chart=_months(span, rows),
        lines=PAYMENTS.lines(asker.region, rows[::-1]),  # newest first, as everywhere in the chat
    )


def _paid(span: Span, rows: Sequence[AnnuityPayment]) -> tuple[str, ...]:
    arrived = [row for row in rows if row.paid_on is not None]
    paid = sorted({row.period for row in arrived})
    waiting = sorted({row.period for row in rows if row.paid_on is None} - set(paid))
    lines = [
        f"{span.label}，职业年金缴了 {len(paid)} 个月。",
        f"个人缴费 {money(_sum(row.personal_amount for row in arrived))}，"
        f"单位缴费 {money(_sum(row.employer_amount for row in arrived))}。",
    ]
    if paid:
        lines.append(f"最近一个月是{paid[-1].label}。")
    if waiting:
        lines.append(f"{months_named(waiting)}已申报，还没有到账。")
    return tuple(lines)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def _months(span: Span, rows: Sequence[AnnuityPayment]) -> str:
    own: dict[Month, Decimal] = {}
    theirs: dict[Month, Decimal] = {}
    for row in rows:
        own[row.period] = own.get(row.period, ZERO) + row.personal_amount
        theirs[row.period] = theirs.get(row.period, ZERO) + row.employer_amount
    months = span.months
    return over_time(
        f"职业年金缴费（{span.label}）",
        [str(one) for one in months],
        {"单位缴费": [theirs.get(one) for one in months], "个人缴费": [own.get(one) for one in months]},
    )


async def account(tx: Repositories, asker: Asker, params: Mapping[str, str]) -> Statement:
    """职业年金账户 of a year (BJQ-P-05). `params`: period, a year. The picture shows every year on record."""
    year = int(params["period"])
    rows = await tx.rights.of(AnnuityYear, asker.person.id)
    row = next((one for one in rows if one.year == year), None)
    title, period = "职业年金账户信息", f"{year}年度"
    if row is None:
        there = there_is((rows[0].year, rows[-1].year) if rows else None, "职业年金账户记录")
        return nothing(asker, "BJQ-P-05", title, searched=f" {year}年的职业年金账户", there=there, period=period)
    return found(
        asker,
        "BJQ-P-05",
        title,
        (ACCOUNT.table(asker.region, (row,)),),
        (
            f"{year}年末职业年金账户余额 {money(row.balance)}。",
            f"单位部分 {money(row.employer_part)}，个人部分 {money(row.personal_part)}。",
            f"收益 {money(row.gain)}。",
        ),
        period=period,
        chart=over_time("职业年金账户余额（历年）", [str(one.year) for one in rows], {"账户余额": [one.balance for one in rows]}),
    )


QUERIES: dict[str, Query] = {"annuity_payments": payments, "annuity_account": account}
"""By the name that links and documents carry."""

SHEETS = (PAYMENTS, ACCOUNT)
