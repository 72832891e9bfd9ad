"""What a copied database shows: nothing of a person."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import asyncpg
import pytest

from storage.ports.records import Account, CardEvent, CaseStep, Hold, MarkRequest, Rating, RecordOrder, Registration
from storage.ports.time import Month
from storage.sql import SqlStore, open_store
from storage.vault import Sealed, Vault
from tests.clock import START, FakeClock
from tests.contracts.makers import (
    a_binding,
    a_card,
    a_case,
    a_code,
    a_document,
    a_filing,
    a_line,
    a_person,
    a_session,
    a_staff,
    a_staff_session,
    a_thread,
    a_ticket,
    a_user,
    an_attachment,
    an_entry,
    an_order,
)

NAME, ID_NO, PHONE, CARD = "欧阳测试甲", "110101198001019876", "13912345678", "998877665544"
CHAT = {"wechat_user", "identity_binding", "dialog_session", "answer", "parked_reply"}
OPENID = "oPlantedOpenid0123456789abcd"
WORK = (
    "欧阳身份证.jpg",
    "JBSWY3DPEHPK3PXP",
    "token-of-a-sign-in",
    "$argon2id$",
    "李审核",
    "li.shenhe",
    "我要投诉张三",
    "核实过身份",
    "手机被偷了",
    "OuyangPlanted",
    "planted@example.invalid",
    "示例路一号",
)
SECRETS = (NAME, ID_NO, PHONE, CARD, "钱包里的卡丢了", "K7M2P9QX4T", "token-of-a-link", "cookie-of-a-browser", *WORK)


async def _plant(store: SqlStore) -> None:
    told = f"{NAME} {ID_NO} {PHONE} {CARD} 钱包里的卡丢了"
    async with store.transaction() as work:
        ids = await work.people.put_many([a_person(name=NAME, id_no=ID_NO, phone=PHONE)])
        person_id = next(iter(ids.values()))
        await work.cards.put_many([a_card(person_id, card_no=CARD)])
        step = CaseStep(1, "提交", START, "已提交", told, NAME)
        await work.cases.add(a_case(person_id, fields={"说明": told}, key=f"{OPENID}:{PHONE}", steps=(step,)))
        await work.documents.add(a_document(check_code="K7M2P9QX4T", snapshot=told.encode(), key=f"{OPENID}:{ID_NO}"))
        await work.users.save(a_user(OPENID, person_id=person_id))
        await work.users.bind(a_binding(OPENID, person_id))
        await work.codes.add(a_code(openid=OPENID, phone=PHONE))
        await work.limits.hit("sms", PHONE, 5, START - START.replace(hour=1), START)
        await work.tickets.add("token-of-a-link", a_ticket(OPENID, params={"说明": told}))
        await work.tickets.claim("token-of-a-link", "cookie-of-a-browser")
        await work.sessions.save(a_session(OPENID, body=told.encode()))
        await work.answers.put("m1", OPENID, told.encode(), START)
        await work.parked.add(OPENID, told.encode(), START)
        await work.jobs.enqueue("push", told.encode(), START, dedupe_key=f"{OPENID}:{PHONE}")
        actor, subject = await work.audit.pseudonym(OPENID), await work.people.identity_hash(person_id)
        await work.audit.write(an_entry(actor=actor, subject=subject, note="核实过身份"))
        case, _ = await work.cases.add(a_filing(2, answers={"说明": told}, fields={"说明": told}))
        await work.cases.watch(case.case_no, OPENID)
        await work.attachments.add(an_attachment(case.case_no, file_name="欧阳身份证.jpg"))
        order = an_order(key=f"{OPENID}:{PHONE}", openid=OPENID, note=told, lines=((NAME, told),))
        await work.orders.add(order)
        await work.cards.note(CardEvent(person_id, CARD, START, "挂失", "成功", told))
        await work.people.hold(Hold(person_id, START, "手机被偷了"))
        await work.threads.open(a_thread(OPENID, topic="我要投诉张三"), [a_line(told)])
        await work.ratings.add(Rating("case", case.case_no, "binzhou", 1, "我要投诉张三", START))
        await work.ratings.ask(OPENID, MarkRequest("case", "1", "binzhou", "补换卡", START))
        staff = await work.staff.add(a_staff())
        await work.staff.open_session("token-of-a-sign-in", a_staff_session(staff.id))
        await work.rights.put_many([Registration(person_id, ID_NO, address="示例路一号", email="planted@example.invalid")])
        await work.accounts.add(
            Account(0, person_id, "beijing", "hash", "phone", START, "1", "OuyangPlanted", "planted@example.invalid")
        )
        month = Month(2024, 1)
        await work.record_orders.add(RecordOrder(0, person_id, OPENID, "person", month, month, START, START))
        await work.messages.intend("message-1", PHONE, "code", "tencent", START)
    async with store.transaction() as work:
        await work.audit.link()
        await work.audit.anchor(START)


async def test_a_copied_sqlite_file_shows_no_person(sqlite_url: str, vault: Vault, clock: FakeClock) -> None:
    """The bytes of the file and of its journal, while it is in use and after, hold none of the planted values in any encoding of text."""
    store = open_store(sqlite_url, vault, clock)
    await _plant(store)
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    files = [path, Path(f"{path}-wal")]
    for file in files:
        _shows_nothing(await asyncio.to_thread(file.read_bytes))
    await store.close()
    _shows_nothing(await asyncio.to_thread(path.read_bytes))


def _shows_nothing(dump: bytes) -> None:
    for secret in SECRETS:
        for encoding in ("utf-8", "utf-16-le", "gb18030"):
            assert secret.encode(encoding) not in dump
        assert secret.encode().hex().encode() not in dump.lower()


async def test_a_dumped_postgres_shows_no_person(postgres_url: str, vault: Vault, clock: FakeClock) -> None:
    """Every column of every table, as text."""
    store = open_store(postgres_url, vault, clock, patience=60)
    await _plant(store)
    await store.close()
    connection = await asyncpg.connect(postgres_url.replace("+asyncpg", ""))
    try:
        tables = [row[0] for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        dump = b""
        for table in tables:
            for row in await connection.fetch(f'SELECT * FROM "{table}"'):  # noqa: S608
                dump += b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in row.values())
    finally:
        await connection.close()
    assert OPENID.encode() in dump
    _shows_nothing(dump)


async def test_an_openid_stands_only_where_it_must(sqlite_url: str, vault: Vault, clock: FakeClock) -> None:
    """User, binding, session, answers, parked replies, and what it follows, pays, asks and is asked; and after forget nowhere at all."""
    store = open_store(sqlite_url, vault, clock)
    await _plant(store)
    path = sqlite_url.removeprefix("sqlite:///")
    assert _tables_with(path, OPENID) == CHAT | {"case_watch", "payment_order", "record_order", "thread", "rating_request"}
    async with store.transaction() as work:
        await work.users.forget(OPENID)
    assert _tables_with(path, OPENID) == set()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT openid, unbound_at IS NULL FROM identity_binding").fetchall() == [("", 0)]
    connection.close()
    await store.close()


def _tables_with(path: str, text: str) -> set[str]:
    connection = sqlite3.connect(path)
    try:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        contents = {table: connection.execute(f'SELECT * FROM "{table}"').fetchall() for table in tables}  # noqa: S608
        return {table for table, rows in contents.items() if text in str(rows)}
    finally:
        connection.close()


async def test_one_code_on_two_documents_leaves_no_trace(sqlite_url: str, vault: Vault, clock: FakeClock) -> None:
    """What is stored to check a code by is bound to the serial number: equal codes cannot be told from the file."""
    store = open_store(sqlite_url, vault, clock)
    async with store.transaction() as work:
        for number in (1, 2):
            await work.documents.add(a_document(number, check_code="SAMECODE99"))
    await store.close()
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    first, second = connection.execute("SELECT check_hash, check_code FROM document").fetchall()
    connection.close()
    assert first[0] != second[0]
    assert first[1] != second[1]


async def test_a_database_without_its_key_is_of_no_use(sqlite_url: str, vault: Vault, clock: FakeClock) -> None:
    """Another key finds nobody and opens nothing."""
    store = open_store(sqlite_url, vault, clock)
    await _plant(store)
    await store.close()
    thief = open_store(sqlite_url, Vault(b"x" * 32), clock)
    async with thief.reading() as found:
        assert await found.people.by_phone(PHONE) == ()
        with pytest.raises(Sealed):
            await found.people.get(1)
    await thief.close()
