"""The short way to Redis: one connection that every question of the process goes over, many at a time, each answered in its turn.

The client library takes a connection out of a pool, arms two timers and crosses six coroutines for every command; a turn has four. Here a
command is written as it comes, and its answer settles a future. Only for plain addresses (`redis://`, `unix://`); the library takes the rest.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol

from redis.asyncio import Redis
from redis.asyncio.connection import parse_url
from redis.exceptions import ConnectionError, ResponseError, TimeoutError  # noqa: A004 - as the library calls them

Command = tuple[str | bytes | int, ...]

_KNOWN = {"host", "port", "path", "db", "username", "password", "connection_class"}
_PORT = 6379
_WORD, _NUMBER, _REFUSAL, _BYTES, _LIST = b"+:-$*"


class Asking(Protocol):
    """Commands to Redis."""

    async def ask(self, commands: Sequence[Command]) -> list[Any]:
        """What is answered to each, in order. Raises the library's errors: the first refusal, or that nothing was answered."""

    async def close(self) -> None: ...


def asking(url: str, client: Redis, patience: float) -> Asking:
    """The short way where the address is plain, the library's otherwise. `patience` in seconds."""
    options = dict(parse_url(url))
    if url.startswith("rediss:") or not options.keys() <= _KNOWN:
        return _Library(client)
    return Short(options, patience)


class _Library:
    """Through the client library."""

    def __init__(self, client: Redis) -> None:
        self._client = client

    async def ask(self, commands: Sequence[Command]) -> list[Any]:
        pipe = self._client.pipeline(transaction=False)
        for command in commands:
            pipe.execute_command(*command)
        return list(await pipe.execute())

    async def close(self) -> None:
        """The client is somebody else's."""


def packed(command: Command) -> bytes:
    """A command as it is written."""
    if command[0] == "EVAL":  # a script is the same every time, and longer than all that goes with it
        form, parts = _form(len(command), str(command[1])), command[2:]
    else:
        form, parts = _form(len(command)), command
    filled: list[int | bytes] = []
    for part in parts:
        raw = part if isinstance(part, bytes) else str(part).encode()
        filled += (len(raw), raw)
    return form % tuple(filled)


@lru_cache(maxsize=256)
def _form(count: int, script: str | None = None) -> bytes:
    """What a command of so many words looks like before they are filled in; one that runs a script has EVAL and the script filled in."""
    head, word = b"*%d\r\n" % count, b"$%d\r\n%b\r\n"
    if script is None:
        return head + word * count
    raw = script.encode()
    said = word % (4, b"EVAL") + word % (len(raw), raw)
    return head + said.replace(b"%", b"%%") + word * (count - 2)


class _Short(Exception):
    """The rest of an answer has not come yet."""


def read(buffer: bytes, at: int) -> tuple[Any, int]:
    """One answer that begins at `at`, and where the next one begins. A refusal is a value here. Raises _Short when it is not all there."""
    end = buffer.find(b"\r\n", at)
    if end < 0:
        raise _Short
    kind, head, at = buffer[at], buffer[at + 1 : end], end + 2
    if kind == _BYTES:
        count = int(head)
        if count < 0:
            return None, at
        if len(buffer) < at + count + 2:
            raise _Short
        return buffer[at : at + count], at + count + 2
    if kind == _NUMBER:
        return int(head), at
    if kind == _WORD:
        return head, at
    if kind == _REFUSAL:
        return ResponseError(head.decode("utf-8", "replace")), at
    if kind != _LIST:
        raise ValueError("not an answer")
    if (count := int(head)) < 0:
        return None, at
    found = []
    for _ in range(count):
        one, at = read(buffer, at)
        found.append(one)
    return found, at


class _Link(asyncio.Protocol):
    """One connection."""

    def __init__(self, patience: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._patience = patience
        self._waiting: deque[tuple[asyncio.Future[Any], float]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._got = b""
        self._out: list[bytes] = []
        self.transport: asyncio.Transport | None = None
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]  # of a stream, though uvloop's is not derived from it

    def send(self, commands: Sequence[Command]) -> list[asyncio.Future[Any]]:
        """Write them; the answers will come in this order."""
        if self.lost or self.transport is None:
            raise ConnectionError("closed")
        until = self._loop.time() + self._patience
        made = [self._loop.create_future() for _ in commands]
        self._waiting.extend((one, until) for one in made)
        if not self._out:
            self._loop.call_soon(self._write)  # what is asked in the same round goes out together
        self._out.extend(map(packed, commands))
        if self._timer is None:
            self._timer = self._loop.call_at(until, self._look)
        return made

    def _write(self) -> None:
        out, self._out = self._out, []
        if self.transport is not None and not self.lost:
            self.transport.write(b"".join(out))

    def data_received(self, data: bytes) -> None:
        self._got = got = self._got + data if self._got else data
        at = 0
        try:
            while at < len(got):
                found, at = read(got, at)
                one, _ = self._waiting.popleft()
                if not one.done():
                    one.set_result(found)
        except _Short:
            pass
        except (ValueError, IndexError):
            self.end(ConnectionError("not Redis"))
        self._got = got[at:]

    def connection_lost(self, exc: Exception | None) -> None:
        self.end(ConnectionError("lost"))

    def end(self, error: Exception) -> None:
        """No more: whoever waits is told. Idempotent."""
        self.lost = True
        if self._timer is not None:
            self._timer.cancel()
        if self.transport is not None:
            self.transport.abort()
        waiting, self._waiting = self._waiting, deque()
        for one, _ in waiting:
            if not one.done():
                one.set_exception(error)
                one.exception()  # who was cancelled meanwhile does not ask for it

    def _look(self) -> None:
        """One timer for all that wait: the oldest is the first to be late."""
        self._timer = None
        if not self._waiting:
            return
        until = self._waiting[0][1]
        if until <= self._loop.time():
            self.end(TimeoutError("no answer"))
        else:
            self._timer = self._loop.call_at(until, self._look)


class Short:
    """Implements `Asking` over one connection, opened at the first question and again when it was lost."""

    def __init__(self, options: dict[str, Any], patience: float) -> None:
        self._options = options
        self._patience = patience
        self._link: _Link | None = None
        self._opening = asyncio.Lock()

    async def ask(self, commands: Sequence[Command]) -> list[Any]:
        link = self._link
        fresh = link is None or link.lost
        try:
            return await self._asked(await self._opened() if fresh or link is None else link, commands)
        except ConnectionError:
            # A connection that Redis closed while nobody asked is replaced, once; one that was just opened is a Redis that is away.
            if fresh:
                raise
        return await self._asked(await self._opened(), commands)

    async def _asked(self, link: _Link, commands: Sequence[Command]) -> list[Any]:
        found = [await one for one in link.send(commands)]
        for one in found:
            if isinstance(one, ResponseError):
                raise one
        return found

    async def _opened(self) -> _Link:
        async with self._opening:
            if self._link is not None and not self._link.lost:
                return self._link
            loop, options = asyncio.get_running_loop(), self._options
            try:
                async with asyncio.timeout(self._patience):
                    if path := options.get("path"):
                        _, link = await loop.create_unix_connection(lambda: _Link(self._patience), path)
                    else:
                        where = options.get("host") or "localhost", options.get("port") or _PORT
                        _, link = await loop.create_connection(lambda: _Link(self._patience), *where)
                    try:
                        await self._greet(link)
                    except BaseException:  # refused or cut off: nobody else knows this connection
                        link.end(ConnectionError("not greeted"))
                        raise
            except OSError as error:  # a TimeoutError of asyncio among them
                raise ConnectionError("cannot connect") from error
            self._link = link
            return link

    async def _greet(self, link: _Link) -> None:
        options, commands = self._options, list[Command]()
        if password := options.get("password"):
            commands.append(("AUTH", *([options["username"]] if options.get("username") else []), password))
        if database := options.get("db"):
            commands.append(("SELECT", database))
        if commands:
            await self._asked(link, commands)

    async def close(self) -> None:
        """End the connection. Idempotent."""
        if self._link is not None:
            self._link.end(ConnectionError("closed"))
            self._link = None
