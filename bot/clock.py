"""The clock of a running process, and one that a demo can move."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta

from storage.ports.time import SHANGHAI


class SystemClock:
    """The operating system's time, told in Beijing time. Implements `storage.ports.time.Clock`."""

    def now(self) -> datetime:
        return datetime.now(SHANGHAI)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class MovableClock(SystemClock):
    """The system's clock with an offset that `POST /sim/clock` sets: simulator and bot of a demo follow the same one.

    Only dates move. Durations (`sleep`, `monotonic`) stay real, but whoever waits for a date is woken by `moved`.
    """

    def __init__(self) -> None:
        self._offset = timedelta()
        self.moved = asyncio.Event()

    def now(self) -> datetime:
        return super().now() + self._offset

    def set(self, moment: datetime) -> None:
        """Make it `moment` now; time then runs on from there."""
        self._offset = moment - super().now()
        self._wake()

    def advance(self, seconds: float) -> None:
        """Move by `seconds` (backwards when negative)."""
        self._offset += timedelta(seconds=seconds)
        self._wake()

    def _wake(self) -> None:
        self.moved.set()
        self.moved = asyncio.Event()
