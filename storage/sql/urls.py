"""Database addresses as people write them."""

from __future__ import annotations

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError


def parsed(database_url: str) -> URL:
    """The address with the driver that we use; raises ValueError (without the address, which may hold a password) for any other database.

    `sqlite:///data/bot.db` (relative), `sqlite:////var/lib/bot.db` (absolute), `postgresql://user:password@host/name`; a named driver is ignored.
    """
    try:
        url = make_url(database_url)
    except ArgumentError:
        raise ValueError("not a database address") from None
    backend = "postgresql" if url.drivername == "postgres" else url.get_backend_name()
    if backend == "postgresql":
        return url.set(drivername="postgresql+asyncpg")
    if backend == "sqlite":
        if not url.database or ":memory:" in url.database:
            raise ValueError("SQLite is used with a file: sqlite:///path/to/file.db")
        return url.set(drivername="sqlite")
    raise ValueError(f"databases are SQLite and PostgreSQL, not {backend}")
