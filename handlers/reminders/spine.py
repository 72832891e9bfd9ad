"""认证提醒 (BJH-26, P-CERT): a daily plan, and one send for each row of the ledger; each reminder once, and none after certifying.

Who is due within the stages of their region is planned once a day. Planning a row and queueing its send are one transaction; a row is
`sending` before the platform is called and settled after it, always with the same `client_msg_id`, so that a killed worker repeats a
call that the platform knows, never a reminder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol

import msgspec
import structlog

from dialogs.masks import masked_name
from dialogs.messages import Delivered
from dialogs.phrases import day
from storage.ports.records import Certification, Person, User
from storage.ports.regions import Region
from storage.ports.repositories import Repositories, Store
from storage.ports.time import SHANGHAI, Clock

KIND = "P-CERT"
TEMPLATE = "template"
_PAGE = 500

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Notice:
    """A reminder ready to be sent as a template message; fields in words, the edge knows the template's keys."""

    openid: str
    holder: str
    subject: str
    due: str
    hint: str
    client_msg_id: str


@dataclass(frozen=True, slots=True)
class Sent:
    """The platform took it; `msg_id` names it in the receipt."""

    msg_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The platform will not deliver it to this person (not following, template gone …): not tried again."""

    reason: str


class NoticeSender(Protocol):
    """The edge that sends template messages. Raises `handlers.jobs.RetryLater` when it may work later."""

    async def send(self, notice: Notice) -> Sent | Refused: ...


@dataclass(frozen=True, slots=True)
class Send:
    """The payload of the job `reminder`."""

    row_id: int
    openid: str
    person_id: int
    due_on: date


class Reminders:
    """Plans and sends."""

    def __init__(self, store: Store, clock: Clock, regions: Mapping[str, Region], sender: NoticeSender, at_hour: int = 9) -> None:
        self._store = store
        self._clock = clock
        self._regions = regions
        self._sender = sender
        self._at_hour = at_hour

    async def schedule(self) -> None:
        """Queue the next daily run, once. Called at start-up and by each run."""
        async with self._store.transaction() as tx:
            await self._schedule(tx)

    async def _schedule(self, tx: Repositories) -> None:
        now = self._clock.now()
        run_at = datetime.combine(now.date(), time(self._at_hour), SHANGHAI)
        if run_at <= now:
            run_at += timedelta(days=1)
        await tx.jobs.enqueue("remind", b"{}", run_at, dedupe_key=f"remind:{run_at.date()}")

    async def run_daily(self, payload: bytes) -> None:
        """The job `remind`: plan today's reminders, then queue tomorrow's run. Running it again plans nothing twice."""
        planned = await self.plan(self._clock.now().date())
        await self.schedule()
        log.info("reminders planned", count=planned)

    async def plan(self, today: date) -> int:
        """Write and queue every reminder that is due on `today`; returns how many are new. Also catches up on stages that were missed."""
        planned, after_id = 0, 0
        furthest = max((region.certification.stages[0] for region in self._regions.values()), default=0)
        while True:
            async with self._store.transaction() as tx:
                page = await tx.certifications.due_between(today, today + timedelta(days=furthest), after_id, _PAGE)
                for certification in page:
                    planned += await self._plan_one(tx, certification, today)
            if len(page) < _PAGE:
                return planned
            after_id = page[-1].person_id

    async def _plan_one(self, tx: Repositories, certification: Certification, today: date) -> int:
        chats = await tx.users.chats_of(certification.person_id)
        person = await tx.people.get(certification.person_id) if chats else None
        if person is None:
            return 0
        stage = self._stage(person, certification.due_on, today)
        if stage is None:
            return 0
        planned = 0
        for chat in chats:
            cycle = f"{certification.due_on}|{await tx.audit.pseudonym(chat.openid)}"
            row = await tx.reminders.plan(KIND, person.id, cycle, str(stage), TEMPLATE)
            if row is not None:
                send = Send(row.id, chat.openid, person.id, certification.due_on)
                await tx.jobs.enqueue("reminder", msgspec.json.encode(send), self._clock.now())
                planned += 1
        return planned

    def _stage(self, person: Person, due_on: date, today: date) -> int | None:
        """The stage that the person is in on that day; None for a region that is not served (its people stop nobody else's)."""
        region = self._regions.get(person.region)
        return stage_of((due_on - today).days, region.certification.stages) if region else None

    async def send(self, payload: bytes) -> None:
        """The job `reminder`: send one row, if it is still wanted."""
        wanted = msgspec.json.decode(payload, type=Send)
        async with self._store.transaction() as tx:
            row = await tx.reminders.get(wanted.row_id)
            if row is None or row.state not in {"planned", "sending"}:
                return
            person = await tx.people.get(wanted.person_id)
            reason = await self._unwanted(tx, wanted, row.stage, person)
            if reason or person is None:
                await tx.reminders.settle(row.id, "dropped", reason)
                return
            await tx.reminders.settle(row.id, "sending")
        outcome = await self._sender.send(self._notice(person, wanted, row.client_msg_id))
        async with self._store.transaction() as tx:
            match outcome:
                case Sent(msg_id):
                    await tx.reminders.settle(row.id, "sent")
                    await tx.reminders.note_msg_id(row.id, msg_id)
                case Refused(reason):
                    await tx.reminders.settle(row.id, "refused", reason)

    async def _unwanted(self, tx: Repositories, wanted: Send, stage: str, person: Person | None) -> str:
        """Why a planned reminder is not sent any more; empty when it still is."""
        if person is None or person.person_status == "死亡":
            return "person"
        certification = await tx.certifications.of_person(person.id)
        if certification is None or certification.due_on != wanted.due_on:
            return "certified"
        if self._clock.now().date() > wanted.due_on:
            return "too late"
        if stage != str(self._stage(person, wanted.due_on, self._clock.now().date())):
            # It waited (a worker or the platform was away) until the next one was due: people hear once, about the days that are left.
            return "next stage"
        user: User | None = await tx.users.get(wanted.openid)
        bound = {binding.person_id for binding in await tx.users.bindings(wanted.openid)}
        return "" if user is not None and user.subscribed and person.id in bound else "not bound"

    def _notice(self, person: Person, wanted: Send, client_msg_id: str) -> Notice:
        left = (wanted.due_on - self._clock.now().date()).days
        when = "今天到期" if left == 0 else f"还有 {left} 天"
        return Notice(
            openid=wanted.openid,
            holder=masked_name(person.name),
            subject="养老待遇资格认证",
            due=day(wanted.due_on),
            hint=f"{when}，回复“认证”看怎么办",
            client_msg_id=client_msg_id,
        )


def stage_of(days_left: int, stages: tuple[int, ...]) -> int | None:
    """The stage that someone with so many days left is in: the smallest one not passed yet; None before the first."""
    reached = [stage for stage in stages if stage >= days_left >= 0]
    return min(reached, default=None)


async def note_receipt(tx: Repositories, receipt: Delivered) -> None:
    """TEMPLATESENDJOBFINISH: what became of a reminder. Idempotent; a receipt for something else changes nothing."""
    row = await tx.reminders.by_msg_id(receipt.msg_id)
    if row is not None and row.state in {"sending", "sent"}:
        await tx.reminders.settle(row.id, "delivered" if receipt.ok else "refused", receipt.status)
