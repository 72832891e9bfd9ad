"""PostgreSQL through SQLAlchemy and asyncpg: one connection a transaction, taken at the first statement."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import URL, CursorResult, Executable, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage.ports.repositories import Conflict, StorageError, Unavailable
from storage.ports.time import Clock
from storage.sql.journeys import Journeys, Later, driven, spelled
from storage.sql.pulse import Pulse
from storage.sql.unit import NOTHING, Params, Put, Rows, Statement, Unit
from storage.vault import Vault

# SQLSTATE classes in which the server, not our statement, is the trouble: connection, resources, intervention, system, and logins.
_AWAY = ("08", "28", "3D", "53", "57", "58", "XX")
_LOST_RACE = ("40001", "40P01")
_SIGN_OF_LIFE = 0.3
"""Of the patience: so long is waited before a sign of life is asked for, and twice for the sign. Together that leaves time for an honest answer."""


def translated(error: BaseException) -> Exception | None:
    """The same trouble in the words of the ports; None for what is our own mistake."""
    if isinstance(error, PoolTimeout):
        return Unavailable("PostgreSQL: no free connection")
    if isinstance(error, DBAPIError):
        state = str(getattr(error.orig, "sqlstate", None) or "")
        if state in _LOST_RACE:
            return Conflict("another transaction was faster")
        if error.connection_invalidated or state.startswith(_AWAY) or isinstance(error.orig, OSError):
            return Unavailable(f"PostgreSQL: {state or 'no connection'}")
        if isinstance(error, IntegrityError):
            return StorageError(f"the database refused a row ({state})")
        return None
    if isinstance(error, OSError | asyncio.TimeoutError):
        return Unavailable("PostgreSQL: no connection")
    state = str(getattr(error, "sqlstate", None) or "")
    if state in _LOST_RACE:
        return Conflict("another transaction was faster")
    if state.startswith("23"):
        return StorageError(f"the database refused a row ({state})")
    return Unavailable(f"PostgreSQL: {state}") if state.startswith(_AWAY) else None


class PostgresBackend:
    """One database: a pool of connections, opened when they are needed."""

    def __init__(self, url: URL, connections: int, patience: float) -> None:
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=patience,
            pool_recycle=1800,
            hide_parameters=True,  # an error must not carry what people typed
            skip_autocommit_rollback=True,
            connect_args={"timeout": patience, "command_timeout": 30},
        )
        self.journeys = Journeys(url, connections, patience)
        self._sign_s = _SIGN_OF_LIFE * patience
        self._arguments = driven(url)
        self.pulse = Pulse(self._sign_of_life, self._sign_s)
        self._closing: set[asyncio.Future[None]] = set()
        # Reads that only read need no BEGIN and no ROLLBACK.
        self.reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    def unit(self, vault: Vault, clock: Clock, readonly: bool) -> PostgresUnit:
        """A unit of work that has not begun."""
        return PostgresUnit(self, vault, clock, readonly)

    async def _sign_of_life(self) -> None:
        try:
            connection = await asyncpg.connect(**self._arguments, timeout=self._sign_s)
        except (asyncpg.PostgresError, asyncpg.InterfaceError):
            return  # it has answered, if not kindly
        connection.terminate()

    async def give_back(self, connection: AsyncConnection) -> None:
        """Return a connection; the pool rolls back what is open, and replaces what is lost. Shielded, so that a cancelled task leaks none. Nobody waits
        for a server that is away."""
        closing = asyncio.ensure_future(connection.close())
        self._closing.add(closing)
        closing.add_done_callback(self._closed)
        if not self.pulse.away:
            with contextlib.suppress(Exception):
                await asyncio.shield(closing)

    def _closed(self, closing: asyncio.Future[None]) -> None:
        self._closing.discard(closing)
        if not closing.cancelled():
            closing.exception()  # looked at: what is lost is lost

    async def close(self) -> None:
        """Close every connection. Idempotent."""
        await self.pulse.close()
        for closing in self._closing:
            closing.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)
        await self.journeys.close()
        await self.engine.dispose()


def _spelled(statement: Statement) -> Executable:
    return statement if isinstance(statement, Executable) else statement.spelled("postgresql")


class PostgresUnit(Unit):
    """Everything through one connection, in one transaction (READ COMMITTED); reading() without any."""

    dialect = "postgresql"

    def __init__(self, backend: PostgresBackend, vault: Vault, clock: Clock, readonly: bool) -> None:
        super().__init__(vault, clock, readonly)
        self._engine = backend.reading if readonly else backend.engine
        self._journeys = backend.journeys
        self._backend = backend
        self._connection: AsyncConnection | None = None
        self._failed = False
        self._later: list[Later] = []

    @asynccontextmanager
    async def _talking(self, *, cut: bool = True) -> AsyncIterator[None]:
        """An error of the server spoils the transaction: PostgreSQL would answer a later COMMIT with a silent ROLLBACK. `cut`: whether the wait may be
        ended when the server hangs."""
        if self._failed:
            raise StorageError("this transaction has failed before")
        try:
            with self._backend.pulse.waiting(cut=cut):
                yield
        except BaseException as error:
            self._failed = True
            better = translated(error)
            if better is None:
                raise
            raise better from error

    async def _open(self) -> AsyncConnection:
        if self._connection is None:
            self._connection = await self._engine.connect()
        return self._connection

    async def _execute(self, statement: Statement, params: Params | Sequence[Params]) -> CursorResult[Any]:
        await self._now()
        async with self._talking():
            connection = await self._open()
            return await connection.execute(_spelled(statement), params)

    async def rows(self, statement: Statement, params: Params = NOTHING) -> Rows:
        return (await self._execute(statement, params)).fetchall()

    async def glance(self, statement: Statement, params: Params = NOTHING) -> Sequence[Any] | None:
        found = await self.few(statement, params)
        return found[0] if found else None

    async def few(self, statement: Statement, params: Params = NOTHING) -> Rows:
        if self._connection is None and not self._later and (short := spelled(_spelled(statement))).usable:
            async with self._talking():
                return await self._journeys.look(short, params)
        return await self.rows(statement, params)

    async def later(self, statement: Statement, params: Params, must_change: str = "") -> None:
        self._may_write()
        short = spelled(_spelled(statement))
        if self._connection is not None or not short.usable:
            await super().later(statement, params, must_change)
            return
        self._later.append((short, short.values(params), must_change))

    async def _now(self) -> None:
        """What was to be written later is written before whatever comes now."""
        steps, self._later = self._later, []
        if not steps:
            return
        async with self._talking():
            connection = await self._open()
            for one, values, must_change in steps:
                result = await connection.exec_driver_sql(one.sql, tuple(values))
                if must_change and not result.rowcount:
                    raise Conflict(must_change)

    async def write(self, statement: Statement, params: Params = NOTHING) -> Rows:
        self._may_write()
        return (await self._execute(statement, params)).fetchall()

    async def change(self, statement: Statement, params: Params = NOTHING) -> int:
        self._may_write()
        return (await self._execute(statement, params)).rowcount

    async def many(self, statement: Statement, params: Sequence[Params]) -> None:
        self._may_write()
        if params:
            await self._execute(statement, params)

    async def bulk(self, put: Put, rows: Sequence[tuple[Any, ...]]) -> None:
        self._may_write()
        await self._now()
        staging = f"staging_{put.table}"
        # Names of our own tables, nothing from outside.
        make = (
            f"CREATE TEMPORARY TABLE IF NOT EXISTS {staging} ON COMMIT DROP AS SELECT {put.names} FROM {put.table} WITH NO DATA"  # noqa: S608
        )
        move = f"INSERT INTO {put.table} ({put.names}) SELECT {put.names} FROM {staging} {put.conflict}"  # noqa: S608
        async with self._talking():
            connection = await self._open()
            await connection.execute(text(make))
            driver: Any = (await connection.get_raw_connection()).driver_connection
            await driver.copy_records_to_table(staging, records=rows, columns=put.columns)
            await connection.execute(text(move))
            await connection.execute(text(f"TRUNCATE {staging}"))

    async def native(self, statement: str, args: Sequence[object], writes: bool = True) -> list[dict[str, Any]]:
        """Run a statement in the driver's own spelling ($1, $2 …), in the same transaction; its rows by name of column."""
        if writes:
            self._may_write()
        await self._now()
        async with self._talking():
            connection = await self._open()
            result = await connection.exec_driver_sql(statement, tuple(args))
            return [dict(row) for row in result.mappings()] if result.returns_rows else []

    async def exclusively(self, key: int) -> None:
        self._may_write()
        await self._execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})

    async def commit(self) -> None:
        if self._connection is None and not self._failed and not self._later:
            return
        try:
            async with self._talking(cut=False):
                if self._connection is None:
                    steps, self._later = self._later, []
                    await self._journeys.write(steps)
                else:
                    await self._connection.commit()
        finally:
            await self._give_back()

    async def rollback(self) -> None:
        self._later = []
        await self._give_back()

    async def _give_back(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await self._backend.give_back(connection)
