"""The five-second rule (wechat.md A5): one turn for one message, however often it is sent, and an answer in time whatever the turn does.

A resend joins the turn that is running, or gets the bytes that were stored. A turn that is not ready at the deadline goes on: the
person is told so, and what it has to say is pushed or parked by the conversation, because its seal then says that it is too late.
"""

from __future__ import annotations

import asyncio
import traceback
from collections import deque
from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import PurePath
from typing import Any

import structlog

from dialogs.messages import SILENT, AnyInbound, Reply, say
from handlers.turns import Turns
from storage.ports.time import Clock

log = structlog.get_logger("wechat")

Render = Callable[[Reply], bytes]
"""Turns a reply into the exact bytes of a passive answer; must not raise."""

SUCCESS = b"success"
"""The answer that says nothing; never encrypted (wechat.md A2)."""

SOON = say("正在为您办理，请稍候，结果会马上发给您。")
ASK_AGAIN = say("正在为您办理，请稍等片刻后回复任意内容，我把结果给您。")
SORRY = say("抱歉，刚才没能办好，请稍后再发一次。")

_STORING_S = 0.3
"""How long the interim answer waits to be stored. A database that is away must not make us miss the five seconds as well."""

_WORKERS = 64
"""No more than these wait for work."""

_SENT_JUST_NOW = timedelta(seconds=3)


class _Turn:
    """One message on its way: the work, what will be answered, and whether the time for a passive answer is over."""

    __slots__ = ("answer", "asking", "deadline", "inbound", "late", "over", "render", "sealed", "work")

    def __init__(self, inbound: AnyInbound, render: Render, deadline: float) -> None:
        self.inbound = inbound
        self.render = render
        self.deadline = deadline
        self.late = False
        self.sealed = False
        self.over = False
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.asking: list[asyncio.Future[bytes]] = []
        self.work: asyncio.Task[None] | None = None

    def asked(self) -> asyncio.Future[bytes]:
        """The answer, for one request. A connection that is dropped must not take it from the resend that has joined."""
        one: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        if self.answer.done():
            one.set_result(self.answer.result())
        else:
            self.asking.append(one)
        return one

    def seal(self, reply: Reply) -> bytes | None:
        """What `handlers.turns.Seal` promises."""
        if self.late:
            return None
        self.sealed = True
        return self.render(reply)

    def settle(self, answer: bytes) -> None:
        if not self.answer.done():
            self.answer.set_result(answer)
            for one in self.asking:
                if not one.done():
                    one.set_result(answer)

    def cancel(self) -> None:
        """There will be no answer: the process ends."""
        self.answer.cancel()
        for one in self.asking:
            one.cancel()


class Delivery:
    """Runs turns for the webhook. One for each process; `close` waits for what is still running."""

    def __init__(self, turns: Turns, clock: Clock, can_push: bool, deadline_s: float = 4.5) -> None:
        self._port = turns
        self._clock = clock
        self._deadline_s = deadline_s
        self._interim = SOON if can_push else ASK_AGAIN
        self._turns: dict[str, _Turn] = {}
        self._by_deadline: deque[_Turn] = deque()
        self._watch: asyncio.Task[None] | None = None
        self._background: set[asyncio.Task[None]] = set()
        self._idle: list[tuple[asyncio.Task[None], asyncio.Future[_Turn]]] = []
        self._closing = False

    async def answer(self, inbound: AnyInbound, render: Render) -> bytes:
        """The body to send back, at the deadline at the latest. Never raises for what a turn does.

        Two requests with the same `inbound.key` are one turn and get the same bytes; `render` of the first is used for both.
        """
        return await self.begin(inbound, render)

    def begin(self, inbound: AnyInbound, render: Render) -> asyncio.Future[bytes]:
        """As `answer`, begun before it is waited for; cancelled when the process ends before there is one."""
        turn = self._turns.get(inbound.key)
        if turn is None:
            turn = self._start(inbound, render)
        return turn.asked()

    async def close(self, grace_s: float) -> None:
        """Wait up to `grace_s` for running turns; what is not ready then is remembered durably and answered with the interim text."""
        self._closing = True
        idle, self._idle = [worker for worker, _ in self._idle], []
        for worker in idle:
            worker.cancel()
        await asyncio.gather(*idle, return_exceptions=True)
        if running := self._running():
            timer = asyncio.ensure_future(self._clock.sleep(grace_s))
            while running and not timer.done():
                await asyncio.wait({*running, timer}, return_when=asyncio.FIRST_COMPLETED)
                running = self._running()
            timer.cancel()
            await asyncio.gather(*(self._postpone(turn) for turn in list(self._turns.values()) if not turn.answer.done()))
            running = self._running()
            for task in running:
                task.cancel()
            await asyncio.gather(timer, *running, return_exceptions=True)
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)

    def _running(self) -> set[asyncio.Task[None]]:
        working = {turn.work for turn in self._turns.values() if turn.work is not None and not turn.over}
        return working | self._background

    def _start(self, inbound: AnyInbound, render: Render) -> _Turn:
        if isinstance(inbound, SILENT):
            # Nothing that is said would be shown, but the turn must happen like any other.
            render = _say_nothing
        turn = _Turn(inbound, render, self._clock.monotonic() + self._deadline_s)
        self._turns[inbound.key] = turn
        if self._idle:
            turn.work, wanted = self._idle.pop()
            wanted.set_result(turn)
        else:
            turn.work = asyncio.create_task(self._serve(turn))
        while self._by_deadline and self._by_deadline[0].answer.done():
            self._by_deadline.popleft()
        self._by_deadline.append(turn)
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._watch_deadlines())
        return turn

    async def _serve(self, turn: _Turn) -> None:
        """A worker: one turn after the other, since making a task for each costs more than waking one. It is over with the process."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                await self._work(turn)
            except asyncio.CancelledError:
                turn.cancel()
                raise
            except Exception as error:
                _log_failure("answer_failed", error)
                turn.settle(SUCCESS)
            finally:
                self._forget(turn)
            me = asyncio.current_task()
            if self._closing or me is None or len(self._idle) >= _WORKERS:
                return
            wanted: asyncio.Future[_Turn] = loop.create_future()
            self._idle.append((me, wanted))
            turn = await wanted

    async def _work(self, turn: _Turn) -> None:
        inbound = turn.inbound
        try:
            # `take` knows answered messages too, but behind the person's lock; a resend need not wait there. What was sent just now
            # is no resend (the first comes after five seconds), so it is not looked up twice.
            aged = self._clock.now() - inbound.at > _SENT_JUST_NOW
            answer = await self._port.answered(inbound.key) if aged else None
            if answer is None:
                answer = await self._port.take(inbound, turn.seal)
        except Exception as error:
            _log_failure("turn_failed", error)
            answer = None if turn.late else turn.render(SORRY)
        if answer is not None:
            turn.settle(answer)
        elif not turn.late:
            turn.settle(SUCCESS)

    def _forget(self, turn: _Turn) -> None:
        turn.over = True
        # While the interim answer is still being stored, resends must find this turn.
        if turn.answer.done():
            self._turns.pop(turn.inbound.key, None)
        else:
            turn.answer.add_done_callback(lambda _: self._turns.pop(turn.inbound.key, None))

    async def _watch_deadlines(self) -> None:
        """One task for all: turns are started in the order of their deadlines, and most are done long before."""
        while self._by_deadline:
            turn = self._by_deadline[0]
            if not turn.answer.done():
                wait_s = turn.deadline - self._clock.monotonic()
                if wait_s > 0:
                    await self._clock.sleep(wait_s)
                    continue
                self._keep(self._postpone(turn))
            self._by_deadline.popleft()

    async def _postpone(self, turn: _Turn) -> None:
        """The deadline has come. Once sealed, only the commit is missing: the answer is worth waiting for, since it is pushed by nobody."""
        if turn.sealed or turn.late or turn.answer.done():
            return
        turn.late = True
        interim = SUCCESS
        try:
            interim = turn.render(self._interim)
        except Exception as error:
            _log_failure("render_failed", error)
        storing = self._keep(self._remember(turn.inbound, interim))
        timer = asyncio.ensure_future(self._clock.sleep(_STORING_S))
        waited: set[asyncio.Future[Any]] = {storing, timer, turn.answer}
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        timer.cancel()
        turn.settle(interim)

    async def _remember(self, inbound: AnyInbound, interim: bytes) -> None:
        try:
            await self._port.postpone(inbound, interim)
        except Exception as error:
            _log_failure("postpone_failed", error)

    def _keep(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Run beside everything else; held, so that it is neither collected nor forgotten at shutdown."""
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task


def _say_nothing(_reply: Reply) -> bytes:
    return SUCCESS


def _log_failure(event: str, error: BaseException) -> None:
    """Where it happened and what kind it was; an exception's own text may hold what a person wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    log.error(event, error=type(error).__name__, where=where)
