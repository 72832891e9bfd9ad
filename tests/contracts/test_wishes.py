"""What a chat wants to hear, what was stopped, and what it allows: the same on every backend."""

from __future__ import annotations

import sqlite3
from datetime import time

import pytest

from storage.ports.records import Consent, Preferences
from storage.ports.repositories import Store
from storage.sql import open_store
from storage.vault import Vault
from tests.clock import FakeClock
from tests.contracts.makers import together

CHAT, OTHER = "oUser", "oOther"
TEMPLATE = "tmpl-1"
ABROAD = Preferences(
    CHAT, quiet_from=time(22, 30), quiet_to=time(6, 0), zone="America/New_York", months=(3, 9), word="蓝色水壶", sms=False
)


async def _stop(store: Store, kind: str, openid: str = "", person_id: int = 0) -> bool:
    async with store.transaction() as tx:
        return await tx.wishes.stop(kind, openid=openid, person_id=person_id)


async def _stopped(store: Store, openid: str = "", person_id: int = 0) -> frozenset[str]:
    async with store.reading() as tx:
        return await tx.wishes.stopped(openid=openid, person_id=person_id)


async def _used(store: Store) -> bool:
    async with store.transaction() as tx:
        return await tx.wishes.used(CHAT, TEMPLATE)


async def test_who_has_set_nothing_has_the_products_own(store: Store) -> None:
    """Quiet from nine in the evening to eight in Beijing, short messages allowed, no word, no months."""
    async with store.reading() as tx:
        assert await tx.wishes.of(CHAT) == Preferences(CHAT, time(21, 0), time(8, 0), "Asia/Shanghai", (), "", True)


async def test_what_was_set_is_kept_and_replaced(store: Store) -> None:
    """Every field comes back; a second save replaces the first; another chat has its own."""
    async with store.transaction() as tx:
        await tx.wishes.save(ABROAD)
        assert await tx.wishes.of(CHAT) == ABROAD
    plain = Preferences(CHAT, quiet_from=time(0, 0), quiet_to=time(0, 0))
    async with store.transaction() as tx:
        await tx.wishes.save(plain)
    async with store.reading() as tx:
        assert await tx.wishes.of(CHAT) == plain
        assert await tx.wishes.of(OTHER) == Preferences(OTHER)


async def test_a_kind_is_stopped_and_started_for_a_chat(store: Store) -> None:
    """The second time changes nothing and says so; other kinds and chats are not touched."""
    assert await _stop(store, "P-CERT", CHAT)
    assert not await _stop(store, "P-CERT", CHAT)
    await _stop(store, "P-CARD", CHAT)
    assert await _stopped(store, CHAT) == {"P-CERT", "P-CARD"}
    assert await _stopped(store, OTHER) == frozenset()
    async with store.transaction() as tx:
        assert await tx.wishes.start("P-CERT", openid=CHAT)
        assert not await tx.wishes.start("P-CERT", openid=CHAT)
    assert await _stopped(store, CHAT) == {"P-CARD"}


async def test_a_person_and_a_chat_stop_apart(store: Store) -> None:
    """What a person stopped is the person's, whatever chat asks; both together are either; nobody has stopped nothing."""
    await _stop(store, "P-CERT", person_id=7)
    await _stop(store, "P-PAUSED", CHAT)
    assert await _stopped(store, person_id=7) == {"P-CERT"}
    assert await _stopped(store, CHAT) == {"P-PAUSED"}
    assert await _stopped(store, CHAT, 7) == {"P-CERT", "P-PAUSED"}
    assert await _stopped(store, OTHER, 8) == frozenset()
    assert await _stopped(store) == frozenset()
    async with store.transaction() as tx:
        assert not await tx.wishes.start("P-CERT", openid=CHAT)
        assert await tx.wishes.start("P-CERT", person_id=7)
    assert await _stopped(store, CHAT, 7) == {"P-PAUSED"}


@pytest.mark.parametrize(("openid", "person_id"), [("", 0), (CHAT, 7)])
async def test_a_stop_is_of_one_of_both(store: Store, openid: str, person_id: int) -> None:
    """Neither everybody's nor a mixture can be written or taken back."""
    async with store.transaction() as tx:
        with pytest.raises(ValueError, match="either"):
            await tx.wishes.stop("P-CERT", openid=openid, person_id=person_id)
        with pytest.raises(ValueError, match="either"):
            await tx.wishes.start("P-CERT", openid=openid, person_id=person_id)


async def test_consents_are_counted_and_used_up(store: Store) -> None:
    """Each accept is one notice; with none left nothing is taken; it can be accepted anew."""
    async with store.transaction() as tx:
        assert await tx.wishes.consent(CHAT, TEMPLATE) is None
        await tx.wishes.consented(CHAT, TEMPLATE, 1)
        await tx.wishes.consented(CHAT, TEMPLATE, 2)
        assert await tx.wishes.consent(CHAT, TEMPLATE) == Consent(CHAT, TEMPLATE, 3)
    assert [await _used(store) for _ in range(4)] == [True, True, True, False]
    async with store.transaction() as tx:
        assert await tx.wishes.consent(CHAT, TEMPLATE) == Consent(CHAT, TEMPLATE, 0)
        await tx.wishes.consented(CHAT, TEMPLATE, 1)
        assert await tx.wishes.consent(OTHER, TEMPLATE) is None
    assert await _used(store)


async def test_a_consent_for_good_is_not_used_up(store: Store) -> None:
    """However often it is used, and whatever single accepts come before or after it."""
    async with store.transaction() as tx:
        await tx.wishes.consented(CHAT, TEMPLATE, 2)
        await tx.wishes.consented(CHAT, TEMPLATE, -1)
        await tx.wishes.consented(CHAT, TEMPLATE, 1)
        for _ in range(5):
            assert await tx.wishes.used(CHAT, TEMPLATE)
        assert await tx.wishes.consent(CHAT, TEMPLATE) == Consent(CHAT, TEMPLATE, -1)


async def test_a_consent_that_is_withdrawn_is_gone(store: Store) -> None:
    """Also one for good; twice does it once."""
    async with store.transaction() as tx:
        await tx.wishes.consented(CHAT, TEMPLATE, -1)
        await tx.wishes.withdrawn(CHAT, TEMPLATE)
        await tx.wishes.withdrawn(CHAT, TEMPLATE)
        assert not await tx.wishes.used(CHAT, TEMPLATE)


async def test_many_workers_take_no_more_than_there_are(store: Store) -> None:
    """Ten at once, three accepts: three get one."""
    async with store.transaction() as tx:
        await tx.wishes.consented(CHAT, TEMPLATE, 3)
    assert sorted(await together(_used(store) for _ in range(10))) == [False] * 7 + [True] * 3  # type: ignore[type-var]


async def test_the_word_is_sealed(sqlite_url: str, vault: Vault, clock: FakeClock) -> None:
    """Whoever reads the file does not find it."""
    store = open_store(sqlite_url, vault, clock)
    async with store.transaction() as tx:
        await tx.wishes.save(ABROAD)
    await store.close()
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        row = connection.execute("SELECT word, months FROM chat_wish").fetchone()
    connection.close()
    assert row[1] == "3,9"
    assert "蓝色水壶".encode() not in row[0]
