"""(h) A hundred documents asked for at once, signed, beside a chat that goes on: targets.md L7."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import aiohttp

from benchmarks import account, people, servers
from benchmarks.bench import CHATS, Bench, openid
from benchmarks.load import Measured, open_loop
from benchmarks.machine import anywhere, family_cpu_seconds, percentile
from benchmarks.platform import Message
from benchmarks.rates import asked
from bot.app import regions_of, storage_of
from bot.clock import SystemClock
from bot.config import Config, Documents
from handlers.documents import content_hash, freeze, new_check_code, new_serial, new_test_keys
from handlers.links import Links
from handlers.queries.contributions import contributions
from handlers.query import Asker
from storage.migrations import migrate
from storage.ports.records import Document
from storage.ports.repositories import Repositories

AT_ONCE: Final = 100
MOST_SECONDS, MOST_CHAT_P99_S, MOST_CPU_S = 30.0, 0.200, 0.300
"""Of all of them, of an answer meanwhile, of one of them (L7)."""
_MONTHS: Final = 12
_PERIOD: Final = "2024-01..2024-12"
_RATE: Final = 25.0
"""Questions a second in the chat."""
_LEAST_QUESTIONS: Final = 300
_PATIENCE: Final = aiohttp.ClientTimeout(total=120)


def _config(folder: Path) -> Config:
    """The usual one, with test keys, so that every file is signed."""
    made, keys = account.config(folder / "papers.sqlite"), new_test_keys()
    return replace(
        made,
        storage=replace(made.storage, files_dir=str(folder / "files")),
        documents=Documents(signing_key=keys.signing_key, signing_cert=keys.signing_cert, token_key=keys.token_key),
    )


async def _issued(tx: Repositories, config: Config, number: int, person_id: int) -> str:
    """A year of five insurances of one person, issued; the path of the file."""
    clock = SystemClock()
    person = await tx.people.get(person_id)
    if person is None:
        raise LookupError("no such person")
    now, region = clock.now(), regions_of(config)["beijing"]
    statement = await contributions(tx, Asker(person, region, now.date()), {"period": _PERIOD})
    snapshot = freeze(statement)
    document, _ = await tx.documents.add(
        Document(
            serial_no=new_serial(now.date(), "beijing"),
            check_code=new_check_code(),
            feature=statement.feature,
            title=statement.title,
            region="beijing",
            person_id=person_id,
            key=f"papers|{number}",
            snapshot=snapshot,
            content_hash=content_hash(snapshot),
            created_at=now,
        )
    )
    address = await Links(clock, "http://127.0.0.1").document(tx, openid(number), document.serial_no)
    return f"{address.removeprefix('http://127.0.0.1')}/{document.serial_no}.pdf"


@dataclass(frozen=True, slots=True)
class _Fetched:
    """What came back for all of them: seconds in all and for each, CPU of the server and its printers, and what was wrong."""

    seconds: float
    each: tuple[float, ...]
    cpu_s: float
    bytes: int
    wrong: tuple[str, ...]


class _Browsers:
    """Each has opened the page of its document, and holds the cookie that the file needs."""

    def __init__(self, session: aiohttp.ClientSession, port: int, pid: int) -> None:
        self._session = session
        self._base = f"http://127.0.0.1:{port}"
        self._pid = pid

    async def enter(self, paths: list[str]) -> list[tuple[str, str]]:
        """(path, cookies) of each."""
        entered = []
        for path in paths:
            async with self._session.get(self._base + path.rpartition("/")[0]) as page:
                cookies = "; ".join(one.partition(";")[0] for one in page.headers.getall("Set-Cookie", []))
                entered.append((path, cookies))
        return entered

    async def fetch(self, entered: list[tuple[str, str]]) -> _Fetched:
        """All at once."""
        cpu, begun = family_cpu_seconds(self._pid), time.perf_counter()
        got = await asyncio.gather(*(self._file(path, cookies) for path, cookies in entered))
        seconds, cpu = time.perf_counter() - begun, family_cpu_seconds(self._pid) - cpu
        wrong = tuple(trouble for _, _, trouble in got if trouble)
        return _Fetched(seconds, tuple(took for took, _, _ in got), cpu, max(size for _, size, _ in got), wrong)

    async def _file(self, path: str, cookies: str) -> tuple[float, int, str]:
        begun = time.perf_counter()
        async with self._session.get(self._base + path, headers={"Cookie": cookies}) as answer:
            body = await answer.read()
        fine = answer.status == 200 and body.startswith(b"%PDF-") and b"/ByteRange" in body
        return time.perf_counter() - begun, len(body), "" if fine else f"a file was answered with {answer.status}"


def _questions(count: int) -> list[Message]:
    """Of the chats that ask for no document."""
    places = [AT_ONCE * 2 + index % (CHATS - AT_ONCE * 2) for index in range(count)]
    return [asked(place, place, turn) for turn, place in enumerate(places)]


async def run(bench: Bench) -> dict[str, Any]:
    """A hundred alone, and a hundred beside the chat; prints a table and returns the figures. What misses L7 is wrong."""
    config = _config(bench.folder)
    with anywhere(bench.cores):
        await migrate(config.storage.database_url)
        async with storage_of(config, SystemClock()) as (store, _):
            _, _, ids = await people.load(store, CHATS, _MONTHS)
            await people.bind(store, {openid(number): ids[number] for number in range(CHATS)})
            async with store.transaction() as tx:
                paths = [await _issued(tx, config, number, ids[number]) for number in range(2 * AT_ONCE + 2)]
        settings = account.write(config, bench.folder / "papers.toml")
        connector = aiohttp.TCPConnector(limit=0)
        async with (
            servers.bot(settings, bench.folder / "papers.log") as server,
            aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), timeout=_PATIENCE) as session,
        ):
            browsers = _Browsers(session, server.port, server.pid)
            entered = await browsers.enter(paths)
            await browsers.fetch(entered[-2:])  # fonts and templates are loaded
            quiet = await open_loop(server.port, server.pid, _questions(_LEAST_QUESTIONS), _RATE)
            alone = await browsers.fetch(entered[:AT_ONCE])
            count = max(_LEAST_QUESTIONS, round(alone.seconds * _RATE))
            beside, chat = await asyncio.gather(
                browsers.fetch(entered[AT_ONCE : 2 * AT_ONCE]),
                open_loop(server.port, server.pid, _questions(count), _RATE),
            )
    return _told(bench, quiet, alone, beside, chat)


def _told(bench: Bench, quiet: Measured, alone: _Fetched, beside: _Fetched, chat: Measured) -> dict[str, Any]:
    bench.table(
        f"{AT_ONCE} signed documents asked for at once",
        ("", "all, s", "median, s", "slowest, s", "CPU ms each", "KiB", "chat p50 ms", "chat p99 ms", "slowest ms"),
        [
            ("the chat alone", "", "", "", "", "", *_of_chat(quiet)),
            ("documents alone", *_of_files(alone), "", "", ""),
            (f"beside {_RATE:.0f} questions a second", *_of_files(beside, False), *_of_chat(chat)),
        ],
        f"L7: all within {MOST_SECONDS:.0f} s, chat p99 under {MOST_CHAT_P99_S * 1e3:.0f} ms, {MOST_CPU_S * 1e3:.0f} ms of CPU for one",
    )
    cpu = alone.cpu_s / AT_ONCE
    missed = [
        *([f"{AT_ONCE} documents took {beside.seconds:.1f} s"] if beside.seconds > MOST_SECONDS else []),
        *([f"chat p99 was {chat.p99 * 1e3:.0f} ms"] if chat.p99 >= MOST_CHAT_P99_S else []),
        *([f"a document took {cpu * 1e3:.0f} ms of CPU"] if cpu > MOST_CPU_S else []),
    ]
    return {
        "alone_s": alone.seconds,
        "beside_s": beside.seconds,
        "cpu_ms_each": cpu * 1e3,
        "bytes": alone.bytes,
        "chat_alone_p99_ms": quiet.p99 * 1e3,
        "chat_p50_ms": chat.p50 * 1e3,
        "chat_p99_ms": chat.p99 * 1e3,
        "chat_slowest_ms": chat.slowest * 1e3,
        "wrong": [*alone.wrong, *beside.wrong, *quiet.wrong, *chat.wrong, *missed],
    }


def _of_files(one: _Fetched, cpu: bool = True) -> tuple[str, ...]:
    """Beside the chat the server's CPU is not the documents' alone."""
    each = f"{one.cpu_s / AT_ONCE * 1e3:.0f}" if cpu else ""
    return (
        f"{one.seconds:.1f}",
        f"{percentile(one.each, 0.5):.1f}",
        f"{max(one.each):.1f}",
        each,
        f"{one.bytes / 1024:.0f}",
    )


def _of_chat(one: Measured) -> tuple[str, ...]:
    return f"{one.p50 * 1e3:.1f}", f"{one.p99 * 1e3:.1f}", f"{one.slowest * 1e3:.1f}"
