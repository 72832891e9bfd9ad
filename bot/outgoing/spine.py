"""What goes out unasked: pushed replies and template messages. Each is a job function; the platform's limits are obeyed here."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from enum import Enum, auto
from typing import TypeGuard

import structlog

from bot.config import Config
from bot.metrics import Metrics
from bot.wechat import ApiError, Kind, WeChatApi, render_custom
from dialogs.messages import Article, Human, Message, Say
from handlers import outbox
from handlers.conversation import in_line
from handlers.filings import notify
from handlers.humans.given import from_staff, note_given
from handlers.jobs import RetryLater
from handlers.policy import DAY
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

_THING = 20
"""Characters of a field of kind thing (wechat.md A8)."""

_TITLE = "社保服务通知"
_TITLES = {"case": "业务办理进度", "order": "缴费订单", "thread": "人工服务", "closed": "人工服务", "mark": "服务评价"}
"""What news are called, by what they are about."""

_AGAIN = "可能已经收到过："

_BEGUN, _PARKED = "notify.begun", "notify.parked"

log = structlog.get_logger(__name__)


class Notifier:
    """The job `notify`: a service message within its quota, else a template message, else parked for the person's next message.

    Never lost: what did not certainly arrive whole is parked, and says so when it may have been seen already. Pushed once: an attempt
    that was begun is on record, so that a job that comes again after a crash does not repeat it; templates carry the id of the news,
    under which the platform shows them once.
    """

    def __init__(self, store: Store, locks: Locks, clock: Clock, api: WeChatApi, config: Config, metrics: Metrics) -> None:
        self._store = store
        self._locks = locks
        self._clock = clock
        self._api = api
        self._config = config
        self._metrics = metrics

    async def give(self, payload: bytes) -> None:
        """Give the news on the best way that is open now. One who has left the account gets none."""
        news = notify.unpack(payload)
        way = await self._way(news)
        if way is _Way.NONE:
            return
        if way is _Way.SERVICE:
            way = await self._pushed(news)
        # In doubt (a crash, no readable answer): it may have been pushed, so it is not sent again, but it must not be missing either.
        if way is _Way.DOUBT or (way is _Way.OTHERWISE and not await self._rung(news)):
            await self._park(news, doubtful=way is _Way.DOUBT)
            return
        if from_staff(news.about):
            async with self._locks.hold(in_line(news.openid)), self._store.transaction() as tx:
                await note_given(tx, news.openid, news.about, self._clock.now())

    async def _way(self, news: notify.News) -> _Way:
        async with self._locks.hold(in_line(news.openid)), self._store.transaction() as tx:
            user = await tx.users.get(news.openid)
            now = self._clock.now()
            if not _follows(user, news.following, self._metrics) or not user.subscribed:
                return _Way.NONE
            begun = await tx.limits.peek(_BEGUN, news.id, 1, DAY, now)
            if not begun.allowed or begun.used:
                return _Way.DOUBT
            if not self._config.can_push or not _may_push(user, now):
                return _Way.OTHERWISE
            await tx.limits.hit(_BEGUN, news.id, 1, DAY, now)
            await tx.users.save(replace(user, pushes_left=user.pushes_left - 1))
            return _Way.SERVICE

    async def _pushed(self, news: notify.News) -> _Way:
        """What is open after the attempt: SERVICE when it was the way."""
        try:
            await self._api.send_custom(news.openid, render_custom(news.message))
        except ApiError as error:
            self._metrics.sends.labels("service", error.kind.value).inc()
            if error.may_have_happened:
                log.warning("service message in doubt")
                return _Way.DOUBT
            async with self._store.transaction() as tx:
                await tx.limits.clear(_BEGUN, news.id)
            if error.kind in _GONE:
                return _Way.OTHERWISE
            raise RetryLater(error.kind.value, _pause(error, self._clock.now())) from None
        self._metrics.sends.labels("service", "ok").inc()
        return _Way.SERVICE

    async def _rung(self, news: notify.News) -> bool:
        """Send the template; True when it carried the whole text, so that nothing is left to say."""
        keys = self._config.notices
        if not self._config.can_notify or not keys.case_template_id:
            return False
        line = " ".join(news.text.split())
        whole = len(line) <= _THING and not news.choices
        data = {
            keys.case_key_title: _TITLES.get(news.about.partition(":")[0], _TITLE),
            keys.case_key_status: line if whole else f"{line[: _THING - 1]}…",
            keys.case_key_hint: "回复“进度”看详情" if whole else "回复任意内容看全部",
        }
        try:
            await self._api.send_template(news.openid, keys.case_template_id, "", data, news.id)
        except ApiError as error:
            self._metrics.sends.labels("template", error.kind.value).inc()
            if error.kind in _GONE or error.kind is Kind.ARGUMENT:
                log.warning("notice refused", errcode=error.errcode)
                return False
            raise RetryLater(error.kind.value, _pause(error, self._clock.now())) from None
        self._metrics.sends.labels("template", "ok").inc()
        return whole

    async def _park(self, news: notify.News, *, doubtful: bool) -> None:
        said = news.message
        if said.choices:  # parked texts are joined, and only the last one's choices would stand
            said = Say("\n".join((said.text, *(f"{word} {label}" for word, label in said.choices))))
        told = _doubtful(said) if doubtful else said
        async with self._locks.hold(in_line(news.openid)), self._store.transaction() as tx:
            now = self._clock.now()
            there = _follows(await tx.users.get(news.openid), news.following, self._metrics)
            if there and (await tx.limits.hit(_PARKED, news.id, 1, DAY, now)).allowed:
                await tx.parked.add(news.openid, outbox.pack(news.openid, [told], about=news.about), now)


class _Way(Enum):
    """What is open to a piece of news."""

    NONE = auto()
    SERVICE = auto()
    OTHERWISE = auto()
    DOUBT = auto()


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


def _doubtful(message: Message) -> Message:
    """As it is said again to somebody who may have seen it."""
    if isinstance(message, Say | Human):
        return replace(message, text=f"{_AGAIN}{message.text}")
    return replace(message, description=f"{_AGAIN}{message.description}") if isinstance(message, Article) else message


def _follows(user: User | None, following: str, metrics: Metrics) -> TypeGuard[User]:
    """Whether the chat is still in the following that this was queued under; what is dropped because it is not is counted."""
    if user is not None and user.following == following:
        return True
    metrics.sends.labels("service", "left").inc()
    return False


def _may_push(user: User, now: datetime) -> bool:
    """Whether the person's last act still allows a service message, as far as we know."""
    if not user.subscribed or user.last_interaction_at is None or user.pushes_left <= 0:
        return False
    return now - user.last_interaction_at <= WINDOWS.get(user.last_trigger, timedelta())


def _pause(error: ApiError, now: datetime) -> timedelta | None:
    """Until midnight in Beijing when the day's quota is used up (45009); else the runner's own growing pause."""
    if error.errcode == 45009:
        midnight = datetime.combine(now.date() + timedelta(days=1), time(), SHANGHAI)
        return midnight - now + timedelta(minutes=1)
    return None
