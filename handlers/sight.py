"""Photos that are sent to the chat: fetched from the platform, looked through for QR codes in the picture process, and forgotten."""

from __future__ import annotations

from typing import Final, Protocol

import structlog

from dialogs.messages import Pictured
from handlers.materials import Darkroom, Unfit
from handlers.policy import DAY
from storage.ports.record import Record
from storage.ports.repositories import Store
from storage.ports.time import Clock

log = structlog.get_logger(__name__)

PHOTO_BYTES: Final = 10 * 1024 * 1024
PHOTOS_A_DAY: Final = 60
"""Of one chat: fetching and decoding costs."""
AWAY: Final = "这张照片没有取到。请再发一次；还不行，请用“扫一扫”扫单据右上角的二维码，或者把流水号和校验码发给我。"
TOO_MANY: Final = "今天发来的照片太多了，明天再看。急用请用“扫一扫”扫单据右上角的二维码，或者把流水号和校验码发给我。"


class PhotoAway(Exception):
    """The platform did not give the photo."""


class Media(Protocol):
    """Where photos come from."""

    async def photo(self, media_id: str, at_most: int) -> bytes:
        """The bytes of a photo that was sent to us. Raises PhotoAway, also for one larger than `at_most`."""


class Seen(Record):
    """What the QR codes in a photo say; or `why`, a sentence for the person, when it was not looked at."""

    texts: tuple[str, ...] = ()
    why: str = ""


class Sight:
    """Looks. Never raises but Unavailable: what goes wrong is a sentence."""

    def __init__(self, store: Store, clock: Clock, media: Media, darkroom: Darkroom) -> None:
        self._store = store
        self._clock = clock
        self._media = media
        self._darkroom = darkroom

    async def look(self, inbound: Pictured) -> Seen:
        """Outside of any transaction: it takes up to a few seconds."""
        async with self._store.transaction() as tx:
            verdict = await tx.limits.hit("photo", inbound.openid, PHOTOS_A_DAY, DAY, self._clock.now())
        if not verdict.allowed:
            return Seen(why=TOO_MANY)
        try:
            body = await self._media.photo(inbound.media_id, PHOTO_BYTES)
        except PhotoAway:
            return Seen(why=AWAY)
        try:
            return Seen(await self._darkroom.codes(body))
        except Unfit as trouble:
            return Seen(why=trouble.sentence)
