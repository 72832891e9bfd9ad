"""Campaigns, the ledger of notices, and the pace at which they go out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from storage.ports.records import (
    Audience,
    Campaign,
    CampaignState,
    Channel,
    Facts,
    Granted,
    Notice,
    NoticeState,
    Plan,
    Planned,
    Rung,
    Sample,
    Settled,
    Tally,
    Unreached,
)


class Campaigns(Protocol):
    """What 运营 plans, and the standing campaigns, one for each kind (and region, where the region has its own rules)."""

    async def add(self, campaign: Campaign) -> Campaign:
        """Store; a standing one that exists under its `code` comes back as it is."""

    async def get(self, campaign_id: int) -> Campaign | None: ...

    async def by_code(self, code: str) -> Campaign | None: ...

    async def save(self, campaign: Campaign) -> Campaign:
        """Write over `campaign.version`; raises Conflict when somebody was faster. Comes back with the next version."""

    async def find(
        self, states: Sequence[CampaignState] = (), *, standing: bool | None = None, limit: int = 100
    ) -> tuple[Campaign, ...]:
        """Newest first; no states: any."""

    async def unsettled(self) -> tuple[Campaign, ...]:
        """Those that are not running (paused, stopped, done) and have rows that are looked at again by themselves."""

    async def tallies(self, campaign_id: int) -> tuple[Tally, ...]:
        """In order of stage, channel, outcome."""

    async def tally_certified(self, campaign_id: int, within_days: int) -> int:
        """Count anew who certified within so many days of a notice that was sent (or delivered), by stage and channel of the last one
        before it; kept as the outcome `certified`. Returns how many."""

    async def count(self, audience: Audience) -> int:
        """How many people it holds now."""

    async def sample(self, audience: Audience, limit: int = 5) -> tuple[Sample, ...]:
        """Some of them, the earliest due days first."""


class Notices(Protocol):
    """The ledger: each rung of each stage once, whatever is killed. Every change of a state moves the campaign's tallies with it."""

    async def add(self, notice: Notice) -> Notice | None:
        """Write one intention; None if it exists already."""

    async def plan(self, plan: Plan, after: str, limit: int) -> Planned:
        """Look at the next `limit` people of the audience, after the place `after` ('' from the beginning), and write what is not there
        yet. One statement in the database, whatever their number. Running it again plans nothing twice."""

    async def claim(
        self,
        channel: Channel,
        campaigns: Sequence[int],
        now: datetime,
        lease: timedelta,
        limit: int,
        *,
        begun: bool = False,
        upto: int | None = None,
    ) -> tuple[Notice, ...]:
        """Take due rows of that channel and those campaigns, what is begun first, then the most urgent rank, within it the longest due. They
        are `sending`, due again when the lease ends, with one more attempt, and have begun now if they had not. Two workers never hold the
        same one. What was `sent` and waits for its receipt stays `sent`, and is leased in the same way. The state that comes back is the one
        before. With `begun` nothing is taken that is still `planned`: of a campaign that stands still, what is under way is settled.
        With `upto` nothing is taken that is less urgent than that rank."""

    async def urgency(self, channel: Channel, campaigns: Sequence[int], now: datetime) -> Mapping[int, int]:
        """By campaign the most urgent rank that is due on that channel; without those that have nothing due. What is begun counts as 0."""

    async def next_due(self) -> datetime | None:
        """When the earliest row is due; None when none is."""

    async def open(self, campaign_id: int) -> bool:
        """Whether any row of the campaign is looked at again by itself."""

    async def facts(self, notices: Sequence[Notice], now: datetime) -> Mapping[int, Facts]:
        """By id of the notice; a handful of statements for the whole batch."""

    async def settle(self, settled: Sequence[Settled], now: datetime) -> int:
        """What became of claimed rows, and their next rungs; a rung that exists already is left alone. Returns how many rows were still
        held under that attempt: the others are somebody else's now, and nothing is done about them. A row that becomes `sent` takes a
        receipt that came before it was stored."""

    async def receipt(self, msg_id: str, openid: str, delivered: bool, note: str, at: datetime) -> bool:
        """The platform's receipt, found by its id; one with an id that nobody knows is kept for a day, since it may be faster than our own
        record. While nothing is under way to that chat, it settles the one doubtful row whose call was made within the day before it. What
        was refused is due at once, so that the next rung follows. True when a row moved. The first receipt counts."""

    async def sms_receipt(self, notice_id: int, delivered: bool, note: str, at: datetime) -> bool:
        """The provider's report about the short message of that row, as `receipt`."""

    async def get(self, notice_id: int) -> Notice | None: ...

    async def of_person(self, person_id: int, kind: str = "", limit: int = 50) -> tuple[Notice, ...]:
        """Newest first; every kind for ''."""

    async def of_chat(self, openid: str, limit: int = 50) -> tuple[Notice, ...]:
        """What was made for that chat or sent to it, newest first."""

    async def doubtful(self, campaign_id: int, after_id: int = 0, limit: int = 100) -> tuple[Notice, ...]:
        """What may or may not have been sent; 0: of every campaign. In order of id."""

    async def unreached(
        self, regions: Sequence[str], campaign_id: int = 0, after_id: int = 0, limit: int = 500, *, visited: bool = False
    ) -> tuple[Unreached, ...]:
        """The list for visits, in order of id: one line a person and cycle, over all stages (and, without `campaign_id`, campaigns). Who
        has certified or died since is left out, and who was visited in that cycle."""

    async def visit(self, notice_id: int, note: str, at: datetime) -> bool:
        """Take off the list, with what came of it: all lines of that person and cycle. False if it was not on it. Idempotent."""

    async def unlist(self, now: datetime, limit: int = 1000) -> int:
        """Drop from the list for visits up to `limit` who have certified or died since, so that the counters say what the list holds;
        returns how many. 0: none is left."""

    async def decide(self, notice_id: int, state: NoticeState, note: str, rungs: Sequence[Rung], at: datetime) -> bool:
        """Settle a row in doubt as somebody has decided, with the rungs that follow. False if it is not in doubt. Idempotent."""

    async def stop(self, campaign_id: int, now: datetime, limit: int) -> int:
        """Drop up to `limit` rows that are planned and not begun; returns how many. 0: none is left."""

    async def unstick(self, now: datetime, lease: timedelta) -> int:
        """Rows whose lease ends later than any lease can (the clock was set back) are due now; returns how many."""

    async def purge(self, before: datetime, limit: int = 10_000) -> int:
        """Delete rows that have not changed since and have nothing before them; returns how many."""

    async def purge_receipts(self, before: datetime, limit: int = 10_000) -> int:
        """Delete receipts that came earlier and fitted nothing; returns how many."""


class Paces(Protocol):
    """One clock for all workers: how fast something may be sent, how much of a day's quota is left, whether it is stopped."""

    async def take(self, name: str, per_minute: int, per_day: int, want: int, now: datetime) -> Granted:
        """Up to `want` may be sent now: evenly over the minute (never more than a second's worth at once), within the day's quota (of
        Beijing), and none while it is stopped. 0 means no limit of that kind. Atomic over all processes."""

    async def give_back(self, name: str, count: int, now: datetime) -> None:
        """What was taken and not sent."""

    async def halt(self, name: str, until: datetime, why: str) -> None:
        """Nothing of it until then (45009: until midnight). A later moment wins."""

    async def release(self, name: str) -> None:
        """Go on at once. Idempotent."""

    async def halted(self, now: datetime) -> Mapping[str, tuple[datetime, str]]:
        """What is stopped, until when and why."""
