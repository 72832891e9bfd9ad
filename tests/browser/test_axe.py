"""Every kind of page in real Chromium: axe, sizes, widths, weight, the keyboard, and life without a script."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Set
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Response, expect

from handlers.documents import Renderer
from tests.browser.conftest import PHONE, Demo
from tests.browser.phone import Desk
from tests.browser.sights import ACCOUNT, Sight, declared, prepare, sights
from tests.pages.world import BEN, World

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

HEAVIEST: Final = 150_000
TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOURS: Final = "colours"
PLACES: Final = {"type": "rule", "values": ["target-size", "scrollable-region-focusable"]}
"""What depends on the width alone."""
AXE: Final = (files("axe_playwright_python") / "axe.min.js").read_text()
_RUN: Final = """async ({only, contrast}) => {
    const told = async (exclude, options) => (await axe.run({exclude}, {...options, resultTypes: ["violations"]})).violations
        .map((one) => one.id + ": " + one.nodes.map((node) => node.html).join(" "));
    const looks = (one) => {
        const style = getComputedStyle(one);
        return [one.tagName, style.color, style.backgroundColor, style.backgroundImage, style.opacity, style.fontSize,
            style.fontWeight, style.textShadow].join();
    };
    const alike = [];
    if (contrast) for (const parent of document.querySelectorAll("tbody, ul, ol, dl")) {
        const seen = {};
        for (const child of parent.children) {
            const look = Array.from([child, ...child.querySelectorAll("*")], looks).join(";");
            seen[look] = (seen[look] || 0) + 1;
            if (seen[look] > 2) alike.push(child);
        }
    }
    const colours = {runOnly: {type: "rule", values: ["color-contrast"]}};
    if (only === "colours") return told(alike, colours);
    const rest = {runOnly: only, rules: {"color-contrast": {enabled: contrast && !alike.length}}};
    return [...await told([], rest), ...(alike.length ? await told(alike, colours) : [])];
}"""
"""Colours are its slowest rule. Of rows whose every part looks the same as in two others of their list, it judges those two."""
_SMALL: Final = """(least) => Array.from(document.querySelectorAll("a, button, input, select, textarea, summary"), (one) => {
    const box = one.getBoundingClientRect(), style = getComputedStyle(one);
    const covered = one.matches(".skip, .hidden, .option input, .chip input, .upload input") || !box.width || style.visibility === "hidden";
    return covered || (box.height >= least && box.width >= 24) ? "" : one.outerHTML.slice(0, 120) + " " + box.width + "x" + box.height;
}).filter(Boolean)"""
_TORN: Final = """() => Array.from(document.querySelectorAll("table, dl"), (part) => {
    const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT), torn = [];
    while (walker.nextNode()) for (const found of walker.currentNode.data.matchAll(/[\\d,]+\\.\\d\\d/g)) {
        const range = document.createRange();
        range.setStart(walker.currentNode, found.index);
        range.setEnd(walker.currentNode, found.index + found[0].length);
        if (new Set(Array.from(range.getClientRects()).filter((box) => box.width).map((box) => Math.round(box.top))).size > 1) torn.push(found[0]);
    }
    return torn;
}).flat()"""
"""Figures that stand on more than one line."""
_SHAPE: Final = 'Array.from(document.querySelectorAll("main *"), (one) => one.tagName + one.className + one.role).join()'
_TOO_WIDE: Final = "document.documentElement.scrollWidth - window.innerWidth"


@pytest.fixture
def samples() -> Iterator[None]:
    with declared():
        yield


@pytest_asyncio.fixture(loop_scope="session")
async def world(tmp_path: Path, samples: None, renderer: Renderer) -> AsyncIterator[World]:
    made = World(tmp_path, renderer)
    prepare(made)
    await made.start()
    yield made
    await made.close()


def root(world: World) -> str:
    return str(world.server.make_url("/")).rstrip("/")


async def everything(world: World, *kinds: str) -> AsyncIterator[Sight]:
    """The sights of all these kinds."""
    for kind in kinds:
        async for sight in sights(world, kind):
            yield sight


async def shown(page: Page, world: World, sight: Sight, *, elder: bool) -> None:
    """Go there in that size of type."""
    chosen = f"{'&' if '?' in sight.path else '?'}view={'elder' if elder else 'normal'}"
    answer = await page.goto(f"{root(world)}{sight.path}{chosen}")
    assert answer
    assert answer.status == sight.status, sight.name
    if sight.then is not None and not (elder and sight.name == "quote"):  # its questions come one by one there: test_orders
        await sight.then(page)


async def wide(page: Page, width: int) -> int:
    """By how much the page is wider than the window."""
    await page.set_viewport_size({"width": width, "height": PHONE["height"]})
    over: int = await page.evaluate(_TOO_WIDE)
    return over


async def violations(page: Page, only: str | list[str] | dict[str, Any], *, contrast: bool = True) -> list[str]:
    """What axe has against the page: by tags, by rules, or COLOURS alone; without `contrast` colours are left out, where they have been judged."""
    found: list[str] = await page.evaluate(_RUN, {"only": only, "contrast": contrast})
    return found


FAMILIES: Final = {"statement", "document", "filled", "verify", "log_in", "order"}
"""One page of each family of templates: what somebody who changes them breaks shows in one of these at once, and in `make sweep` in all."""


async def test_a_page_of_every_family(browser: Browser, world: World) -> None:
    """As `test_every_kind_of_page`, of one page each of the records, the papers, the forms, the public pages, the accounts and the orders."""
    assert await judged(browser, world, FAMILIES, "records", "services") == FAMILIES


@pytest.mark.sweep
@pytest.mark.parametrize("kinds", ["records", "services"])
async def test_every_kind_of_page(browser: Browser, world: World, kinds: str) -> None:
    """Normal and 长辈版, light and dark, 390 and 1280: axe finds nothing; no page is wider than 320, no figure torn; targets are 44 high, 56 for elders; a page
    with all it loads is at most 150 kB and asks nobody else."""
    assert len(await judged(browser, world, None, kinds)) >= 10


async def judged(browser: Browser, world: World, only: Set[str] | None, *kinds: str) -> set[str]:
    """Look at the pages of these kinds (of those names, where they are given) as `test_every_kind_of_page` says; their names."""
    context = await browser.new_context(viewport=PHONE, locale="zh-CN")  # type: ignore[arg-type]
    page = await context.new_page()
    await page.route("**/sdk.js", lambda route: route.fulfill(body="", content_type="text/javascript"))  # WeChat's own file
    wrong: list[str] = []
    loaded: list[Response] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))

    def hears(one: Response) -> None:
        loaded.append(one)

    page.on("response", hears)
    seen = set[str]()
    async for sight in everything(world, *kinds):
        if only is not None and sight.name not in only:
            continue
        seen.add(sight.name)
        shape = ""
        for elder in (False, True):
            loaded.clear()
            name = f"{sight.name}{', elder' if elder else ''}"
            await shown(page, world, sight, elder=elder)
            if sight.then is None:
                wrong += [
                    f"{name}: asks {one.url}"
                    for one in loaded
                    if not one.url.startswith((root(world), "data:", "http://127.0.0.1:9/"))
                ]
                weight = sum([(await one.request.sizes())["responseBodySize"] for one in loaded])  # bodies may be gone by now
                wrong += [f"{name}: {weight} bytes"] if weight > HEAVIEST else []
            before, shape = shape, await page.evaluate(_SHAPE)
            if not elder or shape != before:  # of the same elements, larger letters change sizes and widths alone
                await page.evaluate(AXE)
                wrong += [f"{name}: {one}" for one in await violations(page, TAGS, contrast=not elder)]
            wrong += [f"{name}: small {one}" for one in await page.evaluate(_SMALL, 56 if elder else 44)]
            for width in (320, PHONE["width"]):
                wrong += [f"{name}: wider than {width}"] if await wide(page, width) > 0 else []
                wrong += [f"{name}, {width}: {one} on several lines" for one in await page.evaluate(_TORN)]
            if not elder:
                await page.emulate_media(color_scheme="dark")
                wrong += [f"{name}, dark: {one}" for one in await violations(page, COLOURS)]
                await page.emulate_media(color_scheme="light")
                await wide(page, 1280)
                wrong += [f"{name}, 1280: {one}" for one in await violations(page, PLACES, contrast=False)]
                await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await context.close()
    assert wrong == []
    return seen


async def walked(page: Page, most: int = 60) -> list[str]:
    """What Tab comes to, in order, until it leaves the page; each must show that it is there."""
    names: list[str] = []
    for _ in range(most):
        await page.keyboard.press("Tab")
        told = await page.evaluate(
            """() => { const one = document.activeElement; if (!one || one === document.body) return null;
            const seen = one.matches(".option input, .chip input, .upload input") ? one.parentElement.querySelector("label") : one;
            const outlined = getComputedStyle(seen).outlineStyle !== "none" && parseFloat(getComputedStyle(seen).outlineWidth) >= 2;
            return [(one.labels && one.labels[0] || one).innerText || one.value || one.name, outlined]; }"""
        )
        if told is None:
            break
        assert told[1], told[0]
        names.append(re.sub(r"\s+", " ", told[0]).strip())
    return names


async def test_the_keyboard_is_enough(browser: Browser, world: World) -> None:
    """Tab goes through statement and form in reading order, every stop is seen; the skip link skips; space chooses, Enter sends."""
    context = await browser.new_context(viewport=PHONE, locale="zh-CN")  # type: ignore[arg-type]
    page = await context.new_page()
    await page.goto(root(world) + await world.page_link())
    stops = await walked(page)
    assert stops[0] == "跳到正文"
    assert [one.split()[-1] for one in stops[1:3]] == ["深色", "长辈版"]
    assert stops[3:5] == ["下载这份明细", "筛选和查找"]
    assert stops[5].startswith("费款所属期")
    assert stops[-1] == "下载 PDF / Excel"
    await page.goto(root(world) + await world.page_link())
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("找什么")).to_be_visible()
    await page.keyboard.press("Tab")
    await page.keyboard.type("2023-07")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await expect(page.locator("#t1 tbody tr")).to_have_count(1)
    path = await world.filing("card_replace")
    await page.goto(root(world) + path)
    stops = await walked(page)
    assert stops[3:6] == ["卡丢了，找不回来（遗失）", "网点自取", "预留手机号（199****0001）"]
    assert stops[6] == "下一步"
    await page.goto(root(world) + path)
    for _ in range(4):
        await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await expect(page.get_by_label("卡丢了，找不回来（遗失）")).to_be_checked()
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("领取方式")
    await expect(page.get_by_label("卡丢了，找不回来（遗失）")).to_be_checked()
    await context.close()


async def test_without_a_script(browser: Browser, world: World) -> None:
    """Sort and filter, fill in and correct, log in, verify, large type and dark: all with JavaScript switched off."""
    context = await browser.new_context(viewport=PHONE, locale="zh-CN", java_script_enabled=False)  # type: ignore[arg-type]
    page = await context.new_page()
    await page.goto(root(world) + await world.page_link())
    first = page.locator("#t1 tbody th").first
    await expect(first).to_have_text("2023年12月")
    await page.locator("#t1 thead a").first.click()
    await page.locator("#t1 thead a").first.click()
    await expect(page.locator("#t1 thead th").first).to_have_attribute("aria-sort", "descending")
    await expect(first).to_have_text("2023年12月")
    await page.get_by_text("筛选和查找").click()
    await page.get_by_label("找什么").fill("补缴")
    await page.get_by_role("button", name="筛选").click()
    await expect(page.locator("#t1 tbody tr")).to_have_count(1)
    await expect(page.locator("#t1 thead th").first).to_have_attribute("aria-sort", "descending")
    await page.get_by_role("link", name="长辈版").click()
    await expect(page.locator("html.elder")).to_have_count(1)
    await expect(page.locator("#t1 tbody tr")).to_have_count(1)
    await page.get_by_role("link", name="深色").click()
    await expect(page.locator("html.elder.dark")).to_have_count(1)
    await page.goto(f"{root(world)}/v")
    await expect(page.locator("html.elder.dark")).to_have_count(1)
    await page.get_by_role("link", name="颜色随手机").click()
    await page.get_by_role("link", name="标准字号").click()
    document = await world.document()
    await page.get_by_label("查询流水号").fill(document.serial_no)
    await page.get_by_label("校验码").fill(document.check_code)
    await page.get_by_role("button", name="校验").click()
    await expect(page.locator("h1")).to_contain_text("校验成功")
    await page.goto(root(world) + await world.filing("card_replace", BEN))
    await page.get_by_role("button", name="下一步").last.click()
    await expect(page.get_by_role("alert")).to_contain_text("补换原因")
    await page.locator("input[type=radio]").first.check()
    await page.get_by_role("button", name="下一步").last.click()
    await expect(page.locator("input[type=radio]").first).to_be_checked()
    await page.goto(root(world) + await world.page_link(**ACCOUNT, act="log_in"))
    await page.get_by_role("button", name="换成文字题").click()
    await expect(page.get_by_role("button", name="换成图片题")).to_be_visible()
    await page.get_by_label("用户名、手机号或身份证号").fill("zhangsan")
    await page.get_by_role("button", name="登录").last.click()
    await expect(page.get_by_role("alert")).to_contain_text("处要改")
    await expect(page.get_by_label("用户名、手机号或身份证号")).to_have_value("zhangsan")
    await context.close()


@pytest.mark.parametrize("most", [1, pytest.param(1000, marks=pytest.mark.sweep)], ids=["one account", "every account"])
async def test_the_console(console: Page, running: Demo, most: int) -> None:
    """Every place that the accounts of the demo lead to, and the first case and talk there: axe finds nothing, light or dark."""
    desk, wrong, seen, kinds = Desk(console, running), list[str](), set[str](), set[str]()
    await console.goto(f"{desk.base}sign-in")
    told = [await one.get_attribute("data-fill") or "" for one in await console.locator("button[data-fill]").all()]

    async def judge() -> None:
        seen.add(console.url)
        await console.evaluate(AXE)
        kind = re.sub(r"/[^/]*[\dA-Z][^/]*", "/*", console.url.partition("/console")[2])
        new = kind not in kinds
        kinds.add(kind)
        wrong.extend(f"{console.url}: {one}" for one in await violations(console, TAGS, contrast=new))
        if new:  # the same template has the same colours
            await console.emulate_media(color_scheme="dark")
            wrong.extend(f"{console.url}, dark: {one}" for one in await violations(console, COLOURS))
            await console.emulate_media(color_scheme="light")

    await judge()
    for login in [one.partition("|")[0] for one in told][:most]:
        await desk.signs_in(login)
        places: list[str] = await console.locator("nav a").evaluate_all("(all) => all.map((one) => one.href)")
        for place in places:
            if place not in seen and "?" not in place:
                await console.goto(place)
                await judge()
                inner = console.locator("main a[href*='/console/']:not([href*='?'])").first
                if await inner.count() and await inner.evaluate("(one) => one.href") not in seen:
                    await console.goto(str(await inner.evaluate("(one) => one.href")))
                    await judge()
        await desk.signs_out()
    assert len(seen) > min(len(told), most)
    assert wrong == []
