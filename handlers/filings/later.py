"""Planning what a case will need later: each job is queued in the transaction of the step, once, and looks at the case again when it runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import msgspec

from storage.ports.record import Record
from storage.ports.records import Case
from storage.ports.repositories import Repositories
from storage.ports.time import SHANGHAI

DRAFT_KEPT = timedelta(days=30)
"""How long a draft that nobody touches is kept."""

AFTER_EXPIRY = timedelta(minutes=5)
"""After the order's end: a payment in the last second is on record by then."""

BEGINS = time(8, 0)
"""When a day begins for what happens by itself: people are told of it, and not at midnight."""


class Appointment(Record):
    """The payload of every job about a case. `seen` is what the case must still look like: its stage, or how many steps it had."""

    case_no: str
    seen: str = ""
    openids: tuple[str, ...] = ()


def unpack(payload: bytes) -> Appointment:
    """The inverse of what is queued."""
    return msgspec.json.decode(payload, type=Appointment)


def morning(value: date) -> datetime:
    """The moment at which a day begins for jobs."""
    return datetime.combine(value, BEGINS, SHANGHAI)


async def _queue(tx: Repositories, name: str, appointment: Appointment, at: datetime) -> None:
    dedupe = f"{name}|{appointment.case_no}|{appointment.seen}"
    await tx.jobs.enqueue(name, msgspec.json.encode(appointment), at, dedupe)


async def plan_stage(tx: Repositories, case: Case, now: datetime) -> None:
    """End the stage that the case is in at the start of the day on which it is over."""
    at = morning(case.due_on) if case.due_on else now
    await _queue(tx, "stage", Appointment(case.case_no, case.stage), max(at, now))


async def plan_supplement(tx: Repositories, case: Case) -> None:
    """Look after the last day of the 补正 whether it was answered."""
    if case.due_on:
        at = morning(case.due_on + timedelta(days=1))
        await _queue(tx, "supplement", Appointment(case.case_no, str(len(case.steps))), at)


async def plan_month_end(tx: Repositories, case: Case, today: date) -> None:
    """Look on the first morning of the next month whether it was decided. Once a case."""
    first = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    await _queue(tx, "month_end", Appointment(case.case_no), morning(first))


async def plan_unpaid(tx: Repositories, case: Case, expires_at: datetime) -> None:
    """Look after the order's end whether it was paid."""
    await _queue(tx, "unpaid", Appointment(case.case_no, str(len(case.steps))), expires_at + AFTER_EXPIRY)


async def plan_unpaid_again(tx: Repositories, appointment: Appointment, expires_at: datetime, now: datetime) -> None:
    """Look once more: after the end of the order that is open now, or, when that is over and nobody knows yet what became of it, with the
    next half hour. Idempotent: two that look at one moment look again once."""
    at = expires_at + AFTER_EXPIRY
    if at <= now:
        at = now.replace(minute=now.minute // 30 * 30, second=0, microsecond=0) + timedelta(minutes=30)
    dedupe = f"unpaid|{appointment.case_no}|{appointment.seen}|{at.isoformat()}"
    await tx.jobs.enqueue("unpaid", msgspec.json.encode(appointment), at, dedupe)


async def plan_unread(tx: Repositories, case: Case, on: date) -> None:
    """Remind once of 设为已读."""
    await _queue(tx, "unread", Appointment(case.case_no), morning(on) + timedelta(hours=1))


async def plan_mark(tx: Repositories, case: Case, openids: Sequence[str], now: datetime) -> None:
    """Ask for a mark (评价) once it is finished."""
    if openids:
        await _queue(tx, "mark", Appointment(case.case_no, openids=tuple(openids)), now)


async def plan_draft(tx: Repositories, case: Case, now: datetime) -> None:
    """Drop the draft when it has not been touched for thirty days from now; an earlier plan is put off."""
    await tx.jobs.drop(f"draft|{case.case_no}|")
    await _queue(tx, "draft", Appointment(case.case_no), now + DRAFT_KEPT)


class Opening(Record):
    """The payload of the job `window`: which chat waits for which window of which region, and for what."""

    openid: str
    region: str
    window: str
    title: str


async def plan_window(tx: Repositories, opening: Opening, at: datetime) -> None:
    """Tell the chat when the window opens. Once for each chat, window, thing and opening."""
    dedupe = f"window|{opening.openid}|{opening.region}|{opening.window}|{opening.title}|{at.isoformat()}"
    await tx.jobs.enqueue("window", msgspec.json.encode(opening), at, dedupe)
