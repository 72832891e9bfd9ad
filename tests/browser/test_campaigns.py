"""运营 in a real Chromium: from a draft over preview and dry run to the end, and the list for visits, on a desktop and on a phone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import PHONE, Demo
from tests.browser.phone import Desk, Phone, shot

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


async def _fits(page: Page) -> None:
    """Nothing is wider than the window."""
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} px too wide"


async def test_a_campaign_from_the_draft_to_its_end(running: Demo, page: Page, console: Page) -> None:
    """Wrong words are told while they are typed; the progress page draws itself anew; the reminder is on the phone."""
    phone, desk = Phone(page, running), Desk(console, running)
    person = await phone.take("认证到期日")
    await phone.follow()
    await phone.types("登录")
    await phone.logs_in(person)
    await desk.signs_in("yunying")
    await console.get_by_role("link", name="提醒", exact=True).click()
    await expect(console.locator("h1")).to_have_text("提醒")
    await shot(console, "campaigns")
    await console.get_by_role("link", name="新建提醒计划").click()
    await console.get_by_label("名称").fill("浏览器里的计划")
    for region in ("北京", "滨州", "济南"):
        await console.get_by_label(region).check()
    today = running.clock.now().date()
    await console.get_by_label("认证期限从").fill((today - timedelta(days=90)).isoformat())
    await console.get_by_label("到", exact=True).fill((today + timedelta(days=90)).isoformat())
    hint = console.locator("#hint")
    await hint.fill("这一句提示语写得实在太长了一点所以不行吧")
    await expect(console.locator("#hint + .ca-count")).to_have_text("20 / 20 字")
    await hint.fill("这一句提示语写得实在太长了一点所以不行吧啊")
    await expect(console.locator("#hint + .ca-count")).to_have_text("超出 1 个字")
    await console.get_by_role("button", name="存成草稿").click()
    await expect(console.locator("#hint-error")).to_contain_text("最多 20 个字，现在是 21 个")
    await hint.fill("请尽快认证，谢谢您")
    await console.locator("#sms").fill("{name}，请在{due}前认证")
    await expect(console.locator("#sms + .ca-count")).to_contain_text("按 1 条短信计费")
    await shot(console, "campaign-form")
    for channel in ("短信", "订阅通知", "家人的微信"):  # who has no chat goes to the list for visits at once
        await console.get_by_label(channel, exact=True).uncheck()
    await console.get_by_role("button", name="数一数有多少人").click()
    await expect(console.locator("#counted h2")).to_contain_text(re.compile(r"现在符合条件的有 \d+ 人"))
    await console.get_by_role("button", name="存成草稿").click()
    await expect(console.locator("h1")).to_have_text("浏览器里的计划")
    await shot(console, "campaign-draft")
    await console.get_by_role("link", name="预览").click()
    await expect(console.locator("#card-template")).to_contain_text("养老待遇资格认证")
    await shot(console, "campaign-preview")
    await console.get_by_role("link", name="返回").click()
    await console.get_by_role("link", name="试算").click()
    await expect(console.locator("main")).to_contain_text("什么都没有发")
    await console.get_by_role("link", name="返回").click()
    await console.get_by_text("开始…").click()
    await console.get_by_role("button", name="开始", exact=True).click()
    await expect(console.locator("#moment")).to_contain_text("100%")
    await expect(console.locator("#outcomes svg rect.listed").first).to_be_attached()
    await shot(console, "campaign-progress")
    await expect(console.locator("#outcomes tbody tr").first).to_be_visible()
    await console.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await _fits(console)
    await shot(console, "campaign-progress-phone")
    await phone.hears("请尽快认证，谢谢您")


async def test_the_list_for_visits(running: Demo, console: Page) -> None:
    """The demo's finished campaign: somebody is marked as visited, the rest is taken home as a workbook; on a phone it all fits."""
    desk = Desk(console, running)
    await desk.signs_in("yunying")
    await console.goto(f"{desk.base}campaigns")
    for path in ("campaigns", "campaigns/new", "campaigns/visits", "campaigns/visits?done=1", "campaigns/doubtful"):
        await console.set_viewport_size(PHONE)  # type: ignore[arg-type]
        await console.goto(f"{desk.base}{path}")
        await _fits(console)
        await shot(console, f"phone-{re.sub('[^a-z0-9]+', '-', path)}")
    await console.goto(f"{desk.base}campaigns/visits?done=1")
    await expect(console.locator("main")).to_contain_text("汪*来")
    await console.set_viewport_size({"width": 1280, "height": 900})
    await console.goto(f"{desk.base}campaigns/visits")
    await shot(console, "visits")
    row = console.locator("tr", has_text="廖*香")
    await row.get_by_label("廖*香 的上门结果").fill("已上门，帮老人认证了")
    await row.get_by_role("button", name="已上门").click()
    await expect(console.locator("main")).to_contain_text("记好了")
    await expect(console.locator("table")).not_to_contain_text("廖*香")
    await console.get_by_text("导出 Excel…").click()
    await console.get_by_label("为什么导出").fill("九月上门")
    async with console.expect_download() as waiting:
        await console.get_by_role("button", name="导出", exact=True).click()
    download = await waiting.value
    assert download.suggested_filename.endswith(".xlsx")
    assert download.suggested_filename.startswith("上门名单")
