"""One unit of work on a database, as the repositories see it: statements in, plain tuples out.

Both databases stand behind `Unit`. Repositories say with the method they call whether a statement reads or writes; the unit decides
which connection it goes to and when a transaction begins. Nothing here commits: `storage.sql.store` does.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Executable, Table, bindparam
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

from storage.ports.repositories import Conflict
from storage.ports.time import Clock
from storage.vault import Vault

Insert = SqliteInsert | PostgresInsert
Rows = Sequence[Sequence[Any]]
Params = Mapping[str, Any]
NOTHING: Params = {}


class Query:
    """A statement that each database spells its own way (`ON CONFLICT`); built once for each, at first use."""

    __slots__ = ("_build", "_built")

    def __init__(self, build: Callable[[Callable[[Table], Insert]], Executable]) -> None:
        self._build = build
        self._built: dict[str, Executable] = {}

    def spelled(self, dialect: str) -> Executable:
        """The statement for `sqlite` or `postgresql`."""
        found = self._built.get(dialect)
        if found is None:
            found = self._built[dialect] = self._build(SqliteInsert if dialect == "sqlite" else PostgresInsert)
        return found


Statement = Executable | Query


def values(table: Table, *leave: str) -> dict[str, Any]:
    """A bind parameter of its own name for each column, except those to leave out."""
    return {c.name: bindparam(c.name, type_=c.type) for c in table.c if c.name not in leave}


class Put:
    """Insert or update by a key: which columns the rows have, in which order; the SQL is made of names of our own tables only.

    `where` is a condition on the stored row and on `excluded`, without which an update does not happen; it is our own text as well.
    """

    def __init__(self, table: Table, *key: str, without: Sequence[str] = (), where: str = "") -> None:
        self.table = table.name
        self.columns = [name for name in table.columns.keys() if name not in without]  # noqa: SIM118 (columns, not names)
        self.places = [self.columns.index(name) for name in key]
        # Quoted, since some of ours are words of the language (`end`).
        self.names = ", ".join(f'"{name}"' for name in self.columns)
        sets = ", ".join(f'"{name}" = excluded."{name}"' for name in self.columns if name not in key)
        self.conflict = f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {sets}{f' WHERE {where}' if where else ''}"

    def distinct(self, rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """One row a key, the last one wins: PostgreSQL refuses to update a row twice in one statement."""
        places = self.places
        return list({tuple([row[place] for place in places]): row for row in rows}.values())


class Unit(abc.ABC):
    """Statements of one transaction. `vault` and `clock` are at hand for the repositories."""

    dialect: str

    def __init__(self, vault: Vault, clock: Clock, readonly: bool) -> None:
        self.vault = vault
        self.clock = clock
        self.readonly = readonly
        self.queued: set[str] = set()
        """`jobs`, `notices`: what of them is due already was written in this transaction."""

    def _may_write(self) -> None:
        if self.readonly:
            raise RuntimeError("a write inside reading()")

    @abc.abstractmethod
    async def rows(self, statement: Statement, params: Params = NOTHING) -> Rows:
        """All rows of a reading statement."""

    async def row(self, statement: Statement, params: Params = NOTHING) -> Sequence[Any] | None:
        """The first row, or None."""
        found = await self.rows(statement, params)
        return found[0] if found else None

    async def glance(self, statement: Statement, params: Params = NOTHING) -> Sequence[Any] | None:
        """As `row`, for what is found by a whole key: a few pages at most, never a scan. A backend may do it on the spot."""
        return await self.row(statement, params)

    async def few(self, statement: Statement, params: Params = NOTHING) -> Rows:
        """As `rows`, for a handful that is found by a whole key. A backend may do it on the spot."""
        return await self.rows(statement, params)

    @abc.abstractmethod
    async def write(self, statement: Statement, params: Params = NOTHING) -> Rows:
        """Run a writing statement that has RETURNING; its rows."""

    @abc.abstractmethod
    async def change(self, statement: Statement, params: Params = NOTHING) -> int:
        """Run a writing statement; how many rows it changed."""

    @abc.abstractmethod
    async def many(self, statement: Statement, params: Sequence[Params]) -> None:
        """Run a writing statement once for each set of parameters (nothing for none)."""

    async def later(self, statement: Statement, params: Params, must_change: str = "") -> None:
        """Run a writing statement whose outcome nobody waits for, at the latest with the commit and before anything is read.

        With `must_change`, changing no row is a `Conflict` of that text, raised from the commit at the latest.
        """
        if await self.change(statement, params) == 0 and must_change:
            raise Conflict(must_change)

    @abc.abstractmethod
    async def exclusively(self, key: int) -> None:
        """Until the end of the transaction no other one gets past here with the same key."""

    @abc.abstractmethod
    async def bulk(self, put: Put, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert rows, or update them where the key exists, the fastest way there is. Keys are distinct within one call."""

    @abc.abstractmethod
    async def commit(self) -> None:
        """Make it last; raises what the database raises, and then nothing of the unit has happened."""

    @abc.abstractmethod
    async def rollback(self) -> None:
        """Undo; never raises."""
