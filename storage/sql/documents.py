"""What was issued to people (I4)."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, bindparam, func, literal, or_, select, update

from storage.ports.records import Document
from storage.ports.repositories import Conflict
from storage.sql.codec import micros, moment
from storage.sql.tables import document
from storage.sql.unit import Query, Unit, values

_d = document.c
_DOCUMENT = select(
    _d.serial_no,
    _d.check_code,
    _d.feature,
    _d.title,
    _d.region,
    _d.person_id,
    _d.key,
    _d.snapshot,
    _d.content_hash,
    _d.created_at,
    _d.status,
    _d.status_note,
)
_DOCUMENT_BY_SERIAL = _DOCUMENT.where(_d.serial_no == bindparam("serial_no"))
_DOCUMENT_BY_KEY = _DOCUMENT.where(_d.key_hash == bindparam("key_hash"))
_DOCUMENT_OF_PERSON = (
    _DOCUMENT.where(_d.person_id == bindparam("person_id"))
    .order_by(_d.created_at.desc(), _d.serial_no.desc())
    .limit(bindparam("limit"))
)
# Always one row of the same size: the hash on record, or the stand-in.
_DOCUMENT_CHECK = select(
    func.coalesce(
        select(_d.check_hash).where(_d.serial_no == bindparam("serial_no")).scalar_subquery(),
        bindparam("stand_in", type_=_d.check_hash.type),
    )
)
_DOCUMENT_ADD = Query(lambda insert: insert(document).values(values(document)).on_conflict_do_nothing().returning(literal(1)))
_DOCUMENT_STATUS = (
    update(document)
    .where(_d.serial_no == bindparam("the_serial"))
    .where(and_(or_(_d.status != bindparam("becomes"), _d.status_note != bindparam("note"))))
    .values(status=bindparam("becomes"), status_note=bindparam("note"))
)


class Documents:
    """Implements `ports.repositories.Documents`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._vault = unit.vault

    def _check_hash(self, serial_no: str, check_code: str) -> bytes:
        # Bound to the serial: the hash of one document is no help with another of the same code.
        return self._vault.mac(f"{serial_no}\x00{check_code}".encode(), "document.check")

    async def add(self, document: Document) -> tuple[Document, bool]:
        vault = self._vault
        columns = {
            "serial_no": document.serial_no,
            "check_hash": self._check_hash(document.serial_no, document.check_code),
            "check_code": vault.seal(document.check_code, "document.check_code"),
            "key_hash": vault.digest(document.key, "document.key"),
            "key": vault.seal(document.key, "document.key"),
            "feature": document.feature,
            "title": document.title,
            "region": document.region,
            "person_id": document.person_id,
            "snapshot": vault.seal(document.snapshot, "document.snapshot"),
            "content_hash": document.content_hash,
            "created_at": micros(document.created_at),
            "status": document.status,
            "status_note": document.status_note,
        }
        if await self._unit.write(_DOCUMENT_ADD, columns):
            return document, True
        row = await self._unit.glance(_DOCUMENT_BY_KEY, {"key_hash": columns["key_hash"]})
        if row is None:
            raise Conflict("the serial number is taken")
        return self._document(row), False

    async def by_serial(self, serial_no: str) -> Document | None:
        row = await self._unit.glance(_DOCUMENT_BY_SERIAL, {"serial_no": serial_no})
        return None if row is None else self._document(row)

    async def check(self, serial_no: str, check_code: str) -> Document | None:
        stand_in = self._vault.mac(serial_no.encode(), "document.stand-in")
        given = self._check_hash(serial_no, check_code)
        row = await self._unit.glance(_DOCUMENT_CHECK, {"serial_no": serial_no, "stand_in": stand_in})
        if row is None or not hmac.compare_digest(bytes(row[0]), given):
            return None
        return await self.by_serial(serial_no)

    async def of_person(self, person_id: int, limit: int = 10) -> tuple[Document, ...]:
        rows = await self._unit.rows(_DOCUMENT_OF_PERSON, {"person_id": person_id, "limit": limit})
        return tuple(self._document(row) for row in rows)

    async def set_status(self, serial_no: str, status: str, note: str) -> None:
        await self._unit.change(_DOCUMENT_STATUS, {"the_serial": serial_no, "becomes": status, "note": note})

    def _document(self, row: Sequence[Any]) -> Document:
        vault = self._vault
        return Document(
            serial_no=row[0],
            check_code=vault.text(row[1], "document.check_code"),
            feature=row[2],
            title=row[3],
            region=row[4],
            person_id=row[5],
            key=vault.text(row[6], "document.key"),
            snapshot=vault.open(row[7], "document.snapshot"),
            content_hash=row[8],
            created_at=moment(row[9]),
            status=row[10],
            status_note=row[11],
        )
