"""People of 北京 who have to certify, a platform that answers as it is told, and workers over one database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from handlers.reminders.channels import Letter, Outcome, Taken
from handlers.reminders.planner import Planner
from handlers.reminders.sender import Rates, Sender
from storage.identity import make
from storage.ports.records import Binding, Certification, Channel, Notice, NoticeState, User
from tests import people
from tests.clock import START
from tests.conversations.conftest import World

TODAY = START.date()
DUE = date(2024, 9, 27)
"""Fifteen days after TODAY."""

Answer = Outcome | BaseException


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Platform:
    """One channel: remembers what was asked of it, and shows each id once within ten minutes, as the platform does."""

    answer: Callable[[Letter], Answer] = lambda letter: Taken(f"m{letter.notice.id}", receipt=True)
    asked: list[Letter] = field(default_factory=list)
    shown: Counter[str] = field(default_factory=Counter)
    """How often people saw it, by client_msg_id."""
    repeats: bool = False
    """A channel that knows no ids: every call that goes through is shown."""

    async def send(self, letter: Letter) -> Outcome:
        self.asked.append(letter)
        answer = self.answer(letter)
        if isinstance(answer, Taken | BaseException) and (self.repeats or not self.shown[letter.client_msg_id]):
            self.shown[letter.client_msg_id] += 1  # a process that dies in the call has made it
        if isinstance(answer, BaseException):
            raise answer
        return answer


@dataclass
class Office:
    """What runs over the world's database: made again, it is another process."""

    world: World
    template: Platform = field(default_factory=Platform)
    subscribe: Platform = field(default_factory=lambda: Platform(repeats=True))
    sms: Platform = field(default_factory=lambda: Platform(repeats=True))
    chat: Platform = field(default_factory=lambda: Platform(lambda _: Taken()))
    rates: Rates = field(default_factory=Rates)
    counted: Counter[tuple[str, str]] = field(default_factory=Counter)

    def worker(self, store: Any = None) -> Sender:
        """A process that sends, over the world's store or another."""
        sendings = {
            Channel.TEMPLATE: self.template,
            Channel.SUBSCRIBE: self.subscribe,
            Channel.SMS: self.sms,
            Channel.CHAT: self.chat,
        }
        there = store or self.world.store
        return Sender(there, self.world.clock, self.world.services, sendings, self.rates, counted=self._count)

    def _count(self, channel: str, outcome: str) -> None:
        self.counted[channel, outcome] += 1

    def planner(self, piece: int = 2000) -> Planner:
        return Planner(self.world.store, self.world.clock, self.world.services, piece=piece)

    async def plan(self) -> int:
        """Today's plan."""
        return await self.planner().plan(self.world.clock.now().date())

    async def rows(self, person: int = 0, kind: str = "P-CERT") -> list[Notice]:
        """The person's rows, oldest first; 赵淑芬's for 0."""
        async with self.world.store.reading() as tx:
            found = await tx.notices.of_person(person or self.world.ids.shufen, kind, 200)
        return sorted(found, key=lambda row: row.id)

    async def states(self, person: int = 0) -> list[tuple[Channel, NoticeState]]:
        return [(row.channel, row.state) for row in await self.rows(person)]


async def bind(world: World, openid: str, person: int, *, followed: bool = True) -> None:
    """A chat that speaks for the person."""
    async with world.store.transaction() as tx:
        await tx.users.save(User(openid, followed, "person", "beijing", person, world.clock.now(), "message", 5, f"f-{openid}"))
        await tx.users.bind(Binding(0, openid, person, "person", "sms", "test", world.clock.now()))


async def crowd(world: World, count: int, *, chats: bool = True, phones: bool = True) -> list[int]:
    """So many retirees who are due on DUE, each with a chat `o-<n>`, and nobody else is; returns their ids in that order."""
    retirees = [
        replace(
            people.SHUFEN,
            name=f"样例{n}",
            id_no=make(people.AREA, date(1948, 1, 1) + timedelta(days=n), n % 900 + 1),
            phone=f"1990002{n:04d}" if phones else None,
        )
        for n in range(count)
    ]
    async with world.store.transaction() as tx:
        ids = await tx.people.put_many(retirees)
        found = [ids[one.region, one.id_no] for one in retirees]
        await tx.certifications.put_many(Certification(person, None, DUE) for person in found)
        await tx.certifications.put_many([Certification(world.ids.shufen, TODAY, date(2026, 9, 27), "APP认证", "通过")])
    if chats:
        for n, person in enumerate(found):
            await bind(world, f"o-{n}", person)
    return found
