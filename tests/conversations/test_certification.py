"""认证提醒 (BJH-26): the own date, and reminders that are sent once and stop."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from storage.ports.records import Certification, Channel
from storage.ports.time import SHANGHAI
from tests import people
from tests.conversations.conftest import Chat, World

LAST4 = people.SHUFEN.id_no[-4:]


async def test_a_retiree_sees_one_date_and_the_ways(chat: Chat) -> None:
    """Due on 2024-09-27, today is 2024-09-12: fifteen days; a way without the face is named."""
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    await chat.says("我的认证到什么时候")
    chat.expect("2024年9月27日", "还有 15 天", "不用刷脸", "1 ")
    await chat.says("2")
    chat.expect("居住地", "身份证", "别的办法")


async def test_a_visitor_gets_the_ways_of_the_region(chat: Chat) -> None:
    """Without a log-in: the region is asked, the ways are told, no date."""
    await chat.says("资格认证")
    chat.expect("您在哪里参保")
    await chat.says("北京")
    chat.expect("登录", "不用刷脸")


async def test_who_draws_nothing_needs_no_certification(chat: Chat) -> None:
    """张建国 is at work."""
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    await chat.says("资格认证")
    chat.expect("不用认证")


async def test_a_missed_date_says_what_happens_and_what_to_do(chat: Chat) -> None:
    """Ten days late."""
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    chat.world.clock.set(datetime(2024, 10, 7, 10, 0, tzinfo=SHANGHAI))
    await chat.says("资格认证")
    chat.expect("已经过了 10 天", "尽快")


async def test_each_stage_is_reminded_once(world: World) -> None:
    """Fifteen days before: one notice; the same day again: none; at seven days: the next."""
    chat = Chat(world)
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    assert await world.planner.plan(date(2024, 9, 12)) == 1
    await world.settle()
    assert await world.planner.plan(date(2024, 9, 12)) == 0
    await world.settle()
    (letter,) = world.outside.of(Channel.TEMPLATE)
    assert letter.user is not None
    assert letter.user.openid == chat.openid
    assert letter.words.due == "2024年9月27日"
    assert letter.words.hint == "还有15天，回复“认证”看怎么办"
    world.clock.set(datetime(2024, 9, 20, 9, 0, tzinfo=SHANGHAI))
    assert await world.planner.plan(date(2024, 9, 20)) == 1
    await world.settle()
    assert [letter.notice.stage for letter in world.outside.of(Channel.TEMPLATE)] == ["15", "7"]


async def test_reminding_stops_when_certified(world: World) -> None:
    """Certified between the plan and the send: nothing goes out."""
    chat = Chat(world)
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    assert await world.planner.plan(date(2024, 9, 12)) == 1
    async with world.store.transaction() as tx:
        await tx.certifications.put_many(
            [Certification(world.ids.shufen, date(2024, 9, 12), date(2025, 9, 12), "APP认证", "通过")]
        )
    await world.settle()
    assert world.outside.letters == []
    assert await world.planner.plan(date(2024, 9, 13)) == 0


async def test_a_chat_is_not_reminded_after_unfollowing(world: World) -> None:
    """S15, F10: nothing goes to the chat; the agency's own 预留手机号 is told instead, fifteen days before."""
    chat = Chat(world)
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    await world.planner.plan(date(2024, 9, 12))
    async with world.store.transaction() as tx:
        await tx.users.forget(chat.openid)
    await world.settle()
    assert world.outside.of(Channel.TEMPLATE, Channel.SUBSCRIBE, Channel.CHAT) == []
    (letter,) = world.outside.of(Channel.SMS)
    assert letter.phone == people.SHUFEN_PHONE
    assert "2024年9月27日" in letter.words.sms


async def test_the_daily_run_comes_by_itself_each_morning(world: World) -> None:
    """Scheduled once; who starts after nine has the day's run at once, and the next one comes at nine the next day."""
    chat = Chat(world)
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    await world.planner.schedule()
    await world.planner.schedule()
    await world.settle()
    assert [letter.notice.stage for letter in world.outside.of(Channel.TEMPLATE)] == ["15"]
    world.clock.set(datetime(2024, 9, 20, 8, 59, tzinfo=SHANGHAI))
    await world.settle()
    world.clock.set(datetime(2024, 9, 20, 9, 0, tzinfo=SHANGHAI))
    await world.settle()
    assert [letter.notice.stage for letter in world.outside.of(Channel.TEMPLATE)] == ["15", "7"]
    world.clock.advance(timedelta(days=1).total_seconds())
    await world.settle()
    assert len(world.outside.of(Channel.TEMPLATE)) == 2
