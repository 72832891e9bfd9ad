"""Accounts of the console: one login, codes that work once, sessions that end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storage.ports.repositories import Conflict, Store
from storage.sql import SqlStore
from tests.clock import START, FakeClock
from tests.contracts.makers import MINUTE, a_staff, a_staff_session, together, until_conflict


async def test_an_account_comes_back_as_it_was_made(store: Store) -> None:
    """By number, by login in any spelling of upper and lower case, and among all, in order of login."""
    async with store.transaction() as work:
        second = await work.staff.add(
            a_staff("Wang.Kefu", name="王客服", roles=frozenset(), regions=frozenset({"jinan", "beijing"}))
        )
        first = await work.staff.add(a_staff())
    assert first == a_staff(id=first.id)
    async with store.reading() as found:
        assert await found.staff.get(first.id) == first
        assert await found.staff.by_login("LI.SHENHE ") == first
        assert await found.staff.by_login("wang.kefu") == second
        assert await found.staff.by_login("nobody") is None
        assert await found.staff.get(99) is None
        assert await found.staff.all() == (first, second)


async def test_a_login_is_given_once(store: Store) -> None:
    """Also in another spelling: Conflict."""
    async with store.transaction() as work:
        await work.staff.add(a_staff())
    with pytest.raises(Conflict):
        async with store.transaction() as work:
            await work.staff.add(a_staff("Li.ShenHe"))


async def test_an_account_is_saved_by_version(store: Store) -> None:
    """All but number and login; of two at once one is a Conflict."""
    async with store.transaction() as work:
        staff = await work.staff.add(a_staff())
    changed = replace(
        staff,
        name="李复核",
        password_hash="$argon2id$other",
        totp_secret="OTHER234",
        roles=frozenset({"管理员"}),
        regions=frozenset({"jinan"}),
        active=False,
    )

    async def save() -> None:
        async with store.transaction() as work:
            await work.staff.save(replace(changed, login="other"))

    assert sorted(await together(until_conflict(save()) for _ in range(2)), key=str) == [False, True]
    async with store.reading() as found:
        assert await found.staff.get(staff.id) == replace(changed, version=1)
        assert await found.staff.by_login("other") is None


async def test_a_code_works_once_even_at_the_same_moment(store: Store) -> None:
    """Ten uses of one time step at once: one is true. An earlier step is used too, a later one is not."""
    async with store.transaction() as work:
        staff = await work.staff.add(a_staff())

    async def use(step: int) -> bool:
        async with store.transaction() as work:
            return await work.staff.use_code(staff.id, step)

    outcomes = await together(use(57_000_000) for _ in range(10))
    assert sorted(outcomes, key=str) == [False] * 9 + [True]
    assert await use(56_999_999) is False
    assert await use(57_000_001) is True


async def test_saving_an_account_makes_no_used_code_good_again(store: Store) -> None:
    """Somebody who has read the account before the code was used saves it after: the step stays used."""
    async with store.transaction() as work:
        staff = await work.staff.add(a_staff())
        assert await work.staff.use_code(staff.id, 10)
    async with store.transaction() as work:
        assert (await work.staff.save(replace(staff, name="李复核"))).totp_step == 10
        assert await work.staff.use_code(staff.id, 10) is False


async def test_a_session_lives_until_its_end(store: Store, clock: FakeClock) -> None:
    """Found by its token only, pushed out by what is seen, gone at its end and tidied away."""
    assert isinstance(store, SqlStore)
    async with store.transaction() as work:
        staff = await work.staff.add(a_staff())
        session = await work.staff.open_session("token-1", a_staff_session(staff.id))
    async with store.transaction() as work:
        assert await work.staff.session("token-1", START) == session
        assert await work.staff.session("token-2", START) is None
        await work.staff.seen(session.id, START + 20 * MINUTE, START + 50 * MINUTE)
        later = await work.staff.session("token-1", START + 49 * MINUTE)
        assert later == replace(session, seen_at=START + 20 * MINUTE, expires_at=START + 50 * MINUTE)
        assert await work.staff.session("token-1", START + 50 * MINUTE) is None
    assert await store.tidy() == 0
    clock.advance(50 * 60)
    async with store.reading() as found:
        assert await found.staff.sessions(staff.id) == ()
    assert await store.tidy() == 1


async def test_sessions_are_ended_one_by_one_or_all_but_one(store: Store) -> None:
    """Newest first; ending can be repeated; another account's stay."""
    async with store.transaction() as work:
        mine, other = await work.staff.add(a_staff()), await work.staff.add(a_staff("other"))
        made = [
            await work.staff.open_session(f"token-{number}", a_staff_session(mine.id, created_at=START + number * MINUTE))
            for number in range(4)
        ]
        theirs = await work.staff.open_session("token-other", a_staff_session(other.id))
    async with store.transaction() as work:
        assert await work.staff.sessions(mine.id) == tuple(reversed(made))
        for _ in range(2):
            await work.staff.end_session(made[0].id)
        assert await work.staff.session("token-0", START) is None
        assert await work.staff.end_sessions(mine.id, keep=made[2].id) == 2
        assert await work.staff.sessions(mine.id) == (made[2],)
        assert await work.staff.end_sessions(mine.id) == 1
        assert await work.staff.sessions(other.id) == (theirs,)
