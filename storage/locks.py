"""Locks within one process, and those that go on while Redis is away: one holder at a time a name, in the order of arrival."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from types import TracebackType
from typing import Protocol

from storage.ports.repositories import Locks, Unavailable


class _Line:
    __slots__ = ("lock", "people")

    def __init__(self) -> None:
        self.lock = asyncio.Lock()  # serves whoever waits first, first
        self.people = 0


class LocalLocks:
    """Implements `ports.repositories.Locks`. A name takes memory only while somebody holds it or waits for it."""

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}

    def __len__(self) -> int:
        return len(self._lines)

    async def close(self) -> None:
        """Nothing is held open."""

    def hold(self, name: str, message: tuple[str, str] | None = None) -> AbstractAsyncContextManager[None]:
        return _Held(self._lines, name)


class _Held(AbstractAsyncContextManager[None]):
    """One holder or waiter of a name."""

    __slots__ = ("_line", "_lines", "_name")

    def __init__(self, lines: dict[str, _Line], name: str) -> None:
        self._lines = lines
        self._name = name

    async def __aenter__(self) -> None:
        line = self._lines.get(self._name)
        if line is None:
            line = self._lines[self._name] = _Line()
        self._line = line
        line.people += 1
        try:
            await line.lock.acquire()
        except BaseException:
            self._leave()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._line.lock.release()
        self._leave()

    def _leave(self) -> None:
        self._line.people -= 1
        if not self._line.people:
            del self._lines[self._name]


class Presence(Protocol):
    """What is known of whether the usual locks can be had."""

    @property
    def away(self) -> bool:
        """They cannot be had."""

    @property
    def lately(self) -> bool:
        """They cannot be had, or could not until a moment ago, and others may still do without them."""


class SteadyLocks:
    """Implements `ports.repositories.Locks`: the usual ones; while they are away, and for a moment afterwards, the others."""

    def __init__(self, usual: Locks, others: Locks, presence: Presence) -> None:
        self.usual = usual
        self.others = others
        self.presence = presence

    def hold(self, name: str, message: tuple[str, str] | None = None) -> AbstractAsyncContextManager[None]:
        return _Steady(self, name, message)


class _Steady(AbstractAsyncContextManager[None]):
    """One holder or waiter: of the usual lock, of the other one, or of both."""

    __slots__ = ("_inner", "_locks", "_message", "_name")

    def __init__(self, locks: SteadyLocks, name: str, message: tuple[str, str] | None) -> None:
        self._locks = locks
        self._name = name
        self._message = message

    async def __aenter__(self) -> None:
        locks = self._locks
        self._inner: AbstractAsyncContextManager[object]
        if locks.presence.lately:
            self._inner = await self._both()
            return
        self._inner = locks.usual.hold(self._name, self._message)
        try:
            await self._inner.__aenter__()
        except Unavailable:
            if not locks.presence.away:
                raise  # they are there, and somebody holds this one too long
            self._inner = locks.others.hold(self._name)
            await self._inner.__aenter__()

    async def _both(self) -> AsyncExitStack:
        """The other one, and the usual one if it can be had again."""
        locks = self._locks
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(locks.others.hold(self._name))
            if not locks.presence.away:
                try:
                    await stack.enter_async_context(locks.usual.hold(self._name, self._message))
                except Unavailable:
                    if not locks.presence.away:
                        raise
            return stack.pop_all()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return await self._inner.__aexit__(kind, error, trace)
