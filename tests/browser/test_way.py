"""The way of the product, once, as a person walks it: follow, log in, ask, read, download, scan, verify, report lost, progress, reminder."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Demo
from tests.browser.phone import Phone, shot

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


async def test_from_following_to_a_verified_document(page: Page, running: Demo) -> None:
    """Follow, 查去年的养老缴费, log in by SMS, read the answer, open the page, get the PDF, scan its QR code, see the original form."""
    phone = Phone(page, running)
    person = await phone.take("缴费连续，没有断缴")
    await shot(page, "1-profile")
    await phone.follow()
    await shot(page, "2-welcome")
    await phone.types("查去年的养老缴费")
    await phone.hears("您同意吗")
    await phone.types("同意")
    await phone.hears("请发您在社保登记的手机号")
    await phone.types(person["phone"])
    await expect(page.locator("#copy-code")).to_be_visible()
    await shot(page, "3-sms")
    await phone.takes_code_from_sms()
    await phone.hears("后四位")
    await phone.types(person["id_last4"])
    await phone.hears("养老保险缴了")
    await shot(page, "4-answer")

    await phone.taps("查看明细")
    await expect(phone.web.locator("h1")).to_contain_text("养老保险缴费信息")
    await expect(phone.web.locator("body")).to_contain_text("缴费明细")
    await shot(page, "5-page")
    await phone.web.get_by_role("button", name="下载 PDF").click()
    await expect(phone.web.locator("body")).to_contain_text("校验码")
    for line in await phone.web.locator(".numbers dd").all():
        number, button = await line.locator(".code").bounding_box(), await line.locator("button.copy").bounding_box()
        assert number is not None
        assert button is not None
        assert number["height"] < 40, "a number is not broken"
        assert button["y"] < number["y"] + number["height"], "its button stands beside it"
    await shot(page, "6-document")
    await phone.web.get_by_role("link", name="打开 PDF").click()
    await expect(page.locator("#doc img").first).to_be_visible()
    await shot(page, "7-pdf")

    await page.click("#doc-scan")
    await expect(phone.web.locator("body")).to_contain_text("权益单校验成功")
    await expect(phone.web.locator("body")).to_contain_text(f"{person['name'][0]}*")
    await expect(phone.web.locator("img").first).to_be_visible()
    await shot(page, "8-verified")


async def test_from_a_lost_card_to_its_progress(page: Page, running: Demo) -> None:
    """滨州: 社保卡丢了, yes, code, done; how far is it."""
    phone = Phone(page, running)
    everybody = await (await page.request.get(f"{running.address}sim/people?region=binzhou")).json()
    person = next(one for one in everybody if one["phone"] and "挂失" in one["shows"] and "已挂失" not in one["shows"])
    await page.goto(f"{running.address}?phone={person['phone']}")
    await phone.follow()
    await phone.types("我的社保卡不见了")
    await phone.hears("您在哪里参保")
    await phone.taps("滨州")
    await phone.hears("您同意吗")
    await phone.types("同意")
    await phone.hears("请发您在社保登记的手机号")
    await phone.types(person["phone"])
    await phone.takes_code_from_sms()
    await phone.hears("后四位")
    await phone.types(person["id_last4"])
    await phone.hears("确认挂失")
    running.clock.advance(61)
    await phone.types("确认挂失")
    await phone.hears("验证码已发到您的预留手机")
    await phone.takes_code_from_sms()
    await phone.hears("挂失成功")
    await shot(page, "9-lost")
    await phone.types("办到哪一步了")
    await phone.hears("处理结束")


async def test_a_retiree_is_reminded_and_sees_the_own_date(page: Page, running: Demo) -> None:
    """The daily job reminds by template message; the chat says until when and how. 叶秀兰 is due in a week, whatever day it is."""
    phone = Phone(page, running)
    person = await phone.take("养老金和职业年金由两家代发")
    await phone.follow()
    await phone.types("登录")
    await phone.hears("您同意吗")
    await phone.types("同意")
    await phone.hears("请发您在社保登记的手机号")
    await phone.types(person["phone"])
    await phone.takes_code_from_sms()
    await phone.hears("后四位")
    await phone.types(person["id_last4"])
    await phone.hears("登录成功")
    await phone.types("我的认证到什么时候")
    await phone.hears("为止")
    await page.request.post(f"{running.address}sim/clock", data={"advance_s": 86400})
    await expect(page.locator("#log .card")).to_be_visible()
    await shot(page, "10-reminder")


async def test_every_public_page_is_readable_on_a_small_screen(page: Page, running: Demo) -> None:
    """Nothing is wider than the phone; wrong input gets a sentence; without JavaScript the form works as well."""
    base = running.product.config.server.public_url
    await page.goto(f"{base}/v")
    await page.get_by_label("查询流水号").fill("2024 0912 1111 1111 11")
    await page.get_by_label("校验码").fill("AAAA-AAAA-AAAA")
    await page.get_by_role("button", name="校验").click()
    await expect(page.locator("body")).to_contain_text("流水号或校验码有误")
    for address in (f"{base}/v", f"{base}/p/nothing", f"{base}/d/nothing"):
        await page.goto(address)
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
