"""PostgreSQL is away for a minute, stopped and then hanging (SIGSTOP), under load over the whole server: targets.md F3.

`python -m benchmarks.outage`. Two processes of the product over one PostgreSQL and one Valkey, a message every few milliseconds to either: questions, and
wishes to do something. Every answer is 200 within 4.5 s, says something, and is right while the database is there; every wish that got a number is
taken up, once, within a minute after the return.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from rich.console import Console

from benchmarks import account, machine, people, servers
from benchmarks.alone import concluded, run_alone, table_of
from benchmarks.bench import openid
from benchmarks.database import Postgres, postgres
from benchmarks.platform import Message, Platform, new_id, response
from benchmarks.rates import asked
from bot.app import storage_of
from bot.clock import SystemClock
from bot.config import Storage
from dialogs.phrases import BUSY
from storage.migrations import migrate
from tests.servers import ValkeyServer

IN_TIME_S = 4.5
DONE_S = 60.0
_ASKING, _WISHING = 300, 300
_NUMBER = re.compile(r"编号 ([0-9A-Z]{4}-[0-9A-Z]{4})")
_WISH_EVERY = 5


@dataclass
class Seen:
    """What came back in one part of the run."""

    name: str
    answers: int = 0
    busy: int = 0
    numbered: int = 0
    right: int = 0
    other: int = 0
    took: list[float] = field(default_factory=list)
    back_s: float = 0.0
    wrong: list[str] = field(default_factory=list)


class Load:
    """Questions and wishes at a rate, each over a connection of its own, to the processes in turn."""

    def __init__(self, ports: list[int], rate: float) -> None:
        self._platforms = [Platform(port) for port in ports]
        self._ports = ports
        self._rate = rate
        self._turn = 0
        self._wishes = 0
        self._on_their_way: set[asyncio.Task[None]] = set()
        self.numbers: dict[str, str] = {}
        """Chat → the number of what was kept for it."""

    async def run(self, seen: Seen, until: Callable[[], bool]) -> None:
        """Send until it says so; what is on its way is waited for."""
        while not until():
            task = asyncio.create_task(self._one(seen))
            self._on_their_way.add(task)
            task.add_done_callback(self._on_their_way.discard)
            await asyncio.sleep(1 / self._rate)
        await asyncio.gather(*self._on_their_way)

    async def _one(self, seen: Seen) -> None:
        self._turn += 1
        turn = self._turn
        if turn % _WISH_EVERY == 0 and seen.name.endswith("away"):
            self._wishes += 1
            message = Message(openid(_ASKING + self._wishes % _WISHING), "社保卡丢了", new_id())
        else:
            message = asked(turn % _ASKING, turn % _ASKING, turn)
        seconds, status, text = await self.post(message, turn)
        seen.answers += 1
        seen.took.append(seconds)
        if status != 200 or not text:
            seen.wrong.append(f"{seen.name}: status {status}, {len(text)} characters")
        if found := _NUMBER.search(text):
            seen.numbered += 1
            self.numbers.setdefault(message.openid, found[1])
        elif text == BUSY:
            seen.busy += 1
        elif message.expected and message.expected in text:
            seen.right += 1
        else:
            seen.other += 1

    async def post(self, message: Message, turn: int = 0) -> tuple[float, int, str]:
        """Seconds, status and words."""
        place = turn % len(self._ports)
        platform, began = self._platforms[place], time.perf_counter()
        reader, writer = await asyncio.open_connection("127.0.0.1", self._ports[place])
        try:
            writer.write(platform.request(message))
            status, body = await response(reader)
        finally:
            writer.close()
        return time.perf_counter() - began, status, platform.words(body)


async def _away(
    name: str, load: Load, begin: Callable[[], Awaitable[None]], end: Callable[[], Awaitable[None]], seconds: float, kept: Path
) -> list[Seen]:
    """Load before, meanwhile and after; when what was kept has been taken up."""
    before, meanwhile, after = Seen(f"{name}: before"), Seen(f"{name}: away"), Seen(f"{name}: back")
    wait = _until(5)
    await load.run(before, wait)
    await begin()
    await load.run(meanwhile, _until(seconds))
    await end()
    returned = time.perf_counter()
    done = asyncio.ensure_future(_empty(kept))
    await load.run(after, done.done)
    after.back_s = await done - returned
    if after.back_s > DONE_S:
        after.wrong.append(f"{name}: what was kept was done only after {after.back_s:.0f} s")
    return [before, meanwhile, after]


def _until(seconds: float) -> Callable[[], bool]:
    end = time.perf_counter() + seconds
    return lambda: time.perf_counter() >= end


async def _empty(kept: Path) -> float:
    """When nothing lies there any more, or after two minutes."""
    until = time.perf_counter() + 2 * DONE_S
    while time.perf_counter() < until and kept.is_dir() and any(kept.iterdir()):  # noqa: ASYNC110, ASYNC240 - other processes' folder
        await asyncio.sleep(0.05)
    return time.perf_counter()


async def _taken_up(load: Load, seen: Seen) -> None:
    """Everybody who was told a number reads it once more, with what comes next."""
    for chat, number in load.numbers.items():
        _, _, text = await load.post(Message(chat, "1", new_id()))
        if text.count(number) != 1 or "现在接着办" not in text:
            seen.wrong.append(f"{seen.name}: {number} was not taken up: {text!r}")
        await load.post(Message(chat, "取消", new_id()))
    load.numbers.clear()


@contextlib.asynccontextmanager
async def _valkey() -> AsyncIterator[ValkeyServer]:
    with tempfile.TemporaryDirectory(prefix="sb-", ignore_cleanup_errors=True) as short:
        redis = ValkeyServer(Path(short))
        redis.start()
        try:
            yield redis
        finally:
            redis.kill()


def _signal(database: Postgres, number: int) -> None:
    for pid in database.pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


async def run(seconds: float, rate: float, folder: Path, console: Console) -> bool:
    """Measure, print; True when everybody was answered in time and everything that was promised was done."""
    async with _valkey() as redis, postgres() as database:
        made, count = account.config(folder / "unused.sqlite"), _ASKING + _WISHING
        storage = Storage(database_url=database.url, redis_url=redis.url, files_dir=str(folder / "files"))
        made = replace(made, storage=storage)
        await migrate(database.url)
        async with storage_of(made, SystemClock()) as (store, _):
            _, _, ids = await people.load(store, count, 3)
            await people.bind(store, {openid(number): ids[number] for number in range(count)})
        settings, kept = account.write(made, folder / "outage.toml"), folder / "files" / "kept"
        async with servers.bot(settings, folder / "one.log") as one, servers.bot(settings, folder / "two.log") as two:
            load = Load([one.port, two.port], rate)
            found = await _away("stopped", load, database.stop, database.start, seconds, kept)
            await _taken_up(load, found[-1])

            async def hang() -> None:
                _signal(database, signal.SIGSTOP)

            async def go_on() -> None:
                _signal(database, signal.SIGCONT)

            found += await _away("hanging", load, hang, go_on, seconds, kept)
            await _taken_up(load, found[-1])
    table = table_of(
        f"PostgreSQL away for {seconds:.0f} s, {rate:.0f} messages a second",
        ("", "answers", "right", "come again", "a number", "other", "p50 ms", "p99 ms", "slowest s", "done after s"),
    )
    wrong = []
    for seen in found:
        slowest = max(seen.took)
        counts = (seen.answers, seen.right, seen.busy, seen.numbered, seen.other)
        times = (f"{machine.percentile(seen.took, share) * 1e3:.0f}" for share in (0.5, 0.99))
        table.add_row(seen.name, *map(str, counts), *times, f"{slowest:.2f}", f"{seen.back_s:.1f}" if seen.back_s else "")
        wrong += seen.wrong
        if slowest > IN_TIME_S:
            late = sum(took > IN_TIME_S for took in seen.took)
            wrong.append(f"{seen.name}: {late} answers after more than {IN_TIME_S} s")
    console.print(table)
    return concluded(console, wrong)


def main() -> int:
    """1 if somebody was left waiting, or a promise was not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.outage", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=30.0)
    asked_for = parser.parse_args()
    return run_alone(lambda folder, console: run(asked_for.seconds, asked_for.rate, folder, console))


if __name__ == "__main__":
    raise SystemExit(main())
