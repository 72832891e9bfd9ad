"""认证提醒 (BJH-26): the own date, and reminders that are sent once and stop."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from handlers.reminders import stage_of
from storage.ports.records import Certification
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
    assert await world.reminders.plan(date(2024, 9, 12)) == 1
    await world.settle()
    assert await world.reminders.plan(date(2024, 9, 12)) == 0
    await world.settle()
    (notice,) = world.outside.notices
    assert notice.openid == chat.openid
    assert "2024年9月27日" in notice.due
    world.clock.set(datetime(2024, 9, 20, 9, 0, tzinfo=SHANGHAI))
    assert await world.reminders.plan(date(2024, 9, 20)) == 1
    await world.settle()
    assert len(world.outside.notices) == 2


async def test_reminding_stops_when_certified(world: World) -> None:
    """Certified between the plan and the send: nothing goes out."""
    chat = Chat(world)
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    assert await world.reminders.plan(date(2024, 9, 12)) == 1
    async with world.store.transaction() as tx:
        await tx.certifications.put_many(
            [Certification(world.ids.shufen, date(2024, 9, 12), date(2025, 9, 12), "APP认证", "通过")]
        )
    await world.settle()
    assert world.outside.notices == []
    assert await world.reminders.plan(date(2024, 9, 13)) == 0


async def test_nobody_is_reminded_after_unfollowing(world: World) -> None:
    """S15: pending notices are dropped."""
    chat = Chat(world)
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    await world.reminders.plan(date(2024, 9, 12))
    async with world.store.transaction() as tx:
        await tx.users.forget(chat.openid)
    await world.settle()
    assert world.outside.notices == []


async def test_the_daily_run_comes_by_itself_each_morning(world: World) -> None:
    """Scheduled once; at nine the plan runs and tomorrow's run is queued."""
    chat = Chat(world)
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    await world.reminders.schedule()
    await world.reminders.schedule()
    await world.settle()
    assert world.outside.notices == []
    world.clock.set(datetime(2024, 9, 13, 9, 0, tzinfo=SHANGHAI))
    await world.settle()
    assert len(world.outside.notices) == 1
    world.clock.advance(timedelta(days=1).total_seconds())
    await world.settle()
    assert len(world.outside.notices) == 1


def test_a_stage_is_the_smallest_not_passed() -> None:
    """Stages of 30, 15 and 7 days: worked out by hand."""
    stages = (30, 15, 7, 0)
    assert stage_of(31, stages) is None
    assert stage_of(30, stages) == 30
    assert stage_of(16, stages) == 30
    assert stage_of(15, stages) == 15
    assert stage_of(1, stages) == 7
    assert stage_of(0, stages) == 0
    assert stage_of(-1, stages) is None
