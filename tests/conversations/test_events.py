"""What is not a typed text: voice, pictures, places, unknown kinds, scans, receipts; and turns that go wrong."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import date

import pytest

from dialogs.messages import (
    Article,
    Delivered,
    Located,
    Noticed,
    Pictured,
    Reply,
    Said,
    Say,
    Scanned,
    Spoken,
    Unknown,
)
from handlers import outbox
from handlers.conversation import Conversation
from storage.locks import LocalLocks
from storage.ports.records import NoticeState
from storage.ports.repositories import Repositories, Store, Unavailable
from tests import people
from tests.conversations.conftest import Chat, World


async def _answer(world: World, inbound: object) -> str:
    def seal(reply: Reply) -> bytes:
        return reply.first.text.encode() if isinstance(reply.first, Say) else b""

    return (await world.conversation.take(inbound, seal) or b"").decode()  # type: ignore[arg-type]


async def test_voice_that_was_recognised_is_words(world: World) -> None:
    """The recognised sentence is handled like a typed one."""
    answer = await _answer(world, Spoken("o-one", "v1", world.clock.now(), "media", "我要校验单据。"))
    assert "流水号" in answer


async def test_voice_without_recognition_asks_for_text(world: World) -> None:
    """Most accounts get none: the person is told what to do instead."""
    assert "打字" in await _answer(world, Spoken("o-one", "v1", world.clock.now(), "media"))


async def test_places_pictures_and_unknown_kinds_are_answered_politely(world: World) -> None:
    """Never silence, never an error."""
    now = world.clock.now()
    assert "离您最近的网点" in await _answer(world, Located("o-one", "l1", now, 39.9, 116.3, "家"))
    far = await _answer(world, Located("o-far", "l2", now, 23.1, 113.3, "广州"))
    assert "您附近没有我们的网点" in far
    assert "12333" in far
    assert "离您最近" not in far
    assert "图片" in await _answer(world, Pictured("o-one", "p1", now, "media"))
    assert "菜单" in await _answer(world, Unknown("o-one", "u1", now, "file"))


async def test_a_foreign_code_is_greeted_and_receipts_are_silent(world: World) -> None:
    """A QR code that is none of ours only opens the conversation; events that need no answer get none."""
    now = world.clock.now()
    assert "您好" in await _answer(world, Scanned("o-one", "s1", now, "poster-7"))
    assert "不是权益单上的二维码" in await _answer(world, Scanned("o-one", "s2", now, "https://example.test/x"))
    assert await _answer(world, Noticed("o-one", "n1", now, "VIEW")) == ""
    assert await _answer(world, Delivered("o-one", "d1", now, "nothing-known", ok=True)) == ""


async def test_a_picture_in_mid_dialog_does_not_cost_the_place(world: World) -> None:
    """The question stays open behind it."""
    chat = Chat(world)
    await chat.says("登录")
    await chat.says("1")
    await _answer(world, Pictured("o-one", "p1", world.clock.now(), "media"))
    await chat.says(people.JIANGUO_PHONE)
    chat.expect("199****0001")


async def test_a_receipt_settles_its_reminder(world: World) -> None:
    """TEMPLATESENDJOBFINISH: sent becomes delivered."""
    chat = Chat(world)
    await chat.logs_in(people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:])
    await world.planner.plan(date(2024, 9, 12))
    await world.settle()
    await _answer(world, Delivered(chat.openid, "r1", world.clock.now(), "msg-1", ok=True, status="success"))
    async with world.store.reading() as tx:
        (row,) = await tx.notices.of_person(world.ids.shufen, "P-CERT")
    assert row.state is NoticeState.DELIVERED


async def test_what_could_not_be_pushed_comes_first_with_the_next_message(world: World) -> None:
    """A parked reply is given once, before the answer to what was said now."""
    async with world.store.transaction() as tx:
        await tx.parked.add("o-one", outbox.pack("o-one", [Say("您刚才要的结果：42。")]), world.clock.now())
        await tx.parked.add(
            "o-one", outbox.pack("o-one", [Article("单据", "点开", "https://sb.example.test/d/x")]), world.clock.now()
        )
    chat = Chat(world)
    await chat.says("菜单")
    assert chat.last.index("42") < chat.last.index("查缴费")
    assert any(isinstance(message, Article) for message in chat.more)
    await chat.says("菜单")
    chat.expect_not("42")


class Away:
    """A store whose database does not answer."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def transaction(self) -> AbstractAsyncContextManager[Repositories]:
        raise self.error

    reading = transaction

    async def ping(self) -> None:
        raise self.error

    async def tidy(self) -> int:
        raise self.error

    async def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize(("error", "words"), [(Unavailable("away"), "系统正在恢复"), (RuntimeError("boom"), "没有办成")])
async def test_a_turn_that_cannot_be_taken_is_answered_honestly(world: World, error: Exception, words: str) -> None:
    """The database is away, or something nobody foresaw: a sentence that says what to do, and nothing of the error."""
    away: Store = Away(error)
    conversation = Conversation(away, LocalLocks(), world.services, world.conversation._talker._understanding)
    answer = await conversation.take(
        Said("o-one", "k", world.clock.now(), "菜单"),
        lambda reply: reply.first.text.encode() if isinstance(reply.first, Say) else b"",
    )
    assert words in (answer or b"").decode()
    assert b"boom" not in (answer or b"")
    assert (
        await Conversation(Away(Unavailable("x")), LocalLocks(), world.services, conversation._talker._understanding).answered(
            "k"
        )
        is None
    )


async def test_the_account_menu_offers_what_fits(chat: Chat) -> None:
    """Bound: switch, log out, unbind. Not bound: the log-in begins."""
    await chat.presses("P_BIND")
    chat.expect("您同意吗")
    await chat.says("取消")
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    await chat.presses("P_BIND")
    chat.expect("张*国", "1 切换身份", "2 退出登录", "3 解除绑定")
    await chat.presses("P_CARD")
    chat.expect("1 社保卡丢了", "2 制卡进度", "3 补办或换卡")
    chat.expect_not("解挂", "刷卡记录")


async def test_someone_who_died_is_spoken_for_by_nobody(world: World) -> None:
    """The binding is there, the person is not: the chat is a visitor's."""
    from dataclasses import replace

    chat = Chat(world)
    await chat.logs_in(people.DEFU.phone or "", people.DEFU.id_no[-4:], "王德福")
    async with world.store.transaction() as tx:
        await tx.people.put_many([replace(people.DEFU, person_status="死亡", death_date=date(2024, 9, 1))])
    await chat.says("查缴费")
    chat.expect("要先登录")
