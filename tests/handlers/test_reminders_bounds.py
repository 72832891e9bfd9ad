"""What holds the sender back: the night, the quota of a day, the pace of a minute, a pause, a platform that is busy or away."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from handlers.reminders.channels import Doubt, Halted, Later, Letter, Taken
from handlers.reminders.sender import Rates
from storage.ports.records import CampaignState, Certification, Channel, NoticeState, Preferences
from storage.ports.time import SHANGHAI
from tests.handlers.reminding import TODAY, Answer, Office, bind, crowd
from tests.handlers.test_reminders_sender import REFUSED, SENT, _all, _receipt


async def test_at_night_nothing_goes_out_and_in_the_morning_it_does(office: Office) -> None:
    """Planned at ten at night: eight in the morning."""
    await bind(office.world, "o-one", office.world.ids.shufen)
    office.world.clock.set(datetime(2024, 9, 12, 22, 0, tzinfo=SHANGHAI))
    await office.plan()
    await office.worker().drain()
    assert office.template.asked == []
    office.world.clock.set(datetime(2024, 9, 13, 7, 59, tzinfo=SHANGHAI))
    await office.worker().drain()
    assert office.template.asked == []
    office.world.clock.set(datetime(2024, 9, 13, 8, 0, tzinfo=SHANGHAI))
    await office.worker().drain()
    assert len(office.template.asked) == 1


async def test_the_quota_of_the_day_stops_the_channel_for_everybody(office: Office) -> None:
    """F8: 45009 on the third call: no further call that day by any worker, the rest unspent; at midnight the most urgent goes first."""
    urgent, *_ = persons = await crowd(office.world, 8)
    async with office.world.store.transaction() as tx:
        await tx.certifications.put_many([Certification(urgent, None, TODAY + timedelta(days=3))])
    midnight = datetime(2024, 9, 13, 0, 1, tzinfo=SHANGHAI)

    def answer(letter: Letter) -> Answer:
        return Halted("45009", midnight) if len(office.template.asked) > 2 else Taken(f"m{letter.notice.id}")

    office.template.answer = answer
    office.rates = Rates(at_once=1, per_day={Channel.TEMPLATE: 8})
    await office.plan()
    await office.worker().drain()
    assert office.template.asked[0].notice.person_id == urgent
    assert len(office.template.asked) == 3
    office.world.clock.advance(3600)
    await office.worker().drain()
    assert len(office.template.asked) == 3
    async with office.world.store.reading() as tx:
        assert (await tx.paces.halted(office.world.clock.now()))["template"] == (midnight, "45009")
        rows = [row for person in persons for row in await tx.notices.of_person(person, "P-CERT")]
    assert [row.state for row in rows].count(NoticeState.PLANNED) == 6
    assert all(row.began_at is None for row in rows if row.state is NoticeState.PLANNED)
    assert office.counted["template", "halted"] == 1
    async with office.world.store.transaction() as tx:
        granted = await tx.paces.take("template", 0, 8, 100, midnight - timedelta(days=0, minutes=2))
    assert granted.count == 0
    office.template.answer = lambda letter: Taken(f"m{letter.notice.id}")
    office.world.clock.set(datetime(2024, 9, 13, 8, 0, tzinfo=SHANGHAI))
    await office.worker().drain()
    assert len({letter.notice.person_id for letter in office.template.asked}) == 8


@pytest.mark.parametrize("why", ["45009", "our own quota"])
async def test_who_is_due_today_does_not_wait_for_tomorrows_quota(office: Office, why: str) -> None:
    """The quota of templates is used up until midnight: who would be too late then hears by SMS today, everybody else waits."""
    today, tomorrow, later = await crowd(office.world, 3)
    async with office.world.store.transaction() as tx:
        dues = ((today, 0), (tomorrow, 1), (later, 15))
        await tx.certifications.put_many(Certification(person, None, TODAY + timedelta(days=days)) for person, days in dues)
    midnight = datetime(2024, 9, 13, 0, 1, tzinfo=SHANGHAI)
    if why == "45009":
        async with office.world.store.transaction() as tx:
            await tx.paces.halt("template", midnight, why)
    else:
        office.rates = Rates(per_day={Channel.TEMPLATE: 1})
        async with office.world.store.transaction() as tx:
            assert (await tx.paces.take("template", 0, 1, 1, office.world.clock.now())).count == 1
    await office.plan()
    worker = office.worker()
    await worker.drain()
    await worker.drain()
    assert office.template.asked == []
    assert sorted(letter.notice.person_id for letter in office.sms.asked) == sorted([today, tomorrow])
    assert [row.state for row in await office.rows(later)] == [NoticeState.PLANNED]
    office.world.clock.set(datetime(2024, 9, 13, 9, 0, tzinfo=SHANGHAI))
    await office.worker().drain()
    assert [letter.notice.person_id for letter in office.template.asked] == [later]


async def test_a_receipt_that_says_no_does_not_wait_for_the_quota(office: Office) -> None:
    """The quota is used up when the receipt of an earlier message says no: the SMS goes at once, no template is called."""
    (person,) = await crowd(office.world, 1)
    await office.plan()
    await office.worker().drain()
    (letter,) = office.template.asked
    midnight = datetime(2024, 9, 13, 0, 1, tzinfo=SHANGHAI)
    async with office.world.store.transaction() as tx:
        await tx.paces.halt("template", midnight, "45009")
    await _receipt(office, letter, delivered=False, note="failed:user block")
    worker = office.worker()
    await worker.drain()
    await worker.drain()
    assert len(office.template.asked) == 1
    assert await office.states(person) == [(Channel.TEMPLATE, REFUSED), (Channel.SMS, SENT)]


async def test_pace_is_kept_over_all_workers(office: Office) -> None:
    """60 a minute: half a second's worth at once, then one a second, whoever sends."""
    await crowd(office.world, 10)
    office.rates = Rates(per_minute={Channel.TEMPLATE: 60})
    await office.plan()
    for seconds in range(6):
        await office.worker().drain()
        await office.worker().drain()
        assert len(office.template.asked) == 1 + seconds
        office.world.clock.advance(1)


async def test_a_campaign_keeps_its_own_pace(office: Office) -> None:
    """Two a day of its own; the channel's is not spent by what the campaign may not send."""
    await crowd(office.world, 5)
    await office.plan()
    async with office.world.store.transaction() as tx:
        campaign = await tx.campaigns.by_code("P-CERT.beijing")
        assert campaign is not None
        await tx.campaigns.save(replace(campaign, per_day=2))
    office.rates = Rates(per_day={Channel.TEMPLATE: 3})
    await office.worker().drain()
    assert len(office.template.asked) == 2
    async with office.world.store.transaction() as tx:
        assert (await tx.paces.take("template", 0, 3, 9, office.world.clock.now())).count == 1


async def test_a_paused_campaign_sends_nothing_until_it_goes_on(office: Office) -> None:
    """The console's pause is seen with the next batch."""
    await bind(office.world, "o-one", office.world.ids.shufen)
    await office.plan()
    worker = office.worker()
    for state, sent in ((CampaignState.PAUSED, 0), (CampaignState.RUNNING, 1)):
        async with office.world.store.transaction() as tx:
            campaign = await tx.campaigns.by_code("P-CERT.beijing")
            assert campaign is not None
            await tx.campaigns.save(replace(campaign, state=state))
        await worker.drain()
        assert len(office.template.asked) == sent


async def test_busy_is_tried_again_with_growing_pauses(office: Office) -> None:
    """F7: at most one second after the first failure, two after the second; then it goes."""
    await bind(office.world, "o-one", office.world.ids.shufen)
    await office.plan()
    office.template.answer = lambda _: Later("-1") if len(office.template.asked) < 3 else Taken("m1")
    worker = office.worker()
    for tries, seconds in ((1, 1), (2, 2), (3, 0)):
        await worker.drain()
        assert len(office.template.asked) == tries
        office.world.clock.advance(seconds)
    assert await office.states() == [(Channel.TEMPLATE, SENT)]
    assert list(office.template.shown.values()) == [1]


async def test_while_the_platform_is_away_few_are_in_doubt(office: Office) -> None:
    """Time-outs: after ten in a row the channel rests, then three are tried; when it is back everybody has one."""
    await crowd(office.world, 60)
    office.rates = Rates(at_once=1)
    office.template.answer = lambda _: Doubt("timeout", again=True)
    await office.plan()
    worker = office.worker()
    await worker.drain()
    assert len(office.template.asked) == 10
    states = [state for _, state in await _all(office)]
    assert states.count(NoticeState.SENDING) == 10
    assert states.count(NoticeState.PLANNED) == 50
    office.world.clock.advance(2)
    await worker.drain()
    assert len(office.template.asked) <= 13
    office.template.answer = lambda letter: Taken(f"m{letter.notice.id}")
    for _ in range(20):
        office.world.clock.advance(20)
        await worker.drain()
    assert [state for _, state in await _all(office)] == [SENT] * 60
    assert sorted(office.template.shown.values()) == [1] * 60


async def test_a_platform_that_is_away_for_four_hours_hands_over_to_the_next_rung(office: Office) -> None:
    """F7: what certainly was not sent goes by SMS then, each once."""
    await crowd(office.world, 20)
    office.rates = Rates(at_once=5)
    office.template.answer = lambda _: Later("no connection")
    await office.plan()
    worker = office.worker()
    for _ in range(90):
        await worker.drain()
        office.world.clock.advance(180)
    assert len({letter.phone for letter in office.sms.asked}) == len(office.sms.asked) == 20


async def test_quiet_hours_abroad_are_theirs(office: Office) -> None:
    """New York: ten in the morning here is night there; eight in the morning there is eight in the evening here."""
    await bind(office.world, "o-one", office.world.ids.shufen)
    async with office.world.store.transaction() as tx:
        await tx.wishes.save(Preferences("o-one", zone="America/New_York", word="玉兰"))
    await office.plan()
    await office.worker().drain()
    assert office.template.asked == []
    office.world.clock.set(datetime(2024, 9, 12, 20, 0, tzinfo=SHANGHAI))
    await office.worker().drain()
    (letter,) = office.template.asked
    assert letter.words.word == "玉兰"
    assert letter.words.text.endswith("您的暗号：玉兰")
