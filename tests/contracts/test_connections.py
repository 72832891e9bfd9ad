"""How many connections to PostgreSQL a process has, and whether the server has room for all processes."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import asyncpg
import pytest
from sqlalchemy import make_url

from bot.config import Config, Server, Storage
from bot.doctor import _connections
from storage.ports.repositories import Unavailable
from storage.sql import open_locks, open_store
from storage.sql.room import most_connections
from storage.vault import Vault
from tests import people
from tests.clock import FakeClock


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
async def operator(empty_postgres_url: str) -> asyncpg.Connection:
    """Somebody who is let in whatever limits the others have."""
    return await asyncpg.connect(_plain(empty_postgres_url))


async def test_a_process_keeps_to_its_connections(postgres_url: str, vault: Vault, clock: FakeClock) -> None:
    """Thirty turns at once, each with a lock, a look and a transaction, over twelve connections: all are served, and the server has seen no more."""
    watcher = await asyncpg.connect(_plain(postgres_url))
    others = [row["pid"] for row in await watcher.fetch("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")]
    store = open_store(postgres_url, vault, clock, connections=12, patience=60)
    locks = open_locks(postgres_url, 12)
    ids = await people.load(store)
    most, served = 0, 0

    async def turn(number: int) -> None:
        nonlocal most, served
        async with locks.hold(f"o-{number}"), store.transaction() as tx:
            await tx.people.get(ids.jianguo)
            served += 1
            if number % 5 == 0:
                asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> ALL($1::int[])"
                async with watching:
                    most = max(most, await watcher.fetchval(asked, others))

    watching = asyncio.Lock()
    try:
        await asyncio.gather(*(turn(number) for number in range(30)))
    finally:
        await watcher.close()
        await locks.close()
        await store.close()
    assert served == 30
    assert 0 < most <= 12


async def test_doctor_counts_the_processes_that_fit(empty_postgres_url: str, operator: asyncpg.Connection) -> None:
    """The server of the tests has room for 200 without the three that are kept back; a limit of the account or the database counts where it is
    narrower. What does not fit is told with the two figures that would help."""
    most = await most_connections(empty_postgres_url)
    assert most == 197
    config = Config(storage=Storage(database_url=_plain(empty_postgres_url)))
    well = _connections(config, most)
    assert (well.state, "够 3 个进程" in well.text) == ("ok", True)
    name = make_url(empty_postgres_url).database
    await operator.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 100')
    narrow = await most_connections(empty_postgres_url)
    assert narrow == 100
    told = _connections(replace(config, server=Server(processes=2)), narrow)
    assert told.state == "warn"
    assert "190 以上" in told.text  # 60 × (2 + 1) + 10
    assert "改成 33" in told.text  # 100 / 3
    await operator.close()


async def test_room_is_asked_only_where_there_is_a_server(sqlite_url: str) -> None:
    """SQLite has no connections to count; a server that is away says nothing of itself, and no password is told."""
    assert await most_connections(sqlite_url) is None
    with pytest.raises(Unavailable) as told:
        await most_connections("postgresql://bot:hunter2@127.0.0.1:1/bot")
    assert "hunter2" not in str(told.value)
