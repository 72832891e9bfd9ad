"""What a turn has made is gone when it ends: a process that answers thousands a second must not stop to look for what was left."""

from __future__ import annotations

import gc

import pytest

from handlers.desk import TurnDesk
from tests.conversations.conftest import Chat, World


@pytest.mark.parametrize("words", ["校验", "菜单", "查2024年1月的缴费", "我的家人", "人工"])
async def test_nothing_of_a_turn_waits_for_the_garbage_collector(world: World, words: str) -> None:
    """After a turn no desk is left, whatever parts of it were needed."""
    chat = Chat(world)
    await chat.says("取消")
    gc.freeze()  # what there was before is not looked at
    gc.disable()
    try:
        await chat.says(words)
        assert [one for one in gc.get_objects() if type(one) is TurnDesk] == []
    finally:
        gc.enable()
