"""Pages in the hands of somebody who enlarges them: twice over on a phone, or with larger letters in the whole browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from handlers.documents import Renderer
from tests.browser.conftest import window
from tests.documents import samples
from tests.pages.wide import HEADS, PENSION
from tests.pages.world import World

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
TWICE = {"width": 195, "height": 422}
PHONE = {"width": 390, "height": 844}
OVER = "document.documentElement.scrollWidth - window.innerWidth"
TORN = """Array.from(document.querySelectorAll(".rows tbody th:not([colspan])"), (one) => one.firstChild).filter((one) => {
    const range = document.createRange();
    range.selectNodeContents(one);
    return one.data.length === 2 && new Set(Array.from(range.getClientRects(), (box) => Math.round(box.top))).size > 1;
}).length"""
"""Names of two letters that stand one below the other."""


@pytest_asyncio.fixture(loop_scope="session")
async def world(tmp_path: Path, renderer: Renderer) -> AsyncIterator[World]:
    made = World(tmp_path, renderer)
    made.answers.statements["wide"] = samples.statement(samples.long_table(60))
    made.answers.statements["heads"], made.answers.statements["pension"] = samples.statement(HEADS), samples.statement(PENSION)
    await made.start()
    yield made
    await made.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    async with window(browser, TWICE) as made:
        yield made


async def test_enlarged_pages_do_not_move_sideways(page: Page, world: World) -> None:
    """At 200 % on a phone of 390, and with the browser's letters twice as large, the page is no wider than the window; the letters are indeed twice as large."""
    root = str(world.server.make_url("/")).rstrip("/")
    devtools = await page.context.new_cdp_session(page)
    for path in (
        await world.page_link(),
        f"{await world.page_link(sample='wide')}?f=50",
        await world.page_link(sample="heads"),
        await world.page_link(query="pension", sample="pension"),
    ):
        await page.set_viewport_size(TWICE)  # type: ignore[arg-type]
        await page.goto(f"{root}{path}")
        assert (await page.evaluate(OVER), await page.evaluate(TORN)) == (0, 0), path
        await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        assert await page.evaluate("getComputedStyle(document.body).fontSize") == "19px"
        await devtools.send("Page.setFontSizes", {"fontSizes": {"standard": 32}})
        assert await page.evaluate("getComputedStyle(document.body).fontSize") == "38px"
        assert (await page.evaluate(OVER), await page.evaluate(TORN)) == (0, 0), path
        await devtools.send("Page.setFontSizes", {"fontSizes": {"standard": 16}})
