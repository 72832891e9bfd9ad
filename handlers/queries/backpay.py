"""个人补缴信息 (BJQ-P-02c): 补缴, 补差 and 还欠 among the contributions of a period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from dialogs.phrases import money
from dialogs.statement import Statement
from handlers.queries.contributions import since_the_first, span_of, told
from handlers.queries.sheets import ZERO, Sheet, amount, day, found, month, text
from handlers.query import Asker, Query
from storage.ports.records import KIND_LABELS, Contribution, Kind
from storage.ports.repositories import Repositories
from storage.ports.time import Span

KINDS = frozenset({Kind.BACK, Kind.DIFF, Kind.ARREARS})

BACK_PAYMENTS: Sheet[Contribution] = Sheet(
    code="back_payments",
    caption="个人补缴信息",
    counted=lambda row: row.arrived,
    columns=(
        month("period", "费款所属期"),
        text("insurance", "险种", lambda row: row.insurance.label, 0.7, chat=True),
        text("kind", "补缴类型", lambda row: KIND_LABELS[row.kind], chat=True),
        amount("base", "缴费基数", total=False),
        amount("employer_amount", "单位缴费", chat=True, say="单位"),
        amount("personal_amount", "个人缴费", chat=True, say="个人"),
        day("paid_at", "到账日期"),
        text("arrived", "到账", lambda row: "已到账" if row.arrived else "未到账", 0.8, chat=True),
        text("employer", "单位名称", weight=2.0),
    ),
)

TITLE = "参保人员缴费信息（个人补缴）"


async def back_payments(tx: Repositories, asker: Asker, params: Mapping[str, str]) -> Statement:
    """个人补缴 (BJQ-P-02c). `params`: period, of 费款所属期. One range of the contributions; sums are of what has arrived."""
    span = span_of(params["period"])
    rows = [row for row in await tx.contributions.between(asker.person.id, span) if row.kind in KINDS]
    if not rows:
        return found(asker, "BJQ-P-02c", TITLE, (), await _none(tx, asker, span), period=told(span))
    span = since_the_first(span, [row.period for row in rows])
    lines = BACK_PAYMENTS.lines(asker.region, rows[::-1])  # newest first, as everywhere in the chat
    return found(
        asker,
        "BJQ-P-02c",
        TITLE,
        (BACK_PAYMENTS.table(asker.region, rows),),
        (_head(span, rows), *lines[:5]),
        period=span.label,
        notes=("按费款所属期查询；合计只计已到账的。",),
        lines=lines,
    )


def _head(span: Span, rows: Sequence[Contribution]) -> str:
    arrived = [row for row in rows if row.arrived]
    personal: Decimal = sum((row.personal_amount for row in arrived), ZERO)
    employer: Decimal = sum((row.employer_amount for row in arrived), ZERO)
    what = "、".join(dict.fromkeys(KIND_LABELS[row.kind] for row in rows))
    return f"{span.label}有 {len(rows)} 笔{what}，已到账个人 {money(personal)}，单位 {money(employer)}。"


async def _none(tx: Repositories, asker: Asker, span: Span) -> tuple[str, ...]:
    extents = await tx.contributions.extents(asker.person.id)
    known = [one for extent in extents.values() for one in (extent.start, extent.end)]
    there = (
        f"这里按费款所属期查。您名下有缴费的是 {Span(min(known), max(known)).label}，可以换个时间再查。"
        if known
        else "您名下还没有缴费记录。"
    )
    return (f"{told(span)}无补缴记录。", there, f"有疑问请拨打 {asker.region.hotline}。")


QUERIES: dict[str, Query] = {"back_payments": back_payments}
"""By the name that links and documents carry."""

SHEETS = (BACK_PAYMENTS,)
