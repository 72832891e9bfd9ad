"""Papers in real Chromium: the page that checks them with the network cut, the photo in the chat, the signed file."""

from __future__ import annotations

import asyncio
import base64
import json
from urllib.parse import urlsplit

import aiohttp
import pytest
from playwright.async_api import Browser, Page, expect

from bot.pages.paper import issued_of, statement_of
from bot.paper_keys import keys_of
from handlers.documents import public_keys
from handlers.documents.reading import codes_of_pdf
from handlers.documents.signing import prove_file
from storage.ports.records import Document
from tests.browser.conftest import PHONE, Demo
from tests.browser.phone import Phone, shot
from tests.papers import photo

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


async def _paper(page: Page, demo: Demo) -> Document:
    """A demo person logs in, looks up and downloads; the newest document there is."""
    phone = Phone(page, demo)
    person = await phone.take("断缴")
    await phone.follow()
    await phone.types("查去年的养老缴费")
    await phone.logs_in(person)
    await phone.hears("下载")
    await phone.types("下载")
    await phone.hears("打开单据")
    async with demo.product.store.reading() as tx:
        found = next(one for one in await tx.people.by_phone(person["phone"]))
        return (await tx.documents.of_person(found.id))[0]


async def _photo(demo: Demo, document: Document) -> bytes:
    config = demo.product.config
    issued = issued_of(document, statement_of(document), config.server.public_url, keys_of(config.documents))
    return await demo.product.renderer.pdf(issued)


async def test_a_photo_sent_to_the_chat_is_verified(page: Page, running: Demo) -> None:
    """Over the simulator's phone, fetched back by the platform's own call; what shows no code gets advice."""
    document = await _paper(page, running)
    pdf = await _photo(running, document)

    async def sent(body: bytes) -> str:
        message = {"type": "image", "base64": base64.b64encode(body).decode()}
        async with aiohttp.ClientSession() as session:
            asked = {"openid": "o-stranger", "msg": message}
            async with session.post(f"{running.address}sim/send", json=asked) as answer:
                return json.dumps(await answer.json(), ensure_ascii=False)

    told = await sent(photo(pdf, 130, 4, 0.7))
    assert "权益单校验成功（样章）" in told
    assert document.title in told
    assert "没有找到二维码" in await sent(photo(pdf, 40, 0, 3))


async def test_the_page_works_with_the_network_cut(browser: Browser, page: Page, running: Demo) -> None:
    """Opened once with a network; then, without one, the page itself and a scanned address both show what the code says, and a changed
    character is told."""
    document = await _paper(page, running)
    (address,) = codes_of_pdf(await _photo(running, document))
    base = running.product.config.server.public_url
    context = await browser.new_context(viewport=PHONE, locale="zh-CN")  # type: ignore[arg-type]
    other = await context.new_page()
    wrong: list[str] = []
    other.on("pageerror", lambda error: wrong.append(str(error)))
    await other.goto(f"{base}/v/offline")
    await expect(other.locator("#kept")).to_be_visible()
    await context.set_offline(True)
    await other.goto(f"{base}/v/offline")
    await other.fill("#text", address)
    await other.click("#check button")
    verdict = other.locator("#verdict")
    await expect(verdict).to_contain_text("二维码是真的（样章）")
    await expect(verdict).to_contain_text(document.title)
    await expect(verdict).to_contain_text("持有人")
    await shot(other, "offline")
    swapped = address[:-10] + ("A" if address[-10] != "A" else "B") + address[-9:]
    await other.fill("#text", swapped)
    await other.click("#check button")
    await expect(verdict).to_contain_text("没有通过核验")
    await other.fill("#text", address.replace("#t=", "#t=A"))
    await other.click("#check button")
    await expect(verdict).to_contain_text("没有通过核验")
    await other.goto(address)
    await expect(verdict).to_contain_text("二维码是真的（样章）")
    await other.goto("about:blank")
    tail = urlsplit(address)
    await other.goto(f"{base}/v/offline#{tail.path.partition('/v/')[2]}#{tail.fragment}")
    await expect(verdict).to_contain_text("二维码是真的（样章）")
    await context.close()
    assert wrong == []


async def test_the_saved_page_works_as_a_file(
    browser: Browser, page: Page, running: Demo, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """One file, opened from the disk."""
    document = await _paper(page, running)
    (address,) = codes_of_pdf(await _photo(running, document))
    base = running.product.config.server.public_url
    async with aiohttp.ClientSession() as session, session.get(f"{base}/v/offline/save") as answer:
        body = await answer.read()
    file = tmp_path_factory.mktemp("saved") / "verify.html"
    file.write_bytes(body)
    context = await browser.new_context(viewport=PHONE, locale="zh-CN", offline=True)  # type: ignore[arg-type]
    other = await context.new_page()
    wrong: list[str] = []
    other.on("pageerror", lambda error: wrong.append(str(error)))
    other.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
    await other.goto(file.as_uri())
    await other.fill("#text", address)
    await other.click("#check button")
    await expect(other.locator("#verdict")).to_contain_text("二维码是真的（样章）")
    await context.close()
    assert wrong == []


async def test_the_downloaded_file_is_signed(page: Page, running: Demo) -> None:
    """As the person gets it, by the public keys that anybody can fetch."""
    document = await _paper(page, running)
    phone = Phone(page, running)
    await phone.taps("打开单据")
    link = phone.web.get_by_role("link", name="打开 PDF")
    await expect(link).to_be_visible()
    base = running.product.config.server.public_url
    path = await link.get_attribute("href")
    frame = next(one for one in page.frames if "/d/" in one.url)
    raw = await frame.evaluate(
        "async (path) => { const a = await fetch(path); return Array.from(new Uint8Array(await a.arrayBuffer())); }",
        path,
    )
    async with aiohttp.ClientSession() as session, session.get(f"{base}/v/keys.pem") as answer:
        known = public_keys(await answer.text())
    proof = await asyncio.to_thread(prove_file, bytes(raw), known)
    assert proof.genuine
    assert proof.sample
    assert document.serial_no in str(path)
