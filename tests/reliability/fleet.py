"""Any number of `serve` processes over one PostgreSQL and one Valkey, behind a balancer that sends each request to whichever it likes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
from sqlalchemy import make_url

from benchmarks.database import Postgres
from bot.clock import SystemClock
from storage.ports.records import Binding
from storage.ports.repositories import Store
from storage.sql import open_store
from storage.vault import Vault
from tests.platform_client import Platform
from tests.process.children import Child, platform_at, running, settings
from tests.servers import ValkeyServer

_numbers = count(1)
IN_TIME_S = 5.0
"""The platform's own patience (wechat.md A5)."""


def queued(*processes: int) -> dict[str, float]:
    """Seconds that each thread of these processes has waited for a processor so far (Linux; nothing where the kernel does not count them)."""
    found = {}
    for process in processes:
        with contextlib.suppress(OSError):
            for thread in os.listdir(f"/proc/{process}/task"):
                with contextlib.suppress(OSError, IndexError), open(f"/proc/{process}/task/{thread}/schedstat") as told:
                    found[thread] = int(told.read().split()[1]) / 1e9
    return found


@dataclass
class Member:
    """One process, with what ends it."""

    child: Child
    platform: Platform
    stack: AsyncExitStack


class Fleet:
    """The processes. A request that meets a dead one is sent again, elsewhere, as the platform does.

    `slowest` is the longest that an answer took, without the time for which whoever asked and whoever answered had no processor: how many
    others the machine serves is no property of the product.
    """

    def __init__(self, folder: Path, postgres: Postgres, valkey: ValkeyServer, seed: int = 0) -> None:
        self.folder = folder
        self.postgres = postgres
        self.valkey = valkey
        self.chance = random.Random(seed)
        self.members: list[Member] = []
        self.slowest = 0.0
        self.resent = 0
        self.answered = 0
        self._wanted = 0
        self._enough = asyncio.Event()
        self._url = make_url(postgres.url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))

    async def grow(self) -> None:
        """Start one more."""
        stack = AsyncExitStack()
        given = settings(self.folder, self._url, BOT_STORAGE__REDIS_URL=self.valkey.url)
        child = await stack.enter_async_context(running(given, self.folder, "serve"))
        self.members.append(Member(child, platform_at(await child.serving()), stack))

    async def kill(self) -> None:
        """SIGKILL of one with requests in its hands; the balancer notices when it has ended, and another takes its place."""
        gone = self.chance.choice(self.members)
        gone.child.process.kill()
        await gone.stack.aclose()
        self.members.remove(gone)
        await self.grow()

    async def until_answered(self, more: int) -> None:
        """Wait until so many more requests have been answered."""
        self._wanted, self._enough = self.answered + more, asyncio.Event()
        await self._enough.wait()

    async def replace_one(self) -> None:
        """A deploy: a new one is there before an old one gets SIGTERM."""
        await self.grow()
        gone = self.members.pop(0)
        assert await gone.child.stop() == 0
        await gone.stack.aclose()

    async def post(self, openid: str, text: str, number: str) -> str:
        """A text, to whichever process, sent again with the same MsgId when nobody answered; the words of the answer."""
        return await self._sent(lambda platform: platform.envelope(openid, text, number))

    async def happens(self, openid: str, event: str) -> str:
        """An event."""
        return await self._sent(lambda platform: platform.event(openid, event))

    async def _sent(self, envelope: Any) -> str:
        clock = SystemClock()
        for _ in range(20):
            member = self.chance.choice(self.members)
            platform, both = member.platform, (os.getpid(), member.child.process.pid)
            query, body = envelope(platform)
            before, began = queued(*both), clock.monotonic()
            try:
                async with self._http.post(platform.url, params=query, data=body) as response:
                    assert response.status == 200, response.status
                    answer = await response.read()
            except aiohttp.ClientError:
                self.resent += 1
                continue
            took, after = clock.monotonic() - began, queued(*both)
            self.slowest = max(self.slowest, took - sum(after[one] - before[one] for one in before.keys() & after))
            self.answered += 1
            if self.answered >= self._wanted:
                self._enough.set()
            return platform.open(answer)
        raise AssertionError("nobody answers")

    def number(self) -> str:
        """A MsgId that was not used before."""
        return str(24_000_000_000_000_000 + next(_numbers))

    async def says(self, openid: str, text: str) -> str:
        """A new text."""
        return await self.post(openid, text, self.number())

    async def at_all(self, openid: str, text: str) -> set[str]:
        """The same text, as a message of its own, at each of the processes: the different answers."""
        found = set()
        for member in self.members:
            found.add(member.platform.open(await member.platform.post(self._http, openid, text, self.number())))
        return found

    async def logs_in_quietly(self, openid: str, person_id: int, region: str) -> None:
        """Bound to the person as after a log-in."""
        await self.says(openid, "你好")
        async with self.store() as store, store.transaction() as tx:
            user = await tx.users.get(openid)
            assert user is not None
            await tx.users.bind(Binding(0, openid, person_id, "person", "sms", "1", SystemClock().now()))
            await tx.users.save(replace(user, active_role="person", region=region, person_id=person_id))

    async def parked(self, openid: str) -> int:
        """How many messages wait for the chat's next word."""
        connection = await asyncpg.connect(self._url)
        try:
            return int(await connection.fetchval("SELECT count(*) FROM parked_reply WHERE openid = $1", openid))
        finally:
            await connection.close()

    @asynccontextmanager
    async def store(self) -> AsyncIterator[Store]:
        """The database, without Redis."""
        found = open_store(self._url, Vault(bytes(range(32))), SystemClock())
        try:
            yield found
        finally:
            await found.close()

    async def close(self) -> None:
        await asyncio.gather(*(member.stack.aclose() for member in self.members))
        await self._http.close()


@asynccontextmanager
async def fleet(folder: Path, postgres: Postgres, valkey: ValkeyServer, size: int = 2, seed: int = 0) -> AsyncIterator[Fleet]:
    """So many processes over that database."""
    found = Fleet(folder, postgres, valkey, seed)
    try:
        for _ in range(size):
            await found.grow()
        yield found
    except BaseException as error:
        for member in found.members:
            error.add_note("\n".join(member.child.lines[-30:]))
        raise
    finally:
        await found.close()
