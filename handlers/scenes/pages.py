"""我的页面: what a person can open from one page, in a browser that has proved itself. Each thing is asked for anew when it is opened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from dialogs.chapters import DIALOGS
from dialogs.masks import masked_name
from handlers.family.standing import Standing, actor_of, allowed, scope_of_feature, scope_of_query, standing, today_of
from handlers.policy import TooMuch
from handlers.services import Services
from storage.ports.record import Record
from storage.ports.records import AuditEntry, CaseState, Person
from storage.ports.regions import Region
from storage.ports.repositories import Repositories
from storage.ports.time import SHANGHAI, Month

PARTS: Final = ("records", "filings", "papers")
"""What the page is made of; a link may lead to one of them."""

_MONTHS: Final = 36
_PAPERS: Final = 10
_CASES: Final = 20
_HOUR: Final = timedelta(hours=1)
_OPEN: Final = frozenset({CaseState.DRAFT, CaseState.SUPPLEMENT})


class _Record(Record):
    """A query: whether it wants a span of months, and what else."""

    label: str
    query: str
    spans: bool = True
    more: tuple[tuple[str, str], ...] = ()


_RECORDS: Final = (
    _Record("养老缴费", "contributions", more=(("insurance", "pension"),)),
    _Record("医疗缴费", "contributions", more=(("insurance", "medical"),)),
    _Record("养老金", "pension"),
    _Record("养老金", "retirement_pay"),
    _Record("养老账户", "pension_account"),
    _Record("参保登记", "insured_info", spans=False),
    _Record("社保卡", "card_info", spans=False),
    _Record("制卡进度", "card_progress", spans=False),
    _Record("资格认证记录", "certification_records", spans=False),
)


class Line(Record):
    """Something that can be opened: `key` is posted back; `note` says more in small type."""

    key: str
    label: str
    note: str = ""


class Mine(Record):
    """The page of one person: `name` masked. What the region or a relative's right lacks is left out."""

    name: str
    region: Region
    records: tuple[Line, ...]
    filings: tuple[Line, ...]
    papers: tuple[Line, ...]


class Target(Record):
    """Where a key leads: a page with these params, or a document."""

    params: Mapping[str, str]
    serial_no: str = ""


class Known(Record):
    """What is known of a chat that came by itself: where it is at home, and whom it speaks for."""

    region: str = ""
    person_id: int | None = None


class MyPages:
    """Works in the caller's transaction. Whose it is is asked at each look: a binding or a relative's right may have ended."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def look(self, tx: Repositories, params: Mapping[str, str], openid: str) -> Mine | None:
        """The page, audited; None when the chat is nothing to that person any more."""
        found = await self._who(tx, params, openid)
        if found is None:
            return None
        person, may = found
        region = self._services.regions[person.region]
        records = [Line(f"record:{n}", one.label) for n, one in enumerate(_RECORDS) if _offered(one, region, may)]
        papers = [
            Line(f"paper:{one.serial_no}", one.title, f"{one.created_at.astimezone(SHANGHAI):%Y-%m-%d} 生成")
            for one in await tx.documents.of_person(person.id, _PAPERS)
            if may.may(scope_of_feature(one.feature))
        ]
        cases = await tx.cases.of_person(person.id, _CASES) if may.may("act") else ()
        filings = [
            Line(f"filing:{one.case_no}", one.title, _state(one.state)) for one in cases if one.state in _OPEN and one.filing
        ]
        await self._audit(tx, openid, person)
        return Mine(masked_name(person.name), region, tuple(records), tuple(filings), tuple(papers))

    async def target(self, tx: Repositories, params: Mapping[str, str], openid: str, key: str) -> Target | None:
        """What a line of the page opens; None for what is not on it. Raises TooMuch."""
        found = await self._who(tx, params, openid)
        if found is None:
            return None
        now, most = self._services.clock.now(), self._services.policy.queries_per_chat_hour
        verdict = await tx.limits.hit("query", openid, most, _HOUR, now)
        if not verdict.allowed:
            raise TooMuch("查询", verdict.retry_at or now + _HOUR)
        person, may = found
        kind, _, rest = key.partition(":")
        if kind == "record" and rest.isascii() and rest.isdigit() and int(rest) < len(_RECORDS):
            one = _RECORDS[int(rest)]
            if _offered(one, self._services.regions[person.region], may):
                return Target({"query": one.query, "person": str(person.id), **self._span(one), **dict(one.more)})
        if kind == "paper":
            document = await tx.documents.by_serial(rest)
            if document is not None and document.person_id == person.id and may.may(scope_of_feature(document.feature)):
                return Target({}, document.serial_no)
        if kind == "filing" and may.may("act"):
            case = await tx.cases.by_no(rest, person.id)
            if case is not None and case.state in _OPEN and case.filing:
                return Target({"page": "form", "case": case.case_no})
        return None

    async def known(self, tx: Repositories, openid: str) -> Known:
        """A chat by its openid; nothing of a person is looked at. Nothing is known of a chat that has never written, nor of one that has left or
        has taken its authorisation back, whether or not they follow."""
        user = await tx.users.get(openid)
        if user is None or not user.subscribed:
            return Known()
        today = today_of(self._services.clock.now())
        speaks = user.person_id is not None and await standing(tx, openid, user.person_id, today) is not None
        return Known(user.region or "", user.person_id if speaks else None)

    async def _who(self, tx: Repositories, params: Mapping[str, str], openid: str) -> tuple[Person, Standing] | None:
        number = params.get("person", "")
        if not (number.isascii() and number.isdigit()) or await tx.users.get(openid) is None:
            return None
        today = today_of(self._services.clock.now())
        may = await allowed(tx, openid, int(number), today, "")
        person = await tx.people.get(int(number))
        if may is None or person is None or person.region not in self._services.regions:
            return None
        return person, may

    def _span(self, one: _Record) -> dict[str, str]:
        if not one.spans:
            return {}
        last = Month.of(today_of(self._services.clock.now()))
        return {"period": f"{Month.from_index(last.index - _MONTHS + 1)}..{last}"}

    async def _audit(self, tx: Repositories, openid: str, person: Person) -> None:
        now = self._services.clock.now()
        actor, subject = await tx.audit.pseudonym(openid), await tx.people.identity_hash(person.id)
        role = await actor_of(tx, openid, person.id, today_of(now))
        await tx.audit.write(AuditEntry(now, actor, role, "query", "my-page", subject, "ok"))


def _offered(one: _Record, region: Region, may: Standing) -> bool:
    dialog = DIALOGS.get(one.query)
    return (dialog is None or dialog.offered_in(region)) and may.may(scope_of_query(one.query))


def _state(state: CaseState) -> str:
    return "还没有提交，可以接着填" if state is CaseState.DRAFT else "请按要求补正"
