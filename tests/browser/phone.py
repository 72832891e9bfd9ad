"""The phone in the browser, and the console's window, in people's hands."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import FrameLocator, Page, expect

from tests.browser.conftest import SHOTS, Demo


async def shot(page: Page, name: str) -> None:
    """A picture for the README, when a folder is named in SCREENSHOTS."""
    if SHOTS:
        await page.wait_for_timeout(400)
        await page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), scale="css")


class Phone:
    """The phone in the browser, in a person's hand."""

    def __init__(self, page: Page, demo: Demo) -> None:
        self.page = page
        self.demo = demo

    async def take(self, shows: str) -> dict[str, str]:
        """Take the phone of the first demo person whose description has these words."""
        everybody = await (await self.page.request.get(f"{self.demo.address}sim/people")).json()
        person: dict[str, str] = next((one for one in everybody if shows in one["shows"]), {})
        assert person, shows
        await self.page.goto(f"{self.demo.address}?phone={person['phone']}")
        return person

    async def follow(self) -> None:
        await self.page.click("#follow")
        await self.hears("您好，这里是社保服务")

    async def hears(self, text: str) -> None:
        """The newest bubbles say it."""
        await expect(self.page.locator("#log")).to_contain_text(text)

    async def types(self, text: str) -> None:
        if not await self.page.locator("#words").is_visible():
            await self.page.click("#to-keyboard")
        await self.page.fill("#words", text)
        await self.page.press("#words", "Enter")

    async def takes_code_from_sms(self) -> None:
        """Tap 复制验证码 on the notification and send it."""
        await self.page.click("#copy-code")
        await self.page.press("#words", "Enter")

    async def taps(self, label: str) -> None:
        """Tap the newest link or choice of that name."""
        await self.page.locator("#log").get_by_text(label).last.click()

    @property
    def web(self) -> FrameLocator:
        return self.page.frame_locator("#web-frame")

    async def logs_in(self, person: dict[str, str]) -> None:
        """The rest of a log-in that has asked for consent."""
        await self.hears("您同意吗")
        await self.types("同意")
        await self.hears("请发您在社保登记的手机号")
        await self.types(person["phone"])
        await self.takes_code_from_sms()
        await self.hears("后四位")
        await self.types(person["id_last4"])

    async def closes_page(self) -> None:
        """Back to the conversation."""
        await self.page.click("#web-close")


class Desk:
    """A member of staff at the console."""

    def __init__(self, page: Page, demo: Demo) -> None:
        self.page = page
        self.base = f"{demo.product.config.server.public_url}/console/"

    async def signs_in(self, login: str) -> None:
        """With what the demo shows beside the form."""
        await self.page.goto(f"{self.base}sign-in")
        await self.page.locator(f'button[data-fill^="{login}|"]').click()
        await self.page.get_by_role("button", name="登录").click()
        await expect(self.page.locator("nav").first).to_be_visible()

    async def signs_out(self) -> None:
        await self.page.get_by_role("button", name="退出").first.click()
        await expect(self.page.get_by_label("登录名")).to_be_visible()

    async def finds(self, case_no: str) -> None:
        """Look a case up by its number."""
        await self.page.goto(self.base)
        await self.page.fill("#what", case_no)
        await self.page.get_by_role("button", name="查找").click()
        await expect(self.page.locator("body")).to_contain_text(case_no)
