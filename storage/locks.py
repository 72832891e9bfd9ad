"""Locks within one process: one holder at a time a name, in the order of arrival."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class _Line:
    __slots__ = ("lock", "people")

    def __init__(self) -> None:
        self.lock = asyncio.Lock()  # serves whoever waits first, first
        self.people = 0


class LocalLocks:
    """Implements `ports.repositories.Locks`. A name takes memory only while somebody holds it or waits for it."""

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}

    def __len__(self) -> int:
        return len(self._lines)

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        line = self._lines.get(name)
        if line is None:
            line = self._lines[name] = _Line()
        line.people += 1
        try:
            async with line.lock:
                yield
        finally:
            line.people -= 1
            if not line.people:
                del self._lines[name]
