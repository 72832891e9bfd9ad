"""The sender: each once, whatever is killed, refused, halted or away (targets.md F1, F7, F8, F10, F11)."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from handlers.reminders.channels import Later, Letter, Outcome, Refused, Taken
from handlers.reminders.news import notify
from handlers.reminders.sender import LEASE, Rates
from storage.ports.records import Audience, Campaign, CampaignState, Certification, Channel, Grant, NoticeState, Preferences
from storage.ports.repositories import Repositories, Unavailable
from storage.ports.time import SHANGHAI
from tests.handlers.conftest import until
from tests.handlers.reminding import DUE, TODAY, Answer, Killed, Office, Platform, bind, crowd

SENT, DELIVERED, REFUSED, DROPPED = NoticeState.SENT, NoticeState.DELIVERED, NoticeState.REFUSED, NoticeState.DROPPED
UNFOLLOWED = NoticeState.UNFOLLOWED


async def _receipt(office: Office, letter: Letter, *, delivered: bool = True, note: str = "success") -> None:
    async with office.world.store.transaction() as tx:
        openid = letter.user.openid if letter.user else ""
        await tx.notices.receipt(f"m{letter.notice.id}", openid, delivered, note, office.world.clock.now())


async def test_one_of_a_stage_is_sent_once_whatever_is_repeated(office: Office) -> None:
    """Planned twice, sent by two workers one after the other: one call, one notice, delivered by its receipt."""
    await bind(office.world, "o-one", office.world.ids.shufen)
    assert await office.plan() == 1
    assert await office.plan() == 0
    assert await office.worker().drain() == 1
    assert await office.worker().drain() == 0
    (letter,) = office.template.asked
    assert letter.user is not None
    assert (letter.user.openid, letter.words.holder, len(letter.client_msg_id)) == ("o-one", "赵*芬", 32)
    await _receipt(office, letter)
    (row,) = await office.rows()
    assert (row.state, row.due, row.openid) == (DELIVERED, None, "o-one")
    assert office.counted == {("template", "sent"): 1}


async def test_a_worker_that_dies_in_the_call_repeats_it_under_the_same_id(office: Office) -> None:
    """F1: after its lease another worker makes the same call; people see one."""
    await bind(office.world, "o-one", office.world.ids.shufen)
    await office.plan()
    office.template.answer = lambda _: Killed()
    with pytest.raises(Killed):
        await office.worker().drain()
    office.template.answer = lambda letter: Taken("m1", receipt=True)
    assert await office.worker().drain() == 0  # the dead worker's lease stands
    office.world.clock.advance(LEASE.total_seconds())
    assert await office.worker().drain() == 1
    assert len({letter.client_msg_id for letter in office.template.asked}) == 1
    assert list(office.template.shown.values()) == [1]
    assert await office.states() == [(Channel.TEMPLATE, SENT)]


async def test_a_worker_that_was_dead_for_ten_minutes_leaves_a_doubt(office: Office) -> None:
    """The platform has forgotten the id: it is not repeated, it is listed, and its receipt settles it still."""
    await bind(office.world, "o-one", office.world.ids.shufen)
    await office.plan()
    office.template.answer = lambda _: Killed()
    with pytest.raises(Killed):
        await office.worker().drain()
    office.world.clock.advance(600)
    await office.worker().drain()
    assert len(office.template.asked) == 1
    async with office.world.store.transaction() as tx:
        assert len(await tx.notices.doubtful(0)) == 1
        assert await tx.notices.receipt("m-late", "o-one", True, "success", office.world.clock.now())
    assert await office.states() == [(Channel.TEMPLATE, DELIVERED)]


async def test_of_three_hundred_everybody_sees_one_although_twenty_workers_die(office: Office) -> None:
    """F1: killed in the middle of the call again and again; nobody is lost, nobody sees two."""
    persons = await crowd(office.world, 300)
    deaths = iter([True, *[False] * 14] * 30)
    office.template.answer = lambda letter: Killed() if next(deaths, False) else Taken(f"m{letter.notice.id}", receipt=True)
    office.rates = Rates(batch=15, at_once=3)
    assert await office.plan() == 300
    died = 0
    for _ in range(600):
        try:
            if not await office.worker().once() and NoticeState.SENDING not in [state for _, state in await _all(office)]:
                break
        except Killed:
            died += 1
        office.world.clock.advance(20)
    assert died >= 20
    assert [state for _, state in await _all(office)] == [SENT] * 300
    assert sorted(office.template.shown.values()) == [1] * 300
    assert len(persons) == 300


async def _all(office: Office) -> list[tuple[int, NoticeState]]:
    """Everybody's rows of 认证: (person, state)."""
    async with office.world.store.reading() as tx:
        people = await tx.people.page(0, 1000, "beijing")
        return [(one.id, row.state) for one in people for row in await tx.notices.of_person(one.id, "P-CERT")]


async def test_refused_goes_to_the_next_rung_and_is_not_tried_again(office: Office) -> None:
    """F10: 43004, then an SMS to the 预留手机号, at once; then their relatives; and at seven days the list for visits."""
    await bind(office.world, "o-one", office.world.ids.shufen)
    office.world.clock.set(datetime(2024, 9, 20, 10, 0, tzinfo=SHANGHAI))
    await office.plan()
    office.template.answer = lambda _: Refused("43004")
    office.sms.answer = lambda _: Refused("no such number")
    await office.worker().drain()
    assert [letter.phone for letter in office.sms.asked] == ["19900000003"]
    assert await office.states() == [
        (Channel.TEMPLATE, UNFOLLOWED),
        (Channel.SMS, REFUSED),
        (Channel.VISIT, NoticeState.LISTED),
    ]
    await office.worker().drain()
    assert (len(office.template.asked), len(office.sms.asked)) == (1, 1)
    async with office.world.store.reading() as tx:
        (one,) = await tx.notices.unreached(["beijing"])
    assert [(channel, note) for channel, _, note, _ in one.tried] == [
        (Channel.TEMPLATE, "43004"),
        (Channel.SMS, "no such number"),
    ]


async def test_a_receipt_that_says_no_or_never_comes_moves_it_on(office: Office) -> None:
    """user block: the SMS goes at once. No receipt within a day: the SMS goes then; the template is not repeated."""
    blocked, silent = await crowd(office.world, 2)
    await office.plan()
    await office.worker().drain()
    first = next(letter for letter in office.template.asked if letter.notice.person_id == blocked)
    await _receipt(office, first, delivered=False, note="failed:user block")
    await office.worker().drain()
    assert await office.states(blocked) == [(Channel.TEMPLATE, REFUSED), (Channel.SMS, SENT)]
    assert await office.states(silent) == [(Channel.TEMPLATE, SENT)]
    office.world.clock.advance(24 * 3600)
    await office.worker().drain()
    assert await office.states(silent) == [(Channel.TEMPLATE, NoticeState.UNANSWERED), (Channel.SMS, SENT)]
    assert len(office.template.asked) == 2


async def test_who_has_certified_between_rungs_hears_no_more(office: Office) -> None:
    """No receipt came, and they have certified: no SMS."""
    await bind(office.world, "o-one", office.world.ids.shufen)
    await office.plan()
    await office.worker().drain()
    async with office.world.store.transaction() as tx:
        await tx.certifications.put_many(
            [Certification(office.world.ids.shufen, TODAY, DUE.replace(year=2025), "APP认证", "通过")]
        )
    office.world.clock.advance(24 * 3600)
    await office.worker().drain()
    assert await office.states() == [(Channel.TEMPLATE, NoticeState.UNANSWERED)]
    assert office.sms.asked == []


async def test_what_is_known_of_people_is_no_older_than_a_call(office: Office) -> None:
    """A large batch is on its way when everybody certifies: only what had left already arrives."""
    found = await crowd(office.world, 12)
    office.rates = Rates(batch=100, at_once=4)

    class Slow(Platform):
        async def send(self, letter: Letter) -> Outcome:
            if not self.asked:
                async with office.world.store.transaction() as tx:
                    due = DUE + timedelta(days=365)
                    await tx.certifications.put_many(Certification(person, TODAY, due, "APP认证", "通过") for person in found)
            return await super().send(letter)

    office.template = Slow()
    await office.plan()
    await office.worker().drain()
    assert len(office.template.asked) == 4


async def test_the_words_of_the_person_reach_them_by_sms(office: Office) -> None:
    """No chat, fifteen days before: an SMS with the day, the number to ask, and the way to stop it."""
    await office.plan()
    await office.worker().drain()
    (letter,) = office.sms.asked
    assert (letter.phone, letter.words.sms) == (
        "19900000003",
        "赵*芬，您的养老待遇资格认证到2024年9月27日为止，还有15天，请按时办理。问12333。回TD退订",
    )
    assert len(letter.words.sms) + len("【社保服务】") <= 70


async def test_relatives_hear_of_who_was_not_reached(office: Office) -> None:
    """The daughter asked to hear only then: template refused, no phone left, and she is told about her mother."""
    world = office.world
    await bind(world, "o-one", world.ids.shufen)
    await bind(world, "o-daughter", world.ids.jianguo)
    async with world.store.transaction() as tx:
        person = await tx.people.get(world.ids.shufen)
        assert person is not None
        await tx.people.put_many([replace(person, phone=None)])
        grant = Grant(
            0, person.id, "o-daughter", "妈妈", frozenset({"remind"}), DUE.replace(year=2025), False, world.clock.now(), "code"
        )
        assert await tx.family.grant(grant) is not None
    office.template.answer = lambda letter: (
        Refused("43004") if letter.user and letter.user.openid == "o-one" else Taken("m-d", receipt=True)
    )
    await office.plan()
    await office.worker().drain()
    letter = office.template.asked[-1]
    assert letter.user is not None
    assert letter.user.openid == "o-daughter"
    assert letter.words.text.startswith("您帮着照看的 赵*芬，养老待遇资格认证到 2024年9月27日 为止，还有 15 天。")
    assert letter.words.word == ""
    states = await office.states()
    assert [channel for channel, _ in states] == [Channel.TEMPLATE, Channel.RELATIVE, Channel.RELATIVE]
    async with world.store.transaction() as tx:
        assert await tx.notices.receipt("m-d", "o-daughter", True, "success", world.clock.now())
    world.clock.advance(24 * 3600)
    await office.worker().drain()
    assert [state for _, state in await office.states()] == [UNFOLLOWED, DELIVERED, DELIVERED]


async def test_news_of_one_chat_come_in_their_order(office: Office) -> None:
    """The second waits while the first cannot be given."""
    world = office.world
    await bind(world, "o-one", world.ids.shufen)
    async with world.store.transaction() as tx:
        for text in ("第一", "第二", "第三"):
            await notify(tx, world.services, "o-one", text)
    office.chat.answer = lambda _: Later("-1") if len(office.chat.asked) == 1 else Taken()
    worker = office.worker()
    for _ in range(6):
        await worker.drain()
        world.clock.advance(1)
    assert [letter.words.text for letter in office.chat.asked] == ["第一", "第一", "第二", "第三"]


async def test_a_clock_that_was_set_back_keeps_nobody_waiting(office: Office) -> None:
    """F11: killed, then the clock goes back a day: the row is due at once again, as a doubt, and nobody is reminded twice."""
    await bind(office.world, "o-one", office.world.ids.shufen)
    await office.plan()
    office.template.answer = lambda _: Killed()
    with pytest.raises(Killed):
        await office.worker().drain()
    office.world.clock.set(office.world.clock.now() - timedelta(days=1))
    await office.worker().drain()
    assert len(office.template.asked) == 1
    assert await office.states() == [(Channel.TEMPLATE, NoticeState.DOUBTFUL)]


async def test_a_worker_that_was_slow_does_not_settle_what_another_has_taken(office: Office) -> None:
    """Its lease ended while it was in the call: the other's outcome stands."""
    await bind(office.world, "o-one", office.world.ids.shufen)
    await office.plan()
    second = Office(office.world)

    async def slow(letter: Letter) -> Taken:
        office.world.clock.advance(LEASE.total_seconds())
        await second.worker().drain()
        return Taken("m-slow")

    office.template.send = slow  # type: ignore[method-assign]
    await office.worker().drain()
    (row,) = await office.rows()
    assert (row.state, row.msg_id) == (SENT, f"m{row.id}")


async def test_storage_that_is_away_is_waited_for_and_then_told_what_was_sent(office: Office) -> None:
    """Away between the call and its record: nothing is sent again, and the row is settled when storage is back."""
    await bind(office.world, "o-one", office.world.ids.shufen)
    await office.plan()
    here = office.world.store

    class Fickle:
        """The store, while it is there."""

        away = False

        def transaction(self) -> AbstractAsyncContextManager[Repositories]:
            if self.away:
                raise Unavailable("away")
            return here.transaction()

        def reading(self) -> AbstractAsyncContextManager[Repositories]:
            if self.away:
                raise Unavailable("away")
            return here.reading()

    store = Fickle()

    def answer(letter: Letter) -> Answer:
        store.away = True
        return Taken("m1", receipt=True)

    office.template.answer = answer
    worker = office.worker(store)
    with pytest.raises(Unavailable):
        await worker.once()
    store.away = False
    assert await office.states() == [(Channel.TEMPLATE, NoticeState.SENDING)]
    office.world.clock.advance(60)
    await worker.once()
    assert await office.states() == [(Channel.TEMPLATE, SENT)]
    assert len(office.template.asked) == 1


async def test_the_loop_sends_what_comes_and_stops_with_everything_written_down(office: Office) -> None:
    """Running beside others: woken, it sends; stopped, it finishes what is on its way."""
    await crowd(office.world, 30)
    await office.plan()
    worker = office.worker()
    running = asyncio.create_task(worker.run())

    async def passes() -> None:
        while True:
            await asyncio.sleep(0)
            office.world.clock.advance(0.05)

    ticking = asyncio.create_task(passes())
    await until(lambda: office.counted["template", "sent"] == 30)
    worker.stop()
    await running
    ticking.cancel()
    assert sorted(office.template.shown.values()) == [1] * 30
    assert [state for _, state in await _all(office)] == [SENT] * 30


async def test_a_campaign_of_the_staff_is_done_when_nothing_is_open(office: Office) -> None:
    """Planned, sent, receipts awaited for a day: then it is over, at its moment."""

    await bind(office.world, "o-one", office.world.ids.shufen)
    now = office.world.clock.now()
    async with office.world.store.transaction() as tx:
        campaign = await tx.campaigns.add(
            Campaign(
                0,
                "P-CERT",
                "补提醒",
                CampaignState.SCHEDULED,
                Audience(("beijing",), DUE, DUE),
                (Channel.TEMPLATE,),
                now,
                words={"hint": "请尽快认证"},
                starts_at=now,
            )
        )
    planner = office.planner()
    await planner.run_campaign(str(campaign.id).encode())
    worker = office.worker()
    await worker.drain()
    (letter,) = office.template.asked
    assert (letter.notice.stage, letter.words.hint) == (f"c{campaign.id}", "请尽快认证")
    states = []
    for _ in range(2):
        async with office.world.store.reading() as tx:
            found = await tx.campaigns.get(campaign.id)
        assert found is not None
        states.append(found.state)
        office.world.clock.advance(24 * 3600)
        await worker.drain()
        office.world.clock.advance(60)
        await worker.drain()
    assert states == [CampaignState.RUNNING, CampaignState.DONE]


async def test_what_nobody_foresaw_stops_neither_the_channel_nor_the_others(office: Office) -> None:
    """A channel that raises leaves a doubt, which is repeated under its id; everybody sees one."""
    await crowd(office.world, 3)
    await office.plan()
    broken = [True]

    def answer(letter: Letter) -> Answer:
        return ZeroDivisionError() if broken[0] else Taken(f"m{letter.notice.id}", receipt=True)

    office.template.answer = answer
    worker = office.worker()
    running = asyncio.create_task(worker.run())

    async def passes() -> None:
        while True:
            await asyncio.sleep(0)
            office.world.clock.advance(0.05)

    ticking = asyncio.create_task(passes())
    await until(lambda: office.counted["template", "sending"] >= 3)
    broken[0] = False
    await until(lambda: office.counted["template", "sent"] == 3)
    worker.stop()
    await running
    ticking.cancel()
    assert sorted(office.template.shown.values()) == [1] * 3


async def test_a_relatives_night_and_word_are_their_own(office: Office) -> None:
    """The daughter in New York is told in her morning, with her own 暗号, not her mother's; her mother is told now."""
    world = office.world
    await bind(world, "o-one", world.ids.shufen)
    await bind(world, "o-daughter", world.ids.jianguo)
    async with world.store.transaction() as tx:
        await tx.wishes.save(Preferences("o-one", word="玉兰"))
        await tx.wishes.save(Preferences("o-daughter", zone="America/New_York", word="长安街"))
        grant = Grant(
            0,
            world.ids.shufen,
            "o-daughter",
            "妈妈",
            frozenset({"remind"}),
            DUE.replace(year=2025),
            True,
            world.clock.now(),
            "code",
        )
        assert await tx.family.grant(grant) is not None
    await office.plan()
    told = []
    for at in (datetime(2024, 9, 12, 10, 0, tzinfo=SHANGHAI), datetime(2024, 9, 12, 20, 0, tzinfo=SHANGHAI)):
        world.clock.set(at)
        await office.worker().drain()
        told.append([(letter.user.openid, letter.words.word) for letter in office.template.asked if letter.user])
    assert told == [[("o-one", "玉兰")], [("o-one", "玉兰"), ("o-daughter", "长安街")]]


async def test_what_a_dead_worker_has_begun_goes_before_all_that_wait(office: Office) -> None:
    """F1: forty wait, a worker died in the call of the first; when its lease ends that one is repeated first, while its id is known."""
    await crowd(office.world, 40)
    office.rates = Rates(batch=1, at_once=1)
    await office.plan()
    office.template.answer = lambda _: Killed()
    with pytest.raises(Killed):
        await office.worker().once()
    office.template.answer = lambda letter: Taken(f"m{letter.notice.id}")
    office.world.clock.advance(LEASE.total_seconds())
    await office.worker().once()
    first, again = (letter.notice.id for letter in office.template.asked)
    assert first == again
    assert (await office.rows(office.template.asked[0].notice.person_id))[0].rank == 4
