"""What stands around a case on its page in the console: its orders, the person's other cases, who looked; and finding a case or a person.

Whether somebody may see the case itself is judged before, by `handlers.filings.office.Office`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from dialogs.filings import FILINGS
from dialogs.masks import masked_name
from handlers.filings.office import SEES_CASES
from handlers.services import Services
from storage.identity import normalise
from storage.ports.record import Record
from storage.ports.records import AuditEntry, Case, CaseState, Order, Person, QueueRow, Staff
from storage.ports.repositories import Store

_OTHERS = 6
_ENTRIES = 60
_LOOKERS = 8
_FOUND_AT_MOST = 20


class Look(Record):
    """Somebody of the staff looked at the person's records, or acted on them: the newest time of each."""

    name: str
    what: str
    at: datetime


class Around(Record):
    """`others` are newest first and only of the regions of who asks; `looks` newest first, without those of who asks."""

    orders: tuple[Order, ...]
    others: tuple[Case, ...]
    looks: tuple[Look, ...]


class Found(Record):
    """A person of one region and their cases, newest first; shown masked."""

    person: Person
    cases: tuple[Case, ...]


WHAT: Mapping[str, str] = {
    "look": "看过",
    "reveal": "看过完整号码",
    "attachment": "看过材料",
    "claim": "领取",
    "release": "放回",
    "approve": "审核通过",
    "reject": "审核不通过",
    "ask_more": "要求补正",
    "stage_over": "办完环节",
    "take_over": "接手",
    "search": "按证件号码查过",
    "answer": "回复对话",
}
"""Action in the audit log → as staff read it."""


class Surroundings:
    """Reads only, except that a search for a person is audited, found or not."""

    def __init__(self, store: Store, services: Services) -> None:
        self._store = store
        self._services = services

    async def names(self) -> dict[int, str]:
        """Member of staff → name."""
        async with self._store.reading() as tx:
            return {one.id: one.name for one in await tx.staff.all()}

    async def of_queue(self, rows: Sequence[QueueRow]) -> tuple[dict[int, str], dict[str, str]]:
        """Member of staff → name, and case → masked name of whom it is about: two questions, however many rows.

        What anyone may file has no name here: whom it is about stands in its answers, and they have to be checked first.
        """
        about = {row.case_no: row.person_id for row in rows if row.person_id and not _by_anyone(row.filing)}
        async with self._store.reading() as tx:
            staff = {one.id: one.name for one in await tx.staff.all()}
            called = await tx.people.names(tuple(about.values())) if about else {}
        return staff, {case_no: masked_name(called[person]) for case_no, person in about.items() if person in called}

    async def of(self, staff: Staff, case: Case) -> Around:
        """Of a case that the staff may see."""
        async with self._store.reading() as tx:
            orders = await tx.orders.of_case(case.case_no)
            if case.person_id is None:
                return Around(orders, (), ())
            others = await tx.cases.of_person(case.person_id, _OTHERS + 1)
            entries = await tx.audit.of_subject(await tx.people.identity_hash(case.person_id), _ENTRIES)
            who = {await tx.audit.pseudonym(f"staff:{one.login}"): one for one in await tx.staff.all()}
        return Around(
            orders,
            tuple(one for one in others if one.case_no != case.case_no and _seen_by(staff, one))[:_OTHERS],
            _looks(entries, who, staff),
        )

    async def case_no(self, staff: Staff, text: str) -> str | None:
        """The number of a case that was typed, with or without spaces, if the staff may see it; another region's is None as none is."""
        number = "".join(text.split())
        async with self._store.reading() as tx:
            case = await tx.cases.get(number) if number.isascii() and number.isdigit() and len(number) <= 40 else None
        return number if case is not None and _seen_by(staff, case) else None

    async def person(self, staff: Staff, id_no: str) -> tuple[Found, ...]:
        """The person of that 证件号码 in each of the staff's regions, with their cases. Audited in either case."""
        number = normalise(id_no)
        found = []
        async with self._store.transaction() as tx:
            now = self._services.clock.now()
            actor = await tx.audit.pseudonym(f"staff:{staff.login}")
            for person in await tx.people.by_id_no(number):
                if person.region in staff.regions:
                    cases = await tx.cases.of_person(person.id, _FOUND_AT_MOST)
                    found.append(Found(person, tuple(case for case in cases if _seen_by(staff, case))))
            subject = await tx.people.identity_hash(found[0].person.id) if found else await tx.audit.pseudonym(number)
            role = "、".join(sorted(staff.roles))
            await tx.audit.write(AuditEntry(now, actor, role, "search", "console", subject, "ok" if found else "empty"))
        return tuple(found)


def _by_anyone(filing: str) -> bool:
    found = FILINGS.get(filing)
    return found is not None and found.who == "anyone"


def _seen_by(staff: Staff, case: Case) -> bool:
    """Cases of other systems of the agency are no cases of the console, drafts are still the person's own."""
    return case.region in staff.regions and case.state not in {None, CaseState.DRAFT} and bool(staff.roles & SEES_CASES)


def _looks(entries: tuple[AuditEntry, ...], who: Mapping[str, Staff], staff: Staff) -> tuple[Look, ...]:
    newest: dict[tuple[str, str], Look] = {}
    for entry in entries:
        one = who.get(entry.actor)
        if one is not None and one.id != staff.id and entry.action in WHAT:
            newest.setdefault((one.login, entry.action), Look(one.name, WHAT[entry.action], entry.at))
    return tuple(newest.values())[:_LOOKERS]
