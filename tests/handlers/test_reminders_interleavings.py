"""Any interleaving of what can happen to people, to relatives, to the platform, to a worker and to the staff's campaigns: who should not be
told is not told, nobody is told twice of one stage, nobody is forgotten, and who has a chat is told in it. The ledger is real SQLite; the platform is a hand-written fake at the port `Sending`."""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from handlers.captcha import Captcha
from handlers.links import Links
from handlers.orders.payments import NoPayments
from handlers.policy import Policy
from handlers.reminders.channels import Letter
from handlers.reminders.kinds import LADDER
from handlers.reminders.planner import Planner
from handlers.reminders.rules import last_stage
from handlers.reminders.sender import Rates, Sender
from handlers.services import Services
from handlers.verification import Verification
from storage.identity import make
from storage.locks import LocalLocks
from storage.ports.records import (
    Audience,
    Binding,
    Campaign,
    CampaignState,
    Certification,
    CertificationRecord,
    Channel,
    Grant,
    Notice,
    NoticeState,
    Person,
    User,
)
from storage.ports.repositories import Store
from storage.ports.time import SHANGHAI
from storage.sql import open_store
from storage.vault import Vault
from tests.clock import FakeClock
from tests.conversations.conftest import PUBLIC, Shelf
from tests.fresh import migrated, regions
from tests.handlers.outside import Accepted, Crash, Platform
from tests.people import AREA

DUE = date(2024, 10, 20)
PEOPLE = 4
RELATIVE = "o-relative"

OVER = {
    NoticeState.DELIVERED,
    NoticeState.DROPPED,
    NoticeState.DOUBTFUL,
    NoticeState.LISTED,
    NoticeState.SENT,
    NoticeState.UNANSWERED,
    NoticeState.UNREACHABLE,
}
"""Of these one is enough: it arrived, or it is known why not, or somebody looks."""

NO_MORE = {"certified", "dead", "stopped", "failed:user block", "UNDELIV"}
"""Why nothing follows what was sent and did not arrive: not wanted any more; or the receipt came after that was judged already."""


class Town:
    """Four retirees who are due on 20 October; the first two have a chat, the first three a phone, the second and the last a relative."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._folder = tempfile.TemporaryDirectory(prefix="interleavings-", ignore_cleanup_errors=True)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._runner.run(work)

    # ── the world ───────────────────────────────────────────────────────────────────────────────────────────────────

    def begin(self) -> None:
        self.run(self._begin())

    async def _begin(self) -> None:
        self.clock = FakeClock(datetime(2024, 9, 19, 8, 0, tzinfo=SHANGHAI))
        url = f"sqlite:///{Path(self._folder.name) / 'ledger.sqlite'}"
        await migrated(url)
        vault = Vault(bytes(range(32)))
        self.store: Store = open_store(url, vault, self.clock)
        self.locks = LocalLocks()
        links = Links(self.clock, PUBLIC)
        self.services = Services(
            clock=self.clock,
            regions={"beijing": regions()["beijing"]},  # nobody lives in the others, which would be planned each day
            links=links,
            verification=Verification(self.clock),
            captcha=Captcha(self.clock, links),
            policy=Policy(),
            digest=vault.digest,
            public_url=PUBLIC,
            files=Shelf(),
            payments=NoPayments(),
        )
        self.planner = Planner(self.store, self.clock, self.services, piece=2)
        self.platforms = {one: Platform(self.clock, one) for one in (Channel.TEMPLATE, Channel.SMS, Channel.RELATIVE)}
        for platform in self.platforms.values():
            platform.watch = self._judge
        self.wrong: list[str] = []
        self.grants: dict[int, int] = {}
        self.people: dict[int, int] = {}
        self.campaigns: list[int] = []
        self.stopped: set[str] = set()
        async with self.store.transaction() as tx:
            born = [date(1948, 1 + n, 2) for n in range(PEOPLE)]
            phones = ["19900000011", "19900000012", "19900000013", None]
            made = [
                Person(0, "beijing", f"测试{'甲乙丙丁'[n]}", make(AREA, born[n], 60 + n), phones[n], "女", born[n], "已退休")
                for n in range(PEOPLE)
            ]
            ids = await tx.people.put_many(made)
            self.people = {n: ids[one.region, one.id_no] for n, one in enumerate(made)}
            await tx.certifications.put_many(Certification(number, date(2023, 10, 20), DUE) for number in self.people.values())
            await tx.users.save(_user(RELATIVE))
        for n in (0, 1):
            await self._follow(n)
        await self._grant(1, together=True)
        await self._grant(3, together=False)
        self._new_worker()

    def _new_worker(self) -> None:
        self.sender = Sender(self.store, self.clock, self.services, self.platforms, Rates(batch=3, at_once=2))

    async def _follow(self, n: int) -> None:
        async with self.store.transaction() as tx:
            await tx.users.save(replace(_user(f"o-{n}"), person_id=self.people[n], active_role="person"))
            await tx.users.bind(Binding(0, f"o-{n}", self.people[n], "person", "sms", "2024-09", self.clock.now()))

    async def _judge(self, letter: Letter) -> None:
        """At the moment at which the platform shows it: may this message be shown to anybody?"""
        row = letter.notice
        async with self.store.reading() as tx:
            person = await tx.people.get(row.person_id)
            certification = await tx.certifications.of_person(row.person_id)
            stopped = await tx.wishes.stopped(person_id=row.person_id)
            chats = {user.openid for user in await tx.users.chats_of(row.person_id)}
            held = await tx.family.of_person(row.person_id, self.clock.now().date())
            campaign = await tx.campaigns.get(row.campaign_id)
            rows = await tx.notices.of_person(row.person_id, "P-CERT", 500)
        assert campaign is not None
        begins = row.state is NoticeState.PLANNED
        if begins and campaign.state in {CampaignState.PAUSED, CampaignState.STOPPED}:
            self.wrong.append("a campaign that stands still has begun something")
        there = {one.channel for one in rows if (one.cycle, one.stage, one.recipient) == (row.cycle, row.stage, "")}
        if begins and chats and row.channel is Channel.SMS and not there & {Channel.TEMPLATE, Channel.SUBSCRIBE}:
            self.wrong.append("somebody with a chat was told by a short message alone")
        if person is None or person.person_status == "死亡":
            self.wrong.append("a dead person was reminded")
        if certification is None or certification.due_on.isoformat() != row.cycle:
            self.wrong.append("somebody who has certified was reminded")
        if row.recipient == "" and "P-CERT" in stopped:
            self.wrong.append("somebody who has stopped it was reminded")
        if row.channel is Channel.TEMPLATE and (letter.user is None or letter.user.openid not in chats):
            self.wrong.append("a chat that has left was reminded")
        if row.recipient.startswith("g") and row.recipient not in {f"g{grant.id}" for grant in held if "remind" in grant.scopes}:
            self.wrong.append("a relative without a grant was reminded")
        hour = self.clock.now().astimezone(SHANGHAI).hour
        if (hour >= 21 or hour < 8) and row.attempts == 1:
            self.wrong.append("somebody was reminded at night")

    # ── what can happen ─────────────────────────────────────────────────────────────────────────────────────────────

    def time_passes(self, hours: int) -> None:
        self.clock.advance(hours * 3600)

    def the_next_stage_comes(self, then: str) -> None:
        """The morning of the next stage: it is planned, and the worker works now, later, or in the night."""
        left = (DUE - self._today()).days
        days = [*regions()["beijing"].certification.stages, *(-after for after in regions()["beijing"].reminders.after)]
        following = [day for day in days if day < left] or [left - 1]
        hour = 22 if then == "night" else 9
        self.clock.set(datetime.combine(DUE - timedelta(days=following[0]), time(hour, 5), SHANGHAI))
        self.run(self.planner.plan(self._today()))
        if then != "nothing":
            self.run(self._work())

    def a_chat_comes_before_it_is_sent(self, n: int) -> None:
        """The next stage is planned, somebody follows, and then it is sent: they are told in that chat."""
        self.the_next_stage_comes("nothing")
        self.run(self._follow(n))
        self.run(self._work())

    def the_staff_begin_a_campaign(self) -> None:
        self.run(self._begin_campaign())

    async def _begin_campaign(self) -> None:
        now = self.clock.now()
        made = Campaign(
            0,
            "P-CERT",
            "补提醒",
            CampaignState.RUNNING,
            Audience(("beijing",), DUE, DUE),
            LADDER,
            now,
            starts_at=now,
            started_at=now,
        )
        async with self.store.transaction() as tx:
            stored = await tx.campaigns.add(made)
        self.campaigns.append(stored.id)
        for _ in range(PEOPLE):
            stored = await self.planner.plan_campaign(stored, now)

    def the_staff_change_a_campaign(self, which: int, to: CampaignState) -> None:
        if self.campaigns:
            self.run(self._change(self.campaigns[which % len(self.campaigns)], to))

    def a_campaign_is_stopped_in_mid_flight(self, mood: str) -> None:
        """Begun, half sent when the platform does that, stopped at once."""
        self.platforms[Channel.TEMPLATE].mood = mood
        self.the_staff_begin_a_campaign()
        self.run(self._work_once())
        self.run(self._change(self.campaigns[-1], CampaignState.STOPPED))

    async def _work_once(self) -> None:
        try:
            await self.sender.once()
        except Crash:
            await self._killed()

    async def _killed(self) -> None:
        """All that the worker was doing ends with it, and nothing more is written down; another one starts."""
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        self._new_worker()

    async def _change(self, number: int, to: CampaignState) -> None:
        async with self.store.transaction() as tx:
            found = await tx.campaigns.get(number)
            assert found is not None
            if found.state not in {CampaignState.STOPPED, CampaignState.DONE}:
                await tx.campaigns.save(replace(found, state=to))
        if to is CampaignState.STOPPED:
            self.stopped.add(str(number))
            async with self.store.transaction() as tx:
                await tx.notices.stop(number, self.clock.now(), 100)

    def the_worker_works_later(self, minutes: int) -> None:
        self.clock.advance(minutes * 60)
        self.run(self._work())

    async def _work(self) -> None:
        try:
            for _ in range(30):
                if not await self.sender.once():
                    return
        except Crash:
            await self._killed()

    def the_platform_changes(self, channel: Channel, mood: str) -> None:
        self.platforms[channel].mood = mood

    def a_receipt_comes(self, which: int, delivered: bool) -> None:
        shown = [*self.platforms[Channel.TEMPLATE].shown, *self.platforms[Channel.RELATIVE].shown]
        if shown:
            one = shown[which % len(shown)]
            self.run(self._receipt(one, delivered))

    async def _receipt(self, one: Accepted, delivered: bool) -> None:
        openid = one.letter.user.openid if one.letter.user else ""
        async with self.store.transaction() as tx:
            await tx.notices.receipt(
                one.msg_id, openid, delivered, "success" if delivered else "failed:user block", self.clock.now()
            )

    def a_report_comes(self, which: int, delivered: bool) -> None:
        shown = self.platforms[Channel.SMS].shown
        if shown:
            self.run(self._report(shown[which % len(shown)].letter.notice.id, delivered))

    async def _report(self, row: int, delivered: bool) -> None:
        async with self.store.transaction() as tx:
            await tx.notices.sms_receipt(row, delivered, "DELIVRD" if delivered else "UNDELIV", self.clock.now())

    def somebody_certifies(self, n: int) -> None:
        self.run(self._certify(n))

    async def _certify(self, n: int) -> None:
        now = self.clock.now()
        async with self.store.transaction() as tx:
            record = CertificationRecord(self.people[n], now, "APP认证", "通过")
            await tx.certifications.add_record(record, now.date() + timedelta(days=365))

    def somebody_dies(self, n: int) -> None:
        self.run(self._die(n))

    async def _die(self, n: int) -> None:
        async with self.store.transaction() as tx:
            person = await tx.people.get(self.people[n])
            assert person is not None
            await tx.people.put_many([replace(person, person_status="死亡")])

    def somebody_stops_or_starts(self, n: int, off: bool) -> None:
        self.run(self._stop(n, off))

    async def _stop(self, n: int, off: bool) -> None:
        async with self.store.transaction() as tx:
            await (tx.wishes.stop if off else tx.wishes.start)("P-CERT", person_id=self.people[n])

    def a_chat_leaves(self, n: int) -> None:
        self.run(self._leave(f"o-{n}"))

    async def _leave(self, openid: str) -> None:
        async with self.store.transaction() as tx:
            await tx.users.forget(openid)

    def a_chat_comes_back(self, n: int) -> None:
        self.run(self._follow(n))

    def a_relative_is_added(self, n: int, together: bool) -> None:
        self.run(self._grant(n, together))

    async def _grant(self, n: int, together: bool) -> None:
        now = self.clock.now()
        async with self.store.transaction() as tx:
            scopes = frozenset({"remind"})
            grant = Grant(0, self.people[n], RELATIVE, "女儿", scopes, now.date() + timedelta(days=365), together, now, "code")
            stored = await tx.family.grant(grant)
        if stored is not None:
            self.grants[n] = stored.id

    def a_relative_is_removed(self, n: int) -> None:
        if living := list(self.grants.values()):
            self.run(self._end(living[n % len(living)]))

    async def _end(self, grant: int) -> None:
        async with self.store.transaction() as tx:
            await tx.family.end(grant, "person", self.clock.now())

    # ── what must always hold ───────────────────────────────────────────────────────────────────────────────────────

    def checks(self, place: str) -> None:
        """Nobody was told who should not be, and nobody twice of one stage."""
        assert not self.wrong, (place, self.wrong)
        for platform in self.platforms.values():
            twice = {stage: times for stage, times in Counter(one.stage for one in platform.shown).items() if times > 1}
            assert not twice, (place, twice)

    def comes_to_an_end(self) -> None:
        self.run(self._to_the_end())

    def close(self) -> None:
        self.run(self.store.close())
        self._runner.close()
        self._folder.cleanup()

    async def _to_the_end(self) -> None:
        """Everything works again and the days go by: then each stage that was planned has come to an end that somebody knows."""
        for platform in self.platforms.values():
            platform.mood = "ok"
        for number in self.campaigns:
            await self._change(number, CampaignState.RUNNING)
        region = regions()["beijing"]
        days = [*region.certification.stages, *(-after for after in region.reminders.after), last_stage(region) - 40]
        for left in days:
            nine = datetime.combine(DUE - timedelta(days=left), time(9, 5), SHANGHAI)
            if nine <= self.clock.now():
                continue
            self.clock.set(nine)
            await self.planner.plan(self._today())
            for _ in range(2):
                await self.sender.drain()
                self.clock.advance(25 * 3600 if left < 0 else 3600)
        await self.sender.drain()
        self.checks("the end")
        for n, number in self.people.items():
            async with self.store.reading() as tx:
                rows = await tx.notices.of_person(number, "P-CERT", 500)
                person = await tx.people.get(number)
                certification = await tx.certifications.of_person(number)
            assert person is not None
            assert certification is not None
            self._nobody_forgotten(rows)
            if certification.due_on == DUE and person.person_status != "死亡":
                assert any(row.cycle == DUE.isoformat() and row.stage == "-7" for row in rows), (
                    f"{n} was not planned after the day"
                )

    def _nobody_forgotten(self, rows: tuple[Notice, ...]) -> None:
        assert not [row for row in rows if row.due is not None], "something is open for ever"
        stages: dict[tuple[str, str], list[Notice]] = {}
        for row in rows:
            stages.setdefault((row.cycle, row.stage), []).append(row)
        for (cycle, stage), rungs in stages.items():
            own = [row for row in rungs if row.recipient == ""]
            if not stage.startswith("c"):
                nowhere = [row for row in own if row.state is NoticeState.UNREACHABLE]
                assert not nowhere or int(stage) > 7, f"{stage}: visits have begun, and reach everybody"
            assert len([row for row in own if row.state is NoticeState.LISTED]) <= 1
            listed = any(
                row.cycle == cycle and row.state is NoticeState.LISTED for row in rows
            )  # once, for all stages of the cycle
            ended = stage.removeprefix("c") in self.stopped  # what is known after that moves nobody on
            if not listed and not ended and not any(row.state in OVER or row.note in NO_MORE for row in own):
                # Every rung said no: then the ladder has come to its end, and visits begin seven days before the day.
                assert not stage.startswith("c"), [(row.channel, row.state, row.note) for row in rungs]
                assert int(stage) > 7, (stage, [(row.channel, row.state, row.note) for row in rungs])

    def _today(self) -> date:
        return self.clock.now().astimezone(SHANGHAI).date()


def _user(openid: str) -> User:
    return User(openid, True, "visitor", "beijing", None, following=f"f-{openid}")


_WORK = ("work", "work", "nothing", "nothing", "night")
_LATER = (0, 1, 11, 30)
_HOURS = (1, 5, 12, 25)
_MOODS = ("ok", "refuse", "busy", "quota", "lost", "doubt", "doubt", "doubt", "crash before", "crash after", "crash after")
_CHANNELS = (Channel.TEMPLATE, Channel.TEMPLATE, Channel.TEMPLATE, Channel.SMS, Channel.RELATIVE)
_STATES = (CampaignState.PAUSED, CampaignState.PAUSED, CampaignState.RUNNING, CampaignState.RUNNING, CampaignState.STOPPED)
_WHO, _CHAT, _WHICH, _EITHER = range(PEOPLE), range(2), range(20), (False, True)
_EVENTS: dict[str, tuple[int, tuple[Sequence[Any], ...]]] = {
    "the_next_stage_comes": (6, (_WORK,)),
    "the_worker_works_later": (7, (_LATER,)),
    "time_passes": (1, (_HOURS,)),
    "the_platform_changes": (5, (_CHANNELS, _MOODS)),
    "a_receipt_comes": (1, (_WHICH, _EITHER)),
    "a_report_comes": (1, (_WHICH, _EITHER)),
    "somebody_certifies": (2, (_WHO,)),
    "somebody_dies": (1, (_WHO,)),
    "somebody_stops_or_starts": (2, (_WHO, _EITHER)),
    "a_chat_leaves": (1, (_CHAT,)),
    "a_chat_comes_back": (2, (_CHAT,)),
    "a_chat_comes_before_it_is_sent": (2, (_WHO,)),
    "the_staff_begin_a_campaign": (1, ()),
    "the_staff_change_a_campaign": (2, (_WHICH, _STATES)),
    "a_campaign_is_stopped_in_mid_flight": (1, (_MOODS,)),
    "a_relative_is_added": (4, (_WHO, _EITHER)),
    "a_relative_is_removed": (3, (_WHO,)),
}
"""What can happen: method of Town → (how likely, what its arguments are drawn from)."""

STORIES = int(os.environ.get("STORIES", "16"))
"""So many are told in a run of the tests, the first four by `make test`; `make bench-long` tells hundreds."""


def story(seed: int) -> list[tuple[Any, ...]]:
    """Twenty-four events, always the same for a seed."""
    dice = random.Random(seed)
    names = dice.choices(list(_EVENTS), [weight for weight, _ in _EVENTS.values()], k=24)
    return [(name, *(dice.choice(choices) for choices in _EVENTS[name][1])) for name in names]


@pytest.mark.parametrize(
    "first", [pytest.param(first, marks=[pytest.mark.sweep] if first else []) for first in range(0, STORIES, 4)]
)
def test_any_interleaving_tells_the_right_people_once(first: int) -> None:
    """After each event: nobody was told who should not be, nobody twice of a stage. At the end: nobody was forgotten."""
    for seed in range(first, first + 4):
        _told(seed)


def _told(seed: int) -> None:
    town = Town()
    try:
        town.begin()
        for place, (name, *arguments) in enumerate(story(seed)):
            getattr(town, name)(*arguments)
            town.checks(f"story {seed}, event {place}: {name} {arguments}")
        town.comes_to_an_end()
    finally:
        town.close()
