"""WeChat's API and a cloud for short messages, 50 ms away: `python -m benchmarks.slow_platform [seed]` prints its port.

It remembers `client_msg_id` for ten minutes as the real one does (wechat.md A8), counts for each person what was shown, and fails on order:
`POST /faults` takes shares of calls (0…1) by name and what is to happen once. It lives in a process of its own, so what it has accepted
survives whatever happens to the product. `/report` tells.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from itertools import count
from random import Random
from typing import Any

import msgspec
import uvloop
from aiohttp import web

LATENCY_S = 0.05
REMEMBERED_S = 600.0
HANGS_S = 15.0
_SHARES = ("http_503", "busy", "lost", "cut", "hang")
"""Shares of calls: refused with status 503, with -1, accepted with the answer lost, cut off before, without any answer for long."""


class Platform:
    """What was accepted, and what goes wrong."""

    def __init__(self, seed: int = 1) -> None:
        self._rng = Random(seed)
        self.latency = LATENCY_S
        self.shares: dict[str, float] = {}
        self.quota: int | None = None
        """So many more are accepted, then 45009; None: any number."""
        self.away = False
        self.generation = 1
        self.tokens_fetched = 0
        self._ids: dict[tuple[str, str], tuple[float, int]] = {}
        self.numbers = count(1)
        self.shown: Counter[str] = Counter()
        """By openid: template messages and subscription notices that the person saw."""
        self.texts: Counter[str] = Counter()
        """By phone."""
        self.repeats = 0
        self.calls: Counter[str] = Counter()
        self.seconds: Counter[int] = Counter()
        """By second since the start: messages accepted anew."""
        self.first = self.last = 0.0
        self.active = self.most = 0

    def order(self, faults: dict[str, Any]) -> None:
        """Change what goes wrong; what is not named stays."""
        self.shares |= {name: float(faults[name]) for name in _SHARES if name in faults}
        self.latency = float(faults.get("latency", self.latency))
        self.away = bool(faults.get("away", self.away))
        if "quota" in faults:
            self.quota = faults["quota"]
        if faults.get("new_token"):
            self.generation += 1

    @property
    def token(self) -> str:
        """The one that is good now."""
        return f"{self.generation:040d}"

    async def trouble(self) -> web.Response | str:
        """Let a call take its time; what goes wrong with it, '' for nothing."""
        self.active += 1
        self.most = max(self.most, self.active)
        try:
            await asyncio.sleep(self.latency)
        finally:
            self.active -= 1
        if self.away:
            return web.Response(status=503)
        drawn = self._rng.random()
        for name in _SHARES:
            if drawn < (share := self.shares.get(name, 0.0)):
                self.calls[name] += 1
                return web.Response(status=503) if name == "http_503" else name
            drawn -= share
        return ""

    def accepted(self, whom: Counter[str], name: str) -> None:
        """One message more for a person."""
        whom[name] += 1
        now = time.monotonic()
        self.first, self.last = self.first or now, now
        self.seconds[int(now - self.first)] += 1

    def take(self, openid: str, client_msg_id: str) -> int:
        """Accept a template message, or know it already; its number."""
        now, key = time.monotonic(), (openid, client_msg_id)
        known = self._ids.get(key) if client_msg_id else None
        if known is not None and now - known[0] < REMEMBERED_S:
            self.repeats += 1
            return known[1]
        number = next(self.numbers)
        self._ids[key] = now, number
        self.accepted(self.shown, openid)
        return number

    def report(self) -> dict[str, Any]:
        """What it has seen so far."""
        return {
            "accepted": self.shown.total(),
            "people": len(self.shown),
            "twice": sum(times > 1 for times in self.shown.values()),
            "texts": self.texts.total(),
            "phones": len(self.texts),
            "phones_twice": sum(times > 1 for times in self.texts.values()),
            "repeats": self.repeats,
            "calls": dict(self.calls),
            "tokens_fetched": self.tokens_fetched,
            "seconds": self.last - self.first,
            "by_second": [self.seconds[second] for second in range(max(self.seconds, default=-1) + 1)],
            "at_once": self.most,
        }


def _json(answer: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(answer), content_type="application/json")


def application(platform: Platform) -> web.Application:
    """Token, template messages, subscription notices, short messages; orders and report."""

    async def token(_: web.Request) -> web.Response:
        platform.tokens_fetched += 1
        return _json({"access_token": platform.token, "expires_in": 7200})

    async def wechat(request: web.Request) -> web.Response:
        """A template message or a subscription notice."""
        body = msgspec.json.decode(await request.read())
        platform.calls["wechat"] += 1
        trouble = await platform.trouble()
        if isinstance(trouble, web.Response):
            return trouble
        if request.query.get("access_token") != platform.token:
            platform.calls["40001"] += 1
            return _json({"errcode": 40001, "errmsg": "invalid credential, access_token is invalid or not latest"})
        if trouble == "busy":
            return _json({"errcode": -1, "errmsg": "system error"})
        if trouble == "hang":
            await asyncio.sleep(HANGS_S)
        if trouble in {"cut", "hang"}:
            return _gone(request)
        if platform.quota is not None:
            if platform.quota <= 0:
                platform.calls["45009"] += 1
                return _json({"errcode": 45009, "errmsg": "reach max api daily quota limit"})
            platform.quota -= 1
        number = platform.take(body["touser"], body.get("client_msg_id", ""))
        return _gone(request) if trouble == "lost" else _json({"errcode": 0, "errmsg": "ok", "msgid": number})

    async def cloud(request: web.Request) -> web.Response:
        """SendSms of 腾讯云. It knows no id: each call is a short message."""
        body = msgspec.json.decode(await request.read())
        platform.calls["cloud"] += 1
        trouble = await platform.trouble()
        if isinstance(trouble, web.Response):
            return trouble
        if trouble == "busy":
            return _json({"Response": {"Error": {"Code": "RequestLimitExceeded", "Message": "busy"}, "RequestId": "r"}})
        if trouble in {"cut", "hang"}:
            return _gone(request)
        (phone,) = body["PhoneNumberSet"]
        platform.accepted(platform.texts, phone)
        if trouble == "lost":
            return _gone(request)
        status = {"SerialNo": f"s{next(platform.numbers)}", "PhoneNumber": phone, "Fee": 1, "Code": "Ok", "Message": "ok"}
        return _json({"Response": {"SendStatusSet": [status], "RequestId": "r"}})

    async def faults(request: web.Request) -> web.Response:
        platform.order(msgspec.json.decode(await request.read()))
        return _json({})

    async def report(_: web.Request) -> web.Response:
        return _json(platform.report())

    async def people(_: web.Request) -> web.Response:
        """Everybody who got something, and how often: by openid, by phone."""
        return _json([platform.shown, platform.texts])

    app = web.Application()
    app.add_routes(
        [
            web.post("/cgi-bin/stable_token", token),
            web.post("/cgi-bin/message/template/send", wechat),
            web.post("/cgi-bin/message/subscribe/bizsend", wechat),
            web.post("/", cloud),
            web.post("/faults", faults),
            web.get("/report", report),
            web.get("/people", people),
        ]
    )
    return app


def _gone(request: web.Request) -> web.Response:
    """The connection ends without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def main(seed: int) -> None:
    """Until it is told to end."""
    runner = web.AppRunner(application(Platform(seed)), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=4096).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
