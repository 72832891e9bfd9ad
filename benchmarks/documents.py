"""(c) Documents: CPU and size of what is made from a Statement. The Statements are those of real queries."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from benchmarks import account, people
from benchmarks.bench import Bench
from benchmarks.machine import median
from bot.app import regions_of, storage_of
from bot.clock import SystemClock
from dialogs.statement import Statement
from handlers.documents import Issued, Renderer, content_hash, freeze, new_check_code, new_serial, new_test_keys, paper_keys
from handlers.documents.signing import FileSigner
from handlers.documents.tokens import TokenKey
from handlers.queries.contributions import contributions
from handlers.query import Asker
from storage.migrations import migrate
from storage.ports.time import SHANGHAI, Span

_AT = datetime(2026, 1, 5, 9, 0, tzinfo=SHANGHAI)
_MONTHS = 120
"""Of five insurances: 600 rows."""


async def _statement(bench: Bench, months: int) -> Statement:
    """The contributions of the first months of somebody who has ten years of them."""
    config = account.config(bench.folder / "documents.sqlite")
    async with storage_of(config, SystemClock()) as (store, _), store.reading() as tx:
        (person,) = await tx.people.by_id_no(people.person(0).id_no, "beijing")
        span = Span(people.FIRST, people.FIRST.plus(months - 1))
        asker = Asker(person, regions_of(config)["beijing"], _AT.date())
        return await contributions(tx, asker, {"period": str(span)})


_REFERENCE_MS = {
    "PDF, one page (10 rows)": 24,
    "PDF, 600 rows": 345 + 140,
    "signed PDF, one page": 71,
    "signed PDF, 600 rows": 520,
}
"""CPU ms of the bake-off (reference/pdf.md, 1 and "whole chain"); 600 rows are packed, there 140 ms."""


def _issued(statement: Statement, token: TokenKey | None = None) -> Issued:
    serial, code = new_serial(_AT.date(), "beijing"), new_check_code()
    address = f"https://example.gov.cn/v/{serial}/{code}"
    if token is not None:
        said = token.token(serial, code, statement.title, statement.holder, content_hash(freeze(statement)))
        address = f"{address}#t={said}"
    return Issued(serial, code, _AT, address, statement)


async def run(bench: Bench) -> dict[str, Any]:
    """Make each several times; prints a table and returns the figures."""
    config = account.config(bench.folder / "documents.sqlite")
    await migrate(config.storage.database_url)
    async with storage_of(config, SystemClock()) as (store, _):
        await people.load(store, 1, _MONTHS)
    short, long = await _statement(bench, 2), await _statement(bench, _MONTHS)
    year = await _statement(bench, 12)
    renderer = Renderer()
    made = new_test_keys()
    keys = paper_keys(made.signing_key, made.signing_cert, "", made.token_key, "")
    assert keys.pair is not None
    signer, token = FileSigner(keys.pair), keys.token
    works: dict[str, Callable[[], Awaitable[bytes]]] = {
        "PDF, one page (10 rows)": lambda: renderer.pdf(_issued(short)),
        "PDF, 600 rows": lambda: renderer.pdf(_issued(long)),
        "signed PDF, one page": lambda: renderer.signed_pdf(_issued(short, token), signer, _AT),
        "signed PDF, 600 rows": lambda: renderer.signed_pdf(_issued(long, token), signer, _AT),
        "XLSX, 10 rows": lambda: renderer.xlsx(_issued(short)),
        "XLSX, 600 rows": lambda: renderer.xlsx(_issued(long)),
        "chart, 12 months × 5 (PNG)": lambda: renderer.chart_png(year.chart),
    }
    try:
        found = {name: await _timed(work, bench.sizes.documents) for name, work in works.items()}
    finally:
        renderer.close()
    bench.table(
        "Documents",
        ("", "CPU ms", "reference, CPU ms", "elapsed ms", "first, CPU ms", "KiB"),
        [
            (
                name,
                f"{one['cpu_ms']:.0f}",
                _REFERENCE_MS.get(name, ""),
                f"{one['elapsed_ms']:.0f}",
                f"{one['first_cpu_ms']:.0f}",
                f"{one['bytes'] / 1024:.1f}",
            )
            for name, one in found.items()
        ],
        f"median of {bench.sizes.documents}, each with new numbers; the first one also loads fonts and templates",
    )
    return {"made": found, "rows": sum(len(table.rows) for table in long.tables)}


async def _timed(work: Callable[[], Awaitable[bytes]], times: int) -> dict[str, float]:
    cpu, elapsed, size = [], [], 0
    for _ in range(times + 1):
        begun, used = time.perf_counter(), time.process_time()
        size = len(await work())
        cpu.append((time.process_time() - used) * 1e3)
        elapsed.append((time.perf_counter() - begun) * 1e3)
    return {"cpu_ms": median(cpu[1:]), "elapsed_ms": median(elapsed[1:]), "first_cpu_ms": cpu[0], "bytes": size}
