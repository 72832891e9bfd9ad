"""Small transactions of one process, committed together on the spot: the event loop's own connection of SQLite.

A turn reads by keys and writes three rows. Handing either to a thread costs more than doing it (with the loop busy, the interpreter's lock
alone changes hands twice a statement), and a commit of its own for each turn writes the same pages again and again. So whatever has come to
its commit in the same round of the loop goes into one transaction of the file. Each unit keeps its own outcome: when one of them is refused
(`Conflict`, a constraint), all of it is undone and each is committed by itself. Nobody is told before the commit has happened.

Nothing here waits: not for another process that is writing (then the units are handed to the writer's thread, which does), and not for the
disk (synchronous=NORMAL: a commit syncs nothing; copying the log back into the file, which does, happens in a thread of its own).
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import chain
from typing import Any

from storage.ports.repositories import Conflict, StorageError, Unavailable

AT_ONCE = 64
"""Units in one transaction, at most: some three milliseconds of the loop's time."""
SMALL = 48
"""A unit with more statements than this goes through the writer's thread: the loop is needed by others."""
_LOG_PAGES = 4000
"""How long the write-ahead log may grow, about, before it is copied back: 16 MB, for pages that change with every message."""

_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOTADB,
}


class Step:
    """One statement of a batch, with its parameters in order."""

    __slots__ = ("must_change", "params", "sql")

    def __init__(self, sql: str, params: tuple[Any, ...], must_change: str = "") -> None:
        self.sql = sql
        self.params = params
        self.must_change = must_change


def is_busy(error: BaseException) -> bool:
    """Whether another connection was in the way."""
    return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def translated(error: sqlite3.Error) -> Exception:
    """The same trouble in the words of the ports. What is our own mistake in SQL stays as it is."""
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(error, sqlite3.IntegrityError):
        return StorageError(f"the database refused a row ({error.sqlite_errorname})")
    if code is not None and code & 0xFF in _AWAY:
        return Unavailable(f"SQLite: {error.sqlite_errorname}")
    return error


# ── on a connection, in whichever thread ────────────────────────────────────────────────────────────────────────────


def begin(connection: sqlite3.Connection, steps: Iterable[Step]) -> None:
    """A transaction with these steps in it."""
    if connection.in_transaction:  # left behind by a task that was cancelled between two steps
        connection.rollback()
    connection.execute("BEGIN IMMEDIATE")
    run(connection, steps)


def run(connection: sqlite3.Connection, steps: Iterable[Step]) -> None:
    """The steps in order. Raises Conflict for one that had to change a row and did not."""
    execute = connection.execute
    for step in steps:
        changed = execute(step.sql, step.params).rowcount
        if step.must_change and not changed:
            raise Conflict(step.must_change)


def commit(connection: sqlite3.Connection, first: bool, steps: Iterable[Step]) -> None:
    """The last steps and the commit; `first` when nothing has begun. Whatever is raised, nothing is left open."""
    try:
        (begin if first else run)(connection, steps)
        connection.execute("COMMIT")
    except BaseException:
        rollback(connection)
        raise


def rollback(connection: sqlite3.Connection) -> None:
    """Undo what is open."""
    if connection.in_transaction:
        connection.rollback()


def commit_all(connection: sqlite3.Connection, units: Sequence[Sequence[Step]]) -> list[Exception | None]:
    """Commit several units; the outcome of each, in order. One that is refused takes no other with it.

    A database that is busy or away refuses all of them, each with that error."""
    try:
        commit(connection, True, chain.from_iterable(units))
    except Exception as error:
        if len(units) == 1 or is_busy(error):
            return [error] * len(units)
        return [commit_all(connection, [unit])[0] for unit in units]
    return [None] * len(units)


def copy_back(connection: sqlite3.Connection) -> int:
    """Copy the write-ahead log into the file, as far as nobody still reads it; how many pages it held. Makes nobody wait."""
    found = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return max(0, int(found[1]))


# ── in the event loop ───────────────────────────────────────────────────────────────────────────────────────────────

Waiting = tuple[Sequence[Step], "asyncio.Future[None]"]


class Together:
    """Commits what comes to its commit in the same round of the loop. `in_line(units)` waits for the writer's thread instead;
    `checkpoint` copies the log back in another thread and says how many pages it held."""

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        is_free: Callable[[], bool],
        in_line: Callable[[Sequence[Sequence[Step]]], Awaitable[list[Exception | None]]],
        checkpoint: Callable[[], Awaitable[int]],
    ) -> None:
        self._connect = connect
        self._is_free = is_free
        self._in_line = in_line
        self._checkpoint = checkpoint
        self._waiting: list[Waiting] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._copying: asyncio.Task[None] | None = None
        self._written = 0
        self._copy_after = _LOG_PAGES

    def commit(self, steps: Sequence[Step]) -> asyncio.Future[None]:
        """Ends when the unit is committed; raises what it was refused with, and then nothing of it has happened."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[None] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._flush)
        self._waiting.append((steps, ended))
        return ended

    def _flush(self) -> None:
        # Who was cancelled while waiting has given up: nothing of it happens.
        found = [one for one in self._waiting if not one[1].done()]
        now, self._waiting = found[:AT_ONCE], found[AT_ONCE:]
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._flush)
        if not now:
            return
        if not self._is_free():
            self._hand_over(now)
            return
        try:
            outcomes = commit_all(self._connect(), [steps for steps, _ in now])
        except sqlite3.Error as error:
            outcomes = [error] * len(now)
        busy = []
        for one, outcome in zip(now, outcomes, strict=True):
            if outcome is not None and is_busy(outcome):
                busy.append(one)
            else:
                _settle(one[1], outcome)
        if busy:
            self._hand_over(busy)
        self._written += sum(len(steps) for steps, _ in now)
        if self._written >= self._copy_after and (self._copying is None or self._copying.done()):
            self._copying = asyncio.create_task(self._copy_back(self._written))
            self._written = 0

    def _hand_over(self, units: list[Waiting]) -> None:
        """Somebody else is writing: wait in line with everybody, together."""
        task = asyncio.create_task(self._through_the_thread(units))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _through_the_thread(self, units: list[Waiting]) -> None:
        try:
            outcomes = await self._in_line([steps for steps, _ in units])
        except Exception as error:
            outcomes = [error] * len(units)
        except BaseException:
            for _, ended in units:
                ended.cancel()
            raise
        for (_, ended), outcome in zip(units, outcomes, strict=True):
            _settle(ended, outcome)

    async def _copy_back(self, steps: int) -> None:
        """The next time is due when as many statements as fill the log have been written, judged by what they filled now."""
        try:
            pages = await self._checkpoint()
        except (sqlite3.Error, StorageError):
            return  # the next round tries again
        per_step = min(8.0, max(0.25, pages / steps))
        self._copy_after = int(_LOG_PAGES / per_step)

    async def close(self) -> None:
        """Wait for what has come to its commit. Idempotent."""
        while self._waiting or self._tasks:
            if self._tasks:
                await asyncio.wait(self._tasks)
            else:
                await asyncio.sleep(0)
        if self._copying is not None:
            await asyncio.wait({self._copying})


def _settle(ended: asyncio.Future[None], outcome: Exception | None) -> None:
    if ended.done():
        return
    if outcome is None:
        ended.set_result(None)
    else:
        ended.set_exception(translated(outcome) if isinstance(outcome, sqlite3.Error) else outcome)
