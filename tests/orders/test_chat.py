"""Orders in the chat: the way to the form, the list, going on, 作废 with yes or no, the receipt, and regions without them."""

from __future__ import annotations

import re
from datetime import timedelta

from handlers.links import PAGE
from handlers.orders.settle import settle
from storage.ports.records import OrderStatus
from tests.clock import START
from tests.conversations.conftest import PUBLIC, Chat
from tests.orders.conftest import DEFU, FLEXIBLE, JIANGUO, XIUYING, Shop


async def params_of(shop: Shop, url: str) -> dict[str, str]:
    """What a page link stands for."""
    async with shop.store.transaction() as tx:
        opened = await shop.services.links.open(tx, url.removeprefix(f"{PUBLIC}/p/"), PAGE, None)
    assert opened is not None
    return opened.ticket.params


async def test_what_was_said_goes_along_to_the_form(shop: Shop, chat: Chat) -> None:
    """Months and insurance of the first sentence stand in the form; the warning about 返回 and whose figures count are said."""
    await chat.says("灵活就业缴2024年7月到8月的医疗")
    chat.expect("个体人员缴费", "返回", "作废", "以经办机构公布的为准")
    chat.expect_not("手册", "示例")
    assert await params_of(shop, chat.link("去个体人员缴费")) == {
        "page": "order_form",
        "kind": "flexible",
        "person": str(shop.ids.xiuying),
        "start": "2024-07",
        "end": "2024-08",
        "insurance": "医疗",
    }


async def test_each_kind_has_its_form(shop: Shop, chat: Chat) -> None:
    """居民养老, 居民医保, and 灵活就业 without more."""
    for words, kind in (
        ("我要交居民养老", "resident_pension"),
        ("我要交居民医保", "resident_medical"),
        ("灵活就业缴费", "flexible"),
    ):
        await chat.says(words)
        url = re.search(r"\((https://[^)]+/p/[^)]+)\)", chat.last)
        assert url, chat.last
        assert (await params_of(shop, url[1])) == {"page": "order_form", "kind": kind, "person": str(shop.ids.xiuying)}


async def test_without_orders_the_list_says_how_to_begin(chat: Chat) -> None:
    """An empty result says what can be done."""
    await chat.says("我的订单")
    chat.expect("您还没有缴费订单", "灵活就业缴费")


async def test_one_order_is_shown_at_once_and_can_be_paid(shop: Shop, chat: Chat) -> None:
    """Status, amount, months, until when; the link is the page of that order."""
    order = await shop.makes()
    await chat.says("我的订单")
    chat.expect("待确认", "2,520.00 元", "2024年7月 至 2024年8月", order.order_no, "12:00 前付款")
    assert await params_of(shop, chat.link("继续缴费")) == {
        "page": "order",
        "order": order.order_no,
        "person": str(shop.ids.xiuying),
    }


async def test_an_order_is_void_after_a_yes_only(shop: Shop, chat: Chat) -> None:
    """作废 asks first; 先不作废 keeps it; 确认作废 ends it, also at the payment system."""
    order = await shop.confirms()
    await chat.says("我的订单")
    await chat.says("1")
    chat.expect("要作废的订单", "2,520.00 元", "1 确认作废", "2 先不作废")
    await chat.says("2")
    chat.expect("订单还留着")
    assert (await shop.order(order.order_no)).status is OrderStatus.CONFIRMED
    await chat.says("我的订单")
    await chat.says("作废这个订单")
    await chat.says("确认作废")
    chat.expect("已经作废", "没有扣款")
    assert (await shop.order(order.order_no)).status is OrderStatus.VOID
    assert shop.till.closed == [order.order_no]
    await chat.says("我的订单")
    chat.expect("已作废", "缴费人作废", "1 重新下单")
    chat.expect_not("继续缴费")
    await chat.says("1")
    chat.expect("去个体人员缴费")


async def test_a_paid_order_has_its_receipt(shop: Shop, chat: Chat) -> None:
    """缴费凭证 as a document; an unpaid one has none."""
    order = await shop.confirms()
    shop.till.pays(order, START + timedelta(minutes=5))
    await shop.pages.check(XIUYING, order.order_no)
    await chat.says("我的订单")
    chat.expect("缴费成功", "2024年9月12日 10:05")
    await chat.says("1")
    chat.expect("《缴费凭证》已经生成")
    assert chat.link("打开单据").startswith(f"{PUBLIC}/d/")


async def test_several_orders_are_a_list_of_five(shop: Shop, chat: Chat) -> None:
    """Newest first; a number chooses; a number that is not there is asked again."""
    for month in range(3, 10):
        answers = {"start": f"2024-{month:02d}", "end": f"2024-{month:02d}", "insurance": "医疗", "base": str(4000 + month)}
        await shop.makes(answers, key=f"k{month}")
        shop.clock.advance(1)
    await chat.says("我的订单")
    rows = [line for line in chat.last.splitlines() if re.match(r"\d ", line)]
    # 医疗 8%: 4,009 → 320.72, 4,008 → 320.64, … the newest five
    assert rows == [
        f"{n} 个体人员缴费 {amount} 元 待确认" for n, amount in enumerate(("320.72", "320.64", "320.56", "320.48", "320.40"), 1)
    ]
    await chat.says("6")
    chat.expect("1 到 5")
    await chat.says("2")
    chat.expect("320.64 元", "2024年8月")


async def test_an_order_whose_time_is_over_cannot_be_paid(shop: Shop, chat: Chat) -> None:
    """Between its end and the job it says so, without a link."""
    await shop.makes()
    shop.clock.advance(2 * 3600)
    await chat.says("我的订单")
    chat.expect("2,520.00 元")
    chat.expect_not("继续缴费")


async def test_another_persons_order_is_nothing_here(shop: Shop) -> None:
    """王德福 sees his own list, and a receipt or 作废 of another's number is as of none."""
    order = await shop.makes()
    other = Chat(shop.world, DEFU)
    await other.says("我的订单")
    other.expect("您还没有缴费订单")
    assert order.order_no not in other.last


async def test_a_region_without_orders_says_who_collects(shop: Shop) -> None:
    """北京: the tax office since 2020-11 (C1)."""
    chat = Chat(shop.world, JIANGUO)
    for words in ("灵活就业缴费", "我要交居民养老", "我的订单"):
        await chat.says(words)
        chat.expect("税务部门征收", "2020 年 11 月", "12333")
        chat.expect_not("/p/")


async def test_a_visitor_logs_in_first(shop: Shop) -> None:
    """Money is for somebody."""
    chat = Chat(shop.world, "o-visitor")
    await chat.says("我的订单")
    chat.expect("您在哪里参保？")
    await chat.says("2")
    chat.expect("“我的订单”要先登录")


async def test_wanting_money_back_leads_to_what_was_paid_and_then_to_the_refund(shop: Shop, chat: Chat) -> None:
    """Nothing paid: who to ask. Something paid: that order. A refund under way: how far it is."""
    await chat.says("我要退钱")
    chat.expect("没有查到您在这里付过的钱和退款", "12333", "查办理进度", "转人工")
    order = await shop.confirms()
    shop.till.pays(order, START + timedelta(minutes=5))
    await shop.pages.check(XIUYING, order.order_no)
    await chat.says("退款")
    chat.expect("还没有您的退款记录", "1 个体人员缴费 2,520.00 元，缴费成功", "转人工")
    await chat.says("1")
    chat.expect("缴费成功", order.order_no)
    late = await shop.makes({**FLEXIBLE, "start": "2024-09", "end": "2024-09"}, key="k2")
    assert await shop.pages.void(XIUYING, late.order_no) == ""
    await settle(shop.store, shop.services, shop.till.pays(late, START + timedelta(minutes=6)))
    await chat.says("退款到账了吗")
    chat.expect("您的退款在这里", "1 看退费核实")
    await chat.says("1")
    chat.expect("退费核实：", "业务流水号")


async def test_taking_back_leads_to_what_can_be_taken_back(shop: Shop, chat: Chat) -> None:
    """撤回 names the open order, asks once more, and says so when there is nothing."""
    await chat.says("撤回")
    chat.expect("现在没有能撤回的", "查办理进度")
    order = await shop.makes()
    await chat.says("我要撤回")
    chat.expect("1 作废个体人员缴费 2,520.00 元，待确认")
    await chat.says("1")
    chat.expect("要作废的订单", order.order_no)
    await chat.says("1")
    chat.expect("已经作废")


async def test_the_words_of_the_menu_lead_to_the_form(shop: Shop, chat: Chat) -> None:
    """居民养老缴费 is the form, not a list that is not there; so is what the empty list of orders tells people to say."""
    for words, kind in (
        ("居民养老缴费", "resident_pension"),
        ("居民医保缴费", "resident_medical"),
        ("居民医疗缴费", "resident_medical"),
    ):
        await chat.says(words)
        url = re.search(r"\((https://[^)]+/p/[^)]+)\)", chat.last)
        assert url, chat.last
        assert (await params_of(shop, url[1]))["kind"] == kind
    await chat.says("缴费与订单")
    chat.expect("还没有缴费订单", "灵活就业缴费", "居民养老缴费")
