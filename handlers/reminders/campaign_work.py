"""The jobs behind campaigns: find out that one is through, drop what a stopped one had planned, count anew who has certified.

Each does nothing the second time. Beginning and planning are the planner's job `campaign`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Final

import msgspec

from handlers.jobs import JobFunction
from handlers.reminders.campaigns import JOB_STOP, JOB_WATCH, WITHIN_DAYS
from handlers.reminders.figures import settled_of
from handlers.services import Services
from storage.ports.records import Campaign, CampaignState, NoticeState, Tally
from storage.ports.repositories import Repositories, Store
from storage.ports.time import SHANGHAI

JOB_COUNT: Final = "campaign-count"

_BUSY: Final = 20.0
"""Seconds of dropping in one go, so that a lease never runs out."""
_LOOK: Final = timedelta(minutes=1)
"""How often a campaign that is planned is looked at for its end."""
_DROP: Final = 5_000
_COUNT_AT: Final = time(5, 0)
_COUNTED_FOR: Final = timedelta(days=60)
"""A campaign that is over is counted anew for so long."""
_SLACK: Final = timedelta(hours=1)


class _Watched(msgspec.Struct):
    """The payload of a campaign that is planned: since when its counters have stood like this."""

    id: int
    counters: str = ""
    since: datetime | None = None


class CampaignWork:
    """The functions of the jobs `campaign-watch`, `campaign-stop` and `campaign-count`."""

    def __init__(self, store: Store, services: Services) -> None:
        self._store = store
        self._clock = services.clock
        self._services = services

    @property
    def functions(self) -> Mapping[str, JobFunction]:
        """By name of the job."""
        return {JOB_WATCH: self.watch, JOB_STOP: self.drop, JOB_COUNT: self.recount}

    async def watch(self, payload: bytes) -> None:
        """`campaign-watch`: end it when it is planned, nothing is open, and nothing has moved for as long as a receipt is waited for."""
        watched, now = _read(payload), self._clock.now()
        async with self._store.transaction() as tx:
            campaign = await tx.campaigns.get(watched.id)
            if campaign is None or campaign.standing or campaign.state not in {CampaignState.RUNNING, CampaignState.SCHEDULED}:
                return  # paused or over: whoever resumes it has it watched anew
            if not campaign.planned:
                await _queue(tx, _Watched(campaign.id), now + _LOOK)
                return
            tallies = await tx.campaigns.tallies(campaign.id)
            total, settled = settled_of(tallies)
            counters = _counters(tallies)
            same = counters == watched.counters and watched.since is not None and watched.since <= now
            since = watched.since if same and watched.since is not None else now
            awaited = any(one.outcome == NoticeState.SENT and one.count for one in tallies)
            if total == settled and (not awaited or now - since >= self._receipts(campaign)):
                await tx.campaigns.save(replace(campaign, state=CampaignState.DONE, finished_at=now, note=""))
                return
            await _queue(tx, _Watched(campaign.id, counters, since), now + _LOOK)

    def _receipts(self, campaign: Campaign) -> timedelta:
        """How long a receipt may be waited for in any of its regions; a row that waits is due within that, and then its next rung comes."""
        hours = [
            self._services.regions[code].reminders.receipt_hours
            for code in campaign.audience.regions
            if code in self._services.regions
        ]
        return timedelta(hours=max(hours, default=0)) + _SLACK

    async def drop(self, payload: bytes) -> None:
        """`campaign-stop`: drop what is planned and not begun, in pieces."""
        watched = _read(payload)
        began = self._clock.monotonic()
        while True:
            async with self._store.transaction() as tx:
                campaign = await tx.campaigns.get(watched.id)
                if campaign is None or campaign.state is not CampaignState.STOPPED:
                    return
                if not await tx.notices.stop(watched.id, self._clock.now(), _DROP):
                    return
            if self._clock.monotonic() - began > _BUSY:
                async with self._store.transaction() as tx:
                    await tx.jobs.drop(f"{JOB_STOP}:{watched.id}")
                    await tx.jobs.enqueue(JOB_STOP, payload, self._clock.now(), dedupe_key=f"{JOB_STOP}:{watched.id}")
                return

    async def schedule(self) -> None:
        """Queue the next daily recount, once."""
        now = self._clock.now()
        run_at = datetime.combine(now.date(), _COUNT_AT, SHANGHAI)
        if run_at <= now:
            run_at += timedelta(days=1)
        async with self._store.transaction() as tx:
            await tx.jobs.enqueue(JOB_COUNT, b"0", run_at, dedupe_key=f"{JOB_COUNT}:{run_at.date()}")

    async def recount(self, payload: bytes) -> None:
        """`campaign-count`: who has certified within some days of a notice, of every campaign that people still look at."""
        now = self._clock.now()
        async with self._store.reading() as tx:
            found = await tx.campaigns.find()
        for campaign in found:
            over = campaign.finished_at is not None and now - campaign.finished_at > _COUNTED_FOR
            if over or campaign.state in {CampaignState.DRAFT, CampaignState.SCHEDULED}:
                continue
            async with self._store.transaction() as tx:
                await tx.campaigns.tally_certified(campaign.id, WITHIN_DAYS)
        await self.schedule()


async def _queue(tx: Repositories, watched: _Watched, run_at: datetime) -> None:
    """The running job has the key itself until it is done, so it goes first."""
    key = f"{JOB_WATCH}:{watched.id}"
    await tx.jobs.drop(key)
    await tx.jobs.enqueue(JOB_WATCH, msgspec.json.encode(watched), run_at, dedupe_key=key)


def _read(payload: bytes) -> _Watched:
    """A payload: the bare number of a campaign, or what this module queued."""
    return _Watched(int(payload)) if payload.isdigit() else msgspec.json.decode(payload, type=_Watched)


def _counters(tallies: tuple[Tally, ...]) -> str:
    """The counters in one line, to see whether they moved."""
    return ";".join(f"{one.stage},{one.channel},{one.outcome},{one.count}" for one in tallies if one.outcome != "certified")
