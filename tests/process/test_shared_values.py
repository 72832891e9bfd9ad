"""The shared access token: one for all processes, kept over a restart, dropped only by who saw it fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from structlog.testing import capture_logs

from bot.shared_values import StoredValues
from bot.wechat import ApiError, Kind, SharedValue, WeChatApi
from storage.locks import LocalLocks
from storage.ports.repositories import Locks, Store, Unavailable
from storage.redis import RedisLocks, open_redis
from storage.sql import open_store
from storage.vault import Vault
from tests.clock import FakeClock
from tests.edge.fake_api import APP_ID, SECRET, Call, Platform

SEND = "/cgi-bin/message/template/send"
TOKEN = "/cgi-bin/stable_token"
DATA = {"thing1": "赵*芬"}


async def test_a_token_is_shared_expires_and_is_replaced(store: Store, clock: FakeClock, vault: Vault) -> None:
    """Put by one, read by another; gone at its time; a new one takes its place."""
    one, other = StoredValues(store, clock), StoredValues(store, clock)
    assert await other.get("wx1") is None
    await one.put("wx1", SharedValue("first", clock.now() + timedelta(minutes=5)))
    found = await other.get("wx1")
    assert found is not None
    assert found.value == "first"
    assert await other.get("wx2") is None
    await one.put("wx1", SharedValue("second", clock.now() + timedelta(hours=1)))
    clock.advance(600)
    found = await other.get("wx1")
    assert found is not None
    assert found.value == "second"
    clock.advance(3600)
    assert await one.get("wx1") is None


async def test_only_the_token_that_failed_is_dropped(store: Store, clock: FakeClock, vault: Vault) -> None:
    """A newer one that somebody else has fetched stays."""
    tokens = StoredValues(store, clock)
    await tokens.put("wx1", SharedValue("newer", clock.now() + timedelta(hours=1)))
    await tokens.drop_if("wx1", "older")
    assert await tokens.get("wx1") is not None
    await tokens.drop_if("wx1", "newer")
    assert await tokens.get("wx1") is None


# ── many workers, several processes (targets.md F9) ─────────────────────────────────────────────────────────────────


@dataclass
class Works:
    """Two processes' clients over one store, and the platform that both call."""

    platform: Platform
    apis: tuple[WeChatApi, WeChatApi]
    clock: FakeClock

    async def send(self, count: int) -> None:
        """So many workers of each process at once, each with a message of its own."""
        calls = [api.send_template(f"o{n}", "T", "", DATA, f"{i}-{n}") for i, api in enumerate(self.apis) for n in range(count)]
        await asyncio.gather(*calls)

    def shown(self) -> list[str]:
        """The messages that were taken, by their ids."""
        good = [call for call in self.platform.of(SEND) if call.query["access_token"] in self.platform.valid]
        return sorted(call.body["client_msg_id"] for call in good)


async def _works(stack: AsyncExitStack, stores: tuple[Store, Store], locks: tuple[Locks, Locks], clock: FakeClock) -> Works:
    platform = Platform()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", platform.handle)
    server = TestServer(application, host="127.0.0.1")
    await server.start_server(access_log=None)
    stack.push_async_callback(server.close)
    session = await stack.enter_async_context(aiohttp.ClientSession())
    base = f"http://127.0.0.1:{server.port}"
    first, second = (
        WeChatApi(session, APP_ID, SECRET, base, clock, StoredValues(store, clock, lock))
        for store, lock in zip(stores, locks, strict=True)
    )
    return Works(platform, (first, second), clock)


@pytest.fixture(params=["one process", "two processes"])
async def works(request: pytest.FixtureRequest, vault: Vault, clock: FakeClock) -> AsyncIterator[Works]:
    """SQLite with the locks of one process, or PostgreSQL and Valkey as two processes see them: nothing shared in memory."""
    async with AsyncExitStack() as stack:
        if request.param == "one process":
            store = open_store(request.getfixturevalue("sqlite_url"), vault, clock)
            stack.push_async_callback(store.close)
            lock = LocalLocks()
            yield await _works(stack, (store, store), (lock, lock), clock)
            return
        stores, locks = [], []
        for _ in range(2):
            redis = open_redis(request.getfixturevalue("redis_url"), patience=60)
            stack.push_async_callback(redis.close)
            stores.append(open_store(request.getfixturevalue("postgres_url"), vault, clock, redis=redis))
            stack.push_async_callback(stores[-1].close)
            locks.append(RedisLocks(redis))
        yield await _works(stack, (stores[0], stores[1]), (locks[0], locks[1]), clock)


EVERYBODY = sorted(f"{i}-{n}" for i in range(2) for n in range(50))


async def test_fifty_workers_of_each_process_fetch_one_token(works: Works) -> None:
    """A cold start: one fetch in all, each message once."""
    await works.send(50)
    assert len(works.platform.of(TOKEN)) == 1
    assert works.shown() == EVERYBODY
    assert len(works.platform.of(SEND)) == 100


@pytest.mark.parametrize("errcode", [40001, 42001, 40014])
async def test_a_token_that_dies_under_all_of_them_is_refreshed_once(works: Works, errcode: int) -> None:
    """Exactly one refresh over both processes, every call made once more at most, none lost."""
    await works.send(1)
    works.platform.calls.clear()
    works.platform.valid.clear()

    def judged(call: Call) -> dict[str, Any]:
        good = call.query["access_token"] in works.platform.valid
        return {"errcode": 0, "msgid": 1} if good else {"errcode": errcode, "errmsg": "invalid rid: 1"}

    works.platform.answers[SEND] = judged
    await works.send(50)
    assert len(works.platform.of(TOKEN)) == 1
    assert works.shown() == EVERYBODY
    assert len(works.platform.of(SEND)) <= 200


async def test_a_platform_that_repeats_its_dead_token_is_not_asked_again_and_again(works: Works) -> None:
    """Two rounds of fifty: one fetch a process, errors for all, no loop; half a minute later it is tried anew."""
    works.platform.answers[TOKEN] = lambda _: {"access_token": "dead", "expires_in": 7200}
    works.platform.answers[SEND] = lambda _: {"errcode": 40001, "errmsg": "invalid"}
    for _ in range(2):
        calls = [api.send_template("o1", "T", "", DATA, "c") for api in works.apis for _ in range(25)]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(one, ApiError) and one.kind is Kind.TOKEN for one in outcomes)
    fetched = len(works.platform.of(TOKEN))
    assert fetched <= 1 + 2
    works.clock.advance(31)
    with pytest.raises(ApiError):
        await works.apis[0].send_template("o1", "T", "", DATA, "c")
    assert len(works.platform.of(TOKEN)) == fetched + 1


async def test_the_token_of_another_process_is_seen_within_five_seconds(works: Works) -> None:
    """Looked at again every five seconds; until then the old one is used, which is good for five minutes more."""
    first, second = works.apis
    await works.send(1)
    works.platform.valid.discard("token-number-0")
    await first.send_template("o1", "T", "", DATA, "x")
    works.platform.valid.add("token-number-0")
    for seconds, token in ((4.0, "token-number-0"), (1.5, "token-number-1")):
        works.clock.advance(seconds)
        await second.send_template("o1", "T", "", DATA, "y")
        assert works.platform.of(SEND)[-1].query["access_token"] == token
    assert len(works.platform.issued) == 2


# ── while storage or the locks are away ─────────────────────────────────────────────────────────────────────────────


class _Away:
    """Locks whose keeper, or a store whose database, does not answer."""

    def hold(self, _: str) -> _Away:
        return self

    def transaction(self) -> _Away:
        return self

    reading = transaction

    async def __aenter__(self) -> None:
        raise Unavailable("away")

    async def __aexit__(self, *_: object) -> None:
        """Never entered."""


async def test_without_locks_and_storage_calls_go_on(vault: Vault, clock: FakeClock, sqlite_url: str) -> None:
    """F3, F4: a process that has a token keeps it, one that has none fetches its own: the platform gives everybody the same one."""
    away: Any = _Away()
    async with AsyncExitStack() as stack:
        store = open_store(sqlite_url, vault, clock)
        stack.push_async_callback(store.close)
        made = await _works(stack, (store, away), (away, away), clock)
        with capture_logs() as lines:
            await made.send(10)
        assert made.shown() == sorted(f"{i}-{n}" for i in range(2) for n in range(10))
        assert len(made.platform.of(TOKEN)) == 2
        assert {line["event"] for line in lines} == {"wechat_token"}
        clock.advance(60)
        await made.send(10)
        assert len(made.platform.of(TOKEN)) == 2


# ── the log ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_thousand_failures_are_a_line_a_second(works: Works) -> None:
    """Each kind by itself; the next line says how many were left out."""
    await works.send(1)
    answers: dict[str, Callable[[Call], Any]] = works.platform.answers
    answers[SEND] = lambda call: {"errcode": 40003 if call.body["touser"] == "nobody" else -1, "errmsg": "x"}

    async def fail(openid: str) -> None:
        with pytest.raises(ApiError):
            await works.apis[0].send_template(openid, "T", "", DATA, "c")

    with capture_logs() as lines:
        for _ in range(2):
            for openid in ("busy",) * 10 + ("nobody",) * 5:
                await fail(openid)
            works.clock.advance(1.1)
    told = [(line["errcode"], line.get("more")) for line in lines if line["event"] == "wechat_api"]
    assert told == [(-1, None), (40003, None), (-1, 9), (40003, 4)]
