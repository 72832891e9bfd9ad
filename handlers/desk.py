"""The desk of one turn: what dialogs may ask and have done, for this chat and this person, inside this turn's transaction."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import replace

from dialogs.desk import BindOutcome, Checked, CodeChecked, CodeSent, Found, Paper
from dialogs.masks import masked_name, surname_only
from dialogs.messages import Say
from dialogs.phrases import day
from handlers.cards.desk import CardDesk
from handlers.cards.holds import hold_of_new
from handlers.codes import Codes, notice, queue_sms
from handlers.documents import from_qr, from_text, parse_serial
from handlers.filings.desk import CaseDesk
from handlers.humans.desk import HumanDesk
from handlers.issuing import issue
from handlers.orders.desk import OrderDesk
from handlers.outbox import push
from handlers.policy import DAY, HOUR, TooMuch
from handlers.queries import QUERIES
from handlers.query import Asker
from handlers.services import Services
from handlers.verification import NotRight, Throttled
from handlers.wishes import WishDesk
from storage.ports.records import AuditEntry, Binding, Case, Certification, CertificationRecord, CodeState, Person, User
from storage.ports.regions import Region
from storage.ports.repositories import Repositories
from storage.ports.time import SHANGHAI

_SAID_BESIDE = re.compile("查询流水号|流水号|校验码|校验|验真|单据|[:：]")
"""What people write beside the two numbers."""


class TurnDesk:
    """Implements `dialogs.desk.Desk` over the ports. Ownership is checked here: nothing is reached but what belongs to `person`."""

    def __init__(self, tx: Repositories, user: User, person: Person | None, services: Services) -> None:
        self.tx = tx
        self.user = user
        self._person = person
        self.services = services
        self.now = services.clock.now()
        self.codes = Codes(tx, user.openid, self.now, services.policy, services.digest, services.captcha)
        self.filings = CaseDesk(self)
        self.cards = CardDesk(self)
        self.orders = OrderDesk(self)
        self.humans = HumanDesk(self)
        self.wishes = WishDesk(self)

    @classmethod
    async def open(cls, tx: Repositories, user: User, services: Services) -> TurnDesk:
        """The desk for a chat, with the person whom it speaks for; someone who has died is spoken for by nobody."""
        person = await tx.people.get(user.person_id) if user.person_id is not None else None
        if person is not None and person.person_status == "死亡":
            person = None
        return cls(tx, user, person, services)

    # ── who and where ───────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def person(self) -> Person | None:
        return self._person

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

    def mine(self) -> Person:
        if self._person is None:
            raise LookupError("this chat speaks for nobody")
        return self._person

    # ── one-time codes and log-in ───────────────────────────────────────────────────────────────────────────────────

    async def send_code(self, purpose: str, phone: str, *, may_wait: bool) -> CodeSent:
        return await self.codes.send(purpose, phone, may_wait=may_wait)

    async def check_code(self, request: str, purpose: str, digits: str) -> CodeChecked:
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
        await self._tell_old_chats(person)
        held_until = await hold_of_new(self.tx, self.user.openid, person.id, self.now)
        await self.tx.users.bind(
            Binding(0, self.user.openid, person.id, "person", "sms", consent, self.now, held_until=held_until)
        )
        await self._speak_for(person)
        await self.audit("bind", "BJQ-L-02", "ok", person)
        return BindOutcome(person)

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

    async def bound(self) -> tuple[Person, ...]:
        people = [await self.tx.people.get(one.person_id) for one in await self.tx.users.bindings(self.user.openid)]
        return tuple(one for one in people if one is not None and one.person_status != "死亡")

    async def switch(self, person_id: int) -> Person | None:
        person = next((one for one in await self.bound() if one.id == person_id), None)
        if person is not None:
            await self._speak_for(person)
            await self.audit("bind", "BJQ-L-08", "ok", person)
        return person

    async def log_out(self) -> None:
        person, self._person = self._person, None
        await self._save(replace(self.user, person_id=None, active_role="visitor"))
        await self.humans.talk()  # theirs ends
        if person is not None:
            await self.audit("unbind", "BZ-07", "ok", person)

    async def unbind(self) -> bool:
        person = self.mine()
        ended = await self.tx.users.unbind(self.user.openid, person.id, self.now)
        self._person = None
        await self._save(replace(self.user, person_id=None, active_role="visitor"))
        await self.humans.talk()  # theirs ends
        await self.audit("unbind", "BZ-08", "ok" if ended else "empty", person)
        return ended

    async def _speak_for(self, person: Person) -> None:
        self._person = person
        await self._save(replace(self.user, person_id=person.id, active_role="person", region=person.region))
        await self.humans.talk()  # anybody else's ends

    async def _save(self, user: User) -> None:
        self.user = user
        await self.tx.users.save(user)

    # ── queries and documents ───────────────────────────────────────────────────────────────────────────────────────

    async def _asker(self) -> Asker:
        person = self.mine()
        return Asker(person, self.region_of(person.region), self.now.date())

    async def look_up(self, query: str, params: Mapping[str, str]) -> Found:
        await self.spend("查询", "query", self.services.policy.queries_per_chat_hour)
        statement = await QUERIES[query](self.tx, await self._asker(), params)
        await self.audit("query", statement.feature, "ok" if statement.tables else "empty", self._person)
        url = ""
        if statement.tables:
            kept = {"query": query, "person": str(self.mine().id), **params}
            url = await self.services.links.page(self.tx, self.user.openid, kept)
        return Found(statement, url)

    async def issue(self, query: str, params: Mapping[str, str], key: str) -> Paper:
        await self.spend("下载单据", "document", self.services.policy.documents_per_chat_day, daily=True)
        statement = await QUERIES[query](self.tx, await self._asker(), params)
        whose = self.services.digest(self.user.openid, "key")
        document = await issue(self.tx, self.services, statement, self.mine().id, f"{whose}|{key}")
        await self.audit("download", statement.feature, "ok", self._person)
        url = await self.services.links.document(self.tx, self.user.openid, document.serial_no)
        return Paper(document.title, document.serial_no, url)

    async def spend(self, what: str, counter: str, limit: int, *, daily: bool = False) -> None:
        window = DAY if daily else HOUR
        verdict = await self.tx.limits.hit(counter, self.user.openid, limit, window, self.now)
        if not verdict.allowed:
            raise TooMuch(what, verdict.retry_at or self.now + window)

    async def case_paper(self, case_no: str, key: str) -> Paper | None:
        case = await self.case(case_no)
        if case is None or case.person_id is None:  # a paper names its person
            return None
        return await self.issue("case_paper", {"case_no": case_no}, key)

    def read_serial(self, text: str) -> str | None:
        return parse_serial(text)

    def read_pair(self, text: str) -> tuple[str, str] | None:
        return from_qr(text.strip(), self.services.public_url) or from_text(_SAID_BESIDE.sub(" ", text))

    async def verify(self, serial: str, code: str) -> Checked:
        outcome = await self.services.verification.check(self.tx, serial, code, f"chat:{self.user.openid}")
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
                    url=f"{self.services.public_url}/v/{document.serial_no}/{document.check_code}",
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
        person = self.mine()
        await self.audit("query", "BJH-26", "ok", person)
        return await self.tx.certifications.of_person(person.id)

    async def certification_records(self, limit: int) -> tuple[CertificationRecord, ...]:
        if self._person is None:
            return ()
        await self.audit("query", "BJH-26", "ok", self._person)
        return await self.tx.certifications.history(self._person.id, limit)

    async def audit(self, action: str, feature: str, result: str, person: Person | None) -> None:
        subject = await self.tx.people.identity_hash(person.id) if person else ""
        actor = await self.tx.audit.pseudonym(self.user.openid)
        await self.tx.audit.write(AuditEntry(self.now, actor, self.user.active_role, action, feature, subject, result))
