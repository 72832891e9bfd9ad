"""Runs the jobs that transactions have queued: leased for as long as they take, retried with a growing pause, given up loudly.

The functions are registered by name in the composition root; they take the payload and open their own transactions. A job may run
twice (a killed worker's lease ends and another takes it), so each function does nothing the second time.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import structlog

from storage.ports.records import Job
from storage.ports.repositories import StorageError, Store
from storage.ports.time import Clock

JobFunction = Callable[[bytes], Awaitable[None]]

LEASE = timedelta(minutes=2)
BATCH = 20
GIVE_UP_AFTER = 48
_LONGEST_PAUSE = 300.0
RENEW = LEASE.total_seconds() / 4

log = structlog.get_logger(__name__)


class RetryLater(Exception):
    """A job says: not now. `after` is when to come back; None leaves it to the growing pause."""

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Runner:
    """One loop that keeps `BATCH` places filled with due jobs: a slow one takes one place and makes nobody wait."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        functions: Mapping[str, JobFunction],
        wanted: asyncio.Event | None = None,
        idle_seconds: float = 0.5,
    ) -> None:
        """`wanted` is set by whoever queues jobs in this process, so that they need not wait for the next look."""
        self._store = store
        self._clock = clock
        self._functions = functions
        self._idle = idle_seconds
        self._stopping = False
        self._wanted = wanted or asyncio.Event()
        self._running: dict[asyncio.Task[None], Job] = {}
        self._renewed = clock.monotonic()

    async def run(self) -> None:
        """Until `stop`, and then until what has begun has ended. A database that is away is waited for, not an error."""
        try:
            while not self._stopping or self._running:
                self._wanted.clear()  # before the look: what is queued after it calls again
                try:
                    if not self._stopping:
                        await self._fill()
                    await self._renew()
                except StorageError:
                    log.warning("jobs are waiting for the database")
                await self._rest()
        finally:
            for task in self._running:
                task.cancel()

    async def _rest(self) -> None:
        """Until a job has ended, somebody in this process has queued one, or it is time to look for what others have queued."""
        waits = {asyncio.ensure_future(self._clock.sleep(self._idle)), asyncio.ensure_future(self._wanted.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()

    def stop(self) -> None:
        """Begin nothing more; `run` ends after what is under way."""
        self._stopping = True
        self._wanted.set()

    async def drain(self, at_most: int = 10_000) -> int:
        """Run until nothing is due any more; returns how many were run. For tests and for the command line."""
        total = 0
        while total < at_most and (worked := await self.once()):
            total += worked
        return total

    async def once(self) -> int:
        """Claim as many as there are places, run them to their end; returns how many. Raises StorageError when an end could not be written."""
        begun = await self._fill()
        tasks = set(self._running)
        try:
            while waiting := [task for task in tasks if not task.done()]:
                with contextlib.suppress(StorageError):
                    await self._renew()
                pause = asyncio.ensure_future(self._clock.sleep(RENEW))
                try:
                    await asyncio.wait({pause, *waiting}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    pause.cancel()
        finally:
            for task in tasks:
                task.cancel()
        await asyncio.gather(*tasks)
        return begun

    async def _fill(self) -> int:
        """Claim as many due jobs as there are free places, and begin them."""
        free = BATCH - len(self._running)
        if free == 0:
            return 0
        async with self._store.transaction() as tx:
            jobs = await tx.jobs.claim(self._clock.now(), LEASE, free, tuple(self._functions))
        for job in jobs:
            task = asyncio.ensure_future(self._one(job))
            self._running[task] = job
            task.add_done_callback(self._ended)
        return len(jobs)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self._wanted.set()  # its place is free
        if not task.cancelled() and (error := task.exception()):
            log.warning("a job could not be settled; its lease brings it back", error=type(error).__name__)

    async def _renew(self) -> None:
        """Say of the jobs under way, in good time before their leases end, that somebody is still at them."""
        now = self._clock.monotonic()
        if now - self._renewed < RENEW:
            return
        self._renewed = now
        held = tuple(self._running.values())
        if held:
            async with self._store.transaction() as tx:
                await tx.jobs.renew(held, self._clock.now(), LEASE)

    async def _one(self, job: Job) -> None:
        try:
            await self._functions[job.name](job.payload)
        except RetryLater as later:
            await self._again(job, later.after, str(later))
            return
        except Exception as error:
            log.exception("job failed", job=job.name, attempts=job.attempts, error=type(error).__name__)
            await self._again(job, None, type(error).__name__)
            return
        async with self._store.transaction() as tx:
            await tx.jobs.done(job.id)

    async def _again(self, job: Job, after: timedelta | None, reason: str) -> None:
        with contextlib.suppress(StorageError):  # the lease brings it back in any case
            async with self._store.transaction() as tx:
                if job.attempts >= GIVE_UP_AFTER:
                    log.error("job given up", job=job.name, attempts=job.attempts, reason=reason)
                    await tx.jobs.done(job.id)
                    return
                pause = min(_LONGEST_PAUSE, 2.0 ** min(job.attempts, 9)) * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
                await tx.jobs.retry(job.id, self._clock.now() + (after or timedelta(seconds=pause)))
