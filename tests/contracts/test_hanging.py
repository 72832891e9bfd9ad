"""A PostgreSQL that hangs: it takes connections and does not answer (targets.md F3). The server is real; a relay before it holds its breath."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import make_url

from storage.ports.repositories import Unavailable
from storage.sql import SqlStore
from storage.sql.postgres import PostgresBackend
from storage.vault import Vault
from tests.clock import FakeClock

PATIENCE_S = 0.5
"""A sign of life is waited for a third of it."""


class Relay:
    """A Unix socket before the server's. While it is held nothing passes, either way."""

    def __init__(self, server: Path) -> None:
        self._server = server
        self._passing = asyncio.Event()
        self._passing.set()
        self._tasks = set[asyncio.Task[None]]()
        self.connected = 0

    @contextmanager
    def held(self) -> Iterator[None]:
        """The server hangs during the block."""
        self._passing.clear()
        try:
            yield
        finally:
            self._passing.set()

    @asynccontextmanager
    async def listening(self, at: Path) -> AsyncIterator[None]:
        """Whoever connects there is connected to the server."""
        async with await asyncio.start_unix_server(self._take, at):
            try:
                yield
            finally:
                for task in self._tasks:
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connected += 1
        theirs, ours = await asyncio.open_unix_connection(self._server)
        for source, target in ((reader, ours), (theirs, writer)):
            task = asyncio.create_task(self._pass_on(source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass_on(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while some := await source.read(65536):
                await self._passing.wait()
                target.write(some)
        finally:
            target.close()


@asynccontextmanager
async def backed(url: str, folder: Path) -> AsyncIterator[tuple[Relay, PostgresBackend]]:
    """A database that is reached through a relay."""
    made = make_url(url)
    relay = Relay(Path(str(made.query["host"])) / ".s.PGSQL.5432")
    async with relay.listening(folder / ".s.PGSQL.5432"):
        backend = PostgresBackend(made.update_query_dict({"host": str(folder)}), 5, PATIENCE_S)
        try:
            yield relay, backend
        finally:
            await backend.close()


@asynccontextmanager
async def relayed(url: str, folder: Path) -> AsyncIterator[tuple[Relay, SqlStore]]:
    """A store on it."""
    async with backed(url, folder) as (relay, backend):
        yield relay, SqlStore(backend, Vault(bytes(range(32))), FakeClock(), None, lambda _: None)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: the address of a Unix socket has a hundred bytes."""
    with tempfile.TemporaryDirectory(prefix="sb-") as made:
        yield Path(made)


async def look(store: SqlStore) -> None:
    async with store.reading() as tx:
        await tx.jobs.next_due()


async def put(store: SqlStore, key: str) -> None:
    async with store.transaction() as tx:
        await tx.answers.put(key, "o-hanging", b"answer", FakeClock().now())


async def asked_until_it_answers(store: SqlStore) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                return await look(store)
            except Unavailable:
                await asyncio.sleep(0)


async def test_who_waits_is_told_and_who_comes_is_told_at_once(postgres_url: str, folder: Path) -> None:
    """Two looks that are on their way end as Unavailable, long before the driver's half minute. The next ones are refused without a question to the
    server. When it goes on, so does everything, by itself."""
    async with relayed(postgres_url, folder) as (relay, store):
        await look(store)
        with relay.held():
            found = await asyncio.wait_for(asyncio.gather(look(store), look(store), return_exceptions=True), 20)
            assert [type(one) for one in found] == [Unavailable, Unavailable]
            before = relay.connected
            for _ in range(30):
                with pytest.raises(Unavailable, match="does not answer"):
                    await look(store)
            assert relay.connected <= before + 1  # its own look for a sign of life
        await asked_until_it_answers(store)


async def test_what_is_being_committed_is_not_cut_short(postgres_url: str, folder: Path) -> None:
    """A commit that is on its way when the server begins to hang ends with it, done; one that begins while it hangs is refused, and nothing of it is
    there."""
    async with relayed(postgres_url, folder) as (relay, store):
        await put(store, "before")
        with relay.held():
            committing = asyncio.create_task(put(store, "meanwhile"))
            with pytest.raises(Unavailable):
                await look(store)
            with pytest.raises(Unavailable):
                await put(store, "refused")
            assert not committing.done()
        await asyncio.wait_for(committing, 20)
        await asked_until_it_answers(store)
        async with store.reading() as tx:
            assert [await tx.answers.get(key) for key in ("before", "meanwhile", "refused")] == [b"answer", b"answer", None]


async def test_a_slow_question_is_no_silence(postgres_url: str, folder: Path) -> None:
    """A statement that takes several times as long as one wonders: the server gives its signs of life, and nobody is cut."""
    async with backed(postgres_url, folder) as (relay, backend):
        unit = backend.unit(Vault(bytes(range(32))), FakeClock(), readonly=True)
        assert await unit.native("SELECT pg_sleep(1)::text AS slept", (), writes=False) == [{"slept": ""}]
        await unit.rollback()
        assert relay.connected > 1


async def test_somebody_who_gives_up_is_no_silence_either(postgres_url: str, folder: Path) -> None:
    """A look that is cancelled from outside is cancelled, not Unavailable."""
    async with relayed(postgres_url, folder) as (relay, store):
        await look(store)
        with relay.held():
            looking = asyncio.create_task(look(store))
            await asyncio.sleep(0)
            looking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await looking
        await asked_until_it_answers(store)
