"""社保卡 (F1), what happened to it (F2), and where it was used (F3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select, update

from storage.ports.records import Card, CardEvent, Swipe
from storage.ports.repositories import Conflict
from storage.ports.time import Month
from storage.sql.codec import (
    day_start,
    fen,
    micros,
    micros_or_none,
    moment,
    moment_or_none,
    opened_or_empty,
    sealed_or_none,
    yuan,
)
from storage.sql.people import CHUNK, chunks
from storage.sql.tables import card, card_event, card_swipe
from storage.sql.unit import Put, Query, Unit, values

_c = card.c
_CARD_NEWEST = (
    select(_c.id, _c.person_id, _c.region, _c.card_no, _c.status, _c.bank, _c.lost_at, _c.version, _c.lost_until)
    .where(_c.person_id == bindparam("person_id"))
    .order_by(_c.id.desc())
    .limit(1)
)
# The version rises only when something really changes, so that loading the same file again disturbs nobody.
_CARD_PUT = Query(
    lambda insert: (put := insert(card).values(values(card, "id"))).on_conflict_do_update(
        index_elements=["person_id", "card_no_hash"],
        set_={
            **{name: put.excluded[name] for name in ("region", "status", "bank", "lost_at", "lost_until")},
            "version": _c.version + 1,
        },
        where=or_(
            _c.region != put.excluded.region,
            _c.status != put.excluded.status,
            _c.bank != put.excluded.bank,
            _c.lost_at.is_distinct_from(put.excluded.lost_at),
            _c.lost_until.is_distinct_from(put.excluded.lost_until),
        ),
    )
)
_CARD_ADD = Query(lambda insert: insert(card).values(values(card, "id")).on_conflict_do_nothing().returning(_c.id))
_CARD_SAVE = (
    update(card)
    .where(_c.id == bindparam("card_id"), _c.version == bindparam("was"))
    .values({name: bindparam(f"new_{name}", type_=_c[name].type) for name in ("status", "bank", "lost_at", "lost_until")})
    .values(version=bindparam("becomes"))
)

_e = card_event.c
_EVENT_ADD = Query(lambda insert: insert(card_event).values(values(card_event, "id")).on_conflict_do_nothing())
_EVENTS = (
    select(_e.card_no, _e.at, _e.step, _e.status, _e.note)
    .where(_e.person_id == bindparam("person_id"))
    .order_by(_e.at.desc(), _e.id.desc())
    .limit(bindparam("limit"))
)

_s = card_swipe.c
_SWIPES = (
    select(_s.at, _s.place, _s.kind, _s.amount)
    .where(_s.person_id == bindparam("person_id"), _s.at >= bindparam("start"), _s.at < bindparam("end"))
    .order_by(_s.at, _s.place, _s.kind)
)
_SWIPE_PUT = Put(card_swipe, "person_id", "at", "place", "kind")


class Cards:
    """Implements `ports.repositories.Cards`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._vault = unit.vault

    async def of_person(self, person_id: int) -> Card | None:
        row = await self._unit.glance(_CARD_NEWEST, {"person_id": person_id})
        if row is None:
            return None
        return Card(
            id=row[0],
            person_id=row[1],
            region=row[2],
            card_no=self._vault.text(row[3], "card.card_no"),
            status=row[4],
            bank=row[5],
            lost_at=moment_or_none(row[6]),
            version=row[7],
            lost_until=moment_or_none(row[8]),
        )

    async def put_many(self, cards: Iterable[Card]) -> int:
        count = 0
        for chunk in chunks(cards, CHUNK):
            await self._unit.many(_CARD_PUT, [self._columns(c) for c in chunk])
            count += len(chunk)
        return count

    async def report_lost(self, card: Card, at: datetime, until: datetime | None = None) -> Card:
        return await self.save(replace(card, status="lost", lost_at=at, lost_until=until))

    async def save(self, card: Card) -> Card:
        changed = await self._unit.change(
            _CARD_SAVE,
            {
                "card_id": card.id,
                "was": card.version,
                "becomes": card.version + 1,
                "new_status": card.status,
                "new_bank": card.bank,
                "new_lost_at": micros_or_none(card.lost_at),
                "new_lost_until": micros_or_none(card.lost_until),
            },
        )
        if not changed:
            raise Conflict("the card has changed meanwhile")
        return replace(card, version=card.version + 1)

    async def add(self, card: Card) -> Card:
        made = await self._unit.write(_CARD_ADD, self._columns(card))
        if not made:
            raise Conflict("the person has a card of that number")
        return replace(card, id=made[0][0])

    def _columns(self, card: Card) -> dict[str, Any]:
        return {
            "person_id": card.person_id,
            "region": card.region,
            "card_no_hash": self._card_hash(card.card_no),
            "card_no": self._vault.seal(card.card_no.strip(), "card.card_no"),
            "status": card.status,
            "bank": card.bank,
            "lost_at": micros_or_none(card.lost_at),
            "version": card.version,
            "lost_until": micros_or_none(card.lost_until),
        }

    def _card_hash(self, card_no: str) -> str:
        return self._vault.digest(card_no.strip(), "card.card_no")

    # ── 卡片处理记录, 刷卡记录 ──────────────────────────────────────────────────────────────────────────────────────

    async def note(self, *events: CardEvent) -> None:
        await self._unit.many(
            _EVENT_ADD,
            [
                {
                    "person_id": event.person_id,
                    "card_no_hash": self._card_hash(event.card_no),
                    "card_no": self._vault.seal(event.card_no.strip(), "card.card_no"),
                    "at": micros(event.at),
                    "step": event.step,
                    "status": event.status,
                    "note": sealed_or_none(self._vault, event.note, "card.note"),
                }
                for event in events
            ],
        )

    async def history(self, person_id: int, limit: int = 20) -> tuple[CardEvent, ...]:
        rows = await self._unit.rows(_EVENTS, {"person_id": person_id, "limit": limit})
        return tuple(
            CardEvent(
                person_id=person_id,
                card_no=self._vault.text(row[0], "card.card_no"),
                at=moment(row[1]),
                step=row[2],
                status=row[3],
                note=opened_or_empty(self._vault, row[4], "card.note"),
            )
            for row in rows
        )

    async def swipes(self, person_id: int, month: Month) -> tuple[Swipe, ...]:
        start, end = (day_start(one.last_day.replace(day=1)) for one in (month, month.plus(1)))
        rows = await self._unit.rows(_SWIPES, {"person_id": person_id, "start": start, "end": end})
        return tuple(Swipe(person_id, moment(row[0]), row[1], row[2], yuan(row[3])) for row in rows)

    async def put_swipes(self, swipes: Iterable[Swipe]) -> int:
        count = 0
        for chunk in chunks(swipes, CHUNK):
            rows = [(s.person_id, micros(s.at), s.place, s.kind, fen(s.amount)) for s in chunk]
            await self._unit.bulk(_SWIPE_PUT, _SWIPE_PUT.distinct(rows))
            count += len(chunk)
        return count
