"""What the payment system says of an order becomes a record: the only way to 缴费成功.

`settle` is called with a verified notice (`bot.payments`) and with the payment system's own answer (the reconciling job, the page of
somebody who has just paid); the same payment told twice, or by many at once, is one record and one message.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import structlog

from dialogs.filings import FILINGS
from dialogs.phrases import money
from handlers.filings.flow import Flow
from handlers.orders.payments import Payment
from handlers.orders.words import masked_transaction
from handlers.reminders.news import notify, notify_person
from handlers.services import Services
from storage.ports.records import AuditEntry, Order, OrderStatus
from storage.ports.repositories import Conflict, Repositories, Store

log = structlog.get_logger(__name__)

_TRIES = 8
_CLOCKS_DIFFER = timedelta(minutes=2)
"""By how much a payment may lie after the order's end and still count: two clocks judge it."""


async def settle(store: Store, services: Services, payment: Payment) -> Order | None:
    """Record what became of a payment; the order as it then is, None for a number that is not ours.

    Paid in full and in time: 缴费成功, the case of a fee goes on, the payer is told, `pay` is audited. Another amount: not paid, a
    `refund` case for the staff. Paid although it was void or over: `surplus`, a `refund` case, the payer is told. Anything but SUCCESS
    changes nothing. Idempotent. Raises StorageError while it cannot be recorded; then nothing is.
    """
    for turn in range(_TRIES):
        try:
            async with store.transaction() as tx:
                return await _Settling(tx, services, payment).run()
        except Conflict:
            # Another notice, the job or the person was at it at the same moment: look again.
            if turn == _TRIES - 1:
                raise
    return None


class _Settling:
    """One try, in one transaction."""

    def __init__(self, tx: Repositories, services: Services, payment: Payment) -> None:
        self._tx = tx
        self._services = services
        self._payment = payment
        self._now = services.clock.now()

    async def run(self) -> Order | None:
        order = await self._tx.orders.get(self._payment.order_no)
        if order is None:
            log.error("a payment for an order that is not ours", state=self._payment.state)
            return None
        if self._payment.state != "SUCCESS":
            return order
        if order.transaction_id and order.transaction_id == self._payment.transaction_id:
            return order
        if self._payment.amount != order.amount:
            return await self._mismatched(order)
        if order.status.open and self._in_time(order):
            return await self._paid(order)
        return await self._surplus(order)

    def _in_time(self, order: Order) -> bool:
        return (self._payment.paid_at or self._now) <= order.expires_at + _CLOCKS_DIFFER

    async def _paid(self, order: Order) -> Order:
        paid = await self._tx.orders.save(self._with_payment(order, OrderStatus.PAID, ""))
        if paid.case_no:
            await Flow(self._services).paid(self._tx, paid.case_no, paid)
        for job in ("order.warn", "order.expire"):
            await self._tx.jobs.drop(f"{job}:{paid.order_no}")
        await self._audit(paid, "ok")
        # Of a fee the case's own news tell whoever watches it.
        if not paid.case_no or paid.openid not in await self._tx.cases.watchers(paid.case_no):
            told = f"缴费成功：{paid.title} {money(paid.amount)}。\n订单号：{paid.order_no}\n回复“我的订单”可以下载缴费凭证。"
            await self._tell(paid, told)
        return paid

    async def _surplus(self, order: Order) -> Order:
        """Money for an order that was over, or paid before: it has to go back."""
        if not await self._refund(
            order, "订单作废或过期后收到付款" if order.status is not OrderStatus.PAID else "同一订单重复付款"
        ):
            return order
        if order.status is not OrderStatus.PAID:
            order = await self._tx.orders.save(self._with_payment(order, OrderStatus.SURPLUS, "作废后收到付款，退款中"))
        await self._audit(order, "error")
        await self._tell(
            order,
            f"订单 {order.order_no} 已经作废，但收到了您付的 {money(self._payment.amount)}。"
            "我们已经登记退款，会原路退回，办好后告诉您；不用再付。"
            if order.status is not OrderStatus.PAID
            else f"订单 {order.order_no} 重复付了一次 {money(self._payment.amount)}，我们已经登记退款，会原路退回。",
        )
        log.warning("money came for an order that is over", status=order.status.value)
        return order

    async def _mismatched(self, order: Order) -> Order:
        """Another amount than the order's: never paid by it. The order stays as it is, and can still be paid in full."""
        if not await self._refund(order, "付款金额与订单不符"):
            return order
        if order.status.open:
            order = await self._tx.orders.save(replace(order, note="收到的金额与订单不符，工作人员正在核对"))
        await self._audit(order, "error")
        await self._tell(
            order, f"订单 {order.order_no} 收到的金额和应缴的不一样，还没有算缴费成功。工作人员正在核对，请先不要重复付款。"
        )
        log.warning("a payment of another amount")
        return order

    async def _refund(self, order: Order, why: str) -> bool:
        """Open the case for the staff, once for a payment; False if there is one already."""
        key, filing = f"{order.order_no}|{self._payment.transaction_id}", FILINGS["refund"]
        if await self._tx.cases.by_key(f"inside|{filing.name}|{key}"):
            return False
        fields = {
            "订单号": order.order_no,
            "缴费项目": order.title,
            "订单金额": money(order.amount),
            "收到金额": money(self._payment.amount),
            "交易单号": masked_transaction(self._payment.transaction_id),
            "原因": why,
        }
        await Flow(self._services).open_inside(
            self._tx,
            filing,
            self._services.regions[order.region],
            order.person_id,
            fields,
            key,
            watchers=(order.openid,) if order.openid else (),
        )
        return True

    def _with_payment(self, order: Order, status: OrderStatus, note: str) -> Order:
        return replace(
            order,
            status=status,
            transaction_id=self._payment.transaction_id,
            paid_at=self._payment.paid_at or self._now,
            note=note,
        )

    async def _tell(self, order: Order, text: str) -> None:
        """The payer; if that chat has left, every chat of the person (P-ORDER)."""
        about = f"order:{order.order_no}"
        if order.openid:
            await notify(self._tx, self._services, order.openid, text, about=about)
        else:
            await notify_person(self._tx, self._services, order.person_id, text, about=about)

    async def _audit(self, order: Order, result: str) -> None:
        actor = await self._tx.audit.pseudonym(order.openid) if order.openid else "system"
        subject = await self._tx.people.identity_hash(order.person_id)
        await self._tx.audit.write(AuditEntry(self._now, actor, "person", "pay", order.feature, subject, result))
