"""What a worker has in hand, and what became of it until it is written down: together, as it comes, and kept while storage is away."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from handlers.reminders.lanes import Lane
from storage.ports.records import Notice, Settled
from storage.ports.repositories import Store
from storage.ports.time import Clock

Result = tuple[Lane, Settled]


class Results:
    """Of one worker."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._attempts: dict[int, int] = {}
        """By row in hand: the attempt that it is settled under, the last one claimed here."""
        self._waiting: list[Result] = []
        self.ready = asyncio.Event()
        """There is something to write."""

    def __bool__(self) -> bool:
        """Whether something waits to be written."""
        return bool(self._waiting)

    def took(self, lane: Lane, rows: Sequence[Notice]) -> list[Notice]:
        """Rows that were claimed; those that are new come back. One that is still on its way here is settled under its new attempt."""
        mine = [row for row in rows if row.id not in self._attempts]
        self._attempts.update((row.id, row.attempts) for row in rows)
        lane.in_hand.update(row.id for row in mine)
        lane.calling.update(row.id for row in mine)
        return mine

    def note(self, lane: Lane, settled: Settled) -> None:
        """A row has its result."""
        self._waiting.append((lane, settled))
        self.ready.set()
        lane.calling.discard(settled.id)
        if lane.room:
            lane.woken.set()

    def lost(self, lane: Lane, rows: Sequence[Notice]) -> None:
        """Rows without a result are nobody's here any more: their leases bring them back."""
        noted = {one.id for _, one in self._waiting}
        for row in rows:
            if row.id not in noted:
                self._attempts.pop(row.id, None)
                lane.in_hand.discard(row.id)
                lane.calling.discard(row.id)

    async def write(self) -> tuple[Result, ...]:
        """Write down what has come so far; that comes back. Raises StorageError with everything kept."""
        results, self._waiting = self._waiting, []
        if not results:
            return ()
        held = [replace(one, attempts=self._attempts.get(one.id, one.attempts)) for _, one in results]
        try:
            async with self._store.transaction() as tx:
                await tx.notices.settle(held, self._clock.now())
        except BaseException:
            self._waiting = [*results, *self._waiting]
            self.ready.set()
            raise
        for lane, one in results:
            self._attempts.pop(one.id, None)
            lane.in_hand.discard(one.id)
        return tuple(results)
