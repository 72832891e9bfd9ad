"""正在输入: shown while a turn takes longer than a second, and taken away with its answer (wechat.md A7).

Most turns take milliseconds and never come near it: one timer serves all of them, and nothing is called before a turn is late.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import Any, Protocol, TypeVar

from bot.wechat.errors import ApiError
from dialogs.messages import AnyInbound, Filed, Filmed, Linked, Located, Pictured, Said, Spoken, Unknown
from handlers.turns import Seal, Turns
from storage.ports.time import Clock

T = TypeVar("T")

AFTER_S = 1.0

_MESSAGES = (Said, Spoken, Pictured, Located, Filmed, Linked, Filed, Unknown)
"""What a person has sent just now: the platform shows it only within thirty seconds of an exchange."""


class Typist(Protocol):
    """What is asked of the platform."""

    async def typing(self, openid: str, on: bool = True) -> None: ...


class _Waiting:
    """One turn on its way."""

    __slots__ = ("done", "due", "openid", "showing")

    def __init__(self, openid: str, due: float) -> None:
        self.openid = openid
        self.due = due
        self.done = False
        self.showing: asyncio.Task[bool] | None = None


class Busy:
    """Implements `handlers.turns.Turns` around another. Nothing that the platform answers to it changes a turn."""

    def __init__(self, turns: Turns, typist: Typist, clock: Clock) -> None:
        self._turns = turns
        self._typist = typist
        self._clock = clock
        self._waiting: deque[_Waiting] = deque()
        self._watch: asyncio.Task[None] | None = None
        self._background: set[asyncio.Task[Any]] = set()

    async def answered(self, key: str) -> bytes | None:
        return await self._turns.answered(key)

    async def postpone(self, inbound: AnyInbound, interim: bytes) -> None:
        await self._turns.postpone(inbound, interim)

    async def take(self, inbound: AnyInbound, seal: Seal) -> bytes | None:
        if not isinstance(inbound, _MESSAGES):
            return await self._turns.take(inbound, seal)
        waiting = self._began(inbound.openid)
        try:
            return await self._turns.take(inbound, seal)
        finally:
            waiting.done = True
            if waiting.showing is not None:
                self._keep(asyncio.create_task(self._hide(waiting.openid, waiting.showing)))

    async def close(self) -> None:
        """End what is on its way; a turn is none of it."""
        tasks = [*self._background, *([self._watch] if self._watch else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _began(self, openid: str) -> _Waiting:
        queue = self._waiting
        while queue and queue[0].done:
            queue.popleft()
        one = _Waiting(openid, self._clock.monotonic() + AFTER_S)
        queue.append(one)
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._watching())
        return one

    async def _watching(self) -> None:
        """Turns begin in the order in which they become late."""
        queue = self._waiting
        while queue:
            one = queue[0]
            if not one.done:
                wait_s = one.due - self._clock.monotonic()
                if wait_s > 0:
                    await self._clock.sleep(wait_s)
                    continue
                one.showing = self._keep(asyncio.create_task(self._show(one.openid)))
            queue.popleft()

    async def _show(self, openid: str) -> bool:
        with contextlib.suppress(ApiError):  # too late (45080), shown already (45081), not allowed: nobody misses it
            await self._typist.typing(openid)
            return True
        return False

    async def _hide(self, openid: str, showing: asyncio.Task[bool]) -> None:
        if await showing:
            with contextlib.suppress(ApiError):
                await self._typist.typing(openid, on=False)

    def _keep(self, task: asyncio.Task[T]) -> asyncio.Task[T]:
        """Held, so that it is not collected while it runs."""
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task
