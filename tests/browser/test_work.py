"""Two windows: the phone and the console. A card is replaced, a card is reported lost, contributions are paid, down to the last push."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Demo
from tests.browser.phone import Desk, Phone, shot

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


async def _case_no(page: Page) -> str:
    """The newest 业务流水号 in the conversation."""
    found: list[str] = re.findall(r"流水号[\s：]*(\d{15})", await page.locator("#log").inner_text())
    return found[-1]


async def test_a_card_is_replaced_from_the_chat_through_the_console(  # noqa: PLR0915 - one way, step by step
    page: Page, console: Page, running: Demo
) -> None:
    """北京: the card is broken; form, photo page, check, fee, review, making, fetching, mark — each step reaches the phone."""
    phone, desk = Phone(page, running), Desk(console, running)
    person = await phone.take("缴费连续，没有断缴")
    await phone.follow()
    await phone.types("社保卡坏了")
    await phone.hears("3 济南")
    await phone.taps("1 北京")
    await phone.hears("工本费20元，四个工作日后领卡")
    await phone.taps("读卡机不能读")
    await phone.logs_in(person)
    await phone.taps("去办理社会保障卡补换卡")
    form = phone.web
    await expect(form.locator("h1")).to_contain_text("社会保障卡补换卡")
    await form.get_by_role("button", name="下一步").last.click()
    await expect(form.locator(".alert")).to_contain_text("其他内容都留着")
    await form.get_by_label("网点自取").check()
    await form.locator('input[name="f.outlet"]').first.check()
    await shot(page, "11-form")
    await form.get_by_role("button", name="下一步").last.click()
    await expect(form.locator("body")).to_contain_text("原卡照片")
    await form.get_by_role("link", name="下一步").click()
    await expect(form.locator("body")).to_contain_text("请核对")
    await form.get_by_role("checkbox").check()
    await shot(page, "12-check")
    await form.get_by_role("button", name="确认提交").click()
    await expect(form.locator("body")).to_contain_text("20.00 元")
    await form.get_by_role("button", name="确认缴费").click()
    await form.get_by_role("button", name="立即支付").click()
    await shot(page, "13-cashier")
    await page.click("#cashier-pay")
    await page.click("#cashier-done")
    await expect(form.locator("#state")).to_contain_text("缴费成功")
    await phone.closes_page()
    await phone.hears("正在等待审核")
    number = await _case_no(page)

    await desk.signs_in("shenhe")
    await shot(console, "14-queue")
    await desk.finds(number)
    await shot(console, "15-case")
    await console.locator('form[action*="/approve"] button.primary').click()
    await expect(console.locator("body")).to_contain_text("已通过")
    await phone.hears("申请通过了，正在制卡")
    await desk.signs_out()

    await desk.signs_in("shouli")
    await desk.finds(number)
    await console.locator('form[action*="/stage_over"] button.primary').click()
    await expect(console.locator("body")).to_contain_text(number)
    await phone.hears("您的新社保卡做好了，请带本人有效身份证件原件到示例")
    await shot(page, "16-ready")

    await phone.types("领卡证明")
    await phone.hears("《新发与补[换]社会保障卡领卡证明》已经生成")
    await phone.types("进度")
    await phone.hears("1 已经领到了")
    await phone.taps("1 已经领到了")
    await phone.hears("对吗")
    await phone.taps("1 领到了")
    await phone.hears("新社保卡已经领取")
    await phone.hears("请您评价这次服务")
    await phone.types("评价5")
    await phone.hears("谢谢您的评价")


async def test_a_lost_card_is_found_again_and_the_console_sees_both(page: Page, console: Page, running: Demo) -> None:
    """滨州: 挂失 by SMS code, then 解挂; each is a finished case that the counter finds by its number, masked."""
    phone, desk = Phone(page, running), Desk(console, running)
    person = await phone.take("缴费连续，社保卡可以挂失")
    await phone.follow()
    await phone.types("社保卡丢了")
    await phone.hears("2 滨州")
    await phone.taps("2 滨州")
    await phone.logs_in(person)
    await phone.hears("1 确认挂失")
    running.clock.advance(61)
    await phone.types("1")
    await phone.hears("验证码已发到您的预留手机")
    await phone.takes_code_from_sms()
    await phone.hears("挂失成功")
    lost = await _case_no(page)
    await phone.types("解挂")
    running.clock.advance(61)
    await phone.types("1")
    await phone.hears("验证码已发到")
    await phone.takes_code_from_sms()
    await phone.hears("解挂成功")
    await shot(page, "17-found")
    await desk.signs_in("shouli")
    await desk.finds(lost)
    await expect(console.locator("body")).to_contain_text("社保卡挂失")
    await expect(console.locator("body")).not_to_contain_text(person["phone"])


async def test_contributions_are_paid_and_a_wrong_payment_goes_back(page: Page, console: Page, running: Demo) -> None:
    """滨州 灵活就业: one month of pension at base 5000.00 and 20 % is 1,000.00 元. A payment of one 分 more is no payment: the staff send it back and the phone hears of it."""
    phone, desk = Phone(page, running), Desk(console, running)
    person = await phone.take("有刷卡记录")
    await phone.follow()
    await phone.types("灵活就业缴费")
    await phone.hears("2 滨州")
    await phone.taps("2 滨州")
    await phone.logs_in(person)
    await phone.taps("去个体人员缴费")
    form = phone.web
    month = f"{running.clock.now():%Y-%m}"
    await form.get_by_label("起始年月").fill(month)
    await form.get_by_label("终止年月").fill(month)
    await form.get_by_label("养老", exact=True).check()
    await form.get_by_label("缴费基数").fill("300")
    await form.get_by_role("button", name="看看要缴多少").click()
    await expect(form.locator(".alert")).to_contain_text("缴费基数")
    await form.get_by_label("缴费基数").fill("5000")
    await form.get_by_role("button", name="看看要缴多少").click()
    await expect(form.locator("body")).to_contain_text("1,000.00")
    await shot(page, "18-quote")
    await form.locator("button.primary").click()
    await form.get_by_role("radio").first.check()
    await form.get_by_role("button", name="确认缴费").click()
    await page.request.post(f"{running.address}sim/faults", data={"pay": {"mismatched": 1}})
    await form.get_by_role("button", name="立即支付").click()
    await page.click("#cashier-pay")
    await page.click("#cashier-done")
    await phone.closes_page()
    await phone.hears("收到的金额和应缴的不一样")
    await desk.signs_in("shenhe")
    await console.select_option("#f-filing", "refund")
    await console.get_by_role("button", name="筛选").click()
    newest = console.get_by_role("link", name=re.compile(r"^26\d{13}$")).first
    await newest.click()
    await expect(console.locator("body")).to_contain_text("1,000.01")
    await console.locator('form[action*="/approve"] button.primary').click()
    await phone.hears("退费已经核实")
