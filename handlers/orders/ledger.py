"""Making and ending orders, inside the caller's transaction. Being paid is `handlers.orders.settle` alone.

Each order is followed by jobs that are queued in the transaction that makes or changes it: a warning before it expires, its expiry,
the questions to the payment system while it may be paid, and the closing there of one that was void.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from dialogs.orders import Draft, OrderForm
from dialogs.phrases import money
from handlers.filings.numbers import new_order_no
from handlers.services import Services
from storage.ports.record import Record
from storage.ports.records import Case, Order, OrderStatus, Person
from storage.ports.regions import OrderRules, Region
from storage.ports.repositories import Conflict, Repositories

WARN_BEFORE = timedelta(minutes=30)
FIRST_QUESTION = timedelta(minutes=2)
MINUTES_TO_PAY = 120
"""Where the region says nothing."""

SWEEP_EVERY = timedelta(hours=1)
_NUMBERS = 5


class About(Record):
    """The payload of every job about an order. `turn` counts how often the payment system was asked."""

    order_no: str
    turn: int = 0


def about(order_no: str, turn: int = 0) -> bytes:
    """As the jobs carry it."""
    return msgspec.json.encode(About(order_no, turn))


def read_about(payload: bytes) -> About:
    """The inverse of `about`."""
    return msgspec.json.decode(payload, type=About)


class Ledger:
    """Orders as they are made and ended. `services` give the clock and the regions."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def fee_order(self, tx: Repositories, case: Case, openid: str, amount: Decimal, title: str) -> Order:
        """The order of a case's fee, waiting to be confirmed. Idempotent per case: while one is open, or `amount` is paid, that one comes
        back; after one that is void there is a new one, and where less than `amount` was paid one of the rest. Raises LookupError for a
        case of nobody."""
        if case.person_id is None:
            raise LookupError("a case of nobody has no payer")
        earlier = await tx.orders.of_case(case.case_no)
        paid = [one for one in earlier if one.status is OrderStatus.PAID]
        amount -= sum((one.amount for one in paid), Decimal("0.00"))
        if standing := [one for one in earlier if one.status.open] or (paid if amount <= 0 else []):
            return standing[-1]
        region = self._services.regions[case.region]
        draft = self._order(region, case.person_id, openid, f"fee:{case.case_no}:{len(earlier)}")
        return await self._add(
            tx,
            replace(
                draft, feature=case.feature, title=title, amount=amount, case_no=case.case_no, lines=((title, money(amount)),)
            ),
        )

    async def contribution_order(
        self, tx: Repositories, form: OrderForm, draft: Draft, person: Person, rules: OrderRules, openid: str, key: str
    ) -> Order:
        """下一步: an order of contributions, waiting to be confirmed. Once for `key`."""
        region = self._services.regions[person.region]
        order = self._order(region, person.id, openid, key)
        return await self._add(
            tx,
            replace(
                order,
                feature=form.covers[0],
                title=form.title,
                insurances=draft.insurances,
                span=draft.span,
                base=draft.base,
                tier=draft.tier,
                amount=draft.amount,
                lines=draft.lines,
            ),
        )

    async def confirm(self, tx: Repositories, order: Order, openid: str, bank: str) -> Order:
        """确认缴费: it may be paid from now on, by that chat. Raises Conflict when it has just changed."""
        now = self._services.clock.now()
        confirmed = replace(order, status=OrderStatus.CONFIRMED, openid=openid, bank=bank)
        saved = await tx.orders.save(confirmed)
        await ask_again(tx, order.order_no, 0, min(now + FIRST_QUESTION, order.expires_at))
        return saved

    async def void(self, tx: Repositories, order: Order, reason: str, *, closed: bool = False) -> Order:
        """作废; unchanged when it is over already. What the payment system knows of it is closed by a job, unless it is `closed` there
        already. Raises Conflict."""
        if not order.status.open:
            return order
        known = order.status is OrderStatus.CONFIRMED and not closed
        saved = await tx.orders.save(replace(order, status=OrderStatus.VOID, note=reason))
        await tx.jobs.drop(_warning(order.order_no))
        if known:
            await tx.jobs.enqueue(
                "order.close", about(order.order_no), self._services.clock.now(), f"order.close:{order.order_no}"
            )
        return saved

    async def void_of_case(self, tx: Repositories, case_no: str, reason: str) -> None:
        """Void the open orders of a case that was withdrawn. Idempotent."""
        for order in await tx.orders.of_case(case_no):
            await self.void(tx, order, reason)

    def _order(self, region: Region, person_id: int, openid: str, key: str) -> Order:
        now = self._services.clock.now()
        minutes = region.orders.minutes_to_pay if region.orders else MINUTES_TO_PAY
        return Order(
            order_no="",
            key=key,
            person_id=person_id,
            openid=openid,
            region=region.code,
            feature="",
            title="",
            insurances=(),
            span=None,
            base=None,
            tier="",
            amount=Decimal("0.00"),
            status=OrderStatus.PENDING,
            created_at=now,
            expires_at=now + timedelta(minutes=minutes),
        )

    async def _add(self, tx: Repositories, order: Order) -> Order:
        now = self._services.clock.now()
        for _ in range(_NUMBERS):
            try:
                stored, made = await tx.orders.add(replace(order, order_no=new_order_no(now)))
            except Conflict:  # the number was drawn before: draw again
                continue
            if made:
                await self._follow(tx, stored, now)
            return stored
        raise Conflict("no free order number")

    async def _follow(self, tx: Repositories, order: Order, now: datetime) -> None:
        number = order.order_no
        if order.expires_at - now > WARN_BEFORE:
            await tx.jobs.enqueue("order.warn", about(number), order.expires_at - WARN_BEFORE, _warning(number))
        await tx.jobs.enqueue("order.expire", about(number), order.expires_at, f"order.expire:{number}")
        await sweep_again(tx, now)


def _warning(order_no: str) -> str:
    return f"order.warn:{order_no}"


async def ask_again(tx: Repositories, order_no: str, turn: int, at: datetime) -> None:
    """Queue the next question to the payment system. Idempotent: a question of the same turn is queued once."""
    await tx.jobs.enqueue("order.reconcile", about(order_no, turn), at, f"order.reconcile:{order_no}:{turn}")


async def sweep_again(tx: Repositories, now: datetime) -> None:
    """Queue the next look at every open order, once an hour: nothing is left open because a job was given up."""
    at = now.replace(minute=0, second=0, microsecond=0) + SWEEP_EVERY
    await tx.jobs.enqueue("order.sweep", b"{}", at, f"order.sweep:{at:%Y%m%d%H}")


def in_the_way(orders: Sequence[Order], draft: Draft) -> Order | None:
    """The first of the orders that is for one of the same insurances and months."""
    for order in orders:
        if order.span is None or not set(order.insurances) & set(draft.insurances):
            continue
        if order.span.start <= draft.span.end and draft.span.start <= order.span.end:
            return order
    return None
