"""(g) First bytes of the pages, as a phone that has their links asks for them."""

from __future__ import annotations

import time
from typing import Any, Final

import aiohttp
from yarl import URL

from benchmarks import people, servers
from benchmarks.bench import Bench
from benchmarks.filings import configured, written
from benchmarks.machine import percentile
from bot.app import storage_of
from bot.clock import SystemClock
from handlers.links import Links
from storage.migrations import migrate

LIMIT_MS: Final = 100
_OPENID: Final = "o-bench-pages-000000000000001"
_WARM: Final = 10
_YEARS: Final = 10


async def _links(bench: Bench) -> tuple[Any, dict[str, str]]:
    """The configuration of a database with one person's ten years of five insurances, and what is asked for, by name."""
    config = configured(bench.folder, "pages")
    await migrate(config.storage.database_url)
    clock = SystemClock()
    async with storage_of(config, clock) as (store, _):
        _, _, ids = await people.load(store, 1, 12 * _YEARS)
        await people.bind(store, {_OPENID: ids[0]})
        links, mine = Links(clock, config.server.public_url), str(ids[0])
        year, all_years = (f"{people.FIRST}..{people.FIRST.plus(count - 1)}" for count in (12, 12 * _YEARS))
        asked = {
            "a year of five insurances": {"query": "contributions", "period": year, "person": mine},
            "ten years of them, 600 rows": {"query": "contributions", "period": all_years, "person": mine},
            "log-in with a captcha": {
                "page": "account",
                "act": "log_in",
                "stage": "form",
                "region": "beijing",
                "request": "bench",
            },
        }
        async with store.transaction() as tx:
            paths = {name: URL(await links.page(tx, _OPENID, params)).path for name, params in asked.items()}
    long = paths["ten years of them, 600 rows"]
    paths["the same, sorted and filtered"] = f"{long}?s1=4&f=2025"
    return config, {**paths, "verify": "/v", "guides of a region": "/g/beijing", "a guide": "/g/beijing/BJH-28"}


async def run(bench: Bench) -> dict[str, Any]:
    """Each page one after the other over one connection; prints a table and returns the figures."""
    times = 200 if bench.sizes.people >= 200_000 else 30
    config, paths = await _links(bench)
    settings = written(config, bench.folder / "pages.toml")
    figures: dict[str, Any] = {"limit_ms": LIMIT_MS, "pages": {}, "wrong": []}
    rows = []
    async with (
        servers.bot(settings, settings.with_suffix(".log"), bench.cores.server) as server,
        aiohttp.ClientSession(f"http://127.0.0.1:{server.port}", cookie_jar=aiohttp.CookieJar(unsafe=True)) as session,
    ):
        for name, path in paths.items():
            took, size = [], 0
            for _ in range(_WARM + times):
                begun = time.perf_counter()
                async with session.get(URL(path, encoded=True)) as answer:
                    took.append(time.perf_counter() - begun)
                    size = len(await answer.read())
                    if answer.status != 200:
                        figures["wrong"].append(f"{answer.status} for {name}")
            found = {"p50_ms": percentile(took[_WARM:], 0.5) * 1e3, "p99_ms": percentile(took[_WARM:], 0.99) * 1e3, "bytes": size}
            figures["pages"][name] = found
            late = "" if found["p99_ms"] <= LIMIT_MS else "over"
            rows.append(
                (
                    name,
                    f"{found['p50_ms']:.1f}",
                    f"{found['p99_ms']:.1f}",
                    f"{max(took[_WARM:]) * 1e3:.0f}",
                    f"{size / 1000:.0f}",
                    late,
                )
            )
    bench.table(
        "First bytes of the pages",
        ("", "p50 ms", "p99 ms", "slowest ms", "kB", ""),
        rows,
        f"{times} times each, one after the other, until the head of the answer is there; the limit is {LIMIT_MS} ms for the p99",
    )
    return figures
