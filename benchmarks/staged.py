"""A server with a stopwatch inside: `python -m benchmarks.staged bot <settings> <out>` or `… echo - <out>`; prints its port.

At each SIGUSR1 it writes what has been charged and counted so far to `<out>`; the difference of two is what a load has cost. The
stopwatch is put around functions of the product from outside, here and nowhere else; a name that has gone is an error at once.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import uvloop

from benchmarks import echo
from benchmarks.stopwatch import Stopwatch
from bot import logs
from bot.app import serving
from bot.clock import SystemClock
from bot.config import load
from bot.wechat import delivery, webhook, wire
from bot.wechat.delivery import Delivery
from bot.wechat.envelope import Envelope
from bot.wechat.front import Front
from bot.wechat.webhook import Webhook
from handlers import conversation
from handlers.conversation import Conversation
from handlers.desk import TurnDesk
from handlers.jobs import Runner
from handlers.talk import Talker
from handlers.understanding.understanding import Understanding
from storage.sql import together
from storage.sql.opening import Openings
from storage.sql.sqlite import Lines, SqliteBackend, SqliteUnit
from storage.sql.together import Step, Together
from storage.vault import Vault

OPENING = "signature, age, decrypt, parse"
SEALING = "render, encrypt"
READING = "SQLite, read on the spot"
WRITING = "SQLite, written on the spot, together"
OPENED = "what a turn begins with (user, session, person, answer)"
VAULT = "seal, open, hash (vault)"
THREADS = "SQLite's threads"

_STAGES: tuple[tuple[str, type, tuple[str, ...]], ...] = (
    ("read, respond", Front, ("take", "_counting")),
    ("read, respond", Webhook, ("begin", "_answered")),
    (OPENING, Envelope, ("open",)),
    ("delivery (5 s rule, resends under way)", Delivery, ("begin", "_work", "_start", "_forget")),
    (OPENED, Openings, ("open",)),
    ("duplicates (look-up of the answer)", Conversation, ("answered",)),
    ("transaction: lock, session, user, answer", Conversation, ("_run",)),
    ("understanding", Understanding, ("understand",)),
    ("dialog (what it means, the machine)", Talker, ("turn",)),
    ("desk and query (audit, limits, link)", TurnDesk, ("open", "look_up")),
    (SEALING, Webhook, ("_render",)),
    (READING, SqliteBackend, ("glance",)),
    (VAULT, Vault, ("seal", "open", "mac")),
    ("commit", SqliteUnit, ("commit",)),
    (WRITING, Together, ("_flush",)),
    ("jobs", Runner, ("once", "_rest")),
)


def instrument(watch: Stopwatch) -> None:
    """Put the stopwatch around the product's stages."""
    for stage, owner, names in _STAGES:
        for name in names:
            found = owner.__dict__[name]
            work = found.__func__ if isinstance(found, classmethod) else found
            timed = (watch.coroutine if asyncio.iscoroutinefunction(work) else watch.function)(stage, work)
            setattr(owner, name, classmethod(timed) if isinstance(found, classmethod) else timed)
    for name in ("account_of", "read"):
        setattr(wire, name, watch.function(OPENING, getattr(wire, name)))
    for module, name in ((webhook, "log"), (webhook, "line"), (delivery, "log"), (conversation, "log")):
        setattr(module, name, _TimedLog(watch, getattr(module, name)))
    _count_statements(watch)


class _TimedLog:
    """A logger whose lines are charged to a stage of their own."""

    def __init__(self, watch: Stopwatch, log: Any) -> None:
        self._watch = watch
        self._log = log

    def __getattr__(self, level: str) -> Callable[..., Any]:
        return self._watch.function("log", getattr(self._log, level))


def _count_statements(watch: Stopwatch) -> None:
    """How often the database is asked, and how often a thread is crossed for it."""
    glance, do = SqliteBackend.glance, Lines.do

    def counted_glance(self: SqliteBackend, *args: Any) -> Any:
        watch.counts["read on the spot"] += 1
        return glance(self, *args)

    def counted_do(self: Lines, work: Callable[..., Any], *args: Any) -> Any:
        name = work.__name__.strip("_")
        watch.counts["handed to a reader" if name == "read" else "handed to the writer"] += 1
        steps = next((arg for arg in args if isinstance(arg, list) and all(hasattr(one, "must_change") for one in arg)), [])
        watch.counts["written statements"] += len(steps) + (name == "batch") + (name == "many")
        if name == "commit":
            watch.counts["commits"] += 1
        return do(self, work, *args)

    def counted_commits(connection: Any, units: Sequence[Sequence[Step]]) -> Any:
        watch.counts["commits"] += 1
        watch.counts["units committed"] += len(units)
        watch.counts["written statements"] += sum(len(steps) for steps in units)
        return commits(connection, units)

    commits = together.commit_all
    setattr(together, "commit_all", counted_commits)  # noqa: B010
    setattr(SqliteBackend, "glance", counted_glance)  # noqa: B010
    setattr(Lines, "do", counted_do)  # noqa: B010


def instrument_echo(watch: Stopwatch) -> None:
    """The same for the peer."""
    for stage, names in ((OPENING, ("opened", "parsed")), (SEALING, ("answered", "sealed"))):
        for name in names:
            setattr(echo, name, watch.function(stage, getattr(echo, name)))


def _threads_ns() -> int:
    """CPU time of the threads that own a connection."""
    clocks = (
        time.pthread_getcpuclockid(one.ident) for one in threading.enumerate() if one.ident and one.name.startswith("sqlite-")
    )
    return sum(time.clock_gettime_ns(clock) for clock in clocks)


async def _until_told(watch: Stopwatch, out: Path) -> None:
    ended = asyncio.Event()
    number = iter(range(1_000_000))

    def write() -> None:
        spent = Counter(watch.settle())
        spent[THREADS] = _threads_ns()
        told = {"number": next(number), "spent": spent, "counts": watch.counts, "process_ns": time.process_time_ns()}
        part = out.with_suffix(".part")
        part.write_text(json.dumps(told), "utf-8")
        part.replace(out)

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, write)
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()


async def main(kind: str, settings: str, out: str) -> None:
    """Serve until SIGTERM."""
    watch = Stopwatch()
    if kind == "echo":
        instrument_echo(watch)
        runner, port = await echo.serve()
        print(port, flush=True)
        await _until_told(watch, Path(out))
        await runner.cleanup()
        return
    instrument(watch)
    logs.set_up()
    async with serving(load(Path(settings)), SystemClock()) as (_, port):
        print(port, flush=True)
        await _until_told(watch, Path(out))


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(main(*sys.argv[1:4]))
