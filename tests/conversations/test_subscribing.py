"""订阅提醒 in the chat: the way to the page on which WeChat is allowed to remind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.conversation import Conversation
from storage.locks import LocalLocks
from tests.conversations.conftest import PUBLIC, Chat, World
from tests.fresh import understanding


def with_template(world: World) -> Chat:
    """A chat of an account that has a template of 订阅通知."""
    world.services = replace(world.services, consents={"T1": 1})
    world.conversation = Conversation(world.store, LocalLocks(), world.services, understanding())
    return Chat(world)


@pytest.mark.parametrize("words", ["订阅提醒", "我要订阅认证提醒", "怎么订阅通知", "允许微信提醒我"])
async def test_the_words_lead_to_the_page(world: World, words: str) -> None:
    """However it is said: one link, and what to do there."""
    chat = with_template(world)
    await chat.says(words)
    chat.expect("再点“允许”")
    assert chat.link("允许微信提醒我").startswith(f"{PUBLIC}/p/")


async def test_the_settings_offer_it(world: World) -> None:
    """提醒设置 names it as its last entry; its number leads there, and back."""
    chat = with_template(world)
    await chat.says("提醒设置")
    number = next(line.split(" ")[0] for line in chat.last.splitlines() if "订阅微信提醒" in line)
    await chat.says(number)
    chat.expect("允许微信提醒我")
    await chat.says("1")
    chat.expect("您的提醒设置")


async def test_where_nothing_can_be_allowed_it_says_what_holds(world: World) -> None:
    """An account without such a template: no link, no entry, a sentence that one is reminded anyway."""
    chat = Chat(world)
    await chat.says("订阅提醒")
    chat.expect("不用另外订阅")
    chat.expect_not("http")
    await chat.says("提醒设置")
    chat.expect_not("订阅微信提醒")
