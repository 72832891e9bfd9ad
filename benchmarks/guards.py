"""What each guard costs a message: its own functions, on a real store, eight chats side by side as under load; µs of CPU of the process.

A line is what would be saved without that guard. What all transactions have in common (the first line) is not in the others.
"""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import structlog

from benchmarks.account import AES_KEY, APP_ID, TOKEN
from benchmarks.bench import Bench, openid
from benchmarks.platform import new_id
from benchmarks.rates import prepared
from bot.app import storage_of
from bot.clock import SystemClock
from bot.config import load
from bot.logs import Ready, set_up
from bot.wechat.envelope import Account, Envelope, sign
from storage.ports.records import AuditEntry, Session
from storage.ports.repositories import Locks, Repositories, Store
from storage.ports.time import Clock

_BESIDE = 8
_TIMES = 4_000
_BODY = b"x" * 700
_ENCRYPTED = "A" * 640

Work = Callable[[int], Awaitable[None]]


async def _us(work: Work, times: int) -> float:
    """CPU of one, in µs."""
    await asyncio.gather(*(work(number) for number in range(_BESIDE)))
    begun = time.process_time()
    for start in range(_BESIDE, _BESIDE + times, _BESIDE):
        await asyncio.gather(*(work(number) for number in range(start, start + _BESIDE)))
    return (time.process_time() - begun) / times * 1e6


class _Guards:
    """Each guard as the product calls it."""

    def __init__(self, store: Store, locks: Locks, clock: Clock) -> None:
        self._store = store
        self._locks = locks
        self._clock = clock
        self._envelope = Envelope(Account(APP_ID, TOKEN, AES_KEY))
        self._line = Ready("guards")

    def works(self) -> dict[str, Work]:
        """By the name that the table shows, in its order; the log's line stands apart, because the log is set up for it."""
        return {
            "a task, and nothing in it": self._nothing,
            "signature": self._signature,
            "age": self._age,
            "lock of the chat": self._lock,
            "transaction that only looks": self._within(self._look),
            "transaction that writes the user": self._within(self._one_row),
            "duplicates: look, and keep the answer": self._within(self._duplicates),
            "session: look, open, seal, keep": self._within(self._session),
            "limit, durable": self._within(self._limit),
            "audit record, chained": self._within(self._audit),
        }

    async def log(self, number: int) -> None:
        """The one line of a message."""
        self._line.info("request", outcome="answered", kind="Said", who=f"{number:012x}", age_s=0, ms=1.5)

    async def _nothing(self, _: int) -> None:
        return None

    async def _signature(self, _: int) -> None:
        sign(TOKEN, "1726106400", "1234567890", _ENCRYPTED)

    async def _age(self, _: int) -> None:
        now = int(self._clock.now().timestamp())
        self._envelope._age(str(now), now)

    async def _lock(self, number: int) -> None:
        async with self._locks.hold(f"chat:{openid(number % 1000)}"):
            pass

    def _within(self, act: Callable[[Repositories, int], Awaitable[None]]) -> Work:
        async def work(number: int) -> None:
            async with self._store.transaction() as tx:
                await act(tx, number)

        return work

    async def _look(self, tx: Repositories, number: int) -> None:
        await tx.users.get(openid(number % 1000))

    async def _one_row(self, tx: Repositories, number: int) -> None:
        user = await tx.users.get(openid(number % 1000))
        if user is not None:
            await tx.users.save(user)

    async def _duplicates(self, tx: Repositories, number: int) -> None:
        key = f"m:{new_id()}"
        found = await tx.answers.get(key)
        await self._one_row(tx, number)
        if found is None:
            await tx.answers.put(key, openid(number % 1000), _BODY, self._clock.now())

    async def _session(self, tx: Repositories, number: int) -> None:
        now = self._clock.now()
        stood = await tx.sessions.load(openid(number % 1000), now)
        await self._one_row(tx, number)
        version = stood.version + 1 if stood else 1
        await tx.sessions.save(Session(openid(number % 1000), _BODY, version, now + timedelta(days=2)))

    async def _limit(self, tx: Repositories, number: int) -> None:
        await tx.limits.hit_at_commit("bench", openid(number % 1000), 1_000_000, timedelta(hours=1), self._clock.now())
        await self._one_row(tx, number)

    async def _audit(self, tx: Repositories, number: int) -> None:
        actor = await tx.audit.pseudonym(openid(number % 1000))
        await tx.audit.write(AuditEntry(self._clock.now(), actor, "person", "query", "BJQ-P-02a", "", "ok"))
        await self._one_row(tx, number)


async def run(bench: Bench) -> dict[str, Any]:
    """Each by itself; prints a table and returns the figures."""
    times = max(800, min(_TIMES, bench.sizes.slice))
    settings = await prepared(bench.folder, "guards")
    clock = SystemClock()
    async with storage_of(load(settings), clock) as (store, locks):
        guards = _Guards(store, locks, clock)
        cost = {name: await _us(work, times) for name, work in guards.works().items()}
        before = structlog.get_config()
        set_up(io.StringIO())
        cost["log line"] = await _us(guards.log, times)
        structlog.configure(**before)
    bench.table(
        "What each guard costs a message (SQLite), µs of CPU",
        ("", "µs"),
        [(name, f"{max(0.0, us - _base(name, cost)):.1f}") for name, us in cost.items()],
        "alone, eight chats side by side; duplicates, session, limit and audit are what they add to a transaction that writes the user",
    )
    return {"cpu_us": cost}


def _base(name: str, cost: Mapping[str, float]) -> float:
    """What a guard stands on, which is not its own cost."""
    if name.startswith(("duplicates", "session", "limit", "audit")):
        return cost["transaction that writes the user"]
    return 0.0 if name.startswith("a task") else cost["a task, and nothing in it"]
