"""What may or may not have been sent: somebody says what became of it, or after a day the next way has it. The same way is never repeated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from handlers.reminders.campaigns import CampaignDesk
from handlers.reminders.kinds import KINDS
from handlers.reminders.ladder import ladder_of, next_rungs, visit
from handlers.reminders.rules import Drop, current_stage, days_left, decide, stage_number
from handlers.staff import StaffRefusal
from storage.ports.records import Campaign, CampaignState, Channel, Facts, Notice, NoticeState, Rung, Staff
from storage.ports.regions import Region
from storage.ports.repositories import Store
from storage.ports.time import Clock

WAIT: Final = timedelta(hours=24)
"""So long a doubt waits for somebody to decide."""
_PIECE: Final = 200

CHOICES: Final[Mapping[str, str]] = {"arrived": "已经送到", "next": "没送到，换下一种方式", "leave": "不用管了"}
"""What can be decided."""
_STATES: Final = {
    "arrived": NoticeState.DELIVERED,
    "next": NoticeState.REFUSED,
    "leave": NoticeState.DROPPED,
}


class DoubtDesk:
    """Opens its own transactions; roles and regions as `CampaignDesk` judges them."""

    def __init__(self, desk: CampaignDesk) -> None:
        self._desk = desk
        self._store = desk.store

    async def decide(self, by: Staff | None, notice_id: int, choice: str) -> str:
        """Settle one row as somebody has found out; the sentence for them. Raises StaffRefusal, LookupError. Idempotent: what is no longer in
        doubt stays as it is."""
        if not self._desk.acts(by):
            raise StaffRefusal("只有“运营”角色能处理存疑的提醒。")
        if choice not in CHOICES:
            raise StaffRefusal("请选一种处理办法。")
        now = self._desk.services.clock.now()
        async with self._store.transaction() as tx:
            notice = await tx.notices.get(notice_id)
            if notice is None or notice.region not in self._desk.regions_of(by):
                raise LookupError(notice_id)
            campaign = await tx.campaigns.get(notice.campaign_id) if notice.campaign_id else None
            facts = (await tx.notices.facts([notice], now)).get(notice.id)
            region = self._desk.services.regions.get(notice.region)
            rungs = following(notice, facts, campaign, region, now) if choice == "next" and facts is not None else ()
            if not await tx.notices.decide(notice.id, _STATES[choice], f"staff: {choice}", rungs, now):
                return "这一条已经处理过了。"
            subject = await tx.people.identity_hash(notice.person_id) if notice.person_id else ""
            await self._desk.note(tx, by, "campaign-decided", CHOICES[choice], subject)
        if choice != "next":
            return "记好了。"
        if not rungs:
            return "记好了。后面没有别的方式了，要紧的请打个电话。"
        listed = rungs[0].state is NoticeState.LISTED
        return "记好了，已列进上门名单。" if listed else "记好了，已经换下一种方式。"


def following(notice: Notice, facts: Facts, campaign: Campaign | None, region: Region | None, now: datetime) -> tuple[Rung, ...]:
    """The way after that of a row in doubt; () where none is left. Whose stage is over, or whose campaign was stopped, is at most visited."""
    kind = KINDS.get(notice.kind)
    if kind is None or notice.campaign_id == 0 or notice.recipient:
        return ()
    ladder = ladder_of(kind, campaign, region)
    if isinstance(decide(replace(notice, state=NoticeState.SENT, note=""), facts, region, now, kind), Drop):
        return ()  # certified, dead, or not wanted any more
    rungs = next_rungs(notice, facts, ladder, region, now)
    stage, left = stage_number(notice), days_left(notice, now)
    over = region is not None and stage is not None and left is not None and current_stage(region, left) != stage
    late = notice.expires_at is not None and now >= notice.expires_at
    stopped = campaign is not None and campaign.state is CampaignState.STOPPED
    if over or late or stopped or not rungs:
        return visit(ladder, region, left, now) if notice.channel is not Channel.VISIT else ()
    return rungs


async def climb(store: Store, clock: Clock, regions: Mapping[str, Region]) -> int:
    """What nobody has decided within a day goes on to the next way, as what has no receipt does; how many. Where no way is left it stays for
    a decision. Doing it again does nothing."""
    after, moved = 0, 0
    while True:
        now = clock.now()
        async with store.transaction() as tx:
            page = await tx.notices.doubtful(0, after, _PIECE)
            old = [one for one in page if one.campaign_id and KINDS[one.kind].quiet and one.at <= now - WAIT]
            facts = await tx.notices.facts(old, now) if old else {}
            campaigns = {number: await tx.campaigns.get(number) for number in {one.campaign_id for one in old}}
            for one in old:
                rungs = following(one, facts[one.id], campaigns[one.campaign_id], regions.get(one.region), now)
                if rungs:
                    moved += await tx.notices.decide(one.id, NoticeState.UNANSWERED, "nobody decided", rungs, now)
        if len(page) < _PIECE:
            return moved
        after = page[-1].id
