"""(e) Cold start: from the command to the first right answer."""

from __future__ import annotations

import asyncio
import socket
import time
from pathlib import Path
from typing import Any

from benchmarks import account, servers
from benchmarks.bench import Bench, openid
from benchmarks.machine import cpu_seconds, median
from benchmarks.platform import Message, Platform, new_id, response
from benchmarks.rates import prepared

_PATIENCE_S = 30.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _first_answer(port: int, platform: Platform, message: Message) -> None:
    """Knock until somebody opens; the answer must be right."""
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.005)
            continue
        writer.write(platform.request(message))
        status, body = await response(reader)
        writer.close()
        if trouble := platform.trouble(message, status, body):
            raise RuntimeError(f"the first answer was wrong: {trouble}")
        return
    raise RuntimeError("no answer")


async def _once(settings: Path, bench: Bench, number: int) -> tuple[float, float]:
    """Seconds until the first right answer, and CPU seconds used for it."""
    port = _free_port()
    account.write(account.config(settings.with_suffix(".sqlite"), port=port), settings)
    platform = Platform(port)
    message = Message(openid(number), "校验", new_id(), "二维码")
    begun = time.perf_counter()
    async with servers.child(
        "bot", "serve", "--config", str(settings), log=bench.folder / "start.log", core=bench.cores.server
    ) as process:
        await _first_answer(port, platform, message)
        return time.perf_counter() - begun, cpu_seconds(process.pid)


async def run(bench: Bench) -> dict[str, Any]:
    """Start it several times; prints a table and returns the figures."""
    settings = await prepared(bench.folder, "start")
    taken = [await _once(settings, bench, number) for number in range(bench.sizes.starts)]
    seconds, cpu = [one[0] for one in taken], [one[1] for one in taken]
    bench.table(
        "Cold start: `python -m bot serve` to the first right answer",
        ("", "first s", "median s", "best s", "CPU s"),
        [
            (
                f"{len(taken)} starts on one core, database ready",
                f"{seconds[0]:.2f}",
                f"{median(seconds):.2f}",
                f"{min(seconds):.2f}",
                f"{median(cpu):.2f}",
            )
        ],
    )
    return {"seconds": seconds, "cpu_seconds": cpu}
