"""What a filing with a photo costs, and fifty of them a second beside the chat."""

from __future__ import annotations

import asyncio
import contextlib
import io
import secrets
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from PIL import Image, ImageFilter

from benchmarks import account, people, servers
from benchmarks.bench import Bench
from benchmarks.load import Measured, open_loop
from benchmarks.machine import anywhere, percentile
from benchmarks.platform import response
from benchmarks.rates import Talks
from bot.app import product
from bot.clock import SystemClock
from bot.config import Config, Storage
from bot.pages.shell import csrf_token
from dialogs.filings import FILINGS
from handlers.filings.flow import Applicant, Flow
from handlers.links import Links
from storage.migrations import migrate
from storage.ports.records import Binding, Card, Person, User
from storage.ports.repositories import Repositories, Store
from storage.regions import load_regions

FILING = "card_replace"
CHAT_RATE = 50
FILING_RATE = 50
_PAUSE_S = 0.03


def configured(folder: Path, name: str, url: str = "") -> Config:
    """With uploads beside the database."""
    database = folder / f"{name}.sqlite"
    config = account.config(database)
    return replace(config, storage=Storage(database_url=url or f"sqlite:///{database}", files_dir=str(folder / f"{name}-files")))


def written(config: Config, path: Path) -> Path:
    """The same as a file."""
    return account.write(config, path)


def _photo() -> bytes:
    """A JPEG as WeChat hands on a photo: 1080 by 810, some 150 KiB."""
    noise = Image.effect_noise((1080, 810), 90).filter(ImageFilter.GaussianBlur(1.2))
    held = io.BytesIO()
    Image.merge("RGB", (noise, noise.transpose(Image.Transpose.ROTATE_180), noise)).save(held, "JPEG", quality=82)
    return held.getvalue()


@dataclass(frozen=True, slots=True)
class _Draft:
    """A filing that is filled in; what is left is the photo and handing it in."""

    token: str
    holder: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": f"holder={self.holder}"}

    @property
    def csrf(self) -> str:
        return csrf_token(self.holder, self.token)


_ANSWERS = {"reason": "不能读卡", "delivery": "网点自取", "contact": "预留手机号"}


async def _drafted(tx: Repositories, flow: Flow, links: Links, number: int, person: Person) -> _Draft:
    """One person with a card, bound to a chat, with a filing begun and a page open."""
    now = SystemClock().now()
    openid = f"oFiling{number:021d}"
    region = load_regions()["binzhou"]
    await tx.users.save(User(openid, True, "person", "binzhou", person.id, now, "message", 5))
    await tx.users.bind(Binding(0, openid, person.id, "person", "sms", "1", now))
    outlets = [one.name for one in sorted(region.outlets, key=lambda one: one.name) if "领卡" in one.does]
    outlet = outlets[0] if outlets else "其他网点（由经办机构联系您确认）"
    answers = _ANSWERS | {"outlet": outlet}
    case = await flow.draft(tx, FILINGS[FILING], Applicant(person, openid, region), answers, f"bench|{number}")
    address = await links.page(tx, openid, {"page": "form", "case": case.case_no, "person": str(person.id)})
    draft = _Draft(address.rpartition("/")[2], secrets.token_urlsafe(24))
    await tx.tickets.claim(draft.token, draft.holder)
    return draft


async def _prepared(config: Config, count: int) -> list[_Draft]:
    """So many filings, begun."""
    drafts: list[_Draft] = []
    async with product(config, SystemClock()) as built:
        store: Store = built.store
        flow = Flow(built.services)
        for start in range(0, count, 500):
            numbers = range(start, min(count, start + 500))
            async with store.transaction() as tx:
                made = {number: replace(people.person(number), region="binzhou") for number in numbers}
                ids = await tx.people.put_many(made.values())
                known = {number: replace(one, id=ids[one.region, one.id_no]) for number, one in made.items()}
                await tx.cards.put_many(
                    Card(0, one.id, "binzhou", f"99{number:010d}", "active", "样例银行") for number, one in known.items()
                )
                for number, one in known.items():
                    drafts.append(await _drafted(tx, flow, built.services.links, number, one))
    return drafts


@dataclass
class _Filed:
    """Seconds of each request, from when it was due, and what was wrong."""

    photo: list[float] = field(default_factory=list)
    submit: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


@dataclass
class _Cost:
    """CPU in seconds of each request: of the server with all its threads, and of its process for pictures."""

    server: list[float] = field(default_factory=list)
    pictures: list[float] = field(default_factory=list)
    whole: float = 0.0
    """The mean, with the jobs that follow it."""

    @property
    def figures(self) -> dict[str, float]:
        """In ms."""
        return {
            "server_p50_ms": percentile(self.server, 0.5) * 1e3,
            "server_p99_ms": percentile(self.server, 0.99) * 1e3,
            "pictures_p50_ms": percentile(self.pictures, 0.5) * 1e3,
            "pictures_p99_ms": percentile(self.pictures, 0.99) * 1e3,
            "mean_with_jobs_ms": self.whole * 1e3,
        }


class _Browser:
    """A connection of somebody who files. Bytes that lie ready go over it: the generator shares the machine with what it measures."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, draft: _Draft) -> None:
        self._reader = reader
        self._writer = writer
        self._draft = draft

    async def photo(self, photo: bytes) -> int:
        """Upload it; the status."""
        fields = {"csrf": self._draft.csrf, "material": "old_card"}
        parts = [
            f'--{_EDGE}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
        ]
        parts.append(
            f'--{_EDGE}\r\nContent-Disposition: form-data; name="photo"; filename="IMG_0001.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        )
        return await self._sent("photo", f"multipart/form-data; boundary={_EDGE}", "".join(parts).encode(), photo, _END)

    async def submit(self) -> int:
        """Hand the filing in; the status."""
        sent = urlencode({"csrf": self._draft.csrf, "agreed": "yes"}).encode()
        return await self._sent("submit", "application/x-www-form-urlencoded", sent)

    async def _sent(self, act: str, kind: str, *body: bytes) -> int:
        head = (
            f"POST /p/{self._draft.token}/{act} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: holder={self._draft.holder}\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {sum(map(len, body))}\r\n\r\n"
        )
        self._writer.writelines([head.encode(), *body])
        status, _ = await response(self._reader)
        return status


_EDGE = "----an-edge-that-no-photo-contains"
_END = f"\r\n--{_EDGE}--\r\n".encode()


@contextlib.asynccontextmanager
async def _browser(port: int, draft: _Draft) -> AsyncIterator[_Browser]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield _Browser(reader, writer, draft)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _timed(work: Coroutine[Any, Any, int], since: float, into: list[float], filed: _Filed, what: str) -> None:
    try:
        status = await work
    except (OSError, EOFError) as trouble:
        filed.wrong.append(f"{what}: {type(trouble).__name__}")
        return
    into.append(time.perf_counter() - since)
    if status != 303:
        filed.wrong.append(f"{what}: {status}")


async def _one(port: int, draft: _Draft, photo: bytes, filed: _Filed) -> None:
    begun = time.perf_counter()
    async with _browser(port, draft) as browser:
        await _timed(browser.photo(photo), begun, filed.photo, filed, "photo")
        await _timed(browser.submit(), time.perf_counter(), filed.submit, filed, "submit")


def _ran(pid: int) -> float:
    """CPU in seconds that the threads of a process have used, to the nanosecond."""
    return sum(int((task / "schedstat").read_text("ascii").split()[0]) for task in Path(f"/proc/{pid}/task").iterdir()) / 1e9


def _children(pid: int) -> list[int]:
    """Processes that a process has started."""
    return [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text("ascii").split()
    ]


def _spent(pid: int) -> tuple[float, float]:
    """CPU in seconds of the server, and of the process that it has for pictures."""
    return _ran(pid), sum(_ran(child) for child in _children(pid))


async def _alone(port: int, pid: int, drafts: Sequence[_Draft], photo: bytes) -> tuple[_Filed, list[_Cost]]:
    """One after the other: times, and what a photo and what handing in costs."""
    filed, costs = _Filed(), []
    steps: tuple[tuple[Callable[[_Browser], Coroutine[Any, Any, int]], list[float], str], ...] = (
        (lambda browser: browser.photo(photo), filed.photo, "photo"),
        (lambda browser: browser.submit(), filed.submit, "submit"),
    )
    for act, into, what in steps:
        cost = _Cost()
        first = sum(_spent(pid))
        for draft in drafts:
            await asyncio.sleep(_PAUSE_S)  # what a filing leaves to be done by jobs is not the next one's
            server, pictures = _spent(pid)
            async with _browser(port, draft) as browser:
                await _timed(act(browser), time.perf_counter(), into, filed, what)
            after, pictures_after = _spent(pid)
            cost.server.append(after - server)
            cost.pictures.append(pictures_after - pictures)
        cost.whole = (sum(_spent(pid)) - first) / len(drafts)
        costs.append(cost)
    return filed, costs


async def _at_rate(port: int, drafts: Sequence[_Draft], photo: bytes, rate: float) -> _Filed:
    """So many filings a second, each begun when it is due, whatever became of the others."""
    filed = _Filed()
    async with asyncio.TaskGroup() as group:
        begun = time.perf_counter()
        for number, draft in enumerate(drafts):
            if (wait := begun + number / rate - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            group.create_task(_one(port, draft, photo, filed))
    return filed


def _kept(database: Path) -> tuple[int, int]:
    """Filings that wait for review, and photos, according to the database."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        filed = connection.execute("SELECT count(*) FROM business_case WHERE state = 'review'").fetchone()[0]
        return filed, connection.execute("SELECT count(*) FROM attachment").fetchone()[0]


async def run(bench: Bench) -> dict[str, Any]:
    """Alone, then beside the chat; prints two tables and returns the figures."""
    few, seconds = (100 if bench.sizes.people >= 200_000 else 20), min(bench.sizes.open_seconds, 20)
    config = configured(bench.folder, "filings")
    await migrate(config.storage.database_url)
    with anywhere(bench.cores):
        drafts = await _prepared(config, few + FILING_RATE * seconds)
    photo, talks = _photo(), Talks()
    settings = written(config, bench.folder / "filings.toml")
    async with AsyncExitStack() as stack:
        with anywhere(bench.cores):  # the server has a process for pictures: the two of them have both cores, as they would have
            server = await stack.enter_async_context(servers.bot(settings, bench.folder / "filings.log"))
        async with _browser(server.port, drafts[0]) as first:
            await first.photo(photo)  # starts that process; sent again it is the same photo
        alone, costs = await _alone(server.port, server.pid, drafts[:few], photo)
        quiet = await open_loop(server.port, server.pid, talks.dialog(CHAT_RATE * seconds // 2), CHAT_RATE)
        before, begun = _spent(server.pid), time.perf_counter()
        beside, filed = await asyncio.gather(
            open_loop(server.port, server.pid, talks.dialog(CHAT_RATE * seconds), CHAT_RATE),
            _at_rate(server.port, drafts[few:], photo, FILING_RATE),
        )
        took = time.perf_counter() - begun
        busy = [(after - first_) / took for after, first_ in zip(_spent(server.pid), before, strict=True)]
    wrong = [*alone.wrong, *filed.wrong, *quiet.wrong, *beside.wrong]
    if (kept := _kept(bench.folder / "filings.sqlite")) != (len(drafts), len(drafts)):
        wrong.append(f"{kept[0]} filings and {kept[1]} photos are kept, not {len(drafts)} of each")
    _shown(bench, len(photo), alone, costs, filed, (quiet, beside), busy, wrong)
    return {
        "photo_cpu": costs[0].figures,
        "submit_cpu": costs[1].figures,
        "submit_p50_ms": percentile(alone.submit, 0.5) * 1e3,
        "submit_p99_ms": percentile(alone.submit, 0.99) * 1e3,
        "busy_photo_p99_ms": percentile(filed.photo, 0.99) * 1e3,
        "busy_submit_p99_ms": percentile(filed.submit, 0.99) * 1e3,
        "filings_per_second": len(filed.submit) / took,
        "cores_of_server_and_pictures": busy,
        "chat_alone_p99_ms": quiet.p99 * 1e3,
        "chat_beside_p99_ms": beside.p99 * 1e3,
        "wrong": wrong,
    }


def _shown(
    bench: Bench,
    size: int,
    alone: _Filed,
    costs: Sequence[_Cost],
    filed: _Filed,
    chat: tuple[Measured, Measured],
    busy: Sequence[float],
    wrong: Sequence[str],
) -> None:
    def row(what: str, took: Sequence[float], cost: _Cost | None = None) -> tuple[str, ...]:
        cells = [f"{percentile(took, share) * 1e3:.1f}" for share in (0.5, 0.99)]
        cells += [f"{one:.1f}" for one in cost.figures.values()] if cost else [""] * 5
        return (what, *cells)

    bench.table(
        "A filing (SQLite): time from request to answer, and CPU of the server and of its process for pictures",
        ("", "p50 ms", "p99 ms", "CPU p50", "CPU p99", "pictures p50", "pictures p99", "mean, with jobs"),
        [
            row(f"a photo of {size / 1024:.0f} KiB, alone", alone.photo, costs[0]),
            row("handing in, alone", alone.submit, costs[1]),
            row(f"a photo, {FILING_RATE}/s", filed.photo),
            row(f"handing in, {FILING_RATE}/s", filed.submit),
        ],
        f"the target is 20 ms of processing for a case filed; at that rate {busy[0]:.2f} cores are the server's, {busy[1]:.2f} the pictures'",
    )
    bench.table(
        f"The chat, {CHAT_RATE} dialog turns a second",
        ("", "p50 ms", "p99 ms", "slowest ms"),
        [
            (what, f"{one.p50 * 1e3:.1f}", f"{one.p99 * 1e3:.1f}", f"{one.slowest * 1e3:.0f}")
            for what, one in zip(("alone", f"beside {FILING_RATE} filings a second with a photo each"), chat, strict=True)
        ],
        f"the target is a p99 of 100 ms; {'nothing was lost or wrong' if not wrong else f'{len(wrong)} WRONG'}",
    )
