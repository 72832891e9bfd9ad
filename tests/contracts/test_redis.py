"""Sessions and answers in Redis: sealed, expiring, after the commit, and no loss when it is away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from structlog.testing import capture_logs

from storage.ports.repositories import Unavailable
from storage.redis import RedisBackend, open_redis
from storage.sql import SqlStore, open_store
from storage.vault import Vault
from tests.clock import START, FakeClock
from tests.contracts.makers import a_session, a_user, put_person
from tests.servers import ValkeyServer

SECRET = "张三 13912345678".encode()


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[RedisBackend]:
    """Redis, as a process has it."""
    backend = open_redis(redis_url)
    yield backend
    await backend.close()


@pytest.fixture
async def both(sqlite_url: str, vault: Vault, clock: FakeClock, own_valkey: ValkeyServer) -> AsyncIterator[SqlStore]:
    """A database, and a Redis that may be killed."""
    store = open_store(sqlite_url, vault, clock, redis=open_redis(own_valkey.url))
    yield store
    await store.close()


async def test_redis_shows_no_person_and_forgets_by_itself(
    sqlite_url: str, redis: RedisBackend, vault: Vault, clock: FakeClock
) -> None:
    """Neither openid nor text in keys or values, and every key has an end: the session's own, fifteen minutes for an answer."""
    store = open_store(sqlite_url, vault, clock, redis=redis)
    async with store.transaction() as work:
        await work.sessions.save(a_session("oPlanted", body=SECRET))
        await work.answers.put("oPlanted1726106400", "oPlanted", SECRET, START)
    keys = await redis.client.keys()
    assert len(keys) == 3
    for key in keys:
        assert b"oPlanted" not in key
        assert 0 < await redis.client.pttl(key) <= 30 * 60 * 1000
        if await redis.client.type(key) == b"string":
            value = await redis.client.get(key)
            assert isinstance(value, bytes)
            assert SECRET not in value
    async with store.transaction() as work:
        await work.users.forget("oPlanted")
    assert await redis.client.keys() == []
    await store.close()


async def test_nothing_is_written_before_the_commit(sqlite_url: str, redis: RedisBackend, vault: Vault, clock: FakeClock) -> None:
    """A commit that fails leaves Redis as it was."""
    store = open_store(sqlite_url, vault, clock, redis=redis)
    async with store.transaction() as work:
        await work.sessions.save(a_session())
        assert await redis.client.keys() == []
    before = await redis.client.keys()
    with suppress(ZeroDivisionError):
        async with store.transaction() as work:
            await work.sessions.save(a_session(version=2))
            await work.users.forget("oOther")
            raise ZeroDivisionError
    async with store.reading() as found:
        assert await found.sessions.load("oUser", clock.now()) == a_session()
    assert await redis.client.keys() == before
    await store.close()


async def test_without_redis_turns_are_unavailable_and_queries_go_on(
    both: SqlStore, own_valkey: ValkeyServer, clock: FakeClock
) -> None:
    """Sessions and answers raise Unavailable; people, counters and the rest, which are rows, still answer; afterwards all is well."""
    person_id = await put_person(both)
    async with both.transaction() as work:
        await work.sessions.save(a_session())
    own_valkey.kill()
    with pytest.raises(Unavailable):
        await both.ping()
    async with both.transaction() as work:
        with pytest.raises(Unavailable):
            await work.sessions.load("oUser", clock.now())
        with pytest.raises(Unavailable):
            await work.answers.get("m1")
        assert await work.people.get(person_id) is not None
        await work.users.save(a_user())
    async with both.reading() as found:
        assert await found.users.get("oUser") == a_user()
    own_valkey.start()
    await both.ping()
    async with both.transaction() as work:
        assert await work.sessions.load("oUser", clock.now()) is None
        await work.sessions.save(a_session(body=b"asked again"))
    async with both.reading() as found:
        assert await found.sessions.load("oUser", clock.now()) == a_session(body=b"asked again")


async def test_redis_lost_at_the_last_moment_undoes_nothing(both: SqlStore, own_valkey: ValkeyServer) -> None:
    """The database has committed: the loss of the session is logged, without its content, and not told as a failure."""
    with capture_logs() as logs:
        async with both.transaction() as work:
            await work.users.save(a_user())
            await work.sessions.save(a_session(body=SECRET))
            await work.answers.put("m1", "oUser", SECRET, START)
            own_valkey.kill()
    async with both.reading() as found:
        assert await found.users.get("oUser") == a_user()
    assert [entry["log_level"] for entry in logs] == ["warning"]
    assert "oUser" not in str(logs)
    assert "13912345678" not in str(logs)


@pytest.mark.parametrize("url", ["http://localhost", "nonsense"])
def test_an_address_that_is_no_redis_is_refused(url: str) -> None:
    """At once, not with the first question."""
    with pytest.raises(ValueError, match="Redis"):
        open_redis(url)
