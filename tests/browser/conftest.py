"""The demo in this process, and Chromium beside it. Without Chromium the tests say in one line what to install."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp.test_utils import unused_port
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.app import Product
from bot.clock import MovableClock
from bot.demo import demo
from bot.simulator import Simulator
from storage.ports.time import SHANGHAI
from storage.workdays import workday
from tests.fresh import one_renderer
from tests.servers import blocking

SHOTS = os.environ.get("SCREENSHOTS")
"""The folder for pictures of the README, or nothing."""

PATIENCE_MS = 60_000
"""After so long a page that does not show what it should has failed; nothing is timed by it, and a busy machine takes its time."""
expect.set_options(timeout=PATIENCE_MS)

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-prefers-reduced-motion",  # what slides in is drawn sixty times a second, and waited for before each tap
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of this folder run in one loop, to which the browser belongs; so do the fixtures that are asynchronous."""
    for item in items:
        if item.path.parent == Path(__file__).parent and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


def chromium() -> str | None:
    """Where Chromium is, or None. The one without a window of its own first: each page costs it half."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@dataclass
class Demo:
    """A running demo."""

    product: Product
    simulator: Simulator
    clock: MovableClock
    address: str


def _in_the_hours(now: datetime) -> datetime:
    """Ten o'clock of the next working Monday to Friday between the 6th and the 25th: windows are open and the staff are there."""
    moment = now.astimezone(SHANGHAI).replace(hour=10, minute=0, second=0, microsecond=0)
    while not (6 <= moment.day <= 25 and workday(moment.date()).working and workday(moment.date() + timedelta(days=1)).working):
        moment += timedelta(days=1)
    return moment


@pytest.fixture(autouse=True, scope="session")
def shared_renderer() -> Iterator[None]:
    """One for all products of this process."""
    with one_renderer():
        yield


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo that has been started once: the keys, the accounts, the people. To be copied."""
    folder = tmp_path_factory.mktemp("demo")
    clock = MovableClock()
    clock.set(_in_the_hours(clock.now()))

    async def fill() -> None:
        async with demo(folder, unused_port(), unused_port(), 100, clock):
            pass

    blocking(fill)
    return folder


@pytest_asyncio.fixture(loop_scope="session")
async def running(filled: Path, tmp_path: Path, unused_tcp_port_factory: object) -> AsyncIterator[Demo]:
    """A demo of the test's own, as if it were started again: filling one costs a second and a half."""
    free = unused_tcp_port_factory
    assert callable(free)
    folder = tmp_path / "demo"
    shutil.copytree(filled, folder)
    clock = MovableClock()
    clock.set(_in_the_hours(clock.now()))
    async with demo(folder, free(), free(), 100, clock) as (product, simulator, address):
        yield Demo(product, simulator, clock, address)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all of them, each with a context of its own: starting one takes two seconds of processor time."""
    executable = chromium()
    if executable is None:
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail("Chromium is missing and REQUIRE_BROWSER is set")
        pytest.skip("no Chromium: apt-get install chromium fonts-noto-cjk (or set CHROMIUM)")
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield found
        await found.close()


@asynccontextmanager
async def window(browser: Browser, size: dict[str, int]) -> AsyncIterator[Page]:
    """A window of that size that fails the test on any script error."""
    context = await browser.new_context(viewport=size, locale="zh-CN")  # type: ignore[arg-type]
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    await context.close()
    assert wrong == []


@pytest_asyncio.fixture(loop_scope="session")
async def console(browser: Browser) -> AsyncIterator[Page]:
    """A second window: the console on a desktop."""
    async with window(browser, DESKTOP) as page:
        yield page


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A phone-sized page that fails the test on any script error and on any request that leaves this machine."""
    # Twice the pixels are for the pictures of the README: drawing them is a good part of what a page costs.
    context = await browser.new_context(viewport=PHONE, locale="zh-CN", device_scale_factor=2 if SHOTS else 1)  # type: ignore[arg-type]
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None if "://127.0.0.1" in request.url or request.url.startswith(("data:", "blob:")) else wrong.append(request.url)
        ),
    )
    yield page
    await context.close()
    assert wrong == []
