"""The processes that are measured, as children of the benchmark: each started, pinned, and ended by its own number."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
_START_S = 30.0
_END_S = 15.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running child."""

    port: int
    pid: int


@contextlib.asynccontextmanager
async def child(module: str, *arguments: str, log: Path, core: int | None = None) -> AsyncIterator[subprocess.Popen[bytes]]:
    """`python -m module …`, its output in a file. Ended with SIGTERM, and with SIGKILL if that does not help."""
    process = _spawn([sys.executable, "-m", module, *arguments], log)
    try:
        if core is not None:
            os.sched_setaffinity(process.pid, {core})
        yield process
    finally:
        process.terminate()
        try:
            await asyncio.to_thread(process.wait, _END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _spawn(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output, stdin=subprocess.DEVNULL)


def _port_in(log: Path) -> int | None:
    """What the child has told: a line of digits, or the event `serving` of our own log."""
    for line in log.read_text("utf-8", "replace").splitlines():
        if line.isdecimal():
            return int(line)
        if line.startswith("{") and line.endswith("}") and (event := json.loads(line)).get("event") == "serving":
            return int(event["port"])
    return None


def _end_of(log: Path) -> str:
    return log.read_text("utf-8", "replace")[-2000:]


async def _told_port(process: subprocess.Popen[bytes], log: Path) -> int:
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        if port := _port_in(log):
            return port
        if process.poll() is not None:
            break
        await asyncio.sleep(0.02)
    raise RuntimeError(f"{log.stem} did not start:\n{_end_of(log)}")


@contextlib.asynccontextmanager
async def bot(settings: Path, log: Path, core: int | None = None) -> AsyncIterator[Server]:
    """The product, started as an operator starts it."""
    async with child("bot", "serve", "--config", str(settings), log=log, core=core) as process:
        yield Server(await _told_port(process, log), process.pid)


@contextlib.asynccontextmanager
async def other(module: str, *arguments: str, log: Path, core: int | None = None) -> AsyncIterator[Server]:
    """One of our own modules that prints its port."""
    async with child(module, *arguments, log=log, core=core) as process:
        yield Server(await _told_port(process, log), process.pid)
