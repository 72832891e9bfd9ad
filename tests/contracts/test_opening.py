"""What a turn begins with, asked in one question: the same as asked one by one, on every backend."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.ports.records import Binding, Session
from storage.ports.repositories import Conflict, Store
from tests.clock import START
from tests.contracts.makers import a_person, a_user


async def _bound(store: Store, openid: str, number: int = 1) -> int:
    """A chat that speaks for somebody; returns the person."""
    async with store.transaction() as tx:
        (person_id,) = (await tx.people.put_many([a_person(number)])).values()
        await tx.users.save(replace(a_user(openid), person_id=person_id, active_role="person"))
        await tx.users.bind(Binding(0, openid, person_id, "person", "sms", "1", START))
    return person_id


async def test_a_chat_that_nobody_knows_has_nothing(store: Store) -> None:
    """No answer, no user, no session, no person; and that is one row, not none."""
    async with store.transaction() as tx:
        opened = await tx.openings.open("oNobody", "m:1", START)
        assert await tx.parked.take("oNobody") == ()
    assert (opened.answer, opened.user, opened.session, opened.person, opened.bound) == (None, None, None, None, False)


async def test_everything_is_what_is_asked_one_by_one(store: Store) -> None:
    """Answer, user, session, person and binding of this chat, and of no other."""
    for openid in ("oOne", "oOther"):
        await _bound(store, openid)
        async with store.transaction() as tx:
            await tx.answers.put(f"m:{openid}", openid, f"answer of {openid}".encode(), START)
            await tx.sessions.save(Session(openid, f"session of {openid}".encode(), 1, START + timedelta(days=1)))
    async with store.transaction() as tx:
        opened = await tx.openings.open("oOne", "m:oOne", START)
    async with store.reading() as tx:
        user = await tx.users.get("oOne")
        assert user is not None
        assert user.person_id is not None
        assert opened.user == user
        assert opened.person == await tx.people.get(user.person_id)
        assert opened.answer == await tx.answers.get("m:oOne") == b"answer of oOne"
        assert opened.session == await tx.sessions.load("oOne", START)
        assert opened.bound


async def test_a_binding_that_is_over_does_not_count(store: Store) -> None:
    """The person is still named by the user's row, but nothing says any more that the chat may speak for them."""
    person_id = await _bound(store, "oLeaves")
    async with store.transaction() as tx:
        await tx.users.unbind("oLeaves", person_id, START)
    async with store.transaction() as tx:
        opened = await tx.openings.open("oLeaves", "m:1", START)
    assert opened.person is not None
    assert not opened.bound


async def test_a_session_that_is_over_is_none(store: Store) -> None:
    """Past its life it is not given, and the next one begins over it with version 1."""
    async with store.transaction() as tx:
        await tx.sessions.save(Session("oOld", b"old", 1, START - timedelta(seconds=1)))
    async with store.transaction() as tx:
        assert (await tx.openings.open("oOld", "m:1", START)).session is None
        await tx.sessions.save(Session("oOld", b"new", 1, START + timedelta(days=1)))
    async with store.reading() as tx:
        found = await tx.sessions.load("oOld", START)
    assert found is not None
    assert found.body == b"new"


async def test_what_was_opened_is_what_a_save_is_checked_against(store: Store) -> None:
    """A session counts as loaded: saving over a version that was not there is refused."""
    async with store.transaction() as tx:
        await tx.sessions.save(Session("oFar", b"one", 1, START + timedelta(days=1)))

    async def jump() -> None:
        async with store.transaction() as tx:
            await tx.openings.open("oFar", "m:1", START)
            await tx.sessions.save(Session("oFar", b"three", 3, START + timedelta(days=1)))

    with pytest.raises(Conflict):
        await jump()


async def test_what_is_parked_is_still_taken(store: Store) -> None:
    """What waited before, and what this very transaction has parked after it looked."""
    async with store.transaction() as tx:
        await tx.parked.add("oWaits", b"before", START)
    async with store.transaction() as tx:
        await tx.openings.open("oWaits", "m:1", START)
        assert [one.body for one in await tx.parked.take("oWaits")] == [b"before"]
    async with store.transaction() as tx:
        await tx.openings.open("oWaits", "m:2", START)
        await tx.parked.add("oWaits", b"now", START)
        assert [one.body for one in await tx.parked.take("oWaits")] == [b"now"]


async def test_a_chat_of_two_is_told_apart_from_a_chat_of_one(store: Store) -> None:
    """Bound to a second person it is shared, whichever of the two it speaks for; when the other binding is over it is not."""
    first = await _bound(store, "oShared")
    async with store.transaction() as tx:
        assert not (await tx.openings.open("oShared", "m:1", START)).shared
    second = await _bound(store, "oShared", 2)
    async with store.transaction() as tx:
        opened = await tx.openings.open("oShared", "m:1", START)
        assert opened.person is not None
        assert (opened.person.id, opened.shared) == (second, True)
        await tx.users.unbind("oShared", first, START)
    async with store.transaction() as tx:
        assert not (await tx.openings.open("oShared", "m:1", START)).shared
