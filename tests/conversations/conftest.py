"""A person at the chat, over a real SQLite store; only the platform and the SMS gateway are stood in for, by lists."""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from dialogs.messages import AnyInbound, Article, Followed, Human, Left, Message, Picture, Pressed, Reply, Said, Say, Scanned
from handlers import outbox
from handlers.captcha import Captcha
from handlers.codes import Sms
from handlers.conversation import Conversation
from handlers.humans.given import note_given
from handlers.jobs import Runner
from handlers.links import Links
from handlers.orders.payments import NoPayments
from handlers.policy import Policy
from handlers.reminders.channels import Letter, Outcome, Refused, Sending, Taken
from handlers.reminders.news import unpack as news_in
from handlers.reminders.planner import Planner
from handlers.reminders.sender import Rates, Sender
from handlers.services import Services
from handlers.verification import Verification
from handlers.work import work_of
from storage.locks import LocalLocks
from storage.ports.records import Channel
from storage.ports.repositories import Store
from storage.sql import open_store
from storage.vault import Vault
from tests import people
from tests.clock import FakeClock
from tests.fresh import peopled, regions, understanding

PUBLIC = "https://sb.example.test"


def shown(message: Message | None) -> str:
    """A message as words, choices and links included."""
    match message:
        case None:
            return ""
        case Say(text=text, choices=choices, links=links):
            return "\n".join([text, *(f"{n} {label}" for n, label in choices), *(f"[{a.label}]({a.url})" for a in links)])
        case Article(title=title, description=description, url=url):
            return f"{title}\n{description}\n{url}"
        case Picture(alt=alt):
            return f"（图）{alt}"
        case Human(text=text):
            return text


@dataclass
class Outside:
    """What left the product: SMS by phone, pushes by chat, template notices; and what the platform answers to those."""

    sms: list[tuple[str, str]] = field(default_factory=list)
    pushed: list[tuple[str, Message]] = field(default_factory=list)
    letters: list[tuple[Channel, Letter]] = field(default_factory=list)
    """What the sender handed to a channel."""
    refuse: frozenset[Channel] = frozenset()
    """Channels that refuse everything."""
    store: Store | None = None
    clock: FakeClock | None = None

    async def take_sms(self, payload: bytes) -> None:
        sms = msgspec.json.decode(payload, type=Sms)
        if sms.wanted:
            self.sms.append((sms.phone, sms.text))

    async def take_push(self, payload: bytes) -> None:
        openid, messages, _ = outbox.unpack(payload)
        self.pushed += [(openid, message) for message in messages]
        if self.store is not None and self.clock is not None:
            async with self.store.transaction() as tx:
                for message in messages:
                    await outbox.note_shown(tx, openid, message, self.clock.now())

    def of(self, *channels: Channel) -> list[Letter]:
        """The letters that went out on those channels."""
        return [letter for channel, letter in self.letters if channel in channels]

    @property
    def sendings(self) -> dict[Channel, Sending]:
        """Each channel as these lists."""
        return {channel: Ear(self, channel) for channel in (Channel.CHAT, Channel.TEMPLATE, Channel.SUBSCRIBE, Channel.SMS)}

    def code(self, phone: str) -> str:
        """The newest six digits that went to the phone."""
        texts = [text for number, text in self.sms if number == phone]
        found = re.search(r"验证码 (\d{6})", texts[-1]) if texts else None
        assert found, f"no code went to that phone; {len(texts)} messages did"
        return found[1]


@dataclass
class Ear:
    """One channel: what goes out is heard; nothing is really sent."""

    outside: Outside
    channel: Channel

    async def send(self, letter: Letter) -> Outcome:
        outside = self.outside
        outside.letters.append((self.channel, letter))
        if self.channel in outside.refuse:
            return Refused("43004")
        if self.channel is Channel.SMS:
            outside.sms.append((letter.phone, letter.words.sms))
            return Taken()
        if self.channel is Channel.CHAT:
            return await self._news(letter)
        return Taken(f"msg-{len(outside.letters)}", receipt=True)

    async def _news(self, letter: Letter) -> Outcome:
        outside, about = self.outside, news_in(letter.notice.body).about
        openid = letter.user.openid if letter.user is not None else letter.notice.openid
        outside.pushed.append((openid, Say(letter.words.text, letter.words.choices)))
        if outside.store is not None and outside.clock is not None:
            async with outside.store.transaction() as tx:
                await note_given(tx, openid, about, outside.clock.now())
        return Taken()


class Shelf:
    """Uploads in memory, at the port `Files`."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    async def put(self, body: bytes) -> str:
        name = secrets.token_hex(16)
        self.held[name] = body
        return name

    async def get(self, name: str) -> bytes | None:
        return self.held.get(name)

    async def drop(self, name: str) -> None:
        self.held.pop(name, None)

    async def sweep(self, known: Callable[[Sequence[str]], Awaitable[set[str]]], older_than: datetime) -> int:
        gone = set(self.held) - await known(tuple(self.held))
        for name in gone:
            del self.held[name]
        return len(gone)


@dataclass
class World:
    """The product without its edges."""

    store: Store
    clock: FakeClock
    services: Services
    conversation: Conversation
    planner: Planner
    sender: Sender
    runner: Runner
    outside: Outside
    ids: people.Ids
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def settle(self) -> None:
        """Run every job that is due, and send everything that is."""
        await self.runner.drain()
        while await self.sender.drain():  # which may have queued jobs
            await self.runner.drain()


class Chat:
    """One person at one phone."""

    def __init__(self, world: World, openid: str = "o-one") -> None:
        self.world = world
        self.openid = openid
        self.last = ""
        self.more: tuple[Message, ...] = ()

    async def _send(self, inbound: AnyInbound) -> str:
        kept: list[Reply] = []

        def seal(reply: Reply) -> bytes:
            kept.append(reply)
            return shown(reply.first).encode()

        answer = await self.world.conversation.take(inbound, seal)
        self.last = (answer or b"").decode()
        self.more = kept[-1].more if kept else ()
        await self.world.settle()
        return self.last

    def _head(self) -> tuple[str, str]:
        return self.openid, f"m{next(self.world.numbers)}"

    async def says(self, text: str) -> str:
        """Type a text; the answer comes back and is kept for `expect`."""
        openid, key = self._head()
        return await self._send(Said(openid, key, self.world.clock.now(), text))

    async def presses(self, key: str) -> str:
        """Tap a menu entry."""
        openid, number = self._head()
        return await self._send(Pressed(openid, number, self.world.clock.now(), key))

    async def scans(self, text: str) -> str:
        """Scan a QR code."""
        openid, key = self._head()
        return await self._send(Scanned(openid, key, self.world.clock.now(), text))

    async def follows(self) -> str:
        openid, key = self._head()
        return await self._send(Followed(openid, key, self.world.clock.now()))

    async def leaves(self) -> str:
        openid, key = self._head()
        return await self._send(Left(openid, key, self.world.clock.now()))

    def expect(self, *parts: str) -> None:
        """Each part stands in the last answer."""
        for part in parts:
            assert part in self.last, f"{part!r} is not in:\n{self.last}"

    def expect_not(self, *parts: str) -> None:
        """No part stands in the last answer."""
        for part in parts:
            assert part not in self.last, f"{part!r} is in:\n{self.last}"

    def link(self, label: str) -> str:
        """The address behind a link of the last answer."""
        found = re.search(rf"\[{label}\]\(([^)]+)\)", self.last)
        assert found, f"no link {label!r} in:\n{self.last}"
        return found[1]

    async def logs_in(self, phone: str, last_four: str, who: str = "") -> str:
        """The whole log-in, as a person who knows what to do."""
        await self.says("登录")
        await self.says("1")
        await self.says(phone)
        await self.says(self.world.outside.code(phone))
        if who:
            option = next(line for line in self.last.splitlines() if f"{who[0]}*" in line)
            await self.says(option.split(" ")[0])
        return await self.says(last_four)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    url = f"sqlite:///{tmp_path / 'world.sqlite'}"
    clock = FakeClock()
    vault = Vault(bytes(range(32)))
    ids = await peopled(url, vault)
    store = open_store(url, vault, clock)
    yield build(store, clock, vault, ids)
    await store.close()


def build(store: Store, clock: FakeClock, vault: Vault, ids: people.Ids, policy: Policy | None = None) -> World:
    """The product over a store; called twice on one store it is a restart."""
    links = Links(clock, PUBLIC)
    places = regions()
    services = Services(
        clock=clock,
        regions=places,
        links=links,
        verification=Verification(clock),
        captcha=Captcha(clock, links),
        policy=policy or Policy(),
        digest=vault.digest,
        public_url=PUBLIC,
        files=Shelf(),
        payments=NoPayments(),
    )
    outside = Outside(store=store, clock=clock)
    conversation = Conversation(store, LocalLocks(), services, understanding())
    planner = Planner(store, clock, services)
    sender = Sender(store, clock, services, outside.sendings, Rates())
    functions = {
        "sms": outside.take_sms,
        "push": outside.take_push,
        "late": conversation.finish_late,
        "remind": planner.run_daily,
        "campaign": planner.run_campaign,
        **work_of(store, services),
    }
    return World(store, clock, services, conversation, planner, sender, Runner(store, clock, functions), outside, ids)


@pytest.fixture
def chat(world: World) -> Chat:
    return Chat(world)
