"""The counters of campaigns, moved at the end of a transaction: its last statement, in order of key, so that nobody waits for a counter
longer than a commit takes, and no two wait for each other."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import bindparam, delete, select

from storage.ports.records import Channel, Tally
from storage.sql.tables import campaign_tally
from storage.sql.unit import Query, Unit, values

CERTIFIED = "certified"
"""The outcome that is no state of a row."""

_t = campaign_tally.c
_MOVE = Query(
    lambda insert: (put := insert(campaign_tally).values(values(campaign_tally))).on_conflict_do_update(
        index_elements=["campaign_id", "stage", "channel", "outcome"],
        set_={"count": _t["count"] + put.excluded["count"]},
    )
)
_OF = (
    select(_t.campaign_id, _t.stage, _t.channel, _t.outcome, _t["count"])
    .where(_t.campaign_id == bindparam("campaign_id"), _t["count"] > 0)
    .order_by(_t.stage, _t.channel, _t.outcome)
)
_DROP_CERTIFIED = delete(campaign_tally).where(_t.campaign_id == bindparam("the_campaign"), _t.outcome == CERTIFIED)


class Tallies:
    """What one transaction has moved."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._moved: dict[tuple[int, str, str, str], int] = defaultdict(int)

    def move(self, campaign_id: int, stage: str, channel: str, before: str, after: str, count: int = 1) -> None:
        """So many rows came from one outcome to another; '' before: they are new."""
        if before != after:
            self._moved[campaign_id, stage, channel, after] += count
            if before:
                self._moved[campaign_id, stage, channel, before] -= count

    async def flush(self) -> None:
        """Write what has been moved. Idempotent."""
        if not self._moved:
            return
        moved, self._moved = self._moved, defaultdict(int)
        changes = [
            {"campaign_id": key[0], "stage": key[1], "channel": key[2], "outcome": key[3], "count": count}
            for key, count in sorted(moved.items())
            if count
        ]
        if changes:
            await self._unit.many(_MOVE, changes)

    async def of(self, campaign_id: int) -> tuple[Tally, ...]:
        """The counters of a campaign that are not 0, in order of stage, channel, outcome."""
        await self.flush()
        found = await self._unit.rows(_OF, {"campaign_id": campaign_id})
        return tuple(Tally(row[0], row[1], Channel(row[2]), row[3], row[4]) for row in found)

    async def certified(self, campaign_id: int, counts: dict[tuple[str, str], int]) -> None:
        """Replace the outcome `certified` of a campaign: how many by stage and channel."""
        await self.flush()
        await self._unit.change(_DROP_CERTIFIED, {"the_campaign": campaign_id})
        for (stage, channel), count in counts.items():
            self.move(campaign_id, stage, channel, "", CERTIFIED, count)
