"""The same engine where many processes share one database: what only a real second writer can show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from handlers.filings.flow import Flow
from handlers.filings.office import Office
from storage.ports.records import CaseState, OrderStatus, User
from storage.ports.repositories import Conflict
from storage.sql import open_store
from storage.vault import Vault
from tests import people
from tests.clock import FakeClock
from tests.conversations.conftest import build
from tests.filings import declared
from tests.filings.conftest import Bench, staff_of


@pytest.fixture
async def bench(postgres_url: str) -> AsyncIterator[Bench]:
    clock, vault = FakeClock(), Vault(bytes(range(32)))
    store = open_store(postgres_url, vault, clock)
    world = build(store, clock, vault, await people.load(store))
    async with store.transaction() as tx:
        await tx.users.save(
            User("o-jianguo", subscribed=True, active_role="person", region="beijing", person_id=world.ids.jianguo)
        )
    yield Bench(world, Flow(world.services), Office(store, world.services), staff=await staff_of(world))
    await store.close()


async def test_a_hundred_submits_of_one_key_are_one_case(bench: Bench) -> None:
    """One case, one step, one order, one audit record."""
    together = await asyncio.gather(*(bench.files(declared.BADGE, key="storm") for _ in range(100)))
    assert len({case.case_no for case in together}) == 1
    async with bench.world.store.reading() as tx:
        assert len(await tx.cases.of_person(bench.world.ids.jianguo)) == 1
        (order,) = await tx.orders.of_case(together[0].case_no)
    assert order.status is OrderStatus.PENDING
    assert len((await bench.now(together[0])).steps) == 1


async def test_of_many_who_act_at_once_one_is_first(bench: Bench) -> None:
    """A withdrawal and ten decisions with the same version: one of them happens, everybody else is told of a Conflict."""
    case = await bench.files(declared.PENDING)
    acts = [bench.decides(case, who) for who in ("审核", "另一位") * 5]
    outcome = await asyncio.gather(bench.withdraws(case), *acts, return_exceptions=True)
    assert [type(one) for one in outcome].count(Conflict) == 10
    after = await bench.now(case)
    assert after.state in {CaseState.DONE, CaseState.WITHDRAWN}
    assert (len(after.steps), after.version) == (2, case.version + 1)


async def test_a_payment_that_is_told_twice_at_once_is_one(bench: Bench) -> None:
    """Two notices of one order: one step 缴费, whichever came first."""
    case = await bench.files(declared.BADGE)
    async with bench.world.store.transaction() as tx:
        (order,) = await tx.orders.of_case(case.case_no)
        await tx.orders.save(replace(order, status=OrderStatus.PAID, paid_at=bench.clock.now()))
    await asyncio.gather(*(bench.pays(case) for _ in range(2)), return_exceptions=True)
    after = await bench.now(case)
    assert [step.name for step in after.steps] == ["提交申请", "缴费"]
    assert after.state is CaseState.REVIEW
