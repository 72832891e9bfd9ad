"""A few connections of PostgreSQL's driver, opened when they are needed, lent to one at a time, first come first served."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import asyncpg

from storage.ports.repositories import Conflict, Unavailable

T = TypeVar("T")


class Connections:
    """`arguments` are the driver's; `patience` in seconds, also for a free one; `greeting` is said on each before its first use."""

    def __init__(self, arguments: Mapping[str, Any], count: int, patience: float, greeting: str = "") -> None:
        self._arguments = arguments
        self._greeting = greeting
        self._patience = patience
        self._free: list[asyncpg.Connection[Any]] = []
        self._count = count
        self._used = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def use(self, work: Callable[[asyncpg.Connection[Any]], Awaitable[T]]) -> T:
        """What `work` makes of one. Whatever the server refuses is raised as it is; a connection that is lost is Unavailable."""
        if self._used < self._count:
            self._used += 1
        else:
            await self._free_one()
        try:
            connection = await self._connected()
            try:
                found = await work(connection)
            except (asyncpg.PostgresError, Conflict):
                self._give_back(connection)  # the server has answered: the connection is sound
                raise
            except asyncpg.InterfaceError:
                connection.terminate()
                raise Unavailable("PostgreSQL: the connection was lost") from None
            except BaseException:
                connection.terminate()
                raise
            self._give_back(connection)
            return found
        finally:
            self._next()

    async def _free_one(self) -> None:
        """Wait for a connection that somebody gives back."""
        loop = asyncio.get_running_loop()
        mine: asyncio.Future[None] = loop.create_future()
        self._waiting.append(mine)
        timer = loop.call_later(self._patience, _too_late, mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._next()  # it was given to who does not want it any more
            raise
        finally:
            timer.cancel()

    def _next(self) -> None:
        while self._waiting:
            one = self._waiting.popleft()
            if not one.done():
                one.set_result(None)
                return
        self._used -= 1

    async def _connected(self) -> asyncpg.Connection[Any]:
        while self._free:
            found = self._free.pop()
            if not found.is_closed():
                return found
        opened: asyncpg.Connection[Any] = await asyncpg.connect(**self._arguments, timeout=self._patience, command_timeout=30)
        if self._greeting:
            try:
                await opened.execute(self._greeting)
            except BaseException:
                opened.terminate()
                raise
        return opened

    def _give_back(self, connection: asyncpg.Connection[Any]) -> None:
        if not connection.is_closed():
            self._free.append(connection)

    async def close(self) -> None:
        """Close them. Idempotent."""
        free, self._free = self._free, []
        for one in free:
            one.terminate()


def _too_late(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_exception(Unavailable("PostgreSQL: no free connection"))
