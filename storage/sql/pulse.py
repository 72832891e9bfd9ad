"""Whether PostgreSQL answers at all. A server that hangs closes no connection: without a look of its own, everybody would wait for the end of their
patience, each time anew (targets.md F3).

When a question has waited for a while and nobody else was answered meanwhile, the server is asked for a sign of life. Without one, those who
wait are told so, and whoever comes is told at once, until it gives one. What is being committed is not cut short: nobody knew whether it happened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType

import structlog

from storage.ports.repositories import Unavailable

log = structlog.get_logger(__name__)


class Pulse:
    """`look` asks for a sign of life: it returns when there is one, and raises OSError or TimeoutError when there is none. `patience_s`: so long a
    question waits before somebody wonders, and so long is the pause between two looks at a server that is away."""

    def __init__(self, look: Callable[[], Awaitable[None]], patience_s: float) -> None:
        self._look = look
        self._patience_s = patience_s
        self._waiting: dict[Waiting, float] = {}
        self._heard = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._looking: asyncio.Task[None] | None = None
        self.away = False

    def waiting(self, *, cut: bool = True) -> Waiting:
        """A context around one question. Raises Unavailable, at its beginning or while it waits (not with `cut=False`), when the server is away."""
        return Waiting(self, cut)

    def began(self, one: Waiting) -> None:
        """Called by Waiting."""
        loop = asyncio.get_running_loop()
        self._waiting[one] = loop.time()
        if self._timer is None and self._looking is None:
            self._timer = loop.call_later(self._patience_s, self._wonder)

    def ended(self, one: Waiting, *, heard: bool) -> None:
        """Called by Waiting."""
        del self._waiting[one]
        if heard:
            self._heard = asyncio.get_running_loop().time()

    def _wonder(self) -> None:
        self._timer = None
        oldest = next(iter(self._waiting.values()), None)
        if oldest is None:
            return
        loop = asyncio.get_running_loop()
        quiet_since = max(oldest, self._heard)
        if (left := quiet_since + self._patience_s - loop.time()) > 0:
            self._timer = loop.call_later(left, self._wonder)
        else:
            self._looking = asyncio.create_task(self._until_it_lives())

    async def _until_it_lives(self) -> None:
        # Two looks: this process may have been too busy itself to see the first sign.
        while not (await self._lives() or (not self.away and await self._lives())):
            if not self.away:
                self.away = True
                log.error("PostgreSQL hangs: it takes connections and does not answer")
            for one in list(self._waiting):
                one.cut()
            await asyncio.sleep(self._patience_s)
        if self.away:
            self.away = False
            log.warning("PostgreSQL answers again")
        loop = asyncio.get_running_loop()
        self._heard = loop.time()
        self._looking = None
        if self._waiting:
            self._timer = loop.call_later(self._patience_s, self._wonder)

    async def _lives(self) -> bool:
        try:
            await self._look()
        except (OSError, TimeoutError):
            return False
        return True

    async def close(self) -> None:
        """End the looking. Idempotent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)


class Waiting:
    """One question on its way; works like asyncio.timeout, with the server's silence for the time."""

    __slots__ = ("_before", "_cut", "_may_cut", "_pulse", "_task")

    def __init__(self, pulse: Pulse, may_cut: bool) -> None:
        self._pulse = pulse
        self._may_cut = may_cut
        self._cut = False
        self._before = 0
        self._task: asyncio.Task[object] | None = None

    def __enter__(self) -> None:
        if self._pulse.away:
            raise Unavailable("PostgreSQL: it does not answer")
        task = self._task = asyncio.current_task()
        self._before = task.cancelling() if task is not None else 0
        self._pulse.began(self)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._pulse.ended(self, heard=kind is None)
        if self._cut and self._task is not None and self._task.uncancel() <= self._before and kind is asyncio.CancelledError:
            raise Unavailable("PostgreSQL: it does not answer") from None

    def cut(self) -> None:
        """End the wait, once."""
        if self._may_cut and not self._cut and self._task is not None:
            self._cut = True
            self._task.cancel()
