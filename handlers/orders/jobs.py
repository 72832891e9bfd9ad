"""Work for later about orders: warn before the end, end what was not paid, ask the payment system until it has answered.

All are queued by `handlers.orders.ledger` in the transaction of what they follow. Each opens its own transactions and calls the payment
system between them; running twice does nothing the second time.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from dialogs.phrases import hour_and_minute, money
from handlers.filings.flow import Flow
from handlers.jobs import RetryLater
from handlers.later import Later
from handlers.orders.ledger import Ledger, ask_again, read_about, sweep_again
from handlers.orders.payments import PaymentsAway
from handlers.orders.settle import settle
from handlers.reminders.news import notify, notify_person
from handlers.services import Services
from storage.ports.records import CaseState, Order, OrderStatus
from storage.ports.repositories import Conflict, Repositories, Store

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (2, 3, 5, 8, 10))
"""Between the questions about one order; the last one repeats. The end of the order is asked at in any case."""

AFTER_THE_END = timedelta(seconds=30)
OVERDUE = "超过付款时间"
ONCE = -1
"""A question that is not followed by another."""

_BATCH = 200
_TRIES = 4


async def warn(store: Store, services: Services, payload: bytes) -> None:
    """`order.warn` (P-ORDER unpaid): some time before the end, whoever has not paid is told, once."""
    async with store.transaction() as tx:
        order = await tx.orders.get(read_about(payload).order_no)
        now = services.clock.now()
        if order is None or not order.status.open or order.expires_at <= now:
            return
        until = hour_and_minute(order.expires_at, now)
        text = f"您有一个订单还没付款：{order.title} {money(order.amount)}，请在 {until} 前付款，过时会自动作废。"
        more = "回复“进度”去缴费。" if order.case_no else "回复“我的订单”可以继续缴费，也可以作废。"
        await _tell(tx, services, order, f"{text}\n{more}")


async def expire(store: Store, services: Services, payload: bytes) -> None:
    """`order.expire`: at its end an order that was never confirmed is void. A confirmed one may have been paid: that is asked first."""
    await _end(store, services, read_about(payload).order_no, OrderStatus.PENDING)


async def reconcile(store: Store, services: Services, payload: bytes) -> None:
    """`order.reconcile`: ask the payment system what became of a confirmed order: what a notice would have told, if it was lost or this
    process died with it in its hands. Asked again with a growing pause while the order is open; at its end it is closed there, then void."""
    told = read_about(payload)
    async with store.reading() as tx:
        order = await tx.orders.get(told.order_no)
    if order is None or order.status is not OrderStatus.CONFIRMED:
        return
    over = services.clock.now() >= order.expires_at
    last = OrderStatus.VOID
    try:
        payment = await services.payments.ask(order.order_no) if services.payments.enabled else None
        if payment is not None and payment.state == "SUCCESS":
            await settle(store, services, payment)
            last = OrderStatus.FAILED  # if it is still open then, another amount came than the order's
        elif over and services.payments.enabled:
            await services.payments.close(order.order_no)
    except PaymentsAway:
        over = False  # what it thinks of the order is unknown: neither paid nor void
    if over:
        await _end(store, services, order.order_no, OrderStatus.CONFIRMED, last)
    elif told.turn != ONCE:
        await _ask_again(store, services, order.order_no, told.turn)


async def _ask_again(store: Store, services: Services, order_no: str, turn: int) -> None:
    async with store.transaction() as tx:
        order = await tx.orders.get(order_no)
        if order is None or not order.status.open:
            return
        now = services.clock.now()
        at = now + PAUSES[min(turn, len(PAUSES) - 1)]
        if order.expires_at > now:
            at = min(at, order.expires_at + AFTER_THE_END)
        await ask_again(tx, order_no, turn + 1, at)


async def close(store: Store, services: Services, payload: bytes) -> None:
    """`order.close`: an order that was void while the payment system knew of it cannot be paid any more; what was paid before goes back."""
    number = read_about(payload).order_no
    if not services.payments.enabled:
        return
    try:
        payment = await services.payments.ask(number)
        if payment is not None and payment.state == "SUCCESS":
            await settle(store, services, payment)
        elif payment is not None and payment.state != "CLOSED":
            await services.payments.close(number)
    except PaymentsAway as trouble:
        raise RetryLater(str(trouble)) from None


async def sweep(store: Store, services: Services, payload: bytes) -> None:
    """`order.sweep`: once an hour, every order that is still open after its end is looked at again, whatever happened to its own jobs."""
    now = services.clock.now()
    after, some, full = "", False, True
    while full:
        async with store.reading() as tx:
            orders = await tx.orders.unsettled(now, after, _BATCH)
        some, full = some or bool(orders), len(orders) == _BATCH
        after = orders[-1].order_no if orders else after
        for order in orders:
            if order.expires_at > now:
                continue
            if order.status is OrderStatus.CONFIRMED:
                async with store.transaction() as tx:
                    await ask_again(tx, order.order_no, ONCE, now)
            else:
                await _end(store, services, order.order_no, OrderStatus.PENDING)
    if some:
        async with store.transaction() as tx:
            await sweep_again(tx, now)


async def _end(
    store: Store, services: Services, order_no: str, expected: OrderStatus, last: OrderStatus = OrderStatus.VOID
) -> None:
    """Void, or failed where money of another amount came, and tell the payer; nothing if somebody was faster."""
    for _ in range(_TRIES):
        try:
            async with store.transaction() as tx:
                order = await tx.orders.get(order_no)
                now = services.clock.now()
                if order is None or order.status is not expected or order.expires_at > now:
                    return
                if last is OrderStatus.FAILED:
                    await tx.orders.save(replace(order, status=last))
                    await _end_case(tx, services, order)
                    return
                await Ledger(services).void(tx, order, OVERDUE, closed=True)
                await _end_case(tx, services, order)
                if not order.case_no:  # of a fee the case itself tells
                    what = f"{order.title} {money(order.amount)}"
                    text = f"订单 {order_no}（{what}）超过付款时间，已经作废。需要的话请重新下单。"
                    await _tell(tx, services, order, text, quiet=True)
            return
        except Conflict:
            continue


async def _end_case(tx: Repositories, services: Services, order: Order) -> None:
    """A case that waits for the fee of this order ends with it, unless it has another one that can still be paid."""
    case = await tx.cases.get(order.case_no) if order.case_no else None
    if case is None or case.state is not CaseState.UNPAID:
        return
    if not any(one.status.open for one in await tx.orders.of_case(case.case_no)):
        await Flow(services).lapse(tx, case, "过时没有缴费。")


async def _tell(tx: Repositories, services: Services, order: Order, text: str, *, quiet: bool = False) -> None:
    about = f"order:{order.order_no}"
    if order.openid:
        await notify(tx, services, order.openid, text, about=about, quiet=quiet)
    else:
        await notify_person(tx, services, order.person_id, text, about=about, quiet=quiet)


JOBS: dict[str, Later] = {
    "order.warn": warn,
    "order.expire": expire,
    "order.reconcile": reconcile,
    "order.close": close,
    "order.sweep": sweep,
}
"""By the name under which it is queued."""
