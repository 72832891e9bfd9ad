"""The desk of one turn: what dialogs may ask and have done, for this chat and this person, inside this turn's transaction."""

from __future__ import annotations

import contextlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from dialogs.desk import BindOutcome, Checked, CodeChecked, CodeSent, Found, Paper
from dialogs.masks import masked_card, masked_name, surname_only
from dialogs.messages import Say
from dialogs.phrases import day
from dialogs.statement import Statement
from handlers.captcha import Captcha
from handlers.codes import Codes, Sms
from handlers.documents import content_hash, freeze, from_qr, from_text, new_check_code, new_serial, parse_serial
from handlers.links import Links
from handlers.outbox import push
from handlers.policy import DAY, HOUR, Digest, Policy
from handlers.queries import QUERIES, Asker
from handlers.verification import NotRight, Throttled, Verification
from storage.ports.records import (
    AuditEntry,
    Binding,
    Card,
    Case,
    CaseStep,
    Certification,
    CodeState,
    Document,
    Person,
    User,
)
from storage.ports.regions import Region
from storage.ports.repositories import Conflict, Repositories
from storage.ports.time import SHANGHAI, Clock


class TooMuch(Exception):
    """A ceiling of the policy was reached (S24): an expected refusal, told to the person. `retry_at` is when it is over."""

    def __init__(self, what: str, retry_at: datetime) -> None:
        super().__init__(what)
        self.what = what
        self.retry_at = retry_at


@dataclass(frozen=True, slots=True)
class Services:
    """What every desk is made of; one for the process."""

    clock: Clock
    regions: Mapping[str, Region]
    links: Links
    verification: Verification
    captcha: Captcha
    policy: Policy
    digest: Digest
    public_url: str


_SAID_BESIDE = re.compile("查询流水号|流水号|校验码|校验|验真|单据|[:：]")
"""What people write beside the two numbers."""


def new_case_no(moment: datetime) -> str:
    """A 业务流水号: fifteen digits, the day and nine random ones; shorter than a 流水号, so that the two are not mistaken for each other."""
    return f"{moment:%y%m%d}{secrets.randbelow(10**9):09d}"


class TurnDesk:
    """Implements `dialogs.desk.Desk` over the ports. Ownership is checked here: nothing is reached but what belongs to `person`."""

    def __init__(self, tx: Repositories, user: User, person: Person | None, services: Services) -> None:
        self._tx = tx
        self.user = user
        self._person = person
        self._services = services
        self._now = services.clock.now()
        self._codes = Codes(tx, user.openid, self._now, services.policy, services.digest, services.captcha)

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
        return self._services.regions

    @property
    def region(self) -> Region | None:
        code = self._person.region if self._person else self.user.region
        return self._services.regions.get(code) if code else None

    def region_of(self, code: str) -> Region:
        return self._services.regions[code]

    async def choose_region(self, code: str) -> None:
        if code in self._services.regions:
            await self._save(replace(self.user, region=code))

    def _mine(self) -> Person:
        if self._person is None:
            raise LookupError("this chat speaks for nobody")
        return self._person

    # ── one-time codes and log-in ───────────────────────────────────────────────────────────────────────────────────

    async def send_code(self, purpose: str, phone: str, *, may_wait: bool) -> CodeSent:
        return await self._codes.send(purpose, phone, may_wait=may_wait)

    async def check_code(self, request: str, purpose: str, digits: str) -> CodeChecked:
        return await self._codes.check(request, purpose, digits)

    async def candidates(self, proof: str) -> tuple[Person, ...]:
        passed = await self._codes.proved(proof, "login")
        return await self._tx.people.by_phone(passed.phone) if passed else ()

    async def bind(self, proof: str, person_id: int, last_four: str, consent: str) -> BindOutcome:
        person = next((one for one in await self.candidates(proof) if one.id == person_id), None)
        if person is None:
            return BindOutcome(None, expired=True)
        tries = self._services.policy.second_proof_tries
        verdicts = [
            await self._tx.limits.hit("second-proof.person", str(person_id), tries, DAY, self._now),
            await self._tx.limits.hit("second-proof.chat", self.user.openid, tries, DAY, self._now),
        ]
        if not all(verdict.allowed for verdict in verdicts):
            await self._audit("bind", "BJQ-L-02", "denied", person)
            return BindOutcome(None)
        if not hmac.compare_digest(person.id_no[-4:].encode(), last_four.encode()):
            await self._audit("bind", "BJQ-L-02", "denied", person)
            return BindOutcome(None, left=tries - max(verdict.used for verdict in verdicts))
        await self._tx.limits.clear("second-proof.person", str(person_id))
        await self._tx.limits.clear("second-proof.chat", self.user.openid)
        await self._tx.codes.set_state(proof, CodeState.PASSED, CodeState.SPENT)
        await self._tell_old_chats(person)
        await self._tx.users.bind(Binding(0, self.user.openid, person.id, "person", "sms", consent, self._now))
        await self._speak_for(person)
        await self._audit("bind", "BJQ-L-02", "ok", person)
        return BindOutcome(person)

    async def _tell_old_chats(self, person: Person) -> None:
        """Whoever is bound already is told at once that another chat is (S16), by chat and by SMS."""
        others = [user for user in await self._tx.users.chats_of(person.id) if user.openid != self.user.openid]
        when = f"{day(self._now.date())} {self._now:%H:%M}"
        text = f"提醒您：{masked_name(person.name)} 的社保账户 {when} 在另一个微信上登录了。不是您或家人操作的，请立即拨打 {self.region_of(person.region).hotline}。"
        for other in others:
            await push(self._tx, other.openid, (Say(text),), self._now)
        if others and person.phone:
            sms = Sms(person.phone, f"【社保服务】{text}", wanted=True)
            await self._tx.jobs.enqueue("sms", msgspec.json.encode(sms), self._now)

    async def bound(self) -> tuple[Person, ...]:
        people = [await self._tx.people.get(one.person_id) for one in await self._tx.users.bindings(self.user.openid)]
        return tuple(one for one in people if one is not None and one.person_status != "死亡")

    async def switch(self, person_id: int) -> Person | None:
        person = next((one for one in await self.bound() if one.id == person_id), None)
        if person is not None:
            await self._speak_for(person)
            await self._audit("bind", "BJQ-L-08", "ok", person)
        return person

    async def log_out(self) -> None:
        person, self._person = self._person, None
        await self._save(replace(self.user, person_id=None, active_role="visitor"))
        if person is not None:
            await self._audit("unbind", "BZ-07", "ok", person)

    async def unbind(self) -> bool:
        person = self._mine()
        ended = await self._tx.users.unbind(self.user.openid, person.id, self._now)
        self._person = None
        await self._save(replace(self.user, person_id=None, active_role="visitor"))
        await self._audit("unbind", "BZ-08", "ok" if ended else "empty", person)
        return ended

    async def _speak_for(self, person: Person) -> None:
        self._person = person
        await self._save(replace(self.user, person_id=person.id, active_role="person", region=person.region))

    async def _save(self, user: User) -> None:
        self.user = user
        await self._tx.users.save(user)

    # ── queries and documents ───────────────────────────────────────────────────────────────────────────────────────

    async def _asker(self) -> Asker:
        person = self._mine()
        return Asker(person, self.region_of(person.region), self._now.date())

    async def look_up(self, query: str, params: Mapping[str, str]) -> Found:
        await self._spend("查询", "query", self._services.policy.queries_per_chat_hour)
        statement = await QUERIES[query](self._tx, await self._asker(), params)
        await self._audit("query", statement.feature, "ok" if statement.tables else "empty", self._person)
        url = ""
        if statement.tables:
            kept = {"query": query, "person": str(self._mine().id), **params}
            url = await self._services.links.page(self._tx, self.user.openid, kept)
        return Found(statement, url)

    async def issue(self, query: str, params: Mapping[str, str], key: str) -> Paper:
        await self._spend("下载单据", "document", self._services.policy.documents_per_chat_day, daily=True)
        statement = await QUERIES[query](self._tx, await self._asker(), params)
        document = await issue(self._tx, self._services, statement, self._mine().id, f"{self.user.openid}|{key}")
        await self._audit("download", statement.feature, "ok", self._person)
        url = await self._services.links.document(self._tx, self.user.openid, document.serial_no)
        return Paper(document.title, document.serial_no, url)

    async def _spend(self, what: str, counter: str, limit: int, *, daily: bool = False) -> None:
        window = DAY if daily else HOUR
        verdict = await self._tx.limits.hit(counter, self.user.openid, limit, window, self._now)
        if not verdict.allowed:
            raise TooMuch(what, verdict.retry_at or self._now + window)

    async def case_paper(self, case_no: str, key: str) -> Paper | None:
        if await self.case(case_no) is None:
            return None
        return await self.issue("case_paper", {"case_no": case_no}, key)

    def read_serial(self, text: str) -> str | None:
        return parse_serial(text)

    def read_pair(self, text: str) -> tuple[str, str] | None:
        return from_qr(text.strip(), self._services.public_url) or from_text(_SAID_BESIDE.sub(" ", text))

    async def verify(self, serial: str, code: str) -> Checked:
        outcome = await self._services.verification.check(self._tx, serial, code, f"chat:{self.user.openid}")
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
                    url=f"{self._services.public_url}/v/{document.serial_no}/{document.check_code}",
                )

    # ── card, cases, certification ──────────────────────────────────────────────────────────────────────────────────

    async def card(self) -> Card | None:
        return await self._tx.cards.of_person(self._mine().id)

    async def report_lost(self, proof: str, key: str) -> Case:
        person = self._mine()
        case_key = f"report_lost|{self.user.openid}|{key}"
        if done := await self._tx.cases.by_key(case_key):
            return done
        passed = await self._codes.proved(proof, "report_lost")
        card = await self.card()
        if passed is None or card is None or passed.phone != person.phone:
            raise LookupError("no proof or no card")
        if not await self._tx.codes.set_state(proof, CodeState.PASSED, CodeState.SPENT):
            raise Conflict("the code was spent by another act")
        await self._tx.cards.report_lost(card, self._now)
        at = self._now
        case, _ = await self._tx.cases.add(
            Case(
                case_no=new_case_no(at),
                key=case_key,
                feature="BZ-19",
                title="社保卡挂失",
                region=person.region,
                person_id=person.id,
                submitted_at=at,
                handling_status="处理结束",
                feedback_status="挂失成功",
                fields={"社保卡号": masked_card(card.card_no)},
                steps=(
                    CaseStep(1, "本人申请", at, "已受理", "短信验证通过", "本人"),
                    CaseStep(2, "卡片挂失", at, "已生效", "社保卡已停止使用", "系统"),
                ),
                finished_at=at,
            )
        )
        await self._audit("submit", "BZ-19", "ok", person)
        if person.phone:
            text = f"【社保服务】您的社保卡已于 {day(at.date())} {at:%H:%M} 挂失，业务流水号 {case.case_no}。不是您本人办理的请拨打 {self.region_of(person.region).hotline}。"
            await self._tx.jobs.enqueue("sms", msgspec.json.encode(Sms(person.phone, text, wanted=True)), at)
        return case

    async def cases(self) -> tuple[Case, ...]:
        await self._audit("query", "BZ-10", "ok", self._mine())
        return await self._tx.cases.of_person(self._mine().id)

    async def case(self, case_no: str) -> Case | None:
        found = await self._tx.cases.by_no(case_no, self._mine().id)
        await self._audit("query", "BZ-10", "ok" if found else "empty", self._person)
        return found

    async def certification(self) -> Certification | None:
        person = self._mine()
        await self._audit("query", "BJH-26", "ok", person)
        return await self._tx.certifications.of_person(person.id)

    async def _audit(self, action: str, feature: str, result: str, person: Person | None) -> None:
        subject = await self._tx.people.identity_hash(person.id) if person else ""
        actor = await self._tx.audit.pseudonym(self.user.openid)
        await self._tx.audit.write(AuditEntry(self._now, actor, self.user.active_role, action, feature, subject, result))


async def issue(tx: Repositories, services: Services, statement: Statement, person_id: int | None, key: str) -> Document:
    """Freeze a Statement as a document. Once for a `key`: asking again gives the same one."""
    now = services.clock.now()
    snapshot = freeze(statement)
    drafts = (
        Document(
            serial_no=new_serial(now.date(), statement.region),
            check_code=new_check_code(),
            feature=statement.feature,
            title=statement.title,
            region=statement.region,
            person_id=person_id,
            key=key,
            snapshot=snapshot,
            content_hash=content_hash(snapshot),
            created_at=now,
        )
        for _ in range(_SERIALS)
    )
    for draft in drafts:
        with contextlib.suppress(Conflict):  # the number was drawn before: draw again
            document, _ = await tx.documents.add(draft)
            return document
    raise Conflict("no free serial number")


_SERIALS = 5
"""How often a serial is drawn: there are ten million a day and region."""
