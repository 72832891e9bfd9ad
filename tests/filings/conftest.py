"""The product over a real SQLite store, our own small filings declared, and staff of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from dialogs.chapters import DIALOGS, menu
from dialogs.declare import Wish
from dialogs.filing import Filing
from dialogs.filing_dialog import dialog_of
from dialogs.filings import FILINGS
from handlers.filings.flow import Applicant, Flow
from handlers.filings.office import Office
from storage.ports.records import Case, CaseState, OrderStatus, Staff, User
from storage.ports.regions import Region
from tests import people
from tests.clock import FakeClock
from tests.conversations.conftest import Chat, World, chat, world
from tests.filings import declared

__all__ = ["chat", "world"]


@pytest.fixture(autouse=True)
def _declared(monkeypatch: pytest.MonkeyPatch) -> None:
    for filing in declared.ALL:
        monkeypatch.setitem(FILINGS, filing.name, filing)
        monkeypatch.setitem(DIALOGS, filing.name, dialog_of(filing))
        monkeypatch.setitem(menu.PRESSED, filing.name, Wish(filing.name))


@dataclass
class Bench:
    """Acts on cases, each in its own transaction, as the chat of 张建国 (北京) and as staff."""

    world: World
    flow: Flow
    office: Office
    openid: str = "o-jianguo"
    key: int = 0
    staff: dict[str, Staff] = field(default_factory=dict)

    @property
    def clock(self) -> FakeClock:
        return self.world.clock

    @property
    def region(self) -> Region:
        return self.world.services.regions["beijing"]

    async def applicant(self, person_id: int | None = None) -> Applicant:
        async with self.world.store.reading() as tx:
            person = await tx.people.get(person_id or self.world.ids.jianguo)
        assert person is not None
        return Applicant(person, self.openid, self.world.services.regions[person.region])

    async def files(
        self, filing: Filing, answers: Mapping[str, str] | None = None, key: str = "", person_id: int | None = None
    ) -> Case:
        """Filed from the chat."""
        self.key += 1
        applicant = await self.applicant(person_id)
        async with self.world.store.transaction() as tx:
            return await self.flow.file(
                tx, filing, applicant, answers or {"why": "想要", "tone": "red"}, key or f"k{self.key}", undertaken=True
            )

    async def drafts(self, filing: Filing, answers: Mapping[str, str] | None = None) -> Case:
        """A draft, as a page begins."""
        self.key += 1
        applicant = await self.applicant()
        async with self.world.store.transaction() as tx:
            return await self.flow.draft(tx, filing, applicant, answers or {"why": "想要", "tone": "red"}, f"d{self.key}")

    async def submits(self, case: Case, *, undertaken: bool = True) -> Case:
        applicant = await self.applicant(case.person_id)
        async with self.world.store.transaction() as tx:
            return await self.flow.submit(tx, case, applicant, undertaken)

    async def pays(self, case: Case) -> Case:
        """The order of the fee was paid; told again of one that is paid already, it stays so."""
        async with self.world.store.transaction() as tx:
            orders = await tx.orders.of_case(case.case_no)
            order = next((one for one in orders if one.status.open), orders[-1])
            order = await tx.orders.save(
                replace(order, status=OrderStatus.PAID, paid_at=self.clock.now(), transaction_id=f"T{order.order_no}")
            )
            paid = await self.flow.paid(tx, case.case_no, order)
        assert paid is not None
        return paid

    async def decides(self, case: Case, who: str = "审核", *, approve: bool = True, note: str = "") -> Case:
        async with self.world.store.transaction() as tx:
            return await self.flow.decide(tx, case, self.staff[who], approve=approve, note=note)

    async def asks_more(self, case: Case, note: str = "照片太暗") -> Case:
        async with self.world.store.transaction() as tx:
            return await self.flow.ask_more(tx, case, self.staff["审核"], note)

    async def now(self, case: Case) -> Case:
        """The case as it is stored."""
        async with self.world.store.reading() as tx:
            found = await tx.cases.get(case.case_no)
        assert found is not None
        return found

    async def told(self) -> list[str]:
        """What the chat was told, oldest first."""
        await self.world.settle()
        return [message.text for openid, message in self.world.outside.pushed if openid == self.openid]  # type: ignore[union-attr]

    async def in_region(self, code: str, **changes: object) -> None:
        """The region, changed for this test."""
        regions = {**self.world.services.regions, code: replace(self.world.services.regions[code], **changes)}  # type: ignore[arg-type]
        self.world.services = replace(self.world.services, regions=regions)
        self.flow = Flow(self.world.services)
        self.office = Office(self.world.store, self.world.services)

    async def case_in(self, state: CaseState) -> Case:
        """A case in that state, on its usual way."""
        if state is CaseState.DRAFT:
            return await self.drafts(declared.BADGE)
        case = await self.files(declared.SEAL if state is CaseState.SECOND else declared.BADGE)
        match state:
            case CaseState.UNPAID:
                return case
            case CaseState.SECOND:
                return await self.decides(case)
            case CaseState.VOID:
                return await self.withdraws(case)
        case = await self.pays(case)
        match state:
            case CaseState.REVIEW:
                return case
            case CaseState.SUPPLEMENT:
                return await self.asks_more(case)
            case CaseState.REFUSED:
                return await self.decides(case, approve=False, note="不符合条件")
            case CaseState.WITHDRAWN:
                return await self.withdraws(case)
        case = await self.decides(case)
        if state is CaseState.WORKING:
            return case
        case = await self.stage_over(case)
        return case if state is CaseState.READY else await self.stage_over(case)

    async def withdraws(self, case: Case) -> Case:
        async with self.world.store.transaction() as tx:
            return await self.flow.withdraw(tx, case)

    async def reads(self, case: Case) -> Case:
        async with self.world.store.transaction() as tx:
            return await self.flow.read(tx, case)

    async def collects(self, case: Case) -> Case:
        async with self.world.store.transaction() as tx:
            return await self.flow.collected(tx, case)

    async def stage_over(self, case: Case, who: str | None = None) -> Case:
        async with self.world.store.transaction() as tx:
            return await self.flow.stage_over(tx, case, self.staff[who] if who else None)

    async def lapses(self, case: Case) -> Case:
        async with self.world.store.transaction() as tx:
            return await self.flow.lapse(tx, case, "没有等到。")

    async def falls_back(self, case: Case) -> Case:
        async with self.world.store.transaction() as tx:
            return await self.flow.fall_back(tx, case)


async def staff_of(world: World) -> dict[str, Staff]:
    people = {
        "受理": (frozenset({"受理"}), frozenset({"beijing", "jinan"})),
        "审核": (frozenset({"审核"}), frozenset({"beijing", "jinan"})),
        "另一位": (frozenset({"审核"}), frozenset({"beijing", "jinan"})),
        "客服": (frozenset({"客服"}), frozenset({"beijing"})),
        "外地": (frozenset({"受理", "审核", "客服"}), frozenset({"binzhou"})),
        "管理员": (frozenset({"管理员"}), frozenset({"beijing"})),
        "审计": (frozenset({"审计"}), frozenset({"beijing"})),
        "运营": (frozenset({"运营"}), frozenset({"beijing"})),
    }
    made = {}
    async with world.store.transaction() as tx:
        for n, (name, (roles, regions)) in enumerate(people.items()):
            one = Staff(0, f"login-{n}", name, "x", "x", roles, regions, active=True, created_at=world.clock.now())
            made[name] = await tx.staff.add(one)
    return made


@pytest.fixture
async def bench(world: World) -> Bench:
    async with world.store.transaction() as tx:
        await tx.users.save(
            User("o-jianguo", subscribed=True, active_role="person", region="beijing", person_id=world.ids.jianguo)
        )
    return Bench(world, Flow(world.services), Office(world.store, world.services), staff=await staff_of(world))


@pytest.fixture
async def jianguo(chat: Chat) -> Chat:
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    return chat
