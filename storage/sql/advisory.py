"""Locks between processes in PostgreSQL: what orders the messages of a person while Redis is away.

They have connections of their own, so that whoever waits for a lock takes none from whoever works under one. A lock ends with its
connection: a process that dies gives it back.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage.locks import LocalLocks
from storage.sql.postgres import translated

_TAKE = text("SELECT pg_advisory_lock(:key)")
_GIVE = text("SELECT pg_advisory_unlock(:key)")


class PostgresLocks:
    """Implements `ports.repositories.Locks`. `patience` in seconds; waiting longer raises Unavailable. Connects when it is first needed."""

    def __init__(self, url: URL, connections: int, patience: float = 10.0) -> None:
        self._patience = patience
        self._lines = LocalLocks()  # whoever waits behind somebody of this process needs no connection for that
        self._engine: AsyncEngine = create_async_engine(
            url,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=patience,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            skip_autocommit_rollback=True,
            connect_args={"timeout": 2.5},
        )

    @asynccontextmanager
    async def hold(self, name: str, message: tuple[str, str] | None = None) -> AsyncIterator[None]:
        key = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
        async with self._lines.hold(name):
            connection = await self._taken(key)
            try:
                yield
            finally:
                await asyncio.shield(asyncio.ensure_future(_given(connection, key)))

    async def _taken(self, key: int) -> AsyncConnection:
        connection: AsyncConnection | None = None
        try:
            async with asyncio.timeout(self._patience):
                connection = await self._engine.connect()
                await connection.execute(_TAKE, {"key": key})
        except BaseException as error:
            if connection is not None:
                # The lock may have been ours at the last moment: it ends with the connection.
                await asyncio.shield(asyncio.ensure_future(_ended(connection)))
            raise translated(error) or error from error
        return connection

    async def close(self) -> None:
        """Close every connection. Idempotent."""
        await self._engine.dispose()


async def _given(connection: AsyncConnection, key: int) -> None:
    try:
        await connection.execute(_GIVE, {"key": key})
        await connection.close()
    except Exception:
        await _ended(connection)


async def _ended(connection: AsyncConnection) -> None:
    with contextlib.suppress(Exception):
        await connection.invalidate()
    with contextlib.suppress(Exception):
        await connection.close()
