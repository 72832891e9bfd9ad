"""Ordered records (BJH-30, BJH-M-18): 定制已提交, ready at the next opening of the window (the next day 6:00; on the last day of a month the 5th),
made then, and the chat is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from dialogs.desk_records import Ordered
from handlers.asking import Asking
from handlers.family.standing import actor_of, allowed, scope_of_query, today_of
from handlers.issuing import issue_once
from handlers.later import Later
from handlers.papers import tell_ready
from handlers.queries import QUERIES, asker_of
from handlers.services import Services
from storage.ports.records import (
    AnnuityPayment,
    AnnuityYear,
    AuditEntry,
    InjuryPayment,
    MaternityPayment,
    MedicalPayment,
    PensionPayment,
    RecordOrder,
    ResidentPayment,
    ResidentYear,
    Right,
    UnemploymentPayment,
)
from storage.ports.repositories import Store
from storage.ports.time import SHANGHAI, Span
from storage.windows import opens_at

WINDOW: Final = "W-RECORD"
QUERY: Final = "rights_record"
PER_DAY: Final = 10
_JOB: Final = "rights_record"
_SHOWN: Final = 5
_PATIENCE: Final = timedelta(hours=12)


class _Due(msgspec.Struct, frozen=True):
    """Which order is to be made."""

    order_id: int


_KINDS: Final[Mapping[str, type[Right]]] = {
    "pension": PensionPayment,
    "retirement_pay": PensionPayment,
    "injury": InjuryPayment,
    "injury_month": InjuryPayment,
    "unemployment": UnemploymentPayment,
    "maternity": MaternityPayment,
    "medical": MedicalPayment,
    "annuity_payments": AnnuityPayment,
    "annuity_account": AnnuityYear,
    "resident_statement": ResidentYear,
}
"""Queries by time → what they read."""

_RESIDENTS: Final[Mapping[str, str]] = {
    "resident_pension_paid": "resident_pension",
    "resident_medical_paid": "resident_medical",
}


class RecordDesk:
    """Implements `dialogs.desk_records.RecordsDesk`."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    async def newest(self, query: str) -> str:
        person, rights = self._asking.mine(scope_of_query(query)), self._asking.tx.rights
        if insurance := _RESIDENTS.get(query):
            years = [one.year for one in await rights.of(ResidentPayment, person.id) if one.insurance == insurance]
            return str(max(years)) if years else ""
        kind = _KINDS.get(query)
        extent = await rights.extent(kind, person.id) if kind else None
        return str(getattr(extent[1], extent[1].PERIOD)) if extent else ""

    def _ready_at(self) -> datetime:
        """The next opening of the region's window; where it has none, the next morning at six."""
        asking = self._asking
        window = asking.region_of(asking.mine("benefits").region).windows.get(WINDOW)
        if window is not None:
            return opens_at(window, asking.now)
        return (asking.now.astimezone(SHANGHAI) + timedelta(days=1)).replace(hour=6, minute=0, second=0, microsecond=0)

    async def order(self, span: Span) -> Ordered:
        asking = self._asking
        person = asking.mine("benefits")
        waiting = [
            one
            for one in await asking.tx.record_orders.of_person(person.id)
            if one.state == "ordered"
            and asking.now - one.ready_at <= _PATIENCE
            and (one.start, one.end, one.openid) == (span.start, span.end, asking.user.openid)
        ]
        if waiting:
            return _ordered(waiting[0], asking.now, new=False)
        await asking.spend("定制权益记录", "record_order", PER_DAY, daily=True)
        order = await asking.tx.record_orders.add(
            RecordOrder(
                id=0,
                person_id=person.id,
                openid=asking.user.openid,
                following=asking.user.following,
                start=span.start,
                end=span.end,
                ordered_at=asking.now,
                ready_at=self._ready_at(),
            )
        )
        await asking.tx.jobs.enqueue(_JOB, msgspec.json.encode(_Due(order.id)), order.ready_at, dedupe_key=f"{_JOB}|{order.id}")
        await asking.audit("submit", "BJH-M-18", "ok", person)
        return _ordered(order, asking.now)

    async def orders(self) -> tuple[Ordered, ...]:
        asking = self._asking
        person = asking.mine("benefits")
        found = []
        for one in await asking.tx.record_orders.of_person(person.id, _SHOWN):
            ready = one.state == "ready" and one.serial_no
            url = await asking.services.links.document(asking.tx, asking.user.openid, one.serial_no) if ready else ""
            found.append(_ordered(one, asking.now, url=url))
        await asking.audit("query", "BJH-M-18", "ok" if found else "empty", person)
        return tuple(found)


def _ordered(order: RecordOrder, now: datetime, *, url: str = "", new: bool = True) -> Ordered:
    ready = order.state == "ready"
    # Whose chat let the person go meanwhile gets none; and what is long overdue will not come by itself.
    failed = not ready and (not order.openid or now - order.ready_at > _PATIENCE)
    return Ordered(Span(order.start, order.end), order.ordered_at, order.ready_at, ready, failed, url, new)


async def make(store: Store, services: Services, payload: bytes) -> None:
    """Freeze the record and tell the chat, in one transaction; a second run adds nothing. Nothing for a chat that has left or may not see it any
    more; a person who has died gets none."""
    due = msgspec.json.decode(payload, type=_Due)
    now = services.clock.now()
    today = today_of(now)
    async with store.transaction() as tx:
        order = await tx.record_orders.get(due.order_id)
        if order is None or order.state != "ordered" or not order.openid:
            return
        user, person = await tx.users.get(order.openid), await tx.people.get(order.person_id)
        if user is None or user.following != order.following or person is None or person.person_status == "死亡":
            return
        if await allowed(tx, order.openid, person.id, today, scope_of_query(QUERY)) is None:
            return
        asker = await asker_of(tx, QUERY, person, services.regions[person.region], today)
        statement = await QUERIES[QUERY](tx, asker, {"period": str(Span(order.start, order.end))})
        document, made = await issue_once(tx, services, statement, person.id, f"{_JOB}|{order.id}")
        if not made:
            return
        await tx.record_orders.done(order.id, document.serial_no, now)
        actor, role = await tx.audit.pseudonym(order.openid), await actor_of(tx, order.openid, person.id, today)
        subject = await tx.people.identity_hash(person.id)
        await tx.audit.write(AuditEntry(now, actor, role, "download", statement.feature, subject, "ok"))
        await tell_ready(tx, services, user, person.id, document, "回复“我的定制”可以再打开。")


JOBS: Mapping[str, Later] = {_JOB: make}
