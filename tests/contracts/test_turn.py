"""A message's turn over Redis: two questions, and the lock goes with what the turn stores, never before it and never with anything else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from storage.ports.repositories import Conflict
from storage.redis import RedisBackend, RedisLocks, open_redis
from storage.redis.short import Command
from storage.sql import SqlStore, open_store
from storage.vault import Vault
from tests.clock import START, FakeClock
from tests.contracts.makers import a_session, a_user
from tests.servers import ValkeyServer

ONE = ("oOne", "m:1")
NAME = "chat:oOne"


@dataclass
class Process:
    redis: RedisBackend
    locks: RedisLocks
    store: SqlStore

    async def held(self) -> bool:
        """Whether anybody holds the name."""
        return bool(await self.redis.client.keys("sb:lock:*:held"))


@pytest.fixture
async def made() -> AsyncIterator[list[Process]]:
    processes: list[Process] = []
    yield processes
    for one in processes:
        await one.store.close()


def _process(made: list[Process], database: str, address: str, vault: Vault, clock: FakeClock) -> Process:
    redis = open_redis(address, patience=60)
    store = open_store(database, vault, clock, redis=redis, patience=60)
    made.append(Process(redis, RedisLocks(redis, vault=vault), store))
    return made[-1]


@pytest.fixture
def process(made: list[Process], sqlite_url: str, redis_url: str, vault: Vault, clock: FakeClock) -> Process:
    return _process(made, sqlite_url, redis_url, vault, clock)


@pytest.fixture
def other(made: list[Process], process: Process, sqlite_url: str, redis_url: str, vault: Vault, clock: FakeClock) -> Process:
    """Another process beside the first."""
    return _process(made, sqlite_url, redis_url, vault, clock)


class Counted:
    """The way to Redis, with how often it was gone."""

    def __init__(self, process: Process) -> None:
        self._ask = process.redis.asking.ask
        self.asked = 0
        process.redis.asking.ask = self  # type: ignore[method-assign]

    async def __call__(self, commands: Sequence[Command]) -> list[Any]:
        self.asked += 1
        return await self._ask(commands)


async def _turn(process: Process, message: tuple[str, str], answer: bytes, version: int = 1) -> None:
    """As a conversation does it."""
    openid, key = message
    async with process.locks.hold(NAME, message), process.store.transaction() as tx:
        await tx.openings.open(openid, key, START)
        await tx.answers.put(key, openid, answer, START)
        await tx.users.save(a_user(openid))
        await tx.sessions.save(a_session(openid, version))


async def test_the_next_turn_finds_what_the_last_one_stored(process: Process, other: Process) -> None:
    """In the other process: a resend its answer, the next message the session, and each its lock at once."""
    await _turn(process, ONE, b"first")
    for message, answered in ((ONE, b"first"), (("oOne", "m:2"), None)):
        async with other.locks.hold(NAME, message), other.store.transaction() as tx:
            opened = await tx.openings.open(*message, START)
            assert opened.answer == answered
            assert opened.session is not None
            assert opened.session.version == 1
    await _turn(other, ("oOne", "m:2"), b"second", 2)
    async with process.store.reading() as tx:
        assert await tx.answers.get("m:2") == b"second"
        found = await tx.sessions.load("oOne", START)
        assert found is not None
        assert found.version == 2
    assert not await process.held()


async def test_a_turn_asks_twice(process: Process) -> None:
    """Once for the lock, the answer and the session, once to keep both and give the lock back."""
    await _turn(process, ("oOne", "m:0"), b"warm")
    counted = Counted(process)
    await _turn(process, ONE, b"first", 2)
    assert counted.asked == 2
    assert not await process.held()


async def test_the_lock_goes_with_the_commit_and_not_before(process: Process) -> None:
    """Held until the transaction ends; given back with what it stored; whoever took it afterwards keeps it."""
    async with process.locks.hold(NAME, ONE):
        async with process.store.transaction() as tx:
            await tx.openings.open(*ONE, START)
            await tx.answers.put("m:1", "oOne", b"first", START)
            assert await process.held()
        assert not await process.held()
        async with process.locks.hold(NAME):
            assert await process.held()


async def _refused(process: Process, other: Process) -> None:
    """A turn that does not end well, while another process moves the chat."""
    async with process.store.transaction() as tx:
        assert (await tx.openings.open(*ONE, START)).session is None
        async with other.store.transaction() as beside:
            await beside.sessions.save(a_session("oOne", 1))
        raise Conflict("the serial number was taken")


async def test_a_turn_that_failed_holds_its_lock_and_looks_again(process: Process, other: Process) -> None:
    """What is tried again sees what stands there now, not what came with the lock; then the lock goes."""
    async with process.locks.hold(NAME, ONE):
        with pytest.raises(Conflict):
            await _refused(process, other)
        assert await process.held()
        async with process.store.transaction() as tx:
            opened = await tx.openings.open(*ONE, START)
            assert opened.session is not None
            await tx.answers.put("m:1", "oOne", b"first", START)
        assert not await process.held()


async def test_what_is_stored_beside_a_turn_leaves_its_lock(process: Process) -> None:
    """An interim answer, or anything else of the same chat in another transaction, gives back nothing."""
    async with process.locks.hold(NAME, ONE):
        async with process.store.transaction() as tx:
            await tx.answers.put("m:1", "oOne", b"a moment", START)
        async with process.store.transaction() as tx:
            await tx.openings.open("oOne", "m:2", START)
            await tx.answers.put("m:2", "oOne", b"another", START)
        assert await process.held()
    assert not await process.held()


async def test_a_turn_that_forgets_the_chat_gives_its_lock_back_afterwards(process: Process) -> None:
    """Nothing of the chat is left, nor its lock."""
    await _turn(process, ("oOne", "m:0"), b"before")
    async with process.locks.hold(NAME, ONE):
        async with process.store.transaction() as tx:
            await tx.openings.open(*ONE, START)
            await tx.users.forget("oOne")
        assert await process.held()
    assert await process.redis.client.keys() == []


async def test_a_frozen_turn_does_not_give_back_what_is_anothers(process: Process) -> None:
    """Its lock had ended and went to somebody else: that one keeps it, and the stored session of the other stands."""
    async with process.locks.hold(NAME, ONE), process.store.transaction() as tx:
        await tx.openings.open(*ONE, START)
        (key,) = await process.redis.client.keys("sb:lock:*:held")
        await process.redis.client.set(key, "the next one")
        await tx.answers.put("m:1", "oOne", b"late", START)
    assert await process.redis.client.get(key) == b"the next one"


async def test_redis_lost_within_a_turn_loses_nothing(
    made: list[Process], sqlite_url: str, own_valkey: ValkeyServer, vault: Vault, clock: FakeClock
) -> None:
    """Killed between the commit's beginning and what it stores: session and answer are in the database, and are found there."""
    process = _process(made, sqlite_url, own_valkey.url, vault, clock)
    async with process.locks.hold(NAME, ONE), process.store.transaction() as tx:
        await tx.openings.open(*ONE, START)
        await tx.answers.put("m:1", "oOne", b"first", START)
        await tx.sessions.save(a_session("oOne", 1))
        own_valkey.kill()
    async with process.store.reading() as tx:
        assert await tx.answers.get("m:1") == b"first"
        found = await tx.sessions.load("oOne", START)
        assert found is not None
        assert found.version == 1
