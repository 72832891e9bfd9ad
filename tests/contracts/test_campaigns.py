"""Campaigns: stored whole, changed by one at a time, counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from storage.ports.records import Audience, CampaignState, Certification, CertificationRecord, Channel, NoticeState, Tally
from storage.ports.repositories import Conflict, Store
from storage.ports.time import SHANGHAI
from tests.clock import START
from tests.contracts.ledger import DUE, a_campaign, a_notice, put, retirees
from tests.contracts.makers import MINUTE, together


async def test_a_campaign_comes_back_whole(store: Store) -> None:
    """Every field, with and without what may be missing."""
    whole = a_campaign(
        state=CampaignState.PAUSED,
        audience=Audience(("beijing", "jinan"), date(2024, 1, 1), date(2024, 2, 1), date(1940, 1, 1), "no_chat", "APP认证", True),
        ladder=(Channel.SMS, Channel.VISIT),
        words={"text": "您好"},
        per_minute=60,
        per_day=5000,
        starts_at=START,
        started_at=START + MINUTE,
        finished_at=START + 2 * MINUTE,
        planned_to="2024-01-02/7",
        planned=True,
        note="今天的额度已用完",
    )
    async with store.transaction() as tx:
        first, second = await tx.campaigns.add(whole), await tx.campaigns.add(a_campaign())
        assert (first, second) == (replace(whole, id=1), a_campaign(id=2))
        assert await tx.campaigns.get(1) == first
        assert await tx.campaigns.get(2) == second
        assert await tx.campaigns.get(3) is None
        assert await tx.campaigns.by_code("") is None


async def test_a_standing_campaign_is_there_once(store: Store) -> None:
    """Whoever adds it second gets the first one as it is; five at once get the same."""
    standing = a_campaign(code="P-CERT.beijing", created_by=None)

    async def add(title: str) -> int:
        async with store.transaction() as tx:
            return (await tx.campaigns.add(replace(standing, title=title))).id

    outcomes = await together(add(f"{number}") for number in range(5))
    assert len(set(outcomes)) == 1
    async with store.reading() as tx:
        found = await tx.campaigns.by_code("P-CERT.beijing")
        assert found is not None
        assert (found.id, found.standing) == (outcomes[0], True)
        assert len(await tx.campaigns.find(standing=True)) == 1


async def test_one_change_at_a_time(store: Store) -> None:
    """Whoever has an older version is told; nothing of theirs is written. What made it stays."""
    async with store.transaction() as tx:
        made = await tx.campaigns.add(a_campaign())
        saved = await tx.campaigns.save(replace(made, title="春季", state=CampaignState.DONE, created_by=9, code="x"))
        assert saved.version == 1
        assert await tx.campaigns.get(1) == replace(made, title="春季", state=CampaignState.DONE, version=1)
    with pytest.raises(Conflict):
        async with store.transaction() as tx:
            await tx.campaigns.save(replace(made, title="late"))
    async with store.transaction() as tx:
        assert (await tx.campaigns.save(saved)).version == 2


async def test_campaigns_are_found_newest_first(store: Store) -> None:
    """By state, standing or not, as many as asked for."""
    async with store.transaction() as tx:
        for state in (CampaignState.DRAFT, CampaignState.RUNNING, CampaignState.DONE):
            await tx.campaigns.add(a_campaign(state=state))
        await tx.campaigns.add(a_campaign(code="P-CASE"))
        for asked, expected in (
            ({}, [4, 3, 2, 1]),
            ({"limit": 2}, [4, 3]),
            ({"standing": True}, [4]),
            ({"standing": False}, [3, 2, 1]),
            ({"states": (CampaignState.RUNNING, CampaignState.DRAFT)}, [4, 2, 1]),
            ({"states": (CampaignState.RUNNING,), "standing": False}, [2]),
        ):
            assert [one.id for one in await tx.campaigns.find(**asked)] == expected, asked


async def test_counters_are_each_campaigns_own(store: Store) -> None:
    """In order of stage, channel and outcome."""
    await put(store, a_notice(1), a_notice(2), a_notice(3, channel=Channel.SMS), a_notice(4, campaign_id=2, stage="7"))
    async with store.reading() as tx:
        assert await tx.campaigns.tallies(1) == (
            Tally(1, "30", Channel.SMS, "planned", 1),
            Tally(1, "30", Channel.TEMPLATE, "planned", 2),
        )
        assert await tx.campaigns.tallies(2) == (Tally(2, "7", Channel.TEMPLATE, "planned", 1),)
        assert await tx.campaigns.tallies(3) == ()


async def test_a_campaign_is_unsettled_while_it_has_open_rows_and_does_not_run(store: Store) -> None:
    """Paused, stopped or done, with anything open; those that run are not asked for, nor those with nothing open."""
    states = (CampaignState.PAUSED, CampaignState.STOPPED, CampaignState.DONE, CampaignState.RUNNING, CampaignState.STOPPED)
    async with store.transaction() as tx:
        made = [await tx.campaigns.add(a_campaign(state=state)) for state in states]
    await put(store, *[a_notice(place, campaign_id=one.id) for place, one in enumerate(made[:4], 1)])
    await put(store, a_notice(9, campaign_id=made[4].id, state=NoticeState.DROPPED, due=None))
    async with store.reading() as tx:
        assert await tx.campaigns.unsettled() == tuple(made[:3])


async def test_who_certified_after_a_notice(store: Store) -> None:
    """On its day or within so many days, by the last notice before; from records or from the state alone; counted anew each time."""
    await retirees(store, 7)
    sent, later = NoticeState.SENT, START + timedelta(days=10)
    rows = [a_notice(number, state=sent, due=None) for number in (1, 2, 3, 4, 5)]
    rows += [a_notice(1, stage="7", channel=Channel.SMS, state=NoticeState.DELIVERED, due=None, at=later)]
    rows += [a_notice(6, state=NoticeState.REFUSED, due=None), a_notice(7, state=sent, due=None, campaign_id=2)]
    await put(store, *rows)
    next_year = DUE + timedelta(days=365)
    passed = [
        CertificationRecord(1, later + timedelta(days=2), "APP认证", "通过"),
        CertificationRecord(2, datetime(2024, 9, 12, tzinfo=SHANGHAI), "APP认证", "通过"),  # the day alone is known
        CertificationRecord(3, START - timedelta(days=1), "APP认证", "通过"),
        CertificationRecord(4, START + timedelta(days=31), "APP认证", "通过"),
        CertificationRecord(6, START + timedelta(days=1), "APP认证", "通过"),
        CertificationRecord(7, START + timedelta(days=1), "APP认证", "通过"),
    ]
    async with store.transaction() as tx:
        await tx.certifications.add_records(passed)
        await tx.certifications.put_many([Certification(5, START.date() + timedelta(days=30), next_year)])
        for _ in range(2):
            assert await tx.campaigns.tally_certified(1, 30) == 3
    async with store.transaction() as tx:
        certified = [one for one in await tx.campaigns.tallies(1) if one.outcome == "certified"]
        assert certified == [Tally(1, "30", Channel.TEMPLATE, "certified", 2), Tally(1, "7", Channel.SMS, "certified", 1)]
        assert await tx.campaigns.tally_certified(1, 1) == 1
        assert await tx.campaigns.tally_certified(2, 30) == 1
