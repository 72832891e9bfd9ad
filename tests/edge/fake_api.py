"""A small platform API on the loopback: hands out tokens, notes every call, and answers as a test tells it to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.wechat.api import WeChatApi
from bot.wechat.shared import MemoryValues
from tests.clock import FakeClock

APP_ID = "wx0123456789abcdef"
SECRET = "appsecret0123456789abcdef012345"

CUT = object()
"""As an answer: the connection is cut after the request was read."""


@dataclass
class Call:
    """One call that arrived."""

    path: str
    query: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        """What was sent, read as JSON."""
        return json.loads(self.raw)


@dataclass
class Platform:
    """`answers[path]` is called with the call and gives the answer's fields; without one the answer is errcode 0."""

    calls: list[Call] = field(default_factory=list)
    issued: list[str] = field(default_factory=list)
    valid: set[str] = field(default_factory=set)
    expires_in: int = 7200
    answers: dict[str, Callable[[Call], Any]] = field(default_factory=dict)
    hold: asyncio.Event | None = None

    def of(self, path: str) -> list[Call]:
        """The calls of one path, oldest first."""
        return [call for call in self.calls if call.path == path]

    def expire(self) -> None:
        """Every token that was given out is void from now on."""
        self.valid.clear()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        call = Call(request.path, dict(request.query), await request.read())
        self.calls.append(call)
        if self.hold is not None:
            await self.hold.wait()
        if request.path in self.answers:
            answer = self.answers[request.path](call)
        elif request.path == "/cgi-bin/stable_token":
            answer = self._issue(call.body)
        elif call.query.get("access_token") not in self.valid:
            answer = {"errcode": 42001, "errmsg": f"access_token {call.query.get('access_token')} expired rid: 1-2-3"}
        else:
            answer = {"errcode": 0, "errmsg": "ok"}
        if answer is CUT:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if isinstance(answer, web.StreamResponse):
            return answer
        return web.Response(body=answer if isinstance(answer, bytes) else json.dumps(answer).encode())

    def _issue(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["secret"] != SECRET or body["appid"] != APP_ID:
            return {"errcode": 40125, "errmsg": f"invalid appsecret {body['secret']} rid: 9-9-9"}
        token = f"token-number-{len(self.issued)}"
        self.issued.append(token)
        self.valid.add(token)
        return {"access_token": token, "expires_in": self.expires_in}


@dataclass
class Client:
    """Our client, the platform it talks to, and the clock both tests and client look at."""

    api: WeChatApi
    platform: Platform
    clock: FakeClock
    tokens: MemoryValues


@asynccontextmanager
async def connected(timeout_s: float = 5.0) -> AsyncIterator[Client]:
    """A platform on a free port and a client for it."""
    platform = Platform()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", platform.handle)
    server = TestServer(application, host="127.0.0.1")
    # No access log: it would hold the addresses with their tokens, and tests look at the log.
    await server.start_server(access_log=None)
    async with server, aiohttp.ClientSession() as session:
        clock = FakeClock()
        tokens = MemoryValues(clock)
        base = f"http://127.0.0.1:{server.port}"
        yield Client(WeChatApi(session, APP_ID, SECRET, base, clock, tokens, timeout_s), platform, clock, tokens)
        if platform.hold is not None:
            platform.hold.set()
