"""An approved refund: the order is paid no more, its receipts verify as void; and a case never waits for ever for an order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dialogs.filings import FILINGS
from handlers.desk import TurnDesk
from handlers.filings.flow import Applicant, Flow
from handlers.filings.office import Office
from handlers.orders.settle import settle
from storage.ports.records import Case, CaseState, Document, OrderStatus, Staff
from tests.clock import START
from tests.conversations.conftest import Chat
from tests.filings.declared import BADGE
from tests.orders.conftest import JIANGUO, XIUYING, Shop


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FILINGS, BADGE.name, BADGE)


async def _badge(shop: Shop) -> Case:
    """张建国 files for a badge: 20.00 元."""
    async with shop.store.transaction() as tx:
        person = await tx.people.get(shop.ids.jianguo)
        applicant = Applicant(person, JIANGUO, shop.services.regions["beijing"])
        return await Flow(shop.services).file(tx, BADGE, applicant, {"why": "想要", "tone": "red"}, "k", undertaken=True)


async def _fee(shop: Shop, case: Case) -> str:
    async with shop.store.reading() as tx:
        return (await tx.orders.of_case(case.case_no))[-1].order_no


async def _paid_badge(shop: Shop) -> tuple[Case, str]:
    """The badge, and the number of its paid order."""
    case = await _badge(shop)
    number = await _fee(shop, case)
    assert await shop.pages.confirm(JIANGUO, number, "") == ""
    await shop.pages.bridge(JIANGUO, number)
    await settle(shop.store, shop.services, shop.till.pays(await shop.order(number), START))
    return case, number


async def _clerk(shop: Shop) -> Staff:
    async with shop.store.transaction() as tx:
        return await tx.staff.add(
            Staff(0, "lin", "林审", "x", "x", frozenset({"审核"}), frozenset({"beijing", "binzhou"}), True, START)
        )


async def _refund(shop: Shop, person: int) -> Case:
    return next(one for one in await shop.cases(person) if one.filing == "refund")


async def _papers(shop: Shop, person: int) -> list[Document]:
    async with shop.store.reading() as tx:
        return [one for one in await tx.documents.of_person(person) if one.title == "缴费凭证"]


async def test_an_approved_refund_ends_the_order_and_every_receipt(shop: Shop) -> None:
    """Issued on the page and in the chat: both verify as 已作废 afterwards, no new one is issued, and the order says 已退费."""
    case, number = await _paid_badge(shop)
    assert await shop.pages.receipt(JIANGUO, number)
    async with shop.store.transaction() as tx:
        user = await tx.users.get(JIANGUO)
        assert user is not None
        await (await TurnDesk.open(tx, user, shop.services)).issue("receipt", {"order_no": number}, "in the chat")
    assert [one.status for one in await _papers(shop, shop.ids.jianguo)] == ["valid", "valid"]
    office, clerk = Office(shop.store, shop.services), await _clerk(shop)
    current = next(one for one in await shop.cases(shop.ids.jianguo) if one.case_no == case.case_no)
    await office.reject(clerk, case.case_no, current.version, "不符合")
    assert (await shop.order(number)).status is OrderStatus.PAID
    refund = await _refund(shop, shop.ids.jianguo)
    await office.approve(clerk, refund.case_no, refund.version)
    order = await shop.order(number)
    assert (order.status, order.note) == (OrderStatus.REFUNDED, "已核实退费")
    for paper in await _papers(shop, shop.ids.jianguo):
        assert paper.status == "revoked"
        visitor = Chat(shop.world, f"o-visitor-{paper.serial_no}")
        await visitor.says(f"{paper.serial_no} {paper.check_code}")
        visitor.expect("作废", "费用已退")
    view = await shop.pages.view(JIANGUO, number)
    assert view is not None
    assert not view.receipt
    assert await shop.pages.receipt(JIANGUO, number) is None
    assert "已经退费" in await shop.pages.confirm(JIANGUO, number, "")


async def test_a_refused_refund_leaves_the_order_paid(shop: Shop) -> None:
    """Not approved: the money stays, and so does the receipt."""
    case, number = await _paid_badge(shop)
    office, clerk = Office(shop.store, shop.services), await _clerk(shop)
    current = next(one for one in await shop.cases(shop.ids.jianguo) if one.case_no == case.case_no)
    await office.reject(clerk, case.case_no, current.version, "不符合")
    refund = await _refund(shop, shop.ids.jianguo)
    await office.reject(clerk, refund.case_no, refund.version, "材料已经制作，工本费不退")
    assert (await shop.order(number)).status is OrderStatus.PAID
    assert await shop.pages.receipt(JIANGUO, number)


async def test_a_second_payment_goes_back_without_the_order(shop: Shop) -> None:
    """Paid twice by mistake: the refund of the second payment leaves 缴费成功 and the receipt as they are."""
    order = await shop.confirms()
    payment = shop.till.pays(order, START)
    await settle(shop.store, shop.services, payment)
    assert await shop.pages.receipt(XIUYING, order.order_no)
    await settle(shop.store, shop.services, replace(payment, transaction_id="42-again"))
    refund = await _refund(shop, shop.ids.xiuying)
    await Office(shop.store, shop.services).approve(await _clerk(shop), refund.case_no, refund.version)
    assert (await shop.order(order.order_no)).status is OrderStatus.PAID
    assert [one.status for one in await _papers(shop, shop.ids.xiuying)] == ["valid"]


async def test_money_for_a_void_order_that_went_back_is_refunded(shop: Shop) -> None:
    """SURPLUS ends as 已退费 once the staff have sent it back; the same payment told again changes nothing."""
    order = await shop.confirms()
    payment = shop.till.pays(order, START)
    assert await shop.pages.void(XIUYING, order.order_no) != ""  # it was paid meanwhile
    other = await shop.makes({"start": "2024-09", "end": "2024-09", "insurance": "养老和医疗", "base": "4500"}, key="k2")
    await shop.pages.void(XIUYING, other.order_no)
    late = replace(payment, order_no=other.order_no, amount=other.amount, transaction_id="42-late")
    await settle(shop.store, shop.services, late)
    assert (await shop.order(other.order_no)).status is OrderStatus.SURPLUS
    refund = await _refund(shop, shop.ids.xiuying)
    await Office(shop.store, shop.services).approve(await _clerk(shop), refund.case_no, refund.version)
    await settle(shop.store, shop.services, late)
    assert (await shop.order(other.order_no)).status is OrderStatus.REFUNDED
    chat = Chat(shop.world, XIUYING)
    await chat.says("我的订单")
    chat.expect("已退费")


async def test_no_order_names_the_chat_in_its_key(shop: Shop) -> None:
    """The key holds a digest of the openid; the same form sent twice is still one order."""
    order = await shop.makes()
    assert XIUYING not in order.key
    assert (await shop.makes()).order_no == order.order_no


async def test_a_payment_system_that_is_away_for_days_leaves_no_case_behind(shop: Shop) -> None:
    """Away for thirty hours after the end of the order: the case waits as long, and ends within the hour after it is back."""
    case = await _badge(shop)
    number = await _fee(shop, case)
    assert await shop.pages.confirm(JIANGUO, number, "") == ""
    assert await shop.pages.bridge(JIANGUO, number)
    shop.till.away = True
    await shop.at(START + timedelta(hours=32))
    assert (await shop.order(number)).status is OrderStatus.CONFIRMED
    assert (await shop.cases(shop.ids.jianguo))[0].state is CaseState.UNPAID
    shop.till.away = False
    await shop.at(START + timedelta(hours=33))
    assert (await shop.order(number)).status is OrderStatus.VOID
    assert (await shop.cases(shop.ids.jianguo))[0].state is CaseState.VOID
    assert len([text for text in shop.told(JIANGUO) if "已作废" in text]) == 1


async def test_a_case_whose_order_was_paid_meanwhile_goes_on(shop: Shop) -> None:
    """Paid while the payment system could not say so: the case goes on to the review, it is not 作废."""
    case = await _badge(shop)
    number = await _fee(shop, case)
    assert await shop.pages.confirm(JIANGUO, number, "") == ""
    shop.till.pays(await shop.order(number), START + timedelta(minutes=5))
    shop.till.away = True
    await shop.at(START + timedelta(hours=32))
    shop.till.away = False
    await shop.at(START + timedelta(hours=33))
    assert (await shop.order(number)).status is OrderStatus.PAID
    assert (await shop.cases(shop.ids.jianguo))[0].state is CaseState.REVIEW
