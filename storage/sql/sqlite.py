"""SQLite: any number of readers and one writer, each a connection in a thread of its own.

The threads are aiosqlite's, the statements SQLAlchemy's, compiled once. Between them stands no asynchronous engine: that crosses between
the threads four times a statement (measured 270 µs of CPU on one core, against 20–40 µs for one crossing). Here a crossing carries a whole
batch: BEGIN IMMEDIATE goes with the first write, and writes that nobody waits for go with the COMMIT.

Reads by key do not cross at all: they are done on the spot, in some microseconds, and so are small transactions that only write at their
end (`storage.sql.together`), over one connection whose pages stay valid from one to the next. Everything longer goes to the threads.

Reads see committed data and hold nothing between statements. The writer is taken in order of arrival; only BEGIN IMMEDIATE keeps
read-then-write transactions of two processes from losing updates (the driver's own BEGIN lost most of them when it was measured).
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

import aiosqlite
from sqlalchemy import Executable
from sqlalchemy.dialects import sqlite as sqlite_dialect

from storage.ports.repositories import StorageError, Unavailable
from storage.ports.time import Clock
from storage.sql.together import (
    SMALL,
    Step,
    Together,
    begin,
    commit,
    commit_all,
    copy_back,
    is_busy,
    rollback,
    run,
    translated,
)
from storage.sql.touching import touched
from storage.sql.unit import NOTHING, Params, Put, Rows, Statement, Unit
from storage.vault import Vault

_DIALECT = sqlite_dialect.dialect()
_DIALECT.paramstyle = "qmark"
_DIALECT.positional = True

_PRAGMAS = (
    "PRAGMA synchronous = NORMAL",
    "PRAGMA wal_autocheckpoint = 4000",  # 16 MB: pages that change with every message are copied back, and synced, less often
    "PRAGMA foreign_keys = ON",
    "PRAGMA mmap_size = 0",  # a reader drops its mapping after each commit: six look-ups then cost 235 µs instead of 80
    "PRAGMA temp_store = MEMORY",
)
# 8 MiB of pages for each connection: full within two minutes of work, so that memory is flat from then on; more made nothing faster, imports included.
_PAGES = "PRAGMA cache_size = -8192"
_READING = ("PRAGMA query_only = ON", _PAGES)
_WRITING = ("PRAGMA journal_mode = WAL", _PAGES)
_AT_HAND = (*_WRITING, "PRAGMA wal_autocheckpoint = 0")  # copying the log back syncs: not in the event loop

Outcome = tuple[list[tuple[Any, ...]], int]


class Compiled:
    """The SQL of a statement, the order in which its parameters go in, and the tables that it is about."""

    __slots__ = ("defaults", "names", "sql", "tables")

    def __init__(self, statement: Executable) -> None:
        compiled = statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]
        self.sql: str = str(compiled)
        self.names: list[str] = list(compiled.positiontup or ())
        known = compiled.params
        self.defaults = {name: known[name] for name in self.names if known.get(name) is not None}
        self.tables = touched(statement)

    def ordered(self, params: Params) -> tuple[Any, ...]:
        """The parameters in order. A name that the statement does not know is a mistake that shows as a missing other one."""
        if self.defaults:
            return tuple([params[name] if name in params else self.defaults[name] for name in self.names])
        return tuple([params[name] for name in self.names])


_compiled: dict[Statement, Compiled] = {}


def _compile(statement: Statement) -> Compiled:
    found = _compiled.get(statement)
    if found is None:
        executable = statement if isinstance(statement, Executable) else statement.spelled("sqlite")
        found = _compiled[statement] = Compiled(executable)
    return found


# ── what runs in the threads ────────────────────────────────────────────────────────────────────────────────────────


def _open(path: str, pragmas: Sequence[str], patience: float) -> sqlite3.Connection:
    # mode=rw: a file that is not there is trouble to be told, not an empty database to be made.
    address = f"file:{quote(path)}?mode=rw"
    connection = sqlite3.connect(
        address, uri=True, timeout=patience, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    try:
        for pragma in (*_PRAGMAS, *pragmas):
            connection.execute(pragma)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _read(connection: sqlite3.Connection, sql: str, params: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    return connection.execute(sql, params).fetchall()


def _batch(connection: sqlite3.Connection, first: bool, steps: Sequence[Step], sql: str, params: tuple[Any, ...]) -> Outcome:
    (begin if first else run)(connection, steps)
    cursor = connection.execute(sql, params)
    rows = cursor.fetchall()
    return rows, cursor.rowcount


def _only_begin(connection: sqlite3.Connection, first: bool, steps: Sequence[Step]) -> None:
    (begin if first else run)(connection, steps)


def _many(connection: sqlite3.Connection, first: bool, steps: Sequence[Step], sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
    (begin if first else run)(connection, steps)
    connection.executemany(sql, rows)


class Line(aiosqlite.Connection):
    """aiosqlite's connection in a thread of its own; here a crossing carries a whole piece of work, not one call."""

    def __init__(self, path: str, readonly: bool, patience: float) -> None:
        super().__init__(partial(_open, path, _READING if readonly else _WRITING, patience), iter_chunk_size=64)
        self._thread.name = "sqlite-read" if readonly else "sqlite-write"
        self._thread.daemon = True  # a process that ends does not wait for a statement

    async def gone(self) -> None:
        """Wait for the thread of a connection that could not be opened: it still reports to the loop, which may be about to close."""
        await asyncio.to_thread(self._thread.join)

    async def run(self, work: Callable[..., Any], *args: Any) -> Any:
        """Do `work(connection, *args)` in the thread, after what is queued there."""
        return await self._execute(work, self._conn, *args)  # type: ignore[no-untyped-call]


class Lines:
    """At most `count` lines, opened when they are first needed. Work goes to a free one, first come first served."""

    def __init__(self, path: str, count: int, readonly: bool, patience: float) -> None:
        self._make = partial(Line, path, readonly, patience)
        self._count = count
        self._free: list[Line] = []
        self._slots = asyncio.Semaphore(count)

    async def do(self, work: Callable[..., Any], *args: Any) -> Any:
        """Run `work(connection, *args)` in the next free line."""
        async with self._slots:
            line = self._free.pop() if self._free else await self._opened()
            try:
                return await line.run(work, *args)
            finally:
                self._free.append(line)

    async def _opened(self) -> Line:
        line = self._make()
        try:
            await line
        except BaseException:
            await line.gone()
            raise
        return line

    async def close(self) -> None:
        """Wait for what is under way, then close the connections. Idempotent."""
        for _ in range(self._count):
            await self._slots.acquire()
        lines, self._free = self._free, []
        for line in lines:
            await line.close()
        for _ in range(self._count):
            self._slots.release()


# ── the unit of work ────────────────────────────────────────────────────────────────────────────────────────────────


class SqliteBackend:
    """One database file: its readers, its writer, and the line in front of the writer. `patience` in seconds."""

    def __init__(self, path: str, readers: int, patience: float) -> None:
        self.readers = Lines(path, readers, readonly=True, patience=patience)
        self.writer = Lines(path, 1, readonly=False, patience=patience)
        self.keeper = Lines(path, 1, readonly=False, patience=patience)
        self.together = Together(self._hand, lambda: not self._turn.locked(), self._in_line, partial(self.keeper.do, copy_back))
        self._path = path
        self._at_hand: sqlite3.Connection | None = None
        self._turn = asyncio.Lock()
        self._patience = patience

    def unit(self, vault: Vault, clock: Clock, readonly: bool) -> SqliteUnit:
        """A unit of work that has not begun."""
        return SqliteUnit(self, vault, clock, readonly)

    def _hand(self) -> sqlite3.Connection:
        """The event loop's own connection. It never waits for a lock, and nothing is left open on it: each use is whole."""
        if self._at_hand is None:
            self._at_hand = _open(self._path, _AT_HAND, patience=0)
        return self._at_hand

    def glance(self, compiled: Compiled, params: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """Read in the caller's thread: some microseconds, where handing over would cost fifty."""
        hand = self._hand()
        if not hand.in_transaction:
            # One view of the file for all who look in this round of the loop: to take one costs as much as half a look. Nobody can be told of a
            # newer commit before the round is over.
            hand.execute("BEGIN")
            asyncio.get_running_loop().call_soon(self._look_up)
        return hand.execute(compiled.sql, params).fetchall()

    def _look_up(self) -> None:
        """The round is over, and its view with it."""
        if self._at_hand is not None:
            rollback(self._at_hand)

    async def _in_line(self, units: Sequence[Sequence[Step]]) -> list[Exception | None]:
        """Commit through the writer's thread, when it is this caller's turn."""
        await self.take_writer()
        try:
            outcomes: list[Exception | None] = await self.writer.do(commit_all, units)
        finally:
            self.give_writer()
        return outcomes

    async def take_writer(self) -> None:
        """Wait for the writer, first come first served; raises Unavailable when that takes unreasonably long."""
        if not self._turn.locked():
            await self._turn.acquire()
            return
        try:
            async with asyncio.timeout(self._patience):
                await self._turn.acquire()
        except TimeoutError:
            raise Unavailable("SQLite: the writer is held too long") from None

    def give_writer(self) -> None:
        """Let the next one in."""
        self._turn.release()

    async def close(self) -> None:
        """Close every connection, when what has come to its commit is committed. Idempotent."""
        await self.together.close()
        await self.keeper.close()
        await self.readers.close()
        await self.writer.close()
        if self._at_hand is not None:
            self._at_hand.close()
            self._at_hand = None


class SqliteUnit(Unit):
    """Reads through the readers until something has been written that a read could be about; from then on everything goes through the writer."""

    dialect = "sqlite"

    def __init__(self, backend: SqliteBackend, vault: Vault, clock: Clock, readonly: bool) -> None:
        super().__init__(vault, clock, readonly)
        self._backend = backend
        self._mine = False  # this unit has the writer
        self._begun = False
        self._failed = False
        self._steps: list[Step] = []
        self._waiting: set[str] = set()  # the tables that `_steps` write to

    def _apart(self, compiled: Compiled) -> bool:
        """Whether what is read can be no other than what is committed: nothing of its tables waits to be written here."""
        return not self._mine and self._waiting.isdisjoint(compiled.tables)

    async def rows(self, statement: Statement, params: Params = NOTHING) -> Rows:
        compiled = _compile(statement)
        if self._apart(compiled):
            try:
                found: Rows = await self._backend.readers.do(_read, compiled.sql, compiled.ordered(params))
            except sqlite3.Error as error:
                raise translated(error) from error
            return found
        return (await self._batch(compiled, params))[0]

    async def glance(self, statement: Statement, params: Params = NOTHING) -> Sequence[Any] | None:
        found = await self.few(statement, params)
        return found[0] if found else None

    async def few(self, statement: Statement, params: Params = NOTHING) -> Rows:
        compiled = _compile(statement)
        if self._apart(compiled):
            try:
                return self._backend.glance(compiled, compiled.ordered(params))
            except sqlite3.Error as error:
                if not is_busy(error):
                    raise translated(error) from error
        return await self.rows(statement, params)

    async def write(self, statement: Statement, params: Params = NOTHING) -> Rows:
        self._may_write()
        return (await self._batch(_compile(statement), params))[0]

    async def change(self, statement: Statement, params: Params = NOTHING) -> int:
        self._may_write()
        return (await self._batch(_compile(statement), params))[1]

    async def later(self, statement: Statement, params: Params, must_change: str = "") -> None:
        self._may_write()
        compiled = _compile(statement)
        self._steps.append(Step(compiled.sql, compiled.ordered(params), must_change))
        self._waiting |= compiled.tables

    async def many(self, statement: Statement, params: Sequence[Params]) -> None:
        self._may_write()
        compiled = _compile(statement)
        await self._writing(_many, compiled.sql, [compiled.ordered(p) for p in params])

    async def bulk(self, put: Put, rows: Sequence[tuple[Any, ...]]) -> None:
        self._may_write()
        marks = ", ".join("?" * len(put.columns))
        sql = f"INSERT INTO {put.table} ({put.names}) VALUES ({marks}) {put.conflict}"  # noqa: S608 (names of our own tables)
        await self._writing(_many, sql, rows)

    async def exclusively(self, key: int) -> None:
        self._may_write()
        await self._writing(_only_begin)

    async def _batch(self, compiled: Compiled, params: Params) -> Outcome:
        outcome: Outcome = await self._writing(_batch, compiled.sql, compiled.ordered(params))
        return outcome

    async def _writing(self, work: Callable[..., Any], *args: Any) -> Any:
        if self._failed:
            raise StorageError("this transaction has failed before")
        if not self._mine:
            await self._backend.take_writer()
            self._mine = True
        first, steps = not self._begun, self._steps
        self._begun, self._steps = True, []
        try:
            return await self._backend.writer.do(work, first, steps, *args)
        except BaseException as error:
            # Half a batch may have run: as on PostgreSQL, nothing of this transaction can be committed any more.
            self._failed = True
            if isinstance(error, sqlite3.Error):
                raise translated(error) from error
            raise

    # A task that is cancelled while it waits for the commit or the rollback gives the writer away at once. That is safe: the
    # writer is one thread that takes its work in order, so the next one's BEGIN comes after.

    async def commit(self) -> None:
        if not (self._begun or self._steps or self._failed):
            return
        if self._failed:
            await self.rollback()
            raise StorageError("this transaction has failed before")
        if not self._mine and len(self._steps) <= SMALL:
            steps, self._steps, self._waiting = self._steps, [], set()
            await self._backend.together.commit(steps)
            return
        try:
            await self._writing(commit)
        finally:
            self._leave()

    async def rollback(self) -> None:
        self._steps, self._waiting = [], set()
        if not self._mine:
            return
        try:
            await self._backend.writer.do(rollback)
        except sqlite3.Error:  # the next BEGIN cleans up
            pass
        finally:
            self._leave()

    def _leave(self) -> None:
        if self._mine:
            self._mine = self._begun = False
            self._backend.give_writer()
