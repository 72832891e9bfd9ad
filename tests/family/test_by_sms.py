"""亲情 by SMS: who has no chat asks who may what, and ends it, with an SMS that says so; over real HTTP, as the clouds tell it."""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.config import Sms as SmsConfig
from bot.sms import REPLY_PATH, reply_routes
from tests import people
from tests.conversations.conftest import Chat, World
from tests.family.test_telling import son
from tests.wishes.test_replies import told

KEY = "reply-key-of-the-tests-0123456789"


async def answers(world: World, text: str, phone: str = people.SHUFEN_PHONE) -> str:
    """What the phone is sent in answer; '' for nothing."""
    before = len(world.outside.sms)
    app = web.Application()
    app.add_routes(reply_routes(SmsConfig(report_key=KEY), world.store, world.clock, world.services))
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        address = server.make_url(REPLY_PATH.format(provider="tencent", key=KEY))
        async with session.post(address, data=told("tencent", phone, text)) as answer:
            assert answer.status == 200
    await world.settle()
    new = world.outside.sms[before:]
    assert {to for to, _ in new} <= {phone}
    return "\n".join(words for _, words in new)


async def living(world: World) -> list[str]:
    async with world.store.reading() as tx:
        return [one.label for one in await tx.family.of_person(world.ids.shufen, world.clock.now().date())]


@pytest.mark.parametrize("word", ["收回", "取消", " 收回。", "收回授权", "取消授权", "收回女儿", "全部收回"])
async def test_the_person_ends_it_by_sms(world: World, chat: Chat, word: str) -> None:
    """At once, with an SMS that names the relative, who is told too and sees nothing any more."""
    await son(world, chat)
    assert "已收回您给女儿的亲情授权，马上生效" in await answers(world, word)
    assert await living(world) == []
    await world.settle()
    assert any("用短信收回了" in getattr(one, "text", "") for to, one in world.outside.pushed if to == chat.openid)
    await chat.says("看妈妈的认证")
    chat.expect("现在没有家人授权您看认证")
    assert "已收回" not in await answers(world, word)


@pytest.mark.parametrize("word", ["我的家人", "亲情", "TD"])
async def test_the_person_asks_who_may_what(world: World, chat: Chat, word: str) -> None:
    """Nothing is ended; how it ends is said. TD, where there is no reminder to stop, is taken for the same."""
    await son(world, chat)
    assert "能帮您办事的家人：女儿（看资格认证、看缴费和待遇）。想收回，回复“收回”" in await answers(world, word)
    assert await living(world) == ["女儿"]


async def test_one_of_several(world: World, chat: Chat) -> None:
    """收回 alone names them and ends nobody; with the name it ends that one."""
    await son(world, chat)
    world.clock.advance(3600)
    other = Chat(world, "o-other-son")
    for words in ("我要帮家人", "2", "2", "1", people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:], "1"):
        await other.says(words)
    await other.says(world.outside.code(people.SHUFEN_PHONE))
    other.expect("您可以帮 赵*芬")
    assert "女儿（看资格认证、看缴费和待遇）；儿子（看资格认证）" in await answers(world, "收回")
    assert sorted(await living(world)) == sorted(["女儿", "儿子"])
    assert "已收回您给儿子的" in await answers(world, "收回儿子")
    assert await living(world) == ["女儿"]
    assert await answers(world, "收回孙子") == ""


async def test_another_phone_ends_nothing(world: World, chat: Chat) -> None:
    """Only that of the person; somebody's phone without relatives hears that there are none, nobody's phone hears nothing."""
    await son(world, chat)
    assert "没有家人" in await answers(world, "收回", people.LI_PHONE)
    assert await answers(world, "取消", people.LI_PHONE) == ""
    assert await answers(world, "收回", "13000000000") == ""
    assert await living(world) == ["女儿"]


async def test_echoes_have_an_end(world: World, chat: Chat) -> None:
    """Whoever writes without end costs ten messages a day."""
    await son(world, chat)
    heard = [await answers(world, "我的家人") for _ in range(12)]
    assert [bool(one) for one in heard] == [True] * 10 + [False] * 2
