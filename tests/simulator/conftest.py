"""A simulator beside a bot, both on real sockets of the loopback, under a clock that only the test moves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.simulator import SimAccount, Simulator, create_app
from tests.clock import FakeClock
from tests.simulator.bots import ACCOUNT

PEOPLE = [
    {
        "name": "张秀英",
        "region": "beijing",
        "role": "retiree",
        "phone": "13900000001",
        "id_last4": "1024",
        "id_no": "110101195503071024",
        "card_no": "880000001024",
        "shows": "退休、待认证",
    },
    {"name": "李明", "region": "binzhou", "role": "person", "phone": "13900000002", "id_last4": "2048", "shows": "缴费有断档"},
]


@dataclass
class Stage:
    """One simulator and a client to its interface."""

    sim: Simulator
    clock: FakeClock
    http: TestClient[web.Request, web.Application]

    async def send(self, openid: str, **msg: Any) -> dict[str, Any]:
        """POST /sim/send."""
        result: dict[str, Any] = await self.post("/sim/send", {"openid": openid, "msg": msg})
        return result

    async def say(self, openid: str, text: str) -> dict[str, Any]:
        """A text message."""
        return await self.send(openid, type="text", content=text)

    async def post(self, path: str, body: Any, status: int = 200) -> Any:
        """POST JSON and read JSON."""
        raw = json.dumps(body, ensure_ascii=False).encode()
        async with self.http.post(path, data=raw) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json()

    async def post_json(self, path: str, body: Any) -> tuple[int, Any]:
        """POST as application/json; status and answer."""
        async with self.http.post(path, json=body) as answer:
            return answer.status, await answer.json()

    async def get(self, path: str) -> Any:
        """GET JSON."""
        async with self.http.get(path) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def token(self) -> str:
        """A stable token."""
        body = {"grant_type": "client_credential", "appid": ACCOUNT.app_id, "secret": ACCOUNT.app_secret}
        return str((await self.post("/cgi-bin/stable_token", body))["access_token"])

    async def call(self, path: str, body: Any) -> dict[str, Any]:
        """POST to the platform's API with a good token."""
        answer: dict[str, Any] = await self.post(f"/cgi-bin/{path}?access_token={await self.token()}", body)
        return answer

    async def ask(self, path: str, **query: str) -> dict[str, Any]:
        """GET from the platform's API with a good token."""
        async with self.http.get(f"/cgi-bin/{path}", params={"access_token": await self.token()} | query) as answer:
            body: dict[str, Any] = await answer.json()
            return body


Staged = Callable[..., Awaitable[Stage]]


@pytest.fixture
async def staged() -> AsyncIterator[Staged]:
    """Put up a simulator for a bot: `await staged(app)`; `app=None` points it at a port where nobody listens."""
    async with AsyncExitStack() as stack:

        async def put_up(
            app: web.Application | None, *, account: SimAccount = ACCOUNT, clock: FakeClock | None = None, **options: Any
        ) -> Stage:
            target = "http://127.0.0.1:1/wechat"
            if app is not None:
                server = TestServer(app)
                await stack.enter_async_context(server)
                target = str(server.make_url("/wechat"))
            clock = clock or FakeClock()

            async def people() -> list[dict[str, Any]]:
                return PEOPLE

            sim = Simulator(clock, account, target, people, clock.set, **options)
            client = TestClient(TestServer(create_app(sim)))
            await stack.enter_async_context(client)
            return Stage(sim, clock, client)

        yield put_up


@pytest.fixture
def in_thread() -> Callable[..., Awaitable[Any]]:
    """Call a client that blocks, away from the loop: `await in_thread(client.menu.get)`."""
    return asyncio.to_thread


async def until(ready: Callable[[], bool]) -> None:
    """Let everybody else go on until something is so; five seconds at most."""
    async with asyncio.timeout(5):
        while True:
            if ready():
                return
            await asyncio.sleep(0)
