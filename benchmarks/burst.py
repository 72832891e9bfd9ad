"""2,000 messages in one second after silence, and (`--long`) ten minutes of 10,000 chats of which 2,000 are in mid-dialog."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

from benchmarks import servers
from benchmarks.bench import LONG, SMALL, Bench, openid
from benchmarks.load import open_loop
from benchmarks.machine import memory_mib
from benchmarks.platform import Message, new_id
from benchmarks.rates import EVEN, Talks, prepared

BURST = 2_000
_SILENCE_S = 10.0
_OPENIDS, _OPEN = 10_000, 2_000
_PER_SECOND = 100
_MINUTES = 10
_FLAT = 0.05
"""So much may the memory have grown from the second minute to the last."""


async def run(bench: Bench) -> dict[str, Any]:
    """Both; prints two tables and returns the figures."""
    settings = await prepared(bench.folder, "burst")
    wrong: list[str] = []
    async with servers.bot(settings, bench.folder / "burst.log", bench.cores.server) as bot:
        talks = Talks()
        await open_loop(bot.port, bot.pid, talks.dialog(EVEN), 200)  # warm
        await asyncio.sleep(_SILENCE_S if bench.sizes is not SMALL else 1.0)
        burst = await open_loop(bot.port, bot.pid, talks.dialog(BURST), BURST, connections=256)
    wrong += burst.wrong
    if burst.p99 >= 2:
        wrong.append(f"the p99 of the burst was {burst.p99:.1f} s")
    bench.table(
        f"{BURST:,} messages in one second, after silence",
        ("", "answered", "p50 ms", "p99 ms", "slowest ms", "until all were answered"),
        [
            (
                "dialog turns of 1,000 chats",
                f"{BURST - len(burst.wrong):,}",
                f"{burst.p50 * 1e3:.0f}",
                f"{burst.p99 * 1e3:.0f}",
                f"{burst.slowest * 1e3:.0f}",
                f"{burst.seconds:.2f} s",
            )
        ],
    )
    figures: dict[str, Any] = {"p50": burst.p50, "p99": burst.p99, "slowest": burst.slowest, "seconds": burst.seconds}
    if bench.sizes is LONG:
        figures["long"] = await long(bench, _MINUTES, 60)
        wrong += figures["long"]["wrong"]
    return {**figures, "wrong": wrong}


def _round(number: int, count: int) -> list[Message]:
    """Chats in turn: those in mid-dialog ask for help and stay in it, the others begin a 校验 and give it up."""
    made = []
    for place in range(number * count, (number + 1) * count):
        chat, turn = place % _OPENIDS, place // _OPENIDS
        if chat < _OPEN:
            text, expected = "帮助", "二维码"
        else:
            text, expected = ("校验", "二维码") if turn % 2 == 0 else ("取消", "已取消")
        made.append(Message(openid(chat), text, new_id(), expected))
    return made


async def long(bench: Bench, minutes: int, seconds: int) -> dict[str, Any]:
    """So many minutes of so many seconds each; memory at the end of each."""
    settings = await prepared(bench.folder, "long")
    wrong: list[str] = []
    memory, p99 = [], []
    async with servers.bot(settings, bench.folder / "long.log", bench.cores.server) as bot:
        opening = [Message(openid(chat), "校验", new_id(), "二维码") for chat in range(_OPEN)]
        wrong += (await open_loop(bot.port, bot.pid, opening, 200)).wrong
        for minute in range(minutes):
            measured = await open_loop(bot.port, bot.pid, _round(minute, _PER_SECOND * seconds), _PER_SECOND)
            wrong += measured.wrong
            memory.append(memory_mib(bot.pid))
            p99.append(measured.p99)
        threads = _threads(bot.pid)
    grown = memory[-1] / memory[min(1, len(memory) - 1)] - 1
    if grown > _FLAT:
        wrong.append(f"memory grew by {grown:.0%} after the second minute")
    bench.table(
        f"{_OPENIDS:,} chats, {_OPEN:,} in mid-dialog, {_PER_SECOND} messages a second",
        ("", *(str(minute + 1) for minute in range(minutes))),
        [("memory MiB", *(f"{one:.0f}" for one in memory)), ("p99 ms", *(f"{one * 1e3:.1f}" for one in p99))],
        f"minute by minute; from the second to the last it grew by {grown:.1%}; {threads} threads; {len(wrong)} wrong",
    )
    return {"memory_mib": memory, "p99": p99, "grown": grown, "wrong": wrong}


def _threads(pid: int) -> int:
    found = re.search(r"^Threads:\s+(\d+)", Path(f"/proc/{pid}/status").read_text("utf-8"), re.MULTILINE)
    return int(found[1]) if found else 0
