"""过几天提醒我看结果: once for a person and cycle, after the region's working days."""

from __future__ import annotations

from datetime import datetime

from storage.ports.records import Channel, Grant, Notice, NoticeState, User
from storage.ports.time import SHANGHAI
from tests.conversations.conftest import Chat, World, shown


async def _rows(world: World) -> tuple[Notice, ...]:
    async with world.store.reading() as tx:
        return tuple(row for row in await tx.notices.of_person(world.ids.shufen, "P-CERT") if row.stage == "result")


async def test_after_a_way_it_is_offered_and_kept_once(retiree: Chat, world: World) -> None:
    """2024-09-12 is a Thursday: the 13th and the 14th (a Saturday that is worked) and, after 中秋, the 18th are three working days."""
    await retiree.says("资格认证")
    await retiree.says("1")
    number = next(line.split()[0] for line in retiree.last.splitlines() if "过几天提醒我看结果" in line)
    await retiree.says(number)
    retiree.expect("9月18日 09:00 提醒您看认证结果", "认证记录")
    rows = await _rows(world)
    assert len(rows) == 1
    row = rows[0]
    assert (row.cycle, row.channel, row.state, row.openid) == ("2024-09-27", Channel.CHAT, NoticeState.PLANNED, "o-one")
    assert row.due == datetime(2024, 9, 18, 9, 0, tzinfo=SHANGHAI)
    await retiree.says("过几天提醒我看结果")
    retiree.expect("已经记着了，9月18日 09:00")
    assert len(await _rows(world)) == 1


async def test_on_that_day_it_is_told_in_this_chat(retiree: Chat, world: World) -> None:
    """Once, with what is known of the result; a minute before nothing."""
    await retiree.says("提醒我看认证结果")
    world.clock.set(datetime(2024, 9, 18, 8, 59, tzinfo=SHANGHAI))
    await world.settle()
    before = len(world.outside.pushed)
    world.clock.set(datetime(2024, 9, 18, 9, 0, tzinfo=SHANGHAI))
    await world.settle()
    told = world.outside.pushed[before:]
    assert [openid for openid, _ in told] == ["o-one"]
    assert "认证结果还没有登记" in shown(told[0][1])
    world.clock.advance(3600)
    await world.settle()
    assert len(world.outside.pushed) == before + 1


async def test_who_stops_afterwards_is_not_told(retiree: Chat, world: World) -> None:
    """A promise ends with 退订."""
    await retiree.says("提醒我看认证结果")
    await retiree.says("退订")
    await retiree.says("1")
    world.clock.set(datetime(2024, 9, 18, 9, 0, tzinfo=SHANGHAI))
    await world.settle()
    assert world.outside.pushed == []


async def test_who_has_stopped_is_told_so(retiree: Chat, world: World) -> None:
    """Nothing is promised that would not come."""
    await retiree.says("退订")
    await retiree.says("1")
    await retiree.says("提醒我看认证结果")
    retiree.expect("您停了资格认证提醒", "恢复提醒")
    assert await _rows(world) == ()
    await retiree.says("1")
    await retiree.says("提醒我看认证结果")
    retiree.expect("9月18日 09:00")


async def test_a_visitor_logs_in_first(chat: Chat, world: World) -> None:
    """It is about a person."""
    await chat.says("提醒我看认证结果")
    chat.expect("要先登录")
    assert await _rows(world) == ()


async def test_a_relative_needs_the_right_to_see_the_certification(world: World) -> None:
    """Who may only be reminded promises themself nothing; who may see the certification is reminded in their own chat."""
    today = world.clock.now().date()
    for openid, scopes in (("o-reminded", {"remind", "benefits"}), ("o-seeing", {"remind", "certification"})):
        async with world.store.transaction() as tx:
            await tx.family.grant(
                Grant(
                    0,
                    world.ids.shufen,
                    openid,
                    "女儿",
                    frozenset(scopes),
                    today.replace(year=2025),
                    False,
                    world.clock.now(),
                    "code",
                )
            )
            await tx.users.save(User(openid, True, "relative", "beijing", world.ids.shufen))
        await Chat(world, openid).says("提醒我看认证结果")
    assert [row.openid for row in await _rows(world)] == ["o-seeing"]
