"""In which order rows are claimed when a day's quota may be short: the urgent first, whichever campaign and whichever lane is theirs."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.reminders.lanes import Lane
from storage.ports.repositories import Store
from storage.ports.time import Clock


async def first_rank(store: Store, clock: Clock, lane: Lane, other: Lane | None, free: Sequence[int]) -> int | None:
    """The rank that waits in the lane with which this one shares a day's quota: nothing less urgent takes of it meanwhile. None: any.

    `free` are the campaigns without a pace of their own: what another may not send keeps nobody waiting. Raises StorageError.
    """
    if other is None or not lane.per_day or other.closed or other.rest or not free:
        return None
    async with store.reading() as tx:
        return min((await tx.notices.urgency(other.channel, free, clock.now())).values(), default=None)


async def steps(
    store: Store, clock: Clock, lane: Lane, groups: Sequence[Sequence[int]], first: int | None
) -> tuple[int | None, ...]:
    """How far down the ranks is gone, step by step, for campaigns in groups of one pace each. One step where all share one pace: there
    each claim goes by rank itself. Raises StorageError."""
    if len(groups) < 2:
        return (first,)
    asked = [number for ids in groups for number in ids]
    async with store.reading() as tx:
        ranks = sorted(set((await tx.notices.urgency(lane.channel, asked, clock.now())).values()))
    return (*(rank for rank in ranks if first is None or rank < first), first)
