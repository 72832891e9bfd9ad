"""The product with a few people's cards, swipes and events; figures in these tests are worked out by hand from the rows that stand here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from dialogs.messages import Say
from handlers.captcha import Captcha
from handlers.conversation import Conversation
from handlers.drafts import Draft, Drafts
from handlers.filings.flow import Flow
from handlers.jobs import Runner
from handlers.links import Links
from handlers.orders.payments import NoPayments
from handlers.policy import Policy
from handlers.reminders.planner import Planner
from handlers.reminders.sender import Rates, Sender
from handlers.services import Services
from handlers.verification import Verification
from handlers.work import work_of
from storage.locks import LocalLocks
from storage.ports.records import Card, Case, OrderStatus, Staff, Swipe
from storage.ports.regions import Region
from storage.ports.time import SHANGHAI
from storage.sql import open_store
from storage.vault import Vault
from tests import people
from tests.clock import FakeClock
from tests.conversations.conftest import PUBLIC, Chat, Outside, Shelf, World
from tests.fresh import peopled, regions, understanding

PHARMACY, HOSPITAL = "示例大药房", "示例医院"
BUYS, VISITS = "药店购药", "门诊"


def at(year: int, month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


async def world_in(folder: Path, clock: FakeClock, regions: Mapping[str, Region]) -> World:
    """The product on a fresh store, with those regions; what is told unasked arrives in `outside.pushed`."""
    url = f"sqlite:///{folder / 'cards.sqlite'}"
    vault = Vault(bytes(range(32)))
    ids = await peopled(url, vault)
    store = open_store(url, vault, clock)
    async with store.transaction() as tx:
        await tx.cards.put_swipes(
            [
                Swipe(ids.xiuying, at(2024, 8, 3, 9, 10), PHARMACY, BUYS, Decimal("45.50")),
                Swipe(ids.xiuying, at(2024, 8, 15, 10, 20), HOSPITAL, VISITS, Decimal("120.00")),
                Swipe(ids.xiuying, at(2024, 8, 31, 23, 59), PHARMACY, BUYS, Decimal("30.00")),
                Swipe(ids.xiuying, at(2024, 9, 1, 0, 0), HOSPITAL, VISITS, Decimal("8.00")),
                Swipe(ids.defu, at(2024, 8, 10, 12, 0), PHARMACY, BUYS, Decimal("999.00")),
            ]
        )
    links = Links(clock, PUBLIC)
    services = Services(
        clock=clock,
        regions=regions,
        links=links,
        verification=Verification(clock),
        captcha=Captcha(clock, links),
        policy=Policy(),
        digest=vault.digest,
        public_url=PUBLIC,
        files=Shelf(),
        payments=NoPayments(),
    )
    outside = Outside(store=store, clock=clock)

    conversation = Conversation(store, LocalLocks(), services, understanding())
    functions = {"sms": outside.take_sms, "push": outside.take_push, "late": conversation.finish_late}
    runner = Runner(store, clock, {**functions, **work_of(store, services)})
    sender = Sender(store, clock, services, outside.sendings, Rates())
    return World(store, clock, services, conversation, Planner(store, clock, services), sender, runner, outside, ids)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await world_in(tmp_path, FakeClock(), regions())
    yield made
    await made.store.close()


@pytest.fixture
async def holidays(tmp_path: Path) -> AsyncIterator[World]:
    """The same on Monday 2026-09-28, three days before 国庆 (1 to 7 October off, Saturday the 10th worked)."""
    made = await world_in(tmp_path, FakeClock(at(2026, 9, 28)), regions())
    yield made
    await made.store.close()


async def xiuying_of(world: World, openid: str = "o-one") -> Chat:
    """李秀英 of 滨州, logged in for two minutes: an SMS may go out again."""
    chat = Chat(world, openid)
    await chat.logs_in(people.COUPLE_PHONE, people.XIUYING.id_no[-4:], "李秀英")
    world.clock.advance(120)
    return chat


async def jianguo_of(world: World, openid: str = "o-beijing") -> Chat:
    """张建国 of 北京."""
    chat = Chat(world, openid)
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    world.clock.advance(120)
    return chat


@pytest.fixture
async def xiuying(world: World) -> Chat:
    return await xiuying_of(world)


@pytest.fixture
async def jianguo(world: World) -> Chat:
    return await jianguo_of(world)


async def card_of(world: World, person_id: int) -> Card:
    async with world.store.reading() as tx:
        found = await tx.cards.of_person(person_id)
    assert found is not None
    return found


async def set_card(world: World, person_id: int, **changes: object) -> Card:
    """Another state of the person's card, as the agency's own system would have left it."""
    async with world.store.transaction() as tx:
        card = await tx.cards.of_person(person_id)
        assert card is not None
        return await tx.cards.save(replace(card, **changes))  # type: ignore[arg-type]


async def steps_of(world: World, person_id: int) -> list[tuple[str, str]]:
    """卡片处理记录, oldest first: (step, status)."""
    async with world.store.reading() as tx:
        return [(one.step, one.status) for one in reversed(await tx.cards.history(person_id))]


def told(world: World, openid: str) -> list[str]:
    """What a chat was told unasked."""
    return [message.text for who, message in world.outside.pushed if who == openid and isinstance(message, Say)]


def texts(world: World, phone: str) -> list[str]:
    """What was sent to a phone, codes aside."""
    return [text for number, text in world.outside.sms if number == phone and "验证码" not in text]


@dataclass
class Page:
    """The page behind 填写申请, without its HTML: the same use case that the page calls."""

    world: World
    chat: Chat
    params: dict[str, str]

    async def fills(self, **answers: str) -> Draft:
        async with self.world.store.transaction() as tx:
            draft = await Drafts(self.world.services).fill(tx, self.params, self.chat.openid, answers, list(answers), "")
        assert draft is not None
        return draft

    async def submits(self) -> Draft:
        async with self.world.store.transaction() as tx:
            draft = await Drafts(self.world.services).submit(tx, self.params, self.chat.openid, True)
        assert draft is not None
        await self.world.settle()
        return draft


async def page_of(chat: Chat, label: str = "填写申请") -> Page:
    """The page that the last answer links to."""
    token = chat.link(label).rsplit("/", 1)[1]
    async with chat.world.store.reading() as tx:
        ticket = await tx.tickets.get(token, "p", chat.world.clock.now())
        if ticket is None:
            ticket = await tx.tickets.get(token, "page", chat.world.clock.now())
    assert ticket is not None
    return Page(chat.world, chat, dict(ticket.params))


CLERK = Staff(0, "lin", "林审", "x", "x", frozenset({"审核", "受理"}), frozenset({"beijing"}), True, at(2024, 1, 1))


class Hall:
    """The agency's side: one clerk, and the payment that comes."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.flow = Flow(world.services)

    async def case(self, person_id: int) -> Case:
        async with self.world.store.reading() as tx:
            return (await tx.cases.of_person(person_id))[0]

    async def pays(self, person_id: int) -> Case:
        async with self.world.store.transaction() as tx:
            case = (await tx.cases.of_person(person_id))[0]
            order = (await tx.orders.of_case(case.case_no))[-1]
            order = await tx.orders.save(replace(order, status=OrderStatus.PAID, paid_at=self.world.clock.now()))
            moved = await self.flow.paid(tx, case.case_no, order)
        await self.world.settle()
        assert moved is not None
        return moved

    async def decides(self, person_id: int, *, approve: bool, note: str = "") -> Case:
        async with self.world.store.transaction() as tx:
            case = (await tx.cases.of_person(person_id))[0]
            moved = await self.flow.decide(tx, case, CLERK, approve=approve, note=note)
        await self.world.settle()
        return moved

    async def finishes_stage(self, person_id: int) -> Case:
        async with self.world.store.transaction() as tx:
            case = (await tx.cases.of_person(person_id))[0]
            moved = await self.flow.stage_over(tx, case, CLERK)
        await self.world.settle()
        return moved


@pytest.fixture
def hall(world: World) -> Hall:
    return Hall(world)


def ending(person_id: int, until: datetime) -> bytes:
    """The payload of a job about the end of a temporary loss report."""
    return msgspec.json.encode({"person_id": person_id, "until": until})
