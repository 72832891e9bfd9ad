"""定制请求 (D8): records ordered today that are ready the next day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from storage.ports.records import RecordOrder
from storage.ports.time import Month
from storage.sql.codec import micros, moment
from storage.sql.tables import record_order
from storage.sql.unit import Unit, values

_o = record_order.c
_ORDER = select(
    _o.id,
    _o.person_id,
    _o.openid,
    _o.following,
    _o.start,
    _o.end,
    _o.ordered_at,
    _o.ready_at,
    _o.state,
    _o.serial_no,
)
_GET = _ORDER.where(_o.id == bindparam("id"))
_OF_PERSON = (
    _ORDER.where(_o.person_id == bindparam("person_id")).order_by(_o.ordered_at.desc(), _o.id.desc()).limit(bindparam("limit"))
)
_ADD = insert(record_order).values(values(record_order, "id")).returning(_o.id)
_DONE = (
    update(record_order)
    .where(_o.id == bindparam("the_order"), _o.state != "ready")
    .values(state="ready", serial_no=bindparam("serial"), ready_at=bindparam("at", type_=_o.ready_at.type))
)


class RecordOrders:
    """Implements `ports.repositories.RecordOrders`. `done` puts the moment it really was ready in the place of the promised one."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def add(self, order: RecordOrder) -> RecordOrder:
        made = await self._unit.write(
            _ADD,
            {
                "person_id": order.person_id,
                "openid": order.openid,
                "following": order.following,
                "start": order.start.index,
                "end": order.end.index,
                "ordered_at": micros(order.ordered_at),
                "ready_at": micros(order.ready_at),
                "state": order.state,
                "serial_no": order.serial_no,
            },
        )
        return replace(order, id=made[0][0])

    async def get(self, order_id: int) -> RecordOrder | None:
        row = await self._unit.glance(_GET, {"id": order_id})
        return None if row is None else _order(row)

    async def of_person(self, person_id: int, limit: int = 10) -> tuple[RecordOrder, ...]:
        return tuple(_order(row) for row in await self._unit.rows(_OF_PERSON, {"person_id": person_id, "limit": limit}))

    async def done(self, order_id: int, serial_no: str, at: datetime) -> bool:
        return await self._unit.change(_DONE, {"the_order": order_id, "serial": serial_no, "at": micros(at)}) > 0


def _order(row: Sequence[Any]) -> RecordOrder:
    return RecordOrder(
        id=row[0],
        person_id=row[1],
        openid=row[2],
        following=row[3],
        start=Month.from_index(row[4]),
        end=Month.from_index(row[5]),
        ordered_at=moment(row[6]),
        ready_at=moment(row[7]),
        state=row[8],
        serial_no=row[9],
    )
