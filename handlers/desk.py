"""The desk of one turn: what dialogs may ask and have done, for this chat and this person, inside this turn's transaction."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cached_property

from dialogs.desk import BindOutcome, Checked, CodeChecked, CodeSent, Found, Look, NothingToPrint, Paper
from dialogs.desk_family import OWN_ONLY
from dialogs.masks import masked_name, surname_only
from dialogs.messages import Say
from dialogs.phrases import day
from handlers import papers
from handlers.accounts.desk import AccountDesk
from handlers.cards.desk import CardDesk
from handlers.cards.holds import hold_of_new
from handlers.career import CareerDesk
from handlers.codes import Codes, notice, queue_sms
from handlers.documents import from_qr, from_text, parse_check_code, parse_serial
from handlers.family.desk import FamilyDesk
from handlers.family.standing import (
    RELATIVE,
    THE_PERSON,
    NotGranted,
    Standing,
    scope_of_code,
    scope_of_query,
    standing,
    today_of,
)
from handlers.filings.desk import CaseDesk
from handlers.guides.desk import GuideDesk
from handlers.humans.desk import HumanDesk
from handlers.identities import note_identity
from handlers.issuing import issue
from handlers.my_data.desk import MyDataDesk
from handlers.orders.desk import OrderDesk
from handlers.outbox import push
from handlers.paper_desk import PaperDesk
from handlers.policy import DAY, HOUR, TooMuch
from handlers.queries import QUERIES, asker_of
from handlers.queries.residents import for_residents
from handlers.query import Asker
from handlers.records import RecordDesk
from handlers.scenes.desk import SceneDesk
from handlers.services import Services
from handlers.sight import Seen
from handlers.verification import NotRight, Throttled
from handlers.wishes import WishDesk
from storage.ports.records import (
    AuditEntry,
    Benefit,
    Binding,
    Case,
    Certification,
    CertificationRecord,
    CodeState,
    Grant,
    JobNotice,
    Opened,
    Person,
    User,
)
from storage.ports.regions import Region
from storage.ports.repositories import Repositories
from storage.ports.time import SHANGHAI

_SAID_BESIDE = re.compile("查询流水号|流水号|校验码|校验|验真|单据|[:：]")
"""What people write beside the two numbers."""


_LOOKED_BACK = 200


def _called(role: str, *, mine: bool) -> str:
    """An actor of the audit log in the words of the person whom it was about."""
    if mine:
        return "您自己，在这个微信"
    return {"person": "本人登录的页面或另一个微信", RELATIVE: "您授权的家人", "visitor": "没有登录的微信"}.get(
        role, "经办机构的工作人员"
    )


class TurnDesk:
    """Implements `dialogs.desk.Desk` over the ports. Ownership is checked here: nothing is reached but what belongs to `person`."""

    def __init__(
        self, tx: Repositories, user: User, person: Person | None, services: Services, standing: Standing | None = None
    ) -> None:
        """`standing` is what the chat is to `person`; without it the chat is the person's own."""
        self.tx = tx
        self.user = user
        self._person = person
        self.standing = (standing or THE_PERSON) if person is not None else None
        self.doing = ("", "")
        """What is being done now, as the person reads it, and the run of it."""
        self.uses: list[tuple[str, str]] = []
        """What was used of a grant in this turn, in the form of `doing`; each once."""
        self.over = ""
        """Masked name of the person whose grant to this chat was found to be over in this turn."""
        self.services = services
        self.now = services.clock.now()
        self.shared = False
        """Whether this chat is bound to somebody else too."""
        self.seen: Seen | None = None
        """What is on the photo that this turn is about."""

    @classmethod
    async def open(cls, tx: Repositories, user: User, services: Services, opened: Opened | None = None) -> TurnDesk:
        """The desk for a chat, with the person whom it speaks for; someone who has died is spoken for by nobody. `opened` spares the questions
        that were asked already."""
        if opened is not None:
            person = opened.person
        else:
            person = await tx.people.get(user.person_id) if user.person_id is not None else None
        if person is not None and person.person_status == "死亡":
            person = None
        if user.active_role != RELATIVE:
            # The binding decides: another chat may have ended it while a turn of this one was under way.
            if person is not None and not (
                opened.bound
                if opened is not None
                else any(one.person_id == person.id for one in await tx.users.bindings(user.openid))
            ):
                person, user = None, replace(user, person_id=None, active_role="visitor")
                await note_identity(tx, services, user, None)
            desk = cls(tx, user, person, services)
            desk.shared = opened is not None and opened.shared
            return desk
        found = await standing(tx, user.openid, person.id, today_of(services.clock.now())) if person else None
        if found is not None:
            return cls(tx, user, person, services, found)
        desk = cls(tx, replace(user, person_id=None, active_role="visitor"), None, services)
        desk.over = masked_name(person.name) if person else "家人"
        await note_identity(tx, services, desk.user, None)
        return desk

    def close(self) -> None:
        """The turn is over: its parts, which hold the desk, are let go of, so that all of a turn goes when it ends and nothing is left for the
        garbage collector to find."""
        for name in _PARTS & vars(self).keys():
            delattr(self, name)

    # ── parts, made when they are needed: a turn needs two or three ────────────────────────────────────────────────

    @cached_property
    def codes(self) -> Codes:
        return Codes(self.tx, self.user.openid, self.now, self.services.policy, self.services.digest, self.services.captcha)

    @cached_property
    def filings(self) -> CaseDesk:
        return CaseDesk(self)

    @cached_property
    def cards(self) -> CardDesk:
        return CardDesk(self)

    @cached_property
    def orders(self) -> OrderDesk:
        return OrderDesk(self)

    @cached_property
    def humans(self) -> HumanDesk:
        return HumanDesk(self)

    @cached_property
    def wishes(self) -> WishDesk:
        return WishDesk(self)

    @cached_property
    def family(self) -> FamilyDesk:
        return FamilyDesk(self)

    @cached_property
    def accounts(self) -> AccountDesk:
        return AccountDesk(self)

    @cached_property
    def my_data(self) -> MyDataDesk:
        return MyDataDesk(self)

    @cached_property
    def careers(self) -> CareerDesk:
        return CareerDesk(self)

    @cached_property
    def records(self) -> RecordDesk:
        return RecordDesk(self)

    @cached_property
    def guides(self) -> GuideDesk:
        return GuideDesk(self)

    @cached_property
    def papers(self) -> PaperDesk:
        return PaperDesk(self)

    @cached_property
    def scenes(self) -> SceneDesk:
        return SceneDesk(self)

    # ── who and where ───────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def person(self) -> Person | None:
        return self._person

    @property
    def relative(self) -> Grant | None:
        """The grant under which the chat speaks now; None where it speaks as the person, or for nobody."""
        return self.standing.grant if self.standing is not None else None

    @property
    def regions(self) -> Mapping[str, Region]:
        return self.services.regions

    @property
    def region(self) -> Region | None:
        code = self._person.region if self._person else self.user.region
        return self.services.regions.get(code) if code else None

    def region_of(self, code: str) -> Region:
        return self.services.regions[code]

    async def choose_region(self, code: str) -> None:
        if code in self.services.regions:
            await self._save(replace(self.user, region=code))

    def mine(self, scope: str = "act") -> Person:
        if self._person is None or self.standing is None:
            raise LookupError("this chat speaks for nobody")
        self.must(scope)
        if self.standing.grant is not None and self.doing not in self.uses:
            self.uses.append(self.doing)
        return self._person

    def lend(self, person: Person, standing: Standing) -> None:
        self._person, self.standing = person, standing  # not saved

    def must(self, scope: str) -> None:
        """Raises NotGranted where the chat speaks as a relative who was not given that scope."""
        if self._person is not None and self.standing is not None and not self.standing.may(scope):
            raise NotGranted(self._person, scope, self.standing)

    # ── one-time codes and log-in ───────────────────────────────────────────────────────────────────────────────────

    async def send_code(self, purpose: str, phone: str, *, may_wait: bool) -> CodeSent:
        self.must(scope_of_code(purpose))
        return await self.codes.send(purpose, phone, may_wait=may_wait)

    async def check_code(self, request: str, purpose: str, digits: str) -> CodeChecked:
        self.must(scope_of_code(purpose))
        return await self.codes.check(request, purpose, digits)

    async def candidates(self, proof: str) -> tuple[Person, ...]:
        passed = await self.codes.proved(proof, "login")
        return await self.tx.people.by_phone(passed.phone) if passed else ()

    async def bind(self, proof: str, person_id: int, last_four: str, consent: str) -> BindOutcome:
        person = next((one for one in await self.candidates(proof) if one.id == person_id), None)
        if person is None:
            return BindOutcome(None, expired=True)
        tries = self.services.policy.second_proof_tries
        verdicts = [
            await self.tx.limits.hit("second-proof.person", str(person_id), tries, DAY, self.now),
            await self.tx.limits.hit("second-proof.chat", self.user.openid, tries, DAY, self.now),
        ]
        if not all(verdict.allowed for verdict in verdicts):
            await self.audit("bind", "BJQ-L-02", "denied", person)
            return BindOutcome(None)
        if not hmac.compare_digest(person.id_no[-4:].encode(), last_four.encode()):
            await self.audit("bind", "BJQ-L-02", "denied", person)
            return BindOutcome(None, left=tries - max(verdict.used for verdict in verdicts))
        await self.tx.limits.clear("second-proof.person", str(person_id))
        await self.tx.limits.clear("second-proof.chat", self.user.openid)
        await self.tx.codes.set_state(proof, CodeState.PASSED, CodeState.SPENT)
        await self.admit(person, "sms", consent, "BJQ-L-02")
        return BindOutcome(person)

    async def admit(self, person: Person, way: str, consent: str, feature: str, hold: datetime | None = None) -> None:
        """Bind this chat to a person who has been proved; `hold` is until when its sensitive acts wait at least (S16)."""
        await self._tell_old_chats(person)
        held = [one for one in (await hold_of_new(self.tx, self.user.openid, person.id, self.now), hold) if one is not None]
        held_until = max(held, default=None)
        await self.tx.users.bind(Binding(0, self.user.openid, person.id, "person", way, consent, self.now, held_until=held_until))
        await self._speak_for(person)
        await self.audit("bind", feature, "ok", person)

    async def _tell_old_chats(self, person: Person) -> None:
        """Whoever is bound already is told at once that another chat is (S16), by chat and by SMS."""
        others = [user for user in await self.tx.users.chats_of(person.id) if user.openid != self.user.openid]
        when = f"{day(self.now.date())} {self.now:%H:%M}"
        hotline = self.region_of(person.region).hotline
        text = f"提醒您：{masked_name(person.name)} 的社保账户 {when} 在另一个微信上登录了。不是您或家人操作的，请立即拨打 {hotline}。"
        for other in others:
            await push(self.tx, other.openid, (Say(text),), self.now)
        if others and person.phone:
            name = masked_name(person.name)
            sms = notice(person.phone, text, name=name, what="社保账户在另一个微信上登录", when=self.now, hotline=hotline)
            await queue_sms(self.tx, sms, self.now)

    @property
    def whose(self) -> str:
        """Masked name of the person for whom the chat speaks, where it is bound to several; '' in a chat of one, and for a relative, who is told
        otherwise (`handlers.family.around`)."""
        return masked_name(self._person.name) if self._person is not None and self.shared else ""

    async def bound(self) -> tuple[Person, ...]:
        people = [await self.tx.people.get(one.person_id) for one in await self.tx.users.bindings(self.user.openid)]
        return tuple(one for one in people if one is not None and one.person_status != "死亡")

    async def switch(self, person_id: int) -> Person | None:
        found = await standing(self.tx, self.user.openid, person_id, today_of(self.now))
        person = await self.tx.people.get(person_id) if found else None
        if found is None or person is None or person.person_status == "死亡" or found.scopes <= {"remind"}:
            return None
        await self._speak_for(person, found)
        await self.audit("bind", "BJQ-L-08", "ok", person)
        return person

    async def log_out(self) -> None:
        person = self._person
        if person is not None:
            await self.audit("unbind", "BZ-07", "ok", person)
        await self.tx.tickets.drop_of(self.user.openid)  # whoever holds the phone next opens nothing of before
        await self._speak_for_nobody()

    async def unbind(self) -> bool:
        person = self.mine(OWN_ONLY)
        ended = await self.tx.users.unbind(self.user.openid, person.id, self.now)
        await self.audit("unbind", "BZ-08", "ok" if ended else "empty", person)
        await self._speak_for_nobody()
        return ended

    async def _speak_for_nobody(self) -> None:
        self._person = self.standing = None
        await self._save(replace(self.user, person_id=None, active_role="visitor"))
        await note_identity(self.tx, self.services, self.user, None)
        await self.humans.talk()  # theirs ends

    async def _speak_for(self, person: Person, standing: Standing = THE_PERSON) -> None:
        self._person, self.standing = person, standing
        await self._save(replace(self.user, person_id=person.id, active_role=standing.actor, region=person.region))
        await note_identity(self.tx, self.services, self.user, person)
        await self.humans.talk()  # anybody else's ends

    async def _save(self, user: User) -> None:
        self.user = user
        await self.tx.users.save(user)

    # ── queries and documents ───────────────────────────────────────────────────────────────────────────────────────

    async def _asker(self, query: str) -> Asker:
        person = self.mine(scope_of_query(query))
        return await asker_of(self.tx, query, person, self.region_of(person.region), self.now.date())

    async def look_up(self, query: str, params: Mapping[str, str]) -> Found:
        asker = await self._asker(query)
        await self.spend("查询", "query", self.services.policy.queries_per_chat_hour)
        asker = replace(asker, brief=True)
        statement = await for_residents(self.tx, asker, query, await QUERIES[query](self.tx, asker, params))
        await self.audit("query", statement.feature, "ok" if statement.tables else "empty", self._person)
        url = ""
        if statement.tables:
            kept = {"query": query, "person": str(asker.person.id), **params}
            url = await self.services.links.page(self.tx, self.user.openid, kept)
        return Found(statement, url)

    async def issue(self, query: str, params: Mapping[str, str], key: str) -> Paper:
        asker = await self._asker(query)
        await self.spend("下载单据", "document", self.services.policy.documents_per_chat_day, daily=True)
        statement = await QUERIES[query](self.tx, asker, params)
        if not statement.tables:
            told = await for_residents(self.tx, asker, query, statement)
            raise NothingToPrint(told.summary[1:-1])  # beside what was searched for and the telephone
        whose, person_id = self.services.digest(self.user.openid, "key"), asker.person.id
        if papers.is_long(statement) and await papers.may_wait(self.tx, self.user, person_id):
            await papers.issue_later(self.tx, self.services, self.user, person_id, query, params, f"{whose}|{key}")
            return Paper(statement.title, "", "")
        document = await issue(self.tx, self.services, statement, person_id, f"{whose}|{key}")
        await self.audit("download", statement.feature, "ok", self._person)
        url = await self.services.links.document(self.tx, self.user.openid, document.serial_no)
        return Paper(document.title, document.serial_no, url)

    async def spend(self, what: str, counter: str, limit: int, *, daily: bool = False) -> None:
        window = DAY if daily else HOUR
        verdict = await self.tx.limits.hit_at_commit(counter, self.user.openid, limit, window, self.now)
        if not verdict.allowed:
            raise TooMuch(what, verdict.retry_at or self.now + window)

    async def job_notices(self, kind: str, words: Sequence[str], place: str, after: int, limit: int) -> tuple[JobNotice, ...]:
        if self.region is None:
            return ()
        await self.spend("查询", "query", self.services.policy.queries_per_chat_hour)
        return await self.tx.job_notices.search(self.region.code, kind, words, place, after, limit)

    async def job_page(self, query: str, wanted: str) -> str:
        if self.region is None:
            return ""
        return await self.services.links.page(
            self.tx, self.user.openid, {"query": query, "region": self.region.code, "wanted": wanted}
        )

    async def case_paper(self, case_no: str, key: str) -> Paper | None:
        case = await self.case(case_no)
        if case is None or case.person_id is None:  # a paper names its person
            return None
        return await self.issue("case_paper", {"case_no": case_no}, key)

    def read_serial(self, text: str) -> str | None:
        return parse_serial(text)

    def read_code(self, text: str) -> str | None:
        return parse_check_code(text)

    def read_pair(self, text: str) -> tuple[str, str] | None:
        return from_qr(text.strip(), self.services.public_url) or from_text(_SAID_BESIDE.sub(" ", text))

    async def verify(self, serial: str, code: str, way: str = "chat") -> Checked:
        outcome = await self.services.verification.check(self.tx, serial, code, f"chat:{self.user.openid}", way=way)
        match outcome:
            case Throttled():
                return Checked(right=False, retry_at=outcome.retry_at)
            case NotRight():
                return Checked(right=False)
            case _:
                document = outcome.document
                return Checked(
                    right=True,
                    title=document.title,
                    issued_on=document.created_at.astimezone(SHANGHAI).date(),
                    holder=surname_only(outcome.statement.holder),
                    warning=outcome.note,
                    headline=outcome.headline,
                    url=f"{self.services.public_url}/v/{document.serial_no}/{document.check_code}" if outcome.shown else "",
                )

    # ── cases, certification ──────────────────────────────────────────────────────────────────────────────────

    async def cases(self) -> tuple[Case, ...]:
        await self.audit("query", "BZ-10", "ok", self.mine())
        own = await self.tx.cases.of_person(self.mine().id)
        return tuple(
            sorted((*own, *await self.tx.cases.of_nobody(self.user.openid)), key=lambda one: one.submitted_at, reverse=True)
        )

    async def case(self, case_no: str) -> Case | None:
        self.mine()
        found = await self.filings.mine(case_no)
        await self.audit("query", "BZ-10", "ok" if found else "empty", self._person)
        return found

    async def certification(self) -> Certification | None:
        person = self.mine("certification")
        await self.audit("query", "BJH-26", "ok", person)
        return await self.tx.certifications.of_person(person.id)

    async def looks(self) -> tuple[Look, ...]:
        person = self.mine(OWN_ONLY)
        subject = await self.tx.people.identity_hash(person.id)
        me = await self.tx.audit.pseudonym(self.user.openid)
        found: dict[tuple[date, str], Look] = {}
        for one in await self.tx.audit.of_subject(subject, _LOOKED_BACK):
            if one.role == "system":
                continue
            who = _called(one.role, mine=one.actor == me)
            key = (one.at.astimezone(SHANGHAI).date(), who)
            found[key] = replace(found[key], times=found[key].times + 1) if key in found else Look(one.at, who, 1)
        await self.audit("query", "audit", "ok" if found else "empty", person)
        return tuple(found.values())

    async def benefit(self) -> Benefit | None:
        if self._person is None:
            return None
        return await self.tx.certifications.benefit(self.mine("certification").id)

    async def certification_records(self, limit: int) -> tuple[CertificationRecord, ...]:
        if self._person is None:
            return ()
        person = self.mine("certification")
        await self.audit("query", "BJH-26", "ok", person)
        return await self.tx.certifications.history(person.id, limit)

    async def audit(self, action: str, feature: str, result: str, person: Person | None) -> None:
        subject = await self.tx.people.identity_hash(person.id) if person else ""
        actor = await self.tx.audit.pseudonym(self.user.openid)
        role = self.standing.actor if person is not None and self.standing is not None else self.user.active_role
        await self.tx.audit.write(AuditEntry(self.now, actor, role, action, feature, subject, result))


_PARTS = frozenset(name for name, value in vars(TurnDesk).items() if isinstance(value, cached_property))
