"""Replies that come after their request: the job `push`. The platform's limits are obeyed here."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.metrics import Metrics
from bot.outgoing.windows import doubtful, follows, may_push
from bot.wechat import ApiError, Kind, WeChatApi, next_day, render_custom
from dialogs.messages import Message, Picture, Say
from handlers import outbox
from handlers.conversation import in_line
from handlers.documents import Renderer
from handlers.jobs import RetryLater
from storage.ports.records import User
from storage.ports.repositories import Locks, StorageError, Store
from storage.ports.time import Clock

_GONE = {Kind.WINDOW, Kind.NOT_ALLOWED, Kind.PERSON}
"""Errors after which the same message to the same person cannot succeed now."""

log = structlog.get_logger(__name__)


class Pusher:
    """The job `push`: service messages within the window; what may not be pushed and must arrive is parked."""

    def __init__(
        self,
        store: Store,
        locks: Locks,
        clock: Clock,
        api: WeChatApi,
        renderer: Renderer,
        metrics: Metrics,
        *,
        can_push: bool,
    ) -> None:
        self._store = store
        self._locks = locks
        self._clock = clock
        self._api = api
        self._renderer = renderer
        self._metrics = metrics
        self._can_push = can_push

    async def push(self, payload: bytes) -> None:
        """Send each message in order. After a failure that may pass, only what is left is queued again."""
        openid, messages, must = outbox.unpack(payload)
        following, turn = outbox.following_of(payload), outbox.turn_of(payload)
        left = list(messages)
        while left:
            drawn = b""
            if isinstance(left[0], Picture):
                drawn = await self._drawn(openid, left[0], turn)
                if not drawn:
                    left.pop(0)
                    continue
            if not await self._may(openid, following):
                await self._park(openid, left, following, must=must)
                return
            try:
                await self._send(openid, left[0], drawn)
            except ApiError as error:
                self._metrics.sends.labels("service", error.kind.value).inc()
                if error.kind in _GONE:
                    await self._park(openid, left, following, must=must)
                    return
                if error.may_have_happened:
                    # It may have arrived; what must arrive is rather said twice than never, with the person's next message.
                    log.warning("service message in doubt")
                    await self._park(openid, [doubtful(left.pop(0))], following, must=must)
                    continue
                if len(left) < len(messages):
                    async with self._store.transaction() as tx:
                        later = self._clock.now() + timedelta(seconds=5)
                        await outbox.push(tx, openid, left, later, must=must, under=following, turn=turn)
                    return
                raise RetryLater(error.kind.value, _pause(error, self._clock.now())) from None
            self._metrics.sends.labels("service", "ok").inc()
            await self._note(openid, left.pop(0))

    async def _may(self, openid: str, following: str) -> bool:
        """Whether the window is open as far as we know; counts the message. The platform's own count decides in the end."""
        if not self._can_push:
            return False
        # In the chat's line: a turn that logs somebody in, or a person who leaves, must not be undone by what was read before.
        async with self._locks.hold(in_line(openid)), self._store.transaction() as tx:
            user: User | None = await tx.users.get(openid)
            if user is None or user.following != following or not may_push(user, self._clock.now()):
                return False
            await tx.users.save(replace(user, pushes_left=user.pushes_left - 1))
        return True

    async def _drawn(self, openid: str, picture: Picture, turn: int) -> bytes:
        """The picture; b"" once the person has asked something else, before it was drawn or while it was: it would stand under that."""
        if await self._overtaken(openid, turn):
            return b""
        drawn = await self._renderer.chart_png(picture.chart)
        return b"" if await self._overtaken(openid, turn) else drawn

    async def _overtaken(self, openid: str, turn: int) -> bool:
        if not turn:
            return False
        async with self._store.reading() as tx:
            session = await tx.sessions.load(openid, self._clock.now())
        return session is not None and session.version > turn

    async def _note(self, openid: str, message: Message) -> None:
        """It arrived. Where that cannot be written down, a question is asked once more rather than answered unseen."""
        if not (isinstance(message, Say) and message.tag):
            return
        try:
            async with self._store.transaction() as tx:
                await outbox.note_shown(tx, openid, message, self._clock.now())
        except StorageError:
            log.warning("a question was shown and not noted")

    async def _send(self, openid: str, message: Message, drawn: bytes) -> None:
        if isinstance(message, Picture):
            await self._api.send_media(openid, "image", drawn, "chart.png")
        else:
            await self._api.send_custom(openid, render_custom(message))

    async def _park(self, openid: str, messages: list[Message], following: str, *, must: bool) -> None:
        kept = [message for message in messages if not isinstance(message, Picture)]
        if not must or not kept:
            return
        async with self._locks.hold(in_line(openid)), self._store.transaction() as tx:
            if follows(await tx.users.get(openid), following, self._metrics):
                await tx.parked.add(openid, outbox.pack(openid, kept), self._clock.now())


def _pause(error: ApiError, now: datetime) -> timedelta | None:
    """Until the next day in Beijing when the day's quota is used up (45009); else the runner's own growing pause."""
    return next_day(now) - now if error.errcode == 45009 else None
