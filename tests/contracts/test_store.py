"""Transactions: together or not at all, reads that do not wait, and backends that are away."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from storage.migrations import migrate
from storage.ports.repositories import Conflict, StorageError, Store, Unavailable
from storage.sql import SqlStore, open_store
from storage.vault import Vault
from tests import nursery
from tests.clock import START, FakeClock
from tests.contracts.ledger import a_notice
from tests.contracts.makers import (
    MINUTE,
    a_binding,
    a_card,
    a_case,
    a_code,
    a_document,
    a_person,
    a_session,
    a_ticket,
    a_user,
    an_entry,
    put_person,
    together,
)


async def test_what_fails_leaves_nothing(store: Store, clock: FakeClock) -> None:
    """Every kind of write in one transaction that raises: none of it is there."""
    with suppress(ZeroDivisionError):
        async with store.transaction() as work:
            ids = await work.people.put_many([a_person()])
            person_id = next(iter(ids.values()))
            await work.cards.put_many([a_card(person_id)])
            await work.cases.add(a_case(person_id))
            await work.documents.add(a_document())
            await work.users.save(a_user())
            await work.users.bind(a_binding())
            await work.codes.add(a_code())
            await work.limits.hit("sms", "138", 1, MINUTE, START)
            await work.tickets.add("token", a_ticket())
            await work.sessions.save(a_session())
            await work.answers.put("m1", "oUser", b"x", START)
            await work.parked.add("oUser", b"x", START)
            await work.jobs.enqueue("push", b"x", START)
            await work.notices.add(a_notice(person_id))
            await work.audit.write(an_entry(subject="s"))
            raise ZeroDivisionError
    async with store.transaction() as found:
        assert await found.people.count() == 0
        assert await found.cases.by_key(a_case().key) is None
        assert await found.documents.by_serial(a_document().serial_no) is None
        assert await found.users.get("oUser") is None
        assert await found.users.bindings("oUser") == ()
        assert await found.codes.get("code-1") is None
        assert (await found.limits.peek("sms", "138", 1, MINUTE, START)).used == 0
        assert await found.tickets.get("token", "p", clock.now()) is None
        assert await found.sessions.load("oUser", clock.now()) is None
        assert await found.answers.get("m1") is None
        assert await found.parked.take("oUser") == ()
        assert await found.jobs.next_due() is None
        assert await found.notices.of_person(1) == ()
        assert await found.audit.of_subject("s") == ()


async def test_a_cancelled_turn_leaves_nothing_and_hinders_nobody(store: Store) -> None:
    """A task that is cancelled in the middle of its transaction gives everything back."""
    reached = asyncio.Event()

    async def turn() -> None:
        async with store.transaction() as work:
            await work.users.save(a_user())
            assert await work.users.get("oUser") is not None
            reached.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(turn())
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with store.transaction() as found:
        assert await found.users.get("oUser") is None
        await found.users.save(a_user())
    async with store.reading() as found:
        assert await found.users.get("oUser") == a_user()


async def test_who_is_cancelled_while_waiting_for_another_leaks_nothing(store: Store) -> None:
    """Thirty turns that wait for one writer and are all cancelled: connections and the writer are free afterwards."""
    async with store.transaction() as found:
        await found.codes.add(a_code())

    async def turn(begun: asyncio.Event) -> None:
        async with store.transaction() as work:
            begun.set()
            await work.codes.attempt("code-1")

    for _ in range(3):
        async with store.transaction() as work:
            await work.codes.attempt("code-1")
            begun = [asyncio.Event() for _ in range(10)]
            tasks = [asyncio.create_task(turn(event)) for event in begun]
            await asyncio.gather(*(event.wait() for event in begun))
            async with store.reading() as other:  # by now they stand in line
                assert await other.codes.get("code-1") is not None
            for task in tasks:
                task.cancel()
            assert all(isinstance(outcome, asyncio.CancelledError) for outcome in await together(tasks))
    async with asyncio.timeout(10), store.transaction() as work:
        assert await work.codes.attempt("code-1") == 4


@pytest.mark.xdist_group("children")
async def test_a_killed_process_leaves_what_it_committed(sqlite_url: str, vault: Vault, clock: FakeClock) -> None:
    """kill -9 between a write and its commit: the committed session is there, the write is not, and nothing is locked."""
    process = await nursery.start("tests.contracts.halfway", sqlite_url, stdout=True)
    assert process.stdout is not None
    assert (await process.stdout.readline()).strip() == b"written"
    process.kill()
    await process.wait()
    store = open_store(sqlite_url, vault, clock)
    async with store.transaction() as work:
        assert await work.users.get("oUser") is None
        assert await work.sessions.load("oUser", clock.now()) == a_session()
        await work.sessions.save(a_session(version=2))
    await store.close()


async def test_a_transaction_sees_its_own_writes_and_others_do_not(store: Store) -> None:
    """Until the commit; a reader is not held up by a writer."""
    async with store.transaction() as work:
        await work.users.save(a_user())
        await work.jobs.enqueue("push", b"", START)
        assert await work.users.get("oUser") == a_user()
        async with store.reading() as other:
            assert await other.users.get("oUser") is None
            assert await other.jobs.next_due() is None
    async with store.reading() as other:
        assert await other.users.get("oUser") == a_user()


async def test_reading_refuses_to_write(store: Store) -> None:
    """Each kind of write raises, those that wait for the commit and those to Redis too."""
    async with store.reading() as found:
        for write in (
            found.users.save(a_user()),
            found.users.bind(a_binding()),
            found.users.forget("oUser"),
            found.people.put_many([a_person()]),
            found.sessions.save(a_session()),
            found.sessions.delete("oUser"),
            found.answers.put("m1", "oUser", b"x", START),
            found.audit.write(an_entry()),
            found.jobs.enqueue("push", b"", START),
            found.limits.hit("sms", "138", 1, MINUTE, START),
        ):
            with pytest.raises(RuntimeError, match="reading"):
                await write
    async with store.reading() as found:
        assert await found.users.get("oUser") is None


async def test_writers_take_turns_and_none_is_lost(store: Store) -> None:
    """Forty read-then-write transactions at once on one counter of a code: forty counted."""
    async with store.transaction() as found:
        await found.codes.add(a_code())

    async def turn(number: int) -> None:
        async with store.transaction() as work:
            assert await work.users.get("nobody") is None
            await work.codes.attempt("code-1")
            await work.users.save(a_user(f"o{number}"))

    assert await together(turn(number) for number in range(40)) == [None] * 40
    async with store.reading() as found:
        request = await found.codes.get("code-1")
        assert request is not None
        assert request.attempts == 40
        assert await found.users.get("o39") is not None


async def test_two_processes_share_a_file(sqlite_url: str, vault: Vault, clock: FakeClock) -> None:
    """Two writers on one SQLite file wait for each other: read-then-write transactions lose nothing and none is refused."""
    stores = [open_store(sqlite_url, vault, clock, patience=60) for _ in range(2)]
    async with stores[0].transaction() as work:
        for number in range(60):
            await work.audit.write(an_entry(number))

    async def turn(store: SqlStore) -> int:
        async with store.transaction() as work:
            return await work.audit.link(1)  # looks for the end of the chain, then adds to it

    outcomes = await together(turn(stores[n % 2]) for n in range(60))
    assert outcomes == [1] * 60
    async with stores[0].reading() as found:
        report = await found.audit.verify()
    assert (report.linked, report.broken_at) == (60, None)
    for store in stores:
        await store.close()


async def test_what_has_failed_cannot_be_committed(store: Store) -> None:
    """An error of the database that is swallowed inside a transaction still undoes all of it."""

    async def turn(go_on: bool) -> None:
        async with store.transaction() as work:
            await work.users.save(a_user())
            with pytest.raises(StorageError):
                await work.cards.put_many([a_card(4711)])
            if go_on:
                await work.users.save(a_user("oLater"))
                await work.jobs.enqueue("push", b"", START)

    for go_on in (False, True):
        with pytest.raises(StorageError, match="failed before"):
            await turn(go_on)
    async with store.reading() as found:
        assert await found.users.get("oUser") is None
        assert await found.users.get("oLater") is None


async def test_a_conflict_of_our_own_lets_the_rest_stand(store: Store) -> None:
    """A Conflict that the caller handles is no failure of the database: what else was written is committed."""
    person_id = await put_person(store)
    async with store.transaction() as work:
        await work.users.save(a_user())
        with pytest.raises(Conflict):
            await work.cards.report_lost(a_card(person_id, id=99), START)
    async with store.reading() as found:
        assert await found.users.get("oUser") == a_user()


async def test_a_backend_that_is_there_answers_the_ping(store: Store) -> None:
    """ping says nothing when all is well, and the store may be closed twice."""
    await store.ping()
    await store.close()
    await store.close()


async def test_expired_rows_are_tidied(store: SqlStore, clock: FakeClock) -> None:
    """tidy deletes what has expired and nothing else; twice is once."""
    async with store.transaction() as work:
        await work.tickets.add("old", a_ticket())
        await work.tickets.add("new", a_ticket(expires_at=START + 1000 * MINUTE))
        await work.codes.add(a_code("old"))
        await work.codes.add(a_code("new", "oOther", expires_at=START + 1000 * MINUTE))
        await work.limits.hit("old", "s", 1, MINUTE, START)
        await work.limits.hit("new", "s", 1, 1000 * MINUTE, START)
    assert await store.tidy() == 0
    clock.advance(2 * 3600)
    assert await store.tidy() == 3
    assert await store.tidy() == 0
    async with store.reading() as found:
        assert await found.tickets.get("new", "p", clock.now()) is not None
        assert await found.codes.get("new") is not None
        assert await found.codes.get("old") is None
        assert (await found.limits.peek("new", "s", 1, 1000 * MINUTE, clock.now())).used == 1


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////nowhere/at/all/bot.db",
        "postgresql://postgres@/postgres?host=/nowhere/at/all",
        "postgresql://postgres:geheim@127.0.0.1:1/postgres",
    ],
)
async def test_a_database_that_is_away_is_unavailable(url: str, vault: Vault, clock: FakeClock) -> None:
    """Reading, writing and the ping say so in the ports' words, without the address or the password."""
    store = open_store(url, vault, clock)
    try:
        with pytest.raises(Unavailable) as told:
            await store.ping()
        with pytest.raises(Unavailable):
            async with store.reading() as found:
                await found.users.get("oUser")
        with pytest.raises(Unavailable):
            async with store.transaction() as found:
                await found.users.save(a_user())
        assert "geheim" not in str(told.value)
        assert "nowhere" not in str(told.value)
    finally:
        await store.close()


async def test_a_broken_file_is_unavailable_and_then_comes_back(sqlite_url: str, vault: Vault, clock: FakeClock) -> None:
    """A file that is not a database is told as such, and once it is right again the same store works."""
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    good = await asyncio.to_thread(path.read_bytes)
    await asyncio.to_thread(path.write_bytes, b"this is not a database at all" * 100)
    store = open_store(sqlite_url, vault, clock)
    try:
        with pytest.raises(Unavailable):
            await put_person(store)
        await asyncio.to_thread(path.write_bytes, good)
        assert await put_person(store) == 1
    finally:
        await store.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://root@localhost/x", "nonsense"])
def test_an_address_that_is_neither_is_refused(url: str, vault: Vault, clock: FakeClock) -> None:
    """Other databases, and SQLite in memory (which its threads could not share), are refused at once, without repeating the address."""
    with pytest.raises(ValueError, match=r"SQLite|not a database"):
        open_store(url, vault, clock)


async def test_postgres_that_drops_its_connections_is_unavailable_and_comes_back(
    empty_postgres_url: str, vault: Vault, clock: FakeClock
) -> None:
    """Connections that the server ends in the middle are told as Unavailable; the next transaction has a new one."""
    await migrate(empty_postgres_url)  # a database of its own: the connections that the other tests keep must not end
    store = open_store(empty_postgres_url, vault, clock, patience=60)

    async def turn() -> None:
        async with store.transaction() as work:
            await work.users.save(a_user())
            # Its outcome is waited for: the transaction begins.
            await work.limits.hit("first", "oUser", 5, timedelta(hours=1), START)
            await _end_connections(empty_postgres_url)
            await work.users.save(a_user("oLater"))

    try:
        with pytest.raises(Unavailable):
            await turn()
        async with store.transaction() as work:
            assert await work.users.get("oUser") is None
            await work.users.save(a_user())
        await store.ping()
    finally:
        await store.close()


async def _end_connections(url: str) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    finally:
        await connection.close()
