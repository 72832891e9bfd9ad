"""Short messages and what became of them. A phone is found by its keyed hash; neither phone nor words are stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, literal, literal_column, null, or_, select, update

from storage.essence import essence
from storage.ports.records import SmsMessage, SmsState
from storage.sql.codec import micros, moment
from storage.sql.tables import IN_DOUBT, sms_message
from storage.sql.unit import Query, Unit, values

_m = sms_message.c


def _named(state: SmsState) -> ColumnElement[str]:
    """Part of the statement: nobody gives it."""
    return literal_column(f"'{state.value}'")


_INTENDED, _SENT, _DOUBTFUL, _NOT_SENT = map(_named, (SmsState.INTENDED, SmsState.SENT, SmsState.DOUBTFUL, SmsState.NOT_SENT))
_MESSAGE = select(_m.id, _m.kind, _m.provider, _m.provider_id, _m.state, _m.at, _m.note)
_BY_ID = _MESSAGE.where(_m.id == bindparam("id"))
_OF_PHONE = (
    _MESSAGE.where(_m.phone_hash == bindparam("phone_hash")).order_by(_m.at.desc(), _m.id.desc()).limit(bindparam("limit"))
)
_BY_TEXT = _MESSAGE.where(_m.text_hash == bindparam("text_hash")).order_by(_m.at.desc(), _m.id.desc()).limit(bindparam("limit"))
_INTEND = Query(
    lambda insert: (
        insert(sms_message)
        .values(values(sms_message))
        .on_conflict_do_update(
            index_elements=["id"],
            set_={
                "provider": bindparam("provider", type_=_m.provider.type),
                "provider_id": null(),
                "state": bindparam("state", type_=_m.state.type),
                "at": bindparam("at", type_=_m.at.type),
                "text_hash": bindparam("text_hash", type_=_m.text_hash.type),
            },
            where=and_(_m.state == _NOT_SENT, _m.phone_hash == bindparam("phone_hash", type_=_m.phone_hash.type)),
        )
        .returning(literal(1))
    )
)
_SETTLE = (
    update(sms_message)
    .where(_m.id == bindparam("the_id"), _m.state == _INTENDED)
    .values(
        state=bindparam("becomes", type_=_m.state.type),
        provider_id=bindparam("named", type_=_m.provider_id.type),
        note=bindparam("noted", type_=_m.note.type),
        at=bindparam("moment", type_=_m.at.type),
    )
)
# The provider's id may not be on record yet, or never came; ours is as good where the report carries it.
_REPORTED = (
    select(_m.id, _m.state)
    .where(
        or_(_m.provider_id == bindparam("named"), _m.id == bindparam("ours")),
        _m.provider == bindparam("provider"),
        _m.phone_hash == bindparam("phone_hash"),
    )
    .order_by(_m.at.desc())
    .limit(bindparam("limit"))
)
_FINISH = (
    update(sms_message)
    .where(_m.id == bindparam("the_id"), _m.state.in_([_INTENDED, _SENT, _DOUBTFUL]))
    .values(
        state=bindparam("becomes", type_=_m.state.type),
        provider_id=bindparam("named", type_=_m.provider_id.type),
        note=bindparam("noted", type_=_m.note.type),
        at=bindparam("moment", type_=_m.at.type),
    )
)
_DOUBT = (
    _MESSAGE.where(IN_DOUBT, or_(_m.state == _DOUBTFUL, _m.at < bindparam("before", type_=_m.at.type)))
    .order_by(_m.at, _m.id)
    .limit(bindparam("limit"))
)
_PURGE = delete(sms_message).where(_m.at < bindparam("before", type_=_m.at.type))


class Messages:
    """Implements `ports.repositories.Messages`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def intend(self, message_id: str, phone: str, kind: str, provider: str, at: datetime, text: str = "") -> bool:
        columns = {
            "id": message_id,
            "phone_hash": self._hash(phone),
            "kind": kind,
            "provider": provider,
            "provider_id": None,
            "state": SmsState.INTENDED.value,
            "at": micros(at),
            "note": "",
            "text_hash": self._unit.vault.digest(essence(text), "sms.text") if text else None,
        }
        return bool(await self._unit.write(_INTEND, columns))

    async def by_text(self, text: str, limit: int = 10) -> tuple[SmsMessage, ...]:
        params = {"text_hash": self._unit.vault.digest(essence(text), "sms.text"), "limit": limit}
        return tuple(_message(row) for row in await self._unit.rows(_BY_TEXT, params))

    async def settle(self, message_id: str, state: SmsState, provider_id: str, note: str, at: datetime) -> bool:
        settled = {
            "the_id": message_id,
            "becomes": state.value,
            "named": provider_id or None,
            "noted": note,
            "moment": micros(at),
        }
        return await self._unit.change(_SETTLE, settled) > 0

    async def report(
        self, provider: str, provider_id: str, phone: str, delivered: bool, note: str, at: datetime, message_id: str = ""
    ) -> bool:
        asked = {
            "named": provider_id,
            "ours": message_id,
            "provider": provider,
            "phone_hash": self._hash(phone),
            "limit": 1,
        }
        row = await self._unit.row(_REPORTED, asked)
        if row is None or row[1] == SmsState.NOT_SENT.value:
            return False
        state = SmsState.DELIVERED if delivered else SmsState.FAILED
        finished = {"the_id": row[0], "becomes": state.value, "named": provider_id, "noted": note, "moment": micros(at)}
        await self._unit.change(_FINISH, finished)
        return True

    async def get(self, message_id: str) -> SmsMessage | None:
        row = await self._unit.glance(_BY_ID, {"id": message_id})
        return None if row is None else _message(row)

    async def of_phone(self, phone: str, limit: int = 10) -> tuple[SmsMessage, ...]:
        rows = await self._unit.rows(_OF_PHONE, {"phone_hash": self._hash(phone), "limit": limit})
        return tuple(_message(row) for row in rows)

    async def in_doubt(self, before: datetime, limit: int = 100) -> tuple[SmsMessage, ...]:
        rows = await self._unit.rows(_DOUBT, {"before": micros(before), "limit": limit})
        return tuple(_message(row) for row in rows)

    async def purge(self, before: datetime) -> int:
        return await self._unit.change(_PURGE, {"before": micros(before)})

    def _hash(self, phone: str) -> str:
        return self._unit.vault.digest(phone, "sms.phone")


def _message(row: Sequence[Any]) -> SmsMessage:
    return SmsMessage(row[0], row[1], row[2], row[3] or "", SmsState(row[4]), moment(row[5]), row[6])
