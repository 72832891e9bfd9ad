"""Pace: evenly over the minute, within the day's quota, none while it is stopped; over all who take."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from storage.ports.records import Granted
from storage.ports.repositories import Store
from storage.ports.time import SHANGHAI
from tests.clock import START
from tests.contracts.makers import MINUTE, together

SECOND = timedelta(seconds=1)


async def take(store: Store, want: int = 1000, now: datetime = START, per_minute: int = 600, per_day: int = 0) -> Granted:
    async with store.transaction() as tx:
        return await tx.paces.take("template", per_minute, per_day, want, now)


async def test_without_a_limit_all_is_granted(store: Store) -> None:
    """0 means none: neither of the minute nor of the day."""
    for _ in range(2):
        assert await take(store, 5000, per_minute=0) == Granted(5000, START)


async def test_at_once_goes_half_a_second_at_most(store: Store) -> None:
    """600 a minute are ten a second: five at once, one each tenth of a second, and five again after an hour of silence."""
    first = await take(store)
    assert (first.count, first.stopped) == (5, "")
    assert first.again_at == START + SECOND / 10
    assert (await take(store, now=START + SECOND / 20)).count == 0
    assert (await take(store, now=first.again_at)).count == 1
    assert (await take(store, now=START + timedelta(hours=1))).count == 5


async def test_a_slow_pace_gives_one_at_a_time(store: Store) -> None:
    """Six a minute: one, and the next after ten seconds."""
    assert await take(store, per_minute=6) == Granted(1, START + 10 * SECOND)
    assert (await take(store, per_minute=6, now=START + 9 * SECOND)).count == 0
    assert (await take(store, per_minute=6, now=START + 10 * SECOND)).count == 1


@pytest.mark.parametrize("per_minute", [60, *[pytest.param(one, marks=pytest.mark.sweep) for one in (1000, 6000)], 60000])
async def test_a_minute_holds_what_it_should(store: Store, per_minute: int) -> None:
    """Eight takers that come every second-hundredth, each as it likes: within 1 % of the limit in a minute, and in the next one."""
    granted = [0, 0]
    step = timedelta(milliseconds=250)
    for tick in range(480):
        moment = START + tick * step
        outcomes = await together(take(store, 200, moment, per_minute) for _ in range(8 if tick % 40 == 0 else 1))
        # A fast pace needs takers that come again at once.
        while per_minute > 6000 and any(isinstance(one, Granted) and one.count for one in outcomes):
            granted[tick // 240] += sum(one.count for one in outcomes if isinstance(one, Granted))
            outcomes = [await take(store, 5000, moment, per_minute)]
        granted[tick // 240] += sum(one.count for one in outcomes if isinstance(one, Granted))
    for count in granted:
        assert abs(count - per_minute) <= max(1, per_minute // 100), granted


async def test_eight_at_once_take_it_once(store: Store) -> None:
    """Whoever comes at the same moment shares what there is."""
    outcomes = await together(take(store, 3) for _ in range(8))
    assert sum(one.count for one in outcomes if isinstance(one, Granted)) == 5, outcomes


async def test_what_was_not_sent_is_given_back(store: Store) -> None:
    """Of the minute and of the day, and never more than there was."""
    assert (await take(store, per_day=6)).count == 5
    async with store.transaction() as tx:
        await tx.paces.give_back("template", 4, START)
        await tx.paces.give_back("sms", 4, START)
    assert (await take(store, per_day=6)).count == 4
    async with store.transaction() as tx:
        await tx.paces.give_back("template", 500, START)
    assert (await take(store, per_day=6)).count == 5


async def test_a_days_quota_is_beijings(store: Store) -> None:
    """When it is used up nothing goes until midnight in Beijing, and it is said why; then it is whole again."""
    late = datetime(2024, 9, 12, 23, 59, tzinfo=SHANGHAI)
    midnight = datetime(2024, 9, 13, tzinfo=SHANGHAI)
    assert (await take(store, 100, late, 0, 150)).count == 100
    part = await take(store, 100, late, 0, 150)
    assert (part.count, part.again_at, part.stopped) == (50, midnight, "")
    none = await take(store, 100, late + 30 * SECOND, 0, 150)
    assert (none.count, none.again_at) == (0, midnight)
    assert "额度" in none.stopped
    assert (await take(store, 100, midnight, 0, 150)).count == 100


async def test_a_clock_set_back_stops_nobody(store: Store) -> None:
    """A day ahead by mistake, and back again: the pace goes on at once, and the quota of the day was not won twice."""
    tomorrow = START + timedelta(days=1)
    assert (await take(store, now=tomorrow, per_day=8)).count == 5
    assert (await take(store, 2, now=START, per_day=8)).count == 0
    assert (await take(store, now=START + SECOND, per_day=8)).count == 3
    assert (await take(store, now=START + MINUTE, per_day=8)).count == 0


async def test_a_halt_of_a_clock_that_was_fast_ends(store: Store) -> None:
    """Written thirty days ahead: none, not for the list either; and the next one counts although it ends earlier."""
    async with store.transaction() as tx:
        await tx.paces.halt("template", START + timedelta(days=30), "45009")
        assert await tx.paces.halted(START) == {}
        assert (await tx.paces.take("template", 0, 0, 7, START)).count == 7
        await tx.paces.halt("template", START + 2 * MINUTE, "again")
        assert await tx.paces.halted(START) == {"template": (START + 2 * MINUTE, "again")}
        assert (await tx.paces.take("template", 0, 0, 7, START)).count == 0


async def test_what_is_halted_waits(store: Store) -> None:
    """Until the later of two moments, with its reason; others go on; released at once."""
    async with store.transaction() as tx:
        await tx.paces.halt("template", START + 2 * MINUTE, "45009")
        await tx.paces.halt("template", START + MINUTE, "earlier")
        assert await tx.paces.halted(START) == {"template": (START + 2 * MINUTE, "45009")}
        assert await tx.paces.halted(START + 2 * MINUTE) == {}
        assert (await tx.paces.take("sms", 0, 0, 7, START)).count == 7
    assert await take(store) == Granted(0, START + 2 * MINUTE, "45009")
    assert (await take(store, now=START + 2 * MINUTE)).count == 5
    async with store.transaction() as tx:
        await tx.paces.halt("template", START + 9 * MINUTE, "45009")
        for _ in range(2):
            await tx.paces.release("template")
        assert await tx.paces.halted(START) == {}
    assert (await take(store, now=START + 3 * MINUTE)).count == 5
