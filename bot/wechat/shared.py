"""What the platform gives an account for a while, shared by all its processes: its access token, tickets, media ids, quotas that are used up and
the addresses of its callers (wechat.md A11–A13)."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from storage.ports.time import Clock


@dataclass(frozen=True, slots=True)
class SharedValue:
    """A value and the moment (aware) from which it is not used any more. It may be a secret."""

    value: str = field(repr=False)
    use_until: datetime


class ValuesAway(Exception):
    """Where the values are kept does not answer."""


class SharedValues(Protocol):
    """Where processes share them, each under its name; the access token's name is the account's. The built-in one is for a single process; rows
    do for several. Every method may raise ValuesAway and nothing else."""

    async def get(self, name: str) -> SharedValue | None:
        """What was put last, or None; an expired one may come back and is not used."""

    async def put(self, name: str, value: SharedValue) -> None:
        """Replace what is there."""

    async def drop_if(self, name: str, value: str) -> None:
        """Forget it if it still is `value`: a newer one that somebody else has fetched stays. Atomic, idempotent."""

    def alone(self, name: str) -> AbstractAsyncContextManager[None]:
        """Held by one at a time of all who share the values: whoever fetches a new one does it inside."""


_MOST = 1000
"""From so many on, those whose time is over are looked for."""


class MemoryValues:
    """The SharedValues of one process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._values: dict[str, SharedValue] = {}
        self._fetching = asyncio.Lock()

    async def get(self, name: str) -> SharedValue | None:
        held = self._values.get(name)
        return held if held is not None and held.use_until > self._clock.now() else None

    async def put(self, name: str, value: SharedValue) -> None:
        if len(self._values) >= _MOST:
            now = self._clock.now()
            self._values = {name: held for name, held in self._values.items() if held.use_until > now}
        self._values[name] = value

    async def drop_if(self, name: str, value: str) -> None:
        held = self._values.get(name)
        if held is not None and held.value == value:
            del self._values[name]

    def alone(self, name: str) -> AbstractAsyncContextManager[None]:
        return self._fetching
