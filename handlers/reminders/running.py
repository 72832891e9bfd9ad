"""Which campaigns a worker looks at: those that run, and those that do not and have something under way still."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from storage.ports.records import Campaign, CampaignState
from storage.ports.repositories import Conflict, Store
from storage.ports.time import Clock

STANDS_STILL: Final = frozenset({CampaignState.PAUSED, CampaignState.STOPPED})
"""What these have begun is settled; of what they have planned nothing goes out."""
_LOOK: Final = 1.0
"""Seconds for which is remembered what was found."""
_AT_ONCE: Final = 1000


class Running:
    """Remembers for a second what it has found. One that is done and has something open again (a receipt that came late said no) is among
    them, and climbs on."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._found: dict[int, Campaign] = {}
        self._until = 0.0

    def again(self) -> None:
        """Look anew the next time."""
        self._until = 0.0

    def get(self, campaign_id: int) -> Campaign | None:
        """One of those found last."""
        return self._found.get(campaign_id)

    async def look(self) -> Sequence[Campaign]:
        """All of them. Raises StorageError."""
        if self._clock.monotonic() >= self._until:
            async with self._store.reading() as tx:
                found = [*await tx.campaigns.unsettled(), *await tx.campaigns.find((CampaignState.RUNNING,), limit=_AT_ONCE)]
            self._found = {campaign.id: campaign for campaign in found}
            self._until = self._clock.monotonic() + _LOOK
        return tuple(self._found.values())

    async def clear_up(self) -> None:
        """What went back into a stopped campaign, having been claimed when it was stopped, is dropped like the others; a campaign that has
        nothing open any more is done."""
        now = self._clock.now()
        for campaign in await self.look():
            if campaign.state is CampaignState.STOPPED:
                async with self._store.transaction() as tx:
                    await tx.notices.stop(campaign.id, now, _AT_ONCE)
            if campaign.state is not CampaignState.RUNNING or campaign.standing or not campaign.planned:
                continue
            with contextlib.suppress(Conflict):
                async with self._store.transaction() as tx:
                    if not await tx.notices.open(campaign.id):
                        await tx.campaigns.save(replace(campaign, state=CampaignState.DONE, finished_at=now))
                        self.again()
