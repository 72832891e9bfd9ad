"""养老待遇: 参保人员待遇信息 and its 明细 (BJQ-P-04a, 北京, a period), 职工退休金 (BZ-31, 滨州, a month)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import takewhile
from operator import attrgetter

import msgspec

from dialogs.charts import bar_chart
from dialogs.phrases import day, money
from dialogs.statement import Lines, Statement, Table, yuan
from handlers.queries.contributions import since_the_first, span_of, told
from handlers.queries.sheets import ZERO, Sheet, amount, count, found, month, nothing, text, there_is
from handlers.query import Asker, Query
from storage.ports.record import Record
from storage.ports.records import PensionPayment
from storage.ports.repositories import Repositories
from storage.ports.time import Month, Span

BASIC, OTHER, ANNUITY, SETTLED, OLD_AGE = "基养", "其他待遇", "职业年金", "清账", "养老"
_GROUP_OF: Mapping[str, str] = {
    "basic": BASIC,
    "social_supp": OTHER,
    "basic_adj": OTHER,
    "basic_supp": OTHER,
    "annuity": ANNUITY,
    "settle": SETTLED,
    "old_age": OLD_AGE,
}
_FORM_OF: tuple[str, ...] = (BASIC, OTHER, ANNUITY)
"""The three groups of the form; 清账 and 养老 stand on it only where there are some."""
_PLACE_OF: Mapping[str, int] = {name: place for place, name in enumerate((*_FORM_OF, SETTLED, OLD_AGE))}
"""The order of the groups; any other comes behind them."""

ITEMS: Mapping[str, str] = {
    "basic": "基养",
    "social_supp": "社补",
    "basic_adj": "基调",
    "basic_supp": "基补",
    "annuity": "职业年金",
    "settle": "清账",
    "old_age": "养老",
}
"""待遇项目 (E1), the short names of the manuals."""

PAY_METHODS: Mapping[str, str] = {"bank": "银行代发", "employer": "单位代发"}

INFO, DETAIL = "info", "detail"
"""The two forms that can be ticked."""

_MONTHS_DRAWN = 60
_WORTH_DRAWING = Decimal("0.05")
"""Months that differ by less than this part of the largest look alike as bars; the words tell of the change."""
_LINES = 5


class Paid(msgspec.Struct, frozen=True):
    """One row of the form: what one 代发机构 paid of one group in one month. `at` is `period.index`: fifty years of months are compared and counted by
    it several times over, and a number is that at a tenth of the price."""

    period: Month
    group: str
    agency: str
    amount: Decimal
    at: int


class _Item(Record):
    """One row of 待遇信息: a group over the whole period."""

    group: str
    months: int
    last: Month
    agencies: str
    last_amount: Decimal
    amount: Decimal


def paid_rows(rows: Iterable[PensionPayment]) -> tuple[Paid, ...]:
    """Month × group × 代发机构, oldest first, the groups in the order of the form; an item that no manual names is a group by itself."""
    months: dict[int, Month] = {}
    sums: dict[tuple[int, int, str, str], Decimal] = {}
    for row in rows:
        period, group = row.period, _GROUP_OF.get(row.item, row.item)
        at = period.index
        months[at] = period
        key = (at, _PLACE_OF.get(group, len(_PLACE_OF)), group, row.paying_agency)
        sums[key] = sums.get(key, ZERO) + row.amount
    return tuple([Paid(months[at], group, agency, value, at) for (at, _, group, agency), value in sorted(sums.items())])


def _since_month(rows: Sequence[Paid], month: Month) -> Sequence[Paid]:
    """Of rows that are oldest first, those of that month and later."""
    return rows[bisect_left(rows, month.index, key=attrgetter("at")) :]


def groups_of(rows: Sequence[Paid]) -> tuple[str, ...]:
    """The columns of the form: its three, and any other that there is."""
    return tuple(dict.fromkeys((*_FORM_OF, *map(attrgetter("group"), rows))))


def detail_sheet(groups: Sequence[str]) -> Sheet[Paid]:
    """养老保险待遇明细 (BJQ-P-04a): a row for each group and 代发机构 of a month, its amount in the column of its group."""
    return Sheet(
        code="pension_detail",
        caption="参保人员养老保险待遇明细",
        columns=(
            month("period", "待遇发放年月"),
            *(
                amount(_KEY_OF.get(group, group), _HEAD_OF.get(group, group), _of_group(group), group="养老保险待遇项目")
                for group in groups
            ),
            text("agency", "代发机构", weight=1.4),
        ),
        always_total=True,
    )


_HEAD_OF: Mapping[str, str] = {OTHER: "其他待遇(社补、基调、基补)"}
_KEY_OF: Mapping[str, str] = {BASIC: "basic", OTHER: "other", ANNUITY: "annuity", SETTLED: "settle", OLD_AGE: "old_age"}


def _of_group(group: str) -> Callable[[Paid], Decimal | None]:
    return lambda row: row.amount if row.group == group else None


INFO_SHEET: Sheet[_Item] = Sheet(
    code="pension_info",
    caption="参保人员养老待遇信息",
    columns=(
        text("item", "养老保险待遇项目", "group", 1.4),
        count("months", "发放月数"),
        month("last", "最近发放年月"),
        amount("last_amount", "最近一个月金额", total=False),
        amount("amount", "合计金额"),
        text("agencies", "代发机构", weight=1.6),
    ),
    always_total=True,
)

MONTH_SHEET: Sheet[PensionPayment] = Sheet(
    code="retirement_pay",
    caption="职工退休金",
    columns=(
        text("item", "待遇项目", lambda row: ITEMS.get(row.item, row.item)),
        amount("amount", "金额"),
        text("agency", "代发机构", "paying_agency", 1.6),
        text("method", "发放方式", lambda row: PAY_METHODS.get(row.pay_method, row.pay_method)),
    ),
    always_total=True,
)

SHEETS: tuple[Sheet[Paid] | Sheet[_Item] | Sheet[PensionPayment], ...] = (
    detail_sheet((*_FORM_OF, SETTLED, OLD_AGE)),
    INFO_SHEET,
    MONTH_SHEET,
)


def forms_of(params: Mapping[str, str]) -> frozenset[str]:
    """Which of the two forms are asked for; both where nothing is said."""
    wanted = frozenset(params.get("forms", "").split(",")) & {INFO, DETAIL}
    return wanted or frozenset({INFO, DETAIL})


async def pension(tx: Repositories, asker: Asker, params: Mapping[str, str]) -> Statement:
    """养老保险待遇信息 (BJQ-P-04a). `params`: period; forms (info, detail, all; both when absent). One range scan; grows with the rows shown."""
    span = span_of(params["period"])
    forms = forms_of(params)
    title = "养老保险待遇明细" if forms == {DETAIL} else "参保人员养老待遇信息"
    known = await tx.rights.of(PensionPayment, asker.person.id, Span(span.start.plus(-1), span.end))
    before = paid_rows(known)
    rows = _since_month(before, span.start)
    if not rows:
        if said := await _not_yet(tx, asker, span.start):
            return found(asker, "BJQ-P-04a", title, (), said, period=span.label)
        return nothing(
            asker,
            "BJQ-P-04a",
            title,
            searched=f" {told(span)} 的养老待遇",
            there=await _there(tx, asker),
            period=told(span),
        )
    span = since_the_first(span, [row.period for row in rows[:1]])
    groups = groups_of(rows)
    items = _items(rows, groups)
    tables: list[Table] = []
    if INFO in forms or asker.brief:
        tables.append(INFO_SHEET.table(asker.region, items))
    if DETAIL in forms and not asker.brief:
        tables.append(detail_sheet(groups).table(asker.region, rows))
    newest = known[-1]
    facts = (
        ("待遇类别", newest.benefit_class),
        ("发放方式", PAY_METHODS.get(newest.pay_method, newest.pay_method)),
    )
    return found(
        asker,
        "BJQ-P-04a",
        title,
        tables,
        _summary(span, rows, before),
        facts=facts if INFO in forms else (),
        period=span.label,
        chart=pension_chart(f"养老待遇（{span.label}）", rows),
        lines=_lines(rows),
    )


async def _there(tx: Repositories, asker: Asker) -> str:
    extent = await tx.rights.extent(PensionPayment, asker.person.id)
    known = (extent[0].period, extent[1].period) if extent else None
    status = asker.person.person_status
    if known is None and status != "已退休":
        return f"您现在的人员状态是“{status}”，办理退休以后才有养老待遇。"
    return there_is(known, "养老待遇", "您名下还没有养老待遇的发放记录。")


async def _not_yet(tx: Repositories, asker: Asker, asked: Month) -> tuple[str, ...]:
    """This month's payment, before it is on record: said with the last one, which is what the question comes from. () for any other month."""
    extent = await tx.rights.extent(PensionPayment, asker.person.id) if asked >= Month.of(asker.as_of) else None
    if extent is None or extent[1].period >= asked:
        return ()
    last = extent[1].period
    rows = await tx.rights.of(PensionPayment, asker.person.id, Span(last, last))
    paid_on = [row.paid_on for row in rows if row.paid_on]
    agencies = "、".join(dict.fromkeys(row.paying_agency for row in rows if row.paying_agency))
    paid = f"，{day(max(paid_on))}发放" if paid_on else ""
    return (
        f"{asked.label}的还没有发放记录。",
        f"上一笔是{last.label}：{money(sum((row.amount for row in rows), ZERO))}{paid}{f'（{agencies}）' if agencies else ''}。",
    )


def _items(rows: Sequence[Paid], groups: Sequence[str]) -> tuple[_Item, ...]:
    found_items = []
    by_group: dict[str, list[Paid]] = {}
    for row in rows:
        by_group.setdefault(row.group, []).append(row)
    for group in groups:
        of = by_group.get(group)
        if not of:
            continue
        last = of[-1].period
        found_items.append(
            _Item(
                group=_HEAD_OF.get(group, group),
                months=_months(of),
                last=last,
                agencies="、".join(dict.fromkeys(row.agency for row in reversed(of) if row.agency)),
                last_amount=_sum(_newest(of)),
                amount=_sum(of),
            )
        )
    return tuple(found_items)


def _newest(rows: Sequence[Paid]) -> list[Paid]:
    """Those of the last month, in their order."""
    last = rows[-1].at
    return list(takewhile(lambda row: row.at == last, reversed(rows)))[::-1]


def _summary(span: Span, rows: Sequence[Paid], known: Sequence[Paid]) -> tuple[str, ...]:
    """The last month beside the one before it; its items and who pays them, for longer also since when it is what it is, and the sum.

    `known` are the rows with the month before the first.
    """
    newest = _newest(rows)
    last = newest[0].period
    before = [row for row in _since_month(known, last.plus(-1)) if row.at < last.index]
    head = f"{last.label}养老待遇 {money(_sum(newest))}{_than_before(newest, before)}。"
    months = _months(rows)
    if months == 1:
        by_item = [f"{row.group} {money(row.amount)}" + (f"（{row.agency}）" if row.agency else "") for row in newest]
        shown = by_item if len(by_item) <= _LINES else [*by_item[: _LINES - 1], f"另有 {len(by_item) - _LINES + 1} 项，见明细"]
        return (head, *shown)
    return (
        head,
        *_parts(newest),
        *_paid_by(newest),
        *_since(known),
        f"{span.label}共发了 {months} 个月，合计 {money(_sum(rows))}。",
    )


def _than_before(newest: Sequence[Paid], before: Sequence[Paid]) -> str:
    """By how much it is more or less than the month before, and which group makes it so where there are several."""
    said = _compared(_sum(newest), [row.amount for row in before])
    changes = [
        (group, sum((row.amount for row in newest if row.group == group), ZERO) - _sum(of))
        for group in groups_of((*newest, *before))
        for of in [[row for row in before if row.group == group]]
    ]
    named = [f"{group}{'多' if more > 0 else '少'} {abs(more):,.2f}" for group, more in changes if more]
    several = len({row.group for row in (*newest, *before)}) > 1
    return f"{said}（{'，'.join(named)}）" if before and named and several else said


def _parts(newest: Sequence[Paid]) -> tuple[str, ...]:
    """What each group comes to in that month; () where there is one alone."""
    sums: dict[str, Decimal] = {}
    for row in newest:
        sums[row.group] = sums.get(row.group, ZERO) + row.amount
    if len(sums) == 1:
        return ()
    return ("其中" + "，".join(f"{group} {money(value)}" for group, value in sums.items()) + "。",)


def _paid_by(newest: Sequence[Paid]) -> tuple[str, ...]:
    """Which bank, and how much of it where there are several; () where the records do not say."""
    sums: dict[str, Decimal] = {}
    for row in newest:
        sums[row.agency] = sums.get(row.agency, ZERO) + row.amount
    if "" in sums:
        return ()
    if len(sums) == 1:
        return (f"由{next(iter(sums))}发放。",)
    return ("，".join(f"{agency}发 {money(value)}" for agency, value in sums.items()) + "。",)


def _since(known: Sequence[Paid]) -> tuple[str, ...]:
    """Since when the last month's sum is paid, and by how much it is more or less; () where nothing changed, or in the last month itself.
    清账 is paid once: the month after it is no month with less."""
    months = _by_month([row for row in known if row.group != SETTLED])
    last = known[-1].at
    changed = next((one for one in reversed(months) if months.get(one - 1, months[one]) != months[one]), None)
    if changed is None or changed == last or months[changed] != months.get(last):
        return ()
    more = months[changed] - months[changed - 1]
    return (f"{Month.from_index(changed).label}起每月{'多' if more > 0 else '少'}了 {money(abs(more))}。",)


def _lines(rows: Sequence[Paid]) -> Sequence[str]:
    """A line a month, newest first, the parts of it on the page; none where there is one month alone: the answer itself says it all."""
    if rows[0].at == rows[-1].at:
        return ()
    months = tuple(reversed(_by_month(rows).items()))
    return Lines(months, lambda of: f"{Month.from_index(of[0]).label}：{money(of[1])}")


def _by_month(rows: Sequence[Paid]) -> dict[int, Decimal]:
    """What was paid in each month (`Month.index`), in the order of the rows."""
    sums: dict[int, Decimal] = {}
    for row in rows:
        sums[row.at] = sums.get(row.at, ZERO) + row.amount
    return sums


def _months(rows: Sequence[Paid]) -> int:
    """In how many months something was paid."""
    return len(set(map(attrgetter("at"), rows)))


def _sum(rows: Iterable[Paid]) -> Decimal:
    return sum(map(attrgetter("amount"), rows), ZERO)


def pension_chart(title: str, rows: Sequence[Paid]) -> str:
    """Bars from the first to the last month that was paid, a colour for each group; '' for one month, for more than are drawn, and where
    they would all look alike."""
    if not rows or not 2 <= rows[-1].at - rows[0].at + 1 <= _MONTHS_DRAWN:
        return ""
    months = rows[0].period.until(rows[-1].period)
    sums: dict[tuple[str, Month], Decimal] = {}
    for row in rows:
        sums[row.group, row.period] = sums.get((row.group, row.period), ZERO) + row.amount
    totals = [sum((value for (_, period), value in sums.items() if period == one), ZERO) for one in months]
    if max(totals) - min(totals) < max(totals) * _WORTH_DRAWING:
        return ""
    drawn = [group for group in groups_of(rows) if any((group, one) in sums for one in months)]
    series = [(group, [yuan(sums[group, one]) if (group, one) in sums else "" for one in months]) for group in drawn]
    return bar_chart(title, "元", [str(one) for one in months], series)


async def retirement_pay(tx: Repositories, asker: Asker, params: Mapping[str, str]) -> Statement:
    """职工退休金待遇 (BZ-31) of one month. `params`: period `2024-08`. The twelve months to it are read, for the picture and the difference."""
    period = Month.parse(params["period"])
    title = "职工退休金待遇"
    year = await tx.rights.of(PensionPayment, asker.person.id, Span(period.plus(-11), period))
    records = tuple(row for row in year if row.period == period)
    if not records:
        if said := await _not_yet(tx, asker, period):
            return found(asker, "BZ-31", title, (), said, period=period.label)
        return nothing(
            asker,
            "BZ-31",
            title,
            searched=f"{period.label}的退休金",
            there=await _there(tx, asker),
            period=period.label,
        )
    total = sum((row.amount for row in records), ZERO)
    before = [row.amount for row in year if row.period == period.plus(-1)]
    lines = [f"{period.label}退休金 {money(total)}{_compared(total, before)}。", *_since(paid_rows(year))]
    if len(records) > 1:
        lines += [f"{ITEMS.get(row.item, row.item)} {money(row.amount)}" for row in records[:3]]
        lines += [f"另有 {len(records) - 3} 项，见明细"] if len(records) > 3 else []
    paid_on = [row.paid_on for row in records if row.paid_on]
    paid = f"，{day(max(paid_on))}发放" if paid_on else ""
    agencies = "、".join(dict.fromkeys(row.paying_agency for row in records if row.paying_agency))
    method = PAY_METHODS.get(records[0].pay_method, records[0].pay_method)
    lines.append(f"{method}{f'（{agencies}）' if agencies else ''}{paid}。")
    return found(
        asker,
        "BZ-31",
        title,
        (MONTH_SHEET.table(asker.region, records),),
        lines,
        facts=(("待遇类别", records[0].benefit_class),),
        period=period.label,
        chart=pension_chart(f"退休金（{year[0].period.label} 至 {period.label}）", paid_rows(year)),
    )


def _compared(total: Decimal, before: Sequence[Decimal]) -> str:
    if not before:
        return ""
    more = total - sum(before, ZERO)
    if more == 0:
        return "，和上个月一样"
    return f"，比上个月{'多' if more > 0 else '少'} {money(abs(more))}"


QUERIES: dict[str, Query] = {"pension": pension, "retirement_pay": retirement_pay}
"""By the name that links and documents carry."""
