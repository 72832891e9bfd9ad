"""Photos that people sent, by the platform's API: implements `handlers.sight.Media`."""

from __future__ import annotations

from bot.wechat import ApiError, WeChatApi
from handlers.sight import PhotoAway


class PlatformMedia:
    """Only by the id of the message: an address that stands in it is never opened."""

    def __init__(self, api: WeChatApi) -> None:
        self._api = api

    async def photo(self, media_id: str, at_most: int) -> bytes:
        try:
            return await self._api.get_media(media_id, at_most)
        except ApiError:  # said in the log by the client
            raise PhotoAway from None
