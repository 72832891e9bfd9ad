"""订阅通知 in the phone: the page is opened from the chat, 允许 is tapped, the notice comes as a card; 拒收 ends it."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from bot.demo import SUBSCRIBE_TEMPLATE
from bot.wechat import ApiError
from tests.browser.conftest import Demo
from tests.browser.phone import Phone, shot

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

DATA = {"thing1": "叶*兰", "thing2": "养老待遇资格认证", "date3": "2024-10-31", "thing4": "回复“认证”看怎么办"}


async def _openid(running: Demo) -> str:
    (phone,) = (one for one in running.simulator.world.phones.values() if one.in_browser)
    return phone.openid


async def _left(running: Demo) -> int:
    async with running.product.store.reading() as tx:
        consent = await tx.wishes.consent(await _openid(running), SUBSCRIBE_TEMPLATE)
    return consent.left if consent else 0


async def test_a_notice_is_allowed_and_arrives(page: Page, running: Demo) -> None:
    """From 提醒设置 to the card: the page is let in by its signature, its button asks, 允许 is counted, one notice comes, no second one."""
    phone = Phone(page, running)
    await phone.take("退休，认证到期日")
    await phone.follow()
    await phone.types("提醒设置")
    await phone.taps("订阅微信提醒")
    await phone.hears("再点“允许”")
    await phone.taps("允许微信提醒我")
    web = phone.web
    await expect(web.locator("h1")).to_contain_text("允许认证提醒")
    await expect(web.locator("#left")).to_contain_text("还没有允许提醒")
    button = web.get_by_role("button", name="允许提醒我")
    await expect(button).to_be_visible()
    await expect(web.locator("#otherwise")).to_be_hidden()
    assert await button.evaluate("one => getComputedStyle(one).minHeight") == "64px"
    await shot(page, "19-subscribe")

    await button.click()
    await expect(page.locator(".consent")).to_contain_text("资格认证到期提醒")
    await page.click("#consent-refuse")
    await expect(web.locator("#told")).to_contain_text("您没有允许")
    assert await _left(running) == 0
    await button.click()
    await shot(page, "20-consent")
    await page.click("#consent-allow")
    await expect(web.locator("#told")).to_contain_text("好了")
    assert await _left(running) == 1
    await phone.closes_page()

    openid = await _openid(running)
    assert await running.product.api.send_subscribe(openid, SUBSCRIBE_TEMPLATE, DATA)
    card = page.locator('#log .card[data-channel="subscribe"]')
    await expect(card).to_contain_text("养老待遇资格认证")
    await shot(page, "21-notice")
    with pytest.raises(ApiError) as refused:
        await running.product.api.send_subscribe(openid, SUBSCRIBE_TEMPLATE, DATA)
    assert refused.value.errcode == 43101


async def test_what_is_turned_off_in_the_phone_is_gone(page: Page, running: Demo) -> None:
    """通知管理: the switch of the template takes back what was allowed, and the bot knows."""
    phone = Phone(page, running)
    await phone.take("退休，认证到期日")
    await phone.follow()
    openid = await _openid(running)
    await page.request.post(
        f"{running.address}sim/subscribe", data={"openid": openid, "templates": {SUBSCRIBE_TEMPLATE: "accept"}}
    )
    assert await _left(running) == 1
    await page.click("#chat-more")
    await page.click("#info-notices")
    row = page.get_by_role("switch", name="资格认证到期提醒")
    await expect(row).to_contain_text("还可收 1 次")
    async with page.expect_response("**/sim/settings"):
        await row.click()
    await expect(row).to_have_attribute("aria-checked", "false")
    await expect(row).not_to_contain_text("还可收")
    await shot(page, "22-notices")
    await page.click("#manage-done")
    assert await _left(running) == 0


async def test_outside_the_phone_the_page_says_what_else_helps(page: Page, running: Demo) -> None:
    """In a browser that is no WeChat the button stays away, and one sentence tells how else to be reminded."""
    phone = Phone(page, running)
    await phone.take("退休，认证到期日")
    await phone.follow()
    await phone.types("订阅提醒")
    await phone.hears("再点“允许”")
    link = page.locator("#log").get_by_text("允许微信提醒我").last
    address = await link.get_attribute("href")
    assert address
    await page.goto(address)
    await expect(page.locator("#otherwise")).to_contain_text("在公众号里说“提醒设置”，选短信提醒")
    await expect(page.locator("#allow")).to_be_hidden()
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


async def test_a_short_message_is_answered(page: Page, running: Demo) -> None:
    """退订 in answer to a short message, typed beside the phone, reaches the bot through the gateway and is taken."""
    phone = Phone(page, running)
    person = await phone.take("退休，认证到期日")
    words = {"phone": person["phone"], "text": "【社保服务】您的认证快到期了。退订回TD"}
    await page.request.post(f"{running.address}sim/sms", data=words)
    await page.click("#profile-people")
    await expect(page.locator("#sms")).to_contain_text("您的认证快到期了")
    await page.fill("#sms-words", "TD")
    async with page.expect_response("**/sim/sms/reply") as told:
        await page.press("#sms-words", "Enter")
    assert await (await told.value).json() == {"heard": "gateway", "acknowledged": True}
    await expect(page.locator("#sms")).to_contain_text("我回复：TD")


async def test_a_single_choice_is_tapped_like_several(page: Page, running: Demo) -> None:
    """1 回到提醒设置 stands alone under a change, and is a button all the same."""
    phone = Phone(page, running)
    await phone.take("缴费连续，没有断缴")
    await phone.follow()
    await phone.types("每年3月提醒我")
    await phone.hears("每年3月提醒您认证一次")
    await page.locator("#log .choice").get_by_text("1 回到提醒设置").last.click()
    await phone.hears("您的提醒设置")
