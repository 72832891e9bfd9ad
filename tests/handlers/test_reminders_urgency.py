"""When the day's quota is short the urgent go first: whichever campaign is theirs, and whether they or their relatives are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.reminders.kinds import LADDER
from handlers.reminders.sender import Rates
from storage.ports.records import Audience, Campaign, CampaignState, Channel, Grant, Notice, NoticeState, User
from tests.conversations.conftest import World
from tests.handlers.reminding import DUE, Office, crowd

HOUR = timedelta(hours=1)


@pytest.fixture
def office(world: World) -> Office:
    return Office(world)


async def _campaign(office: Office, per_minute: int = 0) -> int:
    """A campaign of the staff that runs, with or without a pace of its own."""
    now = office.world.clock.now()
    made = Campaign(
        0, "P-CERT", "补提醒", CampaignState.RUNNING, Audience(("beijing",), DUE, DUE), LADDER, now,
        per_minute=per_minute, starts_at=now, started_at=now,
    )  # fmt: skip
    async with office.world.store.transaction() as tx:
        return (await tx.campaigns.add(made)).id


async def _relative(office: Office, person: int) -> str:
    """Somebody who asked to be reminded of the person's certification; the recipient of a row for them."""
    now = office.world.clock.now()
    openid = f"o-daughter-{person}"
    async with office.world.store.transaction() as tx:
        await tx.users.save(User(openid, True, "visitor", "beijing", None, following=f"f-{openid}"))
        scopes = frozenset({"remind"})
        made = await tx.family.grant(Grant(0, person, openid, "女儿", scopes, DUE.replace(year=2025), False, now, "code"))
    assert made is not None
    return f"g{made.id}"


async def _planned(office: Office, campaign: int, person: int, rank: int, recipient: str = "") -> None:
    """A row that is due, with that rank."""
    channel = Channel.RELATIVE if recipient else Channel.TEMPLATE
    now = office.world.clock.now()
    cycle, stage = DUE.isoformat(), f"c{campaign}"
    async with office.world.store.transaction() as tx:
        made = await tx.notices.add(
            Notice(
                0,
                campaign,
                "P-CERT",
                "beijing",
                person,
                cycle,
                stage,
                channel,
                recipient,
                rank,
                NoticeState.PLANNED,
                now,
                now,
                expires_at=now + 48 * HOUR,
            )
        )
    assert made is not None


def _told(office: Office) -> list[int]:
    """To whom something was sent, in that order."""
    return [letter.notice.person_id for letter in office.template.asked]


async def test_the_urgent_go_first_whatever_the_pace_of_their_campaign(office: Office) -> None:
    """Four messages are left today. One campaign has no pace of its own: ranks 1, 1, 6, 6; the other has one: 1, 5, 6. The three of rank 1 go,
    and the one of rank 5; none of rank 6."""
    people = await crowd(office.world, 7)
    free, paced = await _campaign(office), await _campaign(office, per_minute=600)
    ranks = [(free, 6), (free, 1), (paced, 6), (paced, 5), (free, 1), (paced, 1), (free, 6)]
    for person, (campaign, rank) in zip(people, ranks, strict=True):
        await _planned(office, campaign, person, rank)
    office.rates = Rates(per_day={Channel.TEMPLATE: 4})
    await office.worker().drain()
    assert sorted(_told(office)) == sorted([people[1], people[4], people[5], people[3]])
    assert _told(office)[-1] == people[3]


async def test_a_campaign_that_has_used_up_its_own_pace_keeps_nobody_waiting(office: Office) -> None:
    """Its urgent rows wait for its own next day; the others, less urgent, go."""
    people = await crowd(office.world, 3)
    free, paced = await _campaign(office), await _campaign(office)
    async with office.world.store.transaction() as tx:
        found = await tx.campaigns.get(paced)
        assert found is not None
        await tx.campaigns.save(replace(found, per_day=1))
    for person, (campaign, rank) in zip(people, [(paced, 1), (paced, 1), (free, 6)], strict=True):
        await _planned(office, campaign, person, rank)
    await office.worker().drain()
    assert sorted(_told(office)) == sorted([people[0], people[2]])


@pytest.mark.parametrize(("own", "relatives", "first"), [(1, 6, "own"), (6, 1, "relatives")])
async def test_relatives_take_of_the_same_quota_by_rank(office: Office, own: int, relatives: int, first: str) -> None:
    """Templates to relatives are templates: of two that are left today the urgent ones go, in the lane of the person or in that of theirs."""
    people = await crowd(office.world, 4)
    campaign = await _campaign(office)
    for person in people[:2]:
        await _planned(office, campaign, person, own)
    for person in people[2:]:
        await _planned(office, campaign, person, relatives, await _relative(office, person))
    async with office.world.store.reading() as tx:
        now = office.world.clock.now()
        assert await tx.notices.urgency(Channel.TEMPLATE, [campaign], now) == {campaign: own}
        assert await tx.notices.urgency(Channel.RELATIVE, [campaign, 99], now) == {campaign: relatives}
        assert await tx.notices.urgency(Channel.SMS, [campaign], now) == {}
    office.rates = Rates(per_day={Channel.TEMPLATE: 2})
    worker = office.worker()
    await worker.once()
    states = [(await office.states(person))[0] for person in people]
    waiting = [state is NoticeState.PLANNED for _, state in states]
    assert waiting == ([False, False, True, True] if first == "own" else [True, True, False, False])
