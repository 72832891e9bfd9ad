"""Carrying one message to the bot as the platform does: five seconds a try, three tries, the same MsgId (wechat.md A5, E)."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import aiohttp
from aiohttp.tracing import TraceConfig, TraceRequestChunkSentParams

from bot.simulator.account import SimAccount
from bot.simulator.disfigured import disfigured, unescaped
from bot.simulator.envelope import Envelope, KeyName, Parcel
from bot.simulator.faults import PushFaults
from bot.simulator.judge import Exchange, Verdict, judge
from bot.simulator.log import Log
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


@dataclass(frozen=True, slots=True)
class _Message:
    """One message on its way: its fields, and they written out."""

    fields: Mapping[str, Any]
    text: str
    exchange: Exchange
    stamp: tuple[str, str]
    """Timestamp and nonce of its first try."""


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

    def __init__(
        self,
        clock: Clock,
        account: SimAccount,
        world: World,
        target_url: str,
        try_seconds: float,
        log: Log | None = None,
        signed_by: Clock | None = None,
    ) -> None:
        self._clock = clock
        self._signed_by = signed_by or clock
        self._world = world
        self._try_seconds = try_seconds
        self._log = log or Log(clock)
        self._http: aiohttp.ClientSession | None = None
        self.faults = PushFaults()
        self.configure(account, target_url)

    def configure(self, account: SimAccount, target_url: str) -> None:
        """From now on for this account, to this address."""
        self._account = account
        self._target = target_url
        self._envelope = Envelope(account)

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

    async def verify(self, account: SimAccount | None = None, target_url: str = "") -> str:
        """What the platform does when the configuration is saved: the body must be the echostr, byte for byte. Returns what is wrong, or
        nothing. Without arguments: of the configuration that is in use."""
        echo = str(secrets.randbelow(10**19))
        envelope = Envelope(account) if account else self._envelope
        query = envelope.clear_query(*self._stamp()) | {"echostr": echo}
        try:
            async with (
                asyncio.timeout(self._try_seconds),
                self._session.get(target_url or self._target, params=query, allow_redirects=False) as answer,
            ):
                content = await _read(answer, len(echo) + 1)
        except TimeoutError:
            return f"no answer within {self._try_seconds:g} s"
        except aiohttp.ClientError as error:
            return f"no connection: {type(error).__name__}"
        if answer.status != 200:
            return f"status {answer.status}"
        return "" if content == echo.encode() else "the body is not the echostr"

    async def deliver(self, phone: Phone, fields: dict[str, Any], *, is_event: bool) -> Delivery:
        """Send one message, try after try, and judge the answer. Messages of one phone leave in the order in which this is called, unless
        trouble was ordered."""
        message = self._written(phone, fields, is_event=is_event)
        if self.faults.take("reorder"):
            await self._overtaken(phone)
        started = self._clock.monotonic()
        attempts: list[str] = []
        verdict: Verdict | None = None
        await phone.turn.acquire()
        release = _Once(phone.turn.release)
        try:
            while verdict is None and len(attempts) < TRIES:
                verdict, note = await self._try(message, release)
                release()
                attempts.append(note)
                self._note(message, len(attempts), note, verdict)
        finally:
            release()
            if phone.held is not None:
                phone.held.set()
        elapsed = round((self._clock.monotonic() - started) * 1000)
        if verdict is None:
            return Delivery("failed", len(attempts), elapsed, reason=attempts[-1], attempts=tuple(attempts))
        if verdict.outcome == "malformed":
            return Delivery("failed", len(attempts), elapsed, reason=verdict.reason, attempts=tuple(attempts))
        again = await self._again(message, verdict)
        return Delivery(verdict.outcome, len(attempts), elapsed, verdict.body, attempts=tuple(attempts), duplicates=again)

    def _written(self, phone: Phone, fields: dict[str, Any], *, is_event: bool) -> _Message:
        changed = disfigured(fields, self.faults, is_event=is_event)
        text = unescaped(self._envelope.text_of(changed), self.faults)
        self._log.add("push", openid=phone.openid, fields=changed)
        return _Message(changed, text, Exchange(phone.openid, self._account.original_id, is_event), self._stamp())

    async def _overtaken(self, phone: Phone) -> None:
        """Wait until the next message of this phone is through; not for longer than one try may take."""
        phone.held = asyncio.Event()
        try:
            async with asyncio.timeout(self._try_seconds):
                await phone.held.wait()
        except TimeoutError:
            return
        finally:
            phone.held = None

    async def _again(self, message: _Message, first: Verdict) -> tuple[dict[str, Any], ...]:
        """A delivery that is repeated although it was answered; the person sees nothing of it."""
        if not self.faults.take("duplicate"):
            return ()
        verdict, note = await self._try(message, lambda: None)
        same = verdict is not None and (verdict.outcome, verdict.plain) == (first.outcome, first.plain)
        self._note(message, 0, note, verdict)
        return ({"outcome": verdict.outcome if verdict else "failed", "same": same, "note": note},)

    def _note(self, message: _Message, number: int, note: str, verdict: Verdict | None) -> None:
        """One try in the log; 0 is one that was sent again although it was answered."""
        said = {"id": message.fields.get("MsgId") or message.fields.get("Event", ""), "try": number, "note": note}
        self._log.add("try", openid=message.exchange.openid, answer=verdict.plain if verdict else "", **said)

    async def _try(self, message: _Message, on_sent: Callable[[], None]) -> tuple[Verdict | None, str]:
        """One try: a verdict, or None when the platform would try again; and a note of what happened."""
        key: KeyName = "wrong" if self.faults.take("wrong_key") else "previous" if self.faults.take("previous_key") else "current"
        lost = self.faults.take("drop")
        stamp = message.stamp if self._account.rules.retry_keeps_stamp else self._stamp()
        parcel = self._envelope.push(message.fields, message.text, *stamp, key=key)
        try:
            async with asyncio.timeout(self._try_seconds):
                await self._clock.sleep(self.faults.delay_s)
                status, content = await self._post(parcel, on_sent)
        except TimeoutError:
            return None, f"no answer within {self._try_seconds:g} s"
        except aiohttp.ClientError as error:
            return None, f"no connection: {type(error).__name__}"
        if lost:
            return None, "the answer was lost on the way, on order"
        if status != 200:
            return None, f"status {status}"
        exchange = Exchange(message.exchange.openid, message.exchange.original_id, message.exchange.is_event, key)
        verdict = judge(content, exchange, self._envelope, self._world)
        return verdict, verdict.reason or verdict.outcome

    async def _post(self, parcel: Parcel, on_sent: Callable[[], None]) -> tuple[int, bytes]:
        async with self._session.post(
            self._target,
            params=parcel.query,
            data=parcel.body,
            headers={"Content-Type": parcel.content_type},
            allow_redirects=False,
            trace_request_ctx=on_sent,
            timeout=aiohttp.ClientTimeout(total=None),
        ) as answer:
            content = await _read(answer, _MAX_ANSWER + 1)
            if len(content) > _MAX_ANSWER:
                raise aiohttp.ClientPayloadError("the answer is too long")
            return answer.status, content

    def _stamp(self) -> tuple[str, str]:
        """Timestamp and nonce of one request."""
        timestamp = str(int(self._signed_by.now().timestamp() + self.faults.skew_s))
        return timestamp, str(secrets.randbelow(9 * 10**9) + 10**9)

    @property
    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            raise RuntimeError("the simulator is not open")
        return self._http


async def _read(answer: aiohttp.ClientResponse, most: int) -> bytes:
    """The body to its last byte, or its first `most` bytes."""
    chunks = bytearray()
    async for chunk in answer.content.iter_any():
        chunks += chunk
        if len(chunks) >= most:
            break
    return bytes(chunks[:most])


async def _sent(_session: aiohttp.ClientSession, context: Any, _params: TraceRequestChunkSentParams) -> None:
    """The body is on the wire: the next message of the same phone may leave."""
    if callable(context.trace_request_ctx):
        context.trace_request_ctx()
