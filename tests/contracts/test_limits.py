"""Counters that survive a restart."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.ports.records import Verdict
from storage.ports.repositories import Conflict, Store
from tests.clock import START
from tests.contracts.makers import MINUTE, a_user, together

SECOND = timedelta(seconds=1)


async def test_hits_are_counted_until_the_limit(store: Store) -> None:
    """Three a minute: the fourth is refused, not counted, and told when to come again."""
    async with store.transaction() as found:
        hit = found.limits.hit
        assert [await hit("sms", "138", 3, MINUTE, START + n * SECOND) for n in range(3)] == [
            Verdict(True, n, None) for n in (1, 2, 3)
        ]
        refused = Verdict(False, 3, START + MINUTE)
        assert await hit("sms", "138", 3, MINUTE, START + 59 * SECOND) == refused
        assert await found.limits.peek("sms", "138", 3, MINUTE, START + 59 * SECOND) == refused
        assert await hit("sms", "138", 3, MINUTE, START + 60 * SECOND) == Verdict(True, 1, None)


async def test_the_window_opens_with_the_first_hit(store: Store) -> None:
    """One a minute means a minute apart, also around the full minute."""
    late = START + 59 * SECOND
    async with store.transaction() as found:
        assert (await found.limits.hit("sms", "138", 1, MINUTE, late)).allowed
        assert not (await found.limits.hit("sms", "138", 1, MINUTE, late + 2 * SECOND)).allowed
        assert (await found.limits.hit("sms", "138", 1, MINUTE, late + MINUTE)).allowed


async def test_names_subjects_and_windows_count_apart(store: Store) -> None:
    """The same name may have a minute and a day; clear forgets all windows of a subject."""
    day = timedelta(days=1)
    async with store.transaction() as found:
        limits = found.limits
        for name, subject, window in (("a", "1", MINUTE), ("a", "2", MINUTE), ("b", "1", MINUTE), ("a", "1", day)):
            assert await limits.hit(name, subject, 1, window, START) == Verdict(True, 1, None)
        await limits.clear("a", "1")
        await limits.clear("a", "1")
        assert await limits.peek("a", "1", 1, MINUTE, START) == Verdict(True, 0, None)
        assert await limits.peek("a", "1", 1, day, START) == Verdict(True, 0, None)
        assert not (await limits.peek("a", "2", 1, MINUTE, START)).allowed


async def test_a_cost_is_taken_whole_or_not_at_all(store: Store) -> None:
    """What would pass the limit is not counted; more than the limit never fits."""
    async with store.transaction() as found:
        hit = found.limits.hit
        assert await hit("x", "s", 10, MINUTE, START, cost=7) == Verdict(True, 7, None)
        assert await hit("x", "s", 10, MINUTE, START, cost=4) == Verdict(False, 7, START + MINUTE)
        assert await hit("x", "s", 10, MINUTE, START, cost=3) == Verdict(True, 10, None)
        assert (await hit("y", "s", 10, MINUTE, START, cost=11)).allowed is False
        assert (await found.limits.peek("y", "s", 10, MINUTE, START)).used == 0
        assert (await hit("z", "s", 0, MINUTE, START)).allowed is False


async def test_a_clock_that_jumps_back_locks_nobody_longer_than_a_window(store: Store) -> None:
    """The count is kept (no free tries), but the wait is at most one window from now."""
    day = timedelta(days=1)
    async with store.transaction() as found:
        await found.limits.hit("sms", "138", 2, MINUTE, START)
        assert await found.limits.hit("sms", "138", 2, MINUTE, START - day) == Verdict(True, 2, None)
        assert await found.limits.hit("sms", "138", 2, MINUTE, START - day) == Verdict(False, 2, START - day + MINUTE)
        assert (await found.limits.hit("sms", "138", 2, MINUTE, START - day + MINUTE)).allowed


async def test_a_hundred_hits_at_once_let_exactly_the_limit_through(store: Store) -> None:
    """Ten of a hundred, each counted once."""

    async def hit() -> bool:
        async with store.transaction() as work:
            return (await work.limits.hit("sms", "138", 10, MINUTE, START)).allowed

    outcomes = await together(hit() for _ in range(100))
    assert outcomes.count(True) == 10
    assert outcomes.count(False) == 90
    async with store.reading() as found:
        assert (await found.limits.peek("sms", "138", 10, MINUTE, START)).used == 10


async def test_a_negative_cost_gives_back(store: Store) -> None:
    """What was counted and turned out right is free again, also at the limit."""
    async with store.transaction() as found:
        assert [(await found.limits.hit("verify", "s", 2, MINUTE, START)).allowed for _ in range(3)] == [True, True, False]
        await found.limits.hit("verify", "s", 2, MINUTE, START, cost=-1)
        assert await found.limits.peek("verify", "s", 2, MINUTE, START) == Verdict(True, 1, None)
        assert (await found.limits.hit("verify", "s", 2, MINUTE, START)).allowed


async def test_a_hit_at_the_commit_counts_like_any_other(store: Store) -> None:
    """Two of a kind in one transaction are two; the third is refused at once, with when to come again, and counts nothing."""
    async with store.transaction() as found:
        hit = found.limits.hit_at_commit
        verdicts = [await hit("query", "s", 2, MINUTE, START + n * SECOND) for n in range(3)]
        assert verdicts == [Verdict(True, 1, None), Verdict(True, 2, None), Verdict(False, 2, START + MINUTE)]
    async with store.transaction() as found:
        assert await found.limits.hit("query", "s", 3, MINUTE, START + 3 * SECOND) == Verdict(True, 3, None)
        assert await found.limits.hit_at_commit("query", "s", 3, MINUTE, START + MINUTE) == Verdict(True, 1, None)
    async with store.reading() as found:
        assert (await found.limits.peek("query", "s", 3, MINUTE, START + MINUTE)).used == 1


async def test_what_was_refused_at_the_commit_is_refused_when_it_is_repeated(store: Store) -> None:
    """A hundred at once, ten allowed: whoever finds the limit reached at the commit has written nothing, and is told so the second time."""

    async def hit(number: int) -> bool:
        for _ in range(100):
            try:
                async with store.transaction() as work:
                    if not (await work.limits.hit_at_commit("query", "s", 10, MINUTE, START)).allowed:
                        return False
                    await work.users.save(a_user(f"oHit{number}"))
                return True
            except Conflict:
                continue
        raise AssertionError("never told")

    outcomes = await together(hit(number) for number in range(100))
    assert outcomes.count(True) == 10
    async with store.reading() as found:
        assert (await found.limits.peek("query", "s", 10, MINUTE, START)).used == 10
        assert [await found.users.get(f"oHit{number}") is not None for number in range(100)] == outcomes


async def test_a_transaction_that_fails_gives_its_hit_back(store: Store) -> None:
    """What is undone was not counted."""

    async def half() -> None:
        async with store.transaction() as found:
            await found.limits.hit_at_commit("query", "s", 2, MINUTE, START)
            raise LookupError

    with pytest.raises(LookupError):
        await half()
    async with store.reading() as found:
        assert (await found.limits.peek("query", "s", 2, MINUTE, START)).used == 0
