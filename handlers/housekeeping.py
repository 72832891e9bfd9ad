"""What a running product does for itself: chain and anchor the audit log, forget answers whose time is over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import structlog

from handlers.my_data.jobs import kept
from storage.ports.repositories import Files, Repositories, Store
from storage.ports.time import Clock

SWEEP_AFTER = timedelta(hours=1)
"""An upload whose row has not been committed by then never will be."""

EVERY = timedelta(minutes=1)
KEEP_ANSWERS = timedelta(minutes=15)
KEEP_SMS = timedelta(days=180)
"""That a message was sent is proof, and a log of at least six months (网络安全法 21)."""
KEEP_NOTICES = timedelta(days=400)
"""A year's cycle and its end; what was counted stays."""
KEEP_RECEIPTS = timedelta(days=1)
"""A receipt that is faster than our own record is so by seconds."""
ANCHOR_EVERY_MINUTES = 10

CHAINED_AT_ONCE = 50
FORGOTTEN_AT_ONCE = 200
"""Rows of one transaction: some milliseconds, for which everybody who writes waits."""
_RESTS = 8
"""So many times as long as a transaction took is the pause after it: people who write at that moment come first."""
_NOT_LONGER_S = 40.0
"""What is left then is left to the next run."""

log = structlog.get_logger(__name__)


class Housekeeping:
    """The job `housekeeping`, once a minute over all processes."""

    def __init__(self, store: Store, clock: Clock, files: Files) -> None:
        self._store = store
        self._clock = clock
        self._files = files

    async def schedule(self) -> None:
        """Queue the next run, once."""
        run_at = self._clock.now().replace(second=0, microsecond=0) + EVERY
        async with self._store.transaction() as tx:
            await tx.jobs.enqueue("housekeeping", b"{}", run_at, dedupe_key=f"housekeeping:{run_at:%Y%m%d%H%M}")

    async def run(self, payload: bytes) -> None:
        """Link new audit entries, seal the end of the chain every ten minutes, purge old answers, tidy up each hour (short messages after half a year); then queue the next run."""
        now = self._clock.now()
        await self._piece_by_piece(lambda tx: tx.audit.link(CHAINED_AT_ONCE))
        if now.minute % ANCHOR_EVERY_MINUTES == 0:
            async with self._store.transaction() as tx:
                seal = await tx.audit.anchor(now)
            if seal:
                # In the log as well: whoever cuts the table would have to cut the log too.
                log.info("audit anchored", seal=seal)
        await self._piece_by_piece(lambda tx: tx.answers.purge(now - KEEP_ANSWERS, FORGOTTEN_AT_ONCE))
        if now.minute == 0:
            await self._store.tidy()
            async with self._store.transaction() as tx:
                await tx.messages.purge(now - KEEP_SMS)
                await tx.notices.purge_receipts(now - KEEP_RECEIPTS)
                await tx.family.end_of_dead(now)
            await self._piece_by_piece(lambda tx: tx.notices.purge(now - KEEP_NOTICES))
            await self._files.sweep(self._known, now - SWEEP_AFTER)
        await self.schedule()

    async def _piece_by_piece(self, piece: Callable[[Repositories], Awaitable[int]]) -> None:
        """Each piece in a transaction of its own, until one finds nothing (returns 0) or it has taken long enough."""
        begun = self._clock.monotonic()
        more = True
        while more and (started := self._clock.monotonic()) - begun < _NOT_LONGER_S:
            async with self._store.transaction() as tx:
                more = await piece(tx) > 0
            await self._clock.sleep(_RESTS * (self._clock.monotonic() - started))

    async def _known(self, names: Sequence[str]) -> set[str]:
        async with self._store.reading() as tx:
            known = await tx.attachments.stored(names)
            return known | await kept(tx, [one for one in names if one not in known], self._clock.now())
