"""The schema's history: from nothing to the present, once, and equal to the tables in the code."""

from __future__ import annotations

import asyncio
import io
import json
import signal
import sqlite3
from argparse import Namespace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries
from sqlalchemy import Connection, column, inspect, make_url, table

import storage.migrations
from storage.migrations import QUEUE_TABLES, migrate, options, pending, run
from storage.ports.records import CaseStep
from storage.ports.repositories import StorageError, Unavailable
from storage.sql import open_store
from storage.sql.codec import micros
from storage.sql.pgqueuer import SETTINGS
from storage.sql.tables import metadata
from storage.vault import Vault
from tests import nursery
from tests.clock import START, FakeClock
from tests.contracts.makers import MINUTE, a_card, a_case, a_filing, a_person, an_attachment, an_entry, put_person

ALL = ["0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009"]


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without tables (of SQLite: not even a file)."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/data/bot.db"
    url: str = request.getfixturevalue("empty_postgres_url")
    return url


async def test_migrating_is_done_once(empty: str, vault: Vault, clock: FakeClock) -> None:
    """Pending before, not after; the second run applies nothing; the database then works."""
    assert await pending(empty) is True
    assert await migrate(empty) == ALL
    assert await pending(empty) is False
    assert await migrate(empty) == []
    store = open_store(empty, vault, clock, patience=60)
    assert await put_person(store) == 1
    await store.close()


async def test_the_migrated_schema_is_the_one_in_the_code(empty: str) -> None:
    """What `alembic check` would say: nothing to add, nothing to drop, no type, default or index that differs."""

    def differences(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection, opts=options(connection)), metadata))

    def tables(connection: Connection) -> set[str]:
        return set(inspect(connection).get_table_names())

    await migrate(empty)
    queue = {QUEUE_TABLES, *(f"{QUEUE_TABLES}_{one}" for one in ("log", "statistics", "schedules"))}
    expected = {*metadata.tables, "alembic_version", *(() if empty.startswith("sqlite") else queue)}
    assert await asyncio.to_thread(run, empty, tables) == expected
    assert await asyncio.to_thread(run, empty, differences) == []


async def test_alembics_own_command_agrees(empty: str) -> None:
    """`alembic check` through env.py and alembic.ini, as whoever writes the next revision runs it."""
    await migrate(empty)
    config = Config(str(Path(storage.migrations.__file__).with_name("alembic.ini")), stdout=io.StringIO())
    config.cmd_opts = Namespace(x=[f"url={empty}"])
    await asyncio.to_thread(command.check, config)


def _spine(url: str, vault: Vault) -> None:
    """A database as it was after 0001, with a person, a card, a case with its step, and a chained log; every value as it was written then."""
    config = Config(str(Path(storage.migrations.__file__).with_name("alembic.ini")), stdout=io.StringIO())
    config.cmd_opts = Namespace(x=[f"url={url}"])
    command.upgrade(config, "0001")
    seal, digest, person, card, case = vault.seal, vault.digest, a_person(), a_card(1), a_case(1)
    entry = (micros(START), "actor", "person", "query", "BJQ-P-02a", "subject", "ok")
    rows: dict[str, dict[str, Any]] = {
        "person": {
            "region": person.region,
            "id_no_hash": digest(person.id_no, "person.id_no"),
            "name": seal(person.name, "person.name"),
            "id_no": seal(person.id_no, "person.id_no"),
            "id_type": person.id_type,
            "gender": person.gender,
            "birth_date": person.birth_date.isoformat(),
            "person_status": person.person_status,
            "payer_category": person.payer_category,
        },
        "social_card": {
            "person_id": 1,
            "region": card.region,
            "card_no_hash": digest(card.card_no, "card.card_no"),
            "card_no": seal(card.card_no, "card.card_no"),
            "status": "lost",
            "bank": card.bank,
            "lost_at": micros(START),
            "version": 1,
        },
        "business_case": {
            "case_no": case.case_no,
            "key_hash": digest(case.key, "case.key"),
            "key": seal(case.key, "case.key"),
            "feature": case.feature,
            "title": case.title,
            "region": case.region,
            "person_id": 1,
            "submitted_at": micros(case.submitted_at),
            "handling_status": case.handling_status,
            "feedback_status": case.feedback_status,
            "fields": seal(json.dumps(case.fields), "case.fields"),
            "version": 0,
        },
        "case_step": {
            "case_no": case.case_no,
            "seq": 1,
            "at": micros(START),
            "name": case.steps[0].name,
            "status": case.steps[0].status,
            "note": seal(case.steps[0].note, "case.note"),
            "by_whom": seal(case.steps[0].by, "case.by"),
        },
        "audit_log": {
            **dict(zip(("at", "actor", "role", "action", "feature", "subject", "result"), entry, strict=True)),
            "content_hash": vault.mac(json.dumps(entry, separators=(",", ":")).encode(), "audit.content"),
        },
    }
    chats = [_bound("oFirst", 1, START), _bound("oSecond", 1, START + 60 * MINUTE), _bound("oAlone", 2, START)]

    reminders = [
        _reminded(1, "a", "30", "delivered"),
        _reminded(2, "b", "30", "refused"),
        _reminded(3, "a", "15", "sending"),
        _reminded(4, "a", "7", "planned"),
        _reminded(5, "a", "warn", "sent", "card_loss"),
    ]

    def fill(connection: Connection) -> None:
        for name, columns in rows.items():
            described = table(name, *[column(one) for one in columns])
            connection.execute(described.insert().values(columns))
        connection.execute(table("identity_binding", *[column(one) for one in chats[0]]).insert(), chats)
        connection.execute(table("reminder", *[column(one) for one in reminders[0]]).insert(), reminders)

    run(url, fill)


def _reminded(number: int, chat: str, stage: str, state: str, kind: str = "P-CERT") -> dict[str, Any]:
    what = {"kind": kind, "person_id": 1, "cycle": f"2024-09-27|{chat}", "stage": stage, "channel": "template"}
    return {**what, "state": state, "client_msg_id": f"c{number}", "msg_id": None, "note": "43004" if state == "refused" else ""}


def _bound(openid: str, person_id: int, at: datetime) -> dict[str, Any]:
    said = {"role": "person", "verified_via": "sms", "consent_version": "1"}
    return {"openid": openid, "person_id": person_id, **said, "bound_at": micros(at)}


async def test_what_the_spine_held_is_kept(empty: str, vault: Vault, clock: FakeClock) -> None:
    """A database of 0001 with people, cards, cases, reminders and a log is brought up, reads as before, keeps its rules, and goes on."""
    await asyncio.to_thread(_spine, empty, vault)
    assert await pending(empty) is True
    assert await migrate(empty) == ALL[1:]
    store = open_store(empty, vault, clock, patience=60)
    async with store.transaction() as work:
        case = await work.cases.by_no(a_case(1).case_no, 1)
        assert case == a_case(1)
        assert await work.cases.by_key(case.key) == case
        assert await work.cards.of_person(1) == a_card(1, id=1, status="lost", lost_at=START, version=1)
        assert (await work.people.get(1)) == a_person(id=1, phone=None)
        held = {openid: (await work.users.bindings(openid))[0].held_until for openid in ("oFirst", "oSecond", "oAlone")}
        assert held == {"oFirst": None, "oSecond": START + (60 + 72 * 60) * MINUTE, "oAlone": None}
        told = [(row.cycle, row.stage, row.recipient, row.state.value, row.due) for row in await work.notices.of_person(1)]
        assert told == [("2024-09-27", "15", "", "doubtful", None), ("2024-09-27", "30", "", "delivered", None)]
        assert await work.audit.link() == 1
        await work.audit.write(an_entry(note="核实身份"))
        await work.audit.link()
        report = await work.audit.verify()
        assert (report.entries, report.linked, report.broken_at) == (2, 2, None)
        moved = await work.cases.add_step(case, CaseStep(2, "审核", START, "审核中"), "处理中", "等待审核")
        await work.cases.add(a_filing(2, person_id=None))
        assert await work.cases.add(a_filing(3, key=case.key)) == (moved, False)
    with pytest.raises(StorageError):  # what belongs to a case still has to
        async with store.transaction() as work:
            await work.attachments.add(an_attachment("none"))
    await store.close()


async def test_jobs_that_waited_move_to_pgqueuer(empty_postgres_url: str, vault: Vault, clock: FakeClock) -> None:
    """Waiting, leased and keyed ones of 0005 are there with time, payload, count and key; PgQueuer has nothing to add to its schema."""
    config = Config(str(Path(storage.migrations.__file__).with_name("alembic.ini")), stdout=io.StringIO())
    config.cmd_opts = Namespace(x=[f"url={empty_postgres_url}"])
    await asyncio.to_thread(command.upgrade, config, "0005")

    def put(connection: Connection) -> None:
        for number, (due, key) in enumerate([(START, "plan"), (START + 2 * MINUTE, None), (START + 600 * MINUTE, "far")]):
            row = {
                "name": "push",
                "payload": vault.seal(b"%d" % number, "job"),
                "run_at": micros(START),
                "due": micros(due) + 1,
                "attempts": number,
                "dedupe_hash": key and vault.digest(key, "job.dedupe"),
                "dedupe_key": key and vault.seal(key, "job.dedupe"),
            }
            connection.execute(table("job", *(column(name) for name in row)).insert(), row)

    await asyncio.to_thread(run, empty_postgres_url, put)
    assert await migrate(empty_postgres_url) == ALL[5:]
    store = open_store(empty_postgres_url, vault, clock, patience=60)
    tick = timedelta(microseconds=1)
    async with store.transaction() as work:
        assert await work.jobs.enqueue("push", b"", START, "far") is False
        assert await work.jobs.claim(START, MINUTE, 10) == ()
        (first,) = await work.jobs.claim(START + tick, 10 * MINUTE, 10)
        assert (first.payload, first.run_at, first.attempts, first.dedupe_key) == (b"0", START + tick, 1, "plan")
        (second,) = await work.jobs.claim(START + 3 * MINUTE, 10 * MINUTE, 10)
        assert (second.payload, second.attempts, second.dedupe_key) == (b"1", 2, None)
        (third,) = await work.jobs.claim(START + 601 * MINUTE, MINUTE, 1, ["push"])
        assert third.payload == b"0"  # the lease of the first has ended meanwhile, and it is older
    await store.close()
    plain = make_url(empty_postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(plain)
    queries = Queries(AsyncpgDriver(connection), QueryBuilderEnvironment(SETTINGS))
    plan = await queries.plan_upgrade()
    await connection.close()
    assert (plan.statements, plan.notes) == ((), ())


@pytest.mark.xdist_group("children")
async def test_starting_at_once_migrates_once(empty: str) -> None:
    """Three processes that are let go at the same moment: one does it, the others wait and find it done."""
    processes = [await nursery.start("tests.contracts.migrator", empty, stdout=True) for _ in range(3)]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    for process in processes:
        process.send_signal(signal.SIGUSR1)
    told = [await process.stdout.read() for process in processes if process.stdout]
    assert [await process.wait() for process in processes] == [0, 0, 0]
    assert sorted(out.decode().strip() for out in told) == [str(ALL), "[]", "[]"]


async def test_several_databases_migrate_at_once(tmp_path: Path) -> None:
    """Within one process, where Alembic keeps its context in globals: each file gets all of its tables, once."""
    urls = [f"sqlite:///{tmp_path}/{number}.db" for number in range(4)]
    assert await asyncio.gather(*(migrate(url) for url in urls)) == [ALL] * 4
    assert sorted(await asyncio.gather(*(migrate(url) for url in [*urls, f"sqlite:///{tmp_path}/5.db"]))) == [
        [],
        [],
        [],
        [],
        ALL,
    ]
    assert not any([await pending(url) for url in urls])


async def test_a_migration_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """On SQLite too the tables that were made before the failure are gone again."""
    path = tmp_path / "bot.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE person (x)")  # in the way of the revision, which makes others first
    connection.close()
    with pytest.raises(Exception, match="person"):
        await migrate(f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall() == [("person",)]
    connection.close()


async def test_large_tables_have_no_row_ids(sqlite_url: str) -> None:
    """Contributions are stored in the order of their key, which is what makes reading a span cheap."""
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    (sql,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'contribution_month'").fetchone()
    connection.close()
    assert "WITHOUT ROWID" in sql


async def test_a_database_that_is_away_is_unavailable() -> None:
    """migrate and pending say so in the ports' words."""
    for ask in (migrate, pending):
        with pytest.raises(Unavailable):
            await ask("postgresql://postgres@127.0.0.1:1/postgres")
