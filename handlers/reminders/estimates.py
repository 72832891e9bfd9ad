"""The dry run: how many would get what first, by region and by the days that are left. Counts alone; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from handlers.reminders.campaigns import CampaignDesk
from handlers.reminders.proposals import REACHES
from storage.ports.record import Record
from storage.ports.records import Audience, Campaign, Channel, Staff
from storage.ports.regions import Region
from storage.ports.time import SHANGHAI

_OF_CHATS = (Channel.TEMPLATE, Channel.SUBSCRIBE)


class Row(Record):
    """So many people of a region, with so many days left, with or without a chat, and the rung they would begin on (None: no rung
    is open to them)."""

    region: str
    days: str
    reach: str
    first: Channel | None
    people: int


class Estimate(Record):
    """`people` is the sum of the rows. What is seen only when it is sent (no phone, stopped, certified meanwhile) is not in it."""

    rows: tuple[Row, ...]
    people: int


async def estimate(desk: CampaignDesk, by: Staff | None, campaign: Campaign) -> Estimate:
    """The dry run of a campaign, over the regions of the account; empty rows are left out."""
    today = desk.services.clock.now().astimezone(SHANGHAI).date()
    mine, rows = desk.regions_of(by), []
    async with desk.store.reading() as tx:
        for code in campaign.audience.regions:
            if code not in mine:
                continue
            for days, span in spans(campaign.audience, desk.services.regions[code], today):
                for reach in ("chat", "no_chat"):
                    if campaign.audience.reach not in {"", reach}:
                        continue
                    people = await tx.campaigns.count(replace(span, regions=(code,), reach=reach))
                    if people:
                        rows.append(Row(code, days, REACHES[reach], first_rung(campaign, chat=reach == "chat"), people))
    return Estimate(tuple(rows), sum(row.people for row in rows))


def first_rung(campaign: Campaign, *, chat: bool) -> Channel | None:
    """Where somebody with or without a chat begins; a chat's rungs are passed over by who has none."""
    return next((channel for channel in campaign.ladder if chat or channel not in _OF_CHATS), None)


def spans(audience: Audience, region: Region, today: date) -> Iterator[tuple[str, Audience]]:
    """The audience cut by the region's stages: who is over, then from stage to stage, then who has longer."""
    stages = sorted(region.certification.stages)
    cuts: list[tuple[str, date | None, date | None]] = [("已经过期", None, today - timedelta(days=1))]
    least = 0
    for most in stages:
        name = "今天到期" if most == 0 else f"还有 {least} 到 {most} 天" if least < most else f"还有 {most} 天"
        cuts.append((name, today + timedelta(days=least), today + timedelta(days=most)))
        least = most + 1
    cuts.append((f"还有 {least} 天以上", today + timedelta(days=least), None))
    for name, first, last in cuts:
        start = max(filter(None, (first, audience.due_from)), default=None)
        end = min(filter(None, (last, audience.due_to)), default=None)
        if start is None or end is None or start <= end:
            yield name, replace(audience, due_from=start, due_to=end)
