"""The jobs behind campaigns: drop what a stopped one had planned, count anew who has certified, send tests, have doubts climb.

Each does nothing the second time. Beginning and planning are the planner's job `campaign`; the sender sees when one is through.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Final

from handlers.jobs import JobFunction
from handlers.reminders.campaigns import JOB_STOP, WITHIN_DAYS
from handlers.reminders.channels import Sending
from handlers.reminders.doubts import climb
from handlers.reminders.trials import JOB_TEST, Trials
from handlers.services import Services
from storage.ports.records import CampaignState, Channel
from storage.ports.repositories import Store
from storage.ports.time import SHANGHAI

JOB_COUNT: Final = "campaign-count"
JOB_DOUBTS: Final = "campaign-doubts"

_BUSY: Final = 20.0
"""Seconds of dropping in one go, so that a lease never runs out."""
_DROP: Final = 5_000
_PIECES: Final = 100
_COUNT_AT: Final = time(5, 0)
_COUNTED_FOR: Final = timedelta(days=60)
"""A campaign that is over is counted anew for so long."""


class CampaignWork:
    """The functions of the jobs `campaign-stop`, `campaign-count`, `campaign-doubts` and `campaign-test`."""

    def __init__(self, store: Store, services: Services, sendings: Mapping[Channel, Sending]) -> None:
        self._store = store
        self._services = services
        self._clock = services.clock
        self._trials = Trials(store, services, sendings)

    @property
    def functions(self) -> Mapping[str, JobFunction]:
        """By name of the job."""
        return {JOB_STOP: self.drop, JOB_COUNT: self.recount, JOB_DOUBTS: self.climb, JOB_TEST: self._trials.send}

    async def drop(self, payload: bytes) -> None:
        """`campaign-stop` (payload: its number): drop what is planned and not begun, in pieces."""
        number, began = int(payload), self._clock.monotonic()
        while True:
            async with self._store.transaction() as tx:
                campaign = await tx.campaigns.get(number)
                if campaign is None or campaign.state is not CampaignState.STOPPED:
                    return
                if not await tx.notices.stop(number, self._clock.now(), _DROP):
                    return
            if self._clock.monotonic() - began > _BUSY:
                async with self._store.transaction() as tx:
                    await tx.jobs.enqueue(JOB_STOP, payload, self._clock.now())
                return

    async def schedule(self) -> None:
        """Queue the next daily recount and the next hourly look at doubts, once. Called at start-up and by each run."""
        now = self._clock.now().astimezone(SHANGHAI)
        run_at = datetime.combine(now.date(), _COUNT_AT, SHANGHAI)
        if run_at <= now:
            run_at += timedelta(days=1)
        async with self._store.transaction() as tx:
            await tx.jobs.enqueue(JOB_COUNT, b"0", run_at, dedupe_key=f"{JOB_COUNT}:{run_at.date()}")
            hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
            await tx.jobs.enqueue(JOB_DOUBTS, b"0", hour, dedupe_key=f"{JOB_DOUBTS}:{hour:%Y-%m-%dT%H}")

    async def climb(self, payload: bytes) -> None:
        """`campaign-doubts`: what nobody has decided within a day goes on to the next way."""
        await climb(self._store, self._clock, self._services.regions)
        await self.schedule()

    async def recount(self, payload: bytes) -> None:
        """`campaign-count`: who has certified within some days of a notice, of every campaign that people still look at."""
        now = self._clock.now()
        for _ in range(_PIECES):
            async with self._store.transaction() as tx:
                if not await tx.notices.unlist(now):
                    break
        async with self._store.reading() as tx:
            found = await tx.campaigns.find()
        for campaign in found:
            over = campaign.finished_at is not None and now - campaign.finished_at > _COUNTED_FOR
            if over or campaign.state in {CampaignState.DRAFT, CampaignState.SCHEDULED}:
                continue
            async with self._store.transaction() as tx:
                await tx.campaigns.tally_certified(campaign.id, WITHIN_DAYS)
        await self.schedule()
