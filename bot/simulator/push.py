"""Carrying one message to the bot as the platform does: five seconds a try, three tries, the same MsgId (wechat.md A5, E)."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import aiohttp
from aiohttp.tracing import TraceConfig, TraceRequestChunkSentParams

from bot.simulator import markup
from bot.simulator.account import SimAccount
from bot.simulator.envelope import Envelope
from bot.simulator.faults import PushFaults
from bot.simulator.judge import Exchange, Verdict, judge
from bot.simulator.world import Phone, World
from storage.ports.time import Clock

TRIES = 3
_MAX_ANSWER = 1 << 20

Status = Literal["answered", "empty", "failed"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one message. `attempts` tells each try in words; `duplicates` judges what was sent again on purpose."""

    status: Status
    tries: int
    elapsed_ms: int
    body: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    attempts: tuple[str, ...] = ()
    duplicates: tuple[dict[str, Any], ...] = ()


class _Once:
    """Calls something the first time only."""

    def __init__(self, act: Callable[[], None]) -> None:
        self._act: Callable[[], None] | None = act

    def __call__(self) -> None:
        act, self._act = self._act, None
        if act is not None:
            act()


class Pusher:
    """Delivers to one address. `open` before use, `close` after."""

    def __init__(self, clock: Clock, account: SimAccount, world: World, target_url: str, try_seconds: float) -> None:
        self._clock = clock
        self._account = account
        self._world = world
        self._target = target_url
        self._try_seconds = try_seconds
        self._envelope = Envelope(account)
        self._http: aiohttp.ClientSession | None = None
        self.faults = PushFaults()

    async def open(self) -> None:
        """Make ready to send."""
        trace = TraceConfig()
        trace.on_request_chunk_sent.append(_sent)
        # A fresh connection a try: a bot that was killed and started again is not blamed for the old one's sockets.
        connector = aiohttp.TCPConnector(force_close=True, limit=0)
        self._http = aiohttp.ClientSession(connector=connector, trace_configs=[trace], headers={"User-Agent": "Mozilla/4.0"})

    async def close(self) -> None:
        """Let go of connections."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def verify(self) -> str:
        """What the platform does when the configuration is saved. Returns what is wrong, or nothing."""
        echo = str(secrets.randbelow(10**19))
        try:
            async with (
                asyncio.timeout(self._try_seconds),
                self._session.get(self._target, params=self._clear_query() | {"echostr": echo}) as answer,
            ):
                content = await answer.content.read(len(echo) + 1)
        except TimeoutError:
            return f"no answer within {self._try_seconds:g} s"
        except aiohttp.ClientError as error:
            return f"no connection: {type(error).__name__}"
        if answer.status != 200:
            return f"status {answer.status}"
        return "" if content == echo.encode() else "the body is not the echostr"

    async def deliver(self, phone: Phone, fields: dict[str, Any], *, is_event: bool) -> Delivery:
        """Send one message, try after try, and judge the answer. Messages of one phone leave in the order in which this is called."""
        xml = markup.write(fields)
        exchange = Exchange(phone.openid, self._account.original_id, is_event)
        started = self._clock.monotonic()
        attempts: list[str] = []
        verdict: Verdict | None = None
        await phone.turn.acquire()
        release = _Once(phone.turn.release)
        try:
            while verdict is None and len(attempts) < TRIES:
                verdict, note = await self._try(xml, exchange, release)
                release()
                attempts.append(note)
        finally:
            release()
        elapsed = round((self._clock.monotonic() - started) * 1000)
        if verdict is None:
            return Delivery("failed", len(attempts), elapsed, reason=attempts[-1], attempts=tuple(attempts))
        if verdict.outcome == "malformed":
            return Delivery("failed", len(attempts), elapsed, reason=verdict.reason, attempts=tuple(attempts))
        again = await self._again(xml, exchange, verdict)
        return Delivery(verdict.outcome, len(attempts), elapsed, verdict.body, attempts=tuple(attempts), duplicates=again)

    async def _again(self, xml: str, exchange: Exchange, first: Verdict) -> tuple[dict[str, Any], ...]:
        """A delivery that is repeated although it was answered; the person sees nothing of it."""
        if not self.faults.take("duplicate"):
            return ()
        verdict, note = await self._try(xml, exchange, lambda: None)
        same = verdict is not None and (verdict.outcome, verdict.plain) == (first.outcome, first.plain)
        return ({"outcome": verdict.outcome if verdict else "failed", "same": same, "note": note},)

    async def _try(self, xml: str, exchange: Exchange, on_sent: Callable[[], None]) -> tuple[Verdict | None, str]:
        """One try: a verdict, or None when the platform would try again; and a note of what happened."""
        clear = self._clear_query()
        wrong_key = self.faults.take("wrong_key")
        lost = self.faults.take("drop")
        query, body = self._envelope.seal(xml, exchange.openid, clear["timestamp"], clear["nonce"], wrong_key=wrong_key)
        try:
            async with asyncio.timeout(self._try_seconds):
                await self._clock.sleep(self.faults.delay_s)
                status, content = await self._post(query, body, on_sent)
        except TimeoutError:
            return None, f"no answer within {self._try_seconds:g} s"
        except aiohttp.ClientError as error:
            return None, f"no connection: {type(error).__name__}"
        if lost:
            return None, "the answer was lost on the way, on order"
        if status != 200:
            return None, f"status {status}"
        verdict = judge(content, exchange, self._envelope, self._world)
        return verdict, verdict.reason or verdict.outcome

    async def _post(self, query: dict[str, str], body: bytes, on_sent: Callable[[], None]) -> tuple[int, bytes]:
        async with self._session.post(
            self._target,
            params=query,
            data=body,
            headers={"Content-Type": "text/xml"},
            allow_redirects=False,
            trace_request_ctx=on_sent,
            timeout=aiohttp.ClientTimeout(total=None),
        ) as answer:
            chunks = bytearray()
            async for chunk in answer.content.iter_any():
                chunks += chunk
                if len(chunks) > _MAX_ANSWER:
                    raise aiohttp.ClientPayloadError("the answer is too long")
            return answer.status, bytes(chunks)

    def _clear_query(self) -> dict[str, str]:
        timestamp = str(int(self._clock.now().timestamp() + self.faults.skew_s))
        return self._envelope.clear_query(timestamp, str(secrets.randbelow(9 * 10**9) + 10**9))

    @property
    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            raise RuntimeError("the simulator is not open")
        return self._http


async def _sent(_session: aiohttp.ClientSession, context: Any, _params: TraceRequestChunkSentParams) -> None:
    """The body is on the wire: the next message of the same phone may leave."""
    if callable(context.trace_request_ctx):
        context.trace_request_ctx()
