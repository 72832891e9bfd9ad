"""The short way to PostgreSQL: one journey for what is looked up by keys, one for what a turn writes, straight through the driver.

SQLAlchemy spells the statements, once; running them through its engine costs three times what the driver takes. Both kinds of work here are
whole by themselves: a look outside any transaction (READ COMMITTED gives each statement its own view anyway), and the last writes of a unit
that has begun nothing, as one statement that happens altogether or not at all. Everything else goes through the engine.

Turns of the same round of the loop share their journeys: the same look is asked once for all of them, and the same writes go out in one
transaction. Each unit keeps its own outcome: what is refused, or has to wait for somebody's lock, is undone and done one by one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import asyncpg
from sqlalchemy import URL, Boolean, Executable, LargeBinary, Select
from sqlalchemy.dialects.postgresql import asyncpg as spelling
from sqlalchemy.sql.dml import Delete, Insert, Update

from storage.ports.repositories import Conflict
from storage.sql.connections import Connections
from storage.sql.rounds import Apart, Rounds
from storage.sql.unit import Params

_DIALECT = spelling.dialect()  # type: ignore[no-untyped-call]
_OURS = ("async_fallback", "async_creator_fn", "prepared_statement_cache_size", "prepared_statement_name_func")
_PLACE = re.compile(r"\$(\d+)")
_PARAMETER = re.compile(r"\$(\d+)(?:::(\w+))?")
_JOINED = 4
"""Of the connections, those for what is written together."""
_LOCK_MS = 250
"""So long what is written together waits for a row that somebody else holds."""


class Spelled:
    """A statement in the driver's own words; `usable` if neither its values nor its rows need anything of SQLAlchemy."""

    __slots__ = ("defaults", "flags", "names", "of_many", "sql", "table", "usable")

    def __init__(self, statement: Executable) -> None:
        compiled = statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]
        self.sql: str = str(compiled)
        self.names: list[str] = list(compiled.positiontup or ())
        known = compiled.params
        self.defaults = {name: known[name] for name in self.names if known.get(name) is not None}
        kinds = {name: compiled.binds[name].type for name in self.names}
        self.flags = frozenset(name for name, kind in kinds.items() if isinstance(kind, Boolean))
        self.table = getattr(getattr(statement, "table", None), "name", "")
        plain = all(_plain(kind) for kind in kinds.values()) and not compiled.post_compile_params
        match statement:
            case Select():
                shown = all(_plain(column.type, shown=True) for column in statement.selected_columns)
                self.usable = plain and shown and statement._for_update_arg is None
            case Insert() | Update() | Delete():
                self.usable = plain and not statement._returning
            case _:
                self.usable = False
        self.of_many = _of_many(self.sql, len(self.names)) if isinstance(statement, Select) and _is_lateral(statement) else ""
        """The same look for several sets of values: an array for each name in, and before each row the number of its set."""

    def values(self, params: Params) -> list[Any]:
        """The values in order. A name that the statement does not know is a mistake that shows as a missing other one."""
        given = {**self.defaults, **params} if self.defaults else params
        made = [given[name] for name in self.names]
        if self.flags:
            for place, name in enumerate(self.names):
                if name in self.flags and made[place] is not None:
                    made[place] = bool(made[place])
        return made


def _is_lateral(statement: Select[Any]) -> bool:
    """Whether its parameters may be another table's columns; how many rows there shall be may not."""
    return statement._limit_clause is None and statement._offset_clause is None


def _of_many(sql: str, count: int) -> str:
    kinds: dict[int, str] = {}

    def column(found: re.Match[str]) -> str:
        kinds[int(found[1])] = found[2]
        return f"asked.p{found[1]}"

    one = _PARAMETER.sub(column, sql)
    if not count or not all(kinds.get(number) for number in range(1, count + 1)):
        return ""
    arrays = ", ".join(f"${number}::{kinds[number]}[]" for number in range(1, count + 1))
    names = ", ".join(f"p{number}" for number in range(1, count + 1))
    # OFFSET 0: each is looked up as it would be by itself, by its keys, however many there are.
    return (
        f"SELECT asked.place, found.* FROM unnest({arrays}) WITH ORDINALITY AS asked({names}, place)"  # noqa: S608 - our own text
        f" CROSS JOIN LATERAL ({one} OFFSET 0) AS found"
    )


def _plain(kind: Any, *, shown: bool = False) -> bool:
    """Whether the driver takes (or gives) values of this kind as they are."""
    if isinstance(kind, Boolean | LargeBinary):
        return True
    own = kind.dialect_impl(_DIALECT)
    return (own.result_processor(_DIALECT, None) if shown else own.bind_processor(_DIALECT)) is None


_known: dict[Executable, Spelled] = {}


def spelled(statement: Executable) -> Spelled:
    """The statement's short form, made once."""
    found = _known.get(statement)
    if found is None:
        found = _known[statement] = Spelled(statement)
    return found


Later = tuple[Spelled, list[Any], str]
"""A write whose outcome nobody waits for: the statement, its values, and what to say if it changes nothing ('' if it may)."""

_joined: dict[tuple[tuple[str, bool], ...], str] = {}


def together(steps: Sequence[Later]) -> tuple[str, list[Any]] | None:
    """One statement that does all of them or nothing; None if they could be about the same row, for whose order it would not answer."""
    if len({one.table for one, _, _ in steps}) < len(steps):
        return None
    shape = tuple((one.sql, bool(must)) for one, _, must in steps)
    sql = _joined.get(shape)
    if sql is None:
        parts, checks, before = [], [], 0
        for number, (one, values, must) in enumerate(steps):
            moved = _PLACE.sub(lambda found, by=before: f"${int(found[1]) + by}", one.sql)  # type: ignore[misc]
            told = "" if " RETURNING " in moved else " RETURNING 1"  # an id that the database makes is asked for by itself
            parts.append(f"s{number} AS ({moved}{told})")
            checks.append(f"(SELECT {'1 / ' if must else ''}count(*) FROM s{number})")  # noqa: S608
            before += len(values)
        sql = _joined[shape] = f"WITH {', '.join(parts)} SELECT {', '.join(checks)}"
    return sql, [value for _, values, _ in steps for value in values]


def driven(url: URL) -> dict[str, Any]:
    """What the driver is to be given to connect there."""
    made = _DIALECT.create_connect_args(url)[1]  # type: ignore[no-untyped-call]
    return {name: value for name, value in made.items() if name not in _OURS}


class Journeys:
    """What is asked of PostgreSQL in the same round of the loop is asked together, over at most `count` connections. `patience` in seconds, also
    for a free one."""

    def __init__(self, url: URL, count: int, patience: float) -> None:
        arguments = driven(url)
        joined = min(_JOINED, count // 2)
        self._alone = Connections(arguments, count - joined, patience)
        # Whoever stands behind somebody's lock must not keep the others of the round waiting there.
        self._joined = Connections(arguments, joined, patience, f"SET lock_timeout = {_LOCK_MS}") if joined else None
        self._looks: Rounds[Spelled] = Rounds(self._look_together)
        self._writes: Rounds[str] = Rounds(self._write_together)

    async def look(self, statement: Spelled, params: Params) -> list[tuple[Any, ...]]:
        """All rows of a reading statement."""
        values = statement.values(params)
        if statement.of_many:
            return await self._looks.ask(statement, values)  # type: ignore[no-any-return]
        return await self._look(statement, values)

    async def write(self, steps: Sequence[Later]) -> None:
        """Do all of them, or nothing. Raises Conflict with the words of one that had to change something and did not."""
        joined = together(steps)
        try:
            if joined is not None:
                await self._writes.ask(*joined)
            else:
                await self._alone.use(lambda connection: _one_by_one(connection, steps))
        except asyncpg.DivisionByZeroError:
            raise Conflict(next(must for _, _, must in steps if must)) from None

    async def _look(self, statement: Spelled, values: list[Any]) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self._alone.use(lambda connection: connection.fetch(statement.sql, *values))]

    async def _look_together(self, statement: Spelled, asked: Sequence[list[Any]]) -> list[list[tuple[Any, ...]]]:
        if len(asked) == 1:
            return [await self._look(statement, asked[0])]
        found: list[list[tuple[Any, ...]]] = [[] for _ in asked]
        columns = zip(*asked, strict=True)
        for row in await self._alone.use(lambda connection: connection.fetch(statement.of_many, *columns)):
            found[row[0] - 1].append(row[1:])
        return found

    async def _write_together(self, sql: str, asked: Sequence[list[Any]]) -> list[None]:
        try:
            if len(asked) == 1:
                await self._alone.use(lambda connection: connection.fetch(sql, *asked[0]))
            elif self._joined is None:
                raise Apart  # a single connection does one after the other
            else:
                await self._joined.use(lambda connection: connection.executemany(sql, asked))
        except asyncpg.PostgresError:
            if len(asked) == 1:
                raise
            raise Apart from None  # all of it is undone; whoever is refused takes no other with it
        return [None] * len(asked)

    async def close(self) -> None:
        """End what is under way and close the connections. Idempotent."""
        await self._looks.close()
        await self._writes.close()
        await self._alone.close()
        if self._joined is not None:
            await self._joined.close()


async def _one_by_one(connection: asyncpg.Connection[Any], steps: Sequence[Later]) -> None:
    async with connection.transaction():
        for one, values, must in steps:
            changed = (await connection.execute(one.sql, *values)).rpartition(" ")[2]
            if must and changed == "0":
                raise Conflict(must)
