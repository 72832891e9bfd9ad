"""A worker (or the whole bot) at a time of day at which people may be reminded: `python -m benchmarks.sending <settings> <seconds> [--serve]`.

The process is the product's own; its clock alone is set forward by so many seconds, so that a run at night finds a morning.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from datetime import datetime, time, timedelta
from pathlib import Path

import uvloop

from bot import logs
from bot.app import behind_the_chat, product, serving, working
from bot.clock import MovableClock, SystemClock
from bot.config import load
from storage.ports.time import SHANGHAI

_MORNING = time(9, 30)


def until_morning() -> float:
    """Seconds by which a clock must be set forward to show a morning in Beijing; the whole run then lies in the day."""
    now = SystemClock().now()
    morning = datetime.combine(now.date(), _MORNING, SHANGHAI)
    return ((morning if morning > now else morning + timedelta(days=1)) - now).total_seconds()


async def main(settings: Path, seconds: float, serve: bool) -> None:
    """Until SIGTERM."""
    clock = MovableClock()
    clock.advance(seconds)
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    config = load(settings, {})
    if serve:
        async with serving(config, clock, worker=False) as (_, port):
            print(port, flush=True)
            await _settled(told)
    else:
        behind_the_chat()
        async with product(config, clock) as built, working(built):
            print(os.getpid(), flush=True)
            await _settled(told)


async def _settled(told: asyncio.Event) -> None:
    gc.collect()
    gc.freeze()
    await told.wait()


if __name__ == "__main__":
    logs.set_up()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(main(Path(sys.argv[1]), float(sys.argv[2]), "--serve" in sys.argv))
