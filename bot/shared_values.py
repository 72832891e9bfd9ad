"""What the platform gives for a while, shared by every process of the account and kept over a restart: sealed rows that expire by themselves."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

from bot.wechat import SharedValue, ValuesAway
from storage.locks import LocalLocks
from storage.ports.records import Ticket
from storage.ports.repositories import Locks, StorageError, Store
from storage.ports.time import Clock

_KIND = "access-token"
"""Of every row, whatever it holds: processes of the release before look for them under this name."""


def _row(name: str) -> str:
    return f"{_KIND}:{name}"


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except StorageError as error:
        raise ValuesAway(type(error).__name__) from None


class StoredValues:
    """Implements `bot.wechat.SharedValues` over the store. `locks` are those of all processes; without them it is for one."""

    def __init__(self, store: Store, clock: Clock, locks: Locks | None = None) -> None:
        self._store = store
        self._clock = clock
        self._locks = locks if locks is not None else LocalLocks()

    async def get(self, name: str) -> SharedValue | None:
        with _translated():
            async with self._store.reading() as tx:
                kept = await tx.tickets.get(_row(name), _KIND, self._clock.now())
        return SharedValue(kept.params["value"], kept.expires_at) if kept else None

    async def put(self, name: str, value: SharedValue) -> None:
        with _translated():
            async with self._store.transaction() as tx:
                await tx.tickets.drop(_row(name))
                kept = Ticket(_KIND, "", {"value": value.value}, self._clock.now(), value.use_until)
                await tx.tickets.add(_row(name), kept)

    async def drop_if(self, name: str, value: str) -> None:
        with _translated():
            async with self._store.transaction() as tx:
                kept = await tx.tickets.get(_row(name), _KIND, self._clock.now())
                if kept is not None and hmac.compare_digest(kept.params["value"].encode(), value.encode()):
                    await tx.tickets.drop(_row(name))

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            with _translated():
                await stack.enter_async_context(self._locks.hold(_row(name)))
            yield
