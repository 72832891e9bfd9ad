"""What cases about orders change outside themselves: an order whose money went back is paid no more, and neither is its receipt good."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from handlers.documents import thaw
from handlers.filings.effects import Effect
from handlers.orders.receipts import RECEIPT
from handlers.services import Services
from storage.ports.records import Case, CaseState, Order, OrderStatus
from storage.ports.repositories import Repositories

_DOCUMENTS = 1000
_WHY = "费用已退，这张缴费凭证作废"


async def refund(tx: Repositories, services: Services, case: Case, now: datetime) -> None:
    """退费核实 approved: the order is REFUNDED and every receipt of it verifies as 已作废. A payment beside the order's own (paid twice,
    another amount) goes back without it: that order stays as it is. Idempotent."""
    if case.state is not CaseState.DONE:
        return
    order = await tx.orders.get(case.fields.get("订单号", ""))
    if order is None or order.status not in {OrderStatus.PAID, OrderStatus.SURPLUS}:
        return
    # The case was opened for one payment, which its key names: only if it is the one that the order counts.
    if case.key.rpartition("|")[2] != order.transaction_id:
        return
    await tx.orders.save(replace(order, status=OrderStatus.REFUNDED, note="已核实退费"))
    await _revoke(tx, order)


async def _revoke(tx: Repositories, order: Order) -> None:
    for document in await tx.documents.of_person(order.person_id, _DOCUMENTS):
        if document.title == RECEIPT and ("订单号", order.order_no) in thaw(document.snapshot).facts:
            await tx.documents.set_status(document.serial_no, "revoked", _WHY)


EFFECTS: dict[str, Effect] = {"refund": refund}
"""By the name that a declaration gives."""
