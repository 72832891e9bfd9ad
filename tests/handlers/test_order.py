"""Messages of one person are handled in the order they came, those of different people in parallel, and each only once."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from dialogs.messages import Pressed, Reply, Said
from handlers.conversation import Conversation
from handlers.lately import KEPT_S, MOST, Lately
from handlers.session import unpack
from handlers.understanding import default_understanding
from storage.locks import LocalLocks
from storage.ports.records import Opened
from storage.ports.repositories import Repositories, Store
from storage.vault import Vault
from tests.clock import START, FakeClock
from tests.conversations.conftest import Chat, World, build, shown
from tests.handlers.conftest import all_at_once, until, words

TALK = (
    "登录", "1", "12345", "返回", "1", "199", "菜单", "继续", "取消", "0",
    "查去年的养老缴费", "2", "社保卡丢了", "北京", "进度", "不同意", "校验", "abc", "取消", "取消",
)  # fmt: skip
"""What one person types; what each is answered depends on the ones before it."""


def _said(openid: str, key: str, text: str) -> Said:
    return Said(openid, key, START, text)


async def test_twenty_messages_at_once_are_answered_as_if_they_came_one_by_one(world: World) -> None:
    """Two people type the same; one waits for each answer, the other sends everything at once: they read the same, in the same order."""
    one_by_one = [
        (await world.conversation.take(_said("o-patient", f"p{n}", text), words) or b"").decode() for n, text in enumerate(TALK)
    ]
    sealed: list[str] = []

    def seal(reply: Reply) -> bytes:
        sealed.append(shown(reply.first))
        return words(reply)

    at_once = await all_at_once(world.conversation.take(_said("o-hasty", f"h{n}", text), seal) for n, text in enumerate(TALK))
    assert at_once == one_by_one
    assert sealed == one_by_one
    assert len(set(one_by_one)) > 10


async def test_twenty_people_at_once_each_get_their_own_conversation(world: World) -> None:
    """Everybody types everything at once: nobody's answer depends on anybody else."""
    answers = await all_at_once(
        world.conversation.take(_said(f"o-{who}", f"{who}-{n}", text), words) for n, text in enumerate(TALK) for who in range(20)
    )
    for who in range(20):
        assert answers[who::20] == answers[0::20]


class _Openings:
    """The port at which a turn begins, which answers nothing about one chat until it is let go."""

    def __init__(self, openings: Any, openid: str, gate: asyncio.Event) -> None:
        self._openings = openings
        self._openid = openid
        self._gate = gate

    async def open(self, openid: str, key: str, now: datetime) -> Opened:
        if openid == self._openid:
            await self._gate.wait()
        found: Opened = await self._openings.open(openid, key, now)
        return found


class _Work:
    def __init__(self, tx: Repositories, openid: str, gate: asyncio.Event) -> None:
        self._tx = tx
        self.openings = _Openings(tx.openings, openid, gate)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)


class _Hanging:
    """A store in which the turns of one chat hang."""

    def __init__(self, store: Store, openid: str, gate: asyncio.Event) -> None:
        self._store = store
        self._openid = openid
        self._gate = gate

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        async with self._store.transaction() as tx:
            yield _Work(tx, self._openid, self._gate)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


async def test_a_turn_that_hangs_delays_nobody_else(world: World) -> None:
    """F14: one person's turn waits for an outside that does not answer; thirty others are answered, and the one's own messages keep their order."""
    gate = asyncio.Event()
    store: Any = _Hanging(world.store, "o-stuck", gate)
    conversation = Conversation(store, LocalLocks(), world.services, default_understanding())
    stuck = [
        asyncio.ensure_future(conversation.take(_said("o-stuck", f"s{n}", text), words)) for n, text in enumerate(("登录", "1"))
    ]
    others = await all_at_once(conversation.take(_said(f"o-{n}", f"k{n}", "登录"), words) for n in range(30))
    assert all("您同意吗" in answer for answer in others)
    assert not any(turn.done() for turn in stuck)
    gate.set()
    first, second = await all_at_once(stuck)
    assert "您同意吗" in first
    assert "手机号" in second


async def test_a_message_sent_fifty_times_at_once_runs_once(world: World) -> None:
    """F15: fifty copies, one turn, the same bytes for all."""
    turns = itertools.count(1)

    def seal(reply: Reply) -> bytes:
        return f"{next(turns)} {shown(reply.first)}".encode()

    answers = await asyncio.gather(*(world.conversation.take(_said("o-one", "same", "登录"), seal) for _ in range(50)))
    assert len(set(answers)) == 1
    assert (answers[0] or b"").startswith(b"1 ")
    assert next(turns) == 2
    async with world.store.reading() as tx:
        session = await tx.sessions.load("o-one", START)
    assert session is not None
    assert session.version == 1


async def test_a_late_resend_after_a_restart_gets_the_same_bytes(world: World, vault: Vault) -> None:
    """F15: two minutes later, from another worker, out of order: the answer of then, and the conversation stays where it is."""
    chat = Chat(world, "o-one")
    first = await world.conversation.take(_said("o-one", "k1", "登录"), words)
    second = await world.conversation.take(_said("o-one", "k2", "1"), words)
    world.clock.advance(120)
    again = build(world.store, world.clock, vault, world.ids)
    assert await again.conversation.take(_said("o-one", "k2", "1"), words) == second
    assert await again.conversation.take(_said("o-one", "k1", "登录"), words) == first
    assert await again.conversation.answered("k1") == first
    await chat.says("12345")
    chat.expect("手机号")


class _Asked:
    """A store that counts how often it is asked anything."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.times = 0

    def __getattr__(self, name: str) -> Any:
        self.times += name in {"transaction", "reading"}
        return getattr(self._store, name)


async def test_a_resend_of_a_moment_ago_asks_the_database_nothing(world: World) -> None:
    """Within twenty seconds the process itself knows what it has answered, also without the person's lock; then the database is asked, and says the
    same. What was not committed is not known."""
    asked: Any = _Asked(world.store)
    conversation = Conversation(asked, LocalLocks(), world.services, default_understanding())
    first = await conversation.take(_said("o-one", "k1", "登录"), words)
    assert asked.times == 1
    world.clock.advance(20)
    assert await conversation.answered("k1") == first
    assert await conversation.take(_said("o-one", "k1", "登录"), words) == first
    assert asked.times == 1
    world.clock.advance(0.1)
    assert await conversation.answered("k1") == first
    assert asked.times == 2
    assert await conversation.answered("k2") is None
    assert asked.times == 3
    assert await conversation.take(_said("o-one", "k3", "1"), lambda _: None) is None  # too late for an answer
    assert asked.times == 4
    assert await conversation.answered("k3") is None
    assert asked.times == 5


async def test_answers_of_a_moment_ago_take_little_memory() -> None:
    """No more than ten thousand are kept, the newest; those whose time is over go with the next."""
    clock = FakeClock()
    lately = Lately(clock)
    for number in range(MOST + 5):
        lately.note(str(number), b"x")
    assert [lately.get(str(number)) for number in (4, 5, MOST + 4)] == [None, b"x", b"x"]
    clock.advance(KEPT_S + 1)
    lately.note("new", b"y")
    assert (len(lately), lately.get("new")) == (1, b"y")


async def test_a_menu_tap_that_arrives_many_times_is_one_tap(world: World) -> None:
    """An event has a key of its own too: its dialog is begun once; a second tap is another event and begins anew."""
    tap = Pressed("o-one", "o-one|CLICK|1", START, "P_BIND")
    answers = await all_at_once(world.conversation.take(tap, words) for _ in range(25))
    assert len(set(answers)) == 1
    assert "您同意吗" in answers[0]

    async def begun() -> str:
        async with world.store.reading() as tx:
            session = await tx.sessions.load("o-one", START)
        assert session is not None
        running = unpack(session.body).running
        assert running is not None
        return running.key

    key = await begun()
    await world.conversation.take(tap, words)
    assert await begun() == key
    await world.conversation.take(replace(tap, key="o-one|CLICK|2"), words)
    assert await begun() != key


async def test_a_turn_given_up_by_its_caller_neither_blocks_nor_half_happens(world: World) -> None:
    """A task that is cancelled in mid-turn leaves no lock and no half state: the resend runs as the first would have."""
    gate = asyncio.Event()
    store: Any = _Hanging(world.store, "o-one", gate)
    locks = LocalLocks()
    conversation = Conversation(store, locks, world.services, default_understanding())
    turn = asyncio.ensure_future(conversation.take(_said("o-one", "k1", "登录"), words))
    await until(lambda: len(locks) == 1)
    turn.cancel()
    await asyncio.gather(turn, return_exceptions=True)
    assert len(locks) == 0
    gate.set()
    assert "您同意吗" in (await conversation.take(_said("o-one", "k1", "登录"), words) or b"").decode()
