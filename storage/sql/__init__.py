"""The SQL store: SQLite for one process, PostgreSQL for many, the same repositories on both."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from storage.locks import LocalLocks
from storage.ports.time import Clock
from storage.sql.shelter import VolatileStore
from storage.sql.sqlite import SqliteBackend
from storage.sql.store import SqlStore
from storage.sql.urls import parsed
from storage.vault import Vault

if TYPE_CHECKING:
    from storage.sql.advisory import PostgresLocks

__all__ = ["SqlStore", "open_locks", "open_store"]


def open_store(
    database_url: str,
    vault: Vault,
    clock: Clock,
    *,
    redis: VolatileStore | None = None,
    connections: int = 60,
    patience: float = 2.5,
    queued: Callable[[frozenset[str]], None] = lambda _: None,
) -> SqlStore:
    """A store on a migrated database. Nothing is connected before the first question.

    `redis` (from `storage.redis.open_redis`) takes sessions and answers out of the database. Of the `connections` that the process
    may have to PostgreSQL the store takes two thirds, `open_locks` the rest. `patience` is how many seconds a transaction waits for its turn
    (SQLite's writer, a connection of PostgreSQL) before it raises Unavailable: a person is to be answered within five. `queued` is told after
    each commit what of it is due at once (`jobs`, `notices`), so that whoever serves it in this process need not be asked to look. Raises
    ValueError for an address that is neither.
    """
    url = parsed(database_url)
    if url.get_backend_name() == "sqlite":
        return SqlStore(SqliteBackend(url.database or "", _READERS, patience), vault, clock, redis, queued)
    from storage.sql.postgres import PostgresBackend  # noqa: PLC0415 - with its driver a third of a second that SQLite does without

    return SqlStore(PostgresBackend(url, _third(connections), patience), vault, clock, redis, queued)


def open_locks(database_url: str, connections: int = 60) -> PostgresLocks | LocalLocks:
    """Locks that hold between all who use that database: in PostgreSQL, over a third of the process' `connections`; SQLite is one process' affair.
    Nothing is connected before the first."""
    url = parsed(database_url)
    if url.get_backend_name() == "sqlite":
        return LocalLocks()
    from storage.sql.advisory import PostgresLocks  # noqa: PLC0415 - as above

    return PostgresLocks(url, _third(connections))


_READERS = 3
"""Of SQLite. More of them take turns for the interpreter, and answer no faster."""


def _third(connections: int) -> int:
    """For transactions, for what is asked in one journey, and for locks while Redis is away: whoever waits for one kind takes none of another."""
    return max(1, connections // 3)
