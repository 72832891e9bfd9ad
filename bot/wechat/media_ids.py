"""The media ids of what was uploaded, for every process of the account and over a restart, through the cache that has the token (wechat.md A11)."""

from __future__ import annotations

import contextlib
import hashlib
from collections import OrderedDict
from datetime import timedelta

from bot.wechat.shared import SharedValue, SharedValues, ValuesAway
from storage.ports.time import Clock

KEPT = timedelta(hours=60)
"""The platform keeps uploads for 72 hours; we stop using them well before."""

_REMEMBERED = 1000


class MediaIds:
    """By kind and content. Where the cache is away this process remembers its own."""

    def __init__(self, app_id: str, values: SharedValues, clock: Clock) -> None:
        self._app_id = app_id
        self._values = values
        self._clock = clock
        self._known: OrderedDict[str, SharedValue] = OrderedDict()

    async def get(self, kind: str, data: bytes) -> str | None:
        """The id of the same bytes, if they were uploaded less than 60 hours ago; None otherwise."""
        name, now = self._name(kind, data), self._clock.now()
        known = self._known.get(name)
        if known is None or known.use_until <= now:
            with contextlib.suppress(ValuesAway):
                known = await self._values.get(name)
        if known is None or known.use_until <= now:
            return None
        self._remember(name, known)
        return known.value

    async def put(self, kind: str, data: bytes, media_id: str) -> None:
        """Remember an upload from now on."""
        name, made = self._name(kind, data), SharedValue(media_id, self._clock.now() + KEPT)
        self._remember(name, made)
        with contextlib.suppress(ValuesAway):
            await self._values.put(name, made)

    async def forget(self, kind: str, data: bytes, media_id: str) -> None:
        """The platform does not know it any more (40007). One that another process has uploaded since stays."""
        name = self._name(kind, data)
        self._known.pop(name, None)
        with contextlib.suppress(ValuesAway):
            await self._values.drop_if(name, media_id)

    def _remember(self, name: str, value: SharedValue) -> None:
        self._known[name] = value
        self._known.move_to_end(name)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def _name(self, kind: str, data: bytes) -> str:
        return f"media:{self._app_id}:{kind}:{hashlib.sha256(data).hexdigest()}"
