"""Small transactions of SQLite that are committed together: each keeps its own outcome, and nothing is told before it has happened."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, exists, insert, select, text, update

from storage.ports.repositories import Conflict
from storage.sql import SqlStore, open_store
from storage.sql.tables import business_case, parked, session, ticket, wechat_user
from storage.sql.together import AT_ONCE, SMALL, Step, commit_all
from storage.sql.touching import touched
from storage.vault import Vault
from tests import nursery
from tests.clock import START, FakeClock
from tests.contracts.makers import a_user, one_turn, said_by

UNTIL = START + timedelta(days=1)


@pytest.fixture
async def sqlite(sqlite_url: str, vault: Vault, clock: FakeClock) -> AsyncIterator[SqlStore]:
    store = open_store(sqlite_url, vault, clock, patience=20)
    yield store
    await store.close()


def _path(url: str) -> str:
    return url.partition(":///")[2]


async def test_many_turns_at_once_are_all_kept(sqlite: SqlStore) -> None:
    """Three times as many as go into one transaction, all at once: every one is there."""
    openids = [f"oTogether{number}" for number in range(3 * AT_ONCE)]
    await asyncio.gather(*(one_turn(sqlite, openid, b"said") for openid in openids))
    assert await said_by(sqlite, openids) == len(openids)


async def test_a_view_ends_with_its_round(sqlite: SqlStore, sqlite_url: str) -> None:
    """Whoever looks in the same round of the loop sees the same; in the next one what others have written since is there, and no view holds the
    log."""

    async def looked() -> str:
        async with sqlite.reading() as tx:
            user = await tx.users.get("oElsewhere")
        return user.active_role if user is not None else ""

    async with sqlite.transaction() as tx:
        await tx.users.save(a_user("oElsewhere"))
    await asyncio.sleep(0)
    with closing(sqlite3.connect(_path(sqlite_url), isolation_level=None)) as other:
        for role in ("person", "relative"):
            before = await looked()
            other.execute("UPDATE wechat_user SET active_role = ?", (role,))
            assert await looked() == before
            await asyncio.sleep(0)
            assert await looked() == role
            await asyncio.sleep(0)
        assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0


async def test_a_conflict_belongs_to_its_own_turn(sqlite: SqlStore) -> None:
    """Two turns of one chat have seen the same version: one is kept, the other refused, and nobody who was committed beside them is."""
    others = [f"oBeside{number}" for number in range(6)]
    meet = asyncio.Barrier(8)
    ended = await asyncio.gather(
        one_turn(sqlite, "oTwice", b"one", meet),
        *(one_turn(sqlite, openid, b"said", meet) for openid in others),
        one_turn(sqlite, "oTwice", b"two", meet),
        return_exceptions=True,
    )
    refused = [one for one in ended if isinstance(one, BaseException)]
    assert [type(one) for one in refused] == [Conflict]
    assert await said_by(sqlite, [*others, "oTwice"]) == 7
    async with sqlite.reading() as tx:
        stood = await tx.sessions.load("oTwice", START)
    assert stood is not None
    assert stood.version == 1
    assert stood.body in {b"one", b"two"}


async def test_the_refused_turn_leaves_nothing_behind(sqlite: SqlStore) -> None:
    """What else the refused turn had written is gone with it."""
    await one_turn(sqlite, "oMoved", b"first")

    async def late() -> None:
        async with sqlite.transaction() as tx:
            stood = await tx.sessions.load("oMoved", START)
            assert stood is not None
            await one_turn(sqlite, "oMoved", b"second")
            await tx.users.save(replace(a_user("oMoved"), region="jinan"))
            await tx.sessions.save(replace(stood, body=b"late", version=stood.version + 1))

    with pytest.raises(Conflict):
        await late()
    async with sqlite.reading() as tx:
        user, stood = await tx.users.get("oMoved"), await tx.sessions.load("oMoved", START)
    assert user is not None
    assert stood is not None
    assert (user.region, stood.body) == (a_user().region, b"second")


def test_a_unit_that_the_database_refuses_takes_no_other_with_it(sqlite_url: str) -> None:
    """A constraint, a value that does not fit, a row that had to change and did not: each has its own error, the rest is committed."""
    add = "INSERT INTO answer (key, openid, body, at) VALUES (?, 'o', ?, 0)"
    units = [
        [Step(add, ("one", b"x"))],
        [Step(add, ("two", b"x")), Step(add, ("two", None))],
        [Step(add, ("three", 2**70))],
        [Step("UPDATE answer SET at = 1 WHERE key = 'nobody'", (), "stale")],
        [Step(add, ("four", b"x"))],
    ]
    with closing(sqlite3.connect(_path(sqlite_url), isolation_level=None)) as connection:
        outcomes = commit_all(connection, units)
        found = {row[0] for row in connection.execute("SELECT key FROM answer")}
        assert not connection.in_transaction
    assert [type(one) for one in outcomes] == [type(None), sqlite3.IntegrityError, OverflowError, Conflict, type(None)]
    assert found == {"one", "four"}


async def test_a_writer_elsewhere_is_waited_for_and_the_loop_goes_on(sqlite: SqlStore, sqlite_url: str) -> None:
    """While another process writes, turns wait without stopping the loop, and are committed when it has ended."""
    with closing(sqlite3.connect(_path(sqlite_url), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        turns = asyncio.gather(*(one_turn(sqlite, f"oWaits{number}", b"said") for number in range(5)))
        for _ in range(50):
            await asyncio.sleep(0)
        assert not turns.done()
        async with sqlite.reading() as tx:
            assert await tx.sessions.load("oWaits0", START) is None
        other.execute("COMMIT")
        await turns
    assert await said_by(sqlite, [f"oWaits{number}" for number in range(5)]) == 5


async def test_a_long_unit_goes_through_the_writer(sqlite: SqlStore) -> None:
    """A transaction with more statements than the loop should stop for is committed whole as well."""
    openids = [f"oLong{number}" for number in range(SMALL + 5)]
    async with sqlite.transaction() as tx:
        for openid in openids:
            await tx.users.save(a_user(openid))
    async with sqlite.reading() as tx:
        assert all([await tx.users.get(openid) is not None for openid in openids])


async def test_who_gave_up_before_the_commit_has_done_nothing(sqlite: SqlStore) -> None:
    """A task that is cancelled while it waits for its commit leaves no half of it, and the others are kept."""
    given_up = asyncio.create_task(one_turn(sqlite, "oGone", b"said"))
    kept = asyncio.create_task(one_turn(sqlite, "oStays", b"said"))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.gather(given_up, kept, return_exceptions=True)
    async with sqlite.reading() as tx:
        user, stood = await tx.users.get("oGone"), await tx.sessions.load("oGone", START)
        assert (user is None) == (stood is None)
        assert await tx.sessions.load("oStays", START) is not None


async def test_what_is_read_of_other_tables_waits_for_nobody(sqlite: SqlStore, sqlite_url: str) -> None:
    """While another process writes, a turn that has something to write still reads whatever its own writes are not about; what they are
    about it reads as it has written it."""
    with closing(sqlite3.connect(_path(sqlite_url), isolation_level=None)) as other:
        async with asyncio.timeout(15), sqlite.transaction() as tx:
            other.execute("BEGIN IMMEDIATE")
            await tx.users.save(a_user("oApart"))
            assert (await tx.limits.hit_at_commit("query", "oApart", 2, timedelta(hours=1), START)).used == 1
            assert await tx.sessions.load("oApart", START) is None
            assert await tx.answers.get("m:apart") is None
            assert await tx.people.get(1) is None
            other.execute("ROLLBACK")
            assert await tx.users.get("oApart") == a_user("oApart")
            assert (await tx.limits.hit_at_commit("query", "oApart", 2, timedelta(hours=1), START)).used == 2
            assert not (await tx.limits.hit_at_commit("query", "oApart", 2, timedelta(hours=1), START)).allowed
    async with sqlite.reading() as tx:
        assert (await tx.limits.peek("query", "oApart", 2, timedelta(hours=1), START)).used == 2


def test_what_a_statement_is_about() -> None:
    """Every table that it names, also within conditions; with rows that are deleted go those that hang on them."""
    within = select(wechat_user.c.openid).where(exists().where(parked.c.openid == wechat_user.c.openid))
    assert touched(within) == {"wechat_user", "parked_reply"}
    assert touched(delete(session).where(session.c.openid.in_(within))) == {"dialog_session", "wechat_user", "parked_reply"}
    assert touched(delete(business_case)) == {"business_case", "attachment", "case_watch"}
    assert touched(update(business_case).values(version=1)) == {"business_case"}
    assert touched(insert(ticket)) == {"ticket"}
    with pytest.raises(TypeError):
        touched(text("DELETE FROM ticket"))


@pytest.mark.xdist_group("children")
async def test_what_was_told_survives_a_kill(sqlite_url: str, clock: FakeClock) -> None:
    """Killed in the middle of writing: every commit that was told of is there, whole, and nothing is there by half."""
    child = await nursery.start("tests.contracts.writer", sqlite_url, stdout=True)
    assert child.stdout is not None
    lines = [await child.stdout.readline() for _ in range(400)]
    child.kill()
    lines += (await child.stdout.read()).splitlines(keepends=True)
    await child.wait()
    told: dict[str, int] = {}
    for line in lines:
        if line.endswith(b"\n"):
            openid, version = line.decode().split()
            told[openid] = max(told.get(openid, 0), int(version))
    assert len(told) == 12
    store = open_store(sqlite_url, Vault(bytes(range(32))), clock)
    try:
        async with store.reading() as tx:
            for openid, last in told.items():
                stood = await tx.sessions.load(openid, START)
                assert stood is not None
                assert stood.version >= last
                assert stood.body == str(stood.version).encode()
                assert await tx.users.get(openid) is not None
                assert await tx.answers.get(f"{openid}:{stood.version}") == b"answer"
                assert await tx.answers.get(f"{openid}:{stood.version + 1}") is None
    finally:
        await store.close()
