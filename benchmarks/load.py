"""The generator: sends requests that lie ready over keep-alive connections and keeps what came back, to be judged afterwards.

Closed loop: each connection sends its next request when the last one is answered. Open loop: so many a second, whatever the answers do,
so that a server that stalls is not spared the requests that would have come in the meantime.

Written on bare protocols because it shares the machine with what it measures: a request costs it some 30 µs.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from benchmarks.machine import cpu_seconds, percentile
from benchmarks.platform import Message, Platform

_PATIENCE_S = 120.0


class _Wire(asyncio.Protocol):
    """One connection: one request at a time."""

    def __init__(self, lane: _Lane) -> None:
        self.lane: _Lane | None = lane
        self.transport: asyncio.Transport | None = None
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one without being derived from it

    def data_received(self, data: bytes) -> None:
        self._got = got = self._got + data if self._got else data
        end_of_head = got.find(b"\r\n\r\n")
        if end_of_head < 0 or self.lane is None:
            return
        head = got[:end_of_head].lower()
        _, _, rest = head.partition(b"\r\ncontent-length:")
        length = int(rest.partition(b"\r\n")[0] or 0)
        if len(got) < end_of_head + 4 + length:
            return
        self._got = b""
        lane = self.lane
        if b"\r\nconnection: close" in head:
            self.hang_up()
        lane.answered(int(head[9:12]), got[end_of_head + 4 : end_of_head + 4 + length])

    def connection_lost(self, exc: Exception | None) -> None:
        if self.lane is not None:
            lane, self.lane = self.lane, None
            lane.broken()

    def hang_up(self) -> None:
        """Close, and tell nobody."""
        if self.lane is not None:
            self.lane.wire = None
            self.lane = None
        if self.transport is not None:
            self.transport.close()


class _Lane:
    """A place for one request at a time; opens a connection again when the server has closed it."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self.wire: _Wire | None = None
        self._index = -1
        self._opening: asyncio.Task[None] | None = None

    async def open(self) -> None:
        wire = _Wire(self)
        await asyncio.get_running_loop().create_connection(lambda: wire, "127.0.0.1", self._run.port)
        self.wire = wire

    def send(self, index: int) -> None:
        self._index = index
        if self.wire is None or self.wire.transport is None:
            self._opening = asyncio.ensure_future(self._open_and_send(index))
            return
        self.wire.transport.write(self._run.requests[index])

    async def _open_and_send(self, index: int) -> None:
        try:
            await self.open()
        except OSError:
            self.answered(0, b"")
            return
        assert self.wire is not None
        assert self.wire.transport is not None
        self.wire.transport.write(self._run.requests[index])

    def answered(self, status: int, body: bytes) -> None:
        index, self._index = self._index, -1
        if index >= 0:
            self._run.ended(self, index, status, body)

    def broken(self) -> None:
        """The server hung up: an error if it owed an answer."""
        self.wire = None
        self.answered(0, b"")

    def close(self) -> None:
        if self.wire is not None:
            self.wire.hang_up()


class _Run:
    """What is sent and what has come back, by place."""

    def __init__(self, port: int, requests: Sequence[bytes], lanes: int) -> None:
        self.port = port
        self.requests = requests
        self.lanes = [_Lane(self) for _ in range(lanes)]
        self.started = [0.0] * len(requests)
        self.took = [0.0] * len(requests)
        self.status = [0] * len(requests)
        self.bodies = [b""] * len(requests)
        self.left = len(requests)
        self.done = asyncio.Event()

    def ended(self, lane: _Lane, index: int, status: int, body: bytes) -> None:
        self.took[index] = time.perf_counter() - self.started[index]
        self.status[index] = status
        self.bodies[index] = body
        self.left -= 1
        if not self.left:
            self.done.set()
        self.free(lane)

    def free(self, lane: _Lane) -> None:
        raise AssertionError("a run has a kind")


class _Closed(_Run):
    def __init__(self, port: int, requests: Sequence[bytes], queues: Sequence[deque[int]]) -> None:
        super().__init__(port, requests, len(queues))
        self._queues = dict(zip(self.lanes, queues, strict=True))

    async def go(self) -> None:
        for lane in self.lanes:
            self.free(lane)

    def free(self, lane: _Lane) -> None:
        if queue := self._queues[lane]:
            index = queue.popleft()
            self.started[index] = time.perf_counter()
            lane.send(index)


class _Open(_Run):
    def __init__(self, port: int, requests: Sequence[bytes], lanes: int, rate: float) -> None:
        super().__init__(port, requests, lanes)
        self._rate = rate
        self._idle = list(self.lanes)
        self._waiting: deque[int] = deque()

    async def go(self) -> None:
        """A request's time begins when it is due and the generator is awake for it, whether or not a connection is free."""
        begun = time.perf_counter()
        for index in range(len(self.requests)):
            due = begun + index / self._rate
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            self.started[index] = time.perf_counter()
            self._waiting.append(index)
            self._serve()

    def free(self, lane: _Lane) -> None:
        self._idle.append(lane)
        self._serve()

    def _serve(self) -> None:
        while self._waiting and self._idle:
            self._idle.pop().send(self._waiting.popleft())


@dataclass(frozen=True, slots=True)
class Measured:
    """One run. Times in seconds; `server_cpu_us` a request; `generator_share` of its core; `wrong` says what was not right."""

    requests: int
    seconds: float
    p50: float
    p99: float
    slowest: float
    server_cpu_us: float
    generator_share: float
    wrong: tuple[str, ...]

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


async def closed_loop(port: int, pid: int, messages: Sequence[Message], connections: int = 32, pace: float = 1000.0) -> Measured:
    """Send all as fast as they are answered. All messages of one chat go over one connection, so that they stay in order.

    `pace` is how many a second that will be, about: the messages are made before and tell when they were written.
    """
    platform = Platform(port)
    requests = [platform.request(message, index / pace) for index, message in enumerate(messages)]
    queues: list[deque[int]] = [deque() for _ in range(connections)]
    places: dict[str, int] = {}
    for index, message in enumerate(messages):
        queues[places.setdefault(message.openid, len(places)) % connections].append(index)
    return await _measured(_Closed(port, requests, queues), pid, messages, platform)


async def open_loop(
    port: int, pid: int, messages: Sequence[Message], rate: float, connections: int = 64, ahead: float = 0.0
) -> Measured:
    """Send `rate` a second. The server's clock is `ahead` of ours."""
    platform = Platform(port)
    requests = [platform.request(message, ahead + index / rate) for index, message in enumerate(messages)]
    return await _measured(_Open(port, requests, connections, rate), pid, messages, platform)


async def _measured(run: _Closed | _Open, pid: int, messages: Sequence[Message], platform: Platform) -> Measured:
    await asyncio.gather(*(lane.open() for lane in run.lanes))
    gc.collect()
    gc.disable()  # our own pauses are not the server's
    try:
        server, ours, begun = cpu_seconds(pid), time.process_time(), time.perf_counter()
        async with asyncio.timeout(_PATIENCE_S):
            await run.go()
            await run.done.wait()
        seconds = time.perf_counter() - begun
        server, ours = cpu_seconds(pid) - server, time.process_time() - ours
    finally:
        gc.enable()
        for lane in run.lanes:
            lane.close()
    return Measured(
        requests=len(messages),
        seconds=seconds,
        p50=percentile(run.took, 0.5),
        p99=percentile(run.took, 0.99),
        slowest=max(run.took),
        server_cpu_us=server / len(messages) * 1e6,
        generator_share=ours / seconds,
        wrong=tuple(_judged(run, messages, platform)),
    )


def _judged(run: _Run, messages: Sequence[Message], platform: Platform) -> list[str]:
    """Every answer opened and compared; one line for each that is wrong."""
    wrong = []
    for index, message in enumerate(messages):
        trouble = platform.trouble(message, run.status[index], run.bodies[index])
        if not trouble and message.same_as is not None and run.bodies[index] != run.bodies[message.same_as]:
            trouble = "a resend was answered with other bytes"
        if trouble:
            wrong.append(trouble)
    return wrong
