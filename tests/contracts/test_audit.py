"""The audit log: written with the business, chained afterwards, and telling when somebody was at it with SQL."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from storage.ports.records import AuditEntry, AuditSearch
from storage.ports.repositories import Store
from storage.sql import SqlStore, open_store
from storage.vault import Vault
from tests.clock import START, FakeClock
from tests.contracts.makers import MINUTE, an_entry, together

Sql = Callable[[str], Awaitable[None]]


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> str:
    """The address of a fresh database."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def intruder(database: str) -> Sql:
    """Somebody with the right to run any SQL, but without the key."""

    async def on_postgres(statement: str) -> None:
        connection = await asyncpg.connect(database.replace("+asyncpg", ""))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def on_sqlite(statement: str) -> None:
        def run() -> None:
            connection = sqlite3.connect(database.removeprefix("sqlite:///"))
            connection.executescript(statement)
            connection.close()

        await asyncio.to_thread(run)

    return on_sqlite if database.startswith("sqlite") else on_postgres


async def _filled(database: str, vault: Vault, clock: FakeClock, anchored: bool = True) -> SqlStore:
    """Ten chained entries, ids 1 to 10, the first six and (if anchored) all ten under an anchor."""
    store = open_store(database, vault, clock, patience=60)
    for batch in (range(1, 7), range(7, 11)):
        async with store.transaction() as work:
            for number in batch:
                # Some have a reason, some have none, as in life.
                await work.audit.write(an_entry(number, note=f"核对姓名 {number}" if number in (4, 5) else ""))
        async with store.transaction() as work:
            assert await work.audit.link() == len(batch)
            if anchored or batch.start == 1:
                assert await work.audit.anchor(START)
    async with store.reading() as found:
        report = await found.audit.verify()
    assert (report.entries, report.linked, report.broken_at) == (10, 10, None)
    return store


async def _broken_at(store: SqlStore) -> int | None:
    async with store.reading() as found:
        report = await found.audit.verify()
    assert (report.broken_at is None) == (report.reason == "")
    await store.close()
    return report.broken_at


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("result", "'denied'"),
        ("actor", "'somebody'"),
        ("subject", "''"),
        ("feature", "'x'"),
        ("at", "0"),
        ("role", "'x'"),
        ("action", "'x'"),
        ("note", "NULL"),
        ("note", "'x'"),
        ("note", "(SELECT other.note FROM audit_log AS other WHERE other.id = 5)"),
    ],
)
async def test_a_changed_entry_is_named(
    database: str, intruder: Sql, vault: Vault, clock: FakeClock, column: str, value: str
) -> None:
    """Whatever column is changed, verify names the entry."""
    store = await _filled(database, vault, clock)
    await intruder(f'UPDATE audit_log SET "{column}" = {value} WHERE id = 4')  # noqa: S608
    assert await _broken_at(store) == 4


async def test_content_cannot_move_between_the_columns(database: str, intruder: Sql, vault: Vault, clock: FakeClock) -> None:
    """Taking from one column and giving to the next is a change too."""
    store = await _filled(database, vault, clock)
    await intruder("UPDATE audit_log SET actor = 'act', role = 'orperson' WHERE id = 4")
    assert await _broken_at(store) == 4


async def test_a_deleted_entry_shows_at_the_one_after_it(database: str, intruder: Sql, vault: Vault, clock: FakeClock) -> None:
    """Also when the places after it are moved up to close the gap."""
    store = await _filled(database, vault, clock)
    await intruder("DELETE FROM audit_log WHERE id = 4")
    assert await _broken_at(store) == 5
    await intruder("UPDATE audit_log SET seq = seq - 1 WHERE id = 5; UPDATE audit_log SET seq = seq - 1 WHERE id = 6")
    assert await _broken_at(store) == 5


async def test_a_deleted_end_is_missed_by_the_anchor(database: str, intruder: Sql, vault: Vault, clock: FakeClock) -> None:
    """The last entries before the newest anchor: the anchor knows the id of the last one."""
    store = await _filled(database, vault, clock)
    await intruder("DELETE FROM audit_log WHERE id >= 9")
    assert await _broken_at(store) == 10


async def test_an_emptied_log_is_missed_by_the_anchor(database: str, intruder: Sql, vault: Vault, clock: FakeClock) -> None:
    """Everything deleted: the first anchor's entry is named."""
    store = await _filled(database, vault, clock)
    await intruder("DELETE FROM audit_log")
    assert await _broken_at(store) == 6


async def test_an_anchor_cannot_be_changed_or_taken_away(database: str, intruder: Sql, vault: Vault, clock: FakeClock) -> None:
    """An anchor that was made to fit a shorter log, or one that is missing before another, is found."""
    store = await _filled(database, vault, clock)
    await intruder("DELETE FROM audit_log WHERE id = 10; UPDATE audit_anchor SET seq = 9, last_id = 9 WHERE seq = 10")
    assert await _broken_at(store) == 9
    await intruder("DELETE FROM audit_anchor WHERE seq = 6")
    assert await _broken_at(store) == 9


async def test_an_inserted_entry_is_named_and_never_chained(database: str, intruder: Sql, vault: Vault, clock: FakeClock) -> None:
    """A copy of a real row with other content, with a made-up place or with none; the linker passes it by and goes on."""
    store = await _filled(database, vault, clock)
    await intruder(
        "INSERT INTO audit_log (id, at, actor, role, action, feature, subject, result, content_hash) "
        "SELECT 50, at, 'x', role, action, feature, subject, result, content_hash FROM audit_log WHERE id = 4"
    )
    async with store.transaction() as work:
        await work.audit.write(an_entry(11))
    async with store.transaction() as work:
        assert await work.audit.link() == 1
        assert await work.audit.link() == 0
    assert await _broken_at(store) == 50
    await intruder("UPDATE audit_log SET seq = 12, link_hash = content_hash WHERE id = 50")
    assert await _broken_at(store) == 50


async def test_a_copied_entry_does_not_fit_its_place(database: str, intruder: Sql, vault: Vault, clock: FakeClock) -> None:
    """A real entry, with its right content hash, put in again under another place."""
    store = await _filled(database, vault, clock, anchored=False)
    await intruder(
        "INSERT INTO audit_log (id, at, actor, role, action, feature, subject, result, content_hash, seq, link_hash) "
        "SELECT 50, at, actor, role, action, feature, subject, result, content_hash, 11, link_hash FROM audit_log WHERE id = 10"
    )
    assert await _broken_at(store) == 50


async def test_swapped_entries_are_found(database: str, intruder: Sql, vault: Vault, clock: FakeClock) -> None:
    """Two entries that exchange their places: the first of them is named."""
    store = await _filled(database, vault, clock)
    await intruder(
        "UPDATE audit_log SET seq = -1 WHERE id = 4; UPDATE audit_log SET seq = 4 WHERE id = 5; UPDATE audit_log SET seq = 5 WHERE id = 4"
    )
    assert await _broken_at(store) == 5


async def test_another_key_makes_no_chain(database: str, clock: FakeClock, vault: Vault) -> None:
    """Whoever writes and chains with a key of their own is found out by the right one."""
    forger = await _filled(database, Vault(b"another key entirely, 32 bytes.."), clock)
    await forger.close()
    assert await _broken_at(open_store(database, vault, clock)) == 6


async def test_entries_come_newest_first_and_without_identifiers(store: Store) -> None:
    """of_subject gives what was written, with ids; the pseudonym is fixed and not the text."""
    async with store.transaction() as work:
        for number in range(1, 8):
            await work.audit.write(an_entry(number, subject="s"))
        await work.audit.write(an_entry(9, subject="other"))
        entries = await work.audit.of_subject("s", 3)
        assert [entry.at for entry in entries] == [an_entry(number).at for number in (7, 6, 5)]
        assert len({entry.id for entry in entries}) == 3
        pseudonym = await work.audit.pseudonym("oUser")
        assert pseudonym == await work.audit.pseudonym("oUser") != await work.audit.pseudonym("oUseR")
        assert "oUser" not in pseudonym


async def test_entries_are_chained_in_portions(store: Store) -> None:
    """link does at most as many as it was asked to and says how many; an entry that was written meanwhile follows."""
    async with store.transaction() as work:
        for number in range(25):
            await work.audit.write(an_entry(number))
    for expected in (10, 10, 5, 0):
        async with store.transaction() as work:
            assert await work.audit.link(10) == expected
    async with store.transaction() as work:
        await work.audit.write(an_entry(99))
        assert await work.audit.link() == 1
        report = await work.audit.verify()
    assert (report.entries, report.linked, report.broken_at) == (26, 26, None)


async def test_linkers_at_once_make_one_chain(store: Store) -> None:
    """Ten processes link at the same moment: every entry once, and the chain holds."""
    async with store.transaction() as work:
        for number in range(30):
            await work.audit.write(an_entry(number))

    async def link() -> int:
        async with store.transaction() as work:
            return await work.audit.link(7)

    outcomes = await together(link() for _ in range(10))
    assert sorted(outcomes, key=str) == [0, 0, 0, 0, 0, 2, 7, 7, 7, 7]
    async with store.reading() as found:
        report = await found.audit.verify()
    assert (report.entries, report.linked, report.broken_at) == (30, 30, None)


async def test_an_anchor_is_set_only_over_something_new(store: Store) -> None:
    """None for an empty log and when nothing was chained since; each seal is another one."""
    async with store.transaction() as work:
        assert await work.audit.anchor(START) is None
        await work.audit.write(an_entry(1))
        assert await work.audit.anchor(START) is None
        await work.audit.link()
        first = await work.audit.anchor(START)
        assert await work.audit.anchor(START + MINUTE) is None
        await work.audit.write(an_entry(2))
        await work.audit.link()
        second = await work.audit.anchor(START + MINUTE)
        assert first
        assert second
        assert first != second


async def test_a_rolled_back_entry_leaves_no_gap(store: Store) -> None:
    """Numbers may be missing in the ids, never in the chain."""
    for fail in (False, True, False):
        try:
            async with store.transaction() as work:
                await work.audit.write(an_entry(1))
                assert await work.users.get("oUser") is None
                if fail:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            pass
    async with store.transaction() as work:
        assert await work.audit.link() == 2
        assert (await work.audit.verify()).broken_at is None


async def test_a_note_that_is_put_in_afterwards_shows(database: str, intruder: Sql, vault: Vault, clock: FakeClock) -> None:
    """An entry that was written without a reason cannot be given one."""
    store = await _filled(database, vault, clock)
    await intruder("UPDATE audit_log SET note = (SELECT other.note FROM audit_log AS other WHERE other.id = 4) WHERE id = 7")
    assert await _broken_at(store) == 7


async def test_a_reason_is_kept_with_the_entry(store: Store) -> None:
    """It comes back with what was done, and the chain holds."""
    async with store.transaction() as work:
        await work.audit.write(an_entry(1, subject="s", role="审核", note="电话核实身份"))
        await work.audit.write(an_entry(2, subject="s"))
        await work.audit.link()
    async with store.reading() as found:
        second, first = await found.audit.of_subject("s")
        assert (first.note, second.note) == ("电话核实身份", "")
        assert (await found.audit.verify()).broken_at is None


def _entries() -> list[AuditEntry]:
    """Forty, a minute apart: three people's chats by turns, and every fourth one by a member of staff."""
    return [
        an_entry(
            at=START + number * MINUTE,
            actor="staff-1" if number % 4 == 0 else f"chat-{number % 3}",
            role="审核" if number % 4 == 0 else "person",
            action="unmask" if number % 8 == 0 else "query",
            feature=f"BZ-{number % 2}",
            subject=f"subject-{number % 5}",
        )
        for number in range(1, 41)
    ]


@pytest.mark.parametrize(
    "wanted",
    [
        AuditSearch(),
        AuditSearch(actor="staff-1"),
        AuditSearch(actor="chat-2"),
        AuditSearch(actor="nobody"),
        AuditSearch(subject="subject-3"),
        AuditSearch(action="unmask"),
        AuditSearch(feature="BZ-1"),
        AuditSearch(actor="staff-1", subject="subject-0", action="unmask", feature="BZ-0"),
        AuditSearch(start=START + 10 * MINUTE),
        AuditSearch(end=START + 10 * MINUTE),
        AuditSearch(start=START + 10 * MINUTE, end=START + 20 * MINUTE),
        AuditSearch(actor="staff-1", start=START + 4 * MINUTE, end=START + 200 * MINUTE),
        AuditSearch(start=START + 200 * MINUTE),
        AuditSearch(end=START - 200 * MINUTE),
    ],
)
async def test_searching_the_log(store: Store, wanted: AuditSearch) -> None:
    """Everything that fits, newest first, page by page of three; the first moment belongs to it, the last one does not."""
    entries = _entries()
    async with store.transaction() as work:
        for entry in entries:
            await work.audit.write(entry)
    expected = [
        entry
        for entry in reversed(entries)
        if wanted.actor in ("", entry.actor)
        and wanted.subject in ("", entry.subject)
        and wanted.action in ("", entry.action)
        and wanted.feature in ("", entry.feature)
        and (wanted.start is None or entry.at >= wanted.start)
        and (wanted.end is None or entry.at < wanted.end)
    ]
    found: list[AuditEntry] = []
    async with store.reading() as work:
        while page := await work.audit.search(replace(wanted, before_id=found[-1].id if found else None), 3):
            assert len(page) <= 3
            found += page
    assert [replace(entry, id=0) for entry in found] == expected


async def test_searching_a_span_of_days_reads_that_span(store: Store, clock: FakeClock) -> None:
    """Entries whose moments are out of order by a transaction's length are found too."""
    moments = [START + timedelta(days=day) for day in range(30)]
    moments[10], moments[11] = START + timedelta(days=10, minutes=2), START + timedelta(days=10)
    async with store.transaction() as work:
        for moment in moments:
            await work.audit.write(an_entry(at=moment, subject="s"))
    async with store.reading() as found:
        day = AuditSearch(start=START + timedelta(days=10), end=START + timedelta(days=10, minutes=1))
        assert [entry.at for entry in await found.audit.search(day)] == [START + timedelta(days=10)]
        later = AuditSearch(start=START + timedelta(days=10, minutes=1), end=START + timedelta(days=11))
        assert [entry.at for entry in await found.audit.search(later)] == [START + timedelta(days=10, minutes=2)]
