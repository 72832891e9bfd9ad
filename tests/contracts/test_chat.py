"""Sessions, answers and parked replies."""

from __future__ import annotations

from contextlib import suppress

import pytest

from storage.ports.repositories import Conflict, Store
from tests.clock import START, FakeClock
from tests.contracts.makers import MINUTE, a_session


async def test_a_session_goes_from_version_to_version(store: Store, clock: FakeClock) -> None:
    """load gives what was saved last; each save follows the version that was loaded."""
    for version in (1, 2, 3):
        async with store.transaction() as found:
            before = await found.sessions.load("oUser", clock.now())
            assert (before.version if before else 0) == version - 1
            await found.sessions.save(a_session(version=version, body=b"v%d" % version))
            assert await found.sessions.load("oUser", clock.now()) == a_session(version=version, body=b"v%d" % version)
    async with store.reading() as found:
        assert await found.sessions.load("oUser", clock.now()) == a_session(version=3, body=b"v3")
        assert await found.sessions.load("oOther", clock.now()) is None


@pytest.mark.parametrize("version", [1, 2, 4])
async def test_a_stale_session_is_refused(store: Store, clock: FakeClock, version: int) -> None:
    """Neither an older nor a later version than the next may be written, whether the session was loaded before or not."""
    for v in (1, 2):
        async with store.transaction() as found:
            await found.sessions.save(a_session(version=v))

    async def turn(look_first: bool) -> None:
        async with store.transaction() as work:
            if look_first:
                await work.sessions.load("oUser", clock.now())
            await work.sessions.save(a_session(version=version, body=b"wrong"))

    for look_first in (False, True):
        with pytest.raises(Conflict):
            await turn(look_first)
    async with store.reading() as found:
        assert await found.sessions.load("oUser", clock.now()) == a_session(version=2)


async def test_a_session_that_is_not_there_cannot_be_continued(store: Store) -> None:
    """Version 2 over nothing is a Conflict."""
    with pytest.raises(Conflict):
        async with store.transaction() as found:
            await found.sessions.save(a_session(version=2))


async def test_an_expired_session_is_none_and_gives_way(store: Store, clock: FakeClock) -> None:
    """After its time load gives None, and a new one begins at version 1."""
    for version in (1, 2):
        async with store.transaction() as found:
            await found.sessions.save(a_session(version=version, expires_at=START + MINUTE))
    clock.advance(60)
    async with store.transaction() as found:
        assert await found.sessions.load("oUser", clock.now()) is None
        await found.sessions.save(a_session(body=b"new"))
    async with store.reading() as found:
        assert await found.sessions.load("oUser", clock.now()) == a_session(body=b"new")


async def test_a_deleted_session_is_none(store: Store, clock: FakeClock) -> None:
    """delete may be repeated, and a new session may follow in the same transaction."""
    async with store.transaction() as found:
        await found.sessions.save(a_session())
    async with store.transaction() as found:
        await found.sessions.delete("oUser")
        await found.sessions.delete("oUser")
        assert await found.sessions.load("oUser", clock.now()) is None
        await found.sessions.save(a_session(body=b"again"))
    async with store.reading() as found:
        assert await found.sessions.load("oUser", clock.now()) == a_session(body=b"again")


async def test_the_slower_of_two_turns_does_not_win(store: Store, clock: FakeClock) -> None:
    """Both loaded version 1: the slower one is not written over the faster."""
    async with store.transaction() as found:
        await found.sessions.save(a_session())

    with suppress(Conflict):  # Redis is written after the commit, when it is too late to complain
        async with store.transaction() as slow:
            assert await slow.sessions.load("oUser", clock.now()) == a_session()
            async with store.transaction() as fast:
                assert await fast.sessions.load("oUser", clock.now()) == a_session()
                await fast.sessions.save(a_session(version=2, body=b"second"))
            await slow.sessions.save(a_session(version=2, body=b"first"))
    async with store.reading() as found:
        assert await found.sessions.load("oUser", clock.now()) == a_session(version=2, body=b"second")


async def test_an_answer_is_stored_once(store: Store) -> None:
    """A second answer under the same key is ignored, in the same transaction and later."""
    async with store.transaction() as found:
        assert await found.answers.get("m1") is None
        await found.answers.put("m1", "oUser", b"first", START)
        await found.answers.put("m1", "oUser", b"second", START)
        assert await found.answers.get("m1") == b"first"
    async with store.transaction() as found:
        await found.answers.put("m1", "oUser", b"third", START)
    async with store.reading() as found:
        assert await found.answers.get("m1") == b"first"
        assert await found.answers.get("m2") is None


async def test_old_answers_are_purged(store: Store) -> None:
    """purge takes what is older (Redis does that by itself) and never what is younger."""
    async with store.transaction() as found:
        await found.answers.put("new", "oUser", b"new", START)
        await found.answers.put("old", "oUser", b"old", START - 20 * MINUTE)
    async with store.transaction() as found:
        assert await found.answers.purge(START - 10 * MINUTE) == (await found.answers.get("old") is None)
        assert await found.answers.get("new") == b"new"


async def test_parked_replies_come_once_and_in_order(store: Store) -> None:
    """take empties the box of that chat, oldest first; with the transaction, not before."""
    async with store.transaction() as found:
        for number in range(3):
            await found.parked.add("oUser", b"%d" % number, START + number * MINUTE)
        await found.parked.add("oOther", b"x", START)
    with suppress(ZeroDivisionError):
        async with store.transaction() as found:
            assert len(await found.parked.take("oUser")) == 3
            raise ZeroDivisionError
    async with store.transaction() as found:
        taken = await found.parked.take("oUser")
        assert [(reply.openid, reply.body, reply.created_at) for reply in taken] == [
            ("oUser", b"%d" % number, START + number * MINUTE) for number in range(3)
        ]
        assert await found.parked.take("oUser") == ()
    async with store.transaction() as found:
        assert await found.parked.take("oUser") == ()
        assert len(await found.parked.take("oOther")) == 1
