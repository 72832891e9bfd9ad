"""The part of the desk that files and follows cases."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, datetime

from dialogs.case_words import estimate
from dialogs.desk_family import OWN_ONLY
from dialogs.desk_filings import WindowState
from dialogs.filing import Filing
from dialogs.filings import FILINGS
from handlers.asking import Asking
from handlers.filings.flow import PERSON, Applicant, Flow
from handlers.filings.later import Opening, plan_window
from storage.ports.records import Case, CaseState, Person
from storage.ports.regions import Region
from storage.ports.time import SHANGHAI
from storage.windows import hours_text, is_open, opens_at

_ANYONES = (CaseState.SUPPLEMENT, CaseState.DRAFT, CaseState.REVIEW, CaseState.SECOND)
"""What is under way of a filing that anyone may make, the most pressing first."""


class CaseDesk:
    """Implements `dialogs.desk_filings.FilingsDesk`. Another person's case looks like none."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    @property
    def _flow(self) -> Flow:
        return Flow(self._asking.services, self._asking.user.openid)

    def _where(self) -> Region:
        region = self._asking.region
        if region is None:
            raise LookupError("nobody knows the region of this chat")
        return region

    def _applicant(self, filing: Filing) -> Applicant:
        """What anyone may file belongs to the chat alone: whom it is about is said by the answers, not by who is logged in."""
        asking = self._asking
        if filing.who == "anyone":
            asking.must(OWN_ONLY)  # what is filed by nobody in particular is no business of a relative
            return Applicant(None, asking.user.openid, self._where())
        by = asking.standing.by if asking.standing else PERSON
        return Applicant(self._person(), asking.user.openid, self._where(), by)

    def _person(self) -> Person | None:
        """Whom this chat may act for; raises NotGranted for a relative who may not."""
        return self._asking.mine() if self._asking.person is not None else None

    async def window(self, code: str) -> WindowState:
        window = self._where().windows.get(code)
        if window is None:
            return WindowState(open=True)
        now = self._asking.now
        if is_open(window, now):
            return WindowState(open=True, text=hours_text(window))
        return WindowState(open=False, text=hours_text(window), opens_at=opens_at(window, now))

    async def remind_when_open(self, code: str, title: str) -> datetime | None:
        opens = (await self.window(code)).opens_at
        if opens is not None:
            opening = Opening(self._asking.user.openid, self._where().code, code, title)
            await plan_window(self._asking.tx, opening, opens)
        return opens

    async def submit(self, filing: str, answers: Mapping[str, str], key: str) -> Case:
        await self._spend()
        declared = FILINGS[filing]
        return await self._flow.file(self._asking.tx, declared, self._applicant(declared), answers, key, undertaken=True)

    async def form(self, filing: str, answers: Mapping[str, str]) -> str:
        asking, declared = self._asking, FILINGS[filing]
        if declared.who == "anyone":
            asking.must(OWN_ONLY)
            begun = await self.begun(filing)
            if begun is not None and begun.state in {CaseState.DRAFT, CaseState.SUPPLEMENT}:
                return await self._page(await self._flow.fill(asking.tx, begun, answers))
        elif (person := self._person()) is not None:
            for case in await asking.tx.cases.of_person(person.id):
                if case.filing == filing and case.state is CaseState.DRAFT and case.region == self._where().code:
                    return await self._page(await self._flow.fill(asking.tx, case, answers))
        await self._spend()
        case = await self._flow.draft(
            asking.tx, declared, self._applicant(declared), answers, f"form|{secrets.token_urlsafe(12)}"
        )
        return await self._page(case)

    async def begun(self, filing: str) -> Case | None:
        openid, here = self._asking.user.openid, self._where().code
        found = [one for one in await self._asking.tx.cases.of_nobody(openid) if one.filing == filing and one.state in _ANYONES]
        # What was only begun for another region is left: its days and words are not those that were just read.
        found = [one for one in found if one.state is not CaseState.DRAFT or one.region == here]
        return min(found, key=lambda one: _ANYONES.index(one.state or CaseState.DRAFT), default=None)

    async def resume(self, case_no: str) -> str | None:
        case = await self.mine(case_no)
        if case is None or case.state not in {CaseState.DRAFT, CaseState.SUPPLEMENT}:
            return None
        return await self._page(case)

    async def pay(self, case_no: str) -> str | None:
        case = await self._own(case_no)
        if case is None or case.state is not CaseState.UNPAID:
            return None
        order = await self._flow.fee_order(self._asking.tx, case, self._asking.user.openid)
        params = {"page": "order", "order": order.order_no, "person": str(order.person_id)}
        return await self._asking.services.links.page(self._asking.tx, self._asking.user.openid, params)

    async def withdraw(self, case_no: str) -> Case | None:
        case = await self.mine(case_no)
        return None if case is None else await self._flow.withdraw(self._asking.tx, case)

    async def read(self, case_no: str) -> Case | None:
        case = await self.mine(case_no)
        return None if case is None else await self._flow.read(self._asking.tx, case)

    async def collected(self, case_no: str) -> Case | None:
        case = await self.mine(case_no)
        return None if case is None else await self._flow.collected(self._asking.tx, case)

    async def watch(self, case_no: str, wanted: bool) -> bool:
        if await self._own(case_no) is None:  # what is nobody's is found by its watch alone: that is not given up
            return False
        cases, openid = self._asking.tx.cases, self._asking.user.openid
        await (cases.watch(case_no, openid) if wanted else cases.unwatch(case_no, openid))
        return True

    async def watching(self, case_no: str) -> bool:
        return self._asking.user.openid in await self._asking.tx.cases.watchers(case_no)

    async def expected(self, filing: str) -> date | None:
        found = estimate(FILINGS[filing], self._where(), self._asking.now.astimezone(SHANGHAI).date())
        return found.day if found else None

    async def mine(self, case_no: str) -> Case | None:
        """A case of the person of this chat, or one that is nobody's and was filed from this chat."""
        if (own := await self._own(case_no)) is not None:
            return own
        cases = self._asking.tx.cases
        case = await cases.get(case_no)
        if case is None or case.person_id is not None or self._asking.user.openid not in await cases.watchers(case_no):
            return None
        return case

    async def _own(self, case_no: str) -> Case | None:
        person = self._person()
        return await self._asking.tx.cases.by_no(case_no, person.id) if person is not None else None

    async def _page(self, case: Case) -> str:
        params = {"page": "form", "case": case.case_no, "person": str(case.person_id or "")}
        return await self._asking.services.links.page(self._asking.tx, self._asking.user.openid, params)

    async def _spend(self) -> None:
        await self._asking.spend("办理", "filing", self._asking.services.policy.filings_per_chat_day, daily=True)
