"""Makers for the contract tests of notices: campaigns, plans, intentions, retirees with and without a chat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from storage.ports.records import (
    Audience,
    Campaign,
    CampaignState,
    Certification,
    Channel,
    Notice,
    NoticeState,
    Plan,
    Settled,
    User,
)
from storage.ports.repositories import Store
from tests.clock import START
from tests.contracts.makers import MINUTE, a_binding, a_person, a_user

LADDER = (Channel.TEMPLATE, Channel.SMS, Channel.RELATIVE, Channel.VISIT)
TODAY = START.date()
DUE = date(2024, 10, 12)
"""Thirty days after the tests' today."""


def a_campaign(**changes: Any) -> Campaign:
    campaign = Campaign(
        id=0,
        kind="P-CERT",
        title="资格认证提醒",
        state=CampaignState.RUNNING,
        audience=Audience(("beijing",)),
        ladder=LADDER,
        created_at=START,
        created_by=3,
    )
    return replace(campaign, **changes)


def a_plan(**changes: Any) -> Plan:
    plan = Plan(
        campaign_id=1,
        kind="P-CERT",
        stage="30",
        audience=Audience(("beijing",), due_from=DUE, due_to=DUE),
        ladder=LADDER,
        today=TODAY,
        due=START,
        expires_at=START + timedelta(days=31),
    )
    return replace(plan, **changes)


def a_notice(number: int = 1, **changes: Any) -> Notice:
    """A planned template message to person `number`, due now."""
    notice = Notice(
        id=0,
        campaign_id=1,
        kind="P-CERT",
        region="beijing",
        person_id=number,
        cycle=DUE.isoformat(),
        stage="30",
        channel=Channel.TEMPLATE,
        recipient="",
        rank=5,
        state=NoticeState.PLANNED,
        due=START,
        at=START,
        expires_at=START + timedelta(days=31),
    )
    return replace(notice, **changes)


def a_result(notice: Notice, state: NoticeState = NoticeState.SENT, **changes: Any) -> Settled:
    """What became of a claimed row."""
    return replace(Settled(notice.id, notice.attempts, state), **changes)


async def retirees(store: Store, count: int, due_on: date = DUE, first: int = 1, **changes: Any) -> list[int]:
    """So many people who must certify by that day; their ids."""
    people = [a_person(first + number, **changes) for number in range(count)]
    async with store.transaction() as tx:
        ids = await tx.people.put_many(people)
        found = [ids[person.region, person.id_no] for person in people]
        await tx.certifications.put_many(Certification(person_id, None, due_on) for person_id in found)
    return found


async def a_chat(store: Store, openid: str, person_id: int, **changes: Any) -> User:
    """A chat that follows and is bound to that person."""
    user = a_user(openid, person_id=person_id, **changes)
    async with store.transaction() as tx:
        await tx.users.save(user)
        await tx.users.bind(a_binding(openid, person_id))
    return user


async def put(store: Store, *notices: Notice) -> list[Notice]:
    """Write intentions that are not there yet."""
    async with store.transaction() as tx:
        made = [await tx.notices.add(notice) for notice in notices]
    return [notice for notice in made if notice is not None]


async def claim(
    store: Store, limit: int = 10, *, channel: Channel = Channel.TEMPLATE, at: int = 0, campaigns: Sequence[int] = (1,)
) -> tuple[Notice, ...]:
    """Claim for a minute, `at` minutes after the start."""
    async with store.transaction() as tx:
        return await tx.notices.claim(channel, campaigns, START + at * MINUTE, MINUTE, limit)


async def tallies(store: Store, campaign_id: int = 1) -> dict[tuple[str, str, str], int]:
    """(stage, channel, outcome) → how many."""
    async with store.reading() as tx:
        return {(one.stage, one.channel.value, one.outcome): one.count for one in await tx.campaigns.tallies(campaign_id)}


async def ledger(store: Store, person_id: int) -> list[tuple[str, str, str]]:
    """(channel, recipient, state) of each row of a person, oldest first."""
    async with store.reading() as tx:
        found = await tx.notices.of_person(person_id)
    return [(one.channel.value, one.recipient, one.state.value) for one in reversed(found)]
