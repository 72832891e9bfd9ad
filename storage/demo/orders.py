"""Demo orders: the fees of the filings, and contributions of people of 滨州 in every status. Invented like the figures they are made of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from storage.demo.filings import FILED, Held, refund_order, transaction_of
from storage.demo.lives import Life, at
from storage.demo.moments import filed_at
from storage.ports.record import Record
from storage.ports.records import CaseState, Order, OrderStatus
from storage.ports.regions import OrderRules, Region
from storage.ports.repositories import Repositories
from storage.ports.time import Month, Span

S = OrderStatus

_FIRST = 8_000_000
_FEE = Decimal("20.00")
_BACK = "已核实退费"
_LABELS = {"pension": "养老", "medical": "医疗", "resident_pension": "居民养老", "resident_medical": "居民医疗"}
_TITLES = {
    "flexible": ("BZ-23", "个体人员缴费"),
    "resident_pension": ("BZ-24", "居民养老缴费"),
    "resident_medical": ("BZ-25", "居民医疗缴费"),
}


class _Wanted(Record):
    """One order: whose, of which kind, how many days ago, in which status; months before last month (flexible) or the tier."""

    who: str
    kind: str
    days: int
    status: OrderStatus
    first: int = 0
    last: int = 0
    insurances: tuple[str, ...] = ("pension",)
    tier: int = 0
    refund: str = ""
    """The amount of the refund in FILED that it is about."""
    note: str = ""


WANTED = (
    _Wanted("龚一鹤", "flexible", 40, S.PAID, 4, 2, ("pension", "medical")),
    _Wanted("龚一鹤", "flexible", 1, S.PENDING, 1, 0, ("pension", "medical")),
    _Wanted("龚一鹤", "flexible", 25, S.REFUNDED, 1, 1, refund="1,000.00 元", note=_BACK),
    _Wanted("贾念慈", "resident_pension", 90, S.PAID, tier=1),
    _Wanted("贾念慈", "resident_medical", 3, S.PAID),
    _Wanted("贾念慈", "resident_medical", 2, S.SURPLUS, refund="380.00 元", note="作废后收到付款，退款中"),
    _Wanted("夏知秋", "resident_pension", 1, S.CONFIRMED, tier=0),
    _Wanted("夏知秋", "resident_medical", 29, S.SURPLUS, tier=1, refund="250.00 元", note="作废后收到付款，退款中"),
    _Wanted("秦时雨", "flexible", 50, S.FAILED, 3, 3, ("medical",), note="银行没有扣款成功"),
    _Wanted("秦时雨", "flexible", 52, S.VOID, 3, 3, ("medical",), note="本人作废"),
    _Wanted("孙书瑶", "resident_medical", 70, S.VOID, tier=1, note="过时没有付款"),
)


def contributions(today: date, lives: Mapping[tuple[str, str], tuple[Life, int]], region: Region) -> Iterator[Order]:
    """The orders of 滨州 as they stand today. Open ones can be paid until tomorrow night; all that is over is past."""
    rules = region.orders
    if rules is None:
        return
    for place, wanted in enumerate(WANTED):
        _, person_id = lives[region.code, wanted.who]
        feature, title = _TITLES[wanted.kind]
        made = filed_at(today, wanted.days)
        number = refund_order(_refund_of(wanted)) if wanted.refund else f"D70{_FIRST + place:014d}"
        blank = Order(
            number,
            f"demo:{number}",
            person_id,
            "",
            region.code,
            feature,
            title,
            (),
            None,
            None,
            "",
            Decimal("0.00"),
            S.PENDING,
            made,
            made,
        )
        filled = _flexible(blank, wanted, today, rules) if wanted.kind == "flexible" else _resident(blank, wanted, rules)
        yield _gone_on(replace(filled, note=wanted.note), wanted.status, today, rules.banks[place % len(rules.banks)])


def _refund_of(wanted: _Wanted) -> int:
    return next(
        place
        for place, filed in enumerate(FILED)
        if filed.filing == "refund" and filed.who == wanted.who and filed.fields.get("收到金额") == wanted.refund
    )


def fees(today: date, held: Iterator[Held] | tuple[Held, ...]) -> Iterator[Order]:
    """The 工本费 of each 补换卡 that got as far: paid with the case, open while it waits, void when nobody paid."""
    for place, one in enumerate(held):
        case, state = one.case, one.case.state
        if case.filing != "card_replace" or case.person_id is None or state is CaseState.DRAFT:
            continue
        title = f"{case.title}工本费"
        number = f"D70{_FIRST + 100 + place:014d}"
        refund = next((at_ for at_, filed in enumerate(FILED) if filed.filing == "refund" and filed.who == one.filed.who), None)
        back = False
        if refund is not None and state in {CaseState.REFUSED, CaseState.WITHDRAWN}:
            number, back = refund_order(refund), FILED[refund].state is CaseState.DONE
        order = Order(
            order_no=number,
            key=f"fee:{case.case_no}:0",
            person_id=case.person_id,
            openid="",
            region=case.region,
            feature=case.feature,
            title=title,
            insurances=(),
            span=None,
            base=None,
            tier="",
            amount=_FEE,
            status=S.PENDING,
            created_at=case.submitted_at,
            expires_at=case.submitted_at,
            case_no=case.case_no,
            lines=((title, "20.00 元"),),
        )
        paid = S.REFUNDED if back else S.PAID
        status = {CaseState.UNPAID: S.PENDING, CaseState.VOID: S.VOID}.get(state or CaseState.DRAFT, paid)
        note = {S.VOID: "过时没有缴费", S.REFUNDED: _BACK}.get(status, "")
        yield _gone_on(replace(order, note=note), status, today, "示例银行")


def _gone_on(order: Order, status: OrderStatus, today: date, bank: str) -> Order:
    """The order as it has become: until when it may be paid, through which bank, when the money came."""
    two_hours = order.created_at + timedelta(minutes=120)
    expires: datetime = at(today + timedelta(days=1), 22) if status.open else two_hours
    order = replace(order, status=status, expires_at=expires)
    if status in {S.PENDING, S.VOID}:
        return order
    order = replace(order, bank=bank)
    if status in {S.PAID, S.SURPLUS, S.REFUNDED}:
        in_time = status is S.PAID or bool(order.case_no)
        paid_at = order.created_at + timedelta(minutes=6 if in_time else 125)
        return replace(order, transaction_id=transaction_of(order.order_no), paid_at=paid_at)
    return order


def _flexible(order: Order, wanted: _Wanted, today: date, rules: OrderRules) -> Order:
    last = Month.of(today).plus(-1)
    span = Span(last.plus(-wanted.first), last.plus(-wanted.last))
    months, base = len(span.months), Decimal("5000.00")
    parts = {code: (base * rules.rates[code] * months).quantize(Decimal("0.01")) for code in wanted.insurances}
    lines = [("缴费月份", f"{span.label}，共 {months} 个月"), ("缴费基数", f"每月 {_money(base)}")]
    lines += [
        (_LABELS[code], f"{_money(base)} × {(rules.rates[code] * 100).normalize():f}% × {months} 个月 = {_money(part)}")
        for code, part in parts.items()
    ]
    return replace(
        order, insurances=wanted.insurances, span=span, base=base, amount=sum(parts.values(), Decimal("0.00")), lines=tuple(lines)
    )


def _resident(order: Order, wanted: _Wanted, rules: OrderRules) -> Order:
    tier = rules.tiers[wanted.kind][wanted.tier]
    span = Span(Month(rules.year, 1), Month(rules.year, 12))
    lines = (("缴费年度", f"{rules.year}年度"), (_LABELS[wanted.kind], f"{tier.label} = {_money(tier.amount)}"))
    return replace(order, insurances=(wanted.kind,), span=span, tier=tier.code, amount=tier.amount, lines=lines)


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f} 元"


async def plan_expiry(repos: Repositories, order: Order) -> None:
    """Queue what `handlers.orders` and `handlers.filings` would have queued: the end of an open order, and of a case that waits for its money."""
    if not order.status.open:
        return
    about = json.dumps({"order_no": order.order_no, "turn": 0}).encode()
    await repos.jobs.enqueue("order.expire", about, order.expires_at, f"order.expire:{order.order_no}")
    if order.status is S.CONFIRMED:  # the payment system is asked once more at the end, and the order then is void
        await repos.jobs.enqueue(
            "order.reconcile", about, order.expires_at + timedelta(minutes=1), f"order.reconcile:{order.order_no}:0"
        )
    if order.case_no:
        seen = json.dumps({"case_no": order.case_no, "seen": "1", "openids": []}).encode()
        await repos.jobs.enqueue("unpaid", seen, order.expires_at + timedelta(minutes=5), f"unpaid|{order.case_no}|1")
