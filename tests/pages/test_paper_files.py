"""Signed files: made once, kept as issued, the same bytes ever after; and the pages that check papers offline."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.pages.paper import issued_of, statement_of
from handlers.documents import PublicKeys, Renderer, public_keys
from handlers.documents.reading import codes_of_pdf
from handlers.documents.signing import FileSigner, prove_file
from handlers.documents.tokens import by_id, prove
from handlers.paper_files import FileLost, PaperFiles
from storage.files import FolderFiles
from storage.ports.records import Document
from storage.vault import Vault
from tests.pages.world import World
from tests.papers import keys

VAULT = Vault(b"a master key for tests, 32 bytes.")


@pytest.fixture
async def world(tmp_path: Path, renderer: Renderer) -> object:
    made = World(tmp_path, renderer)
    made.paper_keys = keys()
    await made.start()
    yield made
    await made.close()


def _kept(world: World) -> PaperFiles:
    pair = keys().pair
    assert pair is not None
    return PaperFiles(
        world.store, FolderFiles(world.folder / "papers", VAULT, world.clock), world.renderer, FileSigner(pair), world.clock
    )


async def _paper(world: World) -> Document:
    return await world.document()


def _files(world: World) -> list[Path]:
    return [path for path in (world.folder / "papers").rglob("*") if path.is_file()]


async def test_a_file_is_made_once_and_served_the_same_ever_after(world: World) -> None:
    """Hours later, by another process, with the same bytes; signed, with its token, sealed on the disk."""
    document = await _paper(world)
    issued = issued_of(document, statement_of(document), world.public_url, keys())
    first = await _kept(world).pdf(issued)
    world.clock.advance(timedelta(hours=5).total_seconds())
    assert await _kept(world).pdf(issued) == first
    proof = await asyncio.to_thread(prove_file, first, keys().public)
    assert proof.genuine
    assert proof.at == world.clock.now() - timedelta(hours=5)
    (code,) = codes_of_pdf(first)
    found = prove(code, by_id(keys().public.tokens)).found
    assert found is not None
    assert (found.serial_no, found.check_code, found.holder) == (document.serial_no, document.check_code, "张*")
    assert document.content_hash.startswith(found.content)
    (file,) = _files(world)
    assert b"%PDF" not in file.read_bytes()
    async with world.store.reading() as tx:
        kept = await tx.papers.file(document.serial_no)
    assert kept is not None
    assert kept.key_id.startswith("样章:")


async def test_a_look_makes_no_file_and_shows_the_one_there_is(world: World) -> None:
    """校验 draws the signed file where there is one; where there is none, a picture is drawn all the same and nothing is signed or kept for it."""
    document = await _paper(world)
    address = f"/v/{document.serial_no}/{document.check_code}/1.png"
    assert (await world.browser().get(address)).body[:4] == b"\x89PNG"
    assert await _kept(world).kept(document.serial_no) is None
    assert _files(world) == []
    issued = issued_of(document, statement_of(document), world.public_url, keys())
    made = await _kept(world).pdf(issued)
    assert await _kept(world).kept(document.serial_no) == made
    assert (await world.browser().get(address)).body[:4] == b"\x89PNG"


async def test_the_download_is_the_kept_file(world: World) -> None:
    """Twice by its link, also after the holder revoked it: the page beside it says so, the file is the one that was issued."""
    document = await world.document()
    browser = world.browser()
    link = await world.document_link(document)
    page = await browser.get(link)
    assert document.title in page.text
    first = await browser.get(f"{link}/{document.serial_no}.pdf")
    assert (await asyncio.to_thread(prove_file, first.body, keys().public)).genuine
    async with world.store.transaction() as tx:
        await tx.papers.revoke(document.serial_no, world.clock.now())
    assert (await browser.get(f"{link}/{document.serial_no}.pdf")).body == first.body
    assert "已经作废" in (await browser.get(link)).text


async def test_of_many_who_ask_at_once_all_get_the_first(world: World) -> None:
    """One file is kept, the others are gone."""
    document = await _paper(world)
    issued = issued_of(document, statement_of(document), world.public_url, keys())
    kept = [_kept(world), _kept(world)]
    made = await asyncio.gather(*(kept[n % 2].pdf(issued) for n in range(6)))
    assert len(set(made)) == 1
    assert len(_files(world)) == 1


async def test_a_lost_or_altered_file_is_never_replaced(world: World) -> None:
    """Another one would not be the paper that was issued: it is told."""
    document = await _paper(world)
    issued = issued_of(document, statement_of(document), world.public_url, keys())
    await _kept(world).pdf(issued)
    (file,) = _files(world)
    body = bytearray(file.read_bytes())
    body[100] ^= 1
    file.write_bytes(bytes(body))
    with pytest.raises(FileLost):
        await _kept(world).pdf(issued)
    file.unlink()
    with pytest.raises(FileLost):
        await _kept(world).pdf(issued)


async def test_what_became_of_a_paper_is_shown_on_its_page(world: World) -> None:
    """样章 on a right one; expired shows what it was; revoked says since when. Each look is one that the holder sees."""
    document = await _paper(world)
    address = f"/v/{document.serial_no}/{document.check_code}"
    page = await world.browser().get(address)
    assert "权益单校验成功（样章）" in page.text
    assert "用测试密钥制作" in page.text
    async with world.store.transaction() as tx:
        await tx.papers.limit(document.serial_no, world.clock.now().date())
    page = await world.browser().get(address)
    assert "权益单校验成功" in page.text
    assert "有效期至" in page.text
    world.clock.advance(timedelta(days=1).total_seconds())
    page = await world.browser().get(address)
    assert "这份单据已过有效期" in page.text
    assert "有效期到2024年9月12日为止" in page.text
    assert document.title in page.text
    async with world.store.transaction() as tx:
        await tx.papers.revoke(document.serial_no, world.clock.now())
    page = await world.browser().get(address)
    assert "这份单据已作废" in page.text
    assert "持有人已在2024年9月13日" in page.text
    async with world.store.reading() as tx:
        assert [one.way for one in await tx.papers.checks(document.serial_no)] == ["page"] * 4


async def test_the_offline_page_holds_the_keys_and_asks_nothing(world: World) -> None:
    """Public keys in the page and as a file; our own scripts alone; the saved page needs nothing from anywhere."""
    page = await world.browser().get("/v/offline")
    assert page.status == 200
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    token = keys().token
    assert token is not None
    assert token.key_id in page.text
    pem = await world.browser().get("/v/keys.pem")
    assert public_keys(pem.text).pem == keys().public.pem
    assert "PRIVATE" not in pem.text
    saved = await world.browser().get("/v/offline/save")
    assert saved.headers["Content-Disposition"].startswith("attachment")
    assert 'src="' not in saved.text
    assert 'href="' not in saved.text.replace('href="/v"', "")
    worker = await world.browser().get("/v/worker.js")
    assert worker.headers["Cache-Control"] == "no-cache"
    assert "/v/offline" in worker.text


async def test_without_keys_there_is_nothing_to_check_by(tmp_path: Path, renderer: Renderer) -> None:
    """The page is there and says of every code that it does not know the key."""
    bare = World(tmp_path, renderer)
    await bare.start()
    try:
        pem = await bare.browser().get("/v/keys.pem")
        assert pem.text == PublicKeys().pem == ""
        assert (await bare.browser().get("/v/offline")).status == 200
    finally:
        await bare.close()
