"""The platform's access token, shared by every process of the account and kept over a restart: a sealed row that expires by itself."""

from __future__ import annotations

import hmac

from bot.wechat import Token
from storage.ports.records import Ticket
from storage.ports.repositories import Store
from storage.ports.time import Clock

_KIND = "access-token"


def _name(app_id: str) -> str:
    return f"{_KIND}:{app_id}"


class StoredTokens:
    """Implements `bot.wechat.TokenCache` over the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def get(self, app_id: str) -> Token | None:
        async with self._store.reading() as tx:
            kept = await tx.tickets.get(_name(app_id), _KIND, self._clock.now())
        return Token(kept.params["value"], kept.expires_at) if kept else None

    async def put(self, app_id: str, token: Token) -> None:
        async with self._store.transaction() as tx:
            await tx.tickets.drop(_name(app_id))
            kept = Ticket(_KIND, "", {"value": token.value}, self._clock.now(), token.use_until)
            await tx.tickets.add(_name(app_id), kept)

    async def drop_if(self, app_id: str, value: str) -> None:
        async with self._store.transaction() as tx:
            kept = await tx.tickets.get(_name(app_id), _KIND, self._clock.now())
            if kept is not None and hmac.compare_digest(kept.params["value"].encode(), value.encode()):
                await tx.tickets.drop(_name(app_id))
