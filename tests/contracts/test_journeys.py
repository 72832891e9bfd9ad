"""What PostgreSQL is asked in the same round of the loop is asked together: each keeps its own outcome, and nobody waits for another's trouble."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg
import pytest
from sqlalchemy import bindparam, func, make_url, select, update

from storage.ports.repositories import Conflict, Unavailable
from storage.sql import SqlStore, open_store
from storage.sql.journeys import Journeys, spelled
from storage.sql.rounds import AT_ONCE, Apart, Rounds
from storage.sql.tables import wechat_user
from storage.sql.urls import parsed
from storage.vault import Vault
from tests.clock import START, FakeClock
from tests.contracts.makers import a_binding, a_session, a_user, one_turn, put_person, said_by

_u = wechat_user.c
_REGION = select(_u.openid, _u.region).where(_u.openid == bindparam("openid"))
_IN_REGION = select(_u.openid).where(_u.region == bindparam("region")).order_by(_u.openid)


@pytest.fixture
async def postgres(postgres_url: str, vault: Vault, clock: FakeClock) -> AsyncIterator[SqlStore]:
    store = open_store(postgres_url, vault, clock, patience=20)
    yield store
    await store.close()


@pytest.fixture
async def journeys(postgres_url: str) -> AsyncIterator[Journeys]:
    made = Journeys(parsed(postgres_url), 8, 20)
    yield made
    await made.close()


async def _connected(url: str) -> asyncpg.Connection[Any]:
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection: asyncpg.Connection[Any] = await asyncpg.connect(dsn)
    return connection


async def test_everybody_who_looks_at_once_finds_what_is_theirs(postgres: SqlStore) -> None:
    """Chats with a person, a session and something parked, with some of it, and with nothing at all; twice the same one among them."""
    person = await put_person(postgres)
    async with postgres.transaction() as tx:
        for number in range(0, 30, 2):
            await tx.users.save(a_user(f"oChat{number}", person_id=person if number % 4 == 0 else None))
            await tx.sessions.save(a_session(f"oChat{number}", body=b"of %d" % number))
        await tx.users.bind(a_binding("oChat4", person))
        await tx.parked.add("oChat6", b"waits", START)

    async def opened(number: int) -> tuple[Any, ...]:
        async with postgres.transaction() as tx:
            found = await tx.openings.open(f"oChat{number}", f"m:{number}", START)
            stood, parked = found.session, await tx.parked.take(f"oChat{number}")
            who = found.user.openid if found.user else None
            return who, stood.body if stood else None, found.person is not None, found.bound, [one.body for one in parked]

    numbers = [*range(30), 4]
    for number, found in zip(numbers, await asyncio.gather(*map(opened, numbers)), strict=True):
        known = number % 2 == 0
        assert found == (
            f"oChat{number}" if known else None,
            b"of %d" % number if known else None,
            number % 4 == 0,
            number == 4,
            [b"waits"] if number == 6 else [],
        )


async def test_what_is_looked_at_together_has_any_number_of_rows(journeys: Journeys, postgres: SqlStore) -> None:
    """None, one and several, in their own order."""
    async with postgres.transaction() as tx:
        for number, region in enumerate(("jinan", "binzhou", "jinan", "jinan")):
            await tx.users.save(a_user(f"oChat{number}", region=region))
    found = await asyncio.gather(
        *(journeys.look(spelled(_IN_REGION), {"region": one}) for one in ("jinan", "nowhere", "binzhou"))
    )
    assert found == [[("oChat0",), ("oChat2",), ("oChat3",)], [], [("oChat1",)]]


@pytest.mark.parametrize("count", [1, 2, 3, 5])
async def test_no_more_connections_are_opened_than_allowed(postgres: SqlStore, postgres_url: str, count: int) -> None:
    """However many look and write in the same round, however few connections there may be; and everything is done."""
    few = Journeys(parsed(postgres_url), count, 20)
    other = await _connected(postgres_url)
    openids = [f"oFew{number}" for number in range(12)]
    async with postgres.transaction() as tx:
        for openid in openids:
            await tx.users.save(a_user(openid, region="jinan"))
    moved = spelled(update(wechat_user).where(_u.openid == bindparam("who")).values(region=bindparam("place")))
    looked = spelled(_REGION)
    limited = spelled(_REGION.limit(1))
    open_now = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    try:
        before = await other.fetchval(open_now)
        writes = [few.write([(moved, moved.values({"who": one, "place": "beijing"}), "gone")]) for one in openids]
        looks = [few.look(form, {"openid": one}) for one in openids for form in (looked, limited)]
        await asyncio.gather(*writes, *looks)
        assert await other.fetchval(open_now) - before <= count
        assert await asyncio.gather(*(few.look(looked, {"openid": one}) for one in openids)) == [
            [(one, "beijing")] for one in openids
        ]
    finally:
        await few.close()
        await other.close()


def test_what_is_limited_by_a_parameter_is_asked_alone() -> None:
    """How many rows there shall be cannot be another table's column."""
    assert spelled(_REGION).of_many
    assert not spelled(_REGION.limit(1)).of_many
    assert not spelled(select(_u.openid)).of_many


async def test_many_turns_at_once_are_all_kept(postgres: SqlStore) -> None:
    """More than go together, all at once: every one is there."""
    openids = [f"oTogether{number}" for number in range(2 * AT_ONCE + 5)]
    await asyncio.gather(*(one_turn(postgres, openid) for openid in openids))
    assert await said_by(postgres, openids) == len(openids)


async def test_a_conflict_belongs_to_its_own_turn(postgres: SqlStore) -> None:
    """Two turns of one chat have seen the same version: one is kept, the other refused, and nobody who was written beside them is."""
    others = [f"oBeside{number}" for number in range(6)]
    meet = asyncio.Barrier(8)
    ended = await asyncio.gather(
        one_turn(postgres, "oTwice", b"one", meet),
        *(one_turn(postgres, openid, b"said", meet) for openid in others),
        one_turn(postgres, "oTwice", b"two", meet),
        return_exceptions=True,
    )
    assert [type(one) for one in ended if one is not None] == [Conflict]
    assert await said_by(postgres, [*others, "oTwice"]) == 7
    async with postgres.reading() as tx:
        stood = await tx.sessions.load("oTwice", START)
    assert stood is not None
    assert stood.version == 1
    assert stood.body in {b"one", b"two"}


async def test_who_waits_for_a_row_keeps_nobody_waiting(postgres: SqlStore, postgres_url: str) -> None:
    """Somebody holds one chat's row: the turns that were to be written with it are, and it is, once the row is free."""
    openids = [f"oChat{number}" for number in range(5)]
    await asyncio.gather(*(one_turn(postgres, openid) for openid in openids))
    holder = await _connected(postgres_url)
    try:
        async with holder.transaction():
            await holder.execute("SELECT 1 FROM wechat_user WHERE openid = 'oChat2' FOR UPDATE")
            meet = asyncio.Barrier(5)
            turns = [asyncio.create_task(one_turn(postgres, openid, b"again", meet)) for openid in openids]
            done, waiting = await asyncio.wait(turns, timeout=20, return_when=asyncio.FIRST_COMPLETED)
            while len(done) < 4:
                more, waiting = await asyncio.wait(waiting, timeout=20, return_when=asyncio.FIRST_COMPLETED)
                assert more
                done |= more
            assert waiting == {turns[2]}
        await asyncio.gather(*turns)
    finally:
        await holder.close()
    async with postgres.reading() as tx:
        stood = [await tx.sessions.load(openid, START) for openid in openids]
    assert [(one.body, one.version) for one in stood if one] == [(b"again", 2)] * 5


async def test_who_gave_up_in_the_same_round_has_done_nothing(postgres: SqlStore) -> None:
    """A turn that is cancelled before its round is over leaves nothing; who was beside it is kept."""

    async def write(openid: str, meet: asyncio.Barrier) -> None:
        async with postgres.transaction() as tx:
            await tx.users.save(a_user(openid))
            await meet.wait()

    meet = asyncio.Barrier(3)
    gone, kept = (asyncio.create_task(write(openid, meet)) for openid in ("oGone", "oStays"))
    await meet.wait()
    gone.cancel()
    await asyncio.gather(gone, kept, return_exceptions=True)
    async with postgres.reading() as tx:
        assert await tx.users.get("oGone") is None
        assert await tx.users.get("oStays") is not None


async def test_a_connection_that_is_lost_is_told_to_everybody(journeys: Journeys, postgres_url: str) -> None:
    """Who asked in the same round hears it, and what is asked next is answered over a new one."""
    ((pid,),) = await journeys.look(spelled(select(func.pg_backend_pid())), {})
    other = await _connected(postgres_url)
    try:
        async with asyncio.timeout(20):
            await other.execute("SELECT pg_terminate_backend($1, 20000)", pid)
    finally:
        await other.close()
    looks = [journeys.look(spelled(_REGION), {"openid": f"oChat{number}"}) for number in range(3)]
    ended = await asyncio.gather(*looks, return_exceptions=True)
    # The driver may have heard of it before: then the connection is replaced, and nobody notices.
    assert [isinstance(one, Unavailable | asyncpg.PostgresError) or one == [] for one in ended] == [True] * 3
    again = [journeys.look(spelled(_REGION), {"openid": f"oChat{number}"}) for number in range(3)]
    assert await asyncio.gather(*again) == [[], [], []]


async def test_a_round_is_one_question_for_each_thing() -> None:
    """What is asked before the loop goes round goes together, by what it is about; the next round is another."""
    rounds: list[tuple[str, list[list[Any]]]] = []

    async def answer(what: str, asked: Sequence[list[Any]]) -> list[Any]:
        rounds.append((what, list(asked)))
        return [values[0] * 2 for values in asked]

    asking = Rounds(answer)
    found = await asyncio.gather(asking.ask("a", [1]), asking.ask("b", [2]), asking.ask("a", [3]))
    assert list(found) == [2, 4, 6]
    assert rounds == [("a", [[1], [3]]), ("b", [[2]])]
    assert await asking.ask("a", [5]) == 10
    assert len(rounds) == 3


async def test_what_cannot_be_done_together_is_done_apart() -> None:
    """Each is asked by itself then, hears its own refusal, and is told as soon as it is done."""
    slow = asyncio.Event()

    async def answer(what: str, asked: Sequence[list[Any]]) -> list[Any]:
        if len(asked) > 1:
            raise Apart
        if asked[0] == [3]:
            raise ValueError("no")
        if asked[0] == [1]:
            await slow.wait()
        return [asked[0][0] * 2]

    asking = Rounds(answer)
    first, second, third = (asyncio.ensure_future(asking.ask("a", [number])) for number in (1, 2, 3))
    assert await second == 4
    with pytest.raises(ValueError, match="no"):
        await third
    assert not first.done()
    slow.set()
    assert await first == 2


async def test_who_still_waits_when_it_ends_is_not_left_waiting() -> None:
    """Closing cancels what is under way, and what was asked just before."""

    async def answer(what: str, asked: Sequence[list[Any]]) -> list[Any]:
        await asyncio.Event().wait()
        return []

    asking = Rounds(answer)
    asked = [asking.ask("a", [1])]
    await asyncio.sleep(0)
    asked.append(asking.ask("a", [2]))
    await asking.close()
    assert [one.cancelled() for one in asked] == [True, True]
