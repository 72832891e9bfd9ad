"""The store of the contract tests: on PostgreSQL the connections stay open from test to test, and with them what the server and the driver know.

A new connection and a statement's first planning cost more than what nearly every test asks. Whatever a test leaves is emptied before the next;
the store itself, its clock and its shelter are made anew.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from storage.redis import open_redis
from storage.sql import SqlStore, open_store
from storage.sql.postgres import PostgresBackend
from storage.sql.urls import parsed
from storage.vault import Vault
from tests.clock import FakeClock

_PATIENCE = 60.0
"""Seconds: the machine may be busy; that is no failure."""


class _Kept(PostgresBackend):
    """Its connections outlive a store."""

    async def close(self) -> None:
        """Nothing; `end` closes."""

    async def end(self) -> None:
        """Close every connection."""
        await super().close()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Connections belong to a loop: who uses the kept ones shares one."""
    for item in items:
        if "store" in getattr(item, "fixturenames", ()) and "tests/contracts" in item.nodeid:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kept(migrated_postgres_url: str) -> AsyncIterator[_Kept]:
    """The connections of this process' migrated database."""
    backend = _Kept(parsed(migrated_postgres_url), 20, _PATIENCE)
    yield backend
    await backend.end()


_SHELTERED = (
    "test_chat.py",
    "test_messages.py",
    "test_opening.py",
    "test_secrets.py",
    "test_store.py",
    "test_together.py",
    "test_users.py",
)
"""What Redis has a part in: sessions, answers, what a turn begins with, what goes with somebody, and the store itself."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test runs on SQLite and on PostgreSQL, and again with Redis beside it where that makes a difference."""
    if "store" in metafunc.fixturenames:
        beside = ["postgres+redis"] if metafunc.definition.path.name in _SHELTERED else []
        metafunc.parametrize("store", ["sqlite", "postgres", *beside], indirect=True)


@pytest_asyncio.fixture(loop_scope="session")
async def store(request: pytest.FixtureRequest, vault: Vault, clock: FakeClock, kept: _Kept) -> Any:
    """A store on a fresh database; the same test runs on each backend."""
    database, _, redis = request.param.partition("+")
    url = request.getfixturevalue(f"{database}_url")  # empty
    cache = open_redis(request.getfixturevalue("redis_url"), patience=_PATIENCE) if redis else None
    if database == "sqlite":
        found: SqlStore = open_store(url, vault, clock, patience=_PATIENCE)
    else:
        found = SqlStore(kept, vault, clock, cache)
    yield found
    await found.close()
