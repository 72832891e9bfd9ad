"""Several processes that share a port, and how a process is told to end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from pathlib import Path

import structlog

log = structlog.get_logger("bot")

CHILD = "CHILD_OF_BOT"
"""Set for the processes that `serve --processes` starts. No name of a setting: those begin with BOT_."""

CANNOT = 2
"""The exit code of a command that says why it cannot start: trying again would say the same."""

AWAY = 75
"""The exit code of one that the database keeps from starting (EX_TEMPFAIL): trying again helps as soon as it is back."""


def told() -> asyncio.Event:
    """Set at SIGTERM or SIGINT, from now on."""
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)
    return ending


async def supervise(config: Path | None, processes: int, *, worker: bool) -> bool:
    """Run `processes` children that share the port; restart one that dies, pass SIGTERM on. Whether one said that it cannot start."""
    from bot.metrics import SHARED_COUNTS, mark_process_dead  # noqa: PLC0415 - those who are alone start without it

    stopping = told()
    arguments = [sys.executable, "-m", "bot", "serve", *(["--config", str(config)] if config else [])]
    if not worker:
        arguments.append("--no-worker")

    async def keep() -> int:
        while True:
            child = await asyncio.create_subprocess_exec(*arguments, env={**os.environ, CHILD: "1", SHARED_COUNTS: counts})
            ended, asked = asyncio.ensure_future(child.wait()), asyncio.ensure_future(stopping.wait())
            await asyncio.wait({ended, asked}, return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                child.terminate()
            asked.cancel()
            code = await ended
            mark_process_dead(child.pid, counts)  # type: ignore[no-untyped-call]  # what was true of it alone; its counts stay
            if code == CANNOT:
                stopping.set()
            if not stopping.is_set():
                log.warning("a process ended and is started again", code=code)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), 1)
            if stopping.is_set():
                return code

    # They share a port: whichever is asked for /metrics tells what all have counted, those that have ended too.
    with tempfile.TemporaryDirectory(prefix="bot-metrics-") as counts:
        codes = await asyncio.gather(*(keep() for _ in range(processes)))
    return CANNOT in codes
