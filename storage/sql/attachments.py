"""附件 (I5): which files belong to which case. Their bytes are in `storage.files`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import BindParameter, bindparam, delete, select

from storage.ports.records import Attachment
from storage.sql.codec import micros, moment
from storage.sql.people import chunks
from storage.sql.tables import attachment
from storage.sql.unit import Query, Unit, values

_FIND = 200

_a = attachment.c
_ATTACHMENT = select(
    _a.id,
    _a.case_no,
    _a.material,
    _a.file_name,
    _a.content_type,
    _a.size,
    _a.sha256,
    _a.stored_as,
    _a.uploaded_at,
    _a.scan,
)
_GET = _ATTACHMENT.where(_a.id == bindparam("id"))
_OF_CASE = _ATTACHMENT.where(_a.case_no == bindparam("case_no")).order_by(_a.id)
_ADD = Query(lambda insert: insert(attachment).values(values(attachment, "id")).returning(_a.id))
_DROP = delete(attachment).where(_a.id == bindparam("id"))
_names: list[BindParameter[Any]] = [bindparam(f"name_{number}") for number in range(_FIND)]
_STORED = select(_a.stored_as).where(_a.stored_as.in_(_names))


class Attachments:
    """Implements `ports.repositories.Attachments`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._vault = unit.vault

    async def add(self, attachment: Attachment) -> Attachment:
        made = await self._unit.write(
            _ADD,
            {
                "case_no": attachment.case_no,
                "material": attachment.material,
                "file_name": self._vault.seal(attachment.file_name, "attachment.file_name"),
                "content_type": attachment.content_type,
                "size": attachment.size,
                "sha256": self._vault.seal(attachment.sha256, "attachment.sha256"),
                "stored_as": attachment.stored_as,
                "uploaded_at": micros(attachment.uploaded_at),
                "scan": attachment.scan,
            },
        )
        return replace(attachment, id=made[0][0])

    async def of_case(self, case_no: str) -> tuple[Attachment, ...]:
        return tuple(self._attachment(row) for row in await self._unit.rows(_OF_CASE, {"case_no": case_no}))

    async def get(self, attachment_id: int) -> Attachment | None:
        row = await self._unit.glance(_GET, {"id": attachment_id})
        return None if row is None else self._attachment(row)

    async def drop(self, attachment_id: int) -> None:
        await self._unit.later(_DROP, {"id": attachment_id})

    async def stored(self, names: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for part in chunks(dict.fromkeys(names), _FIND):
            padded = part + [part[-1]] * (_FIND - len(part))
            rows = await self._unit.rows(_STORED, {f"name_{number}": name for number, name in enumerate(padded)})
            found.update(row[0] for row in rows)
        return found

    def _attachment(self, row: Sequence[Any]) -> Attachment:
        return Attachment(
            id=row[0],
            case_no=row[1],
            material=row[2],
            file_name=self._vault.text(row[3], "attachment.file_name"),
            content_type=row[4],
            size=row[5],
            sha256=self._vault.text(row[6], "attachment.sha256"),
            stored_as=row[7],
            uploaded_at=moment(row[8]),
            scan=row[9],
        )
