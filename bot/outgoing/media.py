"""Photos that people sent, by the platform's API: implements `handlers.sight.Media`."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from bot.wechat import ApiError, WeChatApi
from bot.wechat.breaker import Breaker
from bot.wechat.errors import Kind
from handlers.sight import PhotoAway
from storage.ports.time import Clock

log = structlog.get_logger("wechat")

_NO_ANSWER: Final = frozenset({Kind.UNREACHABLE, Kind.BUSY})


class PlatformMedia:
    """Only by the id of the message: an address that stands in it is never opened. It is the one call that a turn waits for, so an interface that
    does not answer is left alone for a while (targets.md F5)."""

    def __init__(self, api: WeChatApi, clock: Clock, patience_s: float = 2.0) -> None:
        """`patience_s` is how long a turn waits for one photo, a token that has to be fetched first included."""
        self._api = api
        self._patience_s = patience_s
        self._breaker = Breaker(clock)

    async def photo(self, media_id: str, at_most: int) -> bytes:
        if self._breaker.shut():
            raise PhotoAway
        try:
            async with asyncio.timeout(self._patience_s):
                body = await self._api.get_media(media_id, at_most)
        except TimeoutError:
            self._breaker.tell(answered=False)
            log.warning("a photo did not come in time", seconds=self._patience_s)
            raise PhotoAway from None
        except ApiError as error:  # said in the log by the client
            self._breaker.tell(answered=error.kind not in _NO_ANSWER)
            raise PhotoAway from None
        self._breaker.tell(answered=True)
        return body
