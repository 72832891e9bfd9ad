"""The sender: takes due rows of the ledger, judges them, sends them, and writes down what became of them (targets.md F1, F7, F8, F11).

A row is claimed (`sending`, committed) before its call and settled after it, always under the same client_msg_id: a killed worker repeats
a call that the platform knows, never a notice. Channels go side by side, each with its own pace over all workers, its own places, and its
own rest when the other side is away. Storage that is away is waited for, with what is still to be settled kept.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

import structlog

from handlers.reminders.channels import Doubt, Halted, Later, Letter, Outcome, Refused, Sending, Taken
from handlers.reminders.kinds import KINDS
from handlers.reminders.ladder import earlier
from handlers.reminders.lanes import Lane
from handlers.reminders.outcomes import Case, back, moved, of_decision, of_look, of_outcome, shut_out, untried
from handlers.reminders.rates import Rates
from handlers.reminders.results import Results
from handlers.reminders.rules import Decision, Drop, Look, Send, decide
from handlers.reminders.running import STANDS_STILL, Running
from handlers.reminders.urgency import first_rank, steps
from handlers.reminders.words import words_of
from handlers.services import Services
from storage.ports.records import Campaign, Channel, Facts, Notice, NoticeState, Preferences, Settled
from storage.ports.repositories import StorageError, Store
from storage.ports.time import Clock

__all__ = ["LEASE", "Rates", "Sender"]

LEASE: Final = timedelta(minutes=2)
"""How long a claimed row is its worker's. Longer than a call and than storage is usually away, much shorter than the ten minutes in which
the platform knows an id."""
CALL: Final = 30.0
"""Seconds after which a call is given up and in doubt."""
_HOUSEKEEPING: Final = 60.0
_TOGETHER: Final = 0.1
"""Seconds for which results are collected before they are written together."""
_CHANNELS: Final = (Channel.CHAT, Channel.TEMPLATE, Channel.SUBSCRIBE, Channel.SMS, Channel.RELATIVE)
_NOBODY: Final = Facts(None, None, (), Preferences(), False, ())
_ROWS: Final = 200

Counted = Callable[[str, str], None]
T = TypeVar("T")

log = structlog.get_logger(__name__)


class Sender:
    """One worker's loop over the ledger."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        services: Services,
        sendings: Mapping[Channel, Sending],
        rates: Rates,
        wanted: asyncio.Event | None = None,
        *,
        counted: Counted = lambda channel, outcome: None,
        idle_seconds: float = 0.5,
    ) -> None:
        """`wanted` is set by whoever has added rows in this process. A channel without a `Sending` hands its rows to the next rung.
        `counted` is told (channel, state) of every row that was settled, and (channel, halted)."""
        self._store = store
        self._clock = clock
        self._services = services
        self._sendings = sendings
        self._wanted = wanted or asyncio.Event()
        self._counted = counted
        self._idle = idle_seconds
        self._lanes = {channel: Lane(channel, rates, clock) for channel in _CHANNELS}
        self._running = Running(store, clock)
        self._due_until = 0.0
        self._due = False
        self._next_housekeeping = 0.0
        self._results = Results(store, clock)
        self._busy: set[str] = set()
        """Chats that something is on its way to: what follows waits."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False

    # ── running ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Until `stop`; then what is on its way is finished and written down."""
        writer = asyncio.create_task(self._writing())
        others = [asyncio.create_task(self._watching()), asyncio.create_task(self._keeping_house())]
        try:
            await asyncio.gather(*(self._going(lane) for lane in self._lanes.values()))
            while self._tasks:
                await asyncio.gather(*self._tasks)
        finally:
            for task in (*others, *self._tasks):  # a call that is cut off is in doubt: its lease brings it back
                task.cancel()
            await asyncio.gather(*others, *self._tasks, return_exceptions=True)
            self._stopping = True
            self._results.ready.set()
            await writer

    def stop(self) -> None:
        """Claim no more."""
        self._stopping = True
        self.wake()

    def wake(self) -> None:
        """Rows have been added in this process: look now."""
        self._running.again()
        self._due_until = 0.0
        for lane in self._lanes.values():
            lane.idle = 0.0
            lane.woken.set()

    async def drain(self, at_most: int = 10_000) -> int:
        """Until nothing is due any more that may go now; returns how many rows were worked on. For tests and the command line."""
        total = 0
        while total < at_most and (worked := await self.once()):
            total += worked
        return total

    async def once(self) -> int:
        """One batch of each channel, to its end; returns how many rows were worked on."""
        self._running.again()
        await self._house()
        worked = 0
        for lane in self._lanes.values():
            rows = await self._claim(lane)
            worked += len(rows)
            await self._work(lane, rows)
            await self._write()
        return worked

    async def _going(self, lane: Lane) -> None:
        """The loop of one channel."""
        while not self._stopping:
            found = 0
            if await self._patient(self._anything_due(), otherwise=False) and lane.room:
                rows = await self._patient(self._claim(lane), otherwise=())
                if found := len(rows):
                    self._start(self._guarded(lane, rows))
                if found or not lane.in_hand:
                    lane.found(found, self._idle)
            if not found:
                await self._rest(lane)

    async def _rest(self, lane: Lane) -> None:
        """Until a place is free, somebody in this process has added rows, or it is time to look for what others have added."""
        seconds = max(self._idle if not lane.idle else lane.idle, 0.01)
        if lane.in_hand and not lane.closed:
            seconds = min(seconds, 0.05)  # places become free, pace goes on
        waits = {asyncio.ensure_future(self._clock.sleep(seconds)), asyncio.ensure_future(lane.woken.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
        lane.woken.clear()

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, lane: Lane, rows: Sequence[Notice]) -> None:
        """A batch that nobody foresaw is given up, and comes back when its lease ends."""
        try:
            await self._work(lane, rows)
        except Exception as error:
            log.exception("notices failed", channel=lane.channel.value, count=len(rows), error=type(error).__name__)
            self._results.lost(lane, rows)

    async def _patient(self, work: Awaitable[T], *, otherwise: T) -> T:
        """Storage that is away is waited for, not an error. What nobody foresaw is said, and tried again like it: the other channels, and
        the jobs beside them, go on."""
        try:
            return await work
        except StorageError:
            log.warning("notices are waiting for the database")
        except Exception as error:
            log.exception("notices failed", error=type(error).__name__)
        await self._clock.sleep(self._idle)
        return otherwise

    async def _watching(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            self.wake()

    async def _keeping_house(self) -> None:
        while True:
            await self._patient(self._house(), otherwise=None)
            await self._clock.sleep(_HOUSEKEEPING / 2)

    async def _house(self) -> None:
        """Once a minute: rows that a clock that was set back would keep for ever; campaigns that are over."""
        if self._clock.monotonic() < self._next_housekeeping:
            return
        self._next_housekeeping = self._clock.monotonic() + _HOUSEKEEPING / 2
        now = self._clock.now()
        async with self._store.transaction() as tx:
            if stuck := await tx.notices.unstick(now, LEASE):
                log.warning("notices were stuck: the clock has been set back", count=stuck)
        await self._running.clear_up()

    # ── claiming ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _anything_due(self) -> bool:
        """One question for all channels, a few times a second."""
        if self._clock.monotonic() >= self._due_until:
            self._due_until = self._clock.monotonic() + self._idle * 0.8
            async with self._store.reading() as tx:
                due = await tx.notices.next_due()
            self._due = due is not None and due <= self._clock.now()
        return self._due

    async def _claim(self, lane: Lane) -> tuple[Notice, ...]:
        """Due rows of the channel, as many as its pace and its places allow, the urgent first. Campaigns with a pace of their own are asked
        one by one."""
        found = await self._running.look()
        running = [one for one in found if one.state not in STANDS_STILL]
        claimed: list[Notice] = []
        try:
            still = tuple(one.id for one in found if one.state in STANDS_STILL)
            if still and (room := lane.room):
                claimed += await self._claim_of(lane, still, None, room, begun=True)
            groups: list[tuple[tuple[int, ...], Campaign | None]] = []
            if free := tuple(one.id for one in running if not (one.per_minute or one.per_day)):
                groups.append((free, None))
            groups += [((one.id,), one) for one in running if one.per_minute or one.per_day]
            other = self._lanes.get(lane.shares_with) if lane.shares_with is not None else None
            first = await first_rank(self._store, self._clock, lane, other, free)
            for upto in await steps(self._store, self._clock, lane, [ids for ids, _ in groups], first):
                before = len(claimed)
                for ids, paced in groups:
                    if room := lane.room:
                        claimed += await self._claim_of(lane, ids, paced, room, upto=upto)
                if len(claimed) > before or not lane.room:
                    break  # what is less urgent comes with the next look
        except StorageError:
            if not claimed:
                raise  # else: what is claimed is sent; the rest when storage is back
        return tuple(claimed)

    async def _claim_of(
        self,
        lane: Lane,
        ids: tuple[int, ...],
        paced: Campaign | None,
        want: int,
        *,
        begun: bool = False,
        upto: int | None = None,
    ) -> list[Notice]:
        now = self._clock.now()
        async with self._store.transaction() as tx:
            if paced is not None:
                own = await tx.paces.take(_own_pace(paced), paced.per_minute, paced.per_day, want, now)
                want = own.count
            count = 0
            if want:
                granted = await tx.paces.take(lane.pace, lane.per_minute, lane.per_day, want, now)
                lane.allowed(granted, now)
                count = granted.count
            if paced is not None and want > count:
                await tx.paces.give_back(_own_pace(paced), want - count, now)
        if not count:
            await self._climb(lane, ids, now)
            return []
        async with self._store.transaction() as tx:
            rows = await tx.notices.claim(lane.channel, ids, now, LEASE, count, begun=begun, upto=upto)
        return await self._taken(lane, rows, paced, count)

    async def _climb(self, lane: Lane, ids: Sequence[int], now: datetime) -> None:
        """The channel is shut for long. Once a minute the most urgent rows are looked at: what would be too late when it goes on takes the
        next rung now, where there is one; the others wait until then."""
        if lane.shut_until is None or self._clock.monotonic() < lane.next_look:
            return
        lane.next_look = self._clock.monotonic() + _HOUSEKEEPING
        until = lane.shut_until
        async with self._store.transaction() as tx:
            rows = await tx.notices.claim(lane.channel, ids, now, LEASE, lane.rates.batch)
            facts = await tx.notices.facts(rows, now) if rows else {}
            settled = [shut_out(self._case(row, facts.get(row.id, _NOBODY)), until, now) for row in rows]
            await tx.notices.settle(settled, now)
        self._stir(settled)

    async def _taken(self, lane: Lane, rows: Sequence[Notice], paced: Campaign | None, count: int) -> list[Notice]:
        """Rows that were claimed are in this worker's hands; what was taken of the pace for more goes back."""
        mine = self._results.took(lane, rows)
        if len(mine) < count:
            await self._give_back(lane, {paced.id if paced is not None else 0: count - len(mine)})
        return mine

    async def _give_back(self, lane: Lane, counts: Mapping[int, int]) -> None:
        """What was taken of a pace and not sent, by campaign. Storage that goes away just now keeps it: less is sent, never more."""
        now = self._clock.now()
        with contextlib.suppress(StorageError):
            async with self._store.transaction() as tx:
                await tx.paces.give_back(lane.pace, sum(counts.values()), now)
                for number, count in counts.items():
                    campaign = self._running.get(number)
                    paced = campaign is not None and (campaign.per_minute or campaign.per_day)
                    if campaign is not None and paced and campaign.state not in STANDS_STILL:  # of theirs nothing was taken
                        await tx.paces.give_back(_own_pace(campaign), count, now)

    # ── working ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _work(self, lane: Lane, rows: Sequence[Notice]) -> None:
        """A claimed batch to its end. Never raises: what cannot be judged now goes back, or comes back when its lease ends."""
        if not rows:
            return
        now = self._clock.now()
        try:
            async with self._store.reading() as tx:
                facts = await tx.notices.facts(rows, now)
        except StorageError:
            for row in rows:
                self._results.note(lane, back(row, now, "no facts"))
            return
        lines: dict[str, list[tuple[Case, Send]]] = {}
        unsent: Counter[int] = Counter()
        for row in rows:
            case = self._case(row, facts.get(row.id, _NOBODY))
            decision = decide(row, case.facts, case.region, now, case.kind)
            if not isinstance(decision, Drop) and (ways := earlier(row, case.facts, case.ladder, case.region, now)):
                settled = await self._anew(case, ways, now)
                if settled is not None:
                    unsent[row.campaign_id] += 1
                    self._results.note(lane, settled)
                    continue
            if isinstance(decision, Send):
                line = row.openid if row.channel is Channel.CHAT and row.openid else str(row.id)
                lines.setdefault(line, []).append((case, decision))
                continue
            unsent[row.campaign_id] += 1
            await self._judged(lane, case, decision, now)
        await asyncio.gather(*(self._line(lane, name, line, unsent) for name, line in lines.items()))
        if unsent:
            await self._give_back(lane, unsent)

    def _case(self, row: Notice, facts: Facts) -> Case:
        region = self._services.regions.get(row.region)
        kind = KINDS.get(row.kind) or KINDS["P-CASE"]
        return Case(row, facts, kind, region, self._running.get(row.campaign_id))

    async def _judged(self, lane: Lane, case: Case, decision: Decision, now: datetime) -> None:
        if isinstance(decision, Send):
            raise TypeError("what is sent is not judged here")
        if not isinstance(decision, Look):
            self._results.note(lane, of_decision(case, decision, now))
            return
        try:
            async with self._store.reading() as tx:
                rows = await tx.notices.of_person(case.notice.person_id, case.notice.kind, _ROWS)
        except StorageError:
            self._results.note(lane, back(case.notice, now, "no facts"))
            return
        self._results.note(lane, of_look(case, rows, now))

    async def _anew(self, case: Case, ways: Sequence[Channel], now: datetime) -> Settled | None:
        """The ladder judged anew: who has a chat since it was planned is told there. None: it was tried there already."""
        notice = case.notice
        try:
            async with self._store.reading() as tx:
                rows = await tx.notices.of_person(notice.person_id, notice.kind, _ROWS)
        except StorageError:
            return back(notice, now, "no facts")
        way = untried(notice, rows, ways)
        return None if way is None else moved(notice, way, now)

    async def _line(self, lane: Lane, name: str, line: Iterable[tuple[Case, Send]], unsent: Counter[int]) -> None:
        """What goes to one chat, in the order in which it was made; after one that could not be sent the others wait with it. What took
        nothing of the pace is counted in `unsent`."""
        waits = name in self._busy
        mine = not waits
        self._busy.add(name)
        try:
            for case, send in sorted(line, key=lambda one: one[0].notice.id):
                called = False
                if waits:
                    self._results.note(lane, back(case.notice, self._clock.now() + timedelta(seconds=1), "in line"))
                else:
                    called, waits = await self._send(lane, case, send)
                if not called:
                    unsent[case.notice.campaign_id] += 1
        finally:
            if mine:
                self._busy.discard(name)

    async def _send(self, lane: Lane, case: Case, send: Send) -> tuple[bool, bool]:
        """One row; returns whether a call was made, and whether what follows in its chat has to wait."""
        notice = case.notice
        async with lane.places:
            now = self._clock.now()
            if lane.closed and not lane.given_up:
                self._results.note(
                    lane, back(notice, now + timedelta(seconds=max(1.0, lane.closed_until - self._clock.monotonic())), "away")
                )
                return False, True
            sending = self._sendings.get(lane.channel) or (
                self._sendings.get(Channel.TEMPLATE) if lane.channel is Channel.RELATIVE else None
            )
            if sending is None:
                self._results.note(lane, of_outcome(case, Refused("channel not set up"), "", now, now))
                return False, False
            outcome = await self._call(lane, sending, self._letter(case, send, now))
        now = self._clock.now()
        openid = send.user.openid if send.user is not None else ""
        self._results.note(lane, of_outcome(case, outcome, openid, notice.began_at or now, now, given_up=lane.given_up))
        if isinstance(outcome, Halted):
            await self._halt(lane, outcome)
        return not isinstance(outcome, Halted), not isinstance(outcome, Taken | Refused)

    def _letter(self, case: Case, send: Send, now: datetime) -> Letter:
        notice = case.notice
        words = words_of(notice.kind, notice, case.facts, case.region, now, case.campaign, send.grant)
        return Letter(notice, words, self._services.digest(f"notice|{notice.id}", "notice")[:32], send.user, send.phone)

    async def _call(self, lane: Lane, sending: Sending, letter: Letter) -> Outcome:
        """The call, bounded; what nobody foresaw is in doubt."""
        outcome: Outcome
        again = lane.channel is not Channel.SMS and lane.channel is not Channel.SUBSCRIBE
        try:
            async with asyncio.timeout(CALL):
                outcome = await sending.send(letter)
        except TimeoutError:
            outcome = Doubt("no answer", again)
        except Exception as error:
            log.exception("sending failed", channel=lane.channel.value, error=type(error).__name__)
            outcome = Doubt(type(error).__name__, again)
        match outcome:
            case Taken() | Refused():
                lane.worked()
            case Doubt():
                lane.trouble()
            case Later(after=None):
                lane.trouble()
        return outcome

    async def _halt(self, lane: Lane, halted: Halted) -> None:
        """The quota is used up, or the channel must rest: for every worker, until then."""
        log.error("channel halted", channel=lane.pace, until=halted.until.isoformat(), why=halted.why)
        self._counted(lane.pace, "halted")
        lane.closed_until = self._clock.monotonic() + 1.0  # what is claimed already goes back without a call
        with contextlib.suppress(StorageError):
            async with self._store.transaction() as tx:
                await tx.paces.halt(lane.pace, halted.until, halted.why)

    # ── writing down ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _writing(self) -> None:
        """Write results together, as they come, until the sender has stopped and nothing is left. What storage does not take is kept."""
        while True:
            await self._results.ready.wait()
            self._results.ready.clear()
            ended = self._stopping and not self._tasks
            if not ended:
                await self._clock.sleep(_TOGETHER)
            while self._results:
                if not await self._patient(self._write(), otherwise=False) and self._stopping and not self._tasks:
                    return  # leases bring back what could not be written
            if self._stopping and not self._tasks and not self._results:
                return

    async def _write(self) -> bool:
        """Write down what has come so far; True when all of it is stored. Raises StorageError with everything kept."""
        written = await self._results.write()
        for lane, one in written:
            self._counted(lane.channel.value, one.state.value)
        self._stir(one for _, one in written)
        return True

    def _stir(self, settled: Iterable[Settled]) -> None:
        """Next rungs are looked for at once."""
        for one in settled:
            ways = [rung.channel for rung in one.rungs if rung.state is NoticeState.PLANNED]
            for channel in [*ways, one.moved_to] if one.moved_to is not None else ways:
                if (lane := self._lanes.get(channel)) is not None:
                    self._due_until = 0.0
                    lane.idle = 0.0
                    lane.woken.set()


def _own_pace(campaign: Campaign) -> str:
    return f"campaign:{campaign.id}"
