"""The product over a real SQLite file, with a till made by hand: 李秀英 (滨州) and others have their chats."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import cast

import pytest

from dialogs.messages import Say
from handlers.conversation import Conversation
from handlers.jobs import Runner
from handlers.orders.pages import OrderPages
from handlers.services import Services
from handlers.work import work_of
from storage.locks import LocalLocks
from storage.ports.records import AuditEntry, AuditSearch, Binding, Case, Order, User
from storage.ports.repositories import Store
from storage.sql import open_store
from storage.vault import Vault
from tests import people
from tests.clock import START, FakeClock
from tests.conversations.conftest import Chat, Outside, World, build
from tests.fresh import peopled, understanding
from tests.orders.till import Till, Watched

XIUYING, DEFU, JIANGUO = "o-xiuying", "o-defu", "o-jianguo"
"""Chats that are bound to 李秀英 and 王德福 (滨州) and 张建国 (北京)."""

FLEXIBLE = {"start": "2024-07", "end": "2024-08", "insurance": "养老和医疗", "base": "4500"}
"""李秀英's last month on record is 2024-06."""


@dataclass
class Shop:
    """What the tests of orders hold."""

    world: World
    pages: OrderPages
    till: Till
    store: Store
    services: Services
    clock: FakeClock
    ids: people.Ids
    outside: Outside

    async def makes(self, answers: dict[str, str] | None = None, key: str = "k1", openid: str = XIUYING) -> Order:
        """An order by 李秀英, in its first state."""
        number, problems = await self.pages.make(openid, self.ids.xiuying, "flexible", answers or FLEXIBLE, key)
        assert not problems, problems
        return await self.order(number)

    async def confirms(self, **more: str) -> Order:
        """An order that may be paid, known to the till."""
        order = await self.makes(**more)  # type: ignore[arg-type]
        assert await self.pages.confirm(XIUYING, order.order_no, "示例银行") == ""
        assert await self.pages.bridge(XIUYING, order.order_no)
        return await self.order(order.order_no)

    async def order(self, number: str) -> Order:
        async with self.store.reading() as tx:
            found = await tx.orders.get(number)
        assert found
        return found

    async def settle(self) -> None:
        """Run every job that is due."""
        await self.world.settle()

    async def at(self, moment: datetime) -> None:
        """Move on, through every job on the way."""
        while True:
            async with self.store.reading() as tx:
                due = await tx.jobs.next_due()
            if due is None or due > moment:
                break
            self.clock.set(max(due, self.clock.now()))
            await self.settle()
        self.clock.set(moment)

    def told(self, openid: str = XIUYING) -> list[str]:
        """What that chat was told unasked."""
        return [message.text for to, message in self.outside.pushed if to == openid and isinstance(message, Say)]

    async def cases(self, person: int) -> tuple[Case, ...]:
        async with self.store.reading() as tx:
            return await tx.cases.of_person(person)

    async def audited(self, action: str) -> tuple[AuditEntry, ...]:
        async with self.store.reading() as tx:
            return await tx.audit.search(AuditSearch(action=action))


@pytest.fixture
async def shop(sqlite_url: str, vault: Vault, clock: FakeClock) -> AsyncIterator[Shop]:
    ids = await peopled(sqlite_url, vault)
    real = open_store(sqlite_url, vault, clock)
    watched = Watched(real)
    store = cast(Store, watched)
    till = Till()
    till.watched = watched
    world = build(store, clock, vault, ids)
    services = replace(world.services, payments=till)
    conversation = Conversation(store, LocalLocks(), services, understanding())
    functions = {
        "sms": world.outside.take_sms,
        "push": world.outside.take_push,
        **work_of(store, services),
    }
    world = replace(world, services=services, conversation=conversation, runner=Runner(store, clock, functions))
    async with store.transaction() as tx:
        for openid, person, region in (
            (XIUYING, ids.xiuying, "binzhou"),
            (DEFU, ids.defu, "binzhou"),
            (JIANGUO, ids.jianguo, "beijing"),
        ):
            await tx.users.save(User(openid, subscribed=True, active_role="person", region=region, person_id=person))
            await tx.users.bind(Binding(0, openid, person, "person", "sms", "1", START))
    yield Shop(world, OrderPages(store, services), till, store, services, clock, ids, world.outside)
    await real.close()


@pytest.fixture
def chat(shop: Shop) -> Chat:
    """李秀英's chat."""
    return Chat(shop.world, XIUYING)


def yuan(text: str) -> Decimal:
    return Decimal(text)
