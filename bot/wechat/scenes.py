"""QR codes with a scene, for whoever shows them (wechat.md A10). The picture is drawn here, from the address; it is never fetched."""

from __future__ import annotations

from bot.wechat.api import WeChatApi
from bot.wechat.errors import ApiError
from handlers.scenes.codes import NoCode


class PlatformCodes:
    """Implements `handlers.scenes.codes.QrCodes`."""

    def __init__(self, api: WeChatApi) -> None:
        self._api = api

    async def address(self, name: str, seconds: int) -> str:
        """What the code holds. Raises NoCode for every error of the platform, which the client has logged."""
        try:
            made = await self._api.create_qrcode(name, seconds)
        except ApiError as error:
            raise NoCode(error.kind.value) from None
        if not made.url:
            raise NoCode("no address in the answer")
        return made.url

    async def permanent(self, name: str) -> str:
        """The same for a code that is printed and lives for ever: there are 100,000 of an account. Raises ApiError."""
        made = await self._api.create_qrcode(name, None)
        return made.url
