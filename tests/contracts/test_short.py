"""The short way to Redis: answers in their turn, however they arrive, and trouble told to whoever waits."""

from __future__ import annotations

import asyncio

import pytest
from redis.exceptions import ConnectionError, ResponseError, TimeoutError  # noqa: A004 - as the library calls them

from storage.redis.short import Short, packed, read


def test_a_command_is_written_as_redis_reads_it() -> None:
    """Text, bytes and numbers, with their lengths in bytes."""
    assert packed(("SET", "键", b"\r\n", 7)) == b"*4\r\n$3\r\nSET\r\n$3\r\n\xe9\x94\xae\r\n$2\r\n\r\n\r\n$1\r\n7\r\n"


def test_a_script_is_written_like_everything_else() -> None:
    """With what goes with it, whatever it looks like; again it is the same."""
    script = "return '100%b %d' .. '键'"
    raw = script.encode()
    for value in (b"%b", b"x\r\n"):
        written = packed(("EVAL", script, 1, "k", value))
        assert written == b"*5\r\n$4\r\nEVAL\r\n$%d\r\n%b\r\n$1\r\n1\r\n$1\r\nk\r\n$%d\r\n%b\r\n" % (
            len(raw),
            raw,
            len(value),
            value,
        )


def test_every_kind_of_answer_is_read() -> None:
    """A word, a number, bytes with line ends in them, nothing, a list with nothing in it, a refusal as a value."""
    sent = b"+OK\r\n:12\r\n$4\r\na\r\nb\r\n$-1\r\n*2\r\n$1\r\nx\r\n$-1\r\n-ERR no\r\n"
    found, at = [], 0
    while at < len(sent):
        one, at = read(sent, at)
        found.append(one)
    assert found[:5] == [b"OK", 12, b"a\r\nb", None, [b"x", None]]
    assert isinstance(found[5], ResponseError)


class _Server:
    """Says what it was told to say, byte by byte if wanted."""

    def __init__(self, *says: bytes) -> None:
        self.says = list(says)
        self.connected = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connected += 1
        try:
            while self.says and await reader.read(65536):
                said = self.says.pop(0)
                if said == b"HANG UP":
                    break
                for place in range(len(said)):
                    writer.write(said[place : place + 1])
                    await writer.drain()
            else:
                await reader.read()
        finally:
            writer.close()


async def _short(server: _Server, patience: float = 5.0) -> tuple[Short, asyncio.Server]:
    listening = await asyncio.start_server(server, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    return Short({"host": "127.0.0.1", "port": port}, patience), listening


async def test_answers_that_come_in_pieces_are_put_together() -> None:
    """Two commands of one question, their answers byte by byte."""
    short, listening = await _short(_Server(b"$2\r\nab\r\n*1\r\n:3\r\n"))
    async with listening:
        assert await short.ask([("GET", "a"), ("MGET", "b")]) == [b"ab", [3]]
        await short.close()


async def test_a_refusal_is_raised_and_the_connection_goes_on() -> None:
    """An error of the server belongs to its question alone."""
    short, listening = await _short(_Server(b"-ERR no\r\n", b"+OK\r\n"))
    async with listening:
        with pytest.raises(ResponseError):
            await short.ask([("EVAL", "x", 0)])
        assert await short.ask([("PING",)]) == [b"OK"]
        await short.close()


async def test_a_connection_that_was_closed_meanwhile_is_replaced_once() -> None:
    """Redis was started anew between two questions: nobody notices."""
    server = _Server(b"+OK\r\n", b"HANG UP", b"+OK\r\n")
    short, listening = await _short(server)
    async with listening:
        assert await short.ask([("PING",)]) == [b"OK"]
        assert await short.ask([("PING",)]) == [b"OK"]
        assert server.connected == 2
        await short.close()


async def test_nobody_there_is_told_at_once() -> None:
    """The library's error, which callers know."""
    short, listening = await _short(_Server())
    listening.close()
    await listening.wait_closed()
    with pytest.raises(ConnectionError):
        await short.ask([("PING",)])


async def test_no_answer_is_not_waited_for_longer_than_told() -> None:
    """A server that takes the question and says nothing."""
    short, listening = await _short(_Server(b""), patience=0.05)
    async with listening:
        with pytest.raises(TimeoutError):
            await short.ask([("GET", "a")])
        await short.close()


async def test_a_refused_password_leaves_no_connection_behind() -> None:
    """Whoever is not let in hangs up: each question would leave a connection open otherwise."""
    gone = asyncio.Event()

    async def refuses(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(b"-WRONGPASS no\r\n")
        await reader.read()  # ends when the other side hangs up
        gone.set()
        writer.close()

    listening = await asyncio.start_server(refuses, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    short = Short({"host": "127.0.0.1", "port": port, "password": "x"}, 5.0)
    async with listening:
        with pytest.raises(ResponseError):
            await short.ask([("PING",)])
        async with asyncio.timeout(5):
            await gone.wait()
        await short.close()
