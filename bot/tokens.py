"""The platform's access token, shared by every process of the account and kept over a restart: a sealed row that expires by itself."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

from bot.wechat import Token, TokensAway
from storage.locks import LocalLocks
from storage.ports.records import Ticket
from storage.ports.repositories import Locks, StorageError, Store
from storage.ports.time import Clock

_KIND = "access-token"


def _name(app_id: str) -> str:
    return f"{_KIND}:{app_id}"


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except StorageError as error:
        raise TokensAway(type(error).__name__) from None


class StoredTokens:
    """Implements `bot.wechat.TokenCache` over the store. `locks` are those of all processes; without them it is for one."""

    def __init__(self, store: Store, clock: Clock, locks: Locks | None = None) -> None:
        self._store = store
        self._clock = clock
        self._locks = locks if locks is not None else LocalLocks()

    async def get(self, app_id: str) -> Token | None:
        with _translated():
            async with self._store.reading() as tx:
                kept = await tx.tickets.get(_name(app_id), _KIND, self._clock.now())
        return Token(kept.params["value"], kept.expires_at) if kept else None

    async def put(self, app_id: str, token: Token) -> None:
        with _translated():
            async with self._store.transaction() as tx:
                await tx.tickets.drop(_name(app_id))
                kept = Ticket(_KIND, "", {"value": token.value}, self._clock.now(), token.use_until)
                await tx.tickets.add(_name(app_id), kept)

    async def drop_if(self, app_id: str, value: str) -> None:
        with _translated():
            async with self._store.transaction() as tx:
                kept = await tx.tickets.get(_name(app_id), _KIND, self._clock.now())
                if kept is not None and hmac.compare_digest(kept.params["value"].encode(), value.encode()):
                    await tx.tickets.drop(_name(app_id))

    @asynccontextmanager
    async def alone(self, app_id: str) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            with _translated():
                await stack.enter_async_context(self._locks.hold(_name(app_id)))
            yield
