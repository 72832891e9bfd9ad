"""Two processes' worth of the product over one PostgreSQL and one Redis: nothing of a chat belongs to a process (DESIGN section 5)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from itertools import count

import pytest

from dialogs.messages import Reply, Said
from handlers.conversation import Conversation
from handlers.session import unpack
from handlers.understanding import default_understanding
from storage.ports.records import CodeState
from storage.redis import RedisBackend, RedisLocks, open_redis
from storage.sql import open_store
from storage.vault import Vault
from tests import people
from tests.clock import START, FakeClock
from tests.conversations.conftest import Chat, World, build, shown
from tests.handlers.conftest import all_at_once, words

pytestmark = pytest.mark.xdist_group("postgres")

LAST4 = people.XIUYING.id_no[-4:]


@dataclass
class Two:
    """Two processes: each its own store, its own connections to Redis, its own locks; one outside."""

    first: World
    second: World
    redis: RedisBackend

    @property
    def both(self) -> tuple[World, World]:
        return self.first, self.second

    async def flush(self) -> None:
        """Redis loses everything."""
        await self.redis.client.flushall()


async def _two(stack: list[RedisBackend], postgres_url: str, redis_url: str, vault: Vault, clock: FakeClock) -> Two:
    worlds: list[World] = []
    ids: people.Ids | None = None
    for _ in range(2):
        redis = open_redis(redis_url)
        stack.append(redis)
        store = open_store(postgres_url, vault, clock, redis=redis)
        ids = ids or await people.load(store)
        world = build(store, clock, vault, ids)
        conversation = Conversation(store, RedisLocks(redis, vault=vault), world.services, default_understanding())
        worlds.append(replace(world, conversation=conversation))
    first, second = worlds
    # What leaves either process arrives at the same people.
    second = replace(second, outside=first.outside, runner=first.runner, numbers=first.numbers)
    return Two(first, second, stack[0])


@pytest.fixture
async def two(postgres_url: str, redis_url: str, vault: Vault, clock: FakeClock) -> AsyncIterator[Two]:
    opened: list[RedisBackend] = []
    found = await _two(opened, postgres_url, redis_url, vault, clock)
    yield found
    for world in found.both:
        await world.store.close()


class Roaming(Chat):
    """A person whose every message goes to the other process than the one before."""

    def __init__(self, two: Two, openid: str = "o-one") -> None:
        super().__init__(two.first, openid)
        self._two = two
        self._turns = count(1)

    async def says(self, text: str) -> str:
        self.world = self._two.both[next(self._turns) % 2]
        return await super().says(text)


async def _to_the_code(two: Two, openid: str = "o-one") -> Roaming:
    """Logged in as 李秀英, in the middle of 挂失: the code has been sent."""
    chat = Roaming(two, openid)
    await chat.logs_in(people.COUPLE_PHONE, LAST4, "李秀英")
    chat.expect("登录成功")
    two.first.clock.advance(120)
    await chat.says("社保卡丢了")
    await chat.says("1")
    chat.expect("验证码")
    return chat


async def _lost(two: Two) -> tuple[str, int]:
    """The state of the card and how many cases there are, as the second process sees them."""
    async with two.second.store.reading() as tx:
        card = await tx.cards.of_person(two.first.ids.xiuying)
        assert card is not None
        return card.status, len(await tx.cases.of_person(two.first.ids.xiuying))


async def test_a_log_in_begun_on_one_process_goes_on_at_the_other(two: Two) -> None:
    """Message by message at another process: log-in, loss report, paper; nobody notices."""
    chat = await _to_the_code(two)
    await chat.says(two.first.outside.code(people.COUPLE_PHONE))
    chat.expect("挂失成功")
    await chat.says("1")
    chat.expect("社保卡挂失回执", "/d/")
    assert await _lost(two) == ("lost", 1)


async def test_messages_of_one_person_at_both_processes_are_one_conversation(two: Two) -> None:
    """Twenty wrong codes at once, ten at each process: five tries are counted, each told once, and the code is dead for both."""
    chat = Chat(two.first)
    await chat.says("登录")
    await chat.says("1")
    await chat.says(people.COUPLE_PHONE)
    right = two.first.outside.code(people.COUPLE_PHONE)
    wrong = "000000" if right != "000000" else "111111"
    async with two.first.store.reading() as tx:
        session = await tx.sessions.load(chat.openid, START)
    assert session is not None
    running = unpack(session.body).running
    assert running is not None
    answers = await all_at_once(
        two.both[n % 2].conversation.take(Said(chat.openid, f"w{n}", START, wrong), words) for n in range(20)
    )
    for left in (4, 3, 2, 1):
        assert sum(f"还可以试 {left} 次" in answer for answer in answers) == 1
    async with two.second.store.reading() as tx:
        request = await tx.codes.get(running.memo["code.request"])
    assert request is not None
    assert (request.attempts, request.state) == (5, CodeState.DEAD)


async def test_a_message_that_reaches_both_processes_runs_once(two: Two) -> None:
    """F15: the platform sends again to the other worker while the first is still at it: one turn, the same bytes, one case."""
    chat = await _to_the_code(two)
    code = two.first.outside.code(people.COUPLE_PHONE)
    turns = count(1)

    def seal(reply: Reply) -> bytes:
        return f"{next(turns)} {shown(reply.first)}".encode()

    message = Said(chat.openid, "resent", two.first.clock.now(), code)
    answers = await asyncio.gather(*(two.both[n % 2].conversation.take(message, seal) for n in range(10)))
    assert len(set(answers)) == 1
    assert next(turns) == 2
    assert "挂失成功" in (answers[0] or b"").decode()
    assert await _lost(two) == ("lost", 1)
    assert await two.second.conversation.answered("resent") == answers[0]


async def test_different_people_do_not_wait_for_each_other(two: Two) -> None:
    """While one chat's lock is held by the first process, everybody else is answered by both; that one waits and is then answered too."""
    locks = RedisLocks(two.redis)
    async with locks.hold("chat:o-held"):
        waiting = asyncio.ensure_future(two.second.conversation.take(Said("o-held", "h", START, "登录"), words))
        answers = await all_at_once(
            two.both[n % 2].conversation.take(Said(f"o-{n}", f"k{n}", START, "登录"), words) for n in range(20)
        )
        assert all("您同意吗" in answer for answer in answers)
        assert not waiting.done()
    assert "您同意吗" in (await waiting or b"").decode()


@pytest.mark.parametrize("answered", [1, 2, 3, 4])
async def test_a_session_that_is_lost_lets_nobody_in_and_asks_again(two: Two, answered: int) -> None:
    """Redis is emptied at each point of the log-in: what comes next is not taken for an answer, nobody is bound, and starting over works."""
    chat = Roaming(two)
    steps = ["登录", "1", people.LI_PHONE, "", people.LI.id_no[-4:]]
    for step in steps[:answered]:
        await chat.says(step or two.first.outside.code(people.LI_PHONE))
    await two.flush()
    await chat.says(steps[answered] or two.first.outside.code(people.LI_PHONE))
    chat.expect_not("登录成功", "后四位")
    async with two.first.store.reading() as tx:
        assert await tx.users.bindings(chat.openid) == ()
    two.first.clock.advance(120)
    await chat.logs_in(people.LI_PHONE, people.LI.id_no[-4:])
    chat.expect("登录成功", "陈*")


async def test_who_is_logged_in_stays_so_when_redis_is_emptied(two: Two) -> None:
    """The binding is a row: after the loss the person is known, and only the open question is gone."""
    chat = Roaming(two)
    await chat.logs_in(people.COUPLE_PHONE, LAST4, "李秀英")
    await two.flush()
    await chat.says("查2024年上半年的养老缴费")
    chat.expect("养老保险缴了 6 个月")


async def test_a_loss_report_that_was_answered_is_not_done_again_when_redis_is_emptied(two: Two) -> None:
    """Answer and session are lost after the commit; the same message comes again at the other process: one case, one card, one SMS about it."""
    chat = await _to_the_code(two)
    message = Said(chat.openid, "resent", two.first.clock.now(), two.first.outside.code(people.COUPLE_PHONE))
    first = await two.first.conversation.take(message, words)
    assert "挂失成功" in (first or b"").decode()
    await two.flush()
    again = await two.second.conversation.take(message, words)
    assert again is not None
    assert "挂失成功" not in again.decode()
    await two.first.settle()
    assert await _lost(two) == ("lost", 1)
    assert sum("业务流水号" in text for _, text in two.first.outside.sms) == 1
    await chat.says("社保卡丢了")
    chat.expect("已经挂失了")


async def test_a_passed_code_cannot_be_used_again_after_the_session_is_lost(two: Two) -> None:
    """S9: the code was right, the session is lost before the loss report's answer; the same digits in a new report do nothing."""
    chat = await _to_the_code(two)
    old = two.first.outside.code(people.COUPLE_PHONE)
    await two.flush()
    two.first.clock.advance(120)
    await chat.says("社保卡丢了")
    await chat.says("1")
    new = two.first.outside.code(people.COUPLE_PHONE)
    if old != new:
        await chat.says(old)
        chat.expect("验证码不对")
    assert await _lost(two) == ("active", 0)
    await chat.says(new)
    chat.expect("挂失成功")
    assert await _lost(two) == ("lost", 1)
