"""A photo of the paper, sent to the chat: fetched, decoded in the picture process, verified, and not kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.pages.paper import issued_of
from dialogs.messages import Pictured
from handlers.conversation import Conversation
from handlers.documents import thaw
from handlers.documents.fonts import load_fonts
from handlers.documents.pdf import render_pdf
from handlers.documents.tokens import by_id
from handlers.documents.typesetter import Typesetter
from handlers.materials import Darkroom
from handlers.policy import DAY
from handlers.sight import PHOTOS_A_DAY, PhotoAway, Sight
from storage.locks import LocalLocks
from storage.ports.records import Document
from tests import people
from tests.conversations.conftest import PUBLIC, Chat, World
from tests.fresh import understanding
from tests.papers import keys, photo

LAST4 = people.JIANGUO.id_no[-4:]


class Album:
    """Port fake of the platform's media: what was sent lies under its id, or it is away."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}
        self.asked = 0

    async def photo(self, media_id: str, at_most: int) -> bytes:
        self.asked += 1
        if media_id not in self.held or len(self.held[media_id]) > at_most:
            raise PhotoAway
        return self.held[media_id]


@pytest.fixture
async def album(world: World) -> AsyncIterator[Album]:
    """The world with eyes and keys."""
    held, darkroom = Album(), Darkroom()
    services = replace(world.services, token_keys=by_id(keys().public.tokens))
    sight = Sight(world.store, world.clock, held, darkroom)
    world.conversation = Conversation(world.store, LocalLocks(), services, understanding(), sight)
    yield held
    await darkroom.close()


@pytest.fixture
async def document(world: World, album: Album) -> Document:
    owner = Chat(world, "o-owner")
    await owner.logs_in(people.JIANGUO_PHONE, LAST4)
    await owner.says("查去年的养老缴费")
    await owner.says("下载")
    async with world.store.reading() as tx:
        (found,) = await tx.documents.of_person(world.ids.jianguo)
    return found


def _drawn(document: Document, base: str = PUBLIC) -> bytes:
    return render_pdf(issued_of(document, thaw(document.snapshot), base, keys()), Typesetter(load_fonts()))


async def _sends(chat: Chat, album: Album, body: bytes) -> str:
    album.held["media-1"] = body
    chat.world.outside.pushed.clear()
    key = f"p{next(chat.world.numbers)}"
    return await chat._send(Pictured(chat.openid, key, chat.world.clock.now(), "media-1"))


async def test_a_photo_of_the_paper_is_verified(chat: Chat, world: World, album: Album, document: Document) -> None:
    """Askew and blurred; the answer is that of 校验, and the holder is told that it was by photo."""
    await _sends(chat, album, photo(_drawn(document), 130, 5, 0.8))
    chat.expect("权益单校验成功", "参保人员养老保险缴费信息", "2024年9月12日", "张*", f"{PUBLIC}/v/{document.serial_no}")
    async with world.store.reading() as tx:
        assert [one.way for one in await tx.papers.checks(document.serial_no)] == ["photo"]


async def test_a_revoked_paper_is_told_from_its_photo(chat: Chat, world: World, album: Album, document: Document) -> None:
    """Whatever the token says: what has become of it since is asked."""
    async with world.store.transaction() as tx:
        await tx.papers.revoke(document.serial_no, world.clock.now())
    await _sends(chat, album, photo(_drawn(document)))
    chat.expect("这份单据已作废")
    chat.expect_not("成功")


async def test_a_forged_code_is_not_believed(chat: Chat, world: World, album: Album, document: Document) -> None:
    """The right numbers under a token that says something else: the paper was altered. Other numbers: none of ours."""
    token = keys().token
    assert token is not None
    right = issued_of(document, thaw(document.snapshot), PUBLIC, keys())
    swapped = token.token("202409121100000003", "7KXM29HWT4FY", "养老金证明", "李秀英", "ab" * 32)
    forged = replace(right, verify_url=f"{PUBLIC}/v/{document.serial_no}/{document.check_code}#t={swapped}")
    setter = Typesetter(load_fonts())
    await _sends(chat, album, photo(render_pdf(forged, setter)))
    chat.expect("电子签名不对", "不要采信")
    unknown = replace(right, verify_url=f"{PUBLIC}/v/202409121100000003/7KXM29HWT4FY")
    await _sends(chat, album, photo(render_pdf(unknown, setter)))
    chat.expect("核对不上")
    foreign = replace(right, verify_url="https://elsewhere.example/pay/1")
    await _sends(chat, album, photo(render_pdf(foreign, setter)))
    chat.expect("不是我们单据上的")


async def test_a_paper_with_our_former_address_is_still_ours(chat: Chat, album: Album, document: Document) -> None:
    """The token proves it, wherever its address leads."""
    await _sends(chat, album, photo(_drawn(document, "https://old.example.test")))
    chat.expect("权益单校验成功")


async def test_what_shows_no_code_or_no_picture_gets_advice(chat: Chat, album: Album, document: Document) -> None:
    """What to do instead, in a sentence; a photo that the platform does not give is asked for again."""
    clean = replace(issued_of(document, thaw(document.snapshot), PUBLIC), verify_url="x")
    cut = photo(render_pdf(clean, Typesetter(load_fonts())), 40, blurred=3)
    await _sends(chat, album, cut)
    chat.expect("没有找到二维码", "拍清楚", "扫一扫", "流水号和校验码", "没有保存")
    await _sends(chat, album, b"%PDF-1.7")
    chat.expect("PDF")
    del album.held["media-1"]
    await chat._send(Pictured(chat.openid, "gone", chat.world.clock.now(), "media-9"))
    chat.expect("再发一次")


async def test_photos_are_limited_and_nothing_of_them_is_kept(chat: Chat, world: World, album: Album, document: Document) -> None:
    """So many a day are looked at; no file is stored, no session holds the numbers."""
    body = photo(_drawn(document))
    await _sends(chat, album, body)
    assert world.services.files.held == {}  # type: ignore[attr-defined]
    async with world.store.transaction() as tx:
        session = await tx.sessions.load(chat.openid, world.clock.now())
        await tx.limits.hit("photo", chat.openid, PHOTOS_A_DAY, DAY, world.clock.now(), cost=PHOTOS_A_DAY - 1)
    assert session is not None
    assert document.check_code.encode() not in session.body
    before = album.asked
    await _sends(chat, album, body)
    chat.expect("今天发来的照片太多了")
    assert album.asked == before


async def test_guessing_by_photo_is_throttled_like_typing(chat: Chat, album: Album, document: Document) -> None:
    """Five wrong for one 流水号; the sixth waits, right or wrong."""
    right = issued_of(document, thaw(document.snapshot), PUBLIC)
    wrong = replace(right, verify_url=f"{PUBLIC}/v/{document.serial_no}/222222222222")
    setter = Typesetter(load_fonts())
    body = photo(render_pdf(wrong, setter))
    for _ in range(5):
        await _sends(chat, album, body)
        chat.expect("核对不上")
    await _sends(chat, album, photo(render_pdf(right, setter)))
    chat.expect("校验次数太多了")
