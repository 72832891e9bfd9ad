"""Leased jobs."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy import make_url

from storage.ports.records import Job
from storage.ports.repositories import Store
from storage.sql import open_store
from storage.vault import Vault
from tests import nursery
from tests.clock import START, FakeClock
from tests.contracts.makers import MINUTE, together


async def test_a_job_is_claimed_when_it_is_due(store: Store) -> None:
    """Not before its time; with payload, first attempt counted, earliest first, as many as asked for."""
    async with store.transaction() as found:
        assert await found.jobs.next_due() is None
        for minutes in (3, 1, 2):
            assert await found.jobs.enqueue("push", b"%d" % minutes, START + minutes * MINUTE)
        assert await found.jobs.next_due() == START + MINUTE
    async with store.transaction() as found:
        assert await found.jobs.claim(START, MINUTE, 10) == ()
        jobs = await found.jobs.claim(START + 3 * MINUTE, MINUTE, 2)
    assert [(job.name, job.payload, job.run_at, job.attempts) for job in jobs] == [
        ("push", b"1", START + MINUTE, 1),
        ("push", b"2", START + 2 * MINUTE, 1),
    ]


async def test_only_the_named_jobs_are_claimed(store: Store) -> None:
    """A worker takes what it knows and leaves the rest."""
    async with store.transaction() as found:
        for name in ("push", "plan", "purge"):
            await found.jobs.enqueue(name, b"", START)
    async with store.transaction() as found:
        assert {job.name for job in await found.jobs.claim(START, MINUTE, 10, ["plan", "purge"])} == {"plan", "purge"}
        assert await found.jobs.claim(START, MINUTE, 10, ["plan"]) == ()
        assert [job.name for job in await found.jobs.claim(START, MINUTE, 10)] == ["push"]


async def test_a_job_of_a_dead_worker_comes_back(store: Store) -> None:
    """While the lease runs nobody else gets it; afterwards it is claimed again, as the second attempt."""
    async with store.transaction() as found:
        await found.jobs.enqueue("push", b"x", START)
    async with store.transaction() as found:
        (job,) = await found.jobs.claim(START, MINUTE, 10)
    async with store.transaction() as found:
        assert await found.jobs.claim(START + timedelta(seconds=59), MINUTE, 10) == ()
        assert await found.jobs.next_due() == START + MINUTE
        (again,) = await found.jobs.claim(START + MINUTE, MINUTE, 10)
    assert (again.id, again.attempts, again.run_at) == (job.id, 2, START)


async def test_two_workers_never_hold_the_same_job(store: Store) -> None:
    """Eight workers over a hundred jobs: each job once, none left."""
    async with store.transaction() as found:
        for number in range(100):
            await found.jobs.enqueue("push", b"%d" % number, START)

    async def work() -> list[int]:
        mine: list[int] = []
        while True:
            async with store.transaction() as claiming:
                jobs: tuple[Job, ...] = await claiming.jobs.claim(START, MINUTE, 7)
            if not jobs:
                return mine
            mine += [job.id for job in jobs]

    outcomes = await together(work() for _ in range(8))
    held = [job_id for mine in outcomes if isinstance(mine, list) for job_id in mine]
    # On PostgreSQL a worker may see only rows that others are just taking, and stop early: somebody has taken those.
    assert len(held) == len(set(held)) == 100, outcomes


async def test_a_job_done_or_dropped_is_gone(store: Store) -> None:
    """done by id, drop by key, also while it is leased; both may be repeated."""
    async with store.transaction() as found:
        await found.jobs.enqueue("push", b"", START)
        await found.jobs.enqueue("push", b"", START, "key")
        (first, second) = await found.jobs.claim(START, MINUTE, 10)
        for _ in range(2):
            await found.jobs.done(first.id)
            await found.jobs.drop("key")
        assert second.dedupe_key == "key"
        assert await found.jobs.next_due() is None


async def test_a_key_is_enqueued_once_until_done(store: Store) -> None:
    """A second job with the key is not stored, not even at the same moment; after done the key is free again."""

    async def enqueue() -> bool:
        async with store.transaction() as work:
            return await work.jobs.enqueue("plan", b"", START, "plan:2024-09-12")

    outcomes = await together(enqueue() for _ in range(5))
    assert outcomes.count(True) == 1
    assert outcomes.count(False) == 4
    async with store.transaction() as found:
        (job,) = await found.jobs.claim(START, MINUTE, 10)
        await found.jobs.done(job.id)
        assert await found.jobs.enqueue("plan", b"", START + MINUTE, "plan:2024-09-12") is True


async def test_a_job_can_be_put_back_for_later(store: Store) -> None:
    """retry sets the new time and keeps the count."""
    async with store.transaction() as found:
        await found.jobs.enqueue("push", b"", START)
        (job,) = await found.jobs.claim(START, MINUTE, 10)
        await found.jobs.retry(job.id, START + 5 * MINUTE)
        assert await found.jobs.claim(START + 4 * MINUTE, MINUTE, 10) == ()
        (again,) = await found.jobs.claim(START + 5 * MINUTE, MINUTE, 10)
        assert (again.attempts, again.run_at) == (2, START + 5 * MINUTE)


async def test_a_job_is_enqueued_with_its_transaction(store: Store) -> None:
    """If the business write fails there is no job."""
    try:
        async with store.transaction() as found:
            await found.jobs.enqueue("push", b"", START)
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    async with store.reading() as found:
        assert await found.jobs.next_due() is None


async def test_whoever_still_works_keeps_its_jobs(store: Store) -> None:
    """renew moves the end of the lease; a job that is done, put back or taken by another is left alone."""
    async with store.transaction() as found:
        for number in range(4):
            await found.jobs.enqueue("push", b"%d" % number, START)
        mine = await found.jobs.claim(START, MINUTE, 10)
    kept, ended, back, lost = mine
    async with store.transaction() as found:
        await found.jobs.renew((kept, ended, back), START + timedelta(seconds=50), MINUTE)
        (others,) = await found.jobs.claim(START + MINUTE, 10 * MINUTE, 10)
        assert (others.id, others.attempts) == (lost.id, 2)
        await found.jobs.done(ended.id)
        await found.jobs.retry(back.id, START + timedelta(seconds=90))
    async with store.transaction() as found:
        await found.jobs.renew(mine, START + timedelta(seconds=80), 5 * MINUTE)
        await found.jobs.renew((), START, MINUTE)
        assert await found.jobs.next_due() == START + timedelta(seconds=90)
        assert [job.id for job in await found.jobs.claim(START + 2 * MINUTE, 5 * MINUTE, 10)] == [back.id]
        taken = await found.jobs.claim(START + 20 * MINUTE, MINUTE, 10)
        assert {job.id: job.attempts for job in taken} == {kept.id: 2, lost.id: 3, back.id: 3}


async def test_the_second_of_a_key_is_told_even_beside_its_own_transaction(store: Store) -> None:
    """In one transaction with other writes: one True, one False, and after a rollback the key is free."""
    try:
        async with store.transaction() as found:
            assert await found.jobs.enqueue("plan", b"", START, "key") is True
            assert await found.jobs.enqueue("plan", b"", START, "key") is False
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    async with store.transaction() as found:
        assert await found.jobs.enqueue("plan", b"", START, "key") is True
        (job,) = await found.jobs.claim(START, MINUTE, 10)
        assert await found.jobs.enqueue("plan", b"", START, "key") is False  # a held one is waiting still
        await found.jobs.done(job.id)
        assert await found.jobs.enqueue("plan", b"", START, "key") is True


async def test_what_is_left_is_there_with_the_commit(store: Store) -> None:
    """`leave` stores a job as `enqueue` does, once for a key, in the order in which they were left, and with its transaction alone."""
    try:
        async with store.transaction() as found:
            await found.jobs.leave("push", b"never", START)
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass

    async def leave() -> None:
        async with store.transaction() as work:
            await work.jobs.leave("push", b"first", START)
            await work.jobs.leave("plan", b"second", START, "key")

    await leave()
    await together(leave() for _ in range(3))
    async with store.transaction() as found:
        taken = await found.jobs.claim(START, MINUTE, 10)
        assert [job.payload for job in taken] == [b"first", b"second", b"first", b"first", b"first"]
        assert await found.jobs.enqueue("plan", b"", START, "key") is False


async def test_a_microsecond_before_its_time_nobody_gets_it(store: Store) -> None:
    """Due at the moment itself and not before, also months ahead and for what was put back."""
    far, tick = START + timedelta(days=200), timedelta(microseconds=1)
    async with store.transaction() as found:
        await found.jobs.enqueue("push", b"", far)
        assert await found.jobs.claim(far - tick, MINUTE, 1) == ()
        (job,) = await found.jobs.claim(far, MINUTE, 1)
        assert job.run_at == far
        assert await found.jobs.claim(far + MINUTE - tick, MINUTE, 1) == ()
        (again,) = await found.jobs.claim(far + MINUTE, MINUTE, 1)
        await found.jobs.retry(again.id, far + 3 * MINUTE)
        assert await found.jobs.next_due() == far + 3 * MINUTE
        assert await found.jobs.claim(far + 3 * MINUTE - tick, MINUTE, 1) == ()
        assert [(one.run_at, one.attempts) for one in await found.jobs.claim(far + 3 * MINUTE, MINUTE, 1)] == [
            (far + 3 * MINUTE, 3)
        ]


async def test_reading_cannot_take_or_queue(store: Store) -> None:
    """reading() may look when the next is due, nothing else."""
    async with store.reading() as found:
        assert await found.jobs.next_due() is None
        with pytest.raises(RuntimeError):
            await found.jobs.enqueue("push", b"", START)


@pytest.mark.xdist_group("children")
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
async def test_what_a_killed_process_held_comes_back_whole(
    request: pytest.FixtureRequest, database: str, vault: Vault, clock: FakeClock
) -> None:
    """SIGKILL of a process with thirty of forty jobs in hand, one done, and a transaction open: the ten others are there at once, its
    twenty-nine when the lease ends, each once; of the open transaction nothing is left."""
    url = request.getfixturevalue(f"{database}_url")
    store = open_store(url, vault, clock, patience=60)
    async with store.transaction() as found:
        for number in range(40):
            await found.jobs.enqueue("push", b"%d" % number, START)
    child = await nursery.start("tests.contracts.holder", url, stdout=True)
    assert child.stdout is not None
    assert await asyncio.wait_for(child.stdout.readline(), 60) == b"30\n"
    child.kill()
    await child.wait()
    async with store.transaction() as found:
        at_once = await found.jobs.claim(START, MINUTE, 100)
    async with store.transaction() as found:
        assert await found.jobs.claim(START + MINUTE - timedelta(seconds=1), 5 * MINUTE, 100) == ()
        later = await found.jobs.claim(START + MINUTE, MINUTE, 100)
    first = {job.payload for job in later if job.attempts == 2} - {job.payload for job in at_once}
    assert (len(at_once), len(first)) == (10, 29)
    assert len({job.payload for job in (*at_once, *later)}) == 39
    assert b"never committed" not in {job.payload for job in (*at_once, *later)}
    await store.close()


async def test_what_is_queued_is_sealed(postgres_url: str, vault: Vault, clock: FakeClock) -> None:
    """In PgQueuer's tables, as in ours, neither payload nor key can be read; its log has names and numbers only; the environment names no table."""
    store = open_store(postgres_url, vault, clock, patience=60)
    async with store.transaction() as found:
        await found.jobs.enqueue("push", b"19900000001", START, "key of 19900000001")
        (job,) = await found.jobs.claim(START, MINUTE, 1)
        await found.jobs.renew((job,), START, MINUTE)
    connection = await asyncpg.connect(make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False))
    rows = await connection.fetch("SELECT q::text FROM shebao_pgqueuer q UNION ALL SELECT l::text FROM shebao_pgqueuer_log l")
    await connection.close()
    assert len(rows) == 3  # the job; queued and picked
    assert not any("19900000001" in row[0] or b"19900000001".hex() in row[0] for row in rows)
    await store.close()
