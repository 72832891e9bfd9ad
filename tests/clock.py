"""A clock that stands still until a test moves it; `sleep` ends when the test has moved past it."""

from __future__ import annotations

import asyncio
import heapq
from datetime import datetime, timedelta
from itertools import count

from storage.ports.time import SHANGHAI

START = datetime(2024, 9, 12, 10, 0, tzinfo=SHANGHAI)


class FakeClock:
    """Implements `storage.ports.time.Clock`. Starts on 2024-09-12 10:00 Beijing time, a Thursday, unless told otherwise."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._mono = 1000.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = count()

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._mono

    def set(self, moment: datetime) -> None:
        """Jump; sleepers are woken as far as time has gone forward."""
        self.advance((moment - self._now).total_seconds())

    def advance(self, seconds: float) -> None:
        """Move on, waking whoever slept until then, in order."""
        self._now += timedelta(seconds=seconds)
        self._mono += max(0.0, seconds)
        while self._sleepers and self._sleepers[0][0] <= self._mono:
            _, _, waiter = heapq.heappop(self._sleepers)
            if not waiter.done():
                waiter.set_result(None)

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._mono + seconds, next(self._order), waiter))
        await waiter

    @property
    def sleepers(self) -> int:
        """How many are asleep: a test waits for this before it moves time."""
        return sum(not waiter.done() for _, _, waiter in self._sleepers)
