"""Photos that people sent, by the platform's API: implements `handlers.sight.Media`."""

from __future__ import annotations

from typing import Final

from bot.wechat import ApiError, WeChatApi
from bot.wechat.breaker import Breaker
from bot.wechat.errors import Kind
from handlers.sight import PhotoAway
from storage.ports.time import Clock

_NO_ANSWER: Final = frozenset({Kind.UNREACHABLE, Kind.BUSY})


class PlatformMedia:
    """Only by the id of the message: an address that stands in it is never opened. It is the one call that a turn waits for, so an interface that
    does not answer is left alone for a while (targets.md F5)."""

    def __init__(self, api: WeChatApi, clock: Clock) -> None:
        self._api = api
        self._breaker = Breaker(clock)

    async def photo(self, media_id: str, at_most: int) -> bytes:
        if self._breaker.shut():
            raise PhotoAway
        try:
            body = await self._api.get_media(media_id, at_most)
        except ApiError as error:  # said in the log by the client
            self._breaker.tell(answered=error.kind not in _NO_ANSWER)
            raise PhotoAway from None
        self._breaker.tell(answered=True)
        return body
