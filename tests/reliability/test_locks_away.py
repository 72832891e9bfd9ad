"""Locks between processes while Redis is away (F4): PostgreSQL orders the messages of a person."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
import pytest
from sqlalchemy import make_url

from storage.locks import SteadyLocks
from storage.ports.repositories import Locks, Unavailable
from storage.redis import RedisBackend, RedisLocks, open_redis
from storage.sql import open_locks
from tests.servers import ValkeyServer

pytestmark = pytest.mark.xdist_group("postgres")


@dataclass
class Process:
    redis: RedisBackend
    locks: Locks


@pytest.fixture
async def two(postgres_url: str, own_valkey: ValkeyServer) -> AsyncIterator[tuple[Process, Process]]:
    made, others = [], []
    for _ in range(2):
        redis, other = open_redis(own_valkey.url), open_locks(postgres_url)
        others.append(other)
        made.append(Process(redis, SteadyLocks(RedisLocks(redis), other, redis.presence)))
    yield made[0], made[1]
    for one, other in zip(made, others, strict=True):
        await one.redis.close()
        await other.close()


async def _all_take_turns(two: tuple[Process, Process]) -> None:
    inside, most, done = 0, 0, 0

    async def one(process: Process) -> None:
        nonlocal inside, most, done
        async with process.locks.hold("chat:o-one"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1
            done += 1

    await asyncio.gather(*(one(two[n % 2]) for n in range(20)))
    assert (most, done) == (1, 20)


async def test_two_processes_take_turns_without_redis(two: tuple[Process, Process], own_valkey: ValkeyServer) -> None:
    """With Redis, without it, in the moment of its return and afterwards: never two inside, and everybody gets in."""
    await _all_take_turns(two)
    own_valkey.kill()
    await _all_take_turns(two)
    own_valkey.start()
    await two[0].redis.ping()  # the first has seen that it is back, the second has not
    await _all_take_turns(two)
    await two[1].redis.ping()
    await _all_take_turns(two)


async def test_different_people_do_not_wait_and_an_error_gives_the_lock_back(
    two: tuple[Process, Process], own_valkey: ValkeyServer, postgres_url: str
) -> None:
    """Without Redis: two names are held at once by two processes; what raised, or was cancelled while it waited, leaves nothing behind."""
    own_valkey.kill()
    first, second = two[0].locks, two[1].locks
    async with first.hold("a"), second.hold("b"):
        waiting = asyncio.ensure_future(_hold(second, "a"))
        await _somebody_waits(postgres_url)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    with pytest.raises(ZeroDivisionError):
        async with first.hold("a"):
            raise ZeroDivisionError
    async with asyncio.timeout(20):
        await _hold(second, "a")


async def _somebody_waits(url: str) -> None:
    """Until the database itself says that a lock is waited for."""
    connection = await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))
    async with asyncio.timeout(20):
        while not await connection.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"):
            pass
    await connection.close()


async def _hold(locks: Locks, name: str) -> None:
    async with locks.hold(name):
        pass


async def test_without_either_it_is_unavailable(empty_postgres_url: str, own_valkey: ValkeyServer) -> None:
    """Redis and PostgreSQL away: told, and not waited for."""
    own_valkey.kill()
    redis = open_redis(own_valkey.url)
    other = open_locks("postgresql://postgres@/none?host=/nowhere")
    with pytest.raises(Unavailable):
        await _hold(SteadyLocks(RedisLocks(redis), other, redis.presence), "a")
    await redis.close()
    await other.close()
