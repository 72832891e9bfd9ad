"""The runner: retried with growing pauses, given up loudly, one worker at a time, and nothing lost with a killed one."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from handlers.jobs import GIVE_UP_AFTER, LEASE, JobFunction, RetryLater, Runner
from storage.ports.repositories import Store, Unavailable
from storage.sql import open_store
from storage.vault import Vault
from tests.clock import START, FakeClock
from tests.handlers.conftest import until

SECRET = b"19900000001 \xe5\xbc\xa0\xe5\xbb\xba\xe5\x9b\xbd"

pytestmark = pytest.mark.xdist_group("postgres")


async def _queue(store: Store, name: str = "work", payload: bytes = b"x", at: datetime = START, key: str | None = None) -> None:
    async with store.transaction() as tx:
        await tx.jobs.enqueue(name, payload, at, key)


async def _due(store: Store) -> datetime | None:
    async with store.reading() as tx:
        return await tx.jobs.next_due()


class Work:
    """A job function that does as it is told, and what it was given."""

    def __init__(self, *outcomes: BaseException | None) -> None:
        self.outcomes = list(outcomes)
        self.seen: list[bytes] = []

    async def __call__(self, payload: bytes) -> None:
        self.seen.append(payload)
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            raise outcome


def _runner(store: Store, clock: FakeClock, *work: JobFunction, wanted: asyncio.Event | None = None) -> Runner:
    return Runner(store, clock, dict(zip(("work", "other"), work, strict=False)), wanted)


def _lines(log: io.StringIO, event: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, log.getvalue().splitlines()) if line["event"] == event]


async def test_a_job_that_fails_comes_back_after_growing_pauses_until_it_is_given_up(
    store: Store, clock: FakeClock, log: io.StringIO
) -> None:
    """2, 4, 8 … at most 300 seconds, each up to half shorter; after 48 tries one line says so, and the job is gone. No line quotes the job."""
    work = Work(*(RuntimeError(SECRET.decode()) for _ in range(GIVE_UP_AFTER)))
    runner = _runner(store, clock, work)
    await _queue(store, payload=SECRET)
    for attempt in range(1, GIVE_UP_AFTER + 1):
        assert await runner.once() == 1
        assert await runner.once() == 0  # not at once again
        due = await _due(store)
        if attempt == GIVE_UP_AFTER:
            break
        assert due is not None
        longest = min(300.0, 2.0**attempt)
        assert longest / 2 <= (due - clock.now()).total_seconds() <= longest
        assert _lines(log, "job given up") == []
        clock.set(due)
    assert due is None
    assert work.seen == [SECRET] * GIVE_UP_AFTER
    (line,) = _lines(log, "job given up")
    assert (line["job"], line["attempts"], line["reason"], line["level"]) == ("work", GIVE_UP_AFTER, "RuntimeError", "error")
    assert "张建国" not in log.getvalue()
    assert "19900000001" not in log.getvalue()


async def test_a_job_that_says_when_is_asked_again_then(store: Store, clock: FakeClock) -> None:
    """RetryLater(after) to the second, also for hours; without it the growing pause; then it is done."""
    work = Work(RetryLater("quota", timedelta(hours=14)), RetryLater("busy"), None)
    runner = _runner(store, clock, work)
    await _queue(store)
    assert await runner.drain() == 1
    assert await _due(store) == START + timedelta(hours=14)
    clock.advance(14 * 3600 - 1)
    assert await runner.drain() == 0
    clock.advance(1)
    assert await runner.drain() == 1
    again = await _due(store)
    assert again is not None
    assert timedelta(seconds=2) <= again - clock.now() <= timedelta(seconds=4)
    clock.set(again)
    assert await runner.drain() == 1
    assert await _due(store) is None
    assert len(work.seen) == 3


async def test_one_that_fails_takes_nobody_with_it(store: Store, clock: FakeClock) -> None:
    """In a batch of ten, three fail: seven are done, three come back."""
    failing = Work(*(ValueError() if n % 4 == 0 else None for n in range(10)))
    for n in range(10):
        await _queue(store, payload=b"%d" % n)
    runner = _runner(store, clock, failing)
    assert await runner.once() == 10
    clock.advance(4)
    assert await runner.drain() == 3
    assert sorted(failing.seen[10:]) == [b"0", b"4", b"8"]
    assert await _due(store) is None


async def test_what_a_killed_worker_held_comes_back_once(store: Store, clock: FakeClock) -> None:
    """The first worker dies with the job in hand: nobody gets it before its lease ends, then exactly one of two others, and it is done."""
    began = asyncio.Event()

    async def hang(_: bytes) -> None:
        began.set()
        await asyncio.Event().wait()

    await _queue(store)
    dying = asyncio.ensure_future(_runner(store, clock, hang).once())
    await began.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    work = Work()
    others = [_runner(store, clock, work) for _ in range(2)]
    clock.advance(LEASE.total_seconds() - 1)
    assert [await one.once() for one in others] == [0, 0]
    clock.advance(1)
    assert sorted(await asyncio.gather(*(one.once() for one in others))) == [0, 1]
    assert work.seen == [b"x"]
    clock.advance(LEASE.total_seconds())
    assert [await one.once() for one in others] == [0, 0]
    assert await _due(store) is None


async def test_two_workers_never_run_one_job_at_the_same_time(store: Store, clock: FakeClock) -> None:
    """Four runners over a hundred jobs, some of which fail the first time: never one twice at once, each done once."""
    running: set[bytes] = set()
    twice: list[bytes] = []
    failed: set[bytes] = set()
    done: list[bytes] = []

    async def work(payload: bytes) -> None:
        if payload in running:
            twice.append(payload)
        running.add(payload)
        for _ in range(3):
            await asyncio.sleep(0)
        running.discard(payload)
        if int(payload) % 5 == 0 and payload not in failed:
            failed.add(payload)
            raise RetryLater("once more", timedelta(seconds=1))
        done.append(payload)

    for n in range(100):
        await _queue(store, payload=b"%d" % n)
    runners = [_runner(store, clock, work) for _ in range(4)]
    for _ in range(2):
        await asyncio.gather(*(one.drain() for one in runners))
        await runners[0].drain()  # on PostgreSQL all may have looked while the last rows were taken
        clock.advance(1)
    assert twice == []
    assert sorted(done, key=int) == [b"%d" % n for n in range(100)]
    assert await _due(store) is None


async def test_two_processes_on_one_file_share_the_jobs(sqlite_url: str, vault: Vault, clock: FakeClock) -> None:
    """`serve` and `worker` beside each other on SQLite, each with its own connections: each job once."""
    done: list[bytes] = []

    async def work(payload: bytes) -> None:
        await asyncio.sleep(0)
        done.append(payload)

    stores = [open_store(sqlite_url, vault, clock) for _ in range(2)]
    for n in range(60):
        await _queue(stores[0], payload=b"%d" % n)
    ran = await asyncio.gather(*(_runner(one, clock, work).drain() for one in stores))
    assert sum(ran) == 60
    assert sorted(done, key=int) == [b"%d" % n for n in range(60)]
    for one in stores:
        await one.close()


async def test_a_runner_takes_only_what_it_knows(store: Store, clock: FakeClock) -> None:
    """Jobs of a name that this worker has no function for stay for another."""
    first, second = Work(), Work()
    await _queue(store, "other", b"for the second")
    assert await _runner(store, clock, first).drain() == 0
    assert await _runner(store, clock, first, second).drain() == 1
    assert second.seen == [b"for the second"]


@pytest.fixture
async def sqlite(sqlite_url: str, vault: Vault, clock: FakeClock) -> AsyncIterator[Store]:
    found = open_store(sqlite_url, vault, clock)
    yield found
    await found.close()


async def test_run_looks_again_twice_a_second_and_at_once_when_called(sqlite: Store, clock: FakeClock) -> None:
    """What another process has queued is found half a second later; what this one has queued, without any time passing; stop ends it."""
    work, wanted = Work(), asyncio.Event()
    runner = _runner(sqlite, clock, work, wanted=wanted)
    running = asyncio.ensure_future(runner.run())
    await until(lambda: clock.sleepers == 1)
    await _queue(sqlite, payload=b"elsewhere")
    clock.advance(0.49)
    await asyncio.sleep(0)
    assert work.seen == []
    clock.advance(0.01)
    await until(lambda: work.seen == [b"elsewhere"] and clock.sleepers == 1)
    await _queue(sqlite, payload=b"here")
    wanted.set()
    await until(lambda: work.seen == [b"elsewhere", b"here"])
    runner.stop()
    await asyncio.wait_for(running, 20)


async def test_stop_lets_the_batch_under_way_end_and_takes_no_other(sqlite: Store, clock: FakeClock) -> None:
    """What has begun is finished and done; what is still waiting stays for the next start."""
    began, go = asyncio.Event(), asyncio.Event()

    async def work(payload: bytes) -> None:
        began.set()
        await go.wait()
        if payload == b"first":
            await _queue(sqlite, payload=b"second")

    runner = _runner(sqlite, clock, work)
    await _queue(sqlite, payload=b"first")
    running = asyncio.ensure_future(runner.run())
    await began.wait()
    runner.stop()
    assert not running.done()
    go.set()
    await asyncio.wait_for(running, 20)
    left = Work()
    assert await _runner(sqlite, clock, left).drain() == 1
    assert left.seen == [b"second"]


class _Away:
    """A store that does not answer until it is told to."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.away = True
        self.asked = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        self.asked += 1
        if self.away:
            raise Unavailable("away")
        async with self._store.transaction() as tx:
            yield tx


async def test_a_database_that_is_away_is_waited_for(sqlite: Store, clock: FakeClock, log: io.StringIO) -> None:
    """F3: a line in the log for each look, no end of the worker, and the backlog is done when it is back."""
    store: Any = _Away(sqlite)
    work = Work()
    await _queue(sqlite)
    runner = _runner(store, clock, work)
    running = asyncio.ensure_future(runner.run())
    for look in range(1, 6):
        await until(lambda look=look: store.asked == look and clock.sleepers == 1)  # type: ignore[misc]
        clock.advance(0.5)
    store.away = False
    clock.advance(0.5)
    await until(lambda: work.seen == [b"x"])
    runner.stop()
    clock.advance(0.5)
    await asyncio.wait_for(running, 20)
    assert len(_lines(log, "jobs are waiting for the database")) >= 5
    assert await _due(sqlite) is None


async def test_a_job_whose_end_could_not_be_written_runs_again(sqlite: Store, clock: FakeClock) -> None:
    """The work was done and the database went away before it could say so: the lease brings it back; that is why every job may be repeated."""
    store: Any = _Away(sqlite)
    store.away = False

    async def work(_: bytes) -> None:
        store.away = True
        seen.append(clock.now())

    seen: list[datetime] = []
    await _queue(sqlite)
    runner = _runner(store, clock, work)
    with pytest.raises(Unavailable):
        await runner.once()
    store.away = False
    assert await runner.once() == 0
    clock.advance(LEASE.total_seconds())
    with pytest.raises(Unavailable):
        await runner.once()
    assert seen == [START, START + LEASE]


async def test_a_slow_job_makes_nobody_wait(sqlite: Store, clock: FakeClock) -> None:
    """One of twenty hangs: the forty behind it are done meanwhile, and its lease is renewed for as long as it takes."""
    go, done = asyncio.Event(), list[bytes]()

    async def work(payload: bytes) -> None:
        if payload == b"slow":
            await go.wait()
        done.append(payload)

    await _queue(sqlite, payload=b"slow")
    for n in range(60):
        await _queue(sqlite, payload=b"%d" % n)
    runner = _runner(sqlite, clock, work)
    running = asyncio.ensure_future(runner.run())
    await until(lambda: len(done) == 60)
    other = Work()
    for _ in range(20):  # ten minutes, five leases
        looks = clock.now()
        await until(lambda: clock.sleepers == 1)
        clock.advance(LEASE.total_seconds() / 4)
        await until(lambda: clock.sleepers == 1)
        due = await _due(sqlite)
        while due is None or due <= looks + LEASE:
            await asyncio.sleep(0)
            due = await _due(sqlite)
        assert await _runner(sqlite, clock, other).once() == 0
    go.set()
    await until(lambda: done[-1:] == [b"slow"])
    runner.stop()
    await asyncio.wait_for(running, 20)
    assert other.seen == []
    assert await _due(sqlite) is None
