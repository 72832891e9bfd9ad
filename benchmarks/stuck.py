"""Some chats' turns hang for a minute while everybody else goes on: what the others notice of it, targets.md F14.

`python -m benchmarks.stuck`. The product as it is run, but for the turns of some chats, which wait for an outside that does not answer. The platform
sends their messages three times, as it does. The others are measured in turn without and with them: their p99 stays within ±20 %.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from random import Random

import uvloop
from rich.console import Console

from benchmarks import machine, servers
from benchmarks.alone import concluded, run_alone, table_of
from benchmarks.bench import CHATS, openid
from benchmarks.load import Measured, open_loop
from benchmarks.platform import Message, new_id
from benchmarks.rates import asked, prepared
from bot import logs
from bot.app import serving
from bot.clock import SystemClock
from bot.config import load
from bot.warming import at_work
from dialogs.messages import AnyInbound
from handlers.turns import Seal, Turns

STUCK = 50
"""The last of the chats."""
HANGS_S = 60.0
RATE = 100.0
MOST = 0.2


class Hanging:
    """Implements `handlers.turns.Turns`: the turns of the stuck chats begin only after a minute."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._stuck = {openid(number) for number in range(CHATS - STUCK, CHATS)}

    async def answered(self, key: str) -> bytes | None:
        return await self._turns.answered(key)

    async def take(self, inbound: AnyInbound, seal: Seal) -> bytes | None:
        if inbound.openid in self._stuck:
            await asyncio.sleep(HANGS_S)
        return await self._turns.take(inbound, seal)

    async def postpone(self, inbound: AnyInbound, interim: bytes) -> None:
        await self._turns.postpone(inbound, interim)


async def serve(settings: Path) -> None:
    """The product with turns that hang, until it is ended."""
    logs.set_up()
    async with serving(load(settings), SystemClock(), around=Hanging, freeze=True) as (_, port):
        at_work()
        print(port, flush=True)
        await asyncio.Event().wait()


def _others(count: int, rng: Random) -> list[Message]:
    places = [rng.randrange(CHATS - STUCK) for _ in range(count)]
    return [asked(place, place, turn) for turn, place in enumerate(places)]


async def _stuck(server: servers.Server, seconds: float) -> Measured:
    """Each of them once, and the same again after five and after ten seconds, by the platform's own patience."""
    first = [Message(openid(CHATS - 1 - number), "你好", new_id(), age_s=0) for number in range(STUCK)]
    sent = [*first, *first, *first][: round(STUCK * seconds / 5)]
    return await open_loop(server.port, server.pid, sent, STUCK / 5, connections=STUCK * 3)


async def run(seconds: int, rounds: int, folder: Path, console: Console) -> bool:
    """Measure, print; True when every answer was right and the others noticed nothing."""
    settings, rng = await prepared(folder, "stuck"), Random(14)
    alone, beside, wrong = list[Measured](), list[Measured](), list[str]()
    async with servers.other("benchmarks.stuck", "--serve", str(settings), log=folder / "stuck.log") as server:
        await open_loop(server.port, server.pid, _others(500, rng), RATE)  # warm
        count = round(RATE * seconds)
        for _ in range(rounds):
            alone.append(await open_loop(server.port, server.pid, _others(count, rng), RATE))
            stuck = asyncio.ensure_future(_stuck(server, seconds))
            await asyncio.sleep(
                1.0
            )  # its 150 connections are opened at once, which the platform's are not: that is none of the measurement
            beside.append(await open_loop(server.port, server.pid, _others(count, rng), RATE))
            wrong += (await stuck).wrong
    table = table_of(
        f"{RATE:.0f} messages a second beside {STUCK} chats that hang, medians of {rounds} rounds",
        ("", "p50 ms", "p99 ms", "slowest ms", "CPU µs"),
    )
    p99 = {}
    for label, runs in (("without them", alone), ("beside them", beside)):
        p99[label] = machine.median([one.p99 for one in runs])
        wrong += [line for one in runs for line in one.wrong]
        times = (machine.median([getattr(one, name) for one in runs]) * 1e3 for name in ("p50", "p99", "slowest"))
        table.add_row(label, *(f"{one:.1f}" for one in times), f"{machine.median([one.server_cpu_us for one in runs]):.0f}")
    console.print(table)
    change = p99["beside them"] / p99["without them"] - 1
    console.print(f"p99 of the others: {change:+.0%}", highlight=False)
    if change > MOST:
        wrong.append(f"p99 of the others is {change:.0%} longer")
    return concluded(console, wrong)


def main() -> int:
    """1 if others had to wait."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stuck", description=__doc__)
    parser.add_argument("--seconds", type=int, default=15, help="of one slice")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    asked_for = parser.parse_args()
    if asked_for.serve:
        uvloop.run(serve(asked_for.serve))
        return 0
    return run_alone(lambda folder, console: run(asked_for.seconds, asked_for.rounds, folder, console))


if __name__ == "__main__":
    sys.exit(main())
