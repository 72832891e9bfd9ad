"""Accounts by password, edits of guides, and what becomes of documents."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from storage.ports.records import Account, DocumentCheck, DocumentFile, GuideEdit, Validity
from storage.ports.repositories import Conflict, Store
from storage.sql import open_store
from storage.vault import Vault
from tests.clock import START, FakeClock
from tests.contracts.makers import MINUTE, a_document, a_person, put_person, together, until_conflict


def an_account(person_id: int, **changes: Any) -> Account:
    return replace(
        Account(0, person_id, "binzhou", "$argon2id$1", "phone", START, "2024-09", "Zhang_San", "a@example.invalid"), **changes
    )


# ── 个人账号 ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_account_is_found_by_its_owner_and_its_name(store: Store) -> None:
    """As it was kept; the name in any letter case, in its region only; no name finds nobody."""
    person_id = await put_person(store)
    async with store.transaction() as work:
        kept = await work.accounts.add(an_account(person_id))
    async with store.reading() as tx:
        assert kept == an_account(person_id, id=kept.id)
        assert await tx.accounts.of_person(person_id) == kept
        assert await tx.accounts.by_username("binzhou", " zHANG_sAN ") == kept
        assert await tx.accounts.by_username("beijing", "Zhang_San") is None
        assert await tx.accounts.by_username("binzhou", "") is None
        assert await tx.accounts.of_person(987654) is None


async def test_one_account_a_person_and_a_name(store: Store) -> None:
    """A second of the person, or the name in other letters, is a Conflict; without a name there may be many."""
    one, two, three = [await put_person(store, a_person(number)) for number in (1, 2, 3)]
    async with store.transaction() as work:
        await work.accounts.add(an_account(one))
        for taken in (an_account(one, username="other"), an_account(two, username="ZHANG_SAN")):
            with pytest.raises(Conflict):
                await work.accounts.add(taken)
        await work.accounts.add(an_account(two, username=""))
        await work.accounts.add(an_account(three, username="", email=""))
        assert await work.accounts.of_person(three) is not None
    got = await together(until_conflict(_add(store, an_account(four))) for four in [await put_person(store, a_person(4))] * 2)
    assert got == [False, False]  # the name is taken


async def _add(store: Store, account: Account) -> Account:
    async with store.transaction() as work:
        return await work.accounts.add(account)


async def test_an_account_changes_bit_by_bit(store: Store) -> None:
    """Password with its moment and whether it must be changed, email, state; removed it is gone, once."""
    person_id = await put_person(store)
    async with store.transaction() as work:
        kept = await work.accounts.add(an_account(person_id))
        await work.accounts.set_password(kept.id, "$argon2id$2", START + MINUTE, must_change=True)
        await work.accounts.set_email(kept.id, "b@example.invalid")
        await work.accounts.set_status(kept.id, "locked")
        assert await work.accounts.of_person(person_id) == replace(
            kept,
            password_hash="$argon2id$2",
            changed_at=START + MINUTE,
            must_change=True,
            email="b@example.invalid",
            status="locked",
        )
        await work.accounts.set_email(kept.id, "")
        await work.accounts.set_password(kept.id, "$argon2id$3", START + 2 * MINUTE, must_change=False)
        changed = await work.accounts.of_person(person_id)
        assert changed is not None
        assert (changed.email, changed.must_change) == ("", False)
    async with store.transaction() as work:
        assert await work.accounts.remove(person_id)
        assert not await work.accounts.remove(person_id)
        assert await work.accounts.by_username("binzhou", "zhang_san") is None


async def test_a_copied_file_tells_no_username(sqlite_url: str, vault: Vault, clock: FakeClock) -> None:
    """Name and mail lie sealed; what the name is found by is another thing in every deployment."""
    store = open_store(sqlite_url, vault, clock)
    person_id = await put_person(store)
    async with store.transaction() as work:
        await work.accounts.add(an_account(person_id))
    await store.close()
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    (row,) = connection.execute("SELECT username_hash, username, email FROM account").fetchall()
    connection.close()
    assert b"zhang_san" not in row[1].lower()
    assert b"example.invalid" not in row[2]
    assert row[0] == vault.digest("zhang_san", "account.username")
    assert row[0] != Vault(b"x" * 32).digest("zhang_san", "account.username")


# ── guides ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def an_edit(code: str = "BJH-01", body: str = '{"what":"一"}', **changes: Any) -> GuideEdit:
    return replace(GuideEdit(0, "beijing", code, body, START, 1, "改了电话"), **changes)


async def test_the_newest_edit_is_shown_and_all_are_kept(store: Store) -> None:
    """Of each guide the newest, also one that goes back to the text as shipped; other regions apart; history newest first."""
    async with store.transaction() as work:
        first = await work.guide_edits.add(an_edit(), 0)
        second = await work.guide_edits.add(an_edit(body="", at=START + MINUTE, staff_id=2), first.id)
        other = await work.guide_edits.add(an_edit("BJH-02"), 0)
        await work.guide_edits.add(an_edit(region="binzhou"), 0)
    async with store.reading() as tx:
        assert await tx.guide_edits.newest("beijing") == {"BJH-01": second, "BJH-02": other}
        assert await tx.guide_edits.newest("jinan") == {}
        assert await tx.guide_edits.history("beijing", "BJH-01") == (second, first)
        assert await tx.guide_edits.history("beijing", "BJH-01", limit=1) == (second,)


async def test_two_editors_do_not_overwrite_each_other(store: Store) -> None:
    """Who has not seen the newest version is refused, also when both come at once."""
    async with store.transaction() as work:
        first = await work.guide_edits.add(an_edit(), 0)
    with pytest.raises(Conflict):
        async with store.transaction() as work:
            await work.guide_edits.add(an_edit(), 0)

    async def save(body: str) -> None:
        async with store.transaction() as work:
            await work.guide_edits.add(an_edit(body=body), first.id)

    assert sorted(await together(until_conflict(save(body)) for body in ("二", "三")), key=str) == [False, True]
    async with store.reading() as tx:
        assert len(await tx.guide_edits.history("beijing", "BJH-01")) == 2


# ── documents ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def issued(store: Store, *numbers: int) -> list[str]:
    """Documents of one person; their serial numbers."""
    person_id = await put_person(store)
    async with store.transaction() as work:
        return [(await work.documents.add(a_document(number, person_id=person_id)))[0].serial_no for number in numbers]


async def test_checks_are_listed_newest_first(store: Store) -> None:
    """Each one, also two of one moment; of that document only."""
    one, other = await issued(store, 1, 2)
    checks = [DocumentCheck(one, START + number * MINUTE, way) for number, way in enumerate(("chat", "page", "photo"))]
    async with store.transaction() as work:
        for check in [*checks, checks[-1], DocumentCheck(other, START, "offline")]:
            await work.papers.checked(check)
    async with store.reading() as tx:
        assert await tx.papers.checks(one) == (checks[2], checks[2], checks[1], checks[0])
        assert await tx.papers.checks(one, limit=1) == (checks[2],)
        assert await tx.papers.checks("BJ0") == ()


async def test_the_first_file_is_the_one_that_was_issued(store: Store) -> None:
    """A second file of the same document is not kept."""
    (serial_no,) = await issued(store, 1)
    first = DocumentFile(serial_no, "a.pdf", "ab" * 32, START, "key-1")
    async with store.transaction() as work:
        assert await work.papers.file(serial_no) is None
        assert await work.papers.keep_file(first)
    async with store.transaction() as work:
        assert not await work.papers.keep_file(replace(first, name="b.pdf"))
        assert await work.papers.file(serial_no) == first


async def test_a_document_ends_by_day_or_by_its_holder(store: Store) -> None:
    """Limits and a revocation do not touch each other; the first revocation counts."""
    limited, revoked = await issued(store, 1, 2)
    async with store.transaction() as work:
        assert await work.papers.validity(limited) is None
        await work.papers.limit(limited, date(2024, 12, 31))
        await work.papers.limit(limited, date(2024, 12, 31))
        assert await work.papers.validity(limited) == Validity(limited, date(2024, 12, 31))
        assert await work.papers.revoke(revoked, START)
        assert not await work.papers.revoke(revoked, START + MINUTE)
        assert await work.papers.validity(revoked) == Validity(revoked, None, START)
        assert await work.papers.revoke(limited, START)
        await work.papers.limit(limited, None)
        assert await work.papers.validity(limited) == Validity(limited, None, START)


async def test_the_documents_of_a_person(store: Store) -> None:
    """Newest first, limited, of that person only."""
    serials = await issued(store, 1, 2, 3)
    other = await put_person(store, a_person(2))
    async with store.transaction() as work:
        mine = await work.documents.by_serial(serials[0])
        assert mine is not None
        assert mine.person_id is not None
        await work.documents.add(a_document(9, person_id=other))
    async with store.reading() as tx:
        assert [document.serial_no for document in await tx.documents.of_person(mine.person_id)] == serials[::-1]
        assert [document.serial_no for document in await tx.documents.of_person(mine.person_id, limit=1)] == serials[2:]
