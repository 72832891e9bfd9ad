"""The part of the desk that orders."""

from __future__ import annotations

from collections.abc import Mapping

from dialogs.orders import ORDER_FORMS
from handlers.asking import Asking
from handlers.orders.ledger import Ledger
from storage.ports.records import Order

_SHOWN = 10


class OrderDesk:
    """Implements `dialogs.desk_orders.OrdersDesk`. What is another person's is never reached: every look names the person of the chat."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    async def form(self, kind: str, answers: Mapping[str, str]) -> str:
        """The link's parameters are what was said (step name → text) beside page, kind and person."""
        if kind not in ORDER_FORMS:
            raise LookupError("no such form")
        steps = {step.name for step in ORDER_FORMS[kind].steps}
        said = {name: text for name, text in answers.items() if name in steps}
        return await self._page({**said, "page": "order_form", "kind": kind})

    async def mine(self) -> tuple[Order, ...]:
        found = await self._asking.tx.orders.of_person(self._asking.mine().id, _SHOWN)
        await self._asking.audit("query", "BZ-26", "ok" if found else "empty", self._asking.person)
        return found

    async def order(self, order_no: str) -> Order | None:
        found = await self._asking.tx.orders.by_no(order_no, self._asking.mine().id)
        await self._asking.audit("query", "BZ-26", "ok" if found else "empty", self._asking.person)
        return found

    async def page(self, order_no: str) -> str | None:
        found = await self._asking.tx.orders.by_no(order_no, self._asking.mine().id)
        return await self._page({"page": "order", "order": found.order_no}) if found else None

    async def void(self, order_no: str) -> Order | None:
        asking = self._asking
        found = await asking.tx.orders.by_no(order_no, asking.mine().id)
        if found is None or not found.status.open:
            return found
        voided = await Ledger(asking.services).void(asking.tx, found, "缴费人作废")
        await asking.audit("void", found.feature, "ok", asking.person)
        return voided

    async def _page(self, params: Mapping[str, str]) -> str:
        asking = self._asking
        kept = {**params, "person": str(asking.mine().id)}
        return await asking.services.links.page(asking.tx, asking.user.openid, kept)
