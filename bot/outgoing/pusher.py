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
from storage.ports.record import Record
from storage.ports.records import User
from storage.ports.repositories import Locks, StorageError, Store
from storage.ports.time import Clock

_GONE = {Kind.WINDOW, Kind.NOT_ALLOWED, Kind.PERSON}
"""Errors after which the same message to the same person cannot succeed now."""

_PAST = timedelta(minutes=10)
_SOON = timedelta(seconds=5)
_UNTIL_MORNING = timedelta(hours=8, minutes=29)
"""From a minute after midnight."""
_MOST_PUSHES = 5

log = structlog.get_logger(__name__)


class _Way(Record):
    """Where messages go, and under what."""

    openid: str
    following: str
    turn: int
    at: datetime
    must: bool


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
        """Send each message in order, a chat's one after the other.

        What must arrive and cannot now is parked at once, so that the person's next word brings it; from there it is tried again. What need
        not arrive is tried again for ten minutes.
        """
        openid, messages, must = outbox.unpack(payload)
        following = outbox.following_of(payload)
        async with self._locks.hold(f"push:{openid}"):
            if not messages:
                await self._parked_again(openid, following)
                return
            at = outbox.queued_at(payload) or self._clock.now()
            await self._push(_Way(openid, following, outbox.turn_of(payload), at, must), list(messages))

    async def _push(self, way: _Way, left: list[Message]) -> None:
        while left:
            drawn = b""
            if isinstance(left[0], Picture):
                drawn = await self._drawn(way.openid, left[0], way.turn)
                if not drawn:
                    left.pop(0)
                    continue
            if not await self._may(way.openid, way.following):
                await self._park(way, left)
                return
            try:
                await self._send(way.openid, left[0], drawn)
            except ApiError as error:
                self._metrics.sends.labels("service", error.kind.value).inc()
                if error.kind in _GONE:
                    await self._park(way, left)
                    return
                if error.may_have_happened:
                    # It may have arrived; what must arrive is rather said twice than never, with the person's next message.
                    log.warning("service message in doubt")
                    await self._park(way, [doubtful(left.pop(0))], doubt=True)
                    continue
                await self._later(way, left, error)
                return
            self._metrics.sends.labels("service", "ok").inc()
            await self._note(way.openid, left.pop(0))

    async def _later(self, way: _Way, left: list[Message], error: ApiError) -> None:
        """Not now. Pictures and extras belong under the answer that has just been read: in ten minutes they are past."""
        now = self._clock.now()
        used_up = error.day_is_used_up
        past = used_up or now - way.at >= _PAST
        await self._give_back(way.openid)
        if way.must and not isinstance(left[0], Picture):
            await self._park(way, left, again=_morning(now) if used_up else now + _SOON)
            return
        if past:
            left = [message for message in left if not isinstance(message, Picture)] if way.must else []
            await self._park(way, left, again=_morning(now) if used_up else now + _SOON)
            return
        async with self._store.transaction() as tx:
            body = outbox.pack(way.openid, left, must=way.must, following=way.following, turn=way.turn, at=way.at)
            await tx.jobs.enqueue("push", body, now + _SOON)

    async def _parked_again(self, openid: str, following: str) -> None:
        """Push what is parked, unless an answer has brought it already. A row goes when its messages have arrived: a killed worker says
        something twice rather than never."""
        rows = [body for body in await self._look(openid, following) if not outbox.about(body) and outbox.unpack(body)[2]]
        sent: dict[bytes, list[Message]] = {}
        try:
            for body in rows:
                left = sent[body] = list(outbox.unpack(body)[1])
                while left:
                    if not await self._may(openid, following):
                        return
                    try:
                        await self._send(openid, left[0], b"")
                    except ApiError as error:
                        self._metrics.sends.labels("service", error.kind.value).inc()
                        if error.kind in _GONE or error.may_have_happened:
                            return  # the person's next word brings it
                        await self._give_back(openid)
                        now = self._clock.now()
                        raise RetryLater(error.kind.value, _morning(now) - now if error.day_is_used_up else None) from None
                    self._metrics.sends.labels("service", "ok").inc()
                    await self._note(openid, left.pop(0))
        finally:
            if any(len(left) < len(outbox.unpack(body)[1]) for body, left in sent.items()):
                await self._keep_rest(openid, sent)

    async def _look(self, openid: str, following: str) -> list[bytes]:
        """What is parked, oldest first."""
        async with self._locks.hold(in_line(openid)), self._store.transaction() as tx:
            if not follows(await tx.users.get(openid), following, self._metrics):
                return []
            rows = await tx.parked.take(openid)
            for row in rows:
                await tx.parked.add(openid, row.body, row.created_at)
        return [row.body for row in rows]

    async def _keep_rest(self, openid: str, sent: dict[bytes, list[Message]]) -> None:
        async with self._locks.hold(in_line(openid)), self._store.transaction() as tx:
            for row in await tx.parked.take(openid):
                left = sent.get(row.body)
                if left is None:
                    await tx.parked.add(openid, row.body, row.created_at)
                elif left:
                    await tx.parked.add(openid, outbox.pack(openid, left, at=outbox.queued_at(row.body)), row.created_at)

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

    async def _park(self, way: _Way, messages: list[Message], *, doubt: bool = False, again: datetime | None = None) -> None:
        """For the person's next word; pushed `again` then, if nothing was said until then. What may have arrived (`doubt`) is not pushed again."""
        kept = [message for message in messages if not isinstance(message, Picture)]
        if not way.must or not kept:
            return
        async with self._locks.hold(in_line(way.openid)), self._store.transaction() as tx:
            if follows(await tx.users.get(way.openid), way.following, self._metrics):
                await tx.parked.add(way.openid, outbox.pack(way.openid, kept, must=not doubt, at=way.at), way.at)
                if again is not None:
                    await outbox.push_parked(tx, way.openid, again, way.following)

    async def _give_back(self, openid: str) -> None:
        """The platform took nothing: what was counted for it is not."""
        async with self._locks.hold(in_line(openid)), self._store.transaction() as tx:
            user = await tx.users.get(openid)
            if user is not None and user.pushes_left < _MOST_PUSHES:
                await tx.users.save(replace(user, pushes_left=user.pushes_left + 1))


def _morning(now: datetime) -> datetime:
    """When a message may wake nobody, on the first day with a new quota."""
    return next_day(now) + _UNTIL_MORNING
