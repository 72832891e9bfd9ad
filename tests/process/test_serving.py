"""A process as it is run: probes, metrics, deploys under load, several processes, the worker alone."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import make_url

from bot.app import serving
from bot.clock import SystemClock
from storage.ports.repositories import Store
from storage.redis import open_redis
from storage.sql import open_store
from storage.vault import Vault
from tests import people
from tests.clock import FakeClock
from tests.platform_client import Platform
from tests.process.children import PATIENCE, children_of, platform_at, running, settings
from tests.process.conftest import Town, config
from tests.servers import ValkeyServer

pytestmark = pytest.mark.xdist_group("children")


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as session:
        yield session


async def _get(http: aiohttp.ClientSession, address: str) -> tuple[int, str]:
    async with http.get(address) as answer:
        return answer.status, await answer.text()


# ── probes and metrics ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_probes_say_what_is_there(town: Town, http: aiohttp.ClientSession) -> None:
    """Alive and ready, in JSON, without Redis."""
    assert await _get(http, f"{town.address}/healthz") == (200, '{"status": "alive"}')
    assert await _get(http, f"{town.address}/readyz") == (200, '{"status": "ready", "redis": false}')


@pytest.mark.parametrize("loss", ["deleted", "replaced", "overwritten"])
async def test_a_database_file_that_is_gone_is_told(town: Town, http: aiohttp.ClientSession, loss: str) -> None:
    """Alive, but not ready: 503 whether the file was deleted, is a folder now, or holds something else. Back again, it is ready."""
    path = Path(town.config.storage.database_url.removeprefix("sqlite:///"))
    await town.says("o-one", "你好")
    if loss == "overwritten":
        await town.product.store.close()  # so that it is opened anew, as after a restart
    give_back = await asyncio.to_thread(_take_away, path, loss)
    assert (await _get(http, f"{town.address}/readyz"))[0] == 503
    assert (await _get(http, f"{town.address}/healthz"))[0] == 200
    await asyncio.to_thread(give_back)
    assert (await _get(http, f"{town.address}/readyz"))[0] == 200


def _take_away(path: Path, loss: str) -> Callable[[], None]:
    """Do it; what is given back undoes it."""
    content, moved = path.read_bytes(), path.with_suffix(".away")
    if loss == "overwritten":
        path.write_bytes(b"not a database, but as long as one" * 1000)
    else:
        path.rename(moved)
    if loss == "replaced":
        path.mkdir()

    def back() -> None:
        if loss == "overwritten":
            path.write_bytes(content)
            return
        if loss == "replaced":
            path.rmdir()
        moved.rename(path)

    return back


async def test_a_redis_that_is_away_is_told(
    sqlite_url: str, own_valkey: ValkeyServer, clock: FakeClock, http: aiohttp.ClientSession
) -> None:
    """Ready with and without Redis, since every message is answered; that it is away is said, and counted."""
    plain = config(0, 1, sqlite_url)
    with_redis = replace(plain, storage=replace(plain.storage, redis_url=own_valkey.url))
    async with serving(with_redis, clock, worker=False) as (_, port):
        ready = f"http://127.0.0.1:{port}/readyz"
        assert await _get(http, ready) == (200, '{"status": "ready", "redis": true}')
        own_valkey.kill()
        assert await _get(http, ready) == (200, '{"status": "ready", "redis": "away"}')
        assert "bot_redis_away 1.0" in (await _get(http, f"http://127.0.0.1:{port}/metrics"))[1]
        own_valkey.start()
        assert await _get(http, ready) == (200, '{"status": "ready", "redis": true}')
        assert "bot_redis_away 0.0" in (await _get(http, f"http://127.0.0.1:{port}/metrics"))[1]


async def test_metrics_count_without_naming_anybody(town: Town, http: aiohttp.ClientSession) -> None:
    """Routes by their pattern, sends by kind: no openid, no ticket, no serial, no code, whoever asked for whatever path."""
    await town.logs_in("oPlantedOpenid", people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    answer = await town.says("oPlantedOpenid", "查2023年的养老缴费")
    page = answer[answer.index("http://") :].split('"')[0].split()[0]
    assert "/p/" in page
    assert (await _get(http, page))[0] == 200
    for path in ("/v/24091211000000000000/ABCD2345", "/d/plantedplantedplantedplantedplan", "/nowhere/planted", "/p/x?planted=1"):
        await _get(http, town.address + path)
    await town.works()
    status, text = await _get(http, f"{town.address}/metrics")
    assert status == 200
    for planted in ("oPlantedOpenid", page.rpartition("/")[2], "24091211", "ABCD2345", "planted", people.JIANGUO_PHONE, "张建国"):
        assert planted not in text
    assert 'bot_http_requests_total{route="/p/{' in text
    assert 'route="unmatched",status="404"' in text
    assert 'bot_platform_sends_total{kind="service",outcome="ok"}' in text
    assert 'bot_platform_sends_total{kind="sms",outcome="ok"} 2.0' in text  # the code, and 赵淑芬's reminder, fifteen days before
    assert 'bot_notices_total{channel="sms",outcome="sent"} 1.0' in text


# ── deploys ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Load:
    """People who write without a pause, each the next message when the last is answered; what was not answered is kept."""

    def __init__(self, platform: Platform, http: aiohttp.ClientSession) -> None:
        self.platform = platform
        self.http = http
        self.answered: dict[tuple[str, str, str], bytes] = {}
        self.unanswered: list[tuple[str, str, str]] = []
        self.slowest = 0.0
        self.enough = asyncio.Event()

    async def person(self, openid: str, ending: asyncio.Event) -> None:
        clock = SystemClock()
        for text in ("登录", "2", "菜单", "帮助", "校验", "取消") * 1000:
            if ending.is_set():
                return
            message = (openid, text, self.platform.new_id())
            started = clock.monotonic()
            try:
                self.answered[message] = await self.platform.post(self.http, *message)
            except aiohttp.ClientError:
                self.unanswered.append(message)
                return  # the platform sends this one again; the person waits
            self.slowest = max(self.slowest, clock.monotonic() - started)
            if len(self.answered) >= 150:
                self.enough.set()


async def test_a_deploy_under_load_loses_nothing(tmp_path: Path, sqlite_url: str, http: aiohttp.ClientSession) -> None:
    """F13: SIGTERM while twenty people write: it ends by itself with code 0; what had been answered stays answered, with the same bytes, and
    what had not been is answered by the next process."""
    given = settings(tmp_path, sqlite_url)
    async with running(given, tmp_path, "serve") as old:
        load, ending = Load(platform_at(await old.serving()), http), asyncio.Event()
        writing = asyncio.gather(*(load.person(f"o-{n}", ending) for n in range(20)))
        async with asyncio.timeout(PATIENCE):
            await load.enough.wait()
        assert await old.stop() == 0
        ending.set()
        await writing
        assert old.of("stopped")
        assert not [line for line in old.lines if "error" in line.lower() and '"outcome":"ok"' not in line]
    async with running(given, tmp_path, "serve") as new:
        load.platform.url = platform_at(await new.serving()).url
        for message in load.unanswered:
            assert load.platform.open(await load.platform.post(http, *message)) != ""
        for message in list(load.answered)[-40:]:
            assert await load.platform.post(http, *message) == load.answered[message]
        assert await new.stop() == 0
    assert load.slowest < 5.0
    assert len(load.unanswered) <= 20


# ── what it needs to start ──────────────────────────────────────────────────────────────────────────────────────────


async def test_it_names_everything_that_is_missing(tmp_path: Path) -> None:
    """No configuration at all: exit code 2 and each missing key on a line of its own, no traceback."""
    async with running({}, tmp_path, "serve") as bot:
        assert await bot.ends() == 2
    told = "\n".join(bot.lines)
    for key in ("wechat.app_id", "wechat.token", "wechat.encoding_aes_key", "wechat.app_secret", "security.master_key"):
        assert f"· {key}: 没有填" in told
    assert "Traceback" not in told


# ── several processes, and the worker alone ─────────────────────────────────────────────────────────────────────────


def _plain(url: str) -> str:
    """The address as a configuration has it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
async def big(postgres_url: str, redis_url: str, clock: FakeClock) -> AsyncIterator[Store]:
    """PostgreSQL and Redis with the people of the tests."""
    store = open_store(postgres_url, Vault(bytes(range(32))), SystemClock(), redis=open_redis(redis_url))
    await people.load(store)
    yield store
    await store.close()


@pytest.mark.sweep
@pytest.mark.usefixtures("big")
async def test_two_processes_serve_one_port(
    tmp_path: Path, postgres_url: str, redis_url: str, unused_tcp_port: int, http: aiohttp.ClientSession
) -> None:
    """Over PostgreSQL and Redis: both listen, one conversation goes on through either; either tells what both have counted; one that dies is
    started again, and nothing that it counted is lost; SIGTERM ends all."""
    given = settings(tmp_path, _plain(postgres_url), port=unused_tcp_port, BOT_STORAGE__REDIS_URL=redis_url)
    async with running(given, tmp_path, "serve", "--processes", "2") as bot:
        await bot.serving(times=2)
        first = children_of(bot.process.pid)
        assert len(first) == 2
        platform = platform_at(unused_tcp_port)
        await _talks(platform)
        assert await _counted(unused_tcp_port) == {15.0}
        os.kill(first[0], signal.SIGKILL)
        await bot.until(lambda one: bool(one.of("a process ended and is started again")))
        await bot.serving(times=3)
        assert len(children_of(bot.process.pid)) == 2
        assert await _counted(unused_tcp_port) == {15.0}
        assert (await _get(http, f"http://127.0.0.1:{unused_tcp_port}/readyz"))[0] == 200
        second = children_of(bot.process.pid)
        assert await bot.stop() == 0
        told = "\n".join(bot.lines)  # two processes write to one pipe at the same time: their lines may be mixed
        assert told.count('"event":"stopped"') == 2, told[-4000:]
        assert not any(_alive(pid) for pid in second)


async def _talks(platform: Platform) -> None:
    """A conversation, each message over a connection of its own, so that it reaches either process."""
    for openid in ("o-a", "o-b", "o-c"):
        for text, expected in (
            ("登录", "您同意吗"),
            ("1", "手机号"),
            ("12345", "手机号"),
            ("取消", "已取消"),
            ("校验", "流水号"),
        ):
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as fresh:
                answer = platform.open(await platform.post(fresh, openid, text))
            assert expected in answer, answer


async def _counted(port: int) -> set[float]:
    """How many messages were answered, as `/metrics` says over ten connections, which reach both processes."""
    found = set()
    for _ in range(10):
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as fresh:
            _, text = await _get(fresh, f"http://127.0.0.1:{port}/metrics")
        (line,) = [one for one in text.splitlines() if one.startswith('bot_http_requests_total{route="/wechat",status="200"}')]
        found.add(float(line.rpartition(" ")[2]))
    return found


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.sweep
async def test_processes_that_cannot_start_are_not_started_for_ever(
    tmp_path: Path, empty_postgres_url: str, redis_url: str, unused_tcp_port: int
) -> None:
    """The database was not migrated: the children say so, and the whole ends with their exit code."""
    given = settings(tmp_path, _plain(empty_postgres_url), port=unused_tcp_port, BOT_STORAGE__REDIS_URL=redis_url)
    async with running(given, tmp_path, "serve", "--processes", "2") as bot:
        assert await bot.ends() == 2
        assert any("python -m bot migrate" in line for line in bot.lines)
        assert not bot.of("a process ended and is started again")


@pytest.fixture
async def on_file(sqlite_url: str) -> AsyncIterator[Store]:
    store = open_store(sqlite_url, Vault(bytes(range(32))), SystemClock())
    yield store
    await store.close()


async def test_the_worker_alone_does_what_a_server_without_one_has_queued(
    tmp_path: Path, sqlite_url: str, on_file: Store, http: aiohttp.ClientSession, unused_tcp_port: int
) -> None:
    """`serve --no-worker` answers and queues the SMS, and it stays; `worker` sends it, counts it at a port of its own, and takes no messages there.
    Both end quietly when they are told to, Ctrl+C too."""
    await people.load(on_file)
    got: asyncio.Queue[str] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        await got.put((await request.json())["phone"])
        return web.Response()

    gateway = web.Application()
    gateway.router.add_post("/sms", take)
    async with TestServer(gateway) as server:
        given = settings(tmp_path, sqlite_url, BOT_SMS__PROVIDER="http", BOT_SMS__URL=str(server.make_url("/sms")))
        async with running(given, tmp_path, "serve", "--no-worker") as bot:
            platform = platform_at(await bot.serving())
            for text in ("登录", "1", people.JIANGUO_PHONE):
                await platform.post(http, "o-one", text)
            assert got.empty()
            assert await bot.stop() == 0
        async with on_file.reading() as tx:
            assert await tx.jobs.next_due() is not None
        assert got.empty()
        async with running(given, tmp_path, "worker", "--metrics-port", str(unused_tcp_port)) as worker:
            async with asyncio.timeout(PATIENCE):
                assert await got.get() == people.JIANGUO_PHONE
                seen = f"http://127.0.0.1:{unused_tcp_port}"
                while 'bot_jobs_total{job="sms",outcome="done"} 1.0' not in (await _get(http, f"{seen}/metrics"))[1]:
                    pass  # the gateway has answered, and the job is about to end
            assert [(await _get(http, f"{seen}/{path}"))[0] for path in ("healthz", "readyz", "wechat", "v")] == [
                200,
                200,
                404,
                404,
            ]
            worker.process.send_signal(signal.SIGINT)
            assert await worker.ends() == 0
        assert got.empty()
        assert not any("Traceback" in line for line in bot.lines + worker.lines)
