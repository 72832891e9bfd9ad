"""The pages of an order: quote, make, confirm, void, pay, receipt; and that nobody reaches another's."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from dialogs.orders import WHOLE
from handlers.documents import thaw
from storage.ports.records import Contribution, Insurance, Kind, OrderStatus
from storage.ports.time import Month, Span
from tests.clock import START
from tests.orders.conftest import DEFU, FLEXIBLE, JIANGUO, XIUYING, Shop


async def test_a_quote_shows_the_figures_and_stores_nothing(shop: Shop) -> None:
    """Two months at 4,500: 养老 20% = 1,800.00, 医疗 8% = 720.00, together 2,520.00; the note says whose figures they are."""
    quote = await shop.pages.quote(XIUYING, shop.ids.xiuying, "flexible", FLEXIBLE)
    assert quote.amount == Decimal("2520.00")
    assert ("养老", "4,500.00 元 × 20% × 2 个月 = 1,800.00 元") in quote.lines
    assert ("医疗", "4,500.00 元 × 8% × 2 个月 = 720.00 元") in quote.lines
    assert quote.note == "缴费标准以经办机构公布的为准。"
    assert not quote.problems
    async with shop.store.reading() as tx:
        assert await tx.orders.of_person(shop.ids.xiuying) == ()


async def test_next_makes_the_order_once_for_a_key(shop: Shop) -> None:
    """下一步 pressed twice is one order; it waits two hours to be paid, and the look is audited."""
    first = await shop.makes()
    again = await shop.makes()
    assert again == first
    assert (first.status, first.amount, first.feature) == (OrderStatus.PENDING, Decimal("2520.00"), "BZ-23")
    assert first.span == Span(Month(2024, 7), Month(2024, 8))
    view = await shop.pages.view(XIUYING, first.order_no)
    assert view is not None
    assert view.order == first
    assert (view.minutes_left, view.receipt) == (120, False)
    assert "示例银行" in view.banks
    assert "示例" in view.source
    assert [entry.feature for entry in await shop.audited("submit")] == ["BZ-23"]


async def test_months_on_record_are_named_and_refused(shop: Shop) -> None:
    """李秀英 paid 养老 2024-01…06 through her employer: 2024-05…07 overlaps in two months."""
    answers = {**FLEXIBLE, "start": "2024-05", "end": "2024-07"}
    number, problems = await shop.pages.make(XIUYING, shop.ids.xiuying, "flexible", answers, "k")
    assert number == ""
    assert problems == {"start": "养老 2024年5月至6月已经缴过了，不能重复缴。起始年月请填 2024年7月。"}
    quote = await shop.pages.quote(XIUYING, shop.ids.xiuying, "flexible", answers)
    assert (quote.problems, quote.amount) == (problems, Decimal("0.00"))
    medical = {**answers, "insurance": "医疗"}
    assert (await shop.pages.quote(XIUYING, shop.ids.xiuying, "flexible", medical)).problems == {}


async def test_a_month_that_was_refunded_may_be_paid_again(shop: Shop) -> None:
    """退费 is no payment."""
    row = Contribution(
        shop.ids.xiuying, Insurance.MEDICAL, Month(2024, 8), Decimal("4000"), Decimal(0), Decimal("-80"), Kind.REFUND
    )
    async with shop.store.transaction() as tx:
        await tx.contributions.put_many([row])
    assert (await shop.pages.quote(XIUYING, shop.ids.xiuying, "flexible", FLEXIBLE)).problems == {}


async def test_an_unpaid_order_for_the_same_months_is_in_the_way(shop: Shop) -> None:
    """It is named, with what can be done; other months or another insurance are free; once void it is not in the way."""
    first = await shop.makes()
    answers = {**FLEXIBLE, "start": "2024-08", "end": "2024-09", "insurance": "医疗"}
    number, problems = await shop.pages.make(XIUYING, shop.ids.xiuying, "flexible", answers, "k2")
    assert number == first.order_no
    assert first.order_no in problems[WHOLE]
    assert "作废" in problems[WHOLE]
    quote = await shop.pages.quote(XIUYING, shop.ids.xiuying, "flexible", answers)
    assert quote.in_the_way == first.order_no
    other = {**answers, "start": "2024-09"}
    assert (await shop.pages.quote(XIUYING, shop.ids.xiuying, "flexible", other)).problems == {}
    assert await shop.pages.void(XIUYING, first.order_no) == ""
    number, problems = await shop.pages.make(XIUYING, shop.ids.xiuying, "flexible", answers, "k2")
    assert problems == {}
    assert number != first.order_no


async def test_two_orders_at_the_same_moment_are_one(shop: Shop) -> None:
    """Ten requests with keys of their own for the same months: one order, nine are told of it."""
    tries = [shop.pages.make(XIUYING, shop.ids.xiuying, "flexible", FLEXIBLE, f"k{n}") for n in range(10)]
    outcomes = await asyncio.gather(*tries)
    assert len({number for number, _ in outcomes}) == 1
    assert sum(not problems for _, problems in outcomes) == 1


async def test_a_paid_order_counts_before_the_records_do(shop: Shop) -> None:
    """The agency's records come later; the months are paid all the same."""
    order = await shop.confirms()
    shop.till.pays(order, START)
    assert (await shop.pages.check(XIUYING, order.order_no)) is not None
    quote = await shop.pages.quote(XIUYING, shop.ids.xiuying, "flexible", {**FLEXIBLE, "start": "2024-08", "end": "2024-09"})
    assert quote.problems["start"] == "养老 2024年8月；医疗 2024年8月已经缴过了，不能重复缴。起始年月请填 2024年9月。"


async def test_a_resident_year_is_paid_once(shop: Shop) -> None:
    """居民养老: 300元档 of the region's year; a second one is refused by the year."""
    answers = {"tier": "300元档（示例）"}
    number, problems = await shop.pages.make(XIUYING, shop.ids.xiuying, "resident_pension", answers, "k")
    assert problems == {}
    order = await shop.order(number)
    assert (order.amount, order.tier, order.insurances, order.feature) == (
        Decimal("300.00"), "p300", ("resident_pension",), "BZ-24",
    )  # fmt: skip
    await shop.pages.confirm(XIUYING, number, "示例银行")
    shop.till.pays(order, START)
    await shop.pages.check(XIUYING, number)
    again = await shop.pages.quote(XIUYING, shop.ids.xiuying, "resident_pension", {"tier": "600元档（示例）"})
    assert again.problems == {WHOLE: "居民养老 2026年度已经缴过了，不能重复缴。"}
    assert (await shop.pages.quote(XIUYING, shop.ids.xiuying, "resident_medical", {"tier": "成年居民档（示例）"})).problems == {}


async def test_a_region_that_collects_nothing_here_says_so(shop: Shop) -> None:
    """北京 has no orders; an unknown kind is a page that cannot be opened."""
    quote = await shop.pages.quote(JIANGUO, shop.ids.jianguo, "flexible", FLEXIBLE)
    assert quote.problems[WHOLE]
    assert await shop.pages.make(JIANGUO, shop.ids.jianguo, "flexible", FLEXIBLE, "k") == ("", quote.problems)
    assert "打不开" in (await shop.pages.quote(XIUYING, shop.ids.xiuying, "lottery", FLEXIBLE)).problems[WHOLE]


async def test_another_persons_order_looks_like_none(shop: Shop) -> None:
    """IDOR: every act on it answers as for a number that does not exist, and nothing happens to it."""
    order = await shop.confirms()
    shop.till.pays(order, START)
    await shop.pages.check(XIUYING, order.order_no)
    for openid in (DEFU, JIANGUO, "o-nobody"):
        for number in (order.order_no, "D2409120000000000"):
            assert await shop.pages.view(openid, number) is None
            assert await shop.pages.check(openid, number) is None
            assert await shop.pages.bridge(openid, number) is None
            assert await shop.pages.receipt(openid, number) is None
        assert await shop.pages.void(openid, order.order_no) == await shop.pages.void(openid, "D2409120000000000")
        assert await shop.pages.confirm(openid, order.order_no, "示例银行") == await shop.pages.confirm(openid, "D1", "示例银行")
        assert "打不开" in (await shop.pages.quote(openid, shop.ids.xiuying, "flexible", FLEXIBLE)).problems[WHOLE]
        assert (await shop.pages.make(openid, shop.ids.xiuying, "flexible", FLEXIBLE, "k"))[0] == ""
    assert (await shop.order(order.order_no)).status is OrderStatus.PAID


async def test_whoever_is_no_longer_bound_is_a_stranger(shop: Shop) -> None:
    """解绑 ends the orders' pages too."""
    order = await shop.makes()
    async with shop.store.transaction() as tx:
        await tx.users.unbind(XIUYING, shop.ids.xiuying, START)
    assert await shop.pages.view(XIUYING, order.order_no) is None
    assert await shop.pages.void(XIUYING, order.order_no) != ""


async def test_a_bank_is_chosen_before_it_is_paid(shop: Shop) -> None:
    """Only one of the region's; the till hears of the order when it is paid, with its openid."""
    order = await shop.makes()
    assert "请先选择缴费银行：示例银行" in await shop.pages.confirm(XIUYING, order.order_no, "外地银行")
    assert await shop.pages.bridge(XIUYING, order.order_no) is None
    assert shop.till.prepaid == []
    assert await shop.pages.confirm(XIUYING, order.order_no, "示例银行") == ""
    assert await shop.pages.confirm(XIUYING, order.order_no, "示例银行") == ""
    values = await shop.pages.bridge(XIUYING, order.order_no)
    assert values == {"package": f"prepay_id=wx-{order.order_no}"}
    assert [one.openid for one in shop.till.prepaid] == [XIUYING]
    kept = await shop.order(order.order_no)
    assert (kept.status, kept.bank, kept.prepay_id) == (OrderStatus.CONFIRMED, "示例银行", f"wx-{order.order_no}")


async def test_payment_that_is_away_changes_nothing(shop: Shop) -> None:
    """The page says so; the order waits."""
    order = await shop.makes()
    await shop.pages.confirm(XIUYING, order.order_no, "示例银行")
    shop.till.away = True
    assert await shop.pages.bridge(XIUYING, order.order_no) is None
    assert (await shop.order(order.order_no)).status is OrderStatus.CONFIRMED
    shop.till.away = False
    assert await shop.pages.bridge(XIUYING, order.order_no)


async def test_going_back_from_the_payment_page_voids_the_order(shop: Shop) -> None:
    """返回 (features.md 7.4, 13): void here, closed at the payment system, and it cannot be paid or confirmed again."""
    order = await shop.confirms()
    assert await shop.pages.void(XIUYING, order.order_no) == ""
    assert await shop.pages.void(XIUYING, order.order_no) == ""
    await shop.settle()
    assert shop.till.closed == [order.order_no]
    assert (await shop.order(order.order_no)).status is OrderStatus.VOID
    assert "已经作废" in await shop.pages.confirm(XIUYING, order.order_no, "示例银行")
    assert await shop.pages.bridge(XIUYING, order.order_no) is None
    assert [entry.result for entry in await shop.audited("void")] == ["ok"]


async def test_going_back_after_paying_finds_it_paid(shop: Shop) -> None:
    """The notice is still on its way when 返回 is pressed: asked first, it is paid and not void."""
    order = await shop.confirms()
    shop.till.pays(order, START)
    assert await shop.pages.void(XIUYING, order.order_no) == "这个订单已经缴费成功，不能作废。"
    assert (await shop.order(order.order_no)).status is OrderStatus.PAID


async def test_an_order_belongs_to_the_chat_that_confirmed_it(shop: Shop) -> None:
    """WeChat Pay is paid by one openid: another chat of the same person is told where to pay."""
    async with shop.store.transaction() as tx:
        found = await tx.users.bindings(XIUYING)
        await tx.users.bind(replace(found[0], id=0, openid=DEFU))
    order = await shop.confirms()
    assert "另一个微信" in await shop.pages.confirm(DEFU, order.order_no, "示例银行")
    assert await shop.pages.bridge(DEFU, order.order_no) is None
    assert await shop.pages.void(DEFU, order.order_no) == ""


async def test_the_receipt_shows_what_was_paid_and_by_whom(shop: Shop) -> None:
    """缴费凭证: number, the payer by full name (it is their own paper), months, base, amount in words, when, the end of the transaction's number; one document however often."""
    order = await shop.confirms()
    assert await shop.pages.receipt(XIUYING, order.order_no) is None
    shop.till.pays(order, START + timedelta(minutes=3))
    await shop.pages.check(XIUYING, order.order_no)
    first = await shop.pages.receipt(XIUYING, order.order_no)
    second = await shop.pages.receipt(XIUYING, order.order_no)
    assert first is not None
    assert first.startswith("https://sb.example.test/d/")
    assert first != second
    async with shop.store.reading() as tx:
        (document,) = await tx.documents.of_person(shop.ids.xiuying)
        (person,) = [one for one in await tx.people.page(0, 10) if one.id == shop.ids.xiuying]
    statement = thaw(document.snapshot)
    facts = dict(statement.facts)
    assert facts == {
        "订单号": order.order_no,
        "缴费人": "李秀英",
        "证件号码": f"999900********{person.id_no[-4:]}",
        "缴费项目": "个体人员缴费",
        "险种": "养老、医疗",
        "缴费月份": "2024年7月 至 2024年8月",
        "缴费基数": "每月 4,500.00 元",
        "金额": "2,520.00 元",
        "金额（大写）": "贰仟伍佰贰拾元整",
        "缴费时间": "2024年9月12日 10:03",
        "缴费银行": "示例银行",
        "支付方式": "微信支付",
        "交易单号": "****00000001",
    }
    assert statement.notes[0] == "缴费标准以经办机构公布的为准。"
    assert "手册" not in repr(statement)
    assert statement.as_of == date(2024, 9, 12).isoformat()


async def test_orders_are_rationed(shop: Shop) -> None:
    """Sixty tries an hour for one person, then a sentence that says when."""
    for n in range(60):
        await shop.pages.make(XIUYING, shop.ids.xiuying, "flexible", {}, f"k{n}")
    number, problems = await shop.pages.make(XIUYING, shop.ids.xiuying, "flexible", FLEXIBLE, "k")
    assert number == ""
    assert "次数太多" in problems[WHOLE]


@pytest.mark.parametrize(
    ("start", "end", "step", "tail"),
    [
        ("2024-06", "2024-08", "start", "起始年月请填 2024年7月。"),  # on record: 养老 to 2024-06
        ("2024-05", "2024-06", "start", "请换别的月份。"),
        ("2023-11", "2024-01", "end", "终止年月请填 2023年12月。"),
        ("2023-12", "2024-07", "end", "请把这些月份去掉，分开下单。"),
    ],
)
async def test_paid_months_are_told_at_the_month_that_has_to_change(
    shop: Shop, start: str, end: str, step: str, tail: str
) -> None:
    """李秀英 paid 养老 2024-01…06: the sentence stands at the start or the end, and names what to fill in instead."""
    answers = {**FLEXIBLE, "start": start, "end": end, "insurance": "养老"}
    quote = await shop.pages.quote(XIUYING, shop.ids.xiuying, "flexible", answers)
    assert set(quote.problems) == {step}
    assert quote.problems[step].endswith(f"已经缴过了，不能重复缴。{tail}")
