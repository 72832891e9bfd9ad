"""(b) CPU of one message by stage, under load: our server's and the echo's, each with a stopwatch inside."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

from benchmarks import servers
from benchmarks.bench import Bench
from benchmarks.load import closed_loop
from benchmarks.platform import Message
from benchmarks.rates import EVEN, Talks, prepared
from benchmarks.staged import OPENED, OPENING, READING, SEALING, THREADS, VAULT, WRITING
from benchmarks.stopwatch import REST

_ORDER = (
    REST,
    "read, respond",
    OPENING,
    "delivery (5 s rule, resends under way)",
    "duplicates (look-up of the answer)",
    "transaction: lock, session, user, answer",
    OPENED,
    "dialog (what it means, the machine)",
    "understanding",
    "desk and query (audit, limits, link)",
    SEALING,
    READING,
    WRITING,
    VAULT,
    "commit",
    "log",
    "jobs",
    THREADS,
)
_COUNTS = ("read on the spot", "handed to a reader", "handed to the writer", "written statements", "units committed", "commits")


def _told(out: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(out.read_text("utf-8")) if out.exists() else {"number": -1}
    return told


async def _mark(server: servers.Server, out: Path) -> dict[str, Any]:
    """What the server has been charged so far."""
    before = _told(out)["number"]
    os.kill(server.pid, signal.SIGUSR1)
    for _ in range(500):
        if (told := _told(out))["number"] > before:
            return told
        await asyncio.sleep(0.01)
    raise RuntimeError("the server does not answer the signal")


async def _cost(
    server: servers.Server, out: Path, messages: list[Message], pace: float
) -> tuple[dict[str, float], dict[str, float], list[str]]:
    """Microseconds of CPU by stage, and counts, both a message; and what was wrong."""
    before = await _mark(server, out)
    measured = await closed_loop(server.port, server.pid, messages, pace=pace)
    after = await _mark(server, out)
    number = len(messages)
    spent = {stage: (ns - before["spent"].get(stage, 0)) / number / 1e3 for stage, ns in after["spent"].items()}
    spent["process"] = (after["process_ns"] - before["process_ns"]) / number / 1e3
    counts = {name: (times - before["counts"].get(name, 0)) / number for name, times in after["counts"].items()}
    return spent, counts, list(measured.wrong)


async def run(bench: Bench) -> dict[str, Any]:
    """Load each; prints two tables and returns the figures."""
    settings = await prepared(bench.folder, "stages")
    talks, size = Talks(), bench.sizes.slice
    spent: dict[str, dict[str, float]] = {}
    counts: dict[str, dict[str, float]] = {}
    wrong: list[str] = []
    for kind, name in (("echo", "-"), ("bot", str(settings))):
        out = bench.folder / f"{kind}.json"
        log = bench.folder / f"staged-{kind}.log"
        async with servers.other("benchmarks.staged", kind, name, str(out), log=log, core=bench.cores.server) as server:
            loads = {"echo": talks.echoed} if kind == "echo" else {"dialog": talks.dialog, "query": talks.queries}
            for load, make in loads.items():
                warm = await closed_loop(server.port, server.pid, make(EVEN))
                spent[load], counts[load], one = await _cost(server, out, make(size), warm.rate)
                wrong += one
    stages = [stage for stage in _ORDER if any(stage in found for found in spent.values())]
    columns = ("echo", "dialog", "query")
    rows = [(stage, *(_figure(spent[column].get(stage)) for column in columns)) for stage in stages]
    totals = {column: sum(us for stage, us in spent[column].items() if stage != "process") for column in columns}
    rows.append(("together", *(_figure(totals[column]) for column in columns)))
    bench.table(
        "CPU of one message by stage, in µs, under load",
        ("", "echo", "dialog turn", "query"),
        rows,
        "exclusive: no stage holds another's time; being watched makes the sum a tenth or so larger than in the first table",
    )
    bench.table(
        "How often the database is asked for one message",
        ("", "dialog turn", "query"),
        [(name, *(f"{counts[column].get(name, 0):.2f}" for column in ("dialog", "query"))) for name in _COUNTS],
        "reads on the spot happen in the event loop's own thread; everything handed over crosses to a thread and back",
    )
    return {"cpu_us": spent, "counts": counts, "wrong": wrong}


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"
