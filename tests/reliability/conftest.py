"""A PostgreSQL of these tests' own, which they may stop and start: one for all of a process, with the people of the tests in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.database import Postgres
from bot.clock import SystemClock
from storage.migrations import migrate
from storage.sql import open_store
from storage.vault import Vault
from tests import people
from tests.servers import blocking


@pytest.fixture(scope="session")
def own_postgres() -> Iterator[Postgres]:
    """It runs; chats of other tests are in it."""
    server = Postgres()
    try:
        blocking(lambda: _begin(server))
        yield server
    finally:
        blocking(server.stop)
        server.remove()


async def _begin(server: Postgres) -> None:
    await server.start()
    await migrate(server.url)
    store = open_store(server.url, Vault(bytes(range(32))), SystemClock())
    await people.load(store)
    await store.close()
