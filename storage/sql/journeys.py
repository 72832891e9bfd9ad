"""The short way to PostgreSQL: one journey for what is looked up by keys, one for what a turn writes, straight through the driver.

SQLAlchemy spells the statements, once; running them through its engine costs three times what the driver takes. Both kinds of work here are
whole by themselves: a look outside any transaction (READ COMMITTED gives each statement its own view anyway), and the last writes of a unit
that has begun nothing, as one statement that happens altogether or not at all. Everything else goes through the engine.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import URL, Boolean, Executable, LargeBinary, Select
from sqlalchemy.dialects.postgresql import asyncpg as spelling
from sqlalchemy.sql.dml import Delete, Insert, Update

from storage.ports.repositories import Conflict, Unavailable
from storage.sql.unit import Params

T = TypeVar("T")

_DIALECT = spelling.dialect()  # type: ignore[no-untyped-call]
_OURS = ("async_fallback", "async_creator_fn", "prepared_statement_cache_size", "prepared_statement_name_func")
_PLACE = re.compile(r"\$(\d+)")
_NOTHING_CHANGED = "22012"
"""SQLSTATE of a division by zero: how a statement that must change something says that it did not."""


class Spelled:
    """A statement in the driver's own words; `usable` if neither its values nor its rows need anything of SQLAlchemy."""

    __slots__ = ("defaults", "flags", "names", "sql", "table", "usable")

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

    def values(self, params: Params) -> list[Any]:
        """The values in order. A name that the statement does not know is a mistake that shows as a missing other one."""
        given = {**self.defaults, **params} if self.defaults else params
        made = [given[name] for name in self.names]
        if self.flags:
            for place, name in enumerate(self.names):
                if name in self.flags and made[place] is not None:
                    made[place] = bool(made[place])
        return made


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


class Journeys:
    """A few connections of the driver, opened when they are needed. `patience` in seconds, also for a free one."""

    def __init__(self, url: URL, count: int, patience: float) -> None:
        arguments = _DIALECT.create_connect_args(url)[1]  # type: ignore[no-untyped-call]
        self._arguments = {name: value for name, value in arguments.items() if name not in _OURS}
        self._patience = patience
        self._free: list[asyncpg.Connection[Any]] = []
        self._count = count
        self._used = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def look(self, statement: Spelled, params: Params) -> list[tuple[Any, ...]]:
        """All rows of a reading statement."""
        values = statement.values(params)
        return [tuple(row) for row in await self._with(lambda connection: connection.fetch(statement.sql, *values))]

    async def write(self, steps: Sequence[Later]) -> None:
        """Do all of them, or nothing. Raises Conflict with the words of one that had to change something and did not."""
        joined = together(steps)
        try:
            if joined is not None:
                sql, values = joined
                await self._with(lambda connection: connection.fetch(sql, *values))
            else:
                await self._with(lambda connection: _one_by_one(connection, steps))
        except asyncpg.DivisionByZeroError:
            raise Conflict(next(must for _, _, must in steps if must)) from None

    async def _with(self, work: Callable[[asyncpg.Connection[Any]], Awaitable[T]]) -> T:
        if self._used < self._count:
            self._used += 1
        else:
            await self._free_one()
        try:
            connection = await self._connected()
            try:
                found = await work(connection)
            except (asyncpg.PostgresError, Conflict):
                self._give_back(connection)  # the server has answered: the connection is sound
                raise
            except asyncpg.InterfaceError:
                connection.terminate()
                raise Unavailable("PostgreSQL: the connection was lost") from None
            except BaseException:
                connection.terminate()
                raise
            self._give_back(connection)
            return found
        finally:
            self._next()

    async def _free_one(self) -> None:
        """Wait for a connection that somebody gives back, first come first served."""
        loop = asyncio.get_running_loop()
        mine: asyncio.Future[None] = loop.create_future()
        self._waiting.append(mine)
        timer = loop.call_later(self._patience, _too_late, mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._next()  # it was given to who does not want it any more
            raise
        finally:
            timer.cancel()

    def _next(self) -> None:
        while self._waiting:
            one = self._waiting.popleft()
            if not one.done():
                one.set_result(None)
                return
        self._used -= 1

    async def _connected(self) -> asyncpg.Connection[Any]:
        while self._free:
            found = self._free.pop()
            if not found.is_closed():
                return found
        opened: asyncpg.Connection[Any] = await asyncpg.connect(**self._arguments, timeout=self._patience, command_timeout=30)
        return opened

    def _give_back(self, connection: asyncpg.Connection[Any]) -> None:
        if not connection.is_closed():
            self._free.append(connection)

    async def close(self) -> None:
        """Close the connections. Idempotent."""
        free, self._free = self._free, []
        for one in free:
            one.terminate()


def _too_late(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_exception(Unavailable("PostgreSQL: no free connection"))


async def _one_by_one(connection: asyncpg.Connection[Any], steps: Sequence[Later]) -> None:
    async with connection.transaction():
        for one, values, must in steps:
            changed = (await connection.execute(one.sql, *values)).rpartition(" ")[2]
            if must and changed == "0":
                raise Conflict(must)
