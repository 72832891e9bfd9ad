"""A payment system made by hand, at the port `Payments`; and a store that knows whether a transaction is open."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from contextvars import ContextVar
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from handlers.orders.payments import NotOurs, Payment, PaymentsAway, Prepaid
from storage.ports.records import Order
from storage.ports.repositories import Repositories, Store, Unavailable


class Watched:
    """A store that counts the transactions that each task has open, so that the till can say that none is while it is called; it can be `away`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: ContextVar[int] = ContextVar("open", default=0)
        self.away = False

    @property
    def open(self) -> int:
        """How many the task that asks has open."""
        return self._open.get()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Repositories]:
        if self.away:
            raise Unavailable("on order")
        self._open.set(self.open + 1)
        try:
            async with self._store.transaction() as tx:
                yield tx
        finally:
            self._open.set(self.open - 1)

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[Repositories]:
        self._open.set(self.open + 1)
        try:
            async with self._store.reading() as tx:
                yield tx
        finally:
            self._open.set(self.open - 1)


class Till:
    """What the payment system knows; `away` makes every call fail. Nobody may call it with a transaction open."""

    enabled = True

    def __init__(self) -> None:
        self.books: dict[str, Payment] = {}
        self.prepaid: list[Order] = []
        self.closed: list[str] = []
        self.asked: list[str] = []
        self.away = False
        self.watched: Watched | None = None

    def _called(self) -> None:
        assert self.watched is None or self.watched.open == 0, "an outside call while a transaction is open"
        if self.away:
            raise PaymentsAway("on order")

    async def prepay(self, order: Order) -> Prepaid:
        self._called()
        self.prepaid.append(order)
        self.books.setdefault(order.order_no, Payment(order.order_no, "NOTPAY", Decimal("0.00")))
        return Prepaid(f"wx-{order.order_no}", {"package": f"prepay_id=wx-{order.order_no}"})

    async def ask(self, order_no: str) -> Payment | None:
        self._called()
        self.asked.append(order_no)
        return self.books.get(order_no)

    async def close(self, order_no: str) -> None:
        self._called()
        self.closed.append(order_no)
        if order_no in self.books:
            self.books[order_no] = replace(self.books[order_no], state="CLOSED")

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Payment:
        raise NotOurs

    def pays(
        self, order: Order, at: datetime, amount: Decimal | None = None, number: str = "4200000000202409120000000001"
    ) -> Payment:
        """Somebody pays: what a notice and every question will say from now on."""
        payment = Payment(order.order_no, "SUCCESS", order.amount if amount is None else amount, number, at)
        self.books[order.order_no] = payment
        return payment
