"""What goes out unasked: pushed replies, template messages, SMS. Each is a job function; the platform's limits are obeyed here."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import msgspec
import structlog

from bot.config import Config
from bot.metrics import Metrics
from bot.sms import SmsSender
from bot.wechat import ApiError, Kind, WeChatApi, render_custom
from dialogs.messages import Message, Picture
from handlers import outbox
from handlers.codes import Sms
from handlers.conversation import in_line
from handlers.documents import Renderer
from handlers.jobs import RetryLater
from handlers.reminders import Notice, Refused, Sent
from storage.ports.records import User
from storage.ports.repositories import Locks, Store
from storage.ports.time import SHANGHAI, Clock

WINDOWS = {
    "message": timedelta(hours=48),
    "click": timedelta(minutes=1),
    "follow": timedelta(minutes=1),
    "scan": timedelta(minutes=1),
}
"""How long after a person's act the account may push (wechat.md A7)."""

_GONE = {Kind.WINDOW, Kind.NOT_ALLOWED, Kind.PERSON}
"""Errors after which the same message to the same person cannot succeed now."""

_HOLDER = 10
"""Characters of a masked name that every kind of field takes (wechat.md A8); a longer one would have the whole reminder refused."""

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
        left = list(messages)
        while left:
            if not await self._may(openid):
                await self._park(openid, left, must=must)
                return
            try:
                await self._send(openid, left[0])
            except ApiError as error:
                self._metrics.sends.labels("service", error.kind.value).inc()
                if error.kind in _GONE:
                    await self._park(openid, left, must=must)
                    return
                if error.may_have_happened:
                    # It may have arrived; a second one would confuse more than a missing one harms, and what matters can be asked again.
                    log.warning("service message in doubt")
                    left.pop(0)
                    continue
                if len(left) < len(messages):
                    async with self._store.transaction() as tx:
                        await outbox.push(tx, openid, left, self._clock.now() + timedelta(seconds=5), must=must)
                    return
                raise RetryLater(error.kind.value, _pause(error, self._clock.now())) from None
            self._metrics.sends.labels("service", "ok").inc()
            left.pop(0)

    async def _may(self, openid: str) -> bool:
        """Whether the window is open as far as we know; counts the message. The platform's own count decides in the end."""
        if not self._can_push:
            return False
        # In the chat's line: a turn that logs somebody in, or a person who leaves, must not be undone by what was read before.
        async with self._locks.hold(in_line(openid)), self._store.transaction() as tx:
            user: User | None = await tx.users.get(openid)
            if user is None or not user.subscribed or user.last_interaction_at is None or user.pushes_left <= 0:
                return False
            if self._clock.now() - user.last_interaction_at > WINDOWS.get(user.last_trigger, timedelta()):
                return False
            await tx.users.save(replace(user, pushes_left=user.pushes_left - 1))
        return True

    async def _send(self, openid: str, message: Message) -> None:
        if isinstance(message, Picture):
            await self._api.send_media(openid, "image", await self._renderer.chart_png(message.chart), "chart.png")
        else:
            await self._api.send_custom(openid, render_custom(message))

    async def _park(self, openid: str, messages: list[Message], *, must: bool) -> None:
        kept = [message for message in messages if not isinstance(message, Picture)]
        if not must or not kept:
            return
        async with self._locks.hold(in_line(openid)), self._store.transaction() as tx:
            if await tx.users.get(openid) is not None:
                await tx.parked.add(openid, outbox.pack(openid, kept), self._clock.now())


class WechatNotices:
    """Implements `handlers.reminders.NoticeSender` by template messages (wechat.md A8)."""

    def __init__(self, api: WeChatApi, config: Config, metrics: Metrics, clock: Clock) -> None:
        self._api = api
        self._config = config
        self._metrics = metrics
        self._clock = clock

    async def send(self, notice: Notice) -> Sent | Refused:
        keys = self._config.reminders
        if not self._config.can_notify or not keys.template_id:
            return Refused("no template")
        data = {
            keys.key_holder: notice.holder[:_HOLDER],
            keys.key_subject: notice.subject,
            keys.key_due: notice.due,
            keys.key_hint: notice.hint,
        }
        try:
            msg_id = await self._api.send_template(notice.openid, keys.template_id, "", data, notice.client_msg_id)
        except ApiError as error:
            self._metrics.sends.labels("template", error.kind.value).inc()
            if error.kind in _GONE or error.kind is Kind.ARGUMENT:
                log.warning("reminder refused", errcode=error.errcode)
                return Refused(str(error.errcode))
            raise RetryLater(error.kind.value, _pause(error, self._clock.now())) from None
        self._metrics.sends.labels("template", "ok").inc()
        return Sent(msg_id)


class SmsJob:
    """The job `sms`."""

    def __init__(self, sender: SmsSender, metrics: Metrics) -> None:
        self._sender = sender
        self._metrics = metrics

    async def send(self, payload: bytes) -> None:
        """Send if the phone is somebody's; for the others the job exists only so that both cost the same."""
        sms = msgspec.json.decode(payload, type=Sms)
        if sms.wanted:
            await self._sender.send(sms.phone, sms.text)
            self._metrics.sends.labels("sms", "ok").inc()


def _pause(error: ApiError, now: datetime) -> timedelta | None:
    """Until midnight in Beijing when the day's quota is used up (45009); else the runner's own growing pause."""
    if error.errcode == 45009:
        midnight = datetime.combine(now.date() + timedelta(days=1), time(), SHANGHAI)
        return midnight - now + timedelta(minutes=1)
    return None
