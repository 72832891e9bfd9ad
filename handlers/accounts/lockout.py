"""Tries that are counted before they are judged, and locks that grow: 15 minutes, 2 hours, a day (targets.md S7). All of it is rows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from storage.ports.repositories import Repositories

LOCKS: Final = (timedelta(minutes=15), timedelta(hours=2), timedelta(days=1))
_WINDOW: Final = timedelta(days=1)


class Lockout:
    """Wrong tries of one subject. A process that dies in the middle has used its try."""

    def __init__(self, name: str, tries: int) -> None:
        self._name, self._tries = name, tries

    async def until(self, tx: Repositories, subject: str, now: datetime) -> datetime | None:
        """Until when the subject is locked; None if it is not."""
        found = [await tx.limits.peek(f"{self._name}.lock{level}", subject, 1, width, now) for level, width in enumerate(LOCKS)]
        return max((one.retry_at or now + LOCKS[0] for one in found if not one.allowed), default=None)

    async def take(self, tx: Repositories, subject: str, now: datetime) -> bool:
        """Count a try before it is judged; False when there is none left."""
        if await self.until(tx, subject, now):
            return False
        if (await tx.limits.hit(f"{self._name}.tries", subject, self._tries, _WINDOW, now)).allowed:
            return True
        await self._lock(tx, subject, now)  # the last one never came to its end, or is still being worked out
        return False

    async def failed(self, tx: Repositories, subject: str, now: datetime) -> int:
        """After a try that was wrong: how many are left; 0 when it has just been locked."""
        used = (await tx.limits.peek(f"{self._name}.tries", subject, self._tries, _WINDOW, now)).used
        if used >= self._tries:
            await self._lock(tx, subject, now)
        return max(0, self._tries - used)

    async def forget(self, tx: Repositories, subject: str) -> None:
        """Start over, after a right try."""
        for name in ("tries", "locks", *(f"lock{level}" for level in range(len(LOCKS)))):
            await tx.limits.clear(f"{self._name}.{name}", subject)

    async def give_back(self, tx: Repositories, subject: str, now: datetime) -> None:
        """The try that was counted was a right one, of somebody else's: it costs nothing, and forgives nothing."""
        await tx.limits.hit(f"{self._name}.tries", subject, self._tries, _WINDOW, now, cost=-1)

    async def _lock(self, tx: Repositories, subject: str, now: datetime) -> None:
        times = (await tx.limits.hit(f"{self._name}.locks", subject, 1000, _WINDOW, now)).used
        level = min(max(times, 1), len(LOCKS)) - 1
        await tx.limits.hit(f"{self._name}.lock{level}", subject, 1, LOCKS[level], now)
        await tx.limits.clear(f"{self._name}.tries", subject)
