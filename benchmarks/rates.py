"""(a) Messages a second with everything on, beside the echo in the same run: slices in turn, so that both meet the same machine."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

from benchmarks import account, people, servers, werobot_peer
from benchmarks.bench import CHATS, Bench, openid
from benchmarks.load import Measured, closed_loop, open_loop
from benchmarks.machine import median, memory_mib
from benchmarks.platform import Message, new_id, with_guards
from bot.app import storage_of
from bot.clock import SystemClock
from storage.migrations import migrate

ASKED = ("查2024年{}月的缴费", "2024年{}月五险缴费", "帮我查一下2024年{}月的社保缴费", "2024年{}月份缴费明细")
OPEN_RATE = 500
EVEN = 2 * CHATS
"""After a multiple of so many dialog turns no chat is left in mid-dialog."""

_BEGUN = "单据右上角的二维码"
_ENDED = "已取消"


class Talks:
    """Makes the messages of a slice and remembers where each chat stands, so that what must come back is known."""

    def __init__(self) -> None:
        self._spoken = [0] * CHATS
        self._next = 0

    def _chat(self) -> int:
        self._next += 1
        return (self._next - 1) % CHATS

    def dialog(self, count: int) -> list[Message]:
        """Dialog turns: each chat begins a 校验 and gives it up, again and again."""
        made = []
        for _ in range(count):
            chat = self._chat()
            turn, self._spoken[chat] = self._spoken[chat], self._spoken[chat] + 1
            text, expected = ("校验", _BEGUN) if turn % 2 == 0 else ("取消", _ENDED)
            made.append(Message(openid(chat), text, new_id(), expected))
        return made

    def echoed(self, count: int) -> list[Message]:
        """The same words for a peer that says them back."""
        return [
            Message(openid(number % CHATS), text, new_id(), text)
            for number, text in ((n, "取消" if n // CHATS % 2 else "校验") for n in range(count))
        ]

    def queries(self, count: int) -> list[Message]:
        """Contributions of one month over five insurances; everybody's sum is another."""
        return [asked(chat, chat, turn) for turn, chat in enumerate(self._chat() for _ in range(count))]


def asked(chat: int, person: int, turn: int) -> Message:
    """A question for one month, worded in one of several ways, and the sum of that person and month."""
    month = 1 + turn % 3
    expected = f"2024年{month}月五险缴费，个人合计 {people.month_total(person)}"
    return Message(openid(chat), ASKED[turn // 3 % len(ASKED)].format(month), new_id(), expected)


async def prepared(folder: Path, name: str) -> Path:
    """A migrated database with 1,000 people, each bound to a chat; returns the configuration file."""
    database = folder / f"{name}.sqlite"
    config = account.config(database)
    await migrate(config.storage.database_url)
    async with storage_of(config, SystemClock()) as (store, _):
        _, _, ids = await people.load(store, CHATS, 6)
        await people.bind(store, {openid(number): ids[number] for number in range(CHATS)})
    return account.write(config, folder / f"{name}.toml")


_COUNTS = {
    "answers": "SELECT count(*) FROM answer",
    "turns": "SELECT coalesce(sum(version), 0) FROM dialog_session",
    "counted": "SELECT coalesce(sum(used), 0) FROM limit_counter",
    "audited": "SELECT count(*) FROM audit_log",
}


def counted(database: Path) -> dict[str, int]:
    """What has happened according to the database."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return {name: connection.execute(sql).fetchone()[0] for name, sql in _COUNTS.items()}


async def run(bench: Bench) -> dict[str, Any]:
    """All of it; prints two tables and returns the figures."""
    if bench.sizes.slice % EVEN or OPEN_RATE * bench.sizes.open_seconds % EVEN:
        raise ValueError(f"slices must be multiples of {EVEN}")
    settings = await prepared(bench.folder, "rates")
    database = settings.with_suffix(".sqlite")
    talks, rng = Talks(), Random(20240912)
    size = bench.sizes.slice
    kinds: dict[str, Callable[[], list[Message]]] = {
        "echo": lambda: talks.echoed(size * 2),
        **({"werobot": lambda: talks.echoed(size // 2)} if werobot_peer.there() else {}),
        "dialog": lambda: talks.dialog(size),
        "guarded": lambda: with_guards(talks.dialog(size), rng),
        "query": lambda: talks.queries(size // 2),
    }
    slices: dict[str, list[Measured]] = {kind: [] for kind in kinds}
    wrong: list[str] = []
    pace: dict[str, float] = {}
    core = bench.cores.server
    async with (
        servers.other("benchmarks.echo", log=bench.folder / "echo.log", core=core) as echo,
        servers.bot(settings, bench.folder / "bot.log", core) as bot,
        _werobot(bench) as werobot,
    ):
        targets = {kind: {"echo": echo, "werobot": werobot}.get(kind, bot) for kind in kinds}
        for server, messages in (
            (echo, talks.echoed(EVEN)),
            (werobot, talks.echoed(EVEN)),
            (bot, talks.dialog(EVEN)),
            (bot, talks.queries(EVEN)),
        ):
            await closed_loop(server.port, server.pid, messages)  # warm
        for _ in range(bench.sizes.rounds):
            for kind, make in kinds.items():
                messages, before = make(), counted(database)
                measured = await closed_loop(targets[kind].port, targets[kind].pid, messages, pace=pace.get(kind, 1000.0))
                pace[kind] = measured.rate
                slices[kind].append(measured)
                wrong += measured.wrong
                wrong += _miscounted(kind, messages, before, counted(database))
        opened = await open_loop(bot.port, bot.pid, talks.dialog(OPEN_RATE * bench.sizes.open_seconds), OPEN_RATE)
        wrong += opened.wrong
        memory = memory_mib(bot.pid)
    return _shown(bench, slices, opened, memory, wrong, database)


@contextlib.asynccontextmanager
async def _werobot(bench: Bench) -> AsyncIterator[servers.Server]:
    """The peer on WeRoBot; the echo's place where it is not installed."""
    if not werobot_peer.there():
        bench.console.print(werobot_peer.MISSING)
        async with servers.other("benchmarks.echo", log=bench.folder / "instead.log", core=bench.cores.server) as instead:
            yield instead
        return
    file = str(bench.folder / "werobot.sqlite")
    async with servers.other("benchmarks.werobot_peer", file, log=bench.folder / "werobot.log", core=bench.cores.server) as peer:
        yield peer


def _miscounted(kind: str, messages: list[Message], before: dict[str, int], after: dict[str, int]) -> list[str]:
    """Each message that was new counts once, resends and forgeries not at all."""
    if kind in {"echo", "werobot"}:
        return []
    new = sum(1 for message in messages if message.same_as is None and not message.forged)
    due = {"answers": new} | ({"counted": new, "audited": new} if kind == "query" else {"turns": new})
    return [
        f"{kind}: {name} grew by {after[name] - before[name]}, not {times}"
        for name, times in due.items()
        if after[name] - before[name] != times
    ]


_LABELS = {
    "echo": "bare echo (aiohttp + uvloop + wechatpy), keeps nothing",
    "werobot": "WeRoBot on Tornado with its own SQLite store, says the words back",
    "dialog": "a dialog turn (校验, 取消), everything on",
    "guarded": "the same with 10 % resends and 5 % forgeries",
    "query": "a contribution query of a bound person, audited",
}


def _shown(
    bench: Bench, slices: dict[str, list[Measured]], opened: Measured, memory: float, wrong: list[str], database: Path
) -> dict[str, Any]:
    rates = {kind: median([one.rate for one in runs]) for kind, runs in slices.items()}
    cpu = {kind: median([one.server_cpu_us for one in runs]) for kind, runs in slices.items()}
    rows = [
        (
            _LABELS[kind],
            f"{rates[kind]:,.0f}",
            f"{max(one.rate for one in runs):,.0f}",
            f"{rates[kind] / rates['echo']:.2f}",
            f"{cpu['echo'] / cpu[kind]:.2f}",
            f"{median([one.p50 for one in runs]) * 1e3:.1f}",
            f"{median([one.p99 for one in runs]) * 1e3:.1f}",
            f"{median([one.server_cpu_us for one in runs]):.0f}",
            f"{max(one.generator_share for one in runs):.0%}",
        )
        for kind, runs in slices.items()
    ]
    cost = 1 - rates["guarded"] / rates["dialog"]
    new_only = _new_rate(slices["guarded"], bench.sizes.slice)
    notes = [
        f"median of {bench.sizes.rounds} slices each, taken in turn; 32 connections, {CHATS:,} openids; ratio to the echo",
        f"resends and forgeries cost {cost:.0%} of all requests a second, and leave {new_only:,.0f} new messages a second "
        f"({1 - new_only / rates['dialog']:.0%} less)",
        "every answer opened and compared, every resend byte for byte; " + (f"{len(wrong)} WRONG" if wrong else "none was wrong"),
    ]
    if "werobot" in rates:
        faster, lighter = rates["dialog"] / rates["werobot"], cpu["werobot"] / cpu["dialog"]
        notes.append(f"a dialog turn is {faster:.1f} times as fast as WeRoBot's echo with a session ({lighter:.1f} times by CPU)")
    if not bench.cores.apart:
        notes.append("ONE CORE: server and generator disturbed each other, the figures are worth little")
    elif (share := max(one.generator_share for runs in slices.values() for one in runs)) >= 0.9:
        notes.append(f"THE GENERATOR USED {share:.0%} OF ITS CORE: the fastest line is its figure, not the server's")
    bench.table(
        "Messages a second (server process alone on one core)",
        ("", "median/s", "best/s", "ratio", "ratio of CPU", "p50 ms", "p99 ms", "CPU µs", "generator"),
        rows,
        "\n".join(notes),
    )
    bench.table(
        f"Open loop, {OPEN_RATE} dialog turns a second for {bench.sizes.open_seconds} s",
        ("", "p50 ms", "p99 ms", "slowest ms", "CPU µs", "memory MiB"),
        [
            (
                "sent when due, whatever the answers do",
                f"{opened.p50 * 1e3:.1f}",
                f"{opened.p99 * 1e3:.1f}",
                f"{opened.slowest * 1e3:.0f}",
                f"{opened.server_cpu_us:.0f}",
                f"{memory:.0f}",
            )
        ],
        f"the database holds {database.stat().st_size / 2**20:.0f} MiB by now",
    )
    return {
        "slices": {kind: [_plain(one) for one in runs] for kind, runs in slices.items()},
        "median_rate": rates,
        "ratio": {kind: rate / rates["echo"] for kind, rate in rates.items()},
        "guards_cost": cost,
        "guarded_new_rate": new_only,
        "open_loop": _plain(opened),
        "memory_mib": memory,
        "wrong": wrong,
    }


def _new_rate(runs: list[Measured], new: int) -> float:
    """New messages a second, of slices that held other requests as well."""
    return median([new / one.seconds for one in runs])


def _plain(one: Measured) -> dict[str, Any]:
    return {**asdict(one), "wrong": len(one.wrong), "rate": one.rate}
