"""The rung `chat`, for news: a service message within its quota, else a template message, else given with the person's next message.

Never lost: what did not certainly arrive whole is parked, and says so when it may have been seen already. Never twice: a row that was found
begun is not pushed again. The rows of one chat come in their order.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from enum import Enum, auto
from typing import TypeGuard

import structlog

from bot.config import Config
from bot.metrics import Metrics
from bot.outgoing.pace import rates_of
from bot.outgoing.template import fitted
from bot.outgoing.verdicts import Verdicts
from bot.outgoing.windows import doubtful, follows, may_push
from bot.wechat import ApiError, Kind, WeChatApi, render_custom
from dialogs.messages import Say
from handlers import outbox
from handlers.conversation import in_line
from handlers.humans.given import from_staff, note_given
from handlers.reminders.cards import fits_whole, values_of_answer, values_of_news
from handlers.reminders.channels import Doubt, Halted, Later, Letter, Outcome, Refused, Taken
from handlers.reminders.kinds import KINDS
from handlers.reminders.news import News, unpack
from storage.ports.record import Record
from storage.ports.records import Channel, NoticeState, User
from storage.ports.repositories import Locks, StorageError, Store
from storage.ports.time import Clock

_PARKED, _KEPT = "notice.parked", timedelta(days=31)
"""Parked once: between the parking and the record of it a process may end."""

_OTHERWISE = {Kind.WINDOW, Kind.NOT_ALLOWED, Kind.PERSON}
"""Errors after which the same message to the same person cannot be pushed now."""

_NOT_THERE = {43004, 40003}
"""Nothing else is tried in that chat."""

_SOON, _LEAST = timedelta(minutes=2), timedelta(seconds=1)
"""What may go within minutes waits for it; for longer nobody waits, the person may be here before."""

log = structlog.get_logger(__name__)


class _Way(Enum):
    """What is open to a piece of news."""

    NONE = auto()
    SERVICE = auto()
    TEMPLATE = auto()
    PARK = auto()
    DOUBT = auto()
    """It may have been shown: parked, and it says so."""


class _Told(Record):
    """A letter as this channel needs it."""

    letter: Letter
    openid: str
    about: str

    @property
    def message(self) -> Say:
        """As it is said in the chat."""
        return Say(self.letter.words.text, self.letter.words.choices)


class ChatSending:
    """Implements `handlers.reminders.channels.Sending`."""

    def __init__(
        self, store: Store, locks: Locks, clock: Clock, api: WeChatApi, config: Config, metrics: Metrics, verdicts: Verdicts
    ) -> None:
        self._store = store
        self._locks = locks
        self._clock = clock
        self._api = api
        self._config = config
        self._metrics = metrics
        self._verdicts = verdicts
        rates = rates_of(config)
        self._pace = (rates.per_minute.get(Channel.TEMPLATE, 0), rates.per_day.get(Channel.TEMPLATE, 0))

    async def send(self, letter: Letter) -> Outcome:
        """Give it on the best way that is open now. Whoever has left the account is given none."""
        openid = letter.user.openid if letter.user is not None else letter.notice.openid
        told = _Told(letter, openid, unpack(letter.notice.body).about)
        try:
            way = await self._way(told)
        except StorageError:
            return Later("storage")
        if way is _Way.NONE:
            return Refused("left")
        given: Outcome | _Way = way
        if given is _Way.SERVICE:
            given = await self._pushed(told)
        if given is _Way.TEMPLATE:
            given = await self._rung(told)
        return await self._parked(told, given) if isinstance(given, _Way) else given

    async def _way(self, told: _Told) -> _Way:
        """Whether the window is open as far as we know; counts the message. In the chat's line: a turn that logs somebody in, or a person who
        leaves, must not be undone by what was read before."""
        async with self._locks.hold(in_line(told.openid)), self._store.transaction() as tx:
            user = await tx.users.get(told.openid)
            now = self._clock.now()
            if not self._there(user, told) or not user.subscribed:
                return _Way.NONE
            if told.letter.notice.state is NoticeState.SENDING:
                return _Way.DOUBT
            if not self._config.can_push or not may_push(user, now):
                return _Way.TEMPLATE
            await tx.users.save(replace(user, pushes_left=user.pushes_left - 1))
            return _Way.SERVICE

    async def _pushed(self, told: _Told) -> Outcome | _Way:
        """A service message; the way that is left where it could not be one."""
        try:
            await self._api.send_custom(told.openid, render_custom(told.message))
        except ApiError as error:
            self._metrics.sends.labels("service", error.kind.value).inc()
            if error.may_have_happened:
                log.warning("service message in doubt")
                return _Way.DOUBT
            return await self._without_push(told, error)
        self._metrics.sends.labels("service", "ok").inc()
        await self._note(told)
        return Taken()

    async def _without_push(self, told: _Told, error: ApiError) -> Outcome | _Way:
        """The platform's own count decides: what it refuses now is not asked again until the person does something."""
        if error.errcode in _NOT_THERE:
            await self._verdicts.left(told.openid)
            return _Way.PARK
        if error.kind is Kind.WINDOW:
            await self._shut(told.openid)
        return _Way.TEMPLATE if error.kind in _OTHERWISE else self._verdicts.judged(error, again=False)

    async def _rung(self, told: _Told) -> Outcome | _Way:
        """The template; done when it carried the whole text, else the rest is parked. The platform knows its id: a call without a readable
        answer is made once more."""
        keys = self._config.notices
        if not self._config.can_notify or not keys.case_template_id:
            return _Way.PARK
        try:
            shut = await self._counted()
        except StorageError:
            return Later("storage")
        if shut is not None:
            return shut
        letter = told.letter
        news = News(letter.words.text, told.about, letter.words.choices)
        whole = fits_whole(news) or not letter.notice.body
        title, status, hint = values_of_news(news) if letter.notice.body else values_of_answer(letter.words)
        data = {
            keys.case_key_title: title,
            keys.case_key_status: fitted("thing", status),
            keys.case_key_hint: fitted("thing", hint),
        }
        for again in (True, False):
            try:
                msg_id = await self._api.send_template(told.openid, keys.case_template_id, "", data, letter.client_msg_id)
            except ApiError as error:
                self._metrics.sends.labels("template", error.kind.value).inc()
                if error.may_have_happened and again:
                    continue
                return await self._without_template(told, error)
            break
        self._metrics.sends.labels("template", "ok").inc()
        if whole:
            await self._note(told)
            return Taken(msg_id)
        return _Way.PARK

    async def _counted(self) -> Outcome | _Way | None:
        """Takes one of what templates there may be; None when it may go. A moment too fast comes again, a used-up day is not waited for."""
        now, name = self._clock.now(), Channel.TEMPLATE.value
        async with self._store.transaction() as tx:
            granted = await tx.paces.take(name, *self._pace, 1, now)
        if granted.count:
            return None
        wait = granted.again_at - now
        return Later("pace", max(wait, _LEAST)) if wait <= _SOON else _Way.PARK

    async def _without_template(self, told: _Told, error: ApiError) -> Outcome | _Way:
        outcome = await self._verdicts.of(error, told.openid, again=False)
        match outcome:
            case Doubt():
                return _Way.DOUBT
            case Refused():
                log.warning("notice refused", errcode=error.errcode)
                return _Way.PARK
            case Halted() if error.kind is not Kind.TOKEN:
                return await self._no_templates(outcome)
            case _:
                return outcome

    async def _no_templates(self, halted: Halted) -> Outcome | _Way:
        """A quota of templates shuts templates, for every worker, and nothing else: service messages go on."""
        now = self._clock.now()
        log.error("channel halted", channel=Channel.TEMPLATE.value, until=halted.until.isoformat(), why=halted.why)
        try:
            async with self._store.transaction() as tx:
                await tx.paces.halt(Channel.TEMPLATE.value, halted.until, halted.why)
                await tx.paces.give_back(Channel.TEMPLATE.value, 1, now)
        except StorageError:
            log.warning("a shut channel could not be noted")
        return Later(halted.why, halted.until - now) if halted.until - now <= _SOON else _Way.PARK

    async def _parked(self, told: _Told, way: _Way) -> Outcome:
        """Given with the person's next message; once, however often it is tried. That may be long: where the kind has more rungs, the next
        one has it too, unless it may have been shown."""
        said = told.message
        if said.choices:  # parked texts are joined, and only the last one's choices would stand
            said = Say("\n".join((said.text, *(f"{word} {label}" for word, label in said.choices))))
        kept = doubtful(said) if way is _Way.DOUBT else said
        try:
            async with self._locks.hold(in_line(told.openid)), self._store.transaction() as tx:
                now = self._clock.now()
                there = self._there(await tx.users.get(told.openid), told)
                if there and (await tx.limits.hit(_PARKED, str(told.letter.notice.id), 1, _KEPT, now)).allowed:
                    await tx.parked.add(told.openid, outbox.pack(told.openid, [kept], about=told.about), now)
        except StorageError:
            return Doubt("storage", again=True)
        notice = told.letter.notice
        more = way is _Way.PARK and not notice.recipient and KINDS[notice.kind].ladder[-1] is not Channel.CHAT
        return Refused("parked") if more else Taken()

    async def _note(self, told: _Told) -> None:
        """The staff's words were shown: what the person types next goes to the staff. Where that cannot be noted, the bot answers it."""
        if not from_staff(told.about):
            return
        try:
            async with self._locks.hold(in_line(told.openid)), self._store.transaction() as tx:
                await note_given(tx, told.openid, told.about, self._clock.now())
        except StorageError:
            log.warning("an answer of the staff was given and not noted")

    async def _shut(self, openid: str) -> None:
        """The platform has counted more than we: no more calls in this window."""
        try:
            async with self._locks.hold(in_line(openid)), self._store.transaction() as tx:
                user = await tx.users.get(openid)
                if user is not None and user.pushes_left > 0:
                    await tx.users.save(replace(user, pushes_left=0))
        except StorageError:
            log.warning("a shut window could not be noted")

    def _there(self, user: User | None, told: _Told) -> TypeGuard[User]:
        """Whether the chat is still in the following that the news were made under."""
        following = told.letter.notice.following
        return follows(user, following or (user.following if user is not None else ""), self._metrics)
