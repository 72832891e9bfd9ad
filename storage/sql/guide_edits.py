"""Versions of guides as editors left them: append-only, the newest is what is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, func, insert, select

from storage.ports.records import GuideEdit
from storage.ports.repositories import Conflict
from storage.sql.codec import micros, moment
from storage.sql.tables import guide_edit
from storage.sql.unit import Unit, values

_LOCK = 0x47554944 << 32
_g = guide_edit.c
_EDIT = select(_g.id, _g.region, _g.code, _g.body, _g.at, _g.staff_id, _g.note)
_NEWEST = _EDIT.where(_g.id.in_(select(func.max(_g.id)).where(_g.region == bindparam("region")).group_by(_g.code)))
_HISTORY = (
    _EDIT.where(_g.region == bindparam("region"), _g.code == bindparam("code")).order_by(_g.id.desc()).limit(bindparam("limit"))
)
_LAST = select(func.coalesce(func.max(_g.id), 0)).where(_g.region == bindparam("region"), _g.code == bindparam("code"))
_ADD = insert(guide_edit).values(values(guide_edit, "id")).returning(_g.id)


class GuideEdits:
    """Implements `ports.repositories.GuideEdits`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def newest(self, region: str) -> dict[str, GuideEdit]:
        found = [_edit(row) for row in await self._unit.rows(_NEWEST, {"region": region})]
        return {edit.code: edit for edit in sorted(found, key=lambda edit: edit.code)}

    async def history(self, region: str, code: str, limit: int = 50) -> tuple[GuideEdit, ...]:
        rows = await self._unit.rows(_HISTORY, {"region": region, "code": code, "limit": limit})
        return tuple(_edit(row) for row in rows)

    async def add(self, edit: GuideEdit, after: int) -> GuideEdit:
        unit = self._unit
        # Two editors who saw the same version: whoever comes second waits here, and then sees the first one's.
        await unit.exclusively(_LOCK | int(unit.vault.digest(f"{edit.region}|{edit.code}", "guide")[:8], 16))
        row = await unit.row(_LAST, {"region": edit.region, "code": edit.code})
        if row is None or row[0] != after:
            raise Conflict("the guide has been edited meanwhile")
        made = await unit.write(
            _ADD,
            {
                "region": edit.region,
                "code": edit.code,
                "body": edit.body,
                "at": micros(edit.at),
                "staff_id": edit.staff_id,
                "note": edit.note,
            },
        )
        return replace(edit, id=made[0][0])


def _edit(row: Sequence[Any]) -> GuideEdit:
    return GuideEdit(row[0], row[1], row[2], row[3], moment(row[4]), row[5], row[6])
