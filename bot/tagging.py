"""The job `retag`: tells the platform which chat carries which tag, so that its menu is the one of its identity (handlers.identities)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final

import structlog

from bot.wechat.errors import ApiError, Kind
from bot.wechat.tags import AT_ONCE, GONE, Tags
from handlers.identities import TAGGED, gather
from handlers.jobs import RetryLater
from storage.ports.records import TagChange
from storage.ports.repositories import Store
from storage.ports.time import Clock

log = structlog.get_logger(__name__)

_AT_MOST: Final = 500
_AFTER_QUOTA: Final = timedelta(hours=1)


class Retagging:
    """Reads what is due, tells it, and notes what was told; killed in between it tells it again, which changes nothing."""

    def __init__(self, store: Store, clock: Clock, tags: Tags) -> None:
        self._store = store
        self._clock = clock
        self._tags = tags

    async def run(self, payload: bytes) -> None:
        """Tell what is due. Raises RetryLater while the platform is busy or away; gives up quietly where the account may not, or has no such tags
        yet (`python -m bot menu` makes them)."""
        async with self._store.reading() as tx:
            due = await tx.tags.due(_AT_MOST)
        if not due:
            return
        try:
            ids = await self._ids()
            if ids is None:
                log.warning("tags are missing", hint="python -m bot menu makes them")
                return
            await self._tell(due, ids)
        except ApiError as error:
            if error.kind is Kind.NOT_ALLOWED:
                log.warning("tags are not allowed", errcode=error.errcode)
                return
            raise RetryLater(str(error), _AFTER_QUOTA if error.kind is Kind.QUOTA else None) from error
        if len(due) == _AT_MOST:
            async with self._store.transaction() as tx:
                await gather(tx, self._clock.now())

    async def _ids(self) -> dict[str, int] | None:
        """Identity → id of its tag; None unless the account has them all."""
        known = await self._tags.all()
        ids = {name: known[one.tag] for name, one in TAGGED.items() if one.tag in known}
        return ids if len(ids) == len(TAGGED) else None

    async def _tell(self, due: Sequence[TagChange], ids: dict[str, int]) -> None:
        """By kind of change, so that a batch is one former and one new tag. The former goes first: of several the platform takes the last."""
        kinds = dict.fromkeys((one.told, one.wanted) for one in due)
        for told, wanted in kinds:
            openids = [one.openid for one in due if (one.told, one.wanted) == (told, wanted)]
            for start in range(0, len(openids), AT_ONCE):
                batch = openids[start : start + AT_ONCE]
                if told in ids:
                    await self._each(self._tags.take, ids[told], batch)
                if wanted in ids:
                    await self._each(self._tags.give, ids[wanted], batch)
                async with self._store.transaction() as tx:
                    for openid in batch:
                        await tx.tags.told(openid, wanted)
                log.info("chats were tagged", count=len(batch), was=told or "none", now=wanted or "none")

    @staticmethod
    async def _each(act: Callable[[int, Sequence[str]], Awaitable[None]], tag_id: int, batch: Sequence[str]) -> None:
        """All at once; one by one where one of them spoils it: whoever has left the account is passed over."""
        try:
            await act(tag_id, batch)
        except ApiError as error:
            if error.errcode not in GONE:
                raise
            if len(batch) == 1:
                return
            for openid in batch:
                await Retagging._each(act, tag_id, [openid])
