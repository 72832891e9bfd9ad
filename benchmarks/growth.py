"""(d) The contribution query with 1,000 people and with 200,000: it must not grow with the number of people."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from benchmarks import account, people, servers
from benchmarks.bench import CHATS, Bench, openid
from benchmarks.load import Measured, closed_loop
from benchmarks.machine import anywhere, median
from benchmarks.platform import Message
from benchmarks.rates import asked
from bot.app import storage_of
from bot.clock import SystemClock
from storage.migrations import migrate

_FEW = 1_000
_TURNS = 4
_PACE = 250.0
"""Queries a second, about."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A database: its settings, the rows written in so many seconds, and the numbers of the people who have a chat, chat by chat."""

    settings: Path
    rows: int
    seconds: float
    numbers: list[int]


async def _filled(bench: Bench, count: int) -> Filled:
    """A database with so many people, 1,000 of them (spread over all) bound to chats."""
    database = bench.folder / f"people-{count}.sqlite"
    config = account.config(database)
    await migrate(config.storage.database_url)
    chosen = sorted(Random(count).sample(range(count), min(CHATS, count)))
    async with storage_of(config, SystemClock()) as (store, _):
        rows, seconds, ids = await people.load(store, count, bench.sizes.months)
        await people.bind(store, {openid(place): ids[number] for place, number in enumerate(chosen)})
    return Filled(account.write(config, database.with_suffix(".toml")), rows, seconds, chosen)


def _messages(numbers: list[int], count: int, rng: Random) -> list[Message]:
    places = [rng.randrange(len(numbers)) for _ in range(count)]
    return [asked(place, numbers[place], turn) for turn, place in enumerate(places)]


@dataclass
class _Found:
    """What is known of one database."""

    filled: Filled
    alone: list[Measured] = field(default_factory=list)
    together: list[Measured] = field(default_factory=list)

    @property
    def plain(self) -> dict[str, float]:
        return {
            "rows": self.filled.rows,
            "load_seconds": self.filled.seconds,
            "rows_per_second": self.filled.rows / self.filled.seconds,
            "bytes": self.filled.settings.with_suffix(".sqlite").stat().st_size,
            "alone_p50_ms": median([one.p50 for one in self.alone]) * 1e3,
            "alone_p99_ms": median([one.p99 for one in self.alone]) * 1e3,
            "alone_cpu_us": median([one.server_cpu_us for one in self.alone]),
            "together_rate": median([one.rate for one in self.together]),
            "together_p99_ms": median([one.p99 for one in self.together]) * 1e3,
        }


async def run(bench: Bench) -> dict[str, Any]:
    """Load both and ask them in turn; prints a table and returns the figures."""
    counts = (_FEW, bench.sizes.people)
    with anywhere(bench.cores):
        found = {count: _Found(await _filled(bench, count)) for count in counts}
    rng = Random(1)
    size = bench.sizes.queries // _TURNS
    async with AsyncExitStack() as stack:
        servers_of = {}
        for count, one in found.items():
            settings = one.filled.settings
            servers_of[count] = await stack.enter_async_context(
                servers.bot(settings, settings.with_suffix(".log"), bench.cores.server)
            )
            server = servers_of[count]
            await closed_loop(server.port, server.pid, _messages(one.filled.numbers, CHATS, rng))  # warm
        for _ in range(_TURNS):
            for count, one in found.items():
                server = servers_of[count]
                for connections, runs in ((1, one.alone), (32, one.together)):
                    messages = _messages(one.filled.numbers, size, rng)
                    runs.append(await closed_loop(server.port, server.pid, messages, connections, _PACE))
    plain = {count: one.plain for count, one in found.items()}
    wrong = [line for one in found.values() for runs in (one.alone, one.together) for run in runs for line in run.wrong]
    ratio = plain[counts[1]]["alone_p50_ms"] / plain[counts[0]]["alone_p50_ms"]
    bench.table(
        "The contribution query as the number of people grows",
        ("", "rows", "loaded/s", "MiB", "p50 ms", "p99 ms", "CPU µs", "32 at a time/s", "their p99 ms"),
        [
            (
                f"{count:,} people",
                f"{one['rows']:,.0f}",
                f"{one['rows_per_second']:,.0f}",
                f"{one['bytes'] / 2**20:,.0f}",
                f"{one['alone_p50_ms']:.2f}",
                f"{one['alone_p99_ms']:.2f}",
                f"{one['alone_cpu_us']:.0f}",
                f"{one['together_rate']:,.0f}",
                f"{one['together_p99_ms']:.1f}",
            )
            for count, one in plain.items()
        ],
        f"p50 with {counts[1]:,} people is {ratio:.2f} × that with {counts[0]:,}; whole messages, one after the other, both in turn; "
        + (f"{len(wrong)} WRONG" if wrong else "every sum was right"),
    )
    return {**{str(count): one for count, one in plain.items()}, "p50_ratio": ratio, "wrong": wrong}
