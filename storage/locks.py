"""Locks within one process, and those that go on while Redis is away: one holder at a time a name, in the order of arrival."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
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

    def hold(self, name: str) -> AbstractAsyncContextManager[None]:
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
        self._usual = usual
        self._others = others
        self._presence = presence

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            held = self._presence.lately
            if held:
                await stack.enter_async_context(self._others.hold(name))
            if not self._are_away():
                try:
                    await stack.enter_async_context(self._usual.hold(name))
                except Unavailable:
                    if not self._are_away():
                        raise  # they are there, and somebody holds this one too long
                    if not held:
                        await stack.enter_async_context(self._others.hold(name))
            yield

    def _are_away(self) -> bool:
        return self._presence.away
