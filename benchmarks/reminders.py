"""`make bench-reminders`: how fast notices go out, what a second worker costs, how well the pace is kept, and chat meanwhile.

The workers are the product's own processes; the platform is another one, 50 ms away. Afterwards everybody must have got exactly one
message, and the ledger must say so. The last line is the rate of one worker on one core against PostgreSQL: `N/s`.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import uvloop
from rich.console import Console

from benchmarks import machine, servers
from benchmarks.campaign import Town, Worker, town
from benchmarks.load import open_loop
from benchmarks.platform import Message, new_id
from benchmarks.retirees import openid
from bot import logs

_AT_MOST_S = 600.0
_CHAT_RATE = 100.0
_CHATS = 500
_PACE = 30_000
"""Notices a minute, where the pace is measured."""
_BESIDE = 24_000
"""Notices a minute beside chat: bot and worker share one core here, and twice what L6 asks for leaves the bot its half."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a run gave."""

    people: int
    accepted: int
    seconds: float
    cpu_us: float
    """Of our workers, for each message."""
    database_us: float
    """Of PostgreSQL; 0 where there is none."""
    by_second: list[int]
    wrong: list[str]

    @property
    def rate(self) -> float:
        """Messages a second, from the first to the last that the platform accepted."""
        return self.accepted / self.seconds if self.seconds else 0.0


@dataclass
class Run:
    """What the parts share."""

    folder: Path
    cores: machine.Cores
    people: int
    console: Console
    wrong: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    def say(self, line: str, wrong: Sequence[str] = ()) -> None:
        """Print a line, and what was wrong."""
        self.console.print(line, highlight=False)
        for one in wrong:
            self.console.print(f"[red]wrong:[/] {one}", highlight=False)
        self.wrong += wrong


async def checked(found: Town, told: dict[str, Any]) -> list[str]:
    """Everybody once, and the ledger agrees."""
    rows = await found.outcomes()
    expected = {
        "planned": (found.planned, found.people),
        "people reached": (told["people"], found.with_chat),
        "shown twice": (told["twice"], 0),
        "rows sent": (rows.get("template sent", 0), found.with_chat),
        "in doubt": (sum(count for name, count in rows.items() if name.endswith("doubtful")), 0),
    }
    return [f"{name}: {is_}, not {due}" for name, (is_, due) in expected.items() if is_ != due]


def _database_seconds(found: Town) -> float:
    return sum(machine.cpu_seconds(pid) for pid in found.server.pids) if found.server is not None else 0.0


async def _finished(found: Town, workers: Sequence[Worker], *, check: bool = True) -> Sent:
    """Let ready workers send everything."""
    before, database = sum(one.cpu for one in workers), _database_seconds(found)
    told = await found.until(found.with_chat, _AT_MOST_S)
    used, database = sum(one.cpu for one in workers) - before, _database_seconds(found) - database
    await found.settled(30)
    count = max(1, told["accepted"])
    wrong = await checked(found, told) if check else []
    return Sent(
        found.people, told["accepted"], told["seconds"], used / count * 1e6, database / count * 1e6, told["by_second"], wrong
    )


async def _with_workers(run: Run, name: str, count: int, database: str = "postgres", people: int = 0) -> Sent:
    async with town(run.folder / name, run.cores, people or run.people, database=database) as found:
        # The second one shares the generator's core, so that each has one; what it costs is told in CPU, not in time.
        workers = [found.start((run.cores.server, run.cores.generator)[place % 2]) for place in range(count)]
        for worker in workers:
            await worker.ready()
        return await _finished(found, workers)


async def alone(run: Run) -> None:
    """One worker on one core, PostgreSQL."""
    sent = await _with_workers(run, "one", 1)
    run.figures["alone"] = sent
    run.say(
        f"one worker, one core, PostgreSQL: {sent.accepted:,} in {sent.seconds:.1f} s = {sent.rate:,.0f}/s, "
        f"{sent.cpu_us:,.0f} µs CPU each, PostgreSQL {sent.database_us:,.0f} µs",
        sent.wrong,
    )


async def second(run: Run) -> None:
    """Two workers."""
    sent = await _with_workers(run, "two", 2)
    run.figures["second"] = sent
    one: Sent | None = run.figures.get("alone")
    more = f", {sent.cpu_us / one.cpu_us - 1:+.1%} against one" if one else ""
    run.say(f"two workers, PostgreSQL: {sent.rate:,.0f}/s, {sent.cpu_us:,.0f} µs CPU each{more}", sent.wrong)


async def sqlite(run: Run) -> None:
    """One worker, SQLite."""
    sent = await _with_workers(run, "sqlite", 1, database="sqlite", people=min(run.people, 20_000))
    run.figures["sqlite"] = sent
    run.say(f"one worker, one core, SQLite: {sent.rate:,.0f}/s, {sent.cpu_us:,.0f} µs CPU each", sent.wrong)


async def pace(run: Run) -> None:
    """Two workers under one pace for a minute and more."""
    async with town(run.folder / "pace", run.cores, _PACE * 5 // 4, per_minute=_PACE) as found:
        workers = [found.start() for _ in range(2)]
        for worker in workers:
            await worker.ready()
        sent = await _finished(found, workers)
    # The first second and the last may be short; whole minutes in between count.
    whole = sent.by_second[1:-1]
    minutes = [sum(whole[start : start + 60]) for start in range(max(1, len(whole) - 59))]
    most, least = max(minutes), min(minutes)
    run.figures["pace"] = (most, least)
    wrong = (
        [] if most <= _PACE * 1.01 and least >= _PACE * 0.99 else [f"pace: {least:,} to {most:,} a minute, not {_PACE:,} ± 1 %"]
    )
    run.say(f"a pace of {_PACE:,} a minute, two workers: every minute held {least:,} to {most:,}", [*sent.wrong, *wrong])


async def beside(run: Run) -> None:
    """Chat at 100 messages a second while a campaign goes out (L6)."""
    async with AsyncExitStack() as stack:
        found = await stack.enter_async_context(town(run.folder / "beside", run.cores, run.people, per_minute=_BESIDE))
        bot = await stack.enter_async_context(
            servers.other(
                "benchmarks.sending",
                str(found.settings),
                str(found.ahead),
                "--serve",
                log=found.folder / "serve.log",
                core=run.cores.server,
            )
        )
        rng = Random(1)
        quiet = await open_loop(bot.port, bot.pid, _questions(1000, rng), _CHAT_RATE, ahead=found.ahead)
        worker = found.start(run.cores.server)  # beside the bot, as in `serve` alone
        await worker.ready()
        begun = time.perf_counter()
        chat = await open_loop(bot.port, bot.pid, _questions(int(_CHAT_RATE * 30), rng), _CHAT_RATE, ahead=found.ahead)
        told = await found.report()
        during = (told["accepted"]) / (time.perf_counter() - begun)
        sent = await _finished(found, [worker])
    run.figures["beside"] = (chat.p99 * 1e3, during)
    slow = [f"chat p99 {chat.p99 * 1e3:.0f} ms, not below 100"] if chat.p99 >= 0.1 else []
    few = [f"{during:.0f} notices a second beside chat, not 200"] if during < 200 and told["accepted"] < found.with_chat else []
    run.say(
        f"chat at {_CHAT_RATE:.0f}/s: p99 {quiet.p99 * 1e3:.1f} ms; beside the campaign: p50 {chat.p50 * 1e3:.1f} ms, p99 {chat.p99 * 1e3:.1f} ms, "
        f"{during:,.0f} notices a second meanwhile",
        [*sent.wrong, *quiet.wrong[:5], *chat.wrong[:5], *slow, *few],
    )


def _questions(count: int, rng: Random) -> list[Message]:
    return [Message(openid(rng.randrange(_CHATS)), "认证", new_id(), "认证") for _ in range(count)]


PARTS: dict[str, Callable[[Run], Awaitable[None]]] = {
    "sqlite": sqlite,
    "pace": pace,
    "beside": beside,
    "alone": alone,
    "second": second,
}


def main() -> int:
    """Run it; 1 if anybody got none or two, or a limit was not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reminders", description="Measures the sending of notices.")
    parser.add_argument("--people", type=int, default=30_000, help="how many are due (30,000)")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="these parts alone")
    asked = parser.parse_args()
    console = Console(width=130)
    cores = machine.cores()
    if (load := machine.busy()) > 0.5:
        console.print(f"[yellow]the machine is at work already (load {load:.1f}): the figures will be too low[/]")
    with (
        tempfile.TemporaryDirectory(prefix="shebao-bench-", ignore_cleanup_errors=True) as folder,
        (Path(folder) / "log").open("w", encoding="utf-8") as log,
        machine.pinned(cores.generator),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        logs.set_up(log)
        run = Run(Path(folder), cores, asked.people, console)
        for name, part in PARTS.items():
            if name in asked.only:
                runner.run(_part(part, run))
    if not run.wrong:
        console.print("everybody got exactly one")
    if (sent := run.figures.get("alone")) is not None:
        print(f"{sent.rate:.0f}/s")
    return int(bool(run.wrong))


async def _part(part: Callable[[Run], Awaitable[None]], run: Run) -> None:
    await part(run)


if __name__ == "__main__":
    raise SystemExit(main())
