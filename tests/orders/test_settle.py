"""Only a payment in full and in time makes an order paid; the same one told again does nothing; everything else becomes a case."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from handlers.orders.ledger import Ledger
from handlers.orders.payments import Payment
from handlers.orders.settle import settle
from storage.ports.records import Case, CaseState, OrderStatus
from tests.clock import START
from tests.orders.conftest import FLEXIBLE, XIUYING, Shop


async def test_paid_in_full_it_is_paid_told_and_audited(shop: Shop) -> None:
    """缴费成功 with number and moment; one message; one `pay` in the audit; a receipt is possible."""
    order = await shop.confirms()
    paid = await settle(shop.store, shop.services, shop.till.pays(order, START + timedelta(minutes=1)))
    await shop.settle()
    assert paid is not None
    assert (paid.status, paid.transaction_id) == (OrderStatus.PAID, "4200000000202409120000000001")
    assert paid.paid_at == START + timedelta(minutes=1)
    assert len(shop.told()) == 1
    assert shop.told()[0].startswith("缴费成功：个体人员缴费 2,520.00 元。")
    assert [(entry.result, entry.feature) for entry in await shop.audited("pay")] == [("ok", "BZ-23")]
    view = await shop.pages.view(XIUYING, order.order_no)
    assert view is not None
    assert view.receipt


async def test_fifty_identical_notices_at_once_are_one_record_and_one_message(shop: Shop) -> None:
    """Whoever is beaten looks again and finds it done."""
    order = await shop.confirms()
    payment = shop.till.pays(order, START)
    outcomes = await asyncio.gather(*(settle(shop.store, shop.services, payment) for _ in range(50)))
    await shop.settle()
    assert {one.status for one in outcomes if one} == {OrderStatus.PAID}
    assert len(outcomes) == 50
    assert len(shop.told()) == 1
    assert len(await shop.audited("pay")) == 1
    assert (await shop.order(order.order_no)).version == 3  # made, confirmed, prepaid, paid


async def test_another_amount_is_not_paid_and_becomes_a_case(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    """One 分 less: not paid, one refund case whatever is resent, a log line without content; in full it is still paid afterwards."""
    order = await shop.confirms()
    short = shop.till.pays(order, START, amount=Decimal("2519.99"))
    for _ in range(3):
        await settle(shop.store, shop.services, short)
    await shop.settle()
    kept = await shop.order(order.order_no)
    assert kept.status is OrderStatus.CONFIRMED
    (case,) = await shop.cases(shop.ids.xiuying)
    assert (case.filing, case.fields["收到金额"], case.fields["订单金额"]) == ("refund", "2,519.99 元", "2,520.00 元")
    assert len([text for text in shop.told() if "不一样" in text]) == 1
    logged = capsys.readouterr().out
    assert order.order_no not in logged
    assert XIUYING not in logged
    await settle(shop.store, shop.services, replace(short, amount=order.amount, transaction_id="42-right"))
    assert (await shop.order(order.order_no)).status is OrderStatus.PAID


async def test_money_for_a_void_order_goes_back(shop: Shop) -> None:
    """Late: SURPLUS, a refund case, the payer is told; once."""
    order = await shop.confirms()
    await shop.pages.void(XIUYING, order.order_no)
    late = shop.till.pays(order, START + timedelta(minutes=1))
    for _ in range(3):
        await settle(shop.store, shop.services, late)
    await shop.settle()
    kept = await shop.order(order.order_no)
    assert (kept.status, kept.transaction_id) == (OrderStatus.SURPLUS, late.transaction_id)
    (case,) = await shop.cases(shop.ids.xiuying)
    assert (case.filing, case.fields["原因"]) == ("refund", "订单作废或过期后收到付款")
    assert len([text for text in shop.told() if "登记退款" in text]) == 1
    assert [entry.result for entry in await shop.audited("pay")] == ["error"]
    assert "退款" in await shop.pages.confirm(XIUYING, order.order_no, "示例银行")


async def test_a_payment_long_after_the_end_is_surplus_even_if_the_order_is_still_open(shop: Shop) -> None:
    """The end counts, not whether the job has run; a notice that comes late for a payment in time does count."""
    order = await shop.confirms()
    shop.clock.advance(3 * 3600)
    late = Payment(order.order_no, "SUCCESS", order.amount, "42-late", shop.clock.now())
    assert (await settle(shop.store, shop.services, late)).status is OrderStatus.SURPLUS  # type: ignore[union-attr]
    other = await shop.makes({**FLEXIBLE, "start": "2024-09", "end": "2024-09"}, key="k2")
    await shop.pages.confirm(XIUYING, other.order_no, "示例银行")
    shop.clock.advance(3 * 3600)
    in_time = Payment(other.order_no, "SUCCESS", other.amount, "42-in-time", other.expires_at - timedelta(seconds=1))
    assert (await settle(shop.store, shop.services, in_time)).status is OrderStatus.PAID  # type: ignore[union-attr]


async def test_a_second_payment_of_a_paid_order_goes_back(shop: Shop) -> None:
    """Another transaction: the order stays paid by the first, the second becomes a case."""
    order = await shop.confirms()
    first = shop.till.pays(order, START)
    await settle(shop.store, shop.services, first)
    await settle(shop.store, shop.services, replace(first, transaction_id="42-second"))
    await shop.settle()
    kept = await shop.order(order.order_no)
    assert (kept.status, kept.transaction_id) == (OrderStatus.PAID, first.transaction_id)
    (case,) = await shop.cases(shop.ids.xiuying)
    assert case.fields["原因"] == "同一订单重复付款"


@pytest.mark.parametrize("state", ["NOTPAY", "CLOSED", "USERPAYING", "PAYERROR", "REFUND"])
async def test_anything_but_success_changes_nothing(shop: Shop, state: str) -> None:
    """Only SUCCESS is paid."""
    order = await shop.confirms()
    await settle(shop.store, shop.services, Payment(order.order_no, state, order.amount, "42"))
    assert await shop.order(order.order_no) == order


async def test_a_number_that_is_not_ours_is_nothing(shop: Shop) -> None:
    """None, and no case."""
    assert await settle(shop.store, shop.services, Payment("D0", "SUCCESS", Decimal("1.00"), "42")) is None


async def test_a_payer_who_has_left_is_told_in_another_chat(shop: Shop) -> None:
    """The order lost its openid with the chat; the person's other chat hears of it."""
    order = await shop.confirms()
    async with shop.store.transaction() as tx:
        found = await tx.users.bindings(XIUYING)
        await tx.users.bind(replace(found[0], id=0, openid="o-defu"))
        await tx.users.forget(XIUYING)
    await settle(shop.store, shop.services, shop.till.pays(order, START))
    await shop.settle()
    assert shop.told() == []
    assert shop.told("o-defu")[0].startswith("缴费成功")


async def test_a_fee_is_one_order_a_case_until_it_is_void(shop: Shop) -> None:
    """`fee_order` twice is one; after it is void there is a new one; withdrawing the case voids it."""
    async with shop.store.transaction() as tx:
        case = await tx.cases.get("202408010000017")
        assert case is not None
        ledger = Ledger(shop.services)
        one = await ledger.fee_order(tx, case, "o-defu", Decimal("20.00"), "补换卡工本费")
        assert await ledger.fee_order(tx, case, "o-defu", Decimal("20.00"), "补换卡工本费") == one
        await ledger.void_of_case(tx, case.case_no, "业务已撤回")
        await ledger.void_of_case(tx, case.case_no, "业务已撤回")
        two = await ledger.fee_order(tx, case, "o-defu", Decimal("20.00"), "补换卡工本费")
    assert (one.amount, one.case_no, one.lines) == (Decimal("20.00"), case.case_no, (("补换卡工本费", "20.00 元"),))
    assert two.order_no != one.order_no
    assert (await shop.order(one.order_no)).note == "业务已撤回"
    view = await shop.pages.view("o-defu", two.order_no)
    assert view is not None
    assert (view.banks, view.source) == ((), "")
    assert await shop.pages.confirm("o-defu", two.order_no, "") == ""


async def test_a_fee_that_is_paid_moves_its_case_on_once(shop: Shop) -> None:
    """The case of 补换卡 waits for 20.00 元; paid, it is under review; told again nothing moves; the payer hears of it once, from the case."""
    unpaid = Case(
        "240912000000001", "case-key", "BZ-20", "社保卡补换", "binzhou", shop.ids.xiuying, START, "待提交", "待缴费",
        filing="card_replace", state=CaseState.UNPAID,
    )  # fmt: skip
    async with shop.store.transaction() as tx:
        case, _ = await tx.cases.add(unpaid)
        await tx.cases.watch(case.case_no, XIUYING)
        order = await Ledger(shop.services).fee_order(tx, case, XIUYING, Decimal("20.00"), "补换卡工本费")
    assert await shop.pages.confirm(XIUYING, order.order_no, "") == ""
    payment = shop.till.pays(order, START)
    for _ in range(2):
        await settle(shop.store, shop.services, payment)
    await shop.settle()
    (case,) = await shop.cases(shop.ids.xiuying)
    assert case.state is CaseState.REVIEW
    assert [step.name for step in case.steps] == ["缴费"]
    (told,) = shop.told()
    assert case.case_no in told
    assert "缴费成功" in told
