"""Benefits beside the pension: 工伤 (BJQ-P-04b, BZ-33), 失业金 (BZ-32), 生育 (BZ-34), 医疗报销 (BZ-35)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

from dialogs.phrases import day as day_said
from dialogs.phrases import money
from dialogs.statement import Statement
from handlers.queries.contributions import since_the_first, span_of, told
from handlers.queries.pension import PAY_METHODS
from handlers.queries.sheets import ZERO, Sheet, amount, day, found, month, nothing, text, there_is
from handlers.query import Asker, Query
from storage.ports.record import Record
from storage.ports.records import InjuryPayment, MaternityPayment, MedicalPayment, UnemploymentPayment
from storage.ports.repositories import Repositories
from storage.ports.time import Month, Span

ITEMS: Mapping[str, str] = {
    "allowance": "工津",
    "supplement": "工补",
    "care": "工护",
    "dependant": "工抚",
    "death_lump": "工亡",
    "disability_lump": "工一",
    "medical_lump": "工医",
    "funeral": "工丧",
    "device": "工辅",
}
"""工伤待遇项目 (E3) in the order of the form (BJE-G-09)."""

_READ_AS: Mapping[str, str] = {
    "allowance": "伤残津贴",
    "care": "护理费",
    "dependant": "供养亲属抚恤金",
    "death_lump": "一次性工亡补助金",
    "disability_lump": "一次性伤残补助金",
    "medical_lump": "一次性工伤医疗补助金",
    "funeral": "丧葬补助金",
}
"""What the short names may stand for: ours, no manual says it."""

SUPPLEMENT_NOTE = "工补：因申报晚、政策调整等原因，事后补发的差额。"
DEVICE_NOTE = (
    "工辅：一次性用品的费用，即北京市工伤辅助器具配置目录中的 30027、30028、30029 项，经劳动能力鉴定委员会确认，"
    "依据《北京市工伤辅助器具配置项目及费用限额标准》的通知支付。"
)

_AS_A_RULE = "（括号里是简称通常的意思，以经办机构的解释为准）"
_SHOWN = 3


def _reading(items: Sequence[str]) -> str:
    """The remark under short names that no manual explains; '' where there are none."""
    read = "，".join(f"{ITEMS[item]}为{_READ_AS[item]}" for item in ITEMS if item in items and item in _READ_AS)
    return f"简称对照：{read}；具体含义以经办机构的解释为准。" if read else ""


class _InjuryMonth(Record):
    """One row of the form: a month with what each item came to."""

    period: Month
    of: Mapping[str, Decimal]


def _item(code: str) -> Callable[[_InjuryMonth], Decimal | None]:
    return lambda row: row.of.get(code)


INJURY_SHEET: Sheet[_InjuryMonth] = Sheet(
    code="injury",
    caption="工伤保险待遇信息",
    columns=(
        month("period", "支付年月"),
        *(amount(code, label, _item(code), 1.0) for code, label in ITEMS.items()),
    ),
    always_total=True,
)

INJURY_MONTH_SHEET: Sheet[InjuryPayment] = Sheet(
    code="injury_month",
    caption="工伤待遇",
    columns=(
        text("item", "项目", lambda row: ITEMS.get(row.item, row.item)),
        amount("amount", "金额"),
        text("method", "发放方式", lambda row: PAY_METHODS.get(row.pay_method, row.pay_method)),
    ),
    always_total=True,
)


async def injury(tx: Repositories, asker: Asker, params: Mapping[str, str]) -> Statement:
    """工伤保险待遇信息 (BJQ-P-04b), columns of BJE-G-09. `params`: period. One range scan."""
    span = span_of(params["period"])
    title = "工伤保险待遇信息"
    records = await tx.rights.of(InjuryPayment, asker.person.id, span)
    if not records:
        there = await _there(tx, asker, InjuryPayment, "工伤待遇")
        return nothing(asker, "BJQ-P-04b", title, searched=f" {told(span)} 的工伤待遇", there=there, period=told(span))
    span = since_the_first(span, [row.period for row in records])
    by_month: dict[Month, dict[str, Decimal]] = {}
    for row in records:
        of = by_month.setdefault(row.period, {})
        of[row.item] = of.get(row.item, ZERO) + row.amount
    rows = tuple(_InjuryMonth(period, of) for period, of in sorted(by_month.items()))
    items = _sums(records)
    total = sum(items.values(), ZERO)
    head = f"{span.label}工伤待遇合计 {money(total)}，最近一次是{rows[-1].period.label}。"
    said = [f"{ITEMS.get(item, item)} {money(value)}{_may_be(item)}" for item, value in items.items()]
    shown = said if len(said) <= _SHOWN + 1 else [*said[:_SHOWN], f"另有 {len(said) - _SHOWN} 项，见明细"]
    remark = _AS_A_RULE if any(item in _READ_AS for item in items) else ""
    return found(
        asker,
        "BJQ-P-04b",
        title,
        (INJURY_SHEET.table(asker.region, rows),),
        tuple(line for line in (head, *shown, remark) if line),
        period=span.label,
        notes=tuple(note for note in (SUPPLEMENT_NOTE, DEVICE_NOTE, _reading(tuple(items))) if note),
        lines=tuple(_line(row) for row in reversed(rows)) if len(rows) > 1 else (),
    )


def _line(row: _InjuryMonth) -> str:
    return f"{row.period.label}：" + "，".join(f"{ITEMS.get(item, item)} {money(value)}" for item, value in row.of.items())


def _sums(records: Sequence[InjuryPayment]) -> dict[str, Decimal]:
    """Item → amount, in the order of the form."""
    sums: dict[str, Decimal] = {}
    for row in records:
        sums[row.item] = sums.get(row.item, ZERO) + row.amount
    order = list(ITEMS)
    return dict(sorted(sums.items(), key=lambda one: order.index(one[0]) if one[0] in order else len(order)))


def _may_be(item: str) -> str:
    return f"（{_READ_AS[item]}）" if item in _READ_AS else ""


async def injury_month(tx: Repositories, asker: Asker, params: Mapping[str, str]) -> Statement:
    """职工工伤待遇 (BZ-33) of one month."""
    period = Month.parse(params["period"])
    title = "职工工伤待遇"
    records = await tx.rights.of(InjuryPayment, asker.person.id, Span(period, period))
    if not records:
        there = await _there(tx, asker, InjuryPayment, "工伤待遇")
        return nothing(asker, "BZ-33", title, searched=f"{period.label}的工伤待遇", there=there, period=period.label)
    items = _sums(records)
    said = [f"{ITEMS.get(item, item)} {money(value)}{_may_be(item)}" for item, value in items.items()]
    shown = said if len(said) <= _SHOWN + 1 else [*said[:_SHOWN], f"另有 {len(said) - _SHOWN} 项，见明细"]
    remark = _AS_A_RULE if any(item in _READ_AS for item in items) else ""
    head = f"{period.label}工伤待遇 {money(sum(items.values(), ZERO))}。"
    return found(
        asker,
        "BZ-33",
        title,
        (INJURY_MONTH_SHEET.table(asker.region, records),),
        tuple(line for line in (head, *shown, remark) if line),
        period=period.label,
        notes=tuple(note for note in (_reading(tuple(items)),) if note),
    )


MODES: Mapping[str, str] = {"monthly": "按月领取", "lump": "一次性", "origin": "转回原籍", "subsidy": "失业补助金"}

UNEMPLOYMENT_SHEET: Sheet[UnemploymentPayment] = Sheet(
    code="unemployment",
    caption="职工失业金待遇",
    columns=(
        month("period", "支付年月"),
        text("mode", "方式", lambda row: MODES.get(row.mode, row.mode)),
        amount("amount", "金额"),
        day("paid_on", "发放日期"),
    ),
)


async def unemployment(tx: Repositories, asker: Asker, params: Mapping[str, str]) -> Statement:
    """职工失业金待遇 (BZ-32) of one month."""
    period = Month.parse(params["period"])
    title = "职工失业金待遇"
    records = await tx.rights.of(UnemploymentPayment, asker.person.id, Span(period, period))
    if not records:
        there = await _there(tx, asker, UnemploymentPayment, "失业金")
        return nothing(asker, "BZ-32", title, searched=f"{period.label}的失业金", there=there, period=period.label)
    total = sum((row.amount for row in records), ZERO)
    said = [
        f"{MODES.get(row.mode, row.mode)} {money(row.amount)}" + (f"，{day_said(row.paid_on)}发放" if row.paid_on else "")
        for row in records
    ]
    return found(
        asker,
        "BZ-32",
        title,
        (UNEMPLOYMENT_SHEET.table(asker.region, records),),
        (f"{period.label}失业金 {money(total)}。", *said[:5]),
        period=period.label,
    )


KINDS: Mapping[str, str] = {"birth": "分娩", "miscarriage": "引、流产"}

MATERNITY_SHEET: Sheet[MaternityPayment] = Sheet(
    code="maternity",
    caption="生育待遇",
    columns=(
        month("period", "支付年月"),
        text("kind", "类别", lambda row: KINDS.get(row.kind, row.kind)),
        day("applied_on", "申领日期"),
        text("method", "发放方式", lambda row: PAY_METHODS.get(row.pay_method, row.pay_method)),
        amount("amount", "金额"),
    ),
)


async def maternity(tx: Repositories, asker: Asker, params: Mapping[str, str]) -> Statement:
    """生育待遇 (BZ-34) of one month. The manual only names it: without rows, who can be asked is all that can be said."""
    period = Month.parse(params["period"])
    title = "生育待遇"
    records = await tx.rights.of(MaternityPayment, asker.person.id, Span(period, period))
    if not records:
        extent = await tx.rights.extent(MaternityPayment, asker.person.id)
        there = (
            there_is((extent[0].period, extent[1].period), title)
            if extent
            else "怎样申领、什么时候发放，这里看不到，请问单位经办人，或到参保地经办窗口。"
        )
        return nothing(asker, "BZ-34", title, searched=f"{period.label}的生育待遇", there=there, period=period.label)
    total = sum((row.amount for row in records), ZERO)
    said = [
        f"{KINDS.get(row.kind, row.kind)} {money(row.amount)}，{PAY_METHODS.get(row.pay_method, row.pay_method)}"
        + (f"，{day_said(row.applied_on)}申领" if row.applied_on else "")
        for row in records
    ]
    return found(
        asker,
        "BZ-34",
        title,
        (MATERNITY_SHEET.table(asker.region, records),),
        (f"{period.label}生育待遇 {money(total)}。", *said[:5]),
        period=period.label,
    )


MEDICAL_SHEET: Sheet[MedicalPayment] = Sheet(
    code="medical",
    caption="职工医疗待遇",
    columns=(
        day("settled_on", "结算日期"),
        text("hospital", "医院", weight=2.0),
        text("kind", "类别"),
        amount("total", "费用总额"),
        amount("fund_paid", "基金支付"),
        amount("own_paid", "个人支付"),
    ),
)


async def medical(tx: Repositories, asker: Asker, params: Mapping[str, str]) -> Statement:
    """职工医疗待遇 (医疗报销, BZ-35): the settlements of one month. Page and paper have all of them, the chat five at a time."""
    period = Month.parse(params["period"])
    title = "职工医疗待遇（医疗报销）"
    records = await tx.rights.of(MedicalPayment, asker.person.id, Span(period, period))
    if not records:
        there = await _there(tx, asker, MedicalPayment, "医疗报销")
        return nothing(asker, "BZ-35", title, searched=f"{period.label}的医疗报销", there=there, period=period.label)
    whole, fund, own = (sum((getattr(row, name) for row in records), ZERO) for name in ("total", "fund_paid", "own_paid"))
    head = f"{period.label}医疗费用 {len(records)} 笔，一共报销 {money(fund)}。"
    sums = f"费用总额 {money(whole)}，个人支付 {money(own)}。"
    said = tuple(
        f"{day_said(row.settled_on)} {row.hospital}（{row.kind}）：报销 {money(row.fund_paid)}，个人 {money(row.own_paid)}"
        for row in records
    )
    return found(
        asker,
        "BZ-35",
        title,
        (MEDICAL_SHEET.table(asker.region, records),),
        (head, sums, *said[:4]),
        period=period.label,
        lines=said,
    )


P = TypeVar("P", InjuryPayment, UnemploymentPayment, MedicalPayment)


async def _there(tx: Repositories, asker: Asker, kind: type[P], what: str) -> str:
    extent = await tx.rights.extent(kind, asker.person.id)
    known = (extent[0].period, extent[1].period) if extent else None
    return there_is(known, what, f"您名下还没有{what}的记录。")


SHEETS = (INJURY_SHEET, INJURY_MONTH_SHEET, UNEMPLOYMENT_SHEET, MATERNITY_SHEET, MEDICAL_SHEET)

QUERIES: dict[str, Query] = {
    "injury": injury,
    "injury_month": injury_month,
    "unemployment": unemployment,
    "maternity": maternity,
    "medical": medical,
}
"""By the name that links and documents carry."""
