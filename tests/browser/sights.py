"""One page of every kind, over a prepared store: where it is, and what has to be tapped to get there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.async_api import Page

from bot.pages import Subscribing
from dialogs.filings import FILINGS
from handlers.my_data.jobs import EXPORT_FILE, ready_token
from storage.ports.records import Ticket
from tests.documents import samples
from tests.pages import test_captcha as captchas
from tests.pages.declared import SAMPLE
from tests.pages.test_forms import answered, at_the_check
from tests.pages.test_orders import BANK, GOOD, made, order_form, order_link, orders
from tests.pages.test_public_lists import listing
from tests.pages.wide import HEADS, PENSION
from tests.pages.world import ANN, BEN, World

ACCOUNT = {"page": "account", "stage": "form", "region": "beijing", "request": "r-1"}


@dataclass(frozen=True)
class Sight:
    """A page: its path, what is done there first, and what it is answered with."""

    name: str
    path: str
    then: Callable[[Page], Awaitable[None]] | None = None
    status: int = 200


@contextmanager
def declared() -> Iterator[None]:
    """The sample filing, which has a question of every kind, is there for as long as this lasts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(FILINGS, SAMPLE.name, SAMPLE)
        yield


async def no_ticket() -> str:
    """Port fake of the platform: a ticket for WeChat's own button."""
    return "ticket-of-the-tests"


def prepare(world: World) -> None:
    """What a world needs before it starts, so that every kind of page is there."""
    world.public_url = "http://127.0.0.1"
    world.subscribing = Subscribing("wx0", "http://127.0.0.1:9/sdk.js", {"T1": 1, "T2": 1}, no_ticket)


async def _tap(page: Page, name: str) -> None:
    async with page.expect_navigation():
        await page.get_by_role("button", name=name).first.click()


def tap(name: str) -> Callable[[Page], Awaitable[None]]:
    """Press the button of that name and wait for the page that it leads to."""

    async def run(page: Page) -> None:
        await _tap(page, name)

    return run


async def press(page: Page) -> None:
    """Press the page's first button."""
    async with page.expect_navigation():
        await page.locator("button.primary").first.click()


async def _hand_in(page: Page) -> None:
    """Agree and send; whoever opens the link again is shown the result at once."""
    if await page.locator("#agreed").count():
        await page.check("#agreed", force=True)
        await _tap(page, "确认提交")


async def _type_wrong_numbers(page: Page) -> None:
    await page.fill("#serial", "1")
    await page.fill("#code", "2")
    await _tap(page, "校验")


async def _quote(page: Page) -> None:
    """All questions of the order, one screen or one after another."""
    while await page.get_by_role("button", name="修改").count() == 0:
        for name, value in GOOD.items():
            if await page.locator(f'[name="t.{name}"]').count():
                await page.fill(f'[name="t.{name}"]', value)
            elif await page.locator(f'[name="f.{name}"][value="{value}"]').count():
                await page.check(f'[name="f.{name}"][value="{value}"]', force=True)
        async with page.expect_navigation():
            await page.locator("button.primary").click()


async def sights(world: World, kinds: str) -> AsyncIterator[Sight]:
    """A page of every kind (`records`: queries and filings; `services`: the others), each to be looked at before the next is asked for. Needs `declared()` and a world that was prepared."""
    for some in (_of_queries, _of_filings) if kinds == "records" else (_of_strangers, _own):
        for sight in await some(world):
            yield sight
    if kinds == "services":
        async for sight in _of_orders(world):
            yield sight


async def _of_queries(world: World) -> list[Sight]:
    world.answers.statements["wide"] = samples.statement(samples.long_table(60))
    world.answers.statements["heads"], world.answers.statements["pension"] = samples.statement(HEADS), samples.statement(PENSION)
    world.answers.statements["jobs"] = await listing(world, "vacancies", "博兴县")
    document = await world.document()
    return [
        Sight("jobs", await world.page_link(sample="jobs")),
        Sight("statement", await world.page_link()),
        Sight("me", await world.page_link(page="me", query="")),
        Sight("scan", "/scan?go=1"),
        Sight("heads", await world.page_link(sample="heads")),
        Sight("pension", await world.page_link(query="pension", sample="pension")),
        Sight("wide", f"{await world.page_link(sample='wide')}?s0=4&f=50"),
        Sight("document", await world.document_link(document)),
        Sight("link", await world.document_link(document), tap("换个浏览器打开")),
        Sight("verified", f"/v/{document.serial_no}/{document.check_code}"),
    ]


async def _of_filings(world: World) -> list[Sight]:
    browser, path = world.browser(), await world.filing("sample")
    await answered(world, browser, path)
    photos = await world.resumed(world.numbers[ANN])
    shown = [Sight("photos", f"{photos}?at=photos"), Sight("filled", f"{await world.resumed(world.numbers[ANN])}?at=fill")]
    other = world.browser()
    path = await world.filing("sample", BEN)
    page = await at_the_check(world, other, path)
    shown.append(Sight("check", await world.resumed(world.numbers[BEN], BEN)))
    shown.append(Sight("result", await world.resumed(world.numbers[BEN], BEN), _hand_in))
    shown.append(Sight("form", await world.filing("card_replace")))
    shown.append(Sight("wrong", await world.filing("phone_change"), press))
    assert page.status == 200
    return shown


async def _of_orders(world: World) -> AsyncIterator[Sight]:
    yield Sight("order_form", await order_form(world))
    yield Sight("said", await order_form(world, ANN))
    yield Sight("order_wrong", await order_form(world), press)
    yield Sight("quote", await order_form(world), _quote)
    browser = world.browser()
    path, page = await made(world, browser)
    (order,) = await orders(world)
    yield Sight("order", await order_link(world, order.order_no))
    yield Sight("leaving", f"{await order_link(world, order.order_no)}?back=1")
    await browser.post(f"{path}/confirm", {"csrf": page.csrf, "bank": BANK})
    yield Sight("paying", await order_link(world, order.order_no))


async def _of_strangers(world: World) -> list[Sight]:
    captcha = await world.captcha_link()
    for _ in range(5):
        await captchas.tell(world, (await captchas.new(world, BEN)).id, "no", BEN)
    return [
        Sight("home", "/"),
        Sight("verify", "/v"),
        Sight("not_verified", "/v", _type_wrong_numbers),
        Sight("offline", "/v/offline"),
        Sight("guides", "/g/beijing"),
        Sight("guide", "/g/beijing/BJH-28"),
        Sight("captcha", captcha),
        Sight("words", f"{captcha}?way=words"),
        Sight("throttled", await world.captcha_link(BEN), status=429),
        Sight("missing", "/p/x", status=404),
    ]


async def _own(world: World) -> list[Sight]:
    done = {**ACCOUNT, "act": "register", "stage": "done", "said": "账号注册好了。"}
    digits = {**ACCOUNT, "act": "log_in", "stage": "digits", "digits": "246810", "name": "张*国"}
    secret = {**ACCOUNT, "act": "register", "stage": "secret", "code": "x", "shown": "199****0001"}
    person = str(world.ids.jianguo)
    async with world.store.transaction() as tx:
        kept = Ticket(EXPORT_FILE, ANN, {"file": "-"}, world.clock.now(), world.clock.now() + timedelta(hours=1))
        await tx.tickets.add(ready_token("k2"), kept)
    return [
        Sight("log_in", await world.page_link(**ACCOUNT, act="log_in")),
        Sight("register", await world.page_link(**ACCOUNT, act="register"), press),
        Sight("email", await world.page_link(**ACCOUNT, act="email")),
        Sight("secret", await world.page_link(**secret)),
        Sight("done", await world.page_link(**done)),
        Sight("digits", await world.page_link(**digits)),
        Sight("exporting", await world.page_link(page="export", key="k1", person=person)),
        Sight("exported", await world.page_link(page="export", key="k2", person=person)),
        Sight("subscribe", await world.page_link(page="subscribe")),
    ]
