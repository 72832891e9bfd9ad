"""Whether Redis is there. Once it has failed, nobody waits for it again: one question every half second finds out whether it is back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from types import TracebackType

import structlog

from storage.ports.repositories import Unavailable
from storage.redis.errors import TROUBLE

LOOK_EVERY_S = 0.5
LATELY_S = 10.0
"""So long after its return this process still takes what is meant for its absence along: others may not have seen it come back yet."""

log = structlog.get_logger(__name__)


class _Watched(AbstractContextManager[None]):
    """Keeps nothing of one question: the same for all."""

    __slots__ = ("_presence",)

    def __init__(self, presence: Presence) -> None:
        self._presence = presence

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is None:
            return
        if isinstance(error, TROUBLE):
            self._presence.lost()
            raise Unavailable(f"Redis: {type(error).__name__}") from error
        if isinstance(error, Unavailable):
            self._presence.lost()


class Presence:
    """As this process has seen it last. `ask` raises Unavailable when Redis does not answer."""

    def __init__(self, ask: Callable[[], Awaitable[None]]) -> None:
        self._ask = ask
        self._lost = False
        self._until = 0.0
        self._asked = 0.0
        self._asking: asyncio.Task[None] | None = None
        self._watched = _Watched(self)

    @property
    def away(self) -> bool:
        """Whether it failed and has not answered since. Asking this makes somebody look again, and waits for nothing."""
        if self._lost:
            now = asyncio.get_running_loop().time()
            if now - self._asked >= LOOK_EVERY_S and (self._asking is None or self._asking.done()):
                self._asked = now
                self._asking = asyncio.ensure_future(self._look())
        return self._lost

    @property
    def lately(self) -> bool:
        """Whether it is away, or was until a moment ago."""
        return self.away or (self._until > 0 and asyncio.get_running_loop().time() < self._until)

    def watched(self) -> AbstractContextManager[None]:
        """Whatever Redis has to complain about is `Unavailable`, and is remembered."""
        return self._watched

    def lost(self) -> None:
        """It has failed. Idempotent."""
        if not self._lost:
            log.warning("Redis is away: sessions, answers and locks are kept in the database")
        self._lost = True
        self._asked = asyncio.get_running_loop().time()

    def found(self) -> None:
        """It has answered. Idempotent."""
        if self._lost:
            log.warning("Redis is back")
            self._lost = False
            self._until = asyncio.get_running_loop().time() + LATELY_S

    async def close(self) -> None:
        """End the question under way."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    async def _look(self) -> None:
        with contextlib.suppress(Unavailable):
            await self._ask()
            self.found()
