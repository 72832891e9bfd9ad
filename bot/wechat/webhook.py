"""`/wechat`, the platform's callback: read under limits, check, hand over, answer (DESIGN 3.1).

A request whose signature holds is answered with 200 and a valid body whatever happens, because anything else is shown to the
person as 该公众号暂时无法提供服务. A forged one is answered with 4xx, and nothing runs for it.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections.abc import Callable, Sequence
from functools import partial

import structlog
from aiohttp import StreamReader, web
from multidict import MultiMapping

from bot.logs import Ready
from bot.wechat import wire
from bot.wechat.delivery import SUCCESS, Delivery, Render
from bot.wechat.drift import Drift
from bot.wechat.envelope import Account, Envelope, Opened
from bot.wechat.refusal import Reason, Refused
from bot.wechat.strange import Strange
from bot.wechat.turned_away import TurnedAway
from dialogs.messages import AnyInbound, Noticed, Reply, Unknown
from storage.ports.time import Clock

log = structlog.get_logger("wechat")
line = Ready("wechat")


Tell = Callable[[int, bytes], None]
"""Takes the status and the body that go back."""

HUNG_UP = 0
"""The status that says: there is no answer, because the process ends."""

_OK, _FORBIDDEN = 200, 403

CLOCKS_DIFFER_S = 60
"""A resend is at most fifteen seconds old; whatever is older, or from the future, tells that one of the clocks is wrong (or a queue long)."""


_STRANGE = (Unknown, Noticed)
_ABOUT_S = 20
"""Resends come within fifteen seconds."""


class Webhook:
    """What the two handlers need. `read_timeout_s` is how long a body may take to arrive; `admits` says whether a request comes from where the
    platform is, None where nobody asks; `counted` hears of each request that is not taken."""

    def __init__(
        self,
        account: Account,
        delivery: Delivery,
        clock: Clock,
        max_age_s: int = 300,
        max_body_kib: int = 64,
        read_timeout_s: float = 3.0,
        admits: Callable[[web.BaseRequest], bool] | None = None,
        drift: Drift | None = None,
        counted: Callable[[Reason], None] = lambda _: None,
    ) -> None:
        self._envelope = Envelope(account, max_age_s)
        self._delivery = delivery
        self._clock = clock
        self._max_body = max_body_kib * 1024
        self._read_timeout_s = read_timeout_s
        self._complain_again = -math.inf
        self._strange = Strange()
        self._turned_away = TurnedAway(clock, counted)
        self._admits = admits or (lambda _: True)
        self._drift = drift or Drift(clock)
        self._stale: list[tuple[str, int]] = []
        self._log_key = hashlib.blake2b(account.token.encode(), digest_size=32, person=b"wechat-log").digest()

    async def verify(self, request: web.Request) -> web.Response:
        """GET: the operator saves the address on the platform; the echo string goes back as it came, and nothing else."""
        if not self._admits(request):
            return self._refuse(Refused(Reason.ADDRESS))
        try:
            echo = self._envelope.verify_url(request.query, self._platform_now())
        except Refused as refused:
            return self._refuse(refused)
        log.info("request", outcome="verified")
        return web.Response(text=echo, headers={"X-Content-Type-Options": "nosniff"})

    async def receive(self, request: web.BaseRequest) -> web.Response:
        """POST: one message or event."""
        if not self._admits(request):
            return self._refuse(Refused(Reason.ADDRESS))
        try:
            body = await self._read(request)
        except _BodyError as error:
            log.warning("request", outcome="body", status=error.status)
            return _close(error.status)
        ended: asyncio.Future[tuple[int, bytes]] = asyncio.get_running_loop().create_future()
        self.begin(request.query, body, partial(_settle, ended))
        status, answer = await ended
        return _respond(answer) if status == _OK else _close(status)

    def begin(self, query: MultiMapping[str], body: bytes, tell: Tell) -> None:
        """Take one POST, whichever way it came. `tell` is called once: at once when it is refused, otherwise when it is answered. Never raises for
        what was sent: what the platform has signed ends in 200, what nobody is known to have signed in 403."""
        started = self._clock.monotonic()
        try:
            opened = self._envelope.open(query, body, self._platform_now())
        except Refused as refused:
            if refused.reason is Reason.STALE:
                self._note_stale(query.get("timestamp", ""), query.get("nonce", ""))
            tell(*self._told_off(refused))
            return
        except Exception as error:
            log.exception("request failed", error=type(error).__name__)
            tell(_FORBIDDEN, b"")
            return
        try:
            self._hand_over(opened, started, tell)
        except Refused as refused:
            tell(*self._told_off(refused))
        except Exception as error:
            log.exception("request failed", error=type(error).__name__)
            tell(_OK, SUCCESS)

    def _hand_over(self, opened: Opened, started: float, tell: Tell) -> None:
        """Begin the turn, or the turns, of an authentic request. Raises Refused for what no message is."""
        account = wire.account_of(opened.fields)
        inbounds = wire.read(opened.fields)
        self._stale.clear()
        if isinstance(inbounds[0], _STRANGE):
            self._strange.note(inbounds[0])
        head = wire.Head(inbounds[0].openid, account, opened.is_json)
        render = partial(self._render, opened, head)
        answer: asyncio.Future[bytes]
        if len(inbounds) == 1:
            answer = self._delivery.begin(inbounds[0], render)
        else:
            answer = asyncio.ensure_future(self._one_after_another(inbounds, render))
        answer.add_done_callback(partial(self._answered, inbounds[0], opened, started, tell))

    async def _one_after_another(self, inbounds: Sequence[AnyInbound], render: Render) -> bytes:
        """The answer to the first, when all have been taken."""
        first, *_ = [await self._delivery.answer(one, render) for one in inbounds]
        return first

    def _answered(self, inbound: AnyInbound, opened: Opened, started: float, tell: Tell, answer: asyncio.Future[bytes]) -> None:
        if answer.cancelled():  # the process ends
            tell(HUNG_UP, b"")
            return
        if (error := answer.exception()) is not None:
            log.error("request failed", error=type(error).__name__, exc_info=error)
            tell(_OK, SUCCESS)
            return
        tell(_OK, answer.result())
        self._log(inbound, opened, answer.result(), started)

    def _now(self) -> int:
        return int(self._clock.now().timestamp())

    def _platform_now(self) -> int:
        """By which ages are told: the platform's time where it is known, so that a clock of ours that drifts stops nobody."""
        return self._drift.corrected(self._clock.now())

    def _render(self, opened: Opened, head: wire.Head, reply: Reply) -> bytes:
        now = self._now()
        answer = wire.render_passive(reply.first, head, now) if reply.first is not None else None
        return SUCCESS if answer is None else opened.seal(answer, now)

    async def _read(self, request: web.BaseRequest) -> bytes:
        """The raw body.

        Raises:
            _BodyError: 413 too large (told before it is read where the length says so), 408 too slow, 400 broken off or packed.
        """
        if request.content_length is not None and request.content_length > self._max_body:
            raise _BodyError(413)
        if "Content-Encoding" in request.headers:
            raise _BodyError(400)
        content = request.content
        if content.is_eof() and content.exception() is None:
            # The usual case: the body came with the head, and needs no timer.
            body = content.read_nowait()
            if len(body) > self._max_body:
                raise _BodyError(413)
            return body
        reading = asyncio.ensure_future(_read_up_to(content, self._max_body))
        timer = asyncio.ensure_future(self._clock.sleep(self._read_timeout_s))
        try:
            await asyncio.wait({reading, timer}, return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                raise _BodyError(408)
            return reading.result()
        finally:
            for task in (reading, timer):
                task.cancel()
            await asyncio.gather(reading, timer, return_exceptions=True)

    def _told_off(self, refused: Refused) -> tuple[int, bytes]:
        self._turned_away.note(refused.reason)
        return (_OK, SUCCESS) if refused.authentic else (_FORBIDDEN, b"")

    def _refuse(self, refused: Refused) -> web.Response:
        status, answer = self._told_off(refused)
        return _respond(answer) if status == _OK else _close(status)

    def _note_stale(self, timestamp: str, nonce: str) -> None:
        """Signed messages that are all too old by the same: not a replay, but a clock. Three different ones in a row are told."""
        if not timestamp.isdecimal() or len(timestamp) > 12 or any(nonce == seen for seen, _ in self._stale):
            return
        self._stale = [*self._stale[-2:], (nonce, self._platform_now() - int(timestamp))]
        ages = [age_s for _, age_s in self._stale]
        if len(ages) == 3 and max(ages) - min(ages) <= _ABOUT_S:
            self._clock_is_off(ages[-1])

    def _clock_is_off(self, age_s: int) -> None:
        """Messages are still served, up to `max_age_s`; once a minute somebody is told, before it is too late."""
        now = self._clock.monotonic()
        if now >= self._complain_again:
            self._complain_again = now + 60.0
            log.error("our clock and the platform's differ", age_s=age_s)

    def _log(self, inbound: AnyInbound, opened: Opened, answer: bytes, started: float) -> None:
        if abs(opened.age_s) > CLOCKS_DIFFER_S:
            self._clock_is_off(opened.age_s)
        line.info(
            "request",
            outcome="silent" if answer == SUCCESS else "answered",
            kind=type(inbound).__name__,
            who=hashlib.blake2b(inbound.openid.encode(), digest_size=6, key=self._log_key).hexdigest(),
            age_s=opened.age_s,
            ms=round((self._clock.monotonic() - started) * 1000, 1),
        )


def _settle(ended: asyncio.Future[tuple[int, bytes]], status: int, answer: bytes) -> None:
    if ended.done():  # the connection is gone
        return
    if status == HUNG_UP:
        ended.cancel()
    else:
        ended.set_result((status, answer))


class _BodyError(Exception):
    """The body was not taken; `status` is what the sender is told."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


async def _read_up_to(content: StreamReader, limit: int) -> bytes:
    body = bytearray()
    try:
        while chunk := await content.readany():
            body += chunk
            if len(body) > limit:
                raise _BodyError(413)
    except _BodyError:
        raise
    except Exception:
        raise _BodyError(400) from None
    return bytes(body)


_CONTENT_TYPES = {b"<": "text/xml; charset=utf-8", b"{": "application/json; charset=utf-8"}


def content_type(answer: bytes) -> str:
    """What an answer of ours is."""
    return _CONTENT_TYPES.get(answer[:1], "text/plain; charset=utf-8")


def _respond(answer: bytes) -> web.Response:
    return web.Response(body=answer, headers={"Content-Type": content_type(answer)})


def _close(status: int) -> web.Response:
    """A refusal says nothing, and the connection ends with it: what is left of the body is not waited for."""
    response = web.Response(status=status)
    response.force_close()
    return response


def routes(webhook: Webhook) -> list[web.RouteDef]:
    """The platform's one address, for the application to add."""
    return [web.get("/wechat", webhook.verify, allow_head=False), web.post("/wechat", webhook.receive)]
