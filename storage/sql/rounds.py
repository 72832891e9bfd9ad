"""What several ask in the same round of the event loop, asked as one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
Asked = tuple[list[Any], "asyncio.Future[Any]"]

AT_ONCE = 64
"""Asked together, at most."""


class Apart(Exception):
    """Nothing of what was asked together has happened: each is to be asked by itself."""


class Rounds(Generic[K]):
    """`answer` gives an outcome for each set of values that was asked of the same thing, in order. What it raises is for all of them, except Apart."""

    def __init__(self, answer: Callable[[K, Sequence[list[Any]]], Awaitable[Sequence[Any]]]) -> None:
        self._answer = answer
        self._waiting: dict[K, list[Asked]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def ask(self, what: K, values: list[Any]) -> asyncio.Future[Any]:
        """Ends with its outcome. Whoever is cancelled before the round is over has asked nothing."""
        loop = asyncio.get_running_loop()
        mine: asyncio.Future[Any] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._start)
        self._waiting.setdefault(what, []).append((values, mine))
        return mine

    def _start(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for what, everybody in waiting.items():
            asked = [one for one in everybody if not one[1].done()]
            for first in range(0, len(asked), AT_ONCE):
                self._begin(what, asked[first : first + AT_ONCE])

    def _begin(self, what: K, asked: list[Asked]) -> None:
        task = asyncio.create_task(self._run(what, asked))
        self._tasks.add(task)
        task.add_done_callback(partial(self._ended, asked))

    async def _run(self, what: K, asked: list[Asked]) -> None:
        try:
            outcomes = await self._answer(what, [values for values, _ in asked])
        except Apart:
            for one in asked:
                if not one[1].done():
                    self._begin(what, [one])
        except Exception as error:
            for _, mine in asked:
                if not mine.done():
                    mine.set_exception(error)
        else:
            for (_, mine), outcome in zip(asked, outcomes, strict=True):
                if not mine.done():
                    mine.set_result(outcome)

    def _ended(self, asked: list[Asked], task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            for _, mine in asked:
                mine.cancel()

    async def close(self) -> None:
        """End what is under way; whoever still waits is cancelled. Idempotent."""
        while self._waiting or self._tasks:
            self._start()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await asyncio.sleep(0)  # what is done after a task, done
