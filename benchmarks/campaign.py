"""A campaign to measure: retirees, their planned notices, the platform in a process of its own, and workers that come and go."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import asyncpg

from benchmarks import account, machine, retirees, servers
from benchmarks.database import Postgres, postgres
from benchmarks.sending import until_morning
from bot.app import product
from bot.clock import MovableClock
from bot.config import Config
from storage.migrations import migrate

_START_S = 60.0
_OUTCOMES = "SELECT channel, state, count(*) FROM notice GROUP BY channel, state"
_OPEN = "SELECT count(*) FROM notice WHERE due IS NOT NULL AND state IN ('planned', 'sending')"


class Running(Protocol):
    """What is used of `subprocess.Popen`."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def send_signal(self, sig: int, /) -> None: ...

    def kill(self) -> None: ...


def spawned(module: str, *arguments: str, log: Path) -> Running:
    """`python -m module …`, its output in a file."""
    with log.open("wb") as out:
        command = [sys.executable, "-m", module, *arguments]
        return subprocess.Popen(command, cwd=servers.ROOT, stdout=out, stderr=out, stdin=subprocess.DEVNULL)


class Spawn(Protocol):
    """How a worker's process is started; `spawned` unless a test has a quicker way."""

    def __call__(self, module: str, /, *arguments: str, log: Path) -> Running: ...


@dataclass
class Worker:
    """A worker's process."""

    process: Running
    log: Path

    @property
    def cpu(self) -> float:
        """Seconds of CPU so far."""
        return machine.cpu_seconds(self.process.pid)

    async def ready(self) -> None:
        """Until it says that it works."""
        async with asyncio.timeout(_START_S):
            while not any(line.isdecimal() for line in self.log.read_text("utf-8", "replace").splitlines()):
                if self.process.poll() is not None:
                    raise RuntimeError(f"a worker did not start:\n{self.log.read_text('utf-8', 'replace')[-2000:]}")
                await asyncio.sleep(0.02)

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait()

    async def end(self) -> None:
        """SIGTERM, as an operator."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                await asyncio.to_thread(self.process.wait, 20)
            except subprocess.TimeoutExpired:
                self.kill()


@dataclass
class Town:
    """Everything around one campaign. `people` are due in a week; the first `with_chat` of each hundred have a chat."""

    folder: Path
    config: Config
    settings: Path
    cores: machine.Cores
    api: aiohttp.ClientSession
    ahead: float
    people: int
    chats: float
    """The share of people with a chat."""
    with_chat: int
    planned: int
    plan_seconds: float
    server: Postgres | None
    spawn: Spawn = spawned
    workers: list[Worker] = field(default_factory=list)

    def start(self, core: int | None = None, more: float = 0.0) -> Worker:
        """Start a worker, on one core if named, its clock `more` seconds further on."""
        log = self.folder / f"worker-{len(self.workers)}.log"
        process = self.spawn("benchmarks.sending", str(self.settings), str(self.ahead + more), log=log)
        if core is not None:
            os.sched_setaffinity(process.pid, {core})
        worker = Worker(process, log)
        self.workers.append(worker)
        return worker

    async def end_all(self) -> None:
        """End the workers that live."""
        await asyncio.gather(*(worker.end() for worker in self.workers))

    async def order(self, **faults: object) -> None:
        """Let the platform fail in that way from now on."""
        async with self.api.post("/faults", json=faults) as answer:
            answer.raise_for_status()

    async def report(self) -> dict[str, Any]:
        """What the platform has seen."""
        async with self.api.get("/report") as answer:
            told: dict[str, Any] = await answer.json()
            return told

    async def reached(self) -> tuple[dict[str, int], dict[str, int]]:
        """How many messages everybody got: by openid, by phone."""
        async with self.api.get("/people") as answer:
            chats, phones = await answer.json()
            return chats, phones

    async def until(self, count: int, at_most: float) -> dict[str, Any]:
        """Wait until the platform has accepted so many; its report then, or when the time is over."""
        over = time.monotonic() + at_most
        told = await self.report()
        while told["accepted"] + told["texts"] < count and time.monotonic() < over:
            await asyncio.sleep(0.1)
            told = await self.report()
        return told

    async def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the database, from outside."""
        if self.config.storage.database_url.startswith("sqlite"):
            path = self.config.storage.database_url.removeprefix("sqlite:///")
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
                return list(connection.execute(sql).fetchall())
        connection = await asyncpg.connect(self.config.storage.database_url)
        try:
            return [tuple(row) for row in await connection.fetch(sql)]
        finally:
            await connection.close()

    async def outcomes(self) -> dict[str, int]:
        """Rows of the ledger: `template sent` → how many."""
        return {f"{channel} {state}": count for channel, state, count in await self.ask(_OUTCOMES)}

    async def settled(self, at_most: float) -> bool:
        """Wait until nothing is planned or on its way any more."""
        over = time.monotonic() + at_most
        while (await self.ask(_OPEN))[0][0]:
            if time.monotonic() > over:
                return False
            await asyncio.sleep(0.25)
        return True


async def _analyze(config: Config) -> None:
    connection = await asyncpg.connect(config.storage.database_url)
    try:
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


@asynccontextmanager
async def town(
    folder: Path,
    cores: machine.Cores,
    people: int,
    *,
    database: str = "postgres",
    chats: float = 1.0,
    url: str = "",
    redis_url: str = "",
    per_minute: int = 0,
    at_once: int = 200,
    batch: int = 1000,
    seed: int = 1,
    spawn: Spawn = spawned,
) -> AsyncIterator[Town]:
    """People are stored and their notices planned; nothing is sent before a worker is started. Platform and PostgreSQL are on the
    generator's core, where the measured worker is not. `url`: a database that is there and migrated."""
    ahead = until_morning()
    async with contextlib.AsyncExitStack() as stack:
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        server = await stack.enter_async_context(postgres(cores.generator)) if not url and database == "postgres" else None
        made_here = server.url if server is not None else f"sqlite:///{folder / 'notices.sqlite'}"
        platform = await stack.enter_async_context(
            servers.other("benchmarks.slow_platform", str(seed), log=folder / "platform.log", core=cores.generator)
        )
        base = f"http://127.0.0.1:{platform.port}"
        config = account.sending(
            (url or made_here).replace("+asyncpg", ""),
            base,
            redis_url=redis_url,
            per_minute=per_minute,
            at_once=at_once,
            batch=batch,
        )
        settings = account.write(config, folder / "settings.toml")
        if not url:
            await migrate(made_here)
        clock = MovableClock()
        clock.advance(ahead)
        with machine.anywhere(cores):
            async with product(config, clock) as built:
                today = clock.now().date()
                with_chat = await retirees.fill(built.store, people, today + timedelta(days=7), chats=chats)
                if server is not None:
                    await _analyze(config)  # as autovacuum does for an agency: a bulk load without statistics is planned badly
                begun = time.perf_counter()
                planned = await built.planner.plan(today)
                plan_seconds = time.perf_counter() - begun
        api = await stack.enter_async_context(aiohttp.ClientSession(base))
        made = Town(folder, config, settings, cores, api, ahead, people, chats, with_chat, planned, plan_seconds, server, spawn)
        if server is not None:
            await _analyze(config)
        stack.push_async_callback(made.end_all)
        yield made
