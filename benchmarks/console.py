"""(f) The console's pages with 100,000 open cases on both databases; then filings (`filings.py`)."""

from __future__ import annotations

import asyncio
import re
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
from sqlalchemy import make_url

from benchmarks import filings, servers
from benchmarks.bench import Bench
from benchmarks.filings import FILING, configured, written
from benchmarks.machine import anywhere, percentile
from bot.app import storage_of
from bot.clock import SystemClock
from dialogs.filings import FILINGS
from storage.migrations import migrate
from storage.ports.records import Case, CaseState, CaseStep, Staff, StaffSession
from tests.servers import postgres_server

REGIONS = ("beijing", "binzhou", "jinan")
_TOGETHER = 2_000
_WARM = 20
_ROLES = frozenset({"受理", "审核", "客服"})


def _sizes(bench: Bench) -> tuple[int, int]:
    """Open cases, and times that each page is asked for."""
    return (100_000, 200) if bench.sizes.people >= 200_000 else (5_000, 50)


# ── pages ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _cases(count: int, now: datetime, mine: int) -> Iterator[Case]:
    """Open cases of three regions, all filings and all states that staff work on, due within two months around today."""
    declared = list(FILINGS.values())
    states = (CaseState.REVIEW, CaseState.REVIEW, CaseState.WORKING, CaseState.SUPPLEMENT, CaseState.SECOND, CaseState.READY)
    for number in range(count):
        filing = declared[number // 7 % len(declared)]
        at = now - timedelta(minutes=number)
        yield Case(
            case_no=f"{at:%y%m%d}{number:09d}",
            key=f"bench|{number}",
            feature=filing.covers[0] if filing.covers else filing.name,
            title=filing.title,
            region=REGIONS[number % 3],
            person_id=None,
            submitted_at=at,
            handling_status="处理中",
            feedback_status="等待审核",
            fields={"申请原因": "示例", "领取方式": "网点自取"},
            steps=(CaseStep(1, "提交申请", at, "已提交", by="本人"),),
            filing=filing.name,
            state=states[number // 3 % len(states)],
            due_on=(now + timedelta(days=number * 13 % 60 - 15)).date() if number % 11 else None,
            claimed_by=mine if number % 17 == 0 else None,
        )


@dataclass
class _Desk:
    """A database of cases, with somebody signed in."""

    settings: Path
    token: str


async def _filled(folder: Path, name: str, url: str, count: int) -> _Desk:
    config = configured(folder, name, url)
    await migrate(config.storage.database_url)
    now, token = SystemClock().now(), secrets.token_urlsafe(32)
    async with storage_of(config, SystemClock()) as (store, _):
        async with store.transaction() as tx:
            staff = await tx.staff.add(Staff(0, "bench", "性能测试", "none", "NONE", _ROLES, frozenset(REGIONS), True, now))
            await tx.staff.open_session(token, StaffSession(0, staff.id, now, now, now + timedelta(hours=8), "bench"))
        made = _cases(count, now, staff.id)
        while some := [case for case, _ in zip(made, range(_TOGETHER), strict=False)]:
            async with store.transaction() as tx:
                await tx.cases.put_many(some)
    if url.startswith("postgresql"):
        await _analysed(url)
    return _Desk(written(config, folder / f"{name}.toml"), token)


async def _analysed(url: str) -> None:
    """What autovacuum does by itself in a real installation."""
    connection = await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))
    try:
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def _timed(session: aiohttp.ClientSession, address: str, times: int) -> tuple[list[float], str]:
    """Seconds for each time, and the last page."""
    took, text = [], ""
    for _ in range(_WARM + times):
        begun = time.perf_counter()
        async with session.get(address) as answer:
            text = await answer.text()
            if answer.status != 200:
                raise RuntimeError(f"{answer.status} for a page of the console")
        took.append(time.perf_counter() - begun)
    return took[_WARM:], text


_NEXT = re.compile(r'href="([^"]+)" rel="next"')
_ROW = re.compile(r'<th scope="row"[^>]*><a href="(/console/cases/\d+)')


async def _pages(desk: _Desk, bench: Bench, times: int) -> dict[str, list[float]]:
    """Each page one after the other over one connection, whole requests as a browser makes them."""
    found: dict[str, list[float]] = {}
    async with (
        servers.bot(desk.settings, desk.settings.with_suffix(".log"), bench.cores.server) as server,
        aiohttp.ClientSession(f"http://127.0.0.1:{server.port}", cookies={"console-place": desk.token}) as session,
    ):
        found["the queue as it opens"], text = await _timed(session, "/console/", times)
        deep = "/console/"
        for _ in range(20):
            async with session.get(deep) as answer:
                text = await answer.text()
            if not (following := _NEXT.search(text)):
                break
            deep = following[1]
        found["its page 20"], _ = await _timed(session, deep, times)
        found["mine, all states"], _ = await _timed(session, "/console/?state=all&whose=mine", times)
        narrow = f"/console/?state=review&region=jinan&whose=free&overdue=1&filing={FILING}"
        found["region, filing, unclaimed, overdue"], text = await _timed(session, narrow, times)
        row = _ROW.search(text)
        if row is None:
            raise RuntimeError("the queue has no rows")
        found["a case"], _ = await _timed(session, row[1], times)
    return found


@contextmanager
def _short_folder() -> Iterator[Path]:
    """A folder with a short name, through which a server that runs as somebody else gets: a socket's address has at most 107 characters."""
    with tempfile.TemporaryDirectory(prefix="sb-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


async def _queue(bench: Bench) -> dict[str, Any]:
    count, times = _sizes(bench)
    figures: dict[str, Any] = {"cases": count}
    rows: list[tuple[str, ...]] = []
    with ExitStack() as stack:
        sockets = stack.enter_context(_short_folder())
        with anywhere(bench.cores):
            address = stack.enter_context(postgres_server(sockets))
            filled = await asyncio.gather(
                _filled(bench.folder, "queue", "", count),
                _filled(bench.folder, "queue-pg", address.replace("+asyncpg", ""), count),
            )
        for database, desk in zip(("SQLite", "PostgreSQL"), filled, strict=True):
            took = await _pages(desk, bench, times)
            figures[database] = {
                page: {"p50_ms": percentile(one, 0.5) * 1e3, "p99_ms": percentile(one, 0.99) * 1e3} for page, one in took.items()
            }
            rows += [
                (
                    f"{database}: {page}",
                    f"{percentile(one, 0.5) * 1e3:.1f}",
                    f"{percentile(one, 0.99) * 1e3:.1f}",
                    f"{max(one) * 1e3:.0f}",
                )
                for page, one in took.items()
            ]
    bench.table(
        f"Pages of the console with {count:,} open cases",
        ("", "p50 ms", "p99 ms", "slowest ms"),
        rows,
        f"{times} times each, one after the other, whole requests; the target is 100 ms",
    )
    return figures


async def run(bench: Bench) -> dict[str, Any]:
    """Both; prints three tables and returns the figures."""
    pages = await _queue(bench)
    handed_in = await filings.run(bench)
    return {"pages": pages, "filings": handed_in, "wrong": handed_in.pop("wrong")}
