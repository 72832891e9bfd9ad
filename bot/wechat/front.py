"""The short way to `/wechat`: nine of ten requests are the platform's, and they need nothing of what pages need.

A POST to exactly that path, which came whole and plainly written in one piece, is answered here: no router, no request object, no task of its
own. Whatever else comes over a connection, or the same in another form, goes to the usual server with all that follows; there the same
route stands as well, so what is answered does not depend on which way it came. Nothing is interpreted here that the usual server might
read otherwise: at the least doubt it is the one to read it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from email.utils import formatdate
from functools import lru_cache, partial
from http import HTTPStatus
from typing import Protocol, cast

from aiohttp import web
from multidict import MultiDict, MultiMapping

from bot.wechat.webhook import HUNG_UP, Tell, content_type
from storage.ports.time import Clock

Counted = Callable[[int, float], None]
"""Told of each request: status, seconds."""

IDLE_S = 75.0
"""So long a connection without requests is kept."""

_ASKED = re.compile(rb"POST /wechat\?([A-Za-z0-9_.~=&-]{1,2048}) HTTP/1\.1\r\n")
_FIELDS = re.compile(rb"(?:[A-Za-z][A-Za-z-]{0,39}: ?[\x20-\x7e]{0,1024}\r\n){1,40}")
_FIELD = re.compile(rb"([a-z-]+): ?([^\r]*)\r\n")
_CLOSING = "Connection: close\r\n"
_LENGTH = re.compile(rb"[0-9]{1,7}")
_NEEDED = {b"host", b"content-length"}
_UNUSUAL = {b"transfer-encoding", b"content-encoding", b"expect", b"upgrade", b"trailer", b"te"}


@lru_cache
def _reason(status: int) -> str:
    return HTTPStatus(status).phrase


class Receiver(Protocol):
    """What stands behind: `bot.wechat.webhook.Webhook`."""

    def begin(self, query: MultiMapping[str], body: bytes, tell: Tell) -> None:
        """Take one request; `tell(status, body)` is called once, at once or later. Never raises."""


def plain_request(data: bytes, most: int) -> tuple[MultiDict[str], bytes] | None:
    """Query and body of a request that is all of `data` and as the platform (or the proxy before us) writes it, with a body of at most `most`
    bytes; None for everything else."""
    asked = _ASKED.match(data)
    if asked is None or (end := data.find(b"\r\n\r\n", asked.end())) < 0:
        return None
    head, body = data[asked.end() : end + 2], data[end + 4 :]
    length = _length_in(head) if len(head) > _USUAL_HEAD else _known_length_in(head)
    if length != len(body) or length > most:
        return None
    return MultiDict([one.partition("=")[::2] for one in asked[1].decode().split("&") if one]), body


def _length_in(head: bytes) -> int | None:
    """The length of the body, if all fields are plain ones; else None."""
    fields = dict(_FIELD.findall(head.lower())) if _FIELDS.fullmatch(head) else {}
    if len(fields) != head.count(b"\n") or not fields.keys() >= _NEEDED or not fields.keys().isdisjoint(_UNUSUAL):
        return None
    if fields.get(b"connection", b"keep-alive") != b"keep-alive" or not _LENGTH.fullmatch(fields[b"content-length"]):
        return None
    return int(fields[b"content-length"])


_USUAL_HEAD = 512
_known_length_in = lru_cache(maxsize=1024)(_length_in)
"""The platform writes the same fields before every message: nothing but the length differs. For heads up to `_USUAL_HEAD` bytes."""


class Front:
    """Stands before the usual server. One for each process that listens."""

    def __init__(self, receiver: Receiver, clock: Clock, counted: Counted, max_body: int) -> None:
        self._receiver = receiver
        self._clock = clock
        self._counted = counted
        self._max_body = max_body
        self._wires: set[_Wire] = set()
        self._dated = (-1, "")
        self.time = clock.monotonic
        self.ending = False

    def protocols(self, usual: Callable[[], asyncio.BaseProtocol]) -> Callable[[], asyncio.Protocol]:
        """What a listening socket makes its connections with; `usual` makes those of the usual server."""
        self.ending = False
        return lambda: _Wire(self, usual)

    def opened(self, wire: _Wire) -> None:
        self._wires.add(wire)

    def closed(self, wire: _Wire) -> None:
        self._wires.discard(wire)

    def take(self, data: bytes, tell: Tell) -> bool:
        """Begin to answer if it is a plain request; otherwise False, and nothing has happened."""
        request = plain_request(data, self._max_body)
        if request is None:
            return False
        query, body = request
        self._receiver.begin(query, body, partial(self._counting, tell, self._clock.monotonic()))
        return True

    def _counting(self, tell: Tell, started: float, status: int, body: bytes) -> None:
        self._counted(status if status != HUNG_UP else 500, self._clock.monotonic() - started)
        tell(status, body)

    def head(self, status: int, body: bytes, *, closing: bool) -> bytes:
        """The head of a response."""
        second = int(self.time())
        if second != self._dated[0]:
            self._dated = (second, formatdate(self._clock.now().timestamp(), usegmt=True))
        return (
            f"HTTP/1.1 {status} {_reason(status)}\r\nContent-Type: {content_type(body)}\r\nContent-Length: {len(body)}\r\n"
            f"Date: {self._dated[1]}\r\n{_CLOSING if closing else ''}\r\n"
        ).encode("ascii")

    async def end(self, grace_s: float) -> None:
        """Nobody is let in any more: wait for what is being answered, then close what the usual server does not have."""
        self.ending = True
        timer = asyncio.ensure_future(self._clock.sleep(grace_s))
        while waits := [wire.answered() for wire in self._wires if wire.answering]:
            await asyncio.wait({timer, *waits}, return_when=asyncio.FIRST_COMPLETED)
            if timer.done():
                break
        timer.cancel()
        for wire in list(self._wires):
            wire.close()


class _Wire(asyncio.Protocol):
    """One connection, until it is the usual server's."""

    __slots__ = ("_ended", "_front", "_left", "_make_usual", "_timer", "_transport", "_used", "_usual", "answering")

    def __init__(self, front: Front, usual: Callable[[], asyncio.BaseProtocol]) -> None:
        self._front = front
        self._make_usual = usual
        self._usual: asyncio.Protocol | None = None
        self._left = b""
        self._ended: asyncio.Future[None] | None = None
        self.answering = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._front.opened(self)
        self._used = self._front.time()
        self._timer = asyncio.get_running_loop().call_later(IDLE_S, self._look)

    def _look(self) -> None:
        """Whoever has not asked for a while is hung up on."""
        rest = IDLE_S if self.answering else self._used + IDLE_S - self._front.time()
        if rest <= 0:
            self.close()
        else:
            self._timer = asyncio.get_running_loop().call_later(rest, self._look)

    def data_received(self, data: bytes) -> None:
        if self._usual is not None:
            self._usual.data_received(data)
        elif self.answering:  # sent before the answer: it waits its turn
            self._left += data
            self._transport.pause_reading()
        else:
            self.answering = True
            if not self._front.take(data, self._tell):
                self.answering = False
                self._pass_on(data)

    def _pass_on(self, data: bytes) -> None:
        self._leave()
        self._usual = cast("asyncio.Protocol", self._make_usual())
        self._usual.connection_made(self._transport)
        self._usual.data_received(data)

    def _tell(self, status: int, body: bytes) -> None:
        self.answering = False
        if self._ended is not None:
            self._ended.set_result(None)
            self._ended = None
        transport = self._transport
        if transport.is_closing():
            return
        closing = status != web.HTTPOk.status_code or self._front.ending
        if status != HUNG_UP:
            transport.write(self._front.head(status, body, closing=closing) + body)
        if closing:
            transport.close()
            return
        self._used = self._front.time()
        if self._left:
            data, self._left = self._left, b""
            transport.resume_reading()
            self.data_received(data)

    def answered(self) -> asyncio.Future[None]:
        """Ends with the answer that is on its way."""
        if self._ended is None:
            self._ended = asyncio.get_running_loop().create_future()
        return self._ended

    def close(self) -> None:
        """Hang up."""
        self._transport.close()

    def _leave(self) -> None:
        self._timer.cancel()
        self._front.closed(self)

    def eof_received(self) -> bool | None:
        return self._usual.eof_received() if self._usual is not None else None

    def pause_writing(self) -> None:
        if self._usual is not None:
            self._usual.pause_writing()

    def resume_writing(self) -> None:
        if self._usual is not None:
            self._usual.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        if self._usual is not None:
            self._usual.connection_lost(exc)


FRONT: web.AppKey[Front] = web.AppKey("front", Front)
"""Where an application keeps its front, for whoever serves it."""
