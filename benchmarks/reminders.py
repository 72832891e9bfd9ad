"""`make bench-reminders`: plan and send reminders to everybody who is due, against an API that is 50 ms away. Prints `N/s`.

The planner, the ledger, the job runner and the API client are the product's own, in one process on one core; the platform is another
process. Afterwards each person must have got exactly one message, and the ledger must say so.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import aiohttp
import uvloop
from rich.console import Console

from benchmarks import account, machine, people, servers
from benchmarks.bench import openid
from bot import logs
from bot.app import product
from bot.clock import SystemClock
from storage.migrations import migrate
from storage.ports.records import Certification
from storage.ports.repositories import Store

_AT_MOST_S = 480.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run gave. `cpu_us` of our process a reminder."""

    planned: int
    plan_seconds: float
    sent: int
    seconds: float
    cpu_us: float
    at_once: int
    wrong: tuple[str, ...]

    @property
    def rate(self) -> float:
        """Reminders sent a second, from the first claim to the last settled row."""
        return self.sent / self.seconds


async def _due(store: Store, count: int, today: date) -> None:
    """So many people who are bound to a chat each and due in thirty days."""
    _, _, ids = await people.load(store, count, 1)
    await people.bind(store, {openid(number): row_id for number, row_id in ids.items()})
    due = today + timedelta(days=30)
    async with store.transaction() as tx:
        await tx.certifications.put_many(Certification(row_id, due - timedelta(days=365), due) for row_id in ids.values())


async def run(folder: Path, count: int, cores: machine.Cores) -> Outcome:
    """Plan and send `count` reminders."""
    database = folder / "reminders.sqlite"
    async with servers.other("benchmarks.slow_platform", log=folder / "platform.log", core=cores.generator) as platform:
        base = f"http://127.0.0.1:{platform.port}"
        config = account.config(database, account_kind="service", api_base=base)
        await migrate(config.storage.database_url)
        clock = SystemClock()
        async with product(config, clock) as built:
            today = clock.now().date()
            await _due(built.store, count, today)
            begun = time.perf_counter()
            planned = await built.reminders.plan(today)
            plan_seconds = time.perf_counter() - begun
            begun, used = time.perf_counter(), time.process_time()
            async with asyncio.timeout(_AT_MOST_S):
                await built.runner.drain(at_most=count + 1000)
            seconds, used = time.perf_counter() - begun, time.process_time() - used
        async with aiohttp.ClientSession() as session, session.get(f"{base}/report") as response:
            told = await response.json()
    wrong = _checked(database, count, planned, told)
    return Outcome(planned, plan_seconds, told["calls"], seconds, used / count * 1e6, told["at_once"], tuple(wrong))


def _checked(database: Path, count: int, planned: int, told: dict[str, int]) -> list[str]:
    """Everybody once, and the ledger agrees."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        states = dict(connection.execute("SELECT state, count(*) FROM reminder GROUP BY state").fetchall())
        (left,) = connection.execute("SELECT count(*) FROM job WHERE name = 'reminder'").fetchone()
    expected = {
        "planned": (planned, count),
        "calls": (told["calls"], count),
        "people reached": (told["people"], count),
        "sent twice": (told["twice"], 0),
        "rows sent": (states.get("sent", 0), count),
        "jobs left": (left, 0),
    }
    return [f"{name}: {found}, not {due}" for name, (found, due) in expected.items() if found != due]


def main() -> int:
    """Run it; 1 if anybody got none or two."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reminders", description="Measures the sending of reminders.")
    parser.add_argument("--people", type=int, default=5_000, help="how many are due (5,000)")
    asked = parser.parse_args()
    console = Console(width=110)
    cores = machine.cores()
    with (
        tempfile.TemporaryDirectory(prefix="shebao-bench-", ignore_cleanup_errors=True) as folder,
        (Path(folder) / "log").open("w", encoding="utf-8") as log,
        machine.pinned(cores.server),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        logs.set_up(log)
        outcome = runner.run(run(Path(folder), asked.people, cores))
    console.print(
        f"{outcome.planned:,} reminders planned in {outcome.plan_seconds:.1f} s "
        f"({outcome.planned / outcome.plan_seconds:,.0f} a second), {outcome.sent:,} sent in {outcome.seconds:.1f} s "
        f"against an API 50 ms away, at most {outcome.at_once} at once, {outcome.cpu_us:,.0f} µs CPU each",
        highlight=False,
    )
    for line in outcome.wrong:
        console.print(f"[red]wrong:[/] {line}", highlight=False)
    if not outcome.wrong:
        console.print("everybody got exactly one")
    print(f"{outcome.rate:.0f}/s")
    return int(bool(outcome.wrong))


if __name__ == "__main__":
    raise SystemExit(main())
