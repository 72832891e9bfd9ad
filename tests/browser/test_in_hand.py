"""From one phone to the next: what is typed, heard and read stays with the phone it belongs to."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import window
from tests.browser.stand import MENU, Stand, standing, theirs

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest_asyncio.fixture(loop_scope="session")
async def stand() -> AsyncIterator[Stand]:
    async with standing() as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def desktop(browser: Browser) -> AsyncIterator[Page]:
    async with window(browser, {"width": 1440, "height": 900}) as page:
        yield page


async def test_nothing_goes_over_to_the_next_phone(desktop: Page, stand: Stand) -> None:
    """Words half typed, the notification with a code and the choice to speak stay with the phone; what is read beside is not unread."""
    await stand.open(desktop, "?phone=13900000001")
    mine = stand.openid()
    number = "13900000001"
    await desktop.click("#to-keyboard")
    await desktop.click("#to-voice")
    await desktop.fill("#words", "只写了一半")
    stand.sim.world.text_message(number, "验证码 246810，5分钟内有效")
    await expect(desktop.locator("#copy-code")).to_be_visible()
    await desktop.click("#add-phone")
    await expect(desktop.locator("#profile-who")).to_contain_text("路人")
    await expect(desktop.locator("#banner")).to_be_hidden()
    await desktop.click("#follow")
    await expect(theirs(desktop)).to_have_count(1)
    await desktop.click("#to-keyboard")
    await expect(desktop.locator("#words")).to_have_value("")
    await expect(desktop.locator("#to-voice")).to_have_attribute("aria-pressed", "false")

    await stand.sim.send(mine, {"type": "text", "content": "不在手里"})
    first = desktop.locator("#phones button").first
    await expect(first.locator(".badge")).to_have_text("1")
    await desktop.locator("#sides-chips button").first.click()
    await expect(first.locator(".badge")).to_have_count(0)
    beside = desktop.frame_locator(".side-frame")
    await expect(beside.locator("#log")).to_contain_text("不在手里")
    await stand.sim.send(mine, {"type": "text", "content": "就在旁边"})
    await expect(beside.locator("#log")).to_contain_text("就在旁边")
    await expect(first.locator(".badge")).to_have_count(0)

    await first.click()
    await expect(desktop.locator("#words")).to_have_value("只写了一半")


async def test_a_tool_given_up_gives_the_keyboard_back(desktop: Page, stand: Stand) -> None:
    """Escape in the picker of places: the next key is heard by the button that opened the tools."""
    await stand.open(desktop)
    await desktop.click("#to-keyboard")
    await desktop.click("#to-tools")
    await desktop.locator("#tool-place").press("Enter")
    await desktop.get_by_role("dialog", name="发送位置").wait_for()
    await desktop.keyboard.press("Escape")
    await expect(desktop.locator("#to-tools")).to_be_focused()


async def test_a_new_menu_leaves_the_keyboard_where_it_is(desktop: Page, stand: Stand) -> None:
    """The account changes its menu while somebody has the line in hand: it is there behind the keyboard, and typing goes on."""
    await stand.open(desktop)
    await desktop.click("#to-keyboard")
    await stand.call(desktop, "menu/create", {"button": [*MENU["button"][:2], {"type": "click", "name": "新的", "key": "K9"}]})
    await expect(desktop.locator("#tops")).to_contain_text("新的")
    await expect(desktop.locator("#words")).to_be_focused()
    await desktop.click("#to-menu")
    await expect(desktop.get_by_role("button", name="新的")).to_be_visible()
