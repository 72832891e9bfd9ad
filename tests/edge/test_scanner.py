"""The virus scanner's protocol, against a clamd that stands here."""

from __future__ import annotations

import asyncio
import struct

import pytest

from bot.scanner import scanner_of
from handlers.materials import Infected, ScannerAway


async def _clamd(answer: bytes, heard: list[bytes]) -> asyncio.Server:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(10) == b"zINSTREAM\0"
        body = b""
        while length := struct.unpack(">I", await reader.readexactly(4))[0]:
            body += await reader.readexactly(length)
        heard.append(body)
        writer.write(answer)
        await writer.drain()
        writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (b"stream: OK\0", "clean"),
        (b"stream: Eicar-Test-Signature FOUND\0", Infected),
        (b"INSTREAM size limit ERROR\0", ScannerAway),
    ],
)
async def test_the_whole_upload_is_shown_and_the_verdict_is_read(answer: bytes, outcome: object) -> None:
    """Every byte is sent in pieces; OK is clean, FOUND is infected, anything else is no verdict."""
    heard: list[bytes] = []
    server = await _clamd(answer, heard)
    scanner = scanner_of(f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
    body = bytes(range(256)) * 700
    if isinstance(outcome, str):
        assert await scanner.scan(body) == outcome
    else:
        assert isinstance(outcome, type)
        with pytest.raises(outcome):
            await scanner.scan(body)
    assert heard == [body]
    server.close()
    await server.wait_closed()


async def test_a_scanner_that_is_away_is_not_clean() -> None:
    """Nobody listens: the upload is not taken as clean; without an address nobody looks, and it says so."""
    server = await _clamd(b"", [])
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    with pytest.raises(ScannerAway):
        await scanner_of(f"127.0.0.1:{port}").scan(b"x")
    assert await scanner_of("").scan(b"x") == ""
