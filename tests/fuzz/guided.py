"""A coverage-guided fuzzer of the standard library alone: inputs that reach new lines of ours are kept and changed further.

What counts as new is a step from one line to the next inside the watched folders, seen by `sys.settrace`, with how often it was taken
(once, a few times, often). The same seed gives the same run.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).parent.parent.parent
Target = Callable[[bytes], Awaitable[None]]
"""Handles one input; raises what is a fault."""


@dataclass
class Found:
    """What a run came to."""

    executions: int = 0
    steps: int = 0
    corpus: list[bytes] = field(default_factory=list)
    faults: list[tuple[bytes, BaseException]] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.executions} inputs, {self.steps} steps of code, {len(self.corpus)} kept, {len(self.faults)} faults"


class Watch:
    """Which steps of code were taken while it was on."""

    def __init__(self, folders: Sequence[str]) -> None:
        self._folders = tuple(str(ROOT / one) for one in folders)
        self._ours: dict[Any, bool] = {}
        self.steps: Counter[tuple[int, int, int]] = Counter()

    def __enter__(self) -> Watch:
        self.steps = Counter()
        sys.settrace(self._call)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _call(self, frame: FrameType, _event: str, _arg: object) -> Any:
        code = frame.f_code
        ours = self._ours.get(code)
        if ours is None:
            ours = self._ours[code] = code.co_filename.startswith(self._folders)
        if not ours:
            return None
        which, before, steps = hash((code.co_filename, code.co_name, code.co_firstlineno)), 0, self.steps

        def line(frame: FrameType, event: str, _arg: object) -> Any:
            nonlocal before
            if event == "line":
                now = frame.f_lineno
                steps[which, before, now] += 1
                before = now
            return line

        return line


class Fuzzer:
    """Changes inputs, runs the target, keeps what reached something new. `tokens` are words of the input's language."""

    def __init__(
        self,
        target: Target,
        seeds: Sequence[bytes],
        tokens: Sequence[bytes],
        folders: Sequence[str],
        seed: int = 1,
        most: int = 4096,
    ) -> None:
        self._target = target
        self._tokens = list(tokens)
        self._watch = Watch(folders)
        self._random = random.Random(seed)
        self._most = most
        self._seen: set[tuple[tuple[int, int, int], int]] = set()
        self._seeds = list(seeds)
        self.found = Found()

    async def run(self, executions: int, over: Callable[[], bool] = lambda: False) -> Found:
        """So many inputs, or until `over` says so; ends at the tenth fault."""
        for one in self._seeds:
            await self._try(one)
        while self.found.executions < executions and len(self.found.faults) < 10 and not over():
            await self._try(self._changed())
        self.found.steps = len({step for step, _ in self._seen})
        return self.found

    async def _try(self, given: bytes) -> None:
        self.found.executions += 1
        try:
            with self._watch:
                await self._target(given)
        except Exception as error:
            self.found.faults.append((given, error))
        new = {(step, min(times, 8).bit_length()) for step, times in self._watch.steps.items()} - self._seen
        if new:
            self._seen |= new
            self.found.corpus.append(given)

    def _changed(self) -> bytes:
        chance = self._random
        corpus = self.found.corpus
        # What was found last has been changed least.
        base = bytearray(corpus[-1 - min(int(chance.expovariate(4 / len(corpus))), len(corpus) - 1)])
        for _ in range(1 << chance.randrange(4)):
            at = chance.randrange(len(base) + 1)
            to = min(len(base), at + chance.choice((1, 2, 4, 16, 64)))
            match chance.randrange(8):
                case 0:
                    base[at:to] = b""
                case 1:
                    base[at:at] = chance.choice(self._tokens)
                case 2:
                    base[at:to] = chance.choice(self._tokens)
                case 3:
                    base[at:to] = chance.randbytes(to - at)
                case 4 if at < len(base):
                    base[at] ^= 1 << chance.randrange(8)
                case 5:
                    base[at:at] = base[at:to] * chance.choice((1, 2, 30))
                case 6:
                    other = chance.choice(corpus)
                    cut = chance.randrange(len(other) + 1)
                    base[at:to] = other[cut : cut + chance.choice((4, 16, 256))]
                case _:
                    base[at:at] = chr(chance.choice((0, 9, 0x0B, 0x200B, 0xFF11, 0xFFFE, 0x1F600, 0x4E00))).encode()
        return bytes(base[: self._most])
