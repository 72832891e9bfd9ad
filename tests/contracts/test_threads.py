"""Talks with the staff, and marks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from storage.ports.records import MarkRequest, Rating
from storage.ports.repositories import Conflict, Store
from storage.ports.time import SHANGHAI
from tests.clock import START, FakeClock
from tests.contracts.makers import MINUTE, a_line, a_thread, together, until_conflict


async def test_a_talk_begins_with_the_conversation_so_far(store: Store) -> None:
    """The lines go with it, in order; what is said later comes after, and can be asked for from there."""
    async with store.transaction() as work:
        thread = await work.threads.open(a_thread(), [a_line("补卡要多久"), a_line("四个工作日", "bot")])
        said = await work.threads.say(a_line("还是不清楚", thread_id=thread.id))
        answered = await work.threads.say(a_line("我来帮您", "staff", thread_id=thread.id, by=3))
    assert thread == a_thread(id=thread.id)
    async with store.reading() as found:
        lines = await found.threads.lines(thread.id)
        assert [(line.text, line.who, line.by) for line in lines] == [
            ("补卡要多久", "person", None),
            ("四个工作日", "bot", None),
            ("还是不清楚", "person", None),
            ("我来帮您", "staff", 3),
        ]
        assert await found.threads.lines(thread.id, said.id) == (answered,)
        assert await found.threads.of_chat("oUser") == thread
        assert await found.threads.get(thread.id) == thread
        assert await found.threads.get(99) is None


async def test_a_chat_has_one_talk_at_a_time(store: Store) -> None:
    """Five at once: one is opened, all get it, and its lines are there once. After it is closed there can be another."""

    async def ask(number: int) -> int:
        async with store.transaction() as work:
            return (await work.threads.open(a_thread(number=number), [a_line()])).id

    outcomes = await together(ask(number) for number in range(1, 6))
    assert len(set(outcomes)) == 1, outcomes
    (first,) = set(outcomes)
    assert isinstance(first, int)
    async with store.transaction() as work:
        assert len(await work.threads.lines(first)) == 1
        thread = await work.threads.get(first)
        assert thread is not None
        await work.threads.save(replace(thread, state="closed", closed_at=START))
        assert await work.threads.of_chat("oUser") is None
    assert await ask(9) != first


async def test_two_who_take_one_talk_at_once(store: Store) -> None:
    """One gets it, the other a Conflict."""
    async with store.transaction() as work:
        thread = await work.threads.open(a_thread(), [])

    async def take(staff: int) -> None:
        async with store.transaction() as work:
            saved = await work.threads.save(replace(thread, state="open", claimed_by=staff))
            assert saved.version == 1

    assert sorted(await together(until_conflict(take(staff)) for staff in (1, 2)), key=str) == [False, True]
    with pytest.raises(Conflict):
        await take(3)


async def test_the_place_in_the_line(store: Store) -> None:
    """Who came first is first, region by region; who is being served counts no more."""
    async with store.transaction() as work:
        second = await work.threads.open(a_thread("oTwo", 2), [])
        first = await work.threads.open(a_thread("oOne", 1), [])
        third = await work.threads.open(a_thread("oThree", 2), [])
        elsewhere = await work.threads.open(a_thread("oFour", 3, region="jinan"), [])
        left = await work.threads.open(a_thread("oFive", 1, state="left"), [])
    async with store.transaction() as work:
        assert [await work.threads.place(one) for one in (first, second, third, elsewhere)] == [1, 2, 3, 1]
        assert await work.threads.waiting(("binzhou",), ("waiting",)) == (first, second, third)
        assert await work.threads.waiting(("binzhou", "jinan"), ("waiting", "left"), 3) == (first, left, second)
        assert await work.threads.waiting((), ("waiting",)) == ()
        assert await work.threads.waiting(("binzhou",), ()) == ()
        await work.threads.save(replace(first, state="open", claimed_by=1))
        assert await work.threads.place(third) == 2


async def test_a_visitors_talk_can_become_somebodys(store: Store) -> None:
    """Whose it is may be written later; who still holds the former state gets a Conflict."""
    async with store.transaction() as work:
        thread = await work.threads.open(a_thread(person_id=None), [])
        saved = await work.threads.save(replace(thread, person_id=7))
        assert await work.threads.get(thread.id) == replace(thread, person_id=7, version=1) == saved
    async with store.transaction() as work:
        with pytest.raises(Conflict):
            await work.threads.save(replace(thread, state="open"))


async def test_what_somebody_has_rated_is_asked_of_nobody_else(store: Store) -> None:
    """Two chats were asked about one thing: after the first mark the second is wanted for the older thing, and the rated one is no request."""
    older, newer = (MarkRequest("case", ref, "binzhou", "补换卡", START + int(ref) * MINUTE) for ref in ("1", "2"))
    async with store.transaction() as work:
        for openid, request in (("oTwo", older), ("oOne", newer), ("oTwo", newer)):
            assert await work.ratings.ask(openid, request)
        assert await work.ratings.request("oTwo", "case", "2") == newer
        assert await work.ratings.request("oOne", "case", "1") is None
        assert await work.ratings.request("oTwo", "thread", "2") is None
        await work.ratings.add(Rating("case", "2", "binzhou", 5, "", START))
    async with store.transaction() as work:
        assert await work.ratings.wanted("oOne") is None
        assert await work.ratings.wanted("oTwo") == older
        assert await work.ratings.request("oTwo", "case", "2") is None
        await work.ratings.settle("oTwo", older)
        assert await work.ratings.request("oTwo", "case", "1") is None


async def test_a_thing_is_rated_once(store: Store) -> None:
    """At the same moment too; a talk of the same number is another thing."""

    async def rate(kind: str, grade: int) -> bool:
        async with store.transaction() as work:
            return await work.ratings.add(Rating(kind, "1", "binzhou", grade, "很快" if grade > 3 else "", START))

    assert sorted(await together(rate("case", grade) for grade in (1, 5, 5)), key=str) == [False, False, True]
    assert await rate("thread", 5) is True


async def test_grades_are_counted_by_shanghais_days(store: Store) -> None:
    """Both days belong to it; other regions and other days do not."""

    def rated(ref: str, grade: int, day: int, hour: int, region: str = "binzhou") -> Rating:
        return Rating("case", ref, region, grade, "", datetime(2024, 9, day, hour, tzinfo=SHANGHAI))

    async with store.transaction() as work:
        for rating in (
            rated("1", 5, 10, 0),
            rated("2", 5, 11, 23),
            rated("3", 1, 10, 12),
            rated("4", 2, 9, 23),
            rated("5", 2, 12, 0),
            rated("6", 3, 10, 12, "jinan"),
        ):
            await work.ratings.add(rating)
    async with store.reading() as found:
        assert await found.ratings.grades(("binzhou",), date(2024, 9, 10), date(2024, 9, 11)) == {1: 1, 5: 2}
        assert await found.ratings.grades((), date(2024, 9, 10), date(2024, 9, 11)) == {}


async def test_a_chat_is_asked_for_a_mark_once(store: Store, clock: FakeClock) -> None:
    """Not again after it was settled, not for what is rated already; the newest of thirty days is the one that is wanted."""
    first, second = (MarkRequest("case", ref, "binzhou", "补换卡", START + int(ref) * MINUTE) for ref in ("1", "2"))
    async with store.transaction() as work:
        assert await work.ratings.ask("oUser", first) is True
        assert await work.ratings.ask("oUser", second) is True
        assert await work.ratings.ask("oUser", first) is False
        assert await work.ratings.wanted("oUser") == second
        assert await work.ratings.wanted("oOther") is None
    async with store.transaction() as work:
        for _ in range(2):
            await work.ratings.settle("oUser", second)
        assert await work.ratings.wanted("oUser") == first
        assert await work.ratings.ask("oUser", second) is False
        await work.ratings.add(Rating("case", "3", "binzhou", 5, "", START))
        assert await work.ratings.ask("oUser", replace(first, ref="3")) is False
    clock.advance(30 * 86400 + 120)
    async with store.reading() as found:
        assert await found.ratings.wanted("oUser") is None
