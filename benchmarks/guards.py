"""What each guard costs a message: its own functions, on a real store, eight chats side by side as under load; µs of CPU of the process.

A line is what would be saved without that guard. What all transactions have in common (the first line) is not in the others.
"""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from benchmarks.account import AES_KEY, APP_ID, TOKEN
from benchmarks.bench import Bench, openid
from benchmarks.platform import new_id
from benchmarks.rates import prepared
from bot.app import storage_of
from bot.clock import SystemClock
from bot.config import load
from bot.logs import Lines, Ready
from bot.wechat.envelope import Account, Envelope, sign
from storage.ports.records import AuditEntry, Session
from storage.ports.repositories import Repositories

_BESIDE = 8
_TIMES = 4_000
_BODY = b"x" * 700

Work = Callable[[int], Awaitable[None]]


async def _us(work: Work, times: int) -> float:
    """CPU of one, in µs."""
    await asyncio.gather(*(work(number) for number in range(_BESIDE)))
    begun = time.process_time()
    for start in range(_BESIDE, _BESIDE + times, _BESIDE):
        await asyncio.gather(*(work(number) for number in range(start, start + _BESIDE)))
    return (time.process_time() - begun) / times * 1e6


async def run(bench: Bench) -> dict[str, Any]:
    """Each by itself; prints a table and returns the figures."""
    times = max(800, min(_TIMES, bench.sizes.slice))
    settings = await prepared(bench.folder, "guards")
    clock = SystemClock()
    envelope, encrypted = Envelope(Account(APP_ID, TOKEN, AES_KEY)), "A" * 640
    line = Ready("guards")
    async with storage_of(load(settings), clock) as (store, locks):

        async def nothing(_: int) -> None:
            return None

        async def signature(_: int) -> None:
            sign(TOKEN, "1726106400", "1234567890", encrypted)

        async def age(_: int) -> None:
            now = int(clock.now().timestamp())
            envelope._age(str(now), now)

        async def lock(number: int) -> None:
            async with locks.hold(f"chat:{openid(number % 1000)}"):
                pass

        def within(act: Callable[[Repositories, int], Awaitable[None]]) -> Work:
            async def work(number: int) -> None:
                async with store.transaction() as tx:
                    await act(tx, number)

            return work

        async def empty(tx: Repositories, number: int) -> None:
            await tx.users.get(openid(number % 1000))

        async def one_row(tx: Repositories, number: int) -> None:
            user = await tx.users.get(openid(number % 1000))
            if user is not None:
                await tx.users.save(user)

        async def duplicates(tx: Repositories, number: int) -> None:
            key = f"m:{new_id()}"
            found = await tx.answers.get(key)
            await one_row(tx, number)
            if found is None:
                await tx.answers.put(key, openid(number % 1000), _BODY, clock.now())

        async def session(tx: Repositories, number: int) -> None:
            now = clock.now()
            stood = await tx.sessions.load(openid(number % 1000), now)
            await one_row(tx, number)
            version = stood.version + 1 if stood else 1
            await tx.sessions.save(Session(openid(number % 1000), _BODY, version, now + timedelta(days=2)))

        async def limit(tx: Repositories, number: int) -> None:
            await tx.limits.hit("bench", openid(number % 1000), 1_000_000, timedelta(hours=1), clock.now())
            await one_row(tx, number)

        async def audit(tx: Repositories, number: int) -> None:
            actor = await tx.audit.pseudonym(openid(number % 1000))
            await tx.audit.write(AuditEntry(clock.now(), actor, "person", "query", "BJQ-P-02a", "", "ok"))
            await one_row(tx, number)

        async def log(number: int) -> None:
            line().info("request", outcome="answered", kind="Said", who=f"{number:012x}", age_s=0, ms=1.5)

        works = {
            "a task, and nothing in it": nothing,
            "signature": signature,
            "age": age,
            "lock of the chat": lock,
            "transaction that only looks": within(empty),
            "transaction that writes the user": within(one_row),
            "duplicates: look, and keep the answer": within(duplicates),
            "session: look, open, seal, keep": within(session),
            "limit, durable": within(limit),
            "audit record, chained": within(audit),
        }
        cost = {name: await _us(work, times) for name, work in works.items()}
        from structlog import configure as set_logging  # noqa: PLC0415
        from structlog import get_config  # noqa: PLC0415 - only where it is changed

        before = get_config()["logger_factory"]
        set_logging(logger_factory=Lines(io.StringIO(), together=True))
        cost["log line"] = await _us(log, times)
        set_logging(logger_factory=before)
    task, look, writes = (cost[name] for name in list(cost)[:6:1] if name.startswith(("a task", "transaction")))
    shown = []
    for name, us in cost.items():
        base = (
            writes if name.startswith(("duplicates", "session", "limit", "audit")) else 0.0 if name.startswith("a task") else task
        )
        shown.append((name, f"{max(0.0, us - base):.1f}"))
    bench.table(
        "What each guard costs a message (SQLite), µs of CPU",
        ("", "µs"),
        shown,
        "alone, eight chats side by side; duplicates, session, limit and audit are what they add to a transaction that writes the user",
    )
    return {"cpu_us": cost, "looks_us": look}
