"""缴费订单 (C13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import bindparam, select, update

from storage.ports.records import Order, OrderStatus
from storage.ports.repositories import Conflict
from storage.ports.time import Month, Span
from storage.sql.codec import fen, micros, micros_or_none, moment, moment_or_none, opened_or_empty, sealed_or_none, words, yuan
from storage.sql.tables import PAYABLE, payment_order
from storage.sql.unit import Query, Unit, values

_o = payment_order.c
_ORDER = select(
    _o.order_no,
    _o.key,
    _o.person_id,
    _o.openid,
    _o.region,
    _o.feature,
    _o.title,
    _o.insurances,
    _o.span_start,
    _o.span_end,
    _o.base,
    _o.tier,
    _o.amount,
    _o.status,
    _o.created_at,
    _o.expires_at,
    _o.case_no,
    _o.lines,
    _o.bank,
    _o.prepay_id,
    _o.transaction_id,
    _o.paid_at,
    _o.note,
    _o.version,
)
_GET = _ORDER.where(_o.order_no == bindparam("order_no"))
_BY_KEY = _ORDER.where(_o.key_hash == bindparam("key_hash"))
_BY_NO = _GET.where(_o.person_id == bindparam("person_id"))
_newest = _ORDER.where(_o.person_id == bindparam("person_id")).order_by(_o.created_at.desc(), _o.order_no.desc())
_OF_PERSON = _newest.limit(bindparam("limit"))
_OPEN_OF_PERSON = _newest.where(PAYABLE)
_OF_CASE = _ORDER.where(_o.case_no == bindparam("case_no")).order_by(_o.created_at, _o.order_no)
_UNSETTLED = (
    _ORDER.where(PAYABLE, _o.order_no > bindparam("after"), _o.created_at < bindparam("before"))
    .order_by(_o.order_no)
    .limit(bindparam("limit"))
)
_ADD = Query(lambda insert: insert(payment_order).values(values(payment_order)).on_conflict_do_nothing().returning(_o.order_no))
_MUTABLE = ("status", "openid", "expires_at", "bank", "prepay_id", "transaction_id", "paid_at", "note")
_SAVE = (
    update(payment_order)
    .where(_o.order_no == bindparam("the_order"), _o.version == bindparam("was"))
    .values({name: bindparam(f"new_{name}", type_=_o[name].type) for name in _MUTABLE} | {"version": bindparam("becomes")})
)


class Orders:
    """Implements `ports.repositories.Orders`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._vault = unit.vault

    async def add(self, order: Order) -> tuple[Order, bool]:
        columns = self._columns(order)
        if await self._unit.write(_ADD, columns):
            return order, True
        row = await self._unit.glance(_BY_KEY, {"key_hash": columns["key_hash"]})
        if row is None:
            raise Conflict("the order number is taken")
        return self._order(row), False

    async def get(self, order_no: str) -> Order | None:
        row = await self._unit.glance(_GET, {"order_no": order_no})
        return None if row is None else self._order(row)

    async def by_no(self, order_no: str, person_id: int) -> Order | None:
        row = await self._unit.glance(_BY_NO, {"order_no": order_no, "person_id": person_id})
        return None if row is None else self._order(row)

    async def of_person(self, person_id: int, limit: int = 10) -> tuple[Order, ...]:
        rows = await self._unit.rows(_OF_PERSON, {"person_id": person_id, "limit": limit})
        return tuple(self._order(row) for row in rows)

    async def open_of_person(self, person_id: int) -> tuple[Order, ...]:
        return tuple(self._order(row) for row in await self._unit.rows(_OPEN_OF_PERSON, {"person_id": person_id}))

    async def of_case(self, case_no: str) -> tuple[Order, ...]:
        return tuple(self._order(row) for row in await self._unit.rows(_OF_CASE, {"case_no": case_no}))

    async def save(self, order: Order) -> Order:
        columns = self._columns(order)
        params = {f"new_{name}": columns[name] for name in _MUTABLE}
        params |= {"the_order": order.order_no, "was": order.version, "becomes": order.version + 1}
        if not await self._unit.change(_SAVE, params):
            raise Conflict("the order has moved on meanwhile")
        return replace(order, version=order.version + 1)

    async def unsettled(self, before: datetime, after: str, limit: int) -> tuple[Order, ...]:
        rows = await self._unit.rows(_UNSETTLED, {"before": micros(before), "after": after, "limit": limit})
        return tuple(self._order(row) for row in rows)

    def _columns(self, order: Order) -> dict[str, Any]:
        vault = self._vault
        return {
            "order_no": order.order_no,
            "key_hash": vault.digest(order.key, "order.key"),
            "key": vault.seal(order.key, "order.key"),
            "person_id": order.person_id,
            "openid": order.openid,
            "region": order.region,
            "feature": order.feature,
            "title": order.title,
            "insurances": ",".join(order.insurances),
            "span_start": order.span.start.index if order.span else None,
            "span_end": order.span.end.index if order.span else None,
            "base": None if order.base is None else fen(order.base),
            "tier": order.tier,
            "amount": fen(order.amount),
            "status": order.status.value,
            "created_at": micros(order.created_at),
            "expires_at": micros(order.expires_at),
            "case_no": order.case_no or None,
            "lines": vault.seal(msgspec.json.encode(order.lines), "order.lines"),
            "bank": order.bank,
            "prepay_id": order.prepay_id,
            "transaction_id": order.transaction_id,
            "paid_at": micros_or_none(order.paid_at),
            "note": sealed_or_none(vault, order.note, "order.note"),
            "version": order.version,
        }

    def _order(self, row: Sequence[Any]) -> Order:
        return Order(
            order_no=row[0],
            key=self._vault.text(row[1], "order.key"),
            person_id=row[2],
            openid=row[3],
            region=row[4],
            feature=row[5],
            title=row[6],
            insurances=words(row[7]),
            span=None if row[8] is None else Span(Month.from_index(row[8]), Month.from_index(row[9])),
            base=None if row[10] is None else yuan(row[10]),
            tier=row[11],
            amount=yuan(row[12]),
            status=OrderStatus(row[13]),
            created_at=moment(row[14]),
            expires_at=moment(row[15]),
            case_no=row[16] or "",
            lines=msgspec.json.decode(self._vault.open(row[17], "order.lines"), type=tuple[tuple[str, str], ...]),
            bank=row[18],
            prepay_id=row[19],
            transaction_id=row[20],
            paid_at=moment_or_none(row[21]),
            note=opened_or_empty(self._vault, row[22], "order.note"),
            version=row[23],
        )
