"""What `doctor` wants to know of PostgreSQL: how many connections it gives us."""

from __future__ import annotations

import asyncpg

from storage.ports.repositories import Unavailable
from storage.sql.journeys import driven
from storage.sql.urls import parsed

_ASKED = """
SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
         - coalesce(current_setting('reserved_connections', true)::int, 0) AS server,
       (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user) AS account,
       (SELECT datconnlimit FROM pg_database WHERE datname = current_database()) AS base
"""
_PATIENCE_S = 2.5


async def most_connections(database_url: str) -> int | None:
    """How many connections the server, this account and this database allow altogether; None for SQLite. Raises Unavailable without an answer."""
    url = parsed(database_url)
    if url.get_backend_name() == "sqlite":
        return None
    try:
        connection = await asyncpg.connect(**driven(url), timeout=_PATIENCE_S, command_timeout=_PATIENCE_S)
        try:
            found = await connection.fetchrow(_ASKED)
        finally:
            connection.terminate()
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        raise Unavailable("PostgreSQL: no answer") from None
    # A limit of -1 is none.
    return min(int(limit) for limit in (found["server"], found["account"], found["base"]) if limit >= 0)
