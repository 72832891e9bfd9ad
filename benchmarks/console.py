"""(f) The console's pages with 100,000 open cases on both databases, what a filing costs, and filings with photos beside the chat."""

from __future__ import annotations

import asyncio
import io
import re
import secrets
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
from PIL import Image, ImageFilter
from sqlalchemy import make_url

from benchmarks import account, people, servers
from benchmarks.bench import Bench
from benchmarks.load import open_loop
from benchmarks.machine import anywhere, cpu_seconds, percentile
from benchmarks.rates import Talks
from bot.app import product, storage_of
from bot.clock import SystemClock
from bot.config import Config, Storage
from bot.pages.shell import csrf_token
from dialogs.filings import FILINGS
from handlers.filings.flow import Applicant, Flow
from handlers.links import Links
from storage.migrations import migrate
from storage.ports.records import Binding, Card, Case, CaseState, CaseStep, Person, Staff, StaffSession, User
from storage.ports.repositories import Repositories, Store
from storage.regions import load_regions
from tests.servers import postgres_server

REGIONS = ("beijing", "binzhou", "jinan")
FILING = "card_replace"
CHAT_RATE = 100
FILING_RATE = 50
_TOGETHER = 2_000
_WARM = 20
_ROLES = frozenset({"受理", "审核", "客服"})


def _sizes(bench: Bench) -> tuple[int, int]:
    """Open cases, and times that each page is asked for."""
    return (100_000, 300) if bench.sizes.people >= 200_000 else (5_000, 50)


# ── pages ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _cases(count: int, now: datetime, mine: int) -> Iterator[Case]:
    """Open cases of three regions, all filings and all states that staff work on, due within two months around today."""
    filings = list(FILINGS.values())
    states = (CaseState.REVIEW, CaseState.REVIEW, CaseState.WORKING, CaseState.SUPPLEMENT, CaseState.SECOND, CaseState.READY)
    for number in range(count):
        filing = filings[number // 7 % len(filings)]
        at = now - timedelta(minutes=number)
        yield Case(
            case_no=f"{at:%y%m%d}{number:09d}",
            key=f"bench|{number}",
            feature=filing.covers[0] if filing.covers else filing.name,
            title=filing.title,
            region=REGIONS[number % 3],
            person_id=None,
            submitted_at=at,
            handling_status="处理中",
            feedback_status="等待审核",
            fields={"申请原因": "示例", "领取方式": "网点自取"},
            steps=(CaseStep(1, "提交申请", at, "已提交", by="本人"),),
            filing=filing.name,
            state=states[number // 3 % len(states)],
            due_on=(now + timedelta(days=number * 13 % 60 - 15)).date() if number % 11 else None,
            claimed_by=mine if number % 17 == 0 else None,
        )


@dataclass
class _Desk:
    """A database of cases, with somebody signed in."""

    settings: Path
    token: str
    seconds: float
    shown: str = ""


async def _filled(folder: Path, name: str, url: str, count: int) -> _Desk:
    config = _config(folder, name, url)
    await migrate(config.storage.database_url)
    now, token = SystemClock().now(), secrets.token_urlsafe(32)
    async with storage_of(config, SystemClock()) as (store, _):
        async with store.transaction() as tx:
            staff = await tx.staff.add(Staff(0, "bench", "性能测试", "none", "NONE", _ROLES, frozenset(REGIONS), True, now))
            await tx.staff.open_session(token, StaffSession(0, staff.id, now, now, now + timedelta(hours=8), "bench"))
        begun, made = time.perf_counter(), _cases(count, now, staff.id)
        while some := [case for case, _ in zip(made, range(_TOGETHER), strict=False)]:
            async with store.transaction() as tx:
                await tx.cases.put_many(some)
        seconds = time.perf_counter() - begun
    if url.startswith("postgresql"):
        await _analysed(url)
    return _Desk(_written(config, folder / f"{name}.toml"), token, seconds)


async def _analysed(url: str) -> None:
    """What autovacuum does by itself in a real installation."""
    connection = await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))
    try:
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def _config(folder: Path, name: str, url: str = "") -> Config:
    database = folder / f"{name}.sqlite"
    config = account.config(database)
    return replace(config, storage=Storage(database_url=url or f"sqlite:///{database}", files_dir=str(folder / f"{name}-files")))


def _written(config: Config, path: Path) -> Path:
    account.write(config, path)
    text = path.read_text("utf-8")
    path.write_text(text.replace("[storage]\n", f'[storage]\nfiles_dir = "{config.storage.files_dir}"\n'), "utf-8")
    return path


async def _timed(session: aiohttp.ClientSession, address: str, times: int) -> tuple[list[float], str]:
    """Seconds for each time, and the last page."""
    took, text = [], ""
    for _ in range(_WARM + times):
        begun = time.perf_counter()
        async with session.get(address) as answer:
            text = await answer.text()
            if answer.status != 200:
                raise RuntimeError(f"{answer.status} for a page of the console")
        took.append(time.perf_counter() - begun)
    return took[_WARM:], text


_NEXT = re.compile(r'href="([^"]+)" rel="next"')
_ROW = re.compile(r'<th scope="row"[^>]*><a href="(/console/cases/\d+)')


async def _pages(desk: _Desk, bench: Bench, times: int) -> dict[str, list[float]]:
    """Each page one after the other over one connection, whole requests as a browser makes them."""
    found: dict[str, list[float]] = {}
    async with (
        servers.bot(desk.settings, desk.settings.with_suffix(".log"), bench.cores.server) as server,
        aiohttp.ClientSession(f"http://127.0.0.1:{server.port}", cookies={"console-place": desk.token}) as session,
    ):
        found["the queue as it opens"], text = await _timed(session, "/console/", times)
        deep = "/console/"
        for _ in range(20):
            async with session.get(deep) as answer:
                text = await answer.text()
            if not (following := _NEXT.search(text)):
                break
            deep = following[1]
        found["its page 20"], _ = await _timed(session, deep, times)
        found["mine, all states"], _ = await _timed(session, "/console/?state=all&whose=mine", times)
        narrow = f"/console/?state=review&region=jinan&whose=free&overdue=1&filing={FILING}"
        found["region, filing, unclaimed, overdue"], text = await _timed(session, narrow, times)
        row = _ROW.search(text)
        if row is None:
            raise RuntimeError("the queue has no rows")
        found["a case"], _ = await _timed(session, row[1], times)
    return found


@contextmanager
def _short_folder() -> Iterator[Path]:
    """A folder with a short name, through which a server that runs as somebody else gets: a socket's address has at most 107 characters."""
    with tempfile.TemporaryDirectory(prefix="sb-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


async def _queue(bench: Bench) -> dict[str, Any]:
    count, times = _sizes(bench)
    figures: dict[str, Any] = {"cases": count}
    rows: list[tuple[str, ...]] = []
    with ExitStack() as stack:
        sockets = stack.enter_context(_short_folder())
        with anywhere(bench.cores):
            address = stack.enter_context(postgres_server(sockets))
            desks = {
                "SQLite": await _filled(bench.folder, "queue", "", count),
                "PostgreSQL": await _filled(bench.folder, "queue-pg", address.replace("+asyncpg", ""), count),
            }
        for database, desk in desks.items():
            took = await _pages(desk, bench, times)
            figures[database] = {
                page: {"p50_ms": percentile(one, 0.5) * 1e3, "p99_ms": percentile(one, 0.99) * 1e3} for page, one in took.items()
            } | {"cases_loaded_per_second": count / desk.seconds}
            rows += [
                (
                    f"{database}: {page}",
                    f"{percentile(one, 0.5) * 1e3:.1f}",
                    f"{percentile(one, 0.99) * 1e3:.1f}",
                    f"{max(one) * 1e3:.0f}",
                )
                for page, one in took.items()
            ]
    bench.table(
        f"Pages of the console with {count:,} open cases",
        ("", "p50 ms", "p99 ms", "slowest ms"),
        rows,
        f"{times} times each, one after the other, whole requests; the target is 100 ms",
    )
    return figures


# ── filings ─────────────────────────────────────────────────────────────────────────────────────────────────────────


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
    """Seconds of each request, and what was wrong."""

    photo: list[float] = field(default_factory=list)
    submit: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


async def _photo_sent(session: aiohttp.ClientSession, draft: _Draft, photo: bytes) -> int:
    data = aiohttp.FormData()
    data.add_field("csrf", draft.csrf)
    data.add_field("material", "old_card")
    data.add_field("photo", photo, filename="IMG_0001.jpg", content_type="image/jpeg")
    async with session.post(f"/p/{draft.token}/photo", data=data, headers=draft.headers, allow_redirects=False) as answer:
        await answer.read()
        return answer.status


async def _submitted(session: aiohttp.ClientSession, draft: _Draft) -> int:
    data = {"csrf": draft.csrf, "agreed": "yes"}
    async with session.post(f"/p/{draft.token}/submit", data=data, headers=draft.headers, allow_redirects=False) as answer:
        await answer.read()
        return answer.status


async def _timed_step(work: Awaitable[int], into: list[float], filed: _Filed, what: str) -> None:
    begun = time.perf_counter()
    status = await work
    into.append(time.perf_counter() - begun)
    if status != 303:
        filed.wrong.append(f"{what}: {status}")


async def _one(session: aiohttp.ClientSession, draft: _Draft, photo: bytes, filed: _Filed) -> None:
    await _timed_step(_photo_sent(session, draft, photo), filed.photo, filed, "photo")
    await _timed_step(_submitted(session, draft), filed.submit, filed, "submit")


async def _alone(port: int, pid: int, drafts: list[_Draft], photo: bytes) -> tuple[_Filed, float, float]:
    """One filing after the other: times, and CPU of the server in ms for a photo and for handing in."""
    filed = _Filed()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", cookie_jar=aiohttp.DummyCookieJar()) as session:
        spent = []
        steps: tuple[tuple[Callable[[_Draft], Awaitable[int]], list[float], str], ...] = (
            (lambda draft: _photo_sent(session, draft, photo), filed.photo, "photo"),
            (lambda draft: _submitted(session, draft), filed.submit, "submit"),
        )
        for act, into, what in steps:
            before = cpu_seconds(pid)
            for draft in drafts:
                await _timed_step(act(draft), into, filed, what)
            spent.append((cpu_seconds(pid) - before) / len(drafts) * 1e3)
    return filed, spent[0], spent[1]


async def _at_rate(port: int, drafts: list[_Draft], photo: bytes, rate: float) -> _Filed:
    """So many filings a second, each begun when it is due, whatever became of the others."""
    filed = _Filed()
    connector = aiohttp.TCPConnector(limit=0)
    async with (
        aiohttp.ClientSession(f"http://127.0.0.1:{port}", cookie_jar=aiohttp.DummyCookieJar(), connector=connector) as session,
        asyncio.TaskGroup() as group,
    ):
        begun = time.perf_counter()
        for number, draft in enumerate(drafts):
            if (wait := begun + number / rate - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            group.create_task(_one(session, draft, photo, filed))
    return filed


def _kept(database: Path) -> tuple[int, int]:
    """Filings that wait for review, and photos, according to the database."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        filed = connection.execute("SELECT count(*) FROM business_case WHERE state = 'review'").fetchone()[0]
        return filed, connection.execute("SELECT count(*) FROM attachment").fetchone()[0]


async def _filings(bench: Bench) -> dict[str, Any]:
    few, seconds = (200 if bench.sizes.people >= 200_000 else 20), bench.sizes.open_seconds
    config = _config(bench.folder, "filings")
    await migrate(config.storage.database_url)
    with anywhere(bench.cores):
        drafts = await _prepared(config, few + FILING_RATE * seconds)
    photo, talks = _photo(), Talks()
    settings = _written(config, bench.folder / "filings.toml")
    async with AsyncExitStack() as stack:
        with anywhere(bench.cores):  # the server takes photos to pieces in threads: it has both cores, as it would have
            server = await stack.enter_async_context(servers.bot(settings, bench.folder / "filings.log"))
        alone, photo_cpu, submit_cpu = await _alone(server.port, server.pid, drafts[:few], photo)
        quiet = await open_loop(server.port, server.pid, talks.dialog(CHAT_RATE * seconds), CHAT_RATE)
        beside, filed = await asyncio.gather(
            open_loop(server.port, server.pid, talks.dialog(CHAT_RATE * seconds), CHAT_RATE),
            _at_rate(server.port, drafts[few:], photo, FILING_RATE),
        )
    wrong = [*alone.wrong, *filed.wrong, *quiet.wrong, *beside.wrong]
    if (kept := _kept(bench.folder / "filings.sqlite")) != (len(drafts), len(drafts)):
        wrong.append(f"{kept[0]} filings and {kept[1]} photos are kept, not {len(drafts)} of each")
    bench.table(
        "A filing (SQLite)",
        ("", "p50 ms", "p99 ms", "CPU ms"),
        [
            (what, f"{percentile(took, 0.5) * 1e3:.1f}", f"{percentile(took, 0.99) * 1e3:.1f}", cpu)
            for what, took, cpu in (
                (f"a photo of {len(photo) / 1024:.0f} KiB, alone", alone.photo, f"{photo_cpu:.1f}"),
                ("handing in, alone", alone.submit, f"{submit_cpu:.1f}"),
                (f"a photo, {FILING_RATE} filings a second", filed.photo, ""),
                (f"handing in, {FILING_RATE} filings a second", filed.submit, ""),
            )
        ],
        "the target is 20 ms of processing for a case filed",
    )
    bench.table(
        f"The chat, {CHAT_RATE} dialog turns a second for {seconds} s",
        ("", "p50 ms", "p99 ms", "slowest ms"),
        [
            (what, f"{one.p50 * 1e3:.1f}", f"{one.p99 * 1e3:.1f}", f"{one.slowest * 1e3:.0f}")
            for what, one in (("alone", quiet), (f"beside {FILING_RATE} filings a second with a photo each", beside))
        ],
        "the target is a p99 of 100 ms; generator and server share two cores here; "
        + (f"{len(wrong)} WRONG" if wrong else "nothing was wrong"),
    )
    return {
        "photo_cpu_ms": photo_cpu,
        "submit_cpu_ms": submit_cpu,
        "submit_p50_ms": percentile(alone.submit, 0.5) * 1e3,
        "submit_p99_ms": percentile(alone.submit, 0.99) * 1e3,
        "busy_submit_p99_ms": percentile(filed.submit, 0.99) * 1e3,
        "chat_alone_p99_ms": quiet.p99 * 1e3,
        "chat_beside_p99_ms": beside.p99 * 1e3,
        "wrong": wrong,
    }


async def run(bench: Bench) -> dict[str, Any]:
    """Both; prints three tables and returns the figures."""
    pages = await _queue(bench)
    filings = await _filings(bench)
    return {"pages": pages, "filings": filings, "wrong": filings.pop("wrong")}
