"""Hostile bodies: bombs, entities, depth, size, packing, and bodies that never come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from tests.edge.platform import (
    Edge,
    clear,
    opened,
    peak_memory,
    raw_connection,
    safe,
    start_edge,
    stop_edge,
    text_xml,
    until,
)
from tests.edge.test_webhook import BOMB


async def _refused_cheaply(edge: Edge, query: dict[str, str], body: bytes) -> None:
    with peak_memory() as peak:
        started = time.perf_counter()
        response = await edge.client.post("/wechat", params=query, data=body)
        took = time.perf_counter() - started
    assert 400 <= response.status < 500
    assert edge.turns.taken == []
    assert took < 1
    assert peak[0] < 50 << 20


async def test_xml_bomb_is_refused(edge: Edge, clear_edge: Edge) -> None:
    """A body whose entities would grow without end is refused before they exist."""
    await _refused_cheaply(edge, safe("x", edge.clock).query, BOMB.encode())
    await _refused_cheaply(clear_edge, clear("x", clear_edge.clock).query, BOMB.encode())


async def test_external_entity_is_not_fetched(clear_edge: Edge) -> None:
    """An address inside a DOCTYPE is never asked."""
    asked: list[object] = []
    server = await asyncio.start_server(lambda reader, writer: asked.append(writer), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    body = (
        f'<!DOCTYPE l [<!ENTITY a SYSTEM "http://127.0.0.1:{port}/x">]><xml><MsgType>text</MsgType><Content>&a;</Content></xml>'
    )
    await _refused_cheaply(clear_edge, clear("x", clear_edge.clock).query, body.encode())
    server.close()
    await server.wait_closed()
    assert asked == []


async def test_deep_nesting_is_refused(edge: Edge, clear_edge: Edge) -> None:
    """Five thousand elements inside each other are refused."""
    body = ("<a>" * 5000 + "</a>" * 5000).encode()
    await _refused_cheaply(edge, safe("x", edge.clock).query, body)
    await _refused_cheaply(clear_edge, clear("x", clear_edge.clock).query, body)
    await _refused_cheaply(clear_edge, clear("x", clear_edge.clock).query, b'{"a":' * 5000 + b"1" + b"}" * 5000)


async def test_huge_body_is_refused_by_its_length(edge: Edge) -> None:
    """A body that says it has 50 MB is refused before it is read."""
    async with raw_connection(edge) as (reader, writer), asyncio.timeout(1):
        writer.write(b"POST /wechat HTTP/1.1\r\nHost: x\r\nContent-Length: 52428800\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 413")


async def test_huge_body_without_length_is_refused(edge: Edge) -> None:
    """A body that comes in pieces and never says how long it is, is refused as soon as it is too long."""
    sent_pieces = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent_pieces
        for _ in range(800):
            sent_pieces += 1
            yield b"x" * 65536

    with peak_memory() as peak:
        response = await edge.client.post("/wechat", params=safe("x", edge.clock).query, data=pieces())
    assert response.status == 413
    assert peak[0] < 50 << 20
    assert edge.turns.taken == []


async def test_body_limit_is_the_configured_one() -> None:
    """Up to the limit a body is read, one byte above it is not."""
    edge = await start_edge(max_body_kib=1)
    for size, status in ((1024, 403), (1025, 413)):
        assert (await edge.client.post("/wechat", params=safe("x", edge.clock).query, data=b"x" * size)).status == status
    await stop_edge(edge)


async def test_packed_body_is_refused(edge: Edge) -> None:
    """The platform does not compress; a body that is compressed is refused, whatever it would unpack to."""
    sent = safe(text_xml(), edge.clock)
    response = await edge.client.post("/wechat", params=sent.query, data=sent.body, compress="deflate")
    assert response.status == 400
    assert edge.turns.taken == []


async def test_broken_chunk_is_refused(edge: Edge) -> None:
    """A body that breaks the rules of HTTP itself is no message: refused at once or, at the latest, when its time is over."""
    async with raw_connection(edge) as (reader, writer):
        writer.write(b"POST /wechat HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        await until(lambda: edge.clock.sleepers)
        writer.write(b"nonsense\r\n")
        edge.clock.advance(3)
        assert (await reader.readline()).startswith(b"HTTP/1.1 40")
    assert edge.turns.taken == []


async def test_body_that_does_not_come_is_given_up(edge: Edge) -> None:
    """A sender that stops in the middle of its body is told so after the configured time, and the connection ends."""
    async with raw_connection(edge) as (reader, writer):
        writer.write(b"POST /wechat HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n<xml>")
        await until(lambda: edge.clock.sleepers)
        edge.clock.advance(3)
        assert (await reader.readline()).startswith(b"HTTP/1.1 408")


async def test_slow_but_whole_body_is_read(edge: Edge) -> None:
    """A body that comes in two parts, in time, is a message like any other."""
    sent = safe(text_xml("慢慢来"), edge.clock)

    async def parts() -> AsyncIterator[bytes]:
        yield sent.body[:40]
        await until(lambda: edge.clock.sleepers)
        edge.clock.advance(2)
        yield sent.body[40:]

    response = await edge.client.post("/wechat", params=sent.query, data=parts())
    assert "收到：慢慢来" in opened(sent, await response.read())


async def test_half_open_connections_keep_nobody_waiting(edge: Edge) -> None:
    """Two hundred connections that stop in the middle of head or body; an honest message is answered within a second."""
    heads = [b"POST /wechat HTTP/1.1\r\nHost: x\r\n", b"POST /wechat HTTP/1.1\r\nHost: x\r\nContent-Length: 600\r\n\r\n<xml>"]
    async with AsyncExitStack() as stack:
        for number in range(200):
            _, writer = await stack.enter_async_context(raw_connection(edge))
            writer.write(heads[number % 2])
        await until(lambda: edge.clock.sleepers == 100)
        async with asyncio.timeout(1):
            assert "收到" in await edge.exchange(safe(text_xml(), edge.clock))
