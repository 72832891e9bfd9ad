"""What the records say about an order before it is made: months that are paid already, and orders that are still unpaid."""

from __future__ import annotations

from datetime import datetime

from dialogs.orders import LABELS, WHOLE, Draft, Unfit, insurance_of
from dialogs.phrases import money
from handlers.orders.ledger import Ledger, in_the_way
from handlers.orders.words import months_named
from storage.ports.records import Kind, OrderStatus, Person
from storage.ports.repositories import Repositories
from storage.ports.time import Month

_LOOKED_AT = 200
"""A person's newest orders that are looked through for months paid here and not yet in the agency's records."""


class Blocked(Exception):
    """An unpaid order is for the same months: `sentence` names it and says what can be done."""

    def __init__(self, order_no: str, sentence: str) -> None:
        super().__init__("blocked")
        self.order_no = order_no
        self.sentence = sentence


async def check(tx: Repositories, ledger: Ledger, person: Person, draft: Draft, now: datetime) -> None:
    """Raises Unfit for months that are paid, Blocked for an unpaid order in the way. One that expired unconfirmed is void from now on."""
    if trouble := await _paid_already(tx, person, draft):
        raise Unfit(trouble)
    while (order := in_the_way(await tx.orders.open_of_person(person.id), draft)) is not None:
        if order.status is OrderStatus.PENDING and order.expires_at <= now:
            await ledger.void(tx, order, "超过付款时间")
            continue
        raise Blocked(
            order.order_no,
            f"您还有一个没付款的订单 {order.order_no}（{order.title}，{money(order.amount)}），月份有重复。请先继续缴那一单，或者把它作废后再下单。",
        )


async def _paid_already(tx: Repositories, person: Person, draft: Draft) -> dict[str, str]:
    wanted = set(draft.span.months)
    paid: dict[str, set[Month]] = {code: set() for code in draft.insurances}
    kinds = [kind for code in draft.insurances if (kind := insurance_of(code))]
    if kinds:
        for row in await tx.contributions.between(person.id, draft.span, kinds):
            if row.kind is not Kind.REFUND:
                paid[row.insurance.value].add(row.period)
    for order in await tx.orders.of_person(person.id, _LOOKED_AT):
        if order.status is OrderStatus.PAID and order.span is not None:
            for code in set(order.insurances) & set(paid):
                paid[code] |= wanted & set(order.span.months)
    said = [f"{LABELS[code]} {_when(draft, sorted(months))}" for code, months in paid.items() if months]
    if not said:
        return {}
    sentence = f"{'；'.join(said)}已经缴过了，不能重复缴。"
    return _to_change(draft, set().union(*paid.values()), sentence) if kinds else {WHOLE: sentence}


def _to_change(draft: Draft, paid: set[Month], sentence: str) -> dict[str, str]:
    """The sentence at the month that has to change: the first one, unless only later ones are paid."""
    months = draft.span.months
    free = [month for month in months if month not in paid]
    if not free:
        return {"start": f"{sentence}请换别的月份。"}
    if months[0] in paid and free == [month for month in months if month >= free[0]]:
        return {"start": f"{sentence}起始年月请填 {free[0].label}。"}
    if months[-1] in paid and free == [month for month in months if month <= free[-1]]:
        return {"end": f"{sentence}终止年月请填 {free[-1].label}。"}
    return {"start" if months[0] in paid else "end": f"{sentence}请把这些月份去掉，分开下单。"}


def _when(draft: Draft, months: list[Month]) -> str:
    """Months by name; a resident's year as a year."""
    return months_named(months) if insurance_of(draft.insurances[0]) else f"{draft.span.start.year}年度"
