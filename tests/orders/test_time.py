"""What happens to an order by itself: the warning, the end, the questions to the payment system when no notice comes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from handlers.orders.ledger import about
from storage.ports.records import OrderStatus
from tests.clock import START
from tests.orders.conftest import FLEXIBLE, XIUYING, Shop

END = START + timedelta(hours=2)


async def test_an_unpaid_order_is_warned_of_and_then_void(shop: Shop) -> None:
    """Half an hour before the end, once; at the end it is void, and its months are free again."""
    order = await shop.makes()
    await shop.at(END - timedelta(minutes=31))
    assert shop.told() == []
    await shop.at(END - timedelta(minutes=30))
    (warning,) = shop.told()
    assert "还没付款" in warning
    assert "12:00 前" in warning
    await shop.at(END)
    assert (await shop.order(order.order_no)).status is OrderStatus.VOID
    assert "已经作废" in shop.told()[-1]
    assert len(shop.told()) == 2
    assert (await shop.pages.quote(XIUYING, shop.ids.xiuying, "flexible", FLEXIBLE)).problems == {}
    assert shop.till.asked == []


async def test_a_void_or_paid_order_is_left_alone(shop: Shop) -> None:
    """No warning, no end, no question afterwards."""
    order = await shop.confirms()
    shop.till.pays(order, START)
    await shop.pages.check(XIUYING, order.order_no)
    other = await shop.makes({**FLEXIBLE, "start": "2024-09", "end": "2024-09"}, key="k2")
    await shop.pages.void(XIUYING, other.order_no)
    await shop.at(END + timedelta(hours=3))
    assert [text.partition("：")[0] for text in shop.told()] == ["缴费成功"]
    assert len(shop.till.asked) == 1


async def test_a_lost_notice_is_found_by_asking(shop: Shop) -> None:
    """Nobody told: two minutes after 确认缴费 the payment system is asked, and the order is paid."""
    order = await shop.confirms()
    shop.till.pays(order, START + timedelta(seconds=40))
    await shop.at(START + timedelta(minutes=1, seconds=59))
    assert (await shop.order(order.order_no)).status is OrderStatus.CONFIRMED
    await shop.at(START + timedelta(minutes=2))
    assert (await shop.order(order.order_no)).status is OrderStatus.PAID
    assert len(shop.told()) == 1


async def test_the_questions_grow_rare_and_end_with_the_order(shop: Shop) -> None:
    """2, 4, 7, 12, 20, 30, 40 … minutes, and once just after the end; then it is closed there and void here."""
    order = await shop.confirms()
    await shop.at(END + timedelta(hours=5))
    # 2 +2 +3 +5 +8 +10 … = 2, 4, 7, 12, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120 (the end itself)
    assert len(shop.till.asked) == 15
    assert shop.till.closed == [order.order_no]
    assert (await shop.order(order.order_no)).status is OrderStatus.VOID


async def test_while_payment_is_away_the_order_is_neither_paid_nor_void(shop: Shop) -> None:
    """Past its end nobody knows whether it was paid: it waits until there is an answer, and the answer counts."""
    order = await shop.confirms()
    shop.till.pays(order, START + timedelta(minutes=5))
    shop.till.away = True
    await shop.at(END + timedelta(hours=30))
    assert (await shop.order(order.order_no)).status is OrderStatus.CONFIRMED
    shop.till.away = False
    await shop.at(END + timedelta(hours=30, minutes=10))
    assert (await shop.order(order.order_no)).status is OrderStatus.PAID


async def test_another_amount_at_the_end_is_a_failure(shop: Shop) -> None:
    """What came was never the order's amount: failed, with the case that was opened."""
    order = await shop.confirms()
    shop.till.pays(order, START, amount=Decimal("0.01"))
    await shop.at(END + timedelta(minutes=1))
    assert (await shop.order(order.order_no)).status is OrderStatus.FAILED
    assert [case.filing for case in await shop.cases(shop.ids.xiuying)] == ["refund"]


async def test_closing_finds_what_was_paid_in_the_meantime(shop: Shop) -> None:
    """Void while payment was away, paid in that moment: the closing job finds it, and the money goes back."""
    order = await shop.confirms()
    shop.till.away = True
    assert await shop.pages.void(XIUYING, order.order_no) == ""
    shop.till.pays(order, START)
    await shop.settle()
    shop.till.away = False
    await shop.at(START + timedelta(minutes=10))
    assert (await shop.order(order.order_no)).status is OrderStatus.SURPLUS


async def test_the_hourly_look_finds_what_lost_its_jobs(shop: Shop) -> None:
    """Orders whose own jobs are gone are still ended, asked about, and paid."""
    waiting = await shop.makes()
    paid = await shop.makes({**FLEXIBLE, "start": "2024-09", "end": "2024-09"}, key="k2")
    await shop.pages.confirm(XIUYING, paid.order_no, "示例银行")
    shop.till.pays(paid, START)
    async with shop.store.transaction() as tx:
        for order in (waiting, paid):
            for job in ("warn", "expire"):
                await tx.jobs.drop(f"order.{job}:{order.order_no}")
        await tx.jobs.drop(f"order.reconcile:{paid.order_no}:0")
    await shop.at(END + timedelta(hours=1))
    assert (await shop.order(waiting.order_no)).status is OrderStatus.VOID
    assert (await shop.order(paid.order_no)).status is OrderStatus.PAID


async def test_every_job_does_nothing_the_second_time(shop: Shop) -> None:
    """A killed worker's lease ends and another takes the job."""
    order = await shop.confirms()
    await shop.pages.void(XIUYING, order.order_no)
    await shop.settle()
    before, told, closed = await shop.order(order.order_no), shop.told(), len(shop.till.closed)
    async with shop.store.transaction() as tx:
        for job in ("warn", "expire", "reconcile", "close"):
            await tx.jobs.enqueue(f"order.{job}", about(order.order_no), shop.clock.now())
            await tx.jobs.enqueue(f"order.{job}", about("D0"), shop.clock.now())
    await shop.settle()
    assert (await shop.order(order.order_no), shop.told(), len(shop.till.closed)) == (before, told, closed)
