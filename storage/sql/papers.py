"""What became of documents after they were issued: looked at, kept, limited, revoked."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import bindparam, insert, literal, select

from storage.ports.records import DocumentCheck, DocumentFile, Validity
from storage.sql.codec import day, day_or_none, micros, moment, moment_or_none
from storage.sql.tables import document_check, document_file, document_validity
from storage.sql.unit import Query, Unit, values

_c = document_check.c
_CHECKED = insert(document_check).values(values(document_check, "id"))
_CHECKS = (
    select(_c.serial_no, _c.at, _c.way)
    .where(_c.serial_no == bindparam("serial_no"))
    .order_by(_c.at.desc(), _c.id.desc())
    .limit(bindparam("limit"))
)

_f = document_file.c
_KEEP = Query(lambda insert: insert(document_file).values(values(document_file)).on_conflict_do_nothing().returning(literal(1)))
_FILE = select(_f.serial_no, _f.name, _f.sha256, _f.made_at, _f.key_id).where(_f.serial_no == bindparam("serial_no"))

_v = document_validity.c
_VALIDITY = select(_v.serial_no, _v.until, _v.revoked_at).where(_v.serial_no == bindparam("serial_no"))
_LIMIT = Query(
    lambda insert: (put := insert(document_validity).values(values(document_validity, "revoked_at"))).on_conflict_do_update(
        index_elements=["serial_no"], set_={"until": put.excluded.until}
    )
)
_REVOKE = Query(
    lambda insert: (
        (put := insert(document_validity).values(values(document_validity, "until")))
        .on_conflict_do_update(
            index_elements=["serial_no"], set_={"revoked_at": put.excluded.revoked_at}, where=_v.revoked_at.is_(None)
        )
        .returning(literal(1))
    )
)


class Papers:
    """Implements `ports.repositories.Papers`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def checked(self, check: DocumentCheck) -> None:
        await self._unit.change(_CHECKED, {"serial_no": check.serial_no, "at": micros(check.at), "way": check.way})

    async def checks(self, serial_no: str, limit: int = 20) -> tuple[DocumentCheck, ...]:
        rows = await self._unit.rows(_CHECKS, {"serial_no": serial_no, "limit": limit})
        return tuple(DocumentCheck(row[0], moment(row[1]), row[2]) for row in rows)

    async def keep_file(self, file: DocumentFile) -> bool:
        made = await self._unit.write(
            _KEEP,
            {
                "serial_no": file.serial_no,
                "name": file.name,
                "sha256": file.sha256,
                "made_at": micros(file.made_at),
                "key_id": file.key_id,
            },
        )
        return bool(made)

    async def file(self, serial_no: str) -> DocumentFile | None:
        row = await self._unit.glance(_FILE, {"serial_no": serial_no})
        return None if row is None else DocumentFile(row[0], row[1], row[2], moment(row[3]), row[4])

    async def validity(self, serial_no: str) -> Validity | None:
        row = await self._unit.glance(_VALIDITY, {"serial_no": serial_no})
        return None if row is None else Validity(row[0], day_or_none(row[1]), moment_or_none(row[2]))

    async def limit(self, serial_no: str, until: date | None) -> None:
        await self._unit.change(_LIMIT, {"serial_no": serial_no, "until": day(until)})

    async def revoke(self, serial_no: str, at: datetime) -> bool:
        return bool(await self._unit.write(_REVOKE, {"serial_no": serial_no, "revoked_at": micros(at)}))
