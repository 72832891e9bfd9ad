"""PostgreSQL and Redis: the same dialog turns beside the echo, with one server process alone on its core and then with two.

Both databases run beside the generator on the other core: what is measured is the CPU of the server's own processes. The two processes are
`python -m bot serve` with one configuration, as behind one address; every chat comes to either of them.
"""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import account, people, servers
from benchmarks.bench import CHATS, Bench, openid
from benchmarks.database import postgres
from benchmarks.load import Measured, closed_loop
from benchmarks.machine import cpu_seconds, median
from benchmarks.platform import Message
from benchmarks.rates import EVEN, Talks
from bot.app import storage_of
from bot.clock import SystemClock
from bot.config import Storage
from storage.migrations import migrate
from tests.servers import ValkeyServer


async def _prepared(folder: Path, database_url: str, redis_url: str) -> Path:
    """A migrated database with 1,000 people, each bound to a chat; returns the configuration file."""
    made = account.config(folder / "unused.sqlite")
    config = replace(made, storage=Storage(database_url=database_url, redis_url=redis_url, files_dir=str(folder / "files")))
    await migrate(database_url)
    async with storage_of(config, SystemClock()) as (store, _):
        _, _, ids = await people.load(store, CHATS, 3)
        await people.bind(store, {openid(number): ids[number] for number in range(CHATS)})
    return account.write(config, folder / "shared.toml")


async def _together(targets: list[servers.Server], messages: list[Message], pace: float) -> tuple[float, float, list[Measured]]:
    """Messages a second and CPU µs a message of all processes together; each message of a chat goes to the same process in one run."""
    parts: list[list[Message]] = [[] for _ in targets]
    for message in messages:
        parts[int(message.openid[-6:]) % len(targets)].append(message)
    before = sum(cpu_seconds(one.pid) for one in targets)
    runs = await asyncio.gather(
        *(
            closed_loop(one.port, one.pid, part, connections=32 // len(targets), pace=pace / len(targets))
            for one, part in zip(targets, parts, strict=True)
        )
    )
    used = sum(cpu_seconds(one.pid) for one in targets) - before
    return len(messages) / max(run.seconds for run in runs), used / len(messages) * 1e6, list(runs)


async def run(bench: Bench) -> dict[str, Any]:
    """Slices in turn; prints a table and returns the figures."""
    talks, wrong, size = Talks(), list[str](), bench.sizes.slice
    found: dict[str, list[tuple[float, float, float]]] = {"echo": [], "one": [], "two": []}
    core = bench.cores.server
    with tempfile.TemporaryDirectory(prefix="sb-", ignore_cleanup_errors=True) as short:
        redis = ValkeyServer(Path(short))
        redis.start()
        try:
            async with (
                postgres(bench.cores.generator) as database,
                servers.other("benchmarks.echo", log=bench.folder / "echo.log", core=core) as echo,
            ):
                settings = await _prepared(bench.folder, database.url, redis.url)
                async with (
                    servers.bot(settings, bench.folder / "one.log", core) as first,
                    servers.bot(settings, bench.folder / "two.log", core) as second,
                ):
                    targets = {"echo": [echo], "one": [first], "two": [first, second]}
                    pace = 300.0
                    for target in (echo, first, second):
                        warm = talks.echoed(EVEN) if target is echo else talks.dialog(EVEN)
                        wrong += (await closed_loop(target.port, target.pid, warm, pace=pace)).wrong
                    for _ in range(bench.sizes.rounds):
                        for kind, where in targets.items():
                            messages = talks.echoed(size) if kind == "echo" else talks.dialog(size)
                            rate, used, runs = await _together(where, messages, pace if kind != "echo" else 1000.0)
                            found[kind].append((rate, used, max(run.p99 for run in runs)))
                            wrong += [line for run in runs for line in run.wrong]
                            pace = rate if kind == "one" else pace
        finally:
            redis.kill()
    medians = [{kind: median([one[place] for one in runs]) for kind, runs in found.items()} for place in range(3)]
    rates, cpu, p99 = medians
    labels = {"echo": "bare echo", "one": "dialog turn, PostgreSQL + Redis, one process", "two": "the same, two processes"}
    bench.table(
        "PostgreSQL and Redis: messages a second (server processes on one core, databases beside the generator)",
        ("", "median/s", "ratio", "ratio of CPU", "p99 ms", "CPU µs"),
        [
            (
                label,
                f"{rates[kind]:,.0f}",
                f"{rates[kind] / rates['echo']:.2f}",
                f"{cpu['echo'] / cpu[kind]:.2f}",
                f"{p99[kind] * 1e3:.1f}",
                f"{cpu[kind]:.0f}",
            )
            for kind, label in labels.items()
        ],
        f"a second process costs {cpu['two'] / cpu['one'] - 1:.0%} more CPU a message; {len(wrong)} wrong",
    )
    return {"rate": rates, "cpu_us": cpu, "second_costs": cpu["two"] / cpu["one"] - 1, "slices": found, "wrong": wrong}
