"""A virus scanner for uploads: clamd, spoken to by its INSTREAM command."""

from __future__ import annotations

import asyncio
import struct

from handlers.materials import Infected, NoScanner, Scanner, ScannerAway

_PIECE = 64 * 1024
_SECONDS = 10.0


class Clamd:
    """Implements `handlers.materials.Scanner`. A scanner that does not answer is no "clean": the upload is refused for now."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port

    async def scan(self, body: bytes) -> str:
        try:
            async with asyncio.timeout(_SECONDS):
                verdict = await self._verdict(body)
        except (OSError, TimeoutError):
            raise ScannerAway from None
        if verdict.endswith(b" FOUND"):
            raise Infected
        if not verdict.endswith(b" OK"):
            raise ScannerAway
        return "clean"

    async def _verdict(self, body: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(b"zINSTREAM\0")
            for start in range(0, len(body), _PIECE):
                piece = body[start : start + _PIECE]
                writer.write(struct.pack(">I", len(piece)) + piece)
                await writer.drain()
            writer.write(struct.pack(">I", 0))
            await writer.drain()
            return (await reader.read(4096)).rstrip(b"\0\n")
        finally:
            writer.close()


def scanner_of(address: str) -> Scanner:
    """The scanner at host:port; none for ''."""
    if not address:
        return NoScanner()
    host, _, port = address.rpartition(":")
    return Clamd(host, int(port))
