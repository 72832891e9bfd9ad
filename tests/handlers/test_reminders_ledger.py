"""Reminders: each once, whatever is killed between the plan, the send and the receipt (targets.md F1, F7, F10)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from dialogs.messages import Delivered
from handlers.jobs import LEASE, RetryLater, Runner
from handlers.reminders import KIND, Notice, Refused, Reminders, Sent
from storage.identity import make
from storage.ports.records import Binding, Certification, Person, ReminderRow, User
from storage.ports.time import SHANGHAI
from tests import people
from tests.clock import START
from tests.conversations.conftest import Chat, World
from tests.handlers.conftest import words

LAST4 = people.SHUFEN.id_no[-4:]
TODAY = START.date()


class Killed(BaseException):
    """The process is gone."""


Outcome = Sent | Refused | BaseException


class Platform:
    """The sender's port: remembers what was asked of it and answers as it is told; what it has nothing for it sends."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.asked: list[Notice] = []

    async def send(self, notice: Notice) -> Sent | Refused:
        self.asked.append(notice)
        outcome = self.outcomes.pop(0) if self.outcomes else Sent(f"msg-{notice.client_msg_id[:6]}-{len(self.asked)}")
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    @property
    def shown(self) -> set[tuple[str, str]]:
        """What people saw: the platform shows one client_msg_id once."""
        return {(notice.openid, notice.client_msg_id) for notice in self.asked}


def _worker(world: World, platform: Platform) -> World:
    """A process over the world's database; made again it is a restart."""
    reminders = Reminders(world.store, world.clock, world.services.regions, platform)
    runner = Runner(world.store, world.clock, {"remind": reminders.run_daily, "reminder": reminders.send})
    return replace(world, reminders=reminders, runner=runner)


async def _bound(world: World, openid: str = "o-one") -> Chat:
    chat = Chat(world, openid)
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    world.clock.advance(60)
    return chat


async def _rows(world: World) -> tuple[ReminderRow, ...]:
    async with world.store.reading() as tx:
        return await tx.reminders.of_person(world.ids.shufen, KIND)


async def _states(world: World) -> list[str]:
    return [row.state for row in await _rows(world)]


async def _die(worker: World) -> None:
    with pytest.raises(Killed):
        await worker.runner.drain()


async def test_killed_between_plan_and_send_the_reminder_goes_out_after_the_restart(world: World) -> None:
    """The row and its job were one transaction: the next process sends it, once, and a second plan adds nothing."""
    await _bound(world)
    platform = Platform()
    assert await _worker(world, platform).reminders.plan(TODAY) == 1
    again = _worker(world, platform)
    assert await again.reminders.plan(TODAY) == 0
    await again.settle()
    await again.settle()
    assert len(platform.asked) == 1
    assert await _states(world) == ["sent"]


@pytest.mark.parametrize("deaths", [1, 3])
async def test_killed_between_send_and_settle_the_same_id_is_sent_again(world: World, deaths: int) -> None:
    """F1: nobody knows whether it arrived; the call is repeated with the same client_msg_id, so that the platform shows it once."""
    await _bound(world)
    platform = Platform(*(Killed() for _ in range(deaths)))
    await _worker(world, platform).reminders.plan(TODAY)
    for _ in range(deaths):
        await _die(_worker(world, platform))
        assert await _states(world) == ["sending"]
        restarted = _worker(world, platform)
        await restarted.settle()
        assert await _states(world) == ["sending"]  # the dead one's lease still runs
        world.clock.advance(LEASE.total_seconds())
    await _worker(world, platform).settle()
    assert len(platform.asked) == deaths + 1
    assert len(platform.shown) == 1
    assert await _states(world) == ["sent"]


async def test_killed_while_planning_nothing_is_planned_twice(world: World) -> None:
    """Two workers plan at the same moment, one repeats the day's job: one row, one job, one notice."""
    await _bound(world)
    platform = Platform()
    for _ in range(3):
        await _worker(world, platform).reminders.run_daily(b"{}")
    await _worker(world, platform).settle()
    assert len(platform.asked) == 1
    assert len(await _rows(world)) == 1


@pytest.mark.parametrize(
    ("ok", "status", "state", "note"),
    [
        (True, "success", "delivered", "success"),
        (False, "failed:user block", "refused", "failed:user block"),
        (False, "failed: system failed", "refused", "failed: system failed"),
    ],
)
async def test_the_receipt_settles_the_row(world: World, ok: bool, status: str, state: str, note: str) -> None:
    """TEMPLATESENDJOBFINISH, also twice and late; one for a message that is not ours changes nothing."""
    await _bound(world)
    worker = _worker(world, Platform(Sent("1234567")))
    await worker.reminders.plan(TODAY)
    await worker.settle()
    for key, msg_id, told in (("r0", "7654321", not ok), ("r1", "1234567", ok), ("r2", "1234567", ok)):
        answer = await world.conversation.take(Delivered("o-one", key, world.clock.now(), msg_id, told, status), words)
        assert answer == b""
    (row,) = await _rows(world)
    assert (row.state, row.note) == (state, note)
    await worker.settle()
    assert await _states(world) == [state]


async def test_a_refusal_is_final(world: World) -> None:
    """F10: 43004 (does not follow): noted with its reason, not tried again, neither today nor by the next plan of the stage."""
    await _bound(world)
    platform = Platform(Refused("43004"))
    worker = _worker(world, platform)
    await worker.reminders.plan(TODAY)
    await worker.settle()
    for _ in range(5):
        world.clock.advance(86_400)
        await worker.reminders.plan(world.clock.now().date())
        await worker.settle()
    assert len(platform.asked) == 1
    (row,) = await _rows(world)
    assert (row.state, row.note) == ("refused", "43004")


@pytest.mark.parametrize("after", [None, timedelta(hours=14)])
async def test_trouble_that_passes_is_tried_again_with_the_same_id(world: World, after: timedelta | None) -> None:
    """F7, F8: busy now, or no quota until midnight: later, not before, the same reminder."""
    await _bound(world)
    platform = Platform(RetryLater("busy", after))
    worker = _worker(world, platform)
    await worker.reminders.plan(TODAY)
    await worker.settle()
    assert len(platform.asked) == 1
    world.clock.advance(14 * 3600 - 1 if after else 0.9)
    await worker.settle()
    assert len(platform.asked) == 1
    world.clock.advance(1 if after else 4)
    await worker.settle()
    assert len(platform.asked) == 2
    assert len(platform.shown) == 1
    assert await _states(world) == ["sent"]


async def test_a_person_with_two_chats_gets_one_in_each(world: World) -> None:
    """The retiree and a daughter are bound: both are told, each once, under ids of their own."""
    await _bound(world, "o-mother")
    await _bound(world, "o-daughter")
    platform = Platform()
    worker = _worker(world, platform)
    assert await worker.reminders.plan(TODAY) == 2
    await worker.settle()
    assert await worker.reminders.plan(TODAY) == 0
    await worker.settle()
    assert sorted(notice.openid for notice in platform.asked) == ["o-daughter", "o-mother"]
    assert len({notice.client_msg_id for notice in platform.asked}) == 2
    assert await _states(world) == ["sent", "sent"]


async def _dies(world: World) -> None:
    async with world.store.transaction() as tx:
        person = await tx.people.get(world.ids.shufen)
        assert isinstance(person, Person)
        await tx.people.put_many([replace(person, person_status="死亡", death_date=TODAY)])


async def _certifies(world: World) -> None:
    async with world.store.transaction() as tx:
        await tx.certifications.put_many([Certification(world.ids.shufen, TODAY, date(2025, 9, 27), "APP认证", "通过")])


async def _unbinds(world: World) -> None:
    async with world.store.transaction() as tx:
        assert await tx.users.unbind("o-one", world.ids.shufen, world.clock.now())


async def _leaves(world: World) -> None:
    async with world.store.transaction() as tx:
        await tx.users.forget("o-one")


@pytest.mark.parametrize(
    ("happens", "reason"), [(_dies, "person"), (_certifies, "certified"), (_unbinds, "not bound"), (_leaves, "not bound")]
)
async def test_who_needs_none_any_more_gets_none(world: World, happens: Callable[[World], object], reason: str) -> None:
    """Died, certified, unbound or left between plan and send: dropped with the reason; and before the plan: not even planned."""
    await _bound(world)
    platform = Platform()
    worker = _worker(world, platform)
    await worker.reminders.plan(TODAY)
    await happens(world)  # type: ignore[misc]
    await worker.settle()
    assert platform.asked == []
    (row,) = await _rows(world)
    assert (row.state, row.note) == ("dropped", reason)
    world.clock.set(datetime(2024, 9, 20, 9, 0, tzinfo=SHANGHAI))
    assert await worker.reminders.plan(world.clock.now().date()) == 0


async def test_after_days_of_downtime_the_present_stage_is_sent_and_no_other(world: World) -> None:
    """Down over two stages: on coming back one notice, of the stage of that day; then the remaining stages, one each."""
    await _bound(world)
    platform = Platform()
    await _worker(world, platform).reminders.schedule()
    world.clock.set(datetime(2024, 9, 21, 15, 0, tzinfo=SHANGHAI))
    worker = _worker(world, platform)
    await worker.reminders.schedule()
    await worker.settle()
    assert ["还有 6 天" in notice.hint for notice in platform.asked] == [True]
    for _ in range(9):
        world.clock.advance(86_400)
        await worker.settle()
    assert [(row.stage, row.state) for row in await _rows(world)] == [(stage, "sent") for stage in ("7", "3", "1", "0")]
    assert len(platform.asked) == 4
    assert "今天到期" in platform.asked[-1].hint


async def test_a_reminder_that_waited_into_the_next_stage_is_not_sent_beside_it(world: World) -> None:
    """Planned, then the worker was down until the next stage: the person hears once that day, about the days that are left now."""
    await _bound(world)
    platform = Platform()
    assert await _worker(world, platform).reminders.plan(TODAY) == 1
    world.clock.set(datetime(2024, 9, 21, 9, 0, tzinfo=SHANGHAI))
    worker = _worker(world, platform)
    assert await worker.reminders.plan(world.clock.now().date()) == 1
    await worker.settle()
    assert len(platform.asked) == 1
    assert "还有 6 天" in platform.asked[0].hint
    assert sorted(await _states(world)) == ["dropped", "sent"]


async def test_a_reminder_after_its_day_is_not_sent(world: World) -> None:
    """Planned in time, the worker down until the due day was over: dropped, since "still so many days" would be untrue."""
    await _bound(world)
    platform = Platform()
    await _worker(world, platform).reminders.plan(TODAY)
    world.clock.set(datetime(2024, 9, 28, 0, 0, tzinfo=SHANGHAI))
    await _worker(world, platform).settle()
    assert platform.asked == []
    (row,) = await _rows(world)
    assert (row.state, row.note) == ("dropped", "too late")


async def test_a_region_that_is_served_no_more_stops_nobody(world: World) -> None:
    """People of a region that was taken out of the configuration get none; the others' plan and sends go on."""
    await _bound(world)
    async with world.store.transaction() as tx:
        await tx.certifications.put_many([Certification(world.ids.xiuying, None, date(2024, 9, 27))])
    await _binding(world, "o-two", world.ids.xiuying)
    platform = Platform()
    worker = _worker(world, platform)
    assert await worker.reminders.plan(TODAY) == 2
    only = {"beijing": world.services.regions["beijing"]}
    reminders = Reminders(world.store, world.clock, only, platform)
    await Runner(world.store, world.clock, {"reminder": reminders.send}).drain()
    assert [notice.openid for notice in platform.asked] == ["o-one"]
    world.clock.set(datetime(2024, 9, 20, 9, 0, tzinfo=SHANGHAI))
    assert await reminders.plan(world.clock.now().date()) == 1


async def test_of_two_hundred_every_one_is_sent_once_although_twenty_sends_end_in_death(world: World) -> None:
    """F1: the worker dies in twenty sends of a campaign: everybody has one reminder, none is lost, and no id was shown twice."""
    retirees = [replace(people.SHUFEN, name=f"样例{n}", id_no=_number(n), phone=f"1990002{n:04d}") for n in range(200)]
    async with world.store.transaction() as tx:
        ids = await tx.people.put_many(retirees)
        await tx.certifications.put_many(Certification(person, None, date(2024, 9, 27)) for person in ids.values())
    for n, person in enumerate(ids.values()):
        await _binding(world, f"o-{n}", person)
    platform = Platform(*((Killed() if n % 9 == 4 else Sent(f"m{n}")) for n in range(180)))
    assert await _worker(world, platform).reminders.plan(TODAY) == 200
    deaths = 0
    for _ in range(200):
        worker = _worker(world, platform)
        try:
            ran = await worker.runner.drain()
        except Killed:
            deaths += 1
            ran = 1
        if not ran and not await _due(world):
            break
        world.clock.advance(LEASE.total_seconds())
    assert deaths >= 5  # the sends of one batch die together
    async with world.store.reading() as tx:
        rows = [row for person in ids.values() for row in await tx.reminders.of_person(person, KIND)]
    assert [row.state for row in rows] == ["sent"] * 200
    assert len(platform.shown) == 200
    assert len(platform.asked) == 220


def _number(n: int) -> str:
    return make(people.AREA, date(1948, 1, 1) + timedelta(days=n), n % 900 + 1)


async def _binding(world: World, openid: str, person: int) -> None:
    async with world.store.transaction() as tx:
        await tx.users.save(User(openid, True, "person", "beijing", person, world.clock.now(), "message", 5))
        await tx.users.bind(Binding(0, openid, person, "person", "sms", "test", world.clock.now()))


async def _due(world: World) -> bool:
    async with world.store.reading() as tx:
        return await tx.jobs.next_due() is not None
