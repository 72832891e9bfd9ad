"""Locks: one at a time, first come first served, and never for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from storage.locks import LocalLocks
from storage.ports.repositories import Locks, Unavailable
from storage.redis import RedisBackend, RedisLocks, open_redis
from tests.servers import ValkeyServer


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[RedisBackend]:
    """Redis, as a process has it."""
    backend = open_redis(redis_url, patience=60)
    yield backend
    await backend.close()


@pytest.fixture(params=["local", "redis", "redis, two processes"])
async def two(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Locks, Locks]]:
    """The locks of two parties, which may be the same ones."""
    if request.param == "local":
        local = LocalLocks()
        yield local, local
        return
    backends = [open_redis(request.getfixturevalue("redis_url"), patience=60) for _ in range(2)]
    first = RedisLocks(backends[0], lifetime=60, patience=60)
    yield first, RedisLocks(backends[1], lifetime=60, patience=60) if "two" in request.param else first
    for backend in backends:
        await backend.close()


async def test_one_holder_at_a_time(two: tuple[Locks, Locks]) -> None:
    """Twenty who want the same name are never two inside; each gets its turn."""
    inside = served = 0

    async def work(locks: Locks) -> None:
        nonlocal inside, served
        async with locks.hold("oUser"):
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            served += 1
            inside -= 1

    await asyncio.gather(*(work(two[n % 2]) for n in range(20)))
    assert served == 20


async def test_first_come_first_served(two: tuple[Locks, Locks]) -> None:
    """Whoever asked first is let in first, over both parties; who asks while others wait goes to the end."""
    order: list[int] = []
    waiting: list[asyncio.Task[None]] = []

    async def work(number: int, locks: Locks) -> None:
        async with locks.hold("oUser"):
            order.append(number)

    async with two[0].hold("oUser"):
        for number in range(6):
            waiting.append(asyncio.create_task(work(number, two[number % 2])))
            await _stands_in_line(two, number + 1)
        assert order == []
    await asyncio.gather(*waiting)
    assert order == list(range(6))


async def _stands_in_line(two: tuple[Locks, Locks], count: int) -> None:
    """Until so many wait."""
    if isinstance(two[0], LocalLocks):
        await asyncio.sleep(0)
        return
    assert isinstance(two[0], RedisLocks)
    client: Redis = two[0].client
    async with asyncio.timeout(30):
        while True:
            lines = [key async for key in client.scan_iter("sb:lock:*:line")]
            if lines and await client.llen(lines[0]) == count:
                return


async def test_names_do_not_hinder_each_other(two: tuple[Locks, Locks]) -> None:
    """Two names are held at the same time."""
    async with two[0].hold("a"), asyncio.timeout(30), two[1].hold("b"):
        pass


async def test_an_error_gives_the_lock_back(two: tuple[Locks, Locks]) -> None:
    """Whatever happens inside, the next one gets in."""
    with pytest.raises(ZeroDivisionError):
        async with two[0].hold("a"):
            raise ZeroDivisionError
    async with asyncio.timeout(30), two[1].hold("a"):
        pass


async def test_who_gives_up_waiting_does_not_block_the_line(two: tuple[Locks, Locks]) -> None:
    """A waiter that is cancelled leaves the line; the one behind it is served."""
    served: list[str] = []

    async def work(name: str, locks: Locks) -> None:
        async with locks.hold("a"):
            served.append(name)

    async with two[0].hold("a"):
        gone = asyncio.create_task(work("gone", two[1]))
        await _stands_in_line(two, 1)
        stays = asyncio.create_task(work("stays", two[1]))
        await _stands_in_line(two, 2)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
    async with asyncio.timeout(30):
        await stays
    assert served == ["stays"]


async def test_local_locks_keep_nothing() -> None:
    """After a thousand names no memory is held by any of them."""
    locks = LocalLocks()
    for number in range(1000):
        async with locks.hold(f"o{number}"):
            assert len(locks) == 1
    assert len(locks) == 0


async def test_redis_keeps_nothing_and_shows_no_name(redis: RedisBackend) -> None:
    """While held there is a key without the name in it; afterwards there is none."""
    locks = RedisLocks(redis)
    async with locks.hold("oUser"):
        keys = await redis.client.keys()
        assert keys
        assert not any(b"oUser" in key for key in keys)
        assert all([await redis.client.pttl(key) > 0 for key in keys])
    assert await redis.client.keys() == []


async def _key(redis: RedisBackend, locks: RedisLocks, name: str) -> str:
    """The key that is there while the name is held."""
    async with locks.hold(name):
        (key,) = await redis.client.keys("sb:lock:*:held")
        return key.decode() if isinstance(key, bytes) else str(key)


async def test_the_dead_do_not_stand_in_the_way(redis: RedisBackend) -> None:
    """A lock ends with the lifetime of a holder that died, and a waiter that died is passed by."""
    locks = RedisLocks(redis)
    held = await _key(redis, locks, "a")
    await redis.client.set(held, "a holder that died", px=50)
    await redis.client.rpush(held.replace(":held", ":line"), "a waiter that died")
    async with asyncio.timeout(30), locks.hold("a"):
        assert await redis.client.pttl(held) > 1000


async def test_who_lost_its_lock_does_not_take_it_from_the_next(redis: RedisBackend) -> None:
    """A holder that was frozen beyond its lifetime gives nothing back: it is another one's now."""
    locks = RedisLocks(redis)
    held = await _key(redis, locks, "a")
    async with locks.hold("a"):
        await redis.client.set(held, "the next one")
    assert await redis.client.get(held) == b"the next one"


async def test_a_living_holder_keeps_its_lock(redis: RedisBackend) -> None:
    """What is left of the lifetime goes down, and then up again: it is renewed while it is held, more than once."""
    locks = RedisLocks(redis, lifetime=1.5)
    held = await _key(redis, locks, "a")
    async with asyncio.timeout(30), locks.hold("a"):
        for _ in range(2):
            least = left = await redis.client.pttl(held)
            while left <= least:
                least = left
                left = await redis.client.pttl(held)
                assert left > 0


async def test_everybody_who_lives_keeps_their_lock_and_nobody_else(redis: RedisBackend) -> None:
    """Several that came one after the other are renewed, also when the first has left; what was left is not taken again."""
    locks = RedisLocks(redis, lifetime=1.5)
    keys = [await _key(redis, locks, name) for name in "abc"]
    async with asyncio.timeout(30), locks.hold("b"):
        async with locks.hold("a"):
            pass
        async with locks.hold("c"):
            renewed = set[str]()
            left = {key: await redis.client.pttl(key) for key in keys}
            while len(renewed) < 2:
                for key in keys[1:]:
                    before, left[key] = left[key], await redis.client.pttl(key)
                    assert left[key] > 0
                    if left[key] > before:
                        renewed.add(key)
                assert not await redis.client.exists(keys[0])
    assert not await redis.client.exists(*keys)


async def test_waiting_has_an_end(redis: RedisBackend) -> None:
    """After its patience a waiter is told so, and leaves the line."""
    locks = RedisLocks(redis, patience=0.02)
    async with locks.hold("a"):
        with pytest.raises(Unavailable):
            async with locks.hold("a"):
                pytest.fail("two holders")
        assert await redis.client.keys("sb:lock:*:line") == []
    async with locks.hold("a"):
        pass


async def test_a_redis_that_is_killed_is_unavailable_and_comes_back(own_valkey: ValkeyServer) -> None:
    """Also for a lock that is held meanwhile: it is given back without an error."""
    backend = open_redis(own_valkey.url)
    locks = RedisLocks(backend)
    async with locks.hold("a"):
        own_valkey.kill()
        with pytest.raises(Unavailable):
            async with locks.hold("b"):
                pytest.fail("no Redis, no lock")
    own_valkey.start()
    async with locks.hold("a"):
        pass
    await backend.close()
