"""What the chats are going to be told, as the ledger has it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from handlers.reminders.news import unpack
from storage.ports.records import CampaignState, Channel, NoticeState, Settled
from tests.console.conftest import OfficeWorld


@dataclass(frozen=True, slots=True)
class Told:
    """One piece of news."""

    openid: str
    text: str
    about: str


async def told(office: OfficeWorld) -> list[Told]:
    """Each once, in the order in which it was said."""
    now = office.clock.now()
    async with office.store.transaction() as tx:
        running = [one.id for one in await tx.campaigns.find((CampaignState.RUNNING,), standing=True)]
        rows = await tx.notices.claim(Channel.CHAT, running, now, timedelta(minutes=2), 50)
        await tx.notices.settle([Settled(row.id, row.attempts, NoticeState.SENT) for row in rows], now)
    news = [(row, unpack(row.body)) for row in sorted(rows, key=lambda row: row.id)]
    return [Told(row.openid, one.text, one.about) for row, one in news]
