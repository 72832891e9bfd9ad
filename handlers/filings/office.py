"""What staff do with cases: the queue, a look, a claim, a decision. Role, region and version are checked here, every look and act is audited."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from dialogs.case_words import hidden, question_of
from dialogs.filing import Filing, Refusal
from dialogs.filings import FILINGS
from dialogs.masks import masked_address, masked_id, masked_name, masked_phone
from handlers.filings.claims import as_held, turn_of
from handlers.filings.effects import insight_of, named_of
from handlers.filings.flow import Flow
from handlers.filings.paths import Act, leads_to
from handlers.services import Services
from storage.ports.record import Record
from storage.ports.records import (
    Attachment,
    AuditEntry,
    Case,
    CaseState,
    Person,
    QueueFilter,
    QueueRow,
    Staff,
)
from storage.ports.repositories import Conflict, Repositories, Store

SEES_CASES = frozenset({"受理", "审核", "客服"})
SEES_NUMBERS = SEES_CASES | {"运营"}
_GONE = "没有这件业务，或者不在您的地区。"
_CHANGED = "这件业务刚刚有变化，请刷新后再看。"
_REASON_AT_LEAST = 2
_NAME, _ID_NO, _PHONE = "姓名", "证件号码", "手机号"
_ADDRESS = "address"
"""Name of the question where something is sent to."""


class NotAllowed(Exception):
    """An expected refusal, in words for the member of staff; nothing has happened."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Dossier(Record):
    """A case as staff may see it. `may` are of: claim release take_over approve reject ask_more stage_over.

    `facts` are (label, shown value, can be revealed): identifiers are masked, and open one by one with a reason (`Office.reveal`).
    """

    case: Case
    filing: Filing | None
    person: Person | None
    """Never shown raw: the view masks what it takes from here."""
    attachments: tuple[Attachment, ...]
    may: frozenset[str]
    facts: tuple[tuple[str, str, bool], ...]


class Office:
    """Opens its own transactions. `Conflict` means that the case has moved since it was seen; `NotAllowed` says why not."""

    def __init__(self, store: Store, services: Services) -> None:
        self._store = store
        self._services = services
        self._flow = Flow(services)

    # ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def queue(
        self, staff: Staff, wanted: QueueFilter, after: QueueRow | None = None, limit: int = 25
    ) -> tuple[QueueRow, ...]:
        """A page of the queue of the staff's regions. Rows hold nothing that was filled in; drafts are still the person's own."""
        regions = _regions(staff, wanted.regions, SEES_CASES)
        if not regions:
            return ()
        states = tuple(state for state in wanted.states or _QUEUED if state is not CaseState.DRAFT)
        if not states:
            return ()
        async with self._store.reading() as tx:
            return await tx.cases.queue(replace(wanted, regions=regions, states=states), after, limit)

    async def counts(self, staff: Staff) -> dict[CaseState, int]:
        """How many cases stand in each state that is not over, in the staff's regions."""
        regions = _regions(staff, (), SEES_NUMBERS)
        if not regions:
            return {}
        async with self._store.reading() as tx:
            return await tx.cases.counts(regions)

    def may_claim(self, staff: Staff, row: QueueRow) -> bool:
        """Whether `claim` would be let through for a row of the queue: nobody has it, it is this role's turn, and not the first reviewer's again."""
        if row.claimed_by is not None or (row.state is CaseState.SECOND and row.first_reviewer == staff.id):
            return False
        role = self._role(row)
        return bool(role) and role in staff.roles

    async def look(self, staff: Staff, case_no: str) -> Dossier | None:
        """The case with all that belongs to it, audited as a look; None for another region's case as for none."""
        async with self._store.transaction() as tx:
            case = await self._seen(tx, staff, case_no)
            if case is None:
                return None
            person = await _person(tx, case)
            attachments = await tx.attachments.of_case(case_no)
            await self._audit(tx, staff, "look", case)
            filing = FILINGS.get(case.filing)
            known = insight_of(filing.effects) if filing else None
            seen = tuple((label, text, False) for label, text in await known(tx, case)) if known else ()
        return Dossier(case, filing, person, attachments, self._may(staff, case), (*_facts(case, filing, person), *seen))

    async def reveal(self, staff: Staff, case_no: str, label: str, reason: str) -> str | None:
        """One value in clear. Audited with the reason, which must be given (NotAllowed); None where there is nothing to reveal."""
        why = " ".join(reason.split())
        if len(why) < _REASON_AT_LEAST:
            raise NotAllowed("请写明为什么要看完整号码，会记在审计日志里。")
        async with self._store.transaction() as tx:
            case = await self._seen(tx, staff, case_no)
            if case is None:
                return None
            person = await _person(tx, case)
            value = _clear(case, FILINGS.get(case.filing), person, label)
            await self._audit(tx, staff, "reveal", case, "ok" if value else "empty", f"{label}：{why}")
        return value

    async def attachment(self, staff: Staff, case_no: str, attachment_id: int) -> tuple[Attachment, bytes] | None:
        """One file of the case, audited as a look; None where it is not of that case, not of the staff's regions, or was altered."""
        async with self._store.transaction() as tx:
            case = await self._seen(tx, staff, case_no)
            found = await tx.attachments.get(attachment_id) if case is not None else None
            if case is None or found is None or found.case_no != case_no:
                return None
            await self._audit(tx, staff, "attachment", case)
        body = await self._services.files.get(found.stored_as)
        return None if body is None else (found, body)

    # ── acting ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def claim(self, staff: Staff, case_no: str, version: int) -> Case:
        """Take it: nobody else decides about it until it is released or decided."""

        async def act(tx: Repositories, case: Case) -> Case:
            return await tx.cases.save(replace(case, claimed_by=staff.id))

        return await self._do(staff, case_no, version, "claim", act)

    async def take_over(self, staff: Staff, case_no: str, version: int, reason: str) -> Case:
        """Take it from the colleague who holds it and cannot be asked to put it back; the reason, which must be given, stands in the audit."""
        why = " ".join(reason.split())
        if len(why) < _REASON_AT_LEAST:
            raise NotAllowed("请写明为什么接手，会记在审计日志里。")

        async def act(tx: Repositories, case: Case) -> Case:
            return await tx.cases.save(replace(case, claimed_by=staff.id))

        return await self._do(staff, case_no, version, "take_over", act, why)

    async def release(self, staff: Staff, case_no: str, version: int) -> Case:
        """Put back what one has taken."""

        async def act(tx: Repositories, case: Case) -> Case:
            return await tx.cases.save(replace(case, claimed_by=None))

        return await self._do(staff, case_no, version, "release", act)

    async def approve(self, staff: Staff, case_no: str, version: int, note: str = "") -> Case:
        """审核通过; with four eyes it goes on to a second, other member of staff. The person reads `note`.

        Not while a 必要 material is missing: it was asked for because somebody has to look at it.
        """

        async def act(tx: Repositories, case: Case) -> Case:
            if missing := await self._flow.lacking(tx, case):
                raise Refusal(f"还缺必要的材料：{'、'.join(one.title for one in missing)}，不能通过。请用“要求补正”告诉本人。")
            return await self._flow.decide(tx, case, staff, approve=True, note=note)

        return await self._do(staff, case_no, version, "approve", act)

    async def reject(self, staff: Staff, case_no: str, version: int, note: str) -> Case:
        """审核不通过; the person reads `note`, which must be given."""
        return await self._do(
            staff, case_no, version, "reject", lambda tx, case: self._flow.decide(tx, case, staff, approve=False, note=note)
        )

    async def ask_more(self, staff: Staff, case_no: str, version: int, note: str) -> Case:
        """要求补正; the person reads `note`, which must be given."""
        return await self._do(staff, case_no, version, "ask_more", lambda tx, case: self._flow.ask_more(tx, case, staff, note))

    async def stage_over(self, staff: Staff, case_no: str, version: int, note: str = "") -> Case:
        """The work of the present stage is done, or what was ready was handed over."""
        return await self._do(
            staff, case_no, version, "stage_over", lambda tx, case: self._flow.stage_over(tx, case, staff, note)
        )

    async def approve_many(self, staff: Staff, chosen: Sequence[tuple[str, int]]) -> tuple[tuple[str, str], ...]:
        """Approve each by itself; (case_no, '' or why not), in the order given."""
        outcome = []
        for case_no, version in chosen:
            why = ""
            try:
                await self.approve(staff, case_no, version)
            except Conflict:
                why = _CHANGED
            except NotAllowed as refused:
                why = refused.sentence
            outcome.append((case_no, why))
        return tuple(outcome)

    # ── inside ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _seen(self, tx: Repositories, staff: Staff, case_no: str) -> Case | None:
        case = await tx.cases.get(case_no)
        return await as_held(tx, case) if case is not None and _sees(staff, case) else None

    async def _do(
        self,
        staff: Staff,
        case_no: str,
        version: int,
        action: str,
        act: Callable[[Repositories, Case], Awaitable[Case]],
        note: str = "",
    ) -> Case:
        refused = ""
        async with self._store.transaction() as tx:
            case = await self._seen(tx, staff, case_no)
            if case is None:
                raise NotAllowed(_GONE)
            if case.version != version:
                raise Conflict(_CHANGED)
            if action in self._may(staff, case):
                try:
                    moved = await act(tx, case)
                except Refusal as refusal:
                    raise NotAllowed(refusal.sentence) from None
                await self._audit(tx, staff, action, moved, note=note)
                return moved
            refused = await self._why_not(tx, staff, case, action)
            await self._audit(tx, staff, action, case, "denied")
        raise NotAllowed(refused)

    async def _why_not(self, tx: Repositories, staff: Staff, case: Case, action: str) -> str:
        if case.claimed_by is not None and case.claimed_by != staff.id:
            holder = await tx.staff.get(case.claimed_by)
            return f"这件业务已由{holder.name if holder else '另一位同事'}领取，请等放回后再办。"
        if action in {"approve", "reject", "ask_more"} and case.state is CaseState.SECOND and case.first_reviewer == staff.id:
            return "这件业务要两个人审核，您已经审过了，请另一位同事复核。"
        role = self._role(case)
        if role and role not in staff.roles:
            return f"这一步由“{role}”办理，您没有这个角色。"
        return f"这件业务现在是“{case.feedback_status}”，不能这样处理。"

    def _role(self, case: Case | QueueRow) -> str:
        """Whose turn it is; '' for nobody of the staff."""
        return turn_of(case)

    def _may(self, staff: Staff, case: Case) -> frozenset[str]:
        filing = FILINGS.get(case.filing)
        role = self._role(case)
        region = self._services.regions.get(case.region)
        if filing is None or region is None or not role or role not in staff.roles:
            return frozenset()
        again = case.state is CaseState.SECOND and case.first_reviewer == staff.id
        if case.claimed_by not in {None, staff.id}:
            return frozenset() if again else frozenset({"take_over"})
        if again:
            return frozenset({"release"} if case.claimed_by else ())
        can = {name for name, act in _ACTS.items() if leads_to(filing, region, case, act) is not None}
        return frozenset(can | {"release" if case.claimed_by else "claim"})

    async def _audit(self, tx: Repositories, staff: Staff, action: str, case: Case, result: str = "ok", note: str = "") -> None:
        actor = await tx.audit.pseudonym(f"staff:{staff.login}")
        about_whom = await _about(tx, case)
        subject = await tx.people.identity_hash(about_whom) if about_whom else ""
        role = "、".join(sorted(staff.roles))
        about = f"业务 {case.case_no}" + (f"；{note}" if note else "")
        await tx.audit.write(
            AuditEntry(self._services.clock.now(), actor, role, action, case.feature, subject, result, note=about)
        )


_ACTS = {"approve": Act.APPROVE, "reject": Act.REJECT, "ask_more": Act.ASK_MORE, "stage_over": Act.STAGE_OVER}
_QUEUED = tuple(state for state in CaseState if not state.over and state is not CaseState.DRAFT)


def _regions(staff: Staff, wanted: Sequence[str], roles: frozenset[str]) -> tuple[str, ...]:
    if not staff.active or not staff.roles & roles:
        return ()
    return tuple(sorted(staff.regions & set(wanted) if wanted else staff.regions))


def _sees(staff: Staff, case: Case) -> bool:
    """Cases that another system keeps are not the console's, and drafts are still the person's own."""
    if not staff.active or not staff.roles & SEES_CASES or case.region not in staff.regions:
        return False
    return case.state not in {None, CaseState.DRAFT}


async def _person(tx: Repositories, case: Case) -> Person | None:
    """Who filed it. Nobody for what anyone may file: there the answers say whom it is about, and they stand for themselves."""
    filing = FILINGS.get(case.filing)
    if case.person_id is None or (filing is not None and filing.who == "anyone"):
        return None
    return await tx.people.get(case.person_id)


async def _about(tx: Repositories, case: Case) -> int | None:
    """The person whose data a look at the case opens."""
    filing = FILINGS.get(case.filing)
    named = named_of(filing.effects) if filing is not None else None
    if named is None:
        return case.person_id
    person = await named(tx, case)
    return person.id if person is not None else None


def _facts(case: Case, filing: Filing | None, person: Person | None) -> tuple[tuple[str, str, bool], ...]:
    facts = []
    if person is not None:
        facts = [(_NAME, masked_name(person.name), True), (_ID_NO, masked_id(person.id_no), True)]
        facts.append((_PHONE, masked_phone(person.phone), True) if person.phone else (_PHONE, "没有登记", False))
    for label, shown in case.fields.items():
        clear = _answer(case, filing, label)
        masked = clear is not None and (_secret(filing, label) or _seen(filing, label, clear) != clear)
        facts.append((label, _seen(filing, label, shown), masked))
    return tuple(facts)


def _seen(filing: Filing | None, label: str, text: str) -> str:
    """The text as it may be looked at: numbers are masked, and of an address only the district is left."""
    at_home = filing is not None and question_of(filing, label) == _ADDRESS
    return masked_address(text) if at_home else hidden(text)


def _secret(filing: Filing | None, label: str) -> bool:
    return filing is not None and any(step.label == label and step.secret for step in filing.steps)


def _answer(case: Case, filing: Filing | None, label: str) -> str | None:
    name = question_of(filing, label) if filing else ""
    return case.answers.get(name) if name else None


def _clear(case: Case, filing: Filing | None, person: Person | None, label: str) -> str | None:
    if person is not None and label in {_NAME, _ID_NO, _PHONE}:
        return {_NAME: person.name, _ID_NO: person.id_no, _PHONE: person.phone}[label]
    return _answer(case, filing, label)
