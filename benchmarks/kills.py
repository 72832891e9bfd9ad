"""Whatever is killed or away, everybody gets one: workers killed at random moments, PostgreSQL or Redis away, the platform out
of order (F1, F3, F4, F7–F9).

`python -m benchmarks.kills`. The platform keeps its own count in a process of its own, so nothing that happens to the product changes it.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import uvloop
from rich.console import Console

from benchmarks import machine
from benchmarks.campaign import Town, town
from benchmarks.retirees import openid, phone
from bot import logs
from tests.servers import ValkeyServer

WITH_CHAT = 0.98
RESUMED_S = 5.0
"""F1: so soon after its start a worker sends again."""
LEASE_S = 125.0
"""After so many seconds what a killed worker held is due again."""
_AT_MOST_S = 900.0


@dataclass
class Found:
    """What a trial has shown."""

    name: str
    wrong: list[str] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)

    def expect(self, what: str, found: object, due: object) -> None:
        """Note what is not as it should be."""
        if found != due:
            self.wrong.append(f"{self.name}: {what}: {found}, not {due}")


def expected(found: Town) -> tuple[set[str], set[str]]:
    """Who must get a template message, who a short message."""
    chats = {openid(number) for number in range(found.people) if number % 100 < found.chats * 100}
    phones = {f"+86{phone(number)}" for number in range(found.people) if number % 100 >= found.chats * 100}
    return chats, phones


async def judge(town: Town, found: Found, *, doubtful_at_most: int, in_doubt: str = "sms") -> None:
    """Everybody with a chat exactly once; everybody without one at most once, and who got none is listed as in doubt; nothing else is."""
    chats, phones = expected(town)
    shown, texts = await town.reached()
    rows = await town.outcomes()
    found.expect("people with a chat who got none", len(chats - shown.keys()), 0)
    found.expect("people with a chat who got two", sum(times > 1 for times in shown.values()), 0)
    found.expect("strangers", len(shown.keys() - chats) + len(texts.keys() - phones), 0)
    found.expect("phones that got two", sum(times > 1 for times in texts.values()), 0)
    doubtful = {name.split()[0]: count for name, count in rows.items() if name.endswith("doubtful")}
    found.expect("in doubt besides short messages", sum(count for name, count in doubtful.items() if name != in_doubt), 0)
    unsure = doubtful.get("sms", 0)
    if unsure > doubtful_at_most:
        found.wrong.append(f"{found.name}: {unsure} short messages in doubt, more than {doubtful_at_most} that were on their way")
    missing = len(phones - texts.keys())
    if missing > unsure:
        found.wrong.append(f"{found.name}: {missing} got no short message, but {unsure} are listed as in doubt")
    found.expect("rows", sum(rows.values()), town.planned)
    found.expect("rows that nobody looks at any more", rows.get("template planned", 0) + rows.get("template sending", 0), 0)
    found.notes |= {"outcomes": rows, "short messages in doubt": unsure}


async def _resumes(town: Town, before: int) -> float:
    """Seconds until the platform accepts something more."""
    begun = time.monotonic()
    while time.monotonic() - begun < 60:
        told = await town.report()
        if told["accepted"] + told["texts"] > before:
            break
        await asyncio.sleep(0.02)
    return time.monotonic() - begun


async def killed(town: Town, *, kills: int = 20, most: int = 200, seed: int = 1, wait: bool = True) -> Found:
    """SIGKILL of the worker at random moments, and another one in its place. `most`: short messages that may be on their way at once.

    Without `wait` the last worker's clock stands behind the lease of what the killed ones held, so that nobody has to wait for it."""
    found, rng = Found("killed"), Random(seed)
    pauses: list[float] = []
    worker = town.start()
    await worker.ready()
    for number in range(kills):
        told = await town.report()
        part = (town.people - told["accepted"] - told["texts"]) / max(1, kills - number + 1) * rng.uniform(0.3, 1.0)
        goal = told["accepted"] + told["texts"] + max(1, int(part))
        until = time.monotonic() + (20 if wait else 3)
        while told["accepted"] + told["texts"] < goal and time.monotonic() < until:
            await asyncio.sleep(rng.uniform(0.01, 0.06))
            told = await town.report()
        worker.kill()
        await asyncio.sleep(0.2)  # what was on the wire arrives
        told = await town.report()
        last = number == kills - 1
        worker = town.start(more=0.0 if wait or not last else LEASE_S + 5)
        await worker.ready()
        if wait and told["accepted"] + told["texts"] < town.people * 0.95:
            pauses.append(await _resumes(town, told["accepted"] + told["texts"]))
    if not await town.settled(_AT_MOST_S if wait else 60):
        found.wrong.append("killed: some are still on their way")
    found.notes["resumed after (worst, s)"] = round(max(pauses, default=0.0), 2)
    if wait and max(pauses, default=0.0) > RESUMED_S:
        found.wrong.append(f"killed: resumed only after {max(pauses):.1f} s")
    await judge(town, found, doubtful_at_most=most * kills)
    return found


async def database_away(town: Town, *, seconds: float = 60.0) -> Found:
    """PostgreSQL is stopped in mid-campaign and comes back."""
    found = Found("database away")
    assert town.server is not None
    workers = [town.start(), town.start()]
    for worker in workers:
        await worker.ready()
    await town.until(town.people // 4, 120)
    await town.server.stop()
    await asyncio.sleep(seconds)
    before = await town.report()
    await town.server.start(town.cores.generator)
    found.notes["resumed after (s)"] = round(await _resumes(town, before["accepted"] + before["texts"]), 2)
    if found.notes["resumed after (s)"] > RESUMED_S:
        found.wrong.append(f"database away: resumed only after {found.notes['resumed after (s)']} s")
    if not await town.settled(_AT_MOST_S):
        found.wrong.append("database away: some are still on their way")
    await judge(town, found, doubtful_at_most=400)
    return found


async def redis_away(town: Town, redis: ValkeyServer, *, seconds: float = 60.0) -> Found:
    """Redis is killed in mid-campaign and comes back empty; the token is revoked meanwhile. Nothing waits for it."""
    found = Found("redis away")
    workers = [town.start(), town.start()]
    for worker in workers:
        await worker.ready()
    await town.until(town.people // 4, 120)
    redis.kill()
    await town.order(new_token=True)
    told = await town.report()
    found.notes["went on after (s)"] = round(await _resumes(town, told["accepted"] + told["texts"]), 2)
    if found.notes["went on after (s)"] > RESUMED_S:
        found.wrong.append(f"redis away: went on only after {found.notes['went on after (s)']} s")
    await town.until(town.people, seconds)
    redis.start()
    if not await town.settled(_AT_MOST_S):
        found.wrong.append("redis away: some are still on their way")
    await judge(town, found, doubtful_at_most=0)
    return found


FAULTS: Mapping[str, float] = {"http_503": 0.01, "busy": 0.01, "lost": 0.01, "cut": 0.01}


async def out_of_order(town: Town, *, shares: Mapping[str, float] = FAULTS, quota: bool = True) -> Found:
    """5xx, -1, answers lost after they were accepted, connections cut; the token revoked twice; then the day's quota used up."""
    found = Found("platform out of order")
    await town.order(**shares)
    workers = [town.start(), town.start()]
    for worker in workers:
        await worker.ready()
    for part in (4, 2):
        await town.until(town.people // part, _AT_MOST_S)
        await town.order(new_token=True)
    if quota:
        await town.until(town.people * 3 // 4, _AT_MOST_S)
        await town.order(quota=0)
        await _quiet(town, 3.0)
        refused = (await town.report())["calls"].get("45009", 0)
        await asyncio.sleep(5)
        later = (await town.report())["calls"].get("45009", 0)
        found.expect("calls after 45009 was heard", later - refused, 0)
        found.notes["calls refused with 45009"] = refused
        await town.order(quota=None)
        await _lifted(town)
    if not await town.settled(_AT_MOST_S):
        found.wrong.append("platform out of order: some are still on their way")
    told = await town.report()
    found.notes |= {"calls": told["calls"], "known already": told["repeats"], "tokens fetched": told["tokens_fetched"]}
    if told["tokens_fetched"] > 3 * len(workers):  # without Redis the processes share the token, not the line in front of it
        found.wrong.append(f"platform out of order: {told['tokens_fetched']} tokens fetched")
    await judge(town, found, doubtful_at_most=town.people)
    return found


async def _quiet(town: Town, at_least: float) -> None:
    await asyncio.sleep(at_least)
    before = -1
    while (calls := (await town.report())["calls"].get("wechat", 0)) != before:
        before = calls
        await asyncio.sleep(1.0)


async def _lifted(town: Town) -> None:
    """Midnight has come for the quota, without waiting for it: nothing is halted, and what was told to wait until then is due."""
    await town.ask("UPDATE pace SET halted_until = NULL RETURNING name")
    await town.ask("UPDATE notice SET due = 1 WHERE state = 'planned' AND due IS NOT NULL RETURNING 1")


async def _without_redis(folder: Path, cores: machine.Cores, people: int) -> Found:
    with tempfile.TemporaryDirectory(prefix="sb-") as short:  # a socket's address has at most 107 characters
        redis = ValkeyServer(Path(short))
        redis.start()
        try:
            async with town(folder, cores, people, chats=WITH_CHAT, at_once=100, batch=500, redis_url=redis.url) as built:
                return await redis_away(built, redis)
        finally:
            redis.kill()


async def _trial(folder: Path, cores: machine.Cores, people: int, work: Callable[[Town], Awaitable[Found]]) -> Found:
    async with town(folder, cores, people, chats=WITH_CHAT, at_once=100, batch=500) as built:
        return await work(built)


TRIALS: dict[str, Callable[[Town], Awaitable[Found]]] = {
    "killed": killed,
    "database": database_away,
    "platform": out_of_order,
}


def main() -> int:
    """Run the trials; 1 if anybody got two, or none without being listed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description="Shows what survives.")
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--only", nargs="+", choices=[*TRIALS, "redis"], default=[*TRIALS, "redis"])
    asked = parser.parse_args()
    console, cores, wrong = Console(width=130), machine.cores(), list[str]()
    with (
        tempfile.TemporaryDirectory(prefix="shebao-bench-", ignore_cleanup_errors=True) as folder,
        (Path(folder) / "log").open("w", encoding="utf-8") as log,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        logs.set_up(log)
        for name in asked.only:
            begun = time.perf_counter()
            own = Path(folder) / name
            if name == "redis":
                found = runner.run(_without_redis(own, cores, asked.people // 4))
            else:
                found = runner.run(_trial(own, cores, asked.people, TRIALS[name]))
            console.print(f"{found.name}, {time.perf_counter() - begun:.0f} s: {found.notes}", highlight=False)
            for line in found.wrong:
                console.print(f"[red]wrong:[/] {line}", highlight=False)
            wrong += found.wrong
    if not wrong:
        console.print("everybody got exactly one; what had no id and was on its way at a kill is listed, and nothing else")
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
