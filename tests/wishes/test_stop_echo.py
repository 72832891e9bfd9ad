"""What a phone hears after TD: which reminder has ended, once, and nothing where nothing has."""

from __future__ import annotations

import aiohttp
import pytest

from tests.conversations.conftest import World
from tests.family.test_by_sms import answers
from tests.wishes.test_replies import Desk


async def reminded(world: World, person_id: int, kind: str) -> None:
    async with aiohttp.ClientSession() as session:
        await Desk(world.store, world.clock, world.ids, session, "").reminded(person_id, kind)


@pytest.mark.parametrize(("kind", "title"), [("P-CERT", "资格认证提醒"), ("P-PAUSED", "待遇停发、恢复提醒")])
async def test_td_is_answered_with_what_it_stopped(world: World, kind: str, title: str) -> None:
    """By its name, and with the way back; a second TD stops nothing more and is not answered, so two machines never talk to each other."""
    await reminded(world, world.ids.shufen, kind)
    told = await answers(world, "TD")
    assert f"已停止“{title}”，" in told
    assert "回复“提醒设置”" in told
    assert "12333" in told
    for _ in range(3):
        assert await answers(world, "TD") == ""


async def test_td_where_there_was_no_reminder_is_not_answered(world: World) -> None:
    """Nothing was stopped, so nothing is said."""
    assert await answers(world, "TD") == ""
    assert await answers(world, "TD", "13900000000") == ""
