"""What an error of the platform means for one row of the ledger (wechat.md A7, A8, A13; targets.md F7–F10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import structlog

from bot.wechat import ApiError, Kind, Seldom, advice
from handlers.conversation import in_line
from handlers.reminders.channels import Doubt, Halted, Later, Outcome, Refused
from storage.ports.repositories import Locks, StorageError, Store
from storage.ports.time import Clock

_PAUSE = timedelta(minutes=1)
"""How long a channel stands still when the account's own credentials are refused."""

_NOT_THERE = {43004, 40003}
"""Does not follow, or no such openid: nothing reaches that chat until the person does something in it."""

_REFUSED = {Kind.PERSON, Kind.WINDOW, Kind.NOT_ALLOWED, Kind.ARGUMENT, Kind.MEDIA}

log = structlog.get_logger(__name__)


class Verdicts:
    """Judges errors for every channel of the account, and notes what they say of a chat."""

    def __init__(self, store: Store, locks: Locks, clock: Clock) -> None:
        self._store = store
        self._locks = locks
        self._clock = clock
        self._seldom = Seldom(clock, 60.0)

    async def of(self, error: ApiError, openid: str, *, again: bool) -> Outcome:
        """The outcome. `again`: the same call may be made once more under its id, so that a doubt is no end."""
        if error.errcode in _NOT_THERE:
            await self.left(openid)
        return self.judged(error, again=again)

    def judged(self, error: ApiError, *, again: bool) -> Outcome:
        """As `of`, about nobody's chat."""
        now, code = self._clock.now(), str(error.errcode)
        if error.errcode is None:
            return Doubt(error.kind.value, again) if error.may_have_happened else Later(error.kind.value)
        if (back := error.quota_back(now)) is not None:
            return Halted(code, back)
        if error.kind is Kind.TOKEN:
            self._tell("the account's credentials are refused", error)
            return Halted(code, now + _PAUSE)
        if error.kind in {Kind.ARGUMENT, Kind.NOT_ALLOWED}:
            self._tell("the template or its fields are refused", error)
        return Refused(code) if error.kind in _REFUSED else Later(code)

    async def left(self, openid: str) -> None:
        """Nothing else is tried in that chat until it says something again. Where storage is away, the next error will say it."""
        try:
            async with self._locks.hold(in_line(openid)), self._store.transaction() as tx:
                user = await tx.users.get(openid)
                if user is not None and user.subscribed:
                    await tx.users.save(replace(user, subscribed=False))
        except StorageError:
            log.warning("a chat that has left could not be noted")

    def _tell(self, what: str, error: ApiError) -> None:
        """For the operator, once a minute: every message of a campaign says the same. What the client has advice for it has told already."""
        if advice(error.errcode) is None and (left_out := self._seldom.may(what, error.errcode)) is not None:
            log.error(what, errcode=error.errcode, detail=error.errmsg, rid=error.rid, **left_out)
