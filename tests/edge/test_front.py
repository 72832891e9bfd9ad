"""The short way to `/wechat`: what takes it is answered as everywhere else, and all else goes to the usual server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlencode

import pytest
from aiohttp import web
from aiohttp.http import HttpRequestParser
from aiohttp.http_exceptions import HttpProcessingError
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import MultiDict
from structlog.testing import capture_logs

from bot.app import listening
from bot.clock import SystemClock
from bot.wechat import front
from bot.wechat.delivery import Delivery
from bot.wechat.front import FRONT, Front, plain_request
from bot.wechat.webhook import Webhook, routes
from tests.clock import FakeClock
from tests.edge.platform import ACCOUNT, FakeTurns, Sent, event_xml, opened, safe, text_xml, until

HEAD = ("Host: bot", "User-Agent: Mozilla/4.0", "Accept: */*", "Content-Type: text/xml", "Pragma: no-cache")
Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Site:
    """A listening process, with or without its front."""

    port: int
    clock: FakeClock
    turns: FakeTurns
    counted: list[int]


@asynccontextmanager
async def listens(
    *, fronted: bool = True, turns: FakeTurns | None = None, delivering: FakeClock | None = None
) -> AsyncIterator[Site]:
    """One on a free port of this machine; its delivery may have a clock of its own."""
    clock, turns, counted = FakeClock(), turns or FakeTurns(), list[int]()
    delivery = Delivery(turns, delivering or clock, can_push=True)
    webhook = Webhook(ACCOUNT, delivery, clock)
    app = web.Application()
    app.add_routes(routes(webhook))
    if fronted:
        app[FRONT] = Front(webhook, SystemClock(), lambda status, _: counted.append(status), 64 * 1024)
    async with listening(app, "127.0.0.1", 0) as port:
        yield Site(port, clock, turns, counted)
    await delivery.close(0)


def post(sent: Sent, head: Sequence[str] = HEAD, first: str = "POST {} HTTP/1.1", length: int | None = None) -> bytes:
    """A request as bytes."""
    target = f"/wechat?{urlencode(sent.query)}"
    lines = (first.format(target), *head, f"Content-Length: {len(sent.body) if length is None else length}")
    return "\r\n".join((*lines, "", "")).encode() + sent.body


async def answers(reader: asyncio.StreamReader) -> Answer | None:
    """One response: status, headers, body; None when the connection has ended instead."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    status = int(head[0].split()[1])
    if status == 100:
        return await answers(reader)
    return status, fields, await reader.readexactly(int(fields.get("content-length", "0")))


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection of our own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def told(port: int, *pieces: bytes) -> Answer | None:
    """What comes back for one request that arrives in these pieces."""
    async with connected(port) as (reader, writer):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        return await answers(reader)


async def nobody_is_let_in(port: int) -> None:
    """Wait until a connection is refused; one that waited in line while the door was closed is reset first."""
    while True:
        try:
            async with connected(port):
                pass
        except ConnectionRefusedError:
            return
        except ConnectionError:
            continue


async def test_messages_are_answered_over_one_connection() -> None:
    """One after the other, each with its own answer; the connection stays, and each is counted."""
    async with listens() as site, connected(site.port) as (reader, writer):
        for number in range(3):
            sent = safe(text_xml(f"第{number}", msg_id=str(number)), site.clock)
            writer.write(post(sent))
            answer = await answers(reader)
            assert answer is not None
            assert answer[0] == 200
            assert answer[1].keys() == {"content-type", "content-length", "date"}
            assert answer[1]["content-type"] == "text/xml; charset=utf-8"
            assert f"收到：第{number}" in opened(sent, answer[2])
        assert site.counted == [200, 200, 200]


async def test_requests_that_do_not_wait_are_answered_in_order() -> None:
    """Three at once on one connection, and the rest of the third a moment later."""
    async with listens() as site:
        sent = [safe(text_xml(f"第{number}", msg_id=str(number)), site.clock) for number in range(3)]
        async with connected(site.port) as (reader, writer):
            whole = b"".join(post(one) for one in sent)
            writer.write(whole[:-9])
            await writer.drain()
            writer.write(whole[-9:])
            for number, one in enumerate(sent):
                answer = await answers(reader)
                assert answer is not None
                assert f"收到：第{number}" in opened(one, answer[2])


async def test_what_follows_waits_for_its_turn() -> None:
    """A second message on the connection that comes before the first is answered is taken after it; the same holds for a page."""
    async with listens() as site:
        site.turns.hold = asyncio.Event()
        one, other = (safe(text_xml(name, msg_id=name), site.clock) for name in ("a", "b"))
        async with connected(site.port) as (reader, writer):
            writer.write(post(one))
            await until(lambda: site.turns.taken)
            writer.write(post(other))
            writer.write(b"GET /nowhere HTTP/1.1\r\nHost: bot\r\n\r\n")
            await asyncio.sleep(0.05)
            assert len(site.turns.taken) == 1
            site.turns.hold.set()
            told_back = [await answers(reader) for _ in range(3)]
            assert [found and found[0] for found in told_back] == [200, 200, 404]


FORMS: dict[str, tuple[Sequence[str], str, int | None]] = {
    "plain": (HEAD, "POST {} HTTP/1.1", None),
    "close": ((*HEAD, "Connection: close"), "POST {} HTTP/1.1", None),
    "keep-alive": ((*HEAD, "Connection: Keep-Alive"), "POST {} HTTP/1.1", None),
    "old": (HEAD, "POST {} HTTP/1.0", None),
    "expects": ((*HEAD, "Expect: 100-continue"), "POST {} HTTP/1.1", None),
    "packed": ((*HEAD, "Content-Encoding: gzip"), "POST {} HTTP/1.1", None),
    "twice": ((*HEAD, "Content-Length: 3"), "POST {} HTTP/1.1", None),
    "short": (HEAD, "POST {} HTTP/1.1", 20),
    "chunked": ((*HEAD, "Transfer-Encoding: chunked"), "POST {} HTTP/1.1", None),
    "folded": ((*HEAD, "X-Long: a", " b"), "POST {} HTTP/1.1", None),
    "odd": ((*HEAD, "X Y: a"), "POST {} HTTP/1.1", None),
    "get": (HEAD, "GET {} HTTP/1.1", None),
    "put": (HEAD, "PUT {} HTTP/1.1", None),
    "nonsense": (HEAD, "NONSENSE", None),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("pieces", [1, 3])
async def test_the_way_makes_no_difference(form: str, pieces: int) -> None:
    """However a request is written and cut, its status, its answer and whether a turn runs are those of a server without a front."""
    found = []
    for fronted in (True, False):
        async with listens(fronted=fronted) as site:
            sent = safe(text_xml(), site.clock)
            head, first, length = FORMS[form]
            data = post(sent, head, first, length)
            cut = [data[at : at + len(data) // pieces + 1] for at in range(0, len(data), len(data) // pieces + 1)]
            answer = await told(site.port, *cut)
            said = opened(sent, answer[2]) if answer is not None and answer[2].startswith(b"<xml>") else ""
            found.append((answer and (answer[0], answer[1].get("content-type")), said, len(site.turns.taken)))
    assert found[0] == found[1]


async def test_a_forged_request_gets_no_answer_and_ends_the_connection() -> None:
    """403, no body, nothing runs, and what follows on that connection is not read."""
    async with listens() as site:
        sent = safe(text_xml(), site.clock)
        sent.query["msg_signature"] = "0" * 40
        async with connected(site.port) as (reader, writer):
            writer.write(post(sent))
            answer = await answers(reader)
            assert answer is not None
            assert (answer[0], answer[1]["connection"], answer[2]) == (403, "close", b"")
            assert await reader.read() == b""
            assert (site.turns.taken, site.counted) == ([], [403])


class StoppedClock(FakeClock):
    """One whose seconds cannot be told: whatever begins with it fails."""

    def monotonic(self) -> float:
        raise OSError("no clock")


REPORT = event_xml(
    "subscribe_msg_sent_event",
    extra="<SubscribeMsgSentEvent>"
    + "".join(
        f"<List><MsgID>{number}</MsgID><ErrorCode>0</ErrorCode><ErrorStatus>success</ErrorStatus></List>" for number in (1, 2)
    )
    + "</SubscribeMsgSentEvent>",
)


@pytest.mark.parametrize("fronted", [True, False])
@pytest.mark.parametrize("body", [text_xml(), REPORT], ids=["cannot be begun", "begun, and failed"])
async def test_what_is_authentic_ends_in_200_whatever_fails(body: str, fronted: bool) -> None:
    """Delivery cannot begin, or the answer of what has begun is an error: both are acknowledged, and the log says so without content."""
    turns = FakeTurns()
    with capture_logs() as lines:
        async with (
            listens(fronted=fronted, turns=turns, delivering=StoppedClock()) as site,
            connected(site.port) as (reader, writer),
        ):
            for _ in range(2):  # the connection stays
                writer.write(post(safe(body, site.clock)))
                answer = await answers(reader)
                assert answer is not None
                assert (answer[0], answer[2]) == (200, b"success")
            assert turns.taken == []
            assert site.counted == ([200, 200] if fronted else [])
    told = [(line["event"], line["error"]) for line in lines if line["log_level"] == "error"]
    assert told == [("request failed", "OSError")] * 2


class LostClock(FakeClock):
    """One that cannot tell the day."""

    def now(self) -> datetime:
        raise OSError("no clock")


async def test_what_cannot_be_checked_is_nobodys() -> None:
    """When a request fails before its signature was looked at, it is refused like a forged one, and nothing runs."""
    clock, turns = FakeClock(), FakeTurns()
    webhook = Webhook(ACCOUNT, Delivery(turns, clock, can_push=True), LostClock())
    sent, told = safe(text_xml(), clock), list[tuple[int, bytes]]()
    with capture_logs() as lines:
        webhook.begin(MultiDict(sent.query), sent.body, lambda status, body: told.append((status, body)))
    assert (told, turns.taken) == ([(403, b"")], [])
    assert [line["error"] for line in lines] == ["OSError"]


@pytest.mark.parametrize("status", [200, 403, 404, 413, 500])
def test_a_status_is_told_with_its_own_words(status: int) -> None:
    """The line of a response is the one that every server writes."""
    made = Front(
        Webhook(ACCOUNT, Delivery(FakeTurns(), FakeClock(), can_push=True), FakeClock()), FakeClock(), lambda *_: None, 1
    )
    assert made.head(status, b"", closing=True).startswith(f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode())


def test_a_response_is_dated_by_the_clock() -> None:
    """The day and second of the clock, also when time has gone on."""
    clock = FakeClock()
    made = Front(Webhook(ACCOUNT, Delivery(FakeTurns(), clock, can_push=True), clock), clock, lambda *_: None, 1)
    assert b"Date: Thu, 12 Sep 2024 02:00:00 GMT\r\n" in made.head(200, b"", closing=False)
    clock.advance(61)
    assert b"Date: Thu, 12 Sep 2024 02:01:01 GMT\r\n" in made.head(200, b"", closing=False)


async def test_an_answer_on_its_way_is_waited_for_at_the_end() -> None:
    """Who is told to end lets nobody in, finishes what has begun, and says that the connection closes."""
    begun, ended = asyncio.Event(), asyncio.Event()
    clock, turns = FakeClock(), FakeTurns(hold=asyncio.Event())
    delivery = Delivery(turns, clock, can_push=True)
    webhook = Webhook(ACCOUNT, delivery, clock)
    app = web.Application()
    app[FRONT] = Front(webhook, SystemClock(), lambda *_: None, 64 * 1024)
    ports: list[int] = []

    async def serve() -> None:
        async with listening(app, "127.0.0.1", 0) as port:
            ports.append(port)
            begun.set()
            await ended.wait()

    serving = asyncio.create_task(serve())
    await begun.wait()
    async with connected(ports[0]) as (idle, _), connected(ports[0]) as (reader, writer):
        sent = safe(text_xml(), clock)
        writer.write(post(sent))
        await until(lambda: turns.taken)
        ended.set()
        await nobody_is_let_in(ports[0])
        assert not serving.done()
        assert turns.hold is not None
        turns.hold.set()
        answer = await answers(reader)
        assert answer is not None
        assert (answer[0], answer[1]["connection"]) == (200, "close")
        assert "收到" in opened(sent, answer[2])
        await serving
        assert await idle.read() == b""
    await delivery.close(0)


async def test_a_connection_without_requests_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while without a request; every request begins the while anew."""
    monkeypatch.setattr(front, "IDLE_S", 0.2)
    async with listens() as site, connected(site.port) as (reader, writer):
        writer.write(post(safe(text_xml(), site.clock)))
        assert (await answers(reader) or (0,))[0] == 200
        async with asyncio.timeout(20):
            assert await reader.read() == b""


class _Parsed(asyncio.Protocol):
    """What aiohttp's parser wants to belong to."""

    def pause_reading(self) -> None: ...
    def resume_reading(self, resume_parser: bool = True) -> None: ...


_NAMES = st.sampled_from(
    ("Host", "content-length", "Content-Length", "Connection", "TE", "Expect", "X-Real-IP", "X_Y", "Transfer-Encoding")
)
_VALUES = st.one_of(st.sampled_from(("3", "0", "03", "+3", "keep-alive", "close", "chunked", "")), st.text(max_size=8))
_BODIES = st.sampled_from((b"abc", b"", b"abcd", b"3\r\nabc\r\n0\r\n\r\n", b"abcGET / HTTP/1.1\r\n\r\n"))
_TARGETS = st.sampled_from(
    ("/wechat?a=1&b=2", "/wechat?a=1&a=2", "/wechat?&a&b=", "/wechat?a==1", "/wechat", "/wechat?a=%31", "//wechat?a=1")
)


@settings(max_examples=300, deadline=None)
@given(_TARGETS, st.lists(st.tuples(_NAMES, _VALUES), max_size=4), st.sampled_from(("\r\n", "\n")), _BODIES)
async def test_what_is_read_here_is_read_alike_there(target: str, head: list[tuple[str, str]], end: str, body: bytes) -> None:
    """Whatever takes the short way, aiohttp's own parser reads as one whole request with the same query and the same body."""
    lines = [f"POST {target} HTTP/1.1", *(f"{name}: {value}" for name, value in head), f"Content-Length: {len(body)}"]
    data = (end.join(lines) + 2 * end).encode("utf-8", "replace") + body
    found = plain_request(data, 1024)
    if found is None:
        return
    loop = asyncio.get_running_loop()
    parser = HttpRequestParser(_Parsed(), loop, 2**16)  # type: ignore[arg-type]
    try:
        messages, upgraded, rest = parser.feed_data(data)
    except HttpProcessingError:
        raise AssertionError("refused there") from None
    ((message, payload),) = messages
    assert (upgraded, rest, message.method, message.should_close, message.chunked) == (False, b"", "POST", False, False)
    assert message.url.path == "/wechat"
    assert list(message.url.query.items()) == list(found[0].items())
    assert (await payload.read() if body else b"") == found[1]
