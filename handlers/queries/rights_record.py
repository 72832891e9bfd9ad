"""《北京市社会保险个人权益记录》 (BJH-M-18) of a span of months: what was paid for each insurance, year by year, and the pension account."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from dialogs.statement import Statement
from handlers.queries.contributions import since_the_first, span_of, told
from handlers.queries.papers import ACCOUNT_SHEET, Insured, insured
from handlers.queries.sheets import Sheet, amount, count, found, month, nothing, text, there_is
from handlers.query import Asker, Query
from storage.ports.record import Record
from storage.ports.records import AccountYear, Insurance
from storage.ports.repositories import Repositories
from storage.ports.time import Month, Span

TITLE = "北京市社会保险个人权益记录"


class _OfYear(Record):
    """One insurance in one year."""

    year: str
    insurance: str
    months: int
    last: Month
    bases: Decimal
    employer_amount: Decimal
    personal_amount: Decimal


YEARS_SHEET: Sheet[_OfYear] = Sheet(
    code="rights_record_years",
    caption="历年缴费",
    columns=(
        text("year", "年度", "year", 0.8),
        text("insurance", "险种", "insurance", 1.2),
        count("months", "缴费月数"),
        month("last", "最近年月"),
        amount("bases", "缴费基数合计", total=False),
        amount("employer_amount", "单位缴费"),
        amount("personal_amount", "个人缴费"),
    ),
)

WHOLE_SHEET: Sheet[Insured] = Sheet(
    code="rights_record",
    caption="缴费汇总",
    columns=(
        text("insurance", "险种", "named", 1.3),
        month("first", "起始年月"),
        month("last", "截止年月"),
        count("months", "实际缴费月数"),
        amount("employer_amount", "单位缴费"),
        amount("personal_amount", "个人缴费"),
    ),
)

SHEETS = (WHOLE_SHEET, YEARS_SHEET)


async def rights_record(tx: Repositories, asker: Asker, params: Mapping[str, str]) -> Statement:
    """`params`: period. One range scan over the span, summed by year."""
    span = span_of(params["period"])
    rows = await tx.contributions.between(asker.person.id, span, tuple(Insurance))
    whole = insured(rows)
    accounts = [one for one in await tx.rights.of(AccountYear, asker.person.id, span) if one.insurance == "pension"]
    if not whole:
        extents = await tx.contributions.extents(asker.person.id)
        known = [one for extent in extents.values() for one in (extent.start, extent.end)]
        there = there_is((min(known), max(known)) if known else None, "缴费")
        return nothing(asker, "BJH-M-18", TITLE, searched=f" {told(span)} 的权益记录", there=there, period=told(span))
    span = since_the_first(span, [one.first for one in whole])
    years = [
        _OfYear(f"{year}年", one.named, one.months, one.last, one.bases, one.employer_amount, one.personal_amount)
        for year in range(span.start.year, span.end.year + 1)
        for one in insured([row for row in rows if row.period.year == year])
    ]
    tables = [WHOLE_SHEET.table(asker.region, whole)]
    if span.start.year != span.end.year:
        tables.append(YEARS_SHEET.table(asker.region, years))
    if accounts:
        tables.append(ACCOUNT_SHEET.table(asker.region, accounts))
    reached = Span(min(one.first for one in whole), max(one.last for one in whole))
    named = "、".join(f"{one.insurance.label} {one.months} 个月" for one in whole)
    return found(
        asker,
        "BJH-M-18",
        TITLE,
        tuple(tables),
        (f"{reached.label}缴费：{named}。",),
        period=span.label,
        notes=("缴费月数按费款所属期计算，只计已到账的月份；补缴与正常缴费的同一个月只算一个月。",),
    )


QUERIES: dict[str, Query] = {"rights_record": rights_record}
"""By the name that links and documents carry."""
