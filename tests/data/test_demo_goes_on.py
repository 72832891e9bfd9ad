"""The work in the demo goes on through the product itself: staff decide, people pay, fetch, read and withdraw."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from handlers.filings.flow import Flow
from handlers.filings.office import Office
from storage.demo import demo_staff, load_demo
from storage.demo.filings import FILED, number_of
from storage.ports.records import Case, CaseState, OrderStatus, Staff
from storage.sql import open_store
from storage.vault import Vault
from tests import people
from tests.clock import FakeClock
from tests.conversations.conftest import World, build
from tests.fresh import migrated

S = CaseState


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[World]:
    """The product over the demo's cast and staff."""
    url = f"sqlite:///{tmp_path / 'demo.sqlite'}"
    await migrated(url)
    clock, vault = FakeClock(), Vault(bytes(range(32)))
    store = open_store(url, vault, clock)
    ids = await people.load(store)
    accounts = [replace(staff, password_hash="示例", totp_secret="示例") for staff in demo_staff()]
    world = build(store, clock, vault, ids)
    await load_demo(store, clock.now().date(), people=1, staff=accounts, files=world.services.files)
    yield world
    await store.close()


async def the(world: World, place: int) -> Case:
    async with world.store.reading() as repos:
        case = await repos.cases.get(number_of(place))
    assert case is not None
    return case


async def staff_of(world: World) -> dict[str, Staff]:
    async with world.store.reading() as repos:
        return {staff.login: staff for staff in await repos.staff.all()}


async def test_every_open_case_can_be_brought_to_its_end(demo: World) -> None:
    """Fees are paid, 补正 and drafts withdrawn, reviews approved by whoever has or may have them, cards made and fetched, results read: nothing is stuck."""
    staff = await staff_of(demo)
    office, flow = Office(demo.store, demo.services), Flow(demo.services)
    for place in range(len(FILED)):
        case = await the(demo, place)
        for _ in range(8):
            if case.finished_at is not None:
                break
            if case.state in {S.REVIEW, S.SECOND, S.WORKING}:
                dossiers = [(one, await office.look(one, case.case_no)) for one in staff.values()]
                able = [one for one, dossier in dossiers if dossier and dossier.may & {"approve", "stage_over"}]
                assert able, (case.filing, case.state)
                decide = office.stage_over if case.state is S.WORKING else office.approve
                case = await decide(able[0], case.case_no, case.version)
                continue
            async with demo.store.transaction() as tx:
                if case.state is S.UNPAID:
                    (order,) = await tx.orders.of_case(case.case_no)
                    paid = await flow.paid(tx, case.case_no, await tx.orders.save(replace(order, status=OrderStatus.PAID)))
                    assert paid is not None
                    case = paid
                elif case.state is S.READY:
                    case = await flow.collected(tx, case)
                elif case.state in {S.DONE, S.REFUSED}:
                    case = await flow.read(tx, case)
                else:
                    case = await flow.withdraw(tx, case)
        assert case.state is not None
        assert case.state.over
        assert case.finished_at is not None
    await demo.settle()


async def test_four_eyes_are_two_people_and_the_roles_are_their_own(demo: World) -> None:
    """示例审核 cannot approve a second time what was approved first; 示例审核二 can, and then the new phone is on file. 运营 and 审计 decide nothing."""
    staff = await staff_of(demo)
    office = Office(demo.store, demo.services)
    place = next(place for place, filed in enumerate(FILED) if filed.state is S.SECOND and not filed.taken)
    case = await the(demo, place)
    own, other = await office.look(staff["shenhe"], case.case_no), await office.look(staff["shenhe2"], case.case_no)
    assert own is not None
    assert other is not None
    assert "approve" not in own.may
    assert "approve" in other.may
    for login in ("yunying", "shenji", "guanli"):
        seen = await office.look(staff[login], case.case_no)
        assert seen is None or not seen.may
    done = await office.approve(staff["shenhe2"], case.case_no, case.version)
    assert done.state is S.DONE
    async with demo.store.reading() as repos:
        (person,) = await repos.people.by_id_no(case.answers["id_no"], case.region)
    assert person.phone == case.answers["phone"]


async def test_a_temporary_loss_of_the_demo_ends_by_itself(demo: World) -> None:
    """Three days and a bit later 陶云舒's card works again, and the record says so."""
    demo.clock.advance(4 * 24 * 3600)
    await demo.settle()
    async with demo.store.reading() as repos:
        everyone = await repos.people.page(0, 1000, "binzhou")
        person = next(one for one in everyone if one.name == "陶云舒")
        card = await repos.cards.of_person(person.id)
        history = await repos.cards.history(person.id)
    assert card is not None
    assert (card.status, card.lost_until) == ("active", None)
    assert history[0].step == "临时挂失到期"


async def test_what_nobody_pays_is_void_by_itself(demo: World) -> None:
    """After tomorrow night the open orders are void, and with its fee the case that waited for it."""
    place = next(place for place, filed in enumerate(FILED) if filed.state is S.UNPAID)
    for _ in range(3):
        demo.clock.advance(24 * 3600)
        await demo.settle()
    assert (await the(demo, place)).state is S.VOID
    async with demo.store.reading() as repos:
        assert await repos.orders.unsettled(demo.clock.now(), "", 100) == ()


async def test_a_refund_of_the_demo_finds_its_order(demo: World) -> None:
    """退费核实 approved: the order that it is about has gone back, like those that went back before."""
    reviewer = (await staff_of(demo))["shenhe"]
    for place, filed in enumerate(FILED):
        case = await the(demo, place)
        if filed.filing != "refund" or case.state is not S.REVIEW:
            continue
        await Office(demo.store, demo.services).approve(reviewer, case.case_no, case.version)
        async with demo.store.reading() as repos:
            order = await repos.orders.get(case.fields["订单号"])
        assert order is not None
        assert (order.status, order.note) == (OrderStatus.REFUNDED, "已核实退费")
