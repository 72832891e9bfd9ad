"""Orders: one for each key, moved by version, found by whoever may see them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from storage.ports.records import OrderStatus
from storage.ports.repositories import Conflict, Store
from tests.clock import START
from tests.contracts.makers import MINUTE, an_order, together, until_conflict


async def test_an_order_comes_back_as_it_was_made(store: Store) -> None:
    """Contributions with a span and a fee without one, to the cent and in the order of its lines."""
    order = an_order(1, lines=(("养老", "1696.80"), ("医疗", "848.40")), note="备注", bank="工商银行")
    fee = an_order(2, insurances=(), span=None, base=None, amount=Decimal("20.00"), case_no="c1", lines=())
    async with store.transaction() as work:
        assert await work.orders.add(order) == (order, True)
        assert await work.orders.add(fee) == (fee, True)
    async with store.reading() as found:
        assert await found.orders.get(order.order_no) == order
        assert await found.orders.by_no(fee.order_no, 1) == fee
        assert await found.orders.of_person(1) == (fee, order)
        assert await found.orders.of_person(1, 1) == (fee,)
        assert await found.orders.of_case("c1") == (fee,)
        assert await found.orders.of_case("none") == ()
        assert await found.orders.get("none") is None


async def test_another_persons_order_looks_like_none(store: Store) -> None:
    """by_no, of_person and open_of_person give nothing to whom the order is not."""
    async with store.transaction() as work:
        await work.orders.add(an_order())
        assert await work.orders.by_no(an_order().order_no, 2) is None
        assert await work.orders.of_person(2) == ()
        assert await work.orders.open_of_person(2) == ()


async def test_one_key_makes_one_order(store: Store) -> None:
    """Five times at the same moment: one is made, all get the same one."""

    async def add(number: int) -> tuple[str, bool]:
        async with store.transaction() as work:
            order, made = await work.orders.add(an_order(number, key="once"))
            return order.order_no, made

    outcomes = await together(add(number) for number in range(1, 6))
    assert all(isinstance(outcome, tuple) for outcome in outcomes), outcomes
    assert len({order_no for order_no, _ in outcomes}) == 1  # type: ignore[misc]
    assert sum(made for _, made in outcomes) == 1  # type: ignore[misc]


async def test_an_order_number_is_given_once(store: Store) -> None:
    """Another key under a number that is taken is a Conflict."""
    async with store.transaction() as work:
        await work.orders.add(an_order())
    with pytest.raises(Conflict):
        async with store.transaction() as work:
            await work.orders.add(an_order(key="another"))


async def test_a_save_moves_an_order_on(store: Store) -> None:
    """What may change is written, what may not stays, the version counts up."""
    order = an_order()
    paid = replace(
        order,
        status=OrderStatus.PAID,
        openid="",
        expires_at=START,
        bank="建设银行",
        prepay_id="wx-1",
        transaction_id="4200-1",
        paid_at=START + MINUTE,
        note="已到账",
    )
    async with store.transaction() as work:
        await work.orders.add(order)
        assert await work.orders.save(replace(paid, amount=Decimal(1), person_id=9)) == replace(
            paid, amount=Decimal(1), person_id=9, version=1
        )
    async with store.reading() as found:
        assert await found.orders.get(order.order_no) == replace(paid, version=1)


async def test_two_notices_at_once_are_one(store: Store) -> None:
    """Paying and voiding the same version: one goes through, the other is a Conflict."""
    order = an_order(status=OrderStatus.CONFIRMED)
    async with store.transaction() as work:
        await work.orders.add(order)

    async def move(status: OrderStatus) -> None:
        async with store.transaction() as work:
            await work.orders.save(replace(order, status=status))

    outcomes = await together(until_conflict(move(status)) for status in (OrderStatus.PAID, OrderStatus.VOID))
    assert sorted(outcomes, key=str) == [False, True]


async def test_what_can_still_be_paid(store: Store) -> None:
    """Pending and confirmed only: of a person newest first, and for reconciling by number, made before a moment."""
    orders = [an_order(number, status=status, person_id=1 + number // 7) for number, status in enumerate(OrderStatus, 1)]
    orders.append(an_order(8, status=OrderStatus.CONFIRMED))
    async with store.transaction() as work:
        for order in orders:
            await work.orders.add(order)
    pending, confirmed, late = orders[0], orders[1], orders[-1]
    assert {order.status for order in (pending, confirmed, late)} == {status for status in OrderStatus if status.open}
    async with store.reading() as found:
        assert await found.orders.open_of_person(1) == (late, confirmed, pending)
        assert await found.orders.unsettled(START + 60 * MINUTE, "", 2) == (pending, confirmed)
        assert await found.orders.unsettled(START + 60 * MINUTE, confirmed.order_no, 2) == (late,)
        assert await found.orders.unsettled(START + 2 * MINUTE, "", 9) == (pending,)
