"""What is under way when a campaign is stopped, paused or done; whose receipt it is; and what has changed since it was planned."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from handlers.reminders.campaign_work import CampaignWork
from handlers.reminders.campaigns import CampaignDesk
from handlers.reminders.channels import Doubt, Later, Letter, Outcome, Refused, Taken
from handlers.reminders.kinds import LADDER
from storage.ports.records import (
    Audience,
    Campaign,
    CampaignState,
    Certification,
    CertificationRecord,
    Channel,
    Grant,
    Notice,
    NoticeState,
)
from tests.conversations.conftest import World
from tests.handlers.reminding import DUE, Killed, Office, Platform, bind, crowd

HOUR = 3600


@pytest.fixture
def office(world: World) -> Office:
    return Office(world)


async def _campaign(office: Office) -> Campaign:
    """The staff's campaign over everybody of DUE, planned."""
    now = office.world.clock.now()
    async with office.world.store.transaction() as tx:
        made = await tx.campaigns.add(
            Campaign(
                0,
                "P-CERT",
                "补提醒",
                CampaignState.RUNNING,
                Audience(("beijing",), DUE, DUE),
                LADDER,
                now,
                starts_at=now,
                started_at=now,
            )
        )
    return await office.planner().plan_campaign(made, now)


def _desk(office: Office) -> CampaignDesk:
    return CampaignDesk(office.world.store, office.world.services)


async def _stop(office: Office, campaign: Campaign) -> None:
    await _desk(office).stop(None, campaign.id)
    await CampaignWork(office.world.store, office.world.services, {}).drop(str(campaign.id).encode())


async def _hours(office: Office, count: int) -> None:
    for _ in range(count):
        office.world.clock.advance(HOUR)
        await office.worker().drain()


async def _nothing_open(office: Office, campaign: Campaign) -> None:
    async with office.world.store.reading() as tx:
        assert await tx.notices.next_due() is None
    progress = await _desk(office).progress(None, campaign.id)
    assert (progress.waiting, progress.settled) == (0, progress.total)


async def _receipt(office: Office, msg_id: str, openid: str, *, delivered: bool = True) -> bool:
    async with office.world.store.transaction() as tx:
        note = "success" if delivered else "failed:user block"
        return await tx.notices.receipt(msg_id, openid, delivered, note, office.world.clock.now())


def _states(rows: list[Notice]) -> list[tuple[Channel, NoticeState]]:
    return [(row.channel, row.state) for row in rows]


# ── what a campaign has begun ───────────────────────────────────────────────────────────────────────────────────────


async def test_what_a_stopped_campaign_has_begun_is_repeated_and_ends(office: Office) -> None:
    """In doubt when it is stopped: the same call again within the ten minutes; no receipt for a day, and nobody is sent on."""
    people = await crowd(office.world, 3)
    campaign = await _campaign(office)
    office.template.answer = lambda _: Doubt("no answer", again=True)
    await office.worker().once()
    await _stop(office, campaign)
    office.template.answer = lambda letter: Taken(f"m{letter.notice.id}", receipt=True)
    office.world.clock.advance(60)
    await office.worker().drain()
    assert [_states(await office.rows(person)) for person in people] == [[(Channel.TEMPLATE, NoticeState.SENT)]] * 3
    assert sorted(office.template.shown.values()) == [1, 1, 1]
    await _hours(office, 25)
    assert [_states(await office.rows(person)) for person in people] == [[(Channel.TEMPLATE, NoticeState.UNANSWERED)]] * 3
    assert office.sms.asked == []
    await _nothing_open(office, campaign)


async def test_what_nobody_can_repeat_any_more_is_listed_as_a_doubt(office: Office) -> None:
    """The worker died in the call, the campaign was stopped, the ten minutes passed: somebody looks at it."""
    (person,) = await crowd(office.world, 1)
    campaign = await _campaign(office)
    office.template.answer = lambda _: Killed()
    with pytest.raises(Killed):
        await office.worker().once()
    await _stop(office, campaign)
    await _hours(office, 1)
    async with office.world.store.reading() as tx:
        assert [row.person_id for row in await tx.notices.doubtful(campaign.id)] == [person]
    assert len(office.template.asked) == 1
    await _nothing_open(office, campaign)


async def test_a_paused_campaign_settles_what_it_had_begun_and_begins_nothing(office: Office) -> None:
    """One is in doubt when it is paused, and is refused when it is repeated: its next rung waits until the campaign goes on."""
    (person,) = await crowd(office.world, 1)
    campaign = await _campaign(office)
    office.template.answer = lambda _: Doubt("no answer", again=True)
    await office.worker().once()
    await _desk(office).pause(None, campaign.id)
    office.template.answer = lambda _: Refused("43004")
    await _hours(office, 2)
    waiting = [(Channel.TEMPLATE, NoticeState.DOUBTFUL)]
    assert _states(await office.rows(person)) == waiting  # an hour later nobody repeats it
    assert await _receipt(office, "m9", "o-0", delivered=False)
    await _hours(office, 2)
    waiting = [(Channel.TEMPLATE, NoticeState.REFUSED), (Channel.SMS, NoticeState.PLANNED)]
    assert _states(await office.rows(person)) == waiting
    assert office.sms.asked == []
    await _desk(office).resume(None, campaign.id)
    await office.worker().drain()
    assert len(office.sms.asked) == 1


async def test_what_comes_back_into_a_stopped_campaign_is_dropped(office: Office) -> None:
    """It was claimed when the campaign was stopped, and the platform was busy: it is not tried again."""
    (person,) = await crowd(office.world, 1)
    campaign = await _campaign(office)

    class Stopping(Platform):
        async def send(self, letter: Letter) -> Outcome:
            self.asked.append(letter)
            await _stop(office, campaign)
            return Later("-1")

    office.template = Stopping()
    await office.worker().once()
    await _hours(office, 1)
    assert _states(await office.rows(person)) == [(Channel.TEMPLATE, NoticeState.DROPPED)]
    assert len(office.template.asked) == 1
    await _nothing_open(office, campaign)


async def test_a_receipt_that_says_no_climbs_after_the_campaign_is_done(office: Office) -> None:
    """In doubt, so that the campaign was done; then the receipt: not delivered. The short message goes."""
    (person,) = await crowd(office.world, 1)
    campaign = await _campaign(office)
    office.template.answer = lambda _: Doubt("no answer", again=False)
    await office.worker().drain()
    await _hours(office, 1)
    async with office.world.store.reading() as tx:
        found = await tx.campaigns.get(campaign.id)
    assert found is not None
    assert found.state is CampaignState.DONE
    assert await _receipt(office, "m9", "o-0", delivered=False)
    await office.worker().drain()
    assert _states(await office.rows(person)) == [(Channel.TEMPLATE, NoticeState.REFUSED), (Channel.SMS, NoticeState.SENT)]
    assert len(office.sms.asked) == 1
    await _hours(office, 25)
    await _nothing_open(office, campaign)


async def test_a_receipt_that_says_no_after_a_stop_puts_them_on_the_list(office: Office) -> None:
    """Nothing more goes out, and it is not forgotten: somebody sees that nothing reached them."""
    (person,) = await crowd(office.world, 1)
    campaign = await _campaign(office)
    await office.worker().drain()
    (letter,) = office.template.asked
    await _stop(office, campaign)
    assert await _receipt(office, f"m{letter.notice.id}", "o-0", delivered=False)
    await _hours(office, 1)
    assert _states(await office.rows(person)) == [(Channel.TEMPLATE, NoticeState.REFUSED), (Channel.VISIT, NoticeState.LISTED)]
    assert office.sms.asked == []
    await _nothing_open(office, campaign)


# ── whose receipt it is ─────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_early_receipt_is_that_of_what_is_under_way(office: Office) -> None:
    """The receipt comes before the answer to the call is on record: an older doubt of that chat is not settled by it."""
    (person,) = await crowd(office.world, 1)
    await _campaign(office)
    office.template.answer = lambda _: Doubt("no answer", again=False)
    await office.worker().drain()
    office.world.clock.advance(HOUR)
    await _campaign(office)

    class Early(Platform):
        async def send(self, letter: Letter) -> Outcome:
            assert not await _receipt(office, "m-today", "o-0")
            return Taken("m-today", receipt=True)

    office.template = Early()
    await office.worker().drain()
    doubt, told = (Channel.TEMPLATE, NoticeState.DOUBTFUL), (Channel.TEMPLATE, NoticeState.DELIVERED)
    assert _states(await office.rows(person)) == [doubt, told]
    await _hours(office, 26)
    assert _states(await office.rows(person)) == [doubt, told]
    assert office.sms.asked == []


async def test_a_receipt_kept_meanwhile_settles_the_doubt_that_it_belongs_to(office: Office) -> None:
    """Two receipts come while a message is under way: its own one, and the other one is that of the doubt."""
    (person,) = await crowd(office.world, 1)
    await _campaign(office)
    office.template.answer = lambda _: Doubt("no answer", again=False)
    await office.worker().drain()
    office.world.clock.advance(HOUR)
    await _campaign(office)

    class Both(Platform):
        async def send(self, letter: Letter) -> Outcome:
            assert not await _receipt(office, "m-before", "o-0")
            assert not await _receipt(office, "m-today", "o-0")
            return Taken("m-today", receipt=True)

    office.template = Both()
    await office.worker().drain()
    rows = await office.rows(person)
    assert [(row.state, row.msg_id) for row in rows] == [
        (NoticeState.DELIVERED, "m-before"),
        (NoticeState.DELIVERED, "m-today"),
    ]


async def test_a_receipt_of_another_day_settles_no_doubt(office: Office) -> None:
    """More than a day after the call it is somebody else's."""
    (person,) = await crowd(office.world, 1)
    await _campaign(office)
    office.template.answer = lambda _: Doubt("no answer", again=False)
    await office.worker().drain()
    office.world.clock.advance(25 * HOUR)
    assert not await _receipt(office, "m9", "o-0")
    assert _states(await office.rows(person)) == [(Channel.TEMPLATE, NoticeState.DOUBTFUL)]


async def test_who_certifies_within_the_days_counts_whatever_became_of_the_receipt(office: Office) -> None:
    """Both certify an hour after their notice; the receipt of one comes, that of the other is lost, and both are counted."""
    people = await crowd(office.world, 2)
    campaign = await _campaign(office)
    await office.worker().drain()
    office.world.clock.advance(HOUR)
    now = office.world.clock.now()
    async with office.world.store.transaction() as tx:
        for person in people:
            await tx.certifications.add_record(CertificationRecord(person, now, "APP认证", "通过"), DUE + timedelta(days=365))
    assert await _receipt(office, f"m{office.template.asked[0].notice.id}", "o-0")
    await _hours(office, 30)
    states = [_states(await office.rows(person)) for person in people]
    assert sorted(states) == [[(Channel.TEMPLATE, NoticeState.DELIVERED)], [(Channel.TEMPLATE, NoticeState.UNANSWERED)]]
    office.world.clock.advance(20 * 24 * HOUR)
    assert await _desk(office).recount(None, campaign.id) == 2


# ── what has changed since it was planned ───────────────────────────────────────────────────────────────────────────


async def _due_in(office: Office, person: int, days: int) -> None:
    async with office.world.store.transaction() as tx:
        due = office.world.clock.now().date() + timedelta(days=days)
        await tx.certifications.put_many([Certification(person, None, due)])


async def _grant(office: Office, person: int) -> None:
    await bind(office.world, "o-daughter", office.world.ids.jianguo)
    async with office.world.store.transaction() as tx:
        until = date(2025, 9, 1)
        grant = Grant(0, person, "o-daughter", "妈妈", frozenset({"remind"}), until, False, office.world.clock.now(), "code")
        assert await tx.family.grant(grant) is not None


@pytest.mark.parametrize(("days", "relative"), [(30, False), (30, True), (15, False)])
async def test_who_gets_a_chat_after_the_plan_is_told_in_it(office: Office, days: int, relative: bool) -> None:
    """Planned for a short message, for a relative, or for nothing that is possible yet: the chat that is there now comes first, once."""
    (person,) = await crowd(office.world, 1, chats=False)
    await _due_in(office, person, days)
    if relative:
        await _grant(office, person)
    await office.plan()
    await bind(office.world, "o-0", person)
    await office.worker().drain()
    assert _states(await office.rows(person)) == [(Channel.TEMPLATE, NoticeState.SENT)]
    assert [letter.user.openid for letter in office.template.asked if letter.user] == ["o-0"]
    assert office.sms.asked == []


async def test_who_was_moved_to_the_chat_climbs_on_from_there(office: Office) -> None:
    """The chat refuses: the short message for which it was planned goes after all, and the chat is not tried again. The counters agree."""
    (person,) = await crowd(office.world, 1, chats=False)
    campaign = await _campaign(office)
    await bind(office.world, "o-0", person)
    office.template.answer = lambda _: Refused("43004")
    await office.worker().drain()
    assert _states(await office.rows(person)) == [(Channel.TEMPLATE, NoticeState.UNFOLLOWED), (Channel.SMS, NoticeState.SENT)]
    assert (len(office.template.asked), len(office.sms.asked)) == (1, 1)
    async with office.world.store.reading() as tx:
        counted = {(one.channel, one.outcome): one.count for one in await tx.campaigns.tallies(campaign.id)}
    assert counted == {(Channel.TEMPLATE, "unfollowed"): 1, (Channel.SMS, "sent"): 1}


async def test_who_can_be_reached_by_nothing_yet_is_no_refusal(office: Office) -> None:
    """No chat, no relative, and thirty days before it is too early for a short message: nothing was refused, nobody is a relative of theirs,
    and the next stage has the short message."""
    (person,) = await crowd(office.world, 1, chats=False)
    await _due_in(office, person, 30)
    await office.plan()
    await office.worker().drain()
    (row,) = await office.rows(person)
    assert (row.channel, row.state, row.due) == (Channel.TEMPLATE, NoticeState.UNREACHABLE, None)
    office.world.clock.advance(15 * 24 * HOUR)
    await office.plan()
    await office.worker().drain()
    assert _states(await office.rows(person))[1:] == [(Channel.SMS, NoticeState.SENT)]


async def test_relatives_who_are_there_are_told_before_short_messages_may_go(office: Office) -> None:
    """Thirty days before, no chat of their own: the daughter hears of it."""
    (person,) = await crowd(office.world, 1, chats=False)
    await _due_in(office, person, 30)
    await _grant(office, person)
    await office.plan()
    await office.worker().drain()
    assert _states(await office.rows(person)) == [(Channel.RELATIVE, NoticeState.SENT)] * 2
    assert [letter.user.openid for letter in office.template.asked if letter.user] == ["o-daughter"]
