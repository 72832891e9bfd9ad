"""Orders on their pages: what it costs, 确认缴费, paying, 作废, the receipt, and whose they are (BZ-23 … BZ-26)."""

from __future__ import annotations

import asyncio
import json
import re
from decimal import Decimal

from bot.pages.shell import csrf_token
from handlers.orders.payments import Payment
from storage.ports.records import Order, OrderStatus
from tests.pages.test_forms import errors
from tests.pages.test_shell import Outline
from tests.pages.world import ANN, BEN, Answer, Browser, World, later

BANK = "示例银行"
GOOD = {"start": "2024-07", "end": "2024-08", "insurance": "养老和医疗", "base": "4500"}
"""李秀英 of 滨州 has 养老 until 2024-06; two months at 4,500.00: 20 % → 1,800.00 and 8 % → 720.00, in all 2,520.00."""


async def order_form(world: World, openid: str = BEN, kind: str = "flexible", **said: str) -> str:
    """The path of a fresh link to the form of an order."""
    person = world.ids.jianguo if openid == ANN else world.ids.xiuying
    async with world.store.transaction() as tx:
        url = await world.links.page(tx, openid, {**said, "page": "order_form", "kind": kind, "person": str(person)})
    return "/p/" + url.rpartition("/")[2]


async def order_link(world: World, order_no: str, openid: str = BEN) -> str:
    async with world.store.transaction() as tx:
        return "/p/" + (await world.links.page(tx, openid, {"page": "order", "order": order_no})).rpartition("/")[2]


async def orders(world: World) -> tuple[Order, ...]:
    async with world.store.reading() as tx:
        return await tx.orders.of_person(world.ids.xiuying)


async def made(world: World, browser: Browser) -> tuple[str, Answer]:
    """An order, from the form to its page; the path of the page and the page itself."""
    path = await order_form(world)
    quote = await browser.fill(path, await browser.get(path), **GOOD)
    page = await browser.post(f"{path}/make", quote.form("make"))
    found = re.search(r'action="(/p/[\w-]{32})/confirm"', page.text)
    assert found, page.words
    return found[1], page


async def confirmed(world: World, browser: Browser) -> tuple[str, Answer]:
    path, page = await made(world, browser)
    return path, await browser.post(f"{path}/confirm", {"csrf": page.csrf, "bank": BANK})


async def test_what_it_costs_before_anything_is_made(world: World) -> None:
    """The preview shows amount and how it came about, and whose figures count; nothing is stored yet, and 修改 keeps everything."""
    browser, path = world.browser(), await order_form(world)
    quote = await browser.fill(path, await browser.get(path), **GOOD)
    for expected in ("2,520.00 元", "1,800.00 元", "720.00 元", "共 2 个月", "以经办机构公布的为准"):
        assert expected in quote.words
    assert await orders(world) == ()
    again = await browser.post(f"{path}/fill", {**quote.form("fill"), "act": "edit"})
    assert again.status == 200
    assert 'value="2024-07"' in again.text
    assert 'value="养老和医疗" checked' in again.text
    assert not errors(again)


async def test_the_way_to_a_receipt(world: World) -> None:
    """下一步, 确认缴费 with a bank, 立即支付, the payment system's own answer, 缴费成功, 缴费凭证."""
    browser = world.browser()
    path, page = await made(world, browser)
    for expected in ("请核对后确认", "2,520.00 元", BANK, "作废", "2 小时"):
        assert expected in page.words
    page = await browser.post(f"{path}/confirm", {"csrf": page.csrf, "bank": BANK})
    assert "等待支付" in page.words
    assert "立即支付" in page.words
    assert "返回会作废本订单" in page.words
    given = await browser.get(f"{path}/pay")
    assert given.headers["Content-Type"].startswith("application/json")
    assert json.loads(given.text) == {"bridge": {"appId": "wx0", "package": "prepay_id=wx-1", "paySign": "signed"}}
    assert json.loads((await browser.get(f"{path}/state")).text) == {"state": "confirmed"}
    assert "缴费成功" not in (await browser.get(path)).words
    (order,) = await orders(world)
    world.cashier.said[order.order_no] = Payment(order.order_no, "SUCCESS", Decimal("2520.00"), "t-1", world.clock.now())
    assert json.loads((await browser.get(f"{path}/state")).text) == {"state": "paid"}
    paid = await browser.get(path)
    assert "缴费成功" in paid.words
    receipt = await browser.post(f"{path}/receipt", {"csrf": paid.csrf})
    assert "打开 PDF" in receipt.words
    assert (await orders(world))[0].status is OrderStatus.PAID


async def test_the_phones_word_is_no_payment(world: World) -> None:
    """A payment of another amount, or one that is not finished, is never 缴费成功; nor is asking for the state a hundred times."""
    browser = world.browser()
    path, _ = await confirmed(world, browser)
    (order,) = await orders(world)
    for said in (
        None,
        Payment(order.order_no, "USERPAYING", Decimal("2520.00")),
        Payment(order.order_no, "NOTPAY", Decimal("2520.00")),
    ):
        if said:
            world.cashier.said[order.order_no] = said
        for _ in range(3):
            assert json.loads((await browser.get(f"{path}/state")).text) == {"state": "confirmed"}
    assert "下载缴费凭证" not in (await browser.get(path)).words
    await browser.post(f"{path}/receipt", {"csrf": (await browser.get(f"{path}?back=1")).csrf})
    assert (await orders(world))[0].status is OrderStatus.CONFIRMED


async def test_wrong_answers_stand_at_their_questions(world: World) -> None:
    """Each with its own sentence, the focus on the first, what was typed still there; a problem of the whole stands on top."""
    browser, path = world.browser(), await order_form(world)
    page = await browser.get(path)
    wrong = await browser.fill(path, page, start="2024-09", end="去年冬天", insurance="养老", base="100")
    assert wrong.status == 422
    found = errors(wrong)
    assert set(found) == {"end", "base"}
    assert "4,000 到 20,000 元" in found["base"]
    assert 'value="去年冬天"' in wrong.text
    (focus,) = re.findall(r"<input[^>]*autofocus[^>]*>", wrong.text)
    assert 'id="f-end"' in focus
    back = await browser.fill(path, page, **{**GOOD, "start": "2024-08", "end": "2024-07"})
    assert "早" in errors(back)["end"]
    empty = await browser.fill(path, page)
    assert set(errors(empty)) == {"start", "end", "insurance", "base"}
    assert all("回复" not in sentence and "请发" not in sentence for sentence in errors(empty).values())
    paid = await browser.fill(path, page, **{**GOOD, "start": "2024-05", "insurance": "养老"})
    assert paid.status == 422
    assert re.search(r'role="alert" id="(?:problem|summary)"', paid.text)
    assert await orders(world) == ()


async def test_pressed_twice_makes_one(world: World) -> None:
    """Five presses of one preview are one order; another preview for the same months leads to the order that is in the way."""
    browser, path = world.browser(), await order_form(world)
    quote = await browser.fill(path, await browser.get(path), **GOOD)
    answers = await asyncio.gather(*(browser.post(f"{path}/make", quote.form("make")) for _ in range(5)))
    assert {answer.status for answer in answers} == {200}
    (order,) = await orders(world)
    assert all(order.order_no in answer.words for answer in answers)
    second = await browser.fill(path, await browser.get(path), **GOOD)
    assert second.status == 422
    assert "去看没有付的订单" in second.words
    there = await browser.post(f"{path}/order", {"csrf": second.csrf, "order": order.order_no})
    assert "确认缴费" in there.words
    assert order.order_no in there.words


async def test_a_bank_has_to_be_chosen(world: World) -> None:
    """None, or one that is not in the list: a sentence, and the order waits; confirmed twice it is confirmed."""
    browser = world.browser()
    path, page = await made(world, browser)
    for bank in ("", "别的银行", "<script>"):
        refused = await browser.post(f"{path}/confirm", {"csrf": page.csrf, "bank": bank})
        assert refused.status == 422
        assert "请先选择缴费银行" in refused.words
        assert "<script>" not in refused.text.replace('<script src="', "")
    assert (await orders(world))[0].status is OrderStatus.PENDING
    for _ in range(2):
        assert "等待支付" in (await browser.post(f"{path}/confirm", {"csrf": page.csrf, "bank": BANK})).words
    assert (await orders(world))[0].bank == BANK


async def test_going_back_warns_and_voids(world: World) -> None:
    """返回 asks first; looking at the warning changes nothing, its button voids, and a void order says so for good."""
    browser = world.browser()
    path, _ = await confirmed(world, browser)
    warning = await browser.get(f"{path}?back=1")
    assert "返回会作废本订单" in warning.words
    assert (await orders(world))[0].status is OrderStatus.CONFIRMED
    for _ in range(2):
        void = await browser.post(f"{path}/void", {"csrf": warning.csrf})
        assert "已作废" in void.words
    assert "立即支付" not in void.words
    assert "重新下单：回到公众号，说“灵活就业缴费”" in void.words
    assert void.words.count("示例数字") == 1
    assert (await browser.get(f"{path}/pay")).status == 503
    late = await browser.post(f"{path}/confirm", {"csrf": warning.csrf, "bank": BANK})
    assert late.status == 422
    assert "已经作废" in late.words
    assert "返回会作废" not in (await browser.get(f"{path}?back=1")).words


async def test_what_is_paid_is_not_void(world: World) -> None:
    """Paid a moment before 作废 is pressed: it stays paid, and the page says so."""
    browser = world.browser()
    path, _ = await confirmed(world, browser)
    warning = await browser.get(f"{path}?back=1")
    (order,) = await orders(world)
    world.cashier.said[order.order_no] = Payment(order.order_no, "SUCCESS", Decimal("2520.00"), "t-1", world.clock.now())
    answer = await browser.post(f"{path}/void", {"csrf": warning.csrf})
    assert answer.status == 422
    assert "已经缴费成功，不能作废" in answer.words
    assert (await orders(world))[0].status is OrderStatus.PAID


async def test_payment_is_away(world: World) -> None:
    """When the payment system does not answer, 立即支付 says that nothing was taken; the order waits."""
    browser = world.browser()
    path, _ = await confirmed(world, browser)
    world.cashier.away = True
    answer = await browser.get(f"{path}/pay")
    assert answer.status == 503
    assert "没有被扣钱" in json.loads(answer.text)["sentence"]
    assert json.loads((await browser.get(f"{path}/state")).text) == {"state": "confirmed"}


async def test_too_late_to_pay(world: World) -> None:
    """After two hours the page offers nothing to press; what is posted from an old tab gets the sentence."""
    browser = world.browser()
    _, page = await made(world, browser)
    (order,) = await orders(world)
    world.clock.advance(later(121))
    fresh = await order_link(world, order.order_no)
    late = await browser.get(fresh)
    assert "已过付款时间" in late.words
    assert "确认缴费" not in late.words
    csrf = page.csrf
    assert (await browser.post(f"{fresh}/confirm", {"csrf": csrf, "bank": BANK})).status == 403


async def test_another_persons_order_looks_like_none(world: World) -> None:
    """Every address of BEN's order under ANN's link, under a stranger's browser, under numbers that are none: the common 404 (S11)."""
    browser = world.browser()
    path, page = await made(world, browser)
    (order,) = await orders(world)
    unknown = await world.browser().get("/p/" + "A" * 32)
    thief = world.browser()
    foreign = await order_link(world, order.order_no, ANN)
    assert (await thief.get(foreign)).body == unknown.body
    for action in ("confirm", "void", "receipt", "fill", "make"):
        for address in (path, foreign):
            answer = await thief.post(f"{address}/{action}", {"csrf": page.csrf, "bank": BANK})
            assert answer.status in (403, 404)
    for look in ("pay", "state"):
        assert (await thief.get(f"{path}/{look}")).body == unknown.body
        assert (await thief.get(f"{foreign}/{look}")).status in (404, 503)
    for number in ("", "D0", order.order_no.lower(), "' OR 1=1 --"):
        assert (await world.browser().get(await order_link(world, number))).status == 404
    form = await order_form(world, ANN)
    csrf = (await thief.get(form)).text
    assert "现在办不了" in csrf
    assert (await orders(world))[0].status is OrderStatus.PENDING
    await world.unbind(BEN)
    assert (await browser.get(path)).status == 404
    assert (await browser.post(f"{path}/confirm", {"csrf": page.csrf, "bank": BANK})).status == 404
    assert (await orders(world))[0].status is OrderStatus.PENDING


async def test_buttons_need_our_own_token(world: World) -> None:
    """Without the token nothing is confirmed, void or made; GET on those addresses leads back to the page."""
    browser = world.browser()
    path, _ = await made(world, browser)
    for action in ("confirm", "void", "receipt"):
        assert (await browser.post(f"{path}/{action}", {"bank": BANK, "csrf": "0" * 64})).status == 403
        assert "确认缴费" in (await browser.get(f"{path}/{action}")).words
    form = await order_form(world)
    quote = await browser.fill(form, await browser.get(form), start="2024-09", end="2024-09", insurance="医疗", base="4500")
    assert (await browser.post(f"{form}/make", {**quote.form("make"), "csrf": ""})).status == 403
    assert [order.status for order in await orders(world)] == [OrderStatus.PENDING]


async def test_residents_choose_a_tier(world: World) -> None:
    """居民养老: the only year is taken unasked, the tier is chosen, 600.00 is due."""
    browser, path = world.browser(), await order_form(world, kind="resident_pension")
    page = await browser.get(path)
    assert "2026年度" in page.words or "年度" in page.words
    option = re.search(r'name="f.tier" value="(600[^"]*)"', page.text)
    assert option
    quote = await browser.fill(path, page, tier=option[1])
    assert "600.00 元" in quote.words
    made_one = await browser.post(f"{path}/make", quote.form("make"))
    assert "确认缴费" in made_one.words


async def test_a_region_without_orders(world: World) -> None:
    """北京's manual has none: every form says so plainly, when it is opened and when something is posted to it; nothing is made."""
    for kind in ("flexible", "resident_medical"):
        browser, path = world.browser(), await order_form(world, ANN, kind)
        page = await browser.get(path)
        assert "现在办不了" in page.words
        assert "北京的" in page.words
        token = csrf_token(browser.jar[path, "holder"], path.rpartition("/")[2])
        sent = {"csrf": token, "asked": ",".join(GOOD), **{f"f.{name}": value for name, value in GOOD.items()}}
        for action in ("fill", "make"):
            assert "现在办不了" in (await browser.post(f"{path}/{action}", sent)).words
    async with world.store.reading() as tx:
        assert await tx.orders.of_person(world.ids.jianguo) == ()


async def test_what_was_said_in_the_chat_is_filled_in(world: World) -> None:
    """The link carries what the person said already; nothing is blamed before something is pressed."""
    browser, path = world.browser(), await order_form(world, start="2024-07", insurance="养老")
    page = await browser.get(path)
    assert 'value="2024-07"' in page.text
    assert 'value="养老" checked' in page.text
    assert not errors(page)


async def test_one_question_a_screen(world: World) -> None:
    """长辈版 without a script: four screens, each carrying what came before; back with everything there; then the preview."""
    browser, path = world.browser(), await order_form(world)
    page = await browser.get(f"{path}?view=elder")
    assert "第 1 题，共 4 题" in page.words
    wrong = await browser.fill(path, page, start="很久以前")
    assert set(errors(wrong)) == {"start"}
    page = await browser.fill(path, wrong, start="2024-07")
    assert "第 2 题，共 4 题" in page.words
    page = await browser.fill(path, page, end="2024-08")
    page = await browser.fill(path, page, "edit:end")
    assert "第 2 题，共 4 题" in page.words
    assert 'value="2024-08"' in page.text
    page = await browser.fill(path, page)
    page = await browser.fill(path, page, insurance="养老和医疗")
    quote = await browser.fill(path, page, base="4500")
    assert "2,520.00 元" in quote.words


async def test_order_pages_can_be_listened_to_and_are_light(world: World) -> None:
    """Form, wrong form, preview, order, confirmed, warning, void: labels, one h1, no inline script, the simulator's origin only where set."""
    world.bridge_script = "http://127.0.0.1:8090/bridge.js"
    await world.restart()
    browser, form = world.browser(), await order_form(world)
    pages = {"form": await browser.get(form)}
    pages["wrong"] = await browser.fill(form, pages["form"], base="1")
    pages["quote"] = await browser.fill(form, pages["form"], **GOOD)
    pages["order"] = await browser.post(f"{form}/make", pages["quote"].form("make"))
    (order,) = await orders(world)
    path = await order_link(world, order.order_no)
    csrf = (await browser.get(path)).csrf
    pages["confirmed"] = await browser.post(f"{path}/confirm", {"csrf": csrf, "bank": BANK})
    pages["leaving"] = await browser.get(f"{path}?back=1")
    pages["void"] = await browser.post(f"{path}/void", {"csrf": csrf})
    for name, page in pages.items():
        outline = Outline()
        outline.feed(page.text)
        assert outline.headings.count(1) == 1, name
        assert outline.fields <= outline.labels, name
        assert outline.targets <= set(outline.ids), name
        assert len(outline.ids) == len(set(outline.ids)), name
        assert not re.search(r"<style|<script(?![^>]*src=)|\son\w+=|style=", page.text), name
        assert "script-src 'self' http://127.0.0.1:8090; " in page.headers["Content-Security-Policy"], name
        assert page.text.count('src="http') == 1, name
        assert len(page.body) < 60_000, name
