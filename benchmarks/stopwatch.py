"""CPU time of one thread, divided among stages; exact under concurrency, because a coroutine is only charged while it runs.

At any moment one stage is being charged. Entering a stage stops charging the one around it, so times are exclusive: what `delivery`
is charged does not hold what the conversation inside it used. Waiting costs nothing. What the stopwatch itself costs is measured at the
start and not charged to anybody.
"""

from __future__ import annotations

import functools
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any

REST = "aiohttp, event loop, tasks"
_CALIBRATIONS = 20_000


class Stopwatch:
    """Charges the thread that made it."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        """Nanoseconds."""
        self.counts: Counter[str] = Counter()
        """Of whatever is counted beside."""
        self._thread = threading.get_ident()
        self._stack = [REST]
        self._around = self._within = 0
        self._mark = time.thread_time_ns()
        self._calibrate()

    def _calibrate(self) -> None:
        """What entering and leaving costs, seen from outside the stage and from within."""
        nothing = self.function("nothing", int)
        for _ in range(_CALIBRATIONS):
            nothing()
        spent = self.settle()
        self._around, self._within = spent[REST] // _CALIBRATIONS, spent["nothing"] // _CALIBRATIONS
        self.spent.clear()

    def enter(self, stage: str) -> None:
        """From now on `stage` is charged."""
        now = time.thread_time_ns()
        self.spent[self._stack[-1]] += now - self._mark - self._around
        self._stack.append(stage)
        self._mark = now

    def leave(self) -> None:
        """Back to the stage around it."""
        now = time.thread_time_ns()
        self.spent[self._stack.pop()] += now - self._mark - self._within
        self._mark = now

    def settle(self) -> dict[str, int]:
        """What has been charged so far, this moment included."""
        self.enter(REST)
        self.leave()
        return dict(self.spent)

    def function(self, stage: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """`work`, charged to a stage."""

        @functools.wraps(work)
        def timed(*args: Any, **kwargs: Any) -> Any:
            if threading.get_ident() != self._thread:
                return work(*args, **kwargs)
            self.enter(stage)
            try:
                return work(*args, **kwargs)
            finally:
                self.leave()

        return timed

    def coroutine(self, stage: str, work: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Coroutine[Any, Any, Any]]:
        """`work`, charged to a stage while it runs and not while it waits."""

        @functools.wraps(work)
        async def timed(*args: Any, **kwargs: Any) -> Any:
            return await _Steps(self, stage, work(*args, **kwargs))

        return timed


class _Steps(Awaitable[Any]):
    """Runs a coroutine step by step, with the stopwatch around each step."""

    def __init__(self, watch: Stopwatch, stage: str, work: Coroutine[Any, Any, Any]) -> None:
        self._watch = watch
        self._stage = stage
        self._work = work

    def __await__(self) -> Generator[Any, Any, Any]:
        watch, stage, work = self._watch, self._stage, self._work
        step: Callable[[], Any] = functools.partial(work.send, None)
        while True:
            watch.enter(stage)
            try:
                waits_for = step()
            except StopIteration as ended:
                return ended.value
            finally:
                watch.leave()
            try:
                step = functools.partial(work.send, (yield waits_for))
            except GeneratorExit:
                work.close()
                raise
            except BaseException as error:
                step = functools.partial(work.throw, error)
