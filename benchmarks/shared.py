"""PostgreSQL and Redis: the same dialog turns beside the echo, with one server process alone on its core and then with two.

Both databases run beside the generator on the other core: what is measured is the CPU of the server's own processes. The two processes are
`python -m bot serve` with one configuration, as behind one address; every chat comes to either of them. They share the core that the one had, in
two ways: with the one's 32 connections divided between them, so that each has less to do at once, and with 32 connections each.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
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


_CONNECTIONS = 32
_FIRST_PACE = 200.0
_SLOWER = 0.8
"""Messages are stamped as if they were sent a little later than they are: one that is older than a few seconds is looked up once more, as a resend."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of slice: what is said to whom, and over how many connections each."""

    label: str
    targets: tuple[servers.Server, ...]
    connections: int
    messages: Callable[[int], list[Message]]


async def _slice(kind: _Kind, messages: list[Message], pace: float) -> tuple[float, float, list[Measured]]:
    """Messages a second and CPU µs a message of all processes together; each message of a chat goes to the same process in one slice, and to
    either of them in the next."""
    count = len(kind.targets)
    parts: list[list[Message]] = [[] for _ in kind.targets]
    for message in messages:
        parts[int(message.openid[-6:]) % count].append(message)
    before = sum(cpu_seconds(one.pid) for one in kind.targets)
    runs = await asyncio.gather(
        *(
            closed_loop(one.port, one.pid, part, connections=kind.connections, pace=pace / count)
            for one, part in zip(kind.targets, parts, strict=True)
        )
    )
    used = sum(cpu_seconds(one.pid) for one in kind.targets) - before
    return len(messages) / max(run.seconds for run in runs), used / len(messages) * 1e6, list(runs)


async def run(bench: Bench) -> dict[str, Any]:
    """Slices in turn; prints a table and returns the figures."""
    talks, wrong, size = Talks(), list[str](), bench.sizes.slice
    found: dict[str, list[tuple[float, float, float]]] = {}
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
                    kinds = _kinds(talks, echo, first, second)
                    for target in (echo, first, second):
                        warm = talks.echoed(EVEN) if target is echo else talks.dialog(EVEN)
                        wrong += (await closed_loop(target.port, target.pid, warm, pace=_FIRST_PACE)).wrong
                    pace = dict.fromkeys(kinds, _FIRST_PACE)
                    for _ in range(bench.sizes.rounds):
                        for name, kind in kinds.items():
                            rate, used, runs = await _slice(kind, kind.messages(size), pace[name])
                            found.setdefault(name, []).append((rate, used, max(run.p99 for run in runs)))
                            wrong += [line for run in runs for line in run.wrong]
                            pace[name] = rate * _SLOWER
        finally:
            redis.kill()
    medians = [{kind: median([one[place] for one in runs]) for kind, runs in found.items()} for place in range(3)]
    rates, cpu, p99 = medians
    bench.table(
        "PostgreSQL and Redis: messages a second (server processes on one core, databases beside the generator)",
        ("", "median/s", "ratio", "ratio of CPU", "p99 ms", "CPU µs"),
        [
            (
                kind.label,
                f"{rates[name]:,.0f}",
                f"{rates[name] / rates['echo']:.2f}",
                f"{cpu['echo'] / cpu[name]:.2f}",
                f"{p99[name] * 1e3:.1f}",
                f"{cpu[name]:.0f}",
            )
            for name, kind in kinds.items()
        ],
        f"a second process costs {_more(cpu, 'divided')} CPU a message with the same connections divided, {_more(cpu, 'two')} with as many each;"
        f" {len(wrong)} wrong",
    )
    costs = {name: cpu[name] / cpu["one"] - 1 for name in ("divided", "two")}
    return {"rate": rates, "cpu_us": cpu, "second_costs": costs, "slices": found, "wrong": wrong}


def _kinds(talks: Talks, echo: servers.Server, first: servers.Server, second: servers.Server) -> dict[str, _Kind]:
    both, half = (first, second), _CONNECTIONS // 2
    return {
        "echo": _Kind("bare echo", (echo,), _CONNECTIONS, talks.echoed),
        "one": _Kind("dialog turn, PostgreSQL + Redis, one process", (first,), _CONNECTIONS, talks.dialog),
        "divided": _Kind("two processes, 16 connections each", both, half, talks.dialog),
        "two": _Kind("two processes, 32 connections each", both, _CONNECTIONS, talks.dialog),
    }


def _more(cpu: dict[str, float], name: str) -> str:
    return f"{cpu[name] / cpu['one'] - 1:+.0%}"
