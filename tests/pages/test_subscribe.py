"""允许提醒: the page with WeChat's own button."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.pages import Subscribing
from bot.wechat.errors import ApiError
from handlers.documents import Renderer
from tests.pages.world import ANN, BEN, PUBLIC_URL, Browser, World

SCRIPT = "https://res.example.cn/open/js/sdk-1.6.0.js"
TICKET = "ticket-of-the-tests"


class Tickets:
    """Port fake of the platform: gives the ticket, or is away."""

    def __init__(self) -> None:
        self.away = False

    async def __call__(self) -> str:
        if self.away:
            raise ApiError(None, "the test says so")
        return TICKET


@pytest.fixture
def tickets() -> Tickets:
    return Tickets()


@pytest.fixture
async def subscribed(tmp_path: Path, renderer: Renderer, tickets: Tickets) -> AsyncIterator[World]:
    world = World(tmp_path, renderer)
    world.subscribing = Subscribing("wx0", SCRIPT, {"T1": 1, "T2": 1}, tickets)
    await world.start()
    yield world
    await world.close()


async def look(world: World, openid: str = ANN, query: str = "") -> tuple[Browser, str, str]:
    """A browser on the page: it, the address that it ends at, the page."""
    browser = world.browser()
    path = await world.page_link(openid, page="subscribe")
    await browser.get(path)  # through the doorway
    path = f"{path}?go=1{query}"
    answer = await browser.get(path)
    assert answer.status == 200
    return browser, path, answer.text


def attribute(page: str, name: str) -> str:
    found = re.search(rf'{name}="([^"]*)"', page)
    assert found, name
    return found[1]


async def test_the_page_is_signed_for_exactly_its_address(subscribed: World) -> None:
    """The signature is SHA-1 over ticket, nonce, time and the whole address, the doorway's `go` included."""
    _, path, page = await look(subscribed)
    assert attribute(page, "template") == "T1,T2"
    assert (attribute(page, "data-app"), attribute(page, "data-stamp")) == ("wx0", "1726106400")
    signed = f"jsapi_ticket={TICKET}&noncestr={attribute(page, 'data-nonce')}&timestamp=1726106400&url={PUBLIC_URL}{path}"
    assert attribute(page, "data-signature") == hashlib.sha1(signed.encode()).hexdigest()  # noqa: S324 - prescribed
    assert TICKET not in page


async def test_the_policy_lets_in_exactly_that_script_and_that_look(subscribed: World) -> None:
    """Of foreign things only WeChat's script at its address; of styles only ours and the one of the button, by its hash."""
    browser, path, page = await look(subscribed)
    policy = dict(part.strip().split(" ", 1) for part in (await browser.get(path)).headers["Content-Security-Policy"].split(";"))
    assert policy["script-src"] == f"'self' {SCRIPT}"
    style = re.search(r"<style>(.*?)</style>", page)
    assert style
    assert f"sha256-{base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()}" in policy["style-src"]
    assert "unsafe" not in " ".join(policy.values())


async def test_without_a_ticket_the_page_says_what_else_helps(subscribed: World, tickets: Tickets) -> None:
    """The platform is away: no script, no signature, one sentence how to be reminded otherwise; the button's place stays hidden."""
    tickets.away = True
    _, _, page = await look(subscribed)
    assert "data-signature" not in page
    assert SCRIPT not in page
    assert "在公众号里说“提醒设置”，选短信提醒" in page
    assert re.search(r'id="allow"[^>]* hidden', page)


async def test_it_tells_how_many_are_left(subscribed: World) -> None:
    """What the chat has allowed over all templates, and another chat's is its own."""
    async with subscribed.store.transaction() as tx:
        await tx.wishes.consented(ANN, "T1", 2)
        await tx.wishes.consented(ANN, "T2", 1)
    assert "您现在还能收到 3 次提醒" in (await look(subscribed))[2]
    assert "您现在还没有允许提醒" in (await look(subscribed, BEN))[2]


async def test_a_long_term_subscription_is_told_as_one(subscribed: World) -> None:
    """With -1 nothing is counted any more."""
    async with subscribed.store.transaction() as tx:
        await tx.wishes.consented(ANN, "T1", -1)
    assert "您已经允许长期提醒" in (await look(subscribed))[2]


async def test_larger_type_has_its_own_look_and_signature(subscribed: World) -> None:
    """长辈版 is another address: signed anew, with a larger button that the policy lets in."""
    browser, path, page = await look(subscribed, query="&view=elder")
    assert "font:600 26px" in page
    signed = f"jsapi_ticket={TICKET}&noncestr={attribute(page, 'data-nonce')}&timestamp=1726106400&url={PUBLIC_URL}{path}"
    assert attribute(page, "data-signature") == hashlib.sha1(signed.encode()).hexdigest()  # noqa: S324 - prescribed
    style = re.search(r"<style>(.*?)</style>", page)
    assert style
    drawn = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert drawn in (await browser.get(path)).headers["Content-Security-Policy"]


async def test_another_browser_and_another_account_find_nothing(subscribed: World) -> None:
    """The link is one browser's; where nothing can be allowed it is the 404 of every other link."""
    _, path, _ = await look(subscribed)
    assert (await subscribed.browser().get(path)).status == 404
    subscribed.subscribing = None
    await subscribed.restart()
    browser = subscribed.browser()
    assert (await browser.get(await subscribed.page_link(page="subscribe"))).status == 404
