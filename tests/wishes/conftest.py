"""The product without its edges, and what was sent by it, put on record as its edges do."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from handlers.conversation import Conversation
from handlers.reminders.news import News, pack
from storage.locks import LocalLocks
from storage.ports.records import Audience, Campaign, CampaignState, Channel, Notice, NoticeState, SmsState
from tests import people
from tests.conversations.conftest import Chat, World, chat, world
from tests.fresh import understanding

__all__ = ["Chat", "World", "chat", "known_numbers", "retiree", "world"]

SENDER = "106900001234"
_ids = itertools.count(1)


@pytest.fixture
async def retiree(chat: Chat) -> Chat:
    """赵淑芬, logged in: her certification is due on 27 September 2024, fifteen days from now."""
    await chat.logs_in(people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:])
    return chat


@pytest.fixture
def known_numbers(world: World) -> Chat:
    """A visitor where the agency has said which number its short messages come from."""
    services = replace(world.services, sender_numbers=(SENDER,))
    return Chat(replace(world, conversation=Conversation(world.store, LocalLocks(), services, understanding())), "o-two")


async def sms_sent(world: World, phone: str, text: str, kind: str = "notice", state: SmsState = SmsState.DELIVERED) -> None:
    """A short message, as the edge records it."""
    name = f"sms-{next(_ids)}"
    async with world.store.transaction() as tx:
        await tx.messages.intend(name, phone, kind, "console", world.clock.now(), text)
        await tx.messages.settle(name, state, name, "", world.clock.now())


async def row_sent(
    world: World,
    person_id: int,
    channel: Channel = Channel.SMS,
    kind: str = "P-CERT",
    openid: str = "",
    stage: str = "15",
    text: str = "",
) -> None:
    """A row of the ledger that has gone out now."""
    async with world.store.transaction() as tx:
        code = f"{kind}.beijing" if kind == "P-CERT" else kind
        campaign = await tx.campaigns.add(
            Campaign(0, kind, kind, CampaignState.RUNNING, Audience(("beijing",)), (channel,), world.clock.now(), code=code)
        )
        await tx.notices.add(
            Notice(
                id=0,
                campaign_id=campaign.id,
                kind=kind,
                region="beijing",
                person_id=person_id,
                cycle="2024-09-27",
                stage=stage,
                channel=channel,
                recipient="",
                rank=3,
                state=NoticeState.DELIVERED,
                due=None,
                at=world.clock.now(),
                openid=openid,
                body=pack(News(text)) if text else b"",
            )
        )


async def stopped(world: World, openid: str = "", person_id: int = 0) -> frozenset[str]:
    """What is on record as stopped."""
    async with world.store.reading() as tx:
        return await tx.wishes.stopped(openid=openid, person_id=person_id)
