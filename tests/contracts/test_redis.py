"""Sessions and answers in Redis: sealed, expiring, after the commit; in rows while it is away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from storage.ports.repositories import Conflict, Unavailable
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


async def test_without_redis_sessions_and_answers_are_rows(both: SqlStore, own_valkey: ValkeyServer, clock: FakeClock) -> None:
    """Away: what is saved is there for the next transaction, in order of its versions; people and counters, which are rows anyway, answer.
    A ping tells the truth all the while."""
    person_id = await put_person(both)
    async with both.transaction() as work:
        await work.sessions.save(a_session())
    own_valkey.kill()
    with pytest.raises(Unavailable):
        await both.ping()
    async with both.transaction() as work:
        assert await work.sessions.load("oUser", clock.now()) is None
        assert await work.answers.get("m1") is None
        assert await work.people.get(person_id) is not None
        await work.users.save(a_user())
        await work.sessions.save(a_session(body=b"begun again"))
        await work.answers.put("m1", "oUser", b"first", START)
    async with both.transaction() as work:
        assert await work.sessions.load("oUser", clock.now()) == a_session(body=b"begun again")
        assert await work.answers.get("m1") == b"first"
        with pytest.raises(Conflict):
            await work.sessions.save(a_session(version=3))
    async with both.transaction() as work:
        await work.sessions.load("oUser", clock.now())
        await work.sessions.save(a_session(version=2, body=b"went on"))
    async with both.reading() as found:
        assert await found.users.get("oUser") == a_user()
        assert await found.sessions.load("oUser", clock.now()) == a_session(version=2, body=b"went on")


async def test_what_was_kept_meanwhile_goes_on_when_redis_is_back(
    both: SqlStore, own_valkey: ValkeyServer, clock: FakeClock, sqlite_url: str, vault: Vault
) -> None:
    """The session continues where it stood and moves back with its next save; a resend of then is still known."""
    own_valkey.kill()
    async with both.transaction() as work:
        await work.sessions.save(a_session(body=b"meanwhile"))
        await work.answers.put("m1", "oUser", b"first", START)
    own_valkey.start()
    await both.ping()
    async with both.transaction() as work:
        found = await work.sessions.load("oUser", clock.now())
        assert found is not None
        assert found.body == b"meanwhile"
        assert await work.answers.get("m1") == b"first"
        await work.sessions.save(replace(found, version=found.version + 1, body=b"home"))
    alone = open_store(sqlite_url, vault, clock)
    async with alone.reading() as rows:
        assert await rows.sessions.load("oUser", clock.now()) is None
    await alone.close()
    async with both.reading() as work:
        assert await work.sessions.load("oUser", clock.now()) == a_session(body=b"home")


async def test_the_newer_session_counts(
    both: SqlStore, own_valkey: ValkeyServer, clock: FakeClock, sqlite_url: str, vault: Vault
) -> None:
    """A Redis that only could not be reached comes back with what it knew: what was said later counts, whichever of both kept it."""
    async with both.transaction() as work:
        await work.sessions.save(a_session(body=b"before"))
    end = a_session().expires_at
    later = a_session(body=b"meanwhile", expires_at=end + timedelta(seconds=30))
    async with AsyncExitStack() as stack:
        rows, again = open_store(sqlite_url, vault, clock), open_store(sqlite_url, vault, clock, redis=open_redis(own_valkey.url))
        stack.push_async_callback(rows.close)
        stack.push_async_callback(again.close)
        async with rows.transaction() as work:
            await work.sessions.save(later)
        async with again.transaction() as work:
            assert await work.sessions.load("oUser", clock.now()) == later
            await work.sessions.save(replace(later, version=2, body=b"home", expires_at=end + timedelta(seconds=60)))
        async with rows.transaction() as work:
            assert await work.sessions.load("oUser", clock.now()) is None
            await work.sessions.save(a_session(body=b"stale"))
        async with again.reading() as work:
            found = await work.sessions.load("oUser", clock.now())
            assert found is not None
            assert found.body == b"home"


async def test_nobody_is_half_forgotten(both: SqlStore, own_valkey: ValkeyServer) -> None:
    """Who leaves while Redis is away is forgotten when it is back, in both: until then the transaction fails, and is tried again."""
    async with both.transaction() as work:
        await work.users.save(a_user())
        await work.sessions.save(a_session(body=SECRET))
    own_valkey.kill()
    with pytest.raises(Unavailable):
        await both.ping()
    with pytest.raises(Unavailable):
        async with both.transaction() as work:
            await work.users.forget("oUser")
    async with both.reading() as found:
        assert await found.users.get("oUser") == a_user()


async def test_redis_lost_at_the_last_moment_loses_nothing(both: SqlStore, own_valkey: ValkeyServer, clock: FakeClock) -> None:
    """The database has committed: session and answer are kept there, and nothing of them is in the log."""
    with capture_logs() as logs:
        async with both.transaction() as work:
            await work.users.save(a_user())
            await work.sessions.save(a_session(body=SECRET))
            await work.answers.put("m1", "oUser", SECRET, START)
            own_valkey.kill()
    async with both.reading() as found:
        assert await found.users.get("oUser") == a_user()
        assert await found.sessions.load("oUser", clock.now()) == a_session(body=SECRET)
        assert await found.answers.get("m1") == SECRET
    assert {entry["log_level"] for entry in logs} == {"warning"}
    assert "oUser" not in str(logs)
    assert "13912345678" not in str(logs)


@pytest.mark.parametrize("url", ["http://localhost", "nonsense"])
def test_an_address_that_is_no_redis_is_refused(url: str) -> None:
    """At once, not with the first question."""
    with pytest.raises(ValueError, match="Redis"):
        open_redis(url)
