"""Retired people of two regions whose every row stands here, and channels that tell what they were given. Today is 2024-09-12.

刘一凡  滨州, 80 years old, due 2024-09-20, last by APP认证, a chat that follows
陈二妹  滨州, 70, due 2024-09-30, last by 委托单位认证, a phone and no chat
周三宝  滨州, 75, due 2024-10-12, has never certified, neither phone nor chat
吴四海  北京, 66, due 2024-09-20, a chat that follows
赵淑芬  北京 (tests.people), 75, due 2024-09-27, a phone and no chat
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from handlers.jobs import LEASE
from handlers.reminders.campaign_work import CampaignWork
from handlers.reminders.channels import Letter, Outcome, Refused, Taken
from handlers.reminders.planner import Planner
from handlers.reminders.rates import Rates
from handlers.reminders.sender import Sender
from storage.identity import make
from storage.ports.records import Binding, Campaign, Certification, Channel, Person, User
from tests.console.conftest import OfficeWorld, Window
from tests.people import AREA

CHEN_PHONE = "19900000022"


def _person(region: str, name: str, born: date, number: int, phone: str | None) -> Person:
    return Person(0, region, name, make(AREA, born, number), phone, "男", born, "已退休")


LIU = _person("binzhou", "刘一凡", date(1944, 2, 1), 61, None)
CHEN = _person("binzhou", "陈二妹", date(1954, 5, 1), 62, CHEN_PHONE)
ZHOU = _person("binzhou", "周三宝", date(1949, 3, 1), 63, None)
WU = _person("beijing", "吴四海", date(1958, 7, 1), 64, None)
CHATS = {"刘一凡": "oLiu", "吴四海": "oWu"}
FIELDS: Mapping[str, str | list[str]] = {
    "title": "九月补提醒",
    "region": ["binzhou"],
    "due_from": "2024-09-12",
    "due_to": "2024-10-31",
    "age": "",
    "reach": "",
    "last_channel": "",
    "ladder": ["template", "sms", "visit"],
    "hint": "",
    "sms": "",
    "per_minute": "",
    "per_day": "",
    "do": "save",
}
"""A right form: 刘一凡, 陈二妹 and 周三宝."""


async def retired(office: OfficeWorld) -> dict[str, int]:
    """Put them into the store; their ids by name."""
    async with office.store.transaction() as tx:
        stored = await tx.people.put_many([LIU, CHEN, ZHOU, WU])
        ids = {one.name: stored[one.region, one.id_no] for one in (LIU, CHEN, ZHOU, WU)}
        await tx.certifications.put_many(
            [
                Certification(ids["刘一凡"], date(2023, 9, 20), date(2024, 9, 20), "APP认证", "通过"),
                Certification(ids["陈二妹"], date(2023, 9, 30), date(2024, 9, 30), "委托单位认证", "通过"),
                Certification(ids["周三宝"], None, date(2024, 10, 12)),
                Certification(ids["吴四海"], date(2023, 9, 20), date(2024, 9, 20), "APP认证", "通过"),
            ]
        )
        for name, openid in CHATS.items():
            await tx.users.save(User(openid, True, "person", None, ids[name], following=f"f-{openid}"))
            await tx.users.bind(Binding(0, openid, ids[name], "person", "sms", "1", office.clock.now()))
    return ids


@dataclass
class Pipe:
    """One channel; what `refuses` names (an openid, a phone) is not delivered, the rest is taken."""

    refuses: set[str] = field(default_factory=set)
    letters: list[Letter] = field(default_factory=list)

    async def send(self, letter: Letter) -> Outcome:
        """Implements `Sending`."""
        self.letters.append(letter)
        to = letter.phone or (letter.user.openid if letter.user else "")
        return Refused("43004") if to in self.refuses else Taken(f"m{len(self.letters)}-{letter.notice.id}")


@dataclass
class Machinery:
    """Planner, sender and the jobs of campaigns over the office's own store."""

    office: OfficeWorld
    template: Pipe = field(default_factory=Pipe)
    sms: Pipe = field(default_factory=Pipe)

    def __post_init__(self) -> None:
        store, clock, services = self.office.store, self.office.clock, self.office.services
        sendings = {Channel.TEMPLATE: self.template, Channel.SUBSCRIBE: Pipe(), Channel.SMS: self.sms}
        self.planner = Planner(store, clock, services)
        self.sender = Sender(store, clock, services, sendings, Rates())
        self.work = CampaignWork(store, services, sendings)

    async def jobs(self) -> list[str]:
        """Run every job of campaigns that is due; their names."""
        functions = {"campaign": self.planner.run_campaign, **self.work.functions}
        ran: list[str] = []
        while True:
            async with self.office.store.transaction() as tx:
                found = await tx.jobs.claim(self.office.clock.now(), LEASE, 20, tuple(functions))
            if not found:
                return ran
            for job in found:
                await functions[job.name](job.payload)
                ran.append(job.name)
                async with self.office.store.transaction() as tx:
                    await tx.jobs.done(job.id)

    async def run(self) -> None:
        """Jobs, then everything that is due."""
        await self.jobs()
        await self.sender.drain()


async def drafted(window: Window, **fields: str | list[str]) -> str:
    """A draft made with the form; its address."""
    answer = await window.post("/console/campaigns/new", {**FIELDS, **fields})
    assert answer.status == 303, answer.words
    return answer.location


async def campaign_at(office: OfficeWorld, address: str) -> Campaign:
    """The campaign as it is stored now."""
    async with office.store.reading() as tx:
        found = await tx.campaigns.get(int(address.rpartition("/")[2]))
    assert found is not None
    return found


async def started(office: OfficeWorld, window: Window, **fields: str | list[str]) -> str:
    """A draft that was started at once; its address."""
    address = await drafted(window, **fields)
    answer = await window.post(f"{address}/start", {"version": str((await campaign_at(office, address)).version), "at": ""})
    assert answer.status == 303, answer.words
    return address
