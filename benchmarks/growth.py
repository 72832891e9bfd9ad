"""(d) The contribution query with 1,000 people and with 200,000: it must not grow with the number of people."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from benchmarks import account, people, servers
from benchmarks.bench import CHATS, Bench, openid
from benchmarks.load import Measured, closed_loop
from benchmarks.platform import Message, new_id
from benchmarks.rates import ASKED
from bot.app import storage_of
from bot.clock import SystemClock
from storage.migrations import migrate

_FEW = 1_000


async def _filled(bench: Bench, count: int) -> tuple[Path, int, float, list[int]]:
    """A database with so many people, 1,000 of them (spread over all) bound to chats: settings, rows, seconds, numbers of the bound."""
    database = bench.folder / f"people-{count}.sqlite"
    config = account.config(database)
    await migrate(config.storage.database_url)
    chosen = sorted(Random(count).sample(range(count), min(CHATS, count)))
    async with storage_of(config, SystemClock()) as (store, _):
        rows, seconds, ids = await people.load(store, count, bench.sizes.months)
        await people.bind(store, {openid(place): ids[number] for place, number in enumerate(chosen)})
    return account.write(config, database.with_suffix(".toml")), rows, seconds, chosen


async def _asked(bench: Bench, settings: Path, numbers: list[int]) -> tuple[Measured, Measured]:
    """One query after the other, then 32 at a time."""
    rng = Random(1)

    def messages(count: int) -> list[Message]:
        places = [rng.randrange(len(numbers)) for _ in range(count)]
        return [Message(openid(place), ASKED, new_id(), people.month_total(numbers[place])) for place in places]

    async with servers.bot(settings, settings.with_suffix(".log"), bench.cores.server) as bot:
        await closed_loop(bot.port, bot.pid, messages(CHATS))
        alone = await closed_loop(bot.port, bot.pid, messages(bench.sizes.queries), connections=1)
        return alone, await closed_loop(bot.port, bot.pid, messages(bench.sizes.queries))


async def run(bench: Bench) -> dict[str, Any]:
    """Load and ask; prints a table and returns the figures."""
    found: dict[str, Any] = {"wrong": []}
    lines = []
    for count in (_FEW, bench.sizes.people):
        settings, rows, seconds, chosen = await _filled(bench, count)
        size = settings.with_suffix(".sqlite").stat().st_size
        alone, together = await _asked(bench, settings, chosen)
        found["wrong"] += [*alone.wrong, *together.wrong]
        found[str(count)] = {
            "rows": rows,
            "load_seconds": seconds,
            "rows_per_second": rows / seconds,
            "bytes": size,
            "alone_p50_ms": alone.p50 * 1e3,
            "alone_p99_ms": alone.p99 * 1e3,
            "together_rate": together.rate,
            "together_p99_ms": together.p99 * 1e3,
        }
        lines.append(
            (
                f"{count:,} people",
                f"{rows:,}",
                f"{rows / seconds:,.0f}",
                f"{size / 2**20:,.0f}",
                f"{alone.p50 * 1e3:.2f}",
                f"{alone.p99 * 1e3:.2f}",
                f"{together.rate:,.0f}",
                f"{together.p99 * 1e3:.1f}",
            )
        )
    few, many = found[str(_FEW)], found[str(bench.sizes.people)]
    ratio = many["alone_p50_ms"] / few["alone_p50_ms"]
    found["p50_ratio"] = ratio
    bench.table(
        "The contribution query as the number of people grows",
        ("", "rows", "loaded/s", "MiB", "p50 ms", "p99 ms", "32 at a time/s", "their p99 ms"),
        lines,
        f"p50 with {bench.sizes.people:,} people is {ratio:.2f} × that with {_FEW:,}; whole messages, asked one after the other; "
        + (f"{len(found['wrong'])} WRONG" if found["wrong"] else "every sum was right"),
    )
    return found
