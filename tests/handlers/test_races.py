"""What is sent a hundred times at once: one log-in, five counted tries, one SMS, and ceilings that hold (targets.md S6, S8, S10, S24)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from dialogs.messages import Said
from handlers.conversation import Conversation
from handlers.policy import Policy
from handlers.session import unpack
from handlers.understanding import default_understanding
from storage.locks import LocalLocks
from storage.ports.records import CodeRequest, CodeState
from storage.ports.repositories import Locks
from storage.sql import open_store
from storage.vault import Vault
from tests import people
from tests.clock import START, FakeClock
from tests.conversations.conftest import Chat, World, build
from tests.handlers.conftest import all_at_once, words

LAST4 = people.JIANGUO.id_no[-4:]
TIMES = 100


class NoLocks:
    """Everybody holds everything: what is left of locks when the process that gave them out has been lost."""

    @asynccontextmanager
    async def hold(self, name: str, message: tuple[str, str] | None = None) -> AsyncIterator[None]:
        yield


@pytest.fixture(params=[LocalLocks, NoLocks])
def racing(world: World, request: pytest.FixtureRequest) -> World:
    """A world whose chats are in order, and one in which only the database keeps them so."""
    locks: Locks = request.param()
    return replace(world, conversation=Conversation(world.store, locks, world.services, default_understanding()))


async def _asked_for_the_code(chat: Chat, phone: str = people.JIANGUO_PHONE) -> CodeRequest:
    await chat.says("登录")
    await chat.says("1")
    await chat.says(phone)
    return await _request(chat)


async def _request(chat: Chat) -> CodeRequest:
    async with chat.world.store.reading() as tx:
        session = await tx.sessions.load(chat.openid, chat.world.clock.now())
        assert session is not None
        running = unpack(session.body).running
        assert running is not None
        found = await tx.codes.get(running.memo["code.request"])
    assert found is not None
    return found


async def _again(world: World, request: CodeRequest) -> CodeRequest:
    async with world.store.reading() as tx:
        found = await tx.codes.get(request.id)
    assert found is not None
    return found


async def _binds(world: World) -> list[tuple[str, str]]:
    """(action, result) of everything that concerns 张建国, oldest first."""
    async with world.store.reading() as tx:
        subject = await tx.people.identity_hash(world.ids.jianguo)
        entries = await tx.audit.of_subject(subject, 1000)
    return [(entry.action, entry.result) for entry in reversed(entries)]


def _storm(chat: Chat, text: str, name: str) -> Any:
    """The same words `TIMES` times at once, each time as a message of its own."""
    return all_at_once(chat.world.conversation.take(Said(chat.openid, f"{name}-{n}", START, text), words) for n in range(TIMES))


def _other_than(right: str) -> str:
    return "000000" if right != "000000" else "111111"


async def test_the_right_code_a_hundred_times_at_once_is_one_log_in(racing: World) -> None:
    """S8: code and last four, each a hundred times at once: one binding, one 'bind ok', one spent code."""
    chat = Chat(racing, "o-race")
    request = await _asked_for_the_code(chat)
    answers = await _storm(chat, racing.outside.code(people.JIANGUO_PHONE), "code")
    assert any("后四位" in answer for answer in answers)
    assert not any("登录成功" in answer for answer in answers)
    assert (await _again(racing, request)).state is CodeState.PASSED
    answers = await _storm(chat, LAST4, "last")
    assert sum("登录成功" in answer for answer in answers) == 1
    assert (await _again(racing, request)).state is CodeState.SPENT
    async with racing.store.reading() as tx:
        assert [binding.person_id for binding in await tx.users.bindings("o-race")] == [racing.ids.jianguo]
    assert await _binds(racing) == [("bind", "ok")]
    await racing.settle()
    assert len(racing.outside.sms) == 1


async def test_a_hundred_wrong_codes_at_once_are_five_tries(world: World) -> None:
    """S8: four times a number of tries that are left, then the code is dead, and nobody is let in by the right one."""
    chat = Chat(world, "o-race")
    request = await _asked_for_the_code(chat)
    right = world.outside.code(people.JIANGUO_PHONE)
    answers = await _storm(chat, _other_than(right), "wrong")
    for left in (4, 3, 2, 1):
        assert sum(f"还可以试 {left} 次" in answer for answer in answers) == 1
    assert sum("已经失效" in answer for answer in answers) == 1
    dead = await _again(world, request)
    assert (dead.attempts, dead.state) == (5, CodeState.DEAD)
    await chat.says(right)
    chat.expect_not("后四位")
    await world.settle()
    assert len(world.outside.sms) == 1


async def test_without_locks_no_try_beyond_the_fifth_is_judged(world: World) -> None:
    """S8: the counter is the database's, not the lock's: a hundred wrong ones and the right one at once, and it never passes after five."""
    racing = replace(world, conversation=Conversation(world.store, NoLocks(), world.services, default_understanding()))
    chat = Chat(racing, "o-race")
    request = await _asked_for_the_code(chat)
    right = racing.outside.code(people.JIANGUO_PHONE)
    async with racing.store.transaction() as tx:
        for _ in range(5):
            await tx.codes.attempt(request.id)
    answers = await _storm(chat, right, "sixth")
    assert not any("后四位" in answer for answer in answers)
    assert (await _again(racing, request)).state in {CodeState.OPEN, CodeState.DEAD}


async def test_wrong_last_fours_at_once_are_five_tries(world: World) -> None:
    """The second proof is counted before it is compared: five a day, whatever arrives at once; the right one is refused afterwards."""
    chat = Chat(world, "o-race")
    await _asked_for_the_code(chat)
    await chat.says(world.outside.code(people.JIANGUO_PHONE))
    chat.expect("后四位")
    answers = await _storm(chat, "0000" if LAST4 != "0000" else "1111", "last")
    for left in (4, 3, 2, 1):
        assert sum(f"还可以试 {left} 次" in answer for answer in answers) == 1
    assert sum("今天不能再试" in answer for answer in answers) == 1
    assert await _binds(world) == [("bind", "denied")] * 5
    async with world.store.reading() as tx:
        assert await tx.users.bindings("o-race") == ()


async def test_twenty_chats_that_ask_for_one_phone_at_once_send_one_sms(world: World) -> None:
    """S6: many chats, one phone, the same moment: one SMS. All others are told when to ask again, but for one at most, whose turn comes to see
    that SMS already: it is told that the next one, a minute later, is its own, and that one goes out then."""
    chats = [Chat(world, f"o-{n}") for n in range(20)]
    for chat in chats:
        await chat.says("登录")
        await chat.says("1")
    answers = await all_at_once(
        world.conversation.take(Said(chat.openid, f"{chat.openid}-phone", START, people.JIANGUO_PHONE), words) for chat in chats
    )
    await world.settle()
    assert len(world.outside.sms) == 1
    assert sum("已经发过去了" in answer for answer in answers) == 1
    next_one = sum("会在 10:01 发出" in answer for answer in answers)
    assert next_one <= 1
    later = ("10:01", "10:02")[: 1 + next_one]
    assert sum("太频繁" in answer and any(when in answer for when in later) for answer in answers) == 19 - next_one
    world.clock.advance(60)
    await world.settle()
    assert len(world.outside.sms) == 1 + next_one


async def test_the_ceiling_of_the_whole_system_holds_for_requests_at_once(world: World, vault: Vault) -> None:
    """S6, S24: thirty chats, thirty phones, a ceiling of ten an hour: ten codes, for phones known and unknown; an hour later it goes on."""
    tight = build(world.store, world.clock, vault, world.ids, Policy(codes_per_hour_system=10))
    chats = [Chat(tight, f"o-{n}") for n in range(30)]
    for chat in chats:
        await chat.says("登录")
        await chat.says("1")
    answers = await all_at_once(
        tight.conversation.take(Said(chat.openid, f"{chat.openid}-phone", START, f"1990001{n:04d}"), words)
        for n, chat in enumerate(chats)
    )
    assert sum("已经发过去了" in answer for answer in answers) == 10
    assert sum("太频繁" in answer and "11:00" in answer for answer in answers) == 20
    world.clock.advance(3600)
    waiting = chats[next(n for n, answer in enumerate(answers) if "太频繁" in answer)]
    await waiting.says("重发")
    waiting.expect("接着办“登录”", "已经发过去了")


@contextmanager
def _statements() -> Iterator[list[str]]:
    """Every statement that goes to a PostgreSQL while the block runs, in order."""
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
async def on_postgres(postgres_url: str, vault: Vault, clock: FakeClock) -> AsyncIterator[World]:
    store = open_store(postgres_url, vault, clock)
    ids = await people.load(store)
    yield build(store, clock, vault, ids)
    await store.close()


@pytest.mark.xdist_group("postgres")
async def test_a_phone_that_is_nobodys_costs_exactly_the_same_work(on_postgres: World) -> None:
    """S10: known, shared by a couple, or nobody's: the same statements in the same order, as many jobs, the same words, at each step."""
    world = on_postgres
    work: dict[str, list[tuple[list[str], str, int]]] = {}
    for name, phone in (
        ("warm", people.LI_PHONE),
        ("known", people.JIANGUO_PHONE),
        ("couple", people.COUPLE_PHONE),
        ("nobody", people.NOBODYS_PHONE),
    ):
        openid, steps = f"o-{name}", work.setdefault(name, [])
        for n, text in enumerate(("登录", "1", phone, "99999", "000000", "重发", "111111", "返回", phone)):
            with _statements() as seen:
                answer = await world.conversation.take(Said(openid, f"{openid}-{n}", START, text), words)
            async with world.store.transaction() as tx:
                jobs = await tx.jobs.claim(world.clock.now(), timedelta(minutes=2), 100)
                for job in jobs:
                    await tx.jobs.done(job.id)
            shown = (answer or b"").decode().replace(phone[-4:], "····")
            steps.append((seen, shown, len(jobs)))
    assert work["known"] == work["nobody"] == work["couple"]
    assert [jobs for _, _, jobs in work["nobody"]] == [0, 0, 1, 0, 0, 0, 0, 0, 0]
    assert any("INSERT INTO verification_code" in statement for statement in work["nobody"][2][0])
    assert "还可以试 4 次" in work["nobody"][4][1]


async def test_queries_and_documents_have_ceilings_of_their_own(world: World, vault: Vault) -> None:
    """S24: so many looks an hour and documents a day a chat; who has reached one is told until when, and nobody else notices."""
    tight = build(world.store, world.clock, vault, world.ids, Policy(queries_per_chat_hour=3, documents_per_chat_day=2))
    greedy, other = Chat(tight, "o-greedy"), Chat(tight, "o-other")
    await greedy.logs_in(people.JIANGUO_PHONE, LAST4)
    await other.logs_in(people.LI_PHONE, people.LI.id_no[-4:])
    for _ in range(3):
        await greedy.says("查2023年的养老缴费")
        greedy.expect("养老保险缴了")
    await greedy.says("查2023年的养老缴费")
    greedy.expect("今天查询的次数太多了", "11:00")
    await other.says("查2023年的养老缴费")
    other.expect_not("太多了")
    world.clock.advance(3600)
    for _ in range(2):
        await greedy.says("查2023年的养老缴费")
        await greedy.says("1")
        greedy.expect("/d/")
    await greedy.says("查2023年的养老缴费")
    await greedy.says("1")
    greedy.expect("今天下载单据的次数太多了", "明天 11:00")
    async with world.store.reading() as tx:
        assert len(await tx.documents.of_person(world.ids.jianguo)) == 2


async def test_a_hundred_questions_at_once_are_not_more_than_the_ceiling(world: World, vault: Vault) -> None:
    """S24: also without locks, the counter is one statement of the database: never more answers than allowed."""
    tight = build(world.store, world.clock, vault, world.ids, Policy(queries_per_chat_hour=5))
    chat = Chat(tight, "o-greedy")
    await chat.logs_in(people.JIANGUO_PHONE, LAST4)
    for name, locks in (("lined-up", LocalLocks()), ("unlocked", NoLocks())):
        conversation = Conversation(world.store, locks, tight.services, default_understanding())
        answers = await asyncio.gather(
            *(conversation.take(Said("o-greedy", f"{name}-{n}", START, "查2023年的养老缴费"), words) for n in range(30))
        )
        told = [(answer or b"").decode() for answer in answers]
        assert sum("养老保险缴了" in answer for answer in told) == (5 if name == "lined-up" else 0)
        assert any("次数太多" in answer for answer in told)
