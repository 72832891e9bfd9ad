"""How many codes go to a phone, from a chat and after wrong tries (targets.md S6, S7), each by the figure of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.policy import Policy
from storage.vault import Vault
from tests import people
from tests.conversations.conftest import Chat, World, build

MINUTE, HOUR, DAY = 60, 3600, 86_400


async def _asks(world: World, openid: str, phone: str) -> Chat:
    """A log-in as far as the code."""
    chat = Chat(world, openid)
    await chat.says("取消")
    await chat.says("登录")
    await chat.says("1")
    await chat.says(phone)
    return chat


def _sent(world: World, phone: str) -> int:
    return sum(number == phone for number, _ in world.outside.sms)


async def test_a_phone_gets_five_codes_an_hour_and_ten_a_day(world: World) -> None:
    """Whoever asks, each from a chat of its own: the sixth of an hour is told when, and so is the eleventh of a day; nobody's chat is to blame."""
    for number in range(5):
        await _asks(world, f"o-{number}", people.JIANGUO_PHONE)
        world.clock.advance(2 * MINUTE)
    sixth = await _asks(world, "o-sixth", people.JIANGUO_PHONE)
    sixth.expect("太频繁", "11:00")  # an hour after the first, at ten
    assert _sent(world, people.JIANGUO_PHONE) == 5
    world.clock.advance(HOUR)
    for number in range(5):
        await _asks(world, f"p-{number}", people.JIANGUO_PHONE)
        world.clock.advance(2 * MINUTE)
    assert _sent(world, people.JIANGUO_PHONE) == 10
    world.clock.advance(2 * HOUR)
    eleventh = await _asks(world, "o-eleventh", people.JIANGUO_PHONE)
    eleventh.expect("明天")
    assert _sent(world, people.JIANGUO_PHONE) == 10
    other = await _asks(world, "o-other", people.SHUFEN_PHONE)
    other.expect("5 分钟")
    world.clock.advance(DAY)
    await _asks(world, "o-tomorrow", people.JIANGUO_PHONE)
    assert _sent(world, people.JIANGUO_PHONE) == 11


async def test_a_chat_may_try_five_phones_a_day(world: World) -> None:
    """The sixth is refused, whether it is anybody's or not; the five may be asked again."""
    patient = build(
        world.store, world.clock, Vault(bytes(range(32))), world.ids, policy=replace(Policy(), codes_before_captcha=100)
    )
    chat = Chat(patient, "o-many")
    for number in range(5):
        await _asks(patient, "o-many", f"1990000100{number}")
        world.clock.advance(2 * MINUTE)
    sixth = await _asks(patient, "o-many", people.JIANGUO_PHONE)
    sixth.expect("太频繁")
    assert _sent(patient, people.JIANGUO_PHONE) == 0
    again = await _asks(patient, "o-many", "19900001000")
    again.expect("5 分钟")
    world.clock.advance(DAY)
    await _asks(patient, chat.openid, people.JIANGUO_PHONE)
    assert _sent(patient, people.JIANGUO_PHONE) == 1


@pytest.mark.parametrize("restarted", [False, True])
async def test_codes_that_died_lock_the_phone_for_longer_each_time(world: World, restarted: bool) -> None:
    """A code dies of five wrong tries, and then none is sent for a quarter of an hour; after the second of a day for two hours, after the third for
    a day, each from its own end on, whichever chats ask, also over a restart: fifteen guesses a day of a million."""
    for number, (soon, later) in enumerate(((14, 2), (119, 2), (1439, 2))):
        chat = await _asks(world, f"o-{number}", people.JIANGUO_PHONE)
        right = world.outside.code(people.JIANGUO_PHONE)
        assert _sent(world, people.JIANGUO_PHONE) == number + 1
        for _ in range(5):
            await chat.says("000000" if right != "000000" else "111111")
        chat.expect("已经失效")
        world.clock.advance(soon * MINUTE)
        if restarted:
            sms, numbers = world.outside.sms, world.numbers
            world = build(world.store, world.clock, Vault(bytes(range(32))), world.ids)
            world.outside.sms.extend(sms)
            world.numbers = numbers  # what was sent before is no resend
        too_soon = await _asks(world, f"p-{number}", people.JIANGUO_PHONE)
        too_soon.expect("太频繁")
        assert _sent(world, people.JIANGUO_PHONE) == number + 1
        world.clock.advance(later * MINUTE)
    await _asks(world, "o-last", people.JIANGUO_PHONE)
    assert _sent(world, people.JIANGUO_PHONE) == 4
