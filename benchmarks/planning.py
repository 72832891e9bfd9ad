"""How long planning takes as the number of retirees grows, and how much memory: `python -m benchmarks.planning [--sizes …]`.

Everybody is due in a week, so everybody gets a row: the first run writes them all, the second finds all of them there (the daily run).
The planner is the product's own in a process on one core; PostgreSQL is on the other one.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import asyncpg
import uvloop
from rich.console import Console

from benchmarks import account, machine, retirees
from benchmarks.database import postgres
from benchmarks.sending import until_morning
from bot import logs
from bot.app import product
from bot.clock import MovableClock
from storage.migrations import migrate

SIZES = (50_000, 200_000, 1_000_000)
GOAL_S = 60.0


@dataclass(frozen=True, slots=True)
class Planned:
    """One size. Seconds and MiB; `again` is a run that finds everything there."""

    people: int
    filled: float
    first: float
    again: float
    cpu: float
    database_cpu: float
    memory_before: float
    memory_most: float


class _Peak:
    """The most memory that this process has held meanwhile."""

    def __init__(self) -> None:
        self.most = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        while not self._over.wait(0.05):
            self.most = max(self.most, machine.memory_mib(os.getpid()))

    def __enter__(self) -> _Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


async def measured(folder: Path, cores: machine.Cores, people: int) -> Planned:
    """Fill a database, plan, plan again."""
    async with postgres(cores.generator) as server:
        await migrate(server.url)
        clock = MovableClock()
        clock.advance(until_morning())
        async with product(account.sending(server.url, "http://127.0.0.1:9"), clock) as built:
            today = clock.now().date()
            begun = time.perf_counter()
            with machine.anywhere(cores):
                await retirees.fill(built.store, people, today + timedelta(days=7))
            filled = time.perf_counter() - begun
            connection = await asyncpg.connect(server.url)
            await connection.execute("VACUUM ANALYZE")
            await connection.close()
            before = machine.memory_mib(os.getpid())
            cpu, database = time.process_time(), sum(map(machine.cpu_seconds, server.pids))
            with _Peak() as peak:
                begun = time.perf_counter()
                new = await built.planner.plan(today)
                first = time.perf_counter() - begun
                cpu, database = time.process_time() - cpu, sum(map(machine.cpu_seconds, server.pids)) - database
                begun = time.perf_counter()
                more = await built.planner.plan(today)
                again = time.perf_counter() - begun
    if (new, more) != (people, 0):
        raise RuntimeError(f"{new} and {more} rows planned for {people} people")
    return Planned(people, filled, first, again, cpu, database, before, peak.most)


def main() -> int:
    """Print a line for each size and the estimate for ten million; 1 if a million took longer than a minute."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.planning", description="Measures the planning of notices.")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    asked = parser.parse_args()
    console, cores, found = Console(width=130), machine.cores(), list[Planned]()
    with (
        tempfile.TemporaryDirectory(prefix="shebao-bench-", ignore_cleanup_errors=True) as folder,
        (Path(folder) / "log").open("w", encoding="utf-8") as log,
        machine.pinned(cores.server),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        logs.set_up(log)
        for people in sorted(asked.sizes):
            one = runner.run(measured(Path(folder), cores, people))
            found.append(one)
            console.print(
                f"{people:,} people (stored in {one.filled:.0f} s): planned in {one.first:.1f} s "
                f"({people / one.first:,.0f} a second; CPU {one.cpu:.1f} s here, {one.database_cpu:.1f} s PostgreSQL), "
                f"again in {one.again:.1f} s; memory {one.memory_before:.0f} MiB, at most {one.memory_most:.0f}",
                highlight=False,
            )
    last = found[-1]
    first, again = last.first, last.again
    if len(found) > 1:  # by the growth from the size before, should that be worse than in proportion
        before = found[-2]
        grown = last.people / before.people
        worse = max(1.0, (last.first / before.first) / grown), max(1.0, (last.again / before.again) / grown)
        first, again = first * worse[0], again * worse[1]
    scale = 10_000_000 / last.people
    console.print(
        f"estimate for 10,000,000: first {first * scale / 60:.0f} min, again {again * scale / 60:.0f} min", highlight=False
    )
    slow = any(one.people >= 1_000_000 and one.first > GOAL_S * one.people / 1_000_000 for one in found)
    return int(slow)


if __name__ == "__main__":
    raise SystemExit(main())
