"""`doctor` on what a machine stands on besides its database: the clock, Redis; and that it says what it found itself, with no line of a log."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from redis.asyncio import Redis

from bot.clock import SystemClock
from bot.config import Config, load
from bot.doctor import _redis
from bot.doctor_clock import examine_clock
from bot.findings import Finding
from tests.clock import FakeClock
from tests.edge.fake_api import APP_ID, SECRET, connected
from tests.process.children import settings
from tests.process.operator import Bot, flat
from tests.servers import ValkeyServer


async def _seen(*ahead_s: float | str) -> Finding:
    """What is said where the platform's answers show that ours is ahead by so many seconds, one after the other; text as it stands."""
    said, clock = iter(ahead_s), FakeClock()

    async def answer(_: web.Request) -> web.Response:
        ahead = next(said)
        if isinstance(ahead, str):
            return web.Response(status=404, headers={"Date": ahead})
        theirs = (clock.now() - timedelta(seconds=ahead)).astimezone(UTC)
        return web.Response(status=404, headers={"Date": format_datetime(theirs, usegmt=True)})

    app = web.Application()
    app.router.add_get("/", answer)
    async with TestServer(app, host="127.0.0.1") as server:
        given = {"BOT_WECHAT__APP_ID": APP_ID, "BOT_WECHAT__API_BASE": f"http://127.0.0.1:{server.port}"}
        return await examine_clock(load(None, given), clock)


@pytest.mark.parametrize(
    ("ahead_s", "state", "says"),
    [
        (0, "ok", "相差 0 秒"),
        (59, "ok", "相差 59 秒"),
        (60, "warn", "快 60 秒"),
        (-60, "warn", "慢 60 秒"),
        (299, "warn", "消息还照常收"),
        (300, "bad", "过期的拒收"),
        (-86400, "bad", "慢 86400 秒"),
        (2592000, "bad", "快 2592000 秒"),
    ],
)
async def test_the_clock_is_compared_with_the_platforms(ahead_s: int, state: str, says: str) -> None:
    """From a minute on it is to be looked after, from five on it is wrong; which way, by how much, and the command to run. A 404 tells the time as
    well as any other answer."""
    found = await _seen(ahead_s, ahead_s)
    assert (found.what, found.state) == ("时钟", state)
    assert says in found.text
    assert ("chronyc tracking" in found.text) is (state != "ok")


@pytest.mark.parametrize("dates", [(400.0, 0.0), ("yesterday", "yesterday")])
async def test_what_does_not_agree_is_not_believed(dates: tuple[float | str, ...]) -> None:
    """Two answers that differ, or no date: not compared, instead of a wrong verdict."""
    found = await _seen(*dates)
    assert (found.state, "chronyc tracking" in found.text) == ("warn", True)


async def test_a_clock_that_cannot_be_compared_is_said(unused_tcp_port: int) -> None:
    """No answer; no account yet, and then nobody is asked."""
    away = load(None, {"BOT_WECHAT__APP_ID": APP_ID, "BOT_WECHAT__API_BASE": f"http://127.0.0.1:{unused_tcp_port}"})
    assert "没有应答" in (await examine_clock(away, SystemClock())).text
    assert "填好 [wechat]" in (await examine_clock(Config(), SystemClock())).text


async def test_redis_is_looked_at_where_there_is_one(own_valkey: ValkeyServer) -> None:
    """There: how long an answer takes. With a memory that throws sessions and locks away: the setting to change. Away: what goes on meanwhile and
    where to look, without the address, which may hold a password."""
    config = load(None, {"BOT_STORAGE__REDIS_URL": own_valkey.url})
    assert await _redis(Config(), SystemClock()) == []
    (well,) = await _redis(config, SystemClock())
    assert (well.state, "毫秒" in well.text) == ("ok", True)
    client = Redis.from_url(own_valkey.url)
    await client.config_set("maxmemory", "100mb")
    await client.config_set("maxmemory-policy", "allkeys-lru")
    await client.aclose()
    (full,) = await _redis(config, SystemClock())
    assert (full.state, "noeviction" in full.text) == ("warn", True)
    own_valkey.kill()
    (away,) = await _redis(config, SystemClock())
    assert (away.state, "storage.redis_url" in away.text, own_valkey.url in away.text) == ("bad", True, False)


async def test_a_clock_of_redis_that_is_off_is_told(own_valkey: ValkeyServer) -> None:
    """Two machines that disagree by minutes: both are to be looked at."""

    class Ahead(SystemClock):
        def now(self) -> datetime:
            return super().now() + timedelta(minutes=10)

    (found,) = await _redis(load(None, {"BOT_STORAGE__REDIS_URL": own_valkey.url}), Ahead())
    assert (found.state, "600 秒" in found.text) == ("warn", True)


async def test_nothing_but_findings_is_on_the_screen(bot: Bot, sqlite_url: str, tmp_path: Path) -> None:
    """正在输入 for nobody is refused with 40003, as it should be, and a Redis that is away is a finding: neither leaves a line of a log."""
    async with connected() as client:
        client.platform.answers["/cgi-bin/message/custom/typing"] = lambda _call: {
            "errcode": 40003,
            "errmsg": "invalid openid rid: 1-2-3",
        }
        base = str(client.api._base)
        given = {
            **settings(tmp_path, sqlite_url),
            "BOT_WECHAT__ACCOUNT_KIND": "service",
            "BOT_WECHAT__APP_ID": APP_ID,
            "BOT_WECHAT__APP_SECRET": SECRET,
            "BOT_WECHAT__API_BASE": base,
            "BOT_STORAGE__REDIS_URL": f"unix://{tmp_path}/nobody.sock",
        }
        shown = await asyncio.to_thread(bot, "doctor", env=given)
        assert client.platform.of("/cgi-bin/message/custom/typing")
    assert "微信接口正常" in flat(shown)
    assert "Redis有问题" in flat(shown)
    assert "时钟正常" in flat(shown)
    for line in ("40003", "wechat_api", "[warning", "[error", "rid"):
        assert line not in shown.output
