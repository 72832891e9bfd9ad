"""Cards as they change, what was done with them, and where they were used."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from storage.ports.records import CardEvent, Hold, Swipe
from storage.ports.repositories import Conflict, Store
from storage.ports.time import SHANGHAI, Month
from tests.clock import START
from tests.contracts.makers import MINUTE, a_card, a_person, put_person, together, until_conflict


async def test_a_loss_report_may_end_by_itself(store: Store) -> None:
    """With a moment it is temporary, without it is not; a save takes it back."""
    person_id = await put_person(store)
    async with store.transaction() as work:
        card = await work.cards.add(a_card(person_id))
        lost = await work.cards.report_lost(card, START, START + MINUTE)
        assert lost == replace(card, status="lost", lost_at=START, lost_until=START + MINUTE, version=1)
        assert await work.cards.of_person(person_id) == lost
        formal = await work.cards.report_lost(lost, START + MINUTE)
        assert await work.cards.of_person(person_id) == replace(lost, lost_at=START + MINUTE, lost_until=None, version=2)
        found = await work.cards.save(replace(formal, status="active", lost_at=None, bank="建设银行"))
    async with store.reading() as tx:
        assert await tx.cards.of_person(person_id) == found == replace(card, bank="建设银行", version=3)


async def test_two_changes_of_one_card_are_one(store: Store) -> None:
    """Unlocking and cancelling at once: one goes through."""
    person_id = await put_person(store)
    async with store.transaction() as work:
        card = await work.cards.add(a_card(person_id))

    async def move(status: str) -> None:
        async with store.transaction() as work:
            await work.cards.save(replace(card, status=status))

    assert sorted(await together(until_conflict(move(status)) for status in ("lost", "cancelled")), key=str) == [False, True]


async def test_a_new_card_is_the_persons_card(store: Store) -> None:
    """After 补换卡 the new one is found; the same number twice is a Conflict."""
    person_id = await put_person(store)
    async with store.transaction() as work:
        old = await work.cards.add(a_card(person_id))
        new = await work.cards.add(a_card(person_id, card_no="220000000002"))
        assert new.id > old.id
        assert await work.cards.of_person(person_id) == new
    with pytest.raises(Conflict):
        async with store.transaction() as work:
            await work.cards.add(a_card(person_id))


async def test_the_record_of_a_card(store: Store) -> None:
    """Newest first, limited, each event once, of that person only."""
    mine, other = await put_person(store), await put_person(store, a_person(2))
    events = [
        CardEvent(mine, "1100", START + n * MINUTE, step, "成功", note)
        for n, (step, note) in enumerate([("挂失", "丢了"), ("解挂", "")])
    ]
    async with store.transaction() as work:
        for _ in range(2):
            await work.cards.note(*events)
        await work.cards.note(replace(events[0], card_no="2200"), CardEvent(other, "1100", START, "挂失", "成功"))
        await work.cards.note()
    async with store.reading() as found:
        assert await found.cards.history(mine) == (events[1], replace(events[0], card_no="2200"), events[0])
        assert await found.cards.history(mine, 1) == (events[1],)
        assert len(await found.cards.history(other)) == 1


async def test_swipes_of_a_month(store: Store) -> None:
    """From its first to its last moment in Shanghai, oldest first; put again they are replaced."""
    person_id = await put_person(store)

    def swiped(month: int, day: int, hour: int, amount: str = "12.50") -> Swipe:
        return Swipe(person_id, datetime(2024, month, day, hour, tzinfo=SHANGHAI), "示例药店", "个人账户", Decimal(amount))

    first, last = swiped(8, 1, 0), swiped(8, 31, 23)
    async with store.transaction() as work:
        assert await work.cards.put_swipes([last, first, swiped(7, 31, 23), swiped(9, 1, 0)]) == 4
        assert await work.cards.put_swipes([replace(first, amount=Decimal("9.99"))]) == 1
    async with store.reading() as found:
        assert await found.cards.swipes(person_id, Month(2024, 8)) == (replace(first, amount=Decimal("9.99")), last)
        assert await found.cards.swipes(person_id, Month(2024, 6)) == ()
        assert await found.cards.swipes(person_id + 1, Month(2024, 8)) == ()


async def test_a_new_phone_takes_the_place_of_the_old_one(store: Store) -> None:
    """The person is found by the new number and no longer by the old one."""
    person_id = await put_person(store)
    async with store.transaction() as work:
        for _ in range(2):
            await work.people.set_phone(person_id, "13900000099")
    async with store.reading() as found:
        assert await found.people.by_phone("13900000099") == (a_person(id=person_id, phone="13900000099"),)
        assert await found.people.by_phone("13800000001") == ()


async def test_a_hold_lasts_until_the_later_moment(store: Store) -> None:
    """An earlier one changes nothing; at its end it is over; another person has none."""
    person_id = await put_person(store)
    long, short = Hold(person_id, START + 72 * 60 * MINUTE, "更换手机号"), Hold(person_id, START + MINUTE, "更换微信")
    async with store.transaction() as work:
        await work.people.hold(short)
        assert await work.people.held(person_id, START) == short
        await work.people.hold(long)
        await work.people.hold(short)
    async with store.reading() as found:
        assert await found.people.held(person_id, START + MINUTE) == long
        assert await found.people.held(person_id, long.until) is None
        assert await found.people.held(person_id + 1, START) is None
