"""`python -m bot …` as a child process, configured by its environment, and its log."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests import child, nursery
from tests.platform_client import Platform

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 120.0
"""Seconds after which a child that says nothing has failed; nothing is timed by it."""


def settings(folder: Path, database_url: str, port: int = 0, **more: str) -> dict[str, str]:
    """What a personal account needs to serve; SMS go to a file in the folder."""
    return {
        "BOT_SERVER__PORT": str(port),
        "BOT_WECHAT__APP_ID": child.APP_ID,
        "BOT_WECHAT__TOKEN": child.TOKEN,
        "BOT_WECHAT__ENCODING_AES_KEY": child.AES_KEY,
        "BOT_WECHAT__ACCOUNT_KIND": "personal",
        "BOT_WECHAT__API_BASE": "http://127.0.0.1:1",
        "BOT_STORAGE__DATABASE_URL": database_url,
        "BOT_SMS__PROVIDER": "file",
        "BOT_SMS__FILE": str(folder / "sms.jsonl"),
        "BOT_SECURITY__MASTER_KEY": child.MASTER_KEY,
        "BOT_REMINDERS__ENABLED": "false",
        **more,
    }


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """Ours without any setting of the bot, and those that are given."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BOT_")}
    return {**inherited, "PYTHONPATH": str(ROOT), "COLUMNS": "200", "NO_COLOR": "1", **given}


class Child:
    """A running child. `lines` are what it has written to standard error, read as it comes."""

    def __init__(self, process: nursery.Child) -> None:
        self.process = process
        self.lines: list[str] = []
        self._grown = asyncio.Event()
        self._reading = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        assert self.process.stderr is not None
        while line := await self.process.stderr.readline():
            self.lines.append(line.decode().rstrip("\n"))
            self._grown.set()
        self._grown.set()

    @property
    def events(self) -> list[dict[str, Any]]:
        """The lines of its log."""
        found = []
        for line in self.lines:
            with contextlib.suppress(ValueError):
                found.append(json.loads(line))
        return [one for one in found if isinstance(one, dict)]

    def of(self, event: str) -> list[dict[str, Any]]:
        """The lines of one event."""
        return [one for one in self.events if one.get("event") == event]

    async def until(self, holds: Callable[[Child], bool]) -> None:
        """Wait until the log says so."""
        async with asyncio.timeout(PATIENCE):
            while not holds(self):
                assert not self._reading.done(), "\n".join(["the child has ended", *self.lines[-20:]])
                self._grown.clear()
                await self._grown.wait()

    async def serving(self, times: int = 1) -> int:
        """Wait until it serves (`times` times so far); the port."""
        await self.until(lambda one: len(one.of("serving")) >= times)
        return int(self.of("serving")[-1]["port"])

    async def ends(self) -> int:
        """Wait for its end; the exit code."""
        async with asyncio.timeout(PATIENCE):
            code = await self.process.wait()
            await self._reading
        return code

    async def stop(self) -> int:
        """SIGTERM, and wait for the end."""
        self.process.send_signal(signal.SIGTERM)
        return await self.ends()


@asynccontextmanager
async def running(given: Mapping[str, str], folder: Path, *arguments: str) -> AsyncIterator[Child]:
    """`python -m bot <arguments>` in `folder`, until the end of the block."""
    process = await nursery.start("bot", *arguments, folder=folder, environment=environment(given), stderr=True)
    found = Child(process)
    try:
        yield found
    finally:
        if process.returncode is None:
            process.kill()
        await found.ends()


def children_of(pid: int) -> list[int]:
    """The processes that this one has started and that still run (Linux)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if int(parent) == pid and state != "Z":
                found.append(int(stat.parent.name))
    return found


def platform_at(port: int) -> Platform:
    """The platform's side of a child."""
    return Platform(f"http://127.0.0.1:{port}/wechat", child.APP_ID, child.TOKEN, child.AES_KEY)
