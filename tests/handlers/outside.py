"""The outside world of the stories of reminders: a channel with moods, and what it has shown to whom."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from handlers.reminders.channels import Doubt, Halted, Later, Letter, Outcome, Refused, Taken
from storage.ports.records import (
    Channel,
)
from storage.ports.time import SHANGHAI
from tests.clock import FakeClock

SAME_ID = timedelta(minutes=10)
"""For how long the platform knows a message by its id."""


class Crash(BaseException):
    """The worker is killed in the middle of a call."""


@dataclass(frozen=True)
class Accepted:
    """A message that the platform shows to somebody."""

    at: datetime
    letter: Letter
    msg_id: str

    @property
    def stage(self) -> tuple[int, str, str, Channel, str]:
        row = self.letter.notice
        return row.person_id, row.cycle, row.stage, row.channel, row.recipient


class Platform:
    """One channel of the outside world. `mood` is what it does with the next calls; it shows the same id once in ten minutes."""

    def __init__(self, clock: FakeClock, channel: Channel) -> None:
        self.clock = clock
        self.channel = channel
        self.mood = "ok"
        self.shown: list[Accepted] = []
        self.watch: Callable[[Letter], Awaitable[None]] | None = None
        self._known: dict[str, tuple[datetime, str]] = {}
        self._begun: set[str] = set()

    async def send(self, letter: Letter) -> Outcome:
        if self.channel is not Channel.SMS:
            return await self._send(letter)
        # A short message has no id that the provider knows: the channel's own record, written before the call, says that it was begun.
        if letter.client_msg_id in self._begun:
            return Doubt("interrupted", again=False)
        self._begun.add(letter.client_msg_id)
        outcome = await self._send(letter)
        if not isinstance(outcome, Doubt):
            self._begun.discard(letter.client_msg_id)
        return outcome

    async def _send(self, letter: Letter) -> Outcome:
        now = self.clock.now()
        match self.mood:
            case "refuse":
                return Refused("43004")
            case "busy":
                return Later("-1")
            case "quota":
                return Halted("45009", datetime.combine(now.date() + timedelta(days=1), time(), SHANGHAI))
            case "lost":  # it never arrived, and nobody can know
                return Doubt("no answer", again=self.channel is not Channel.SMS)
            case "crash before":
                raise Crash
        msg_id = await self._show(letter, now)
        match self.mood:
            case "crash after":
                raise Crash
            case "doubt":
                return Doubt("no answer", again=self.channel is not Channel.SMS)
        return Taken(msg_id, receipt=True)

    async def _show(self, letter: Letter, now: datetime) -> str:
        before = self._known.get(letter.client_msg_id)
        if before is not None and self.channel is not Channel.SMS and now - before[0] < SAME_ID:
            return before[1]
        if self.watch is not None:
            await self.watch(letter)
        msg_id = f"{self.channel.value}-{len(self.shown) + 1}"
        self._known[letter.client_msg_id] = (now, msg_id)
        self.shown.append(Accepted(now, letter, msg_id))
        return msg_id
