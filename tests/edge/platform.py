"""The platform's side of the wire, as tests need it: signs, encrypts and posts like WeChat; wechatpy does the cipher."""

from __future__ import annotations

import asyncio
import hashlib
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from wechatpy.crypto import WeChatCrypto

from bot.wechat.delivery import Delivery
from bot.wechat.drift import Drift
from bot.wechat.envelope import Account, Mode
from bot.wechat.webhook import Webhook, routes
from dialogs.messages import AnyInbound, Reply, Said, say
from handlers.turns import Seal
from tests.clock import FakeClock

APP_ID = "wx0123456789abcdef"
TOKEN = "edgetoken"
KEY = "Q2hpbmVzZUluc3VyYW5jZUJvdEVkZ2VUZXN0S2V5MDE"
OLD_KEY = "T2xkSW5zdXJhbmNlQm90RWRnZVRlc3RLZXlOdW1iZXI"
OPENID = "oEdgeTestOpenId_000000000001"
GH = "gh_0123456789ab"

ACCOUNT = Account(APP_ID, TOKEN, KEY)

_nonces = count(100000)


def sha1(*parts: str) -> str:
    """The platform's signature, written here once more so that tests do not ask the code under test."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324 - prescribed by the platform


def text_xml(content: str = "你好", msg_id: str = "1001", openid: str = OPENID, at: int = 1726106400) -> str:
    """A text message as the platform writes it."""
    return (
        f"<xml><ToUserName><![CDATA[{GH}]]></ToUserName><FromUserName><![CDATA[{openid}]]></FromUserName>"
        f"<CreateTime>{at}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{content}]]></Content>"
        f"<MsgId>{msg_id}</MsgId></xml>"
    )


def event_xml(event: str, key: str = "", extra: str = "", openid: str = OPENID, at: int = 1726106400) -> str:
    """An event as the platform writes it."""
    return (
        f"<xml><ToUserName><![CDATA[{GH}]]></ToUserName><FromUserName><![CDATA[{openid}]]></FromUserName>"
        f"<CreateTime>{at}</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{event}]]></Event>"
        f"<EventKey><![CDATA[{key}]]></EventKey>{extra}</xml>"
    )


@dataclass
class Sent:
    """One request as it goes over the wire; tests change it to forge."""

    query: dict[str, str]
    body: bytes


def safe(content: str, clock: FakeClock, *, key: str = KEY, app_id: str = APP_ID, age_s: int = 0) -> Sent:
    """A request in safe mode."""
    timestamp, nonce = str(int(clock.now().timestamp()) - age_s), str(next(_nonces))
    encrypted = WeChatCrypto(TOKEN, key, app_id).encrypt_message(content, nonce, timestamp)
    encrypted = encrypted.partition("<Encrypt><![CDATA[")[2].partition("]]>")[0]
    return sealed(encrypted, timestamp, nonce)


def sealed(encrypted: str, timestamp: str, nonce: str) -> Sent:
    """A request in safe mode around any ciphertext, rightly signed."""
    query = {
        "signature": sha1(TOKEN, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "openid": OPENID,
        "encrypt_type": "aes",
        "msg_signature": sha1(TOKEN, timestamp, nonce, encrypted),
    }
    body = f"<xml><ToUserName><![CDATA[{GH}]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    return Sent(query, body.encode())


def clear(content: str, clock: FakeClock, age_s: int = 0) -> Sent:
    """A request in clear mode."""
    timestamp, nonce = str(int(clock.now().timestamp()) - age_s), str(next(_nonces))
    return Sent({"signature": sha1(TOKEN, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}, content.encode())


def opened(sent: Sent, answer: bytes, key: str = KEY) -> str:
    """The reply inside an encrypted answer, opened by wechatpy with the answer's own signature, time and nonce."""
    text = answer.decode()

    def part(name: str) -> str:
        inner = text.partition(f"<{name}>")[2].partition(f"</{name}>")[0]
        return inner.removeprefix("<![CDATA[").removesuffix("]]>")

    assert part("Nonce") == sent.query["nonce"]
    crypto = WeChatCrypto(TOKEN, key, APP_ID)
    plain: str | bytes = crypto.decrypt_message(text, part("MsgSignature"), part("TimeStamp"), part("Nonce"))
    return plain if isinstance(plain, str) else plain.decode()


@dataclass
class FakeTurns:
    """A conversation that echoes. `hold` keeps turns before they have an answer, `hold_commit` after it was sealed, `hold_postpone` while the interim is stored."""

    stored: dict[str, bytes] = field(default_factory=dict)
    taken: list[AnyInbound] = field(default_factory=list)
    postponing: list[str] = field(default_factory=list)
    postponed: list[str] = field(default_factory=list)
    pushed: list[Reply] = field(default_factory=list)
    reply: Reply | None = None
    error: Exception | None = None
    postpone_error: Exception | None = None
    hold: asyncio.Event | None = None
    hold_commit: asyncio.Event | None = None
    hold_postpone: asyncio.Event | None = None

    async def answered(self, key: str) -> bytes | None:
        return self.stored.get(key)

    async def take(self, inbound: AnyInbound, seal: Seal) -> bytes | None:
        if (stored := self.stored.get(inbound.key)) is not None:
            return stored
        self.taken.append(inbound)
        if self.hold is not None:
            await self.hold.wait()
        if self.error is not None:
            raise self.error
        reply = self.reply or say(f"收到：{inbound.text}" if isinstance(inbound, Said) else "收到")
        answer = seal(reply)
        if self.hold_commit is not None:
            await self.hold_commit.wait()
        if answer is None:
            self.pushed.append(reply)
        else:
            self.stored.setdefault(inbound.key, answer)
        return answer

    async def postpone(self, inbound: AnyInbound, interim: bytes) -> None:
        self.postponing.append(inbound.key)
        if self.hold_postpone is not None:
            await self.hold_postpone.wait()
        if self.postpone_error is not None:
            raise self.postpone_error
        self.postponed.append(inbound.key)
        self.stored.setdefault(inbound.key, interim)


async def until(condition: Callable[[], object]) -> None:
    """Let everything else run until `condition` holds; fails when it never does."""
    for _ in range(200_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to that")


@dataclass
class Edge:
    """A running server with everything a test wants to look at."""

    clock: FakeClock
    turns: FakeTurns
    delivery: Delivery
    client: TestClient[web.Request, web.Application]
    drift: Drift

    async def post(self, sent: Sent) -> ClientResponse:
        """Send it as the platform would."""
        return await self.client.post("/wechat", params=sent.query, data=sent.body)

    async def exchange(self, sent: Sent, key: str = KEY) -> str:
        """Send an honest message in safe mode; the reply's clear text."""
        response = await self.post(sent)
        assert response.status == 200
        return opened(sent, await response.read(), key)


async def start_edge(
    account: Account = ACCOUNT,
    *,
    can_push: bool = True,
    turns: FakeTurns | None = None,
    max_body_kib: int = 64,
    admits: Callable[[web.BaseRequest], bool] | None = None,
) -> Edge:
    """A server on a free port of the loopback; `stop_edge` ends it."""
    clock = FakeClock()
    turns = turns or FakeTurns()
    delivery = Delivery(turns, clock, can_push=can_push)
    application = web.Application()
    drift = Drift(clock)
    application.add_routes(routes(Webhook(account, delivery, clock, max_body_kib=max_body_kib, admits=admits, drift=drift)))
    client = TestClient(TestServer(application, host="127.0.0.1"))
    await client.start_server()
    return Edge(clock, turns, delivery, client, drift)


async def stop_edge(edge: Edge) -> None:
    """End the server and everything that was running."""
    await edge.client.close()
    await edge.delivery.close(0)


def account(mode: Mode) -> Account:
    """The test account in another mode."""
    return Account(APP_ID, TOKEN, KEY, mode=mode)


@asynccontextmanager
async def raw_connection(edge: Edge) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A bare connection to the server, for what no client library would send."""
    reader, writer = await asyncio.open_connection("127.0.0.1", edge.client.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@contextmanager
def peak_memory() -> Iterator[list[int]]:
    """The most memory that Python objects took inside the block, in bytes, as the only element of the list."""
    peak: list[int] = []
    tracemalloc.start()
    try:
        yield peak
        peak.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()
