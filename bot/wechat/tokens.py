"""The access token, shared by everyone who calls the platform for one account (wechat.md A13)."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from storage.ports.time import Clock


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and the moment (aware) from which it is not used any more."""

    value: str = field(repr=False)
    use_until: datetime


class TokensAway(Exception):
    """The cache does not answer."""


class TokenCache(Protocol):
    """Where processes share the token, and under other names than the account's what else the platform gives for a while (tickets, media ids,
    shut interfaces). The built-in one is for a single process; rows or Redis keys do for several. Every method may raise TokensAway and
    nothing else."""

    async def get(self, app_id: str) -> Token | None:
        """What was put last, or None; an expired one may come back and is not used."""

    async def put(self, app_id: str, token: Token) -> None:
        """Replace what is there."""

    async def drop_if(self, app_id: str, value: str) -> None:
        """Forget the token if it still is `value`: a newer one that somebody else has fetched stays. Atomic, idempotent."""

    def alone(self, app_id: str) -> AbstractAsyncContextManager[None]:
        """Held by one at a time of all who share the cache: whoever fetches a token does it inside."""


_MOST = 1000
"""From so many on, those whose time is over are looked for."""


class MemoryTokens:
    """A TokenCache for one process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tokens: dict[str, Token] = {}
        self._fetching = asyncio.Lock()

    async def get(self, app_id: str) -> Token | None:
        held = self._tokens.get(app_id)
        return held if held is not None and held.use_until > self._clock.now() else None

    async def put(self, app_id: str, token: Token) -> None:
        if len(self._tokens) >= _MOST:
            now = self._clock.now()
            self._tokens = {name: held for name, held in self._tokens.items() if held.use_until > now}
        self._tokens[app_id] = token

    async def drop_if(self, app_id: str, value: str) -> None:
        held = self._tokens.get(app_id)
        if held is not None and held.value == value:
            del self._tokens[app_id]

    def alone(self, app_id: str) -> AbstractAsyncContextManager[None]:
        return self._fetching
