"""招聘信息, 求职信息 (H1, H2): public, a few thousand a region at most, replaced as a whole by the agency's newest list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, delete, insert, or_, select

from storage.ports.records import JobNotice
from storage.sql.people import CHUNK, chunks
from storage.sql.tables import job_notice
from storage.sql.unit import Unit, values

_n = job_notice.c
_ESCAPE = "!"
_MOST_WORDS = 8
_DROP = delete(job_notice).where(_n.region == bindparam("the_region"), _n.kind == bindparam("the_kind"))
_ADD = insert(job_notice).values(values(job_notice, "id"))


@lru_cache(maxsize=_MOST_WORDS + 1)
def _search(words: int) -> Select[Any]:
    conditions = [
        or_(*(column.ilike(bindparam(f"word_{number}"), escape=_ESCAPE) for column in (_n.title, _n.employer)))
        for number in range(words)
    ]
    return (
        select(
            _n.id,
            _n.region,
            _n.kind,
            _n.title,
            _n.place,
            _n.wage,
            _n.published_on,
            _n.employer,
            _n.headcount,
            _n.contact,
            _n.who,
        )
        .where(
            _n.region == bindparam("region"),
            _n.kind == bindparam("kind"),
            _n.place.ilike(bindparam("place"), escape=_ESCAPE),
            *conditions,
        )
        .order_by(_n.published_on.desc(), _n.id.desc())
        .limit(bindparam("limit"))
        .offset(bindparam("after"))
    )


def _within(text: str) -> str:
    """The pattern of a text that contains this one; what it has of % and _ means itself."""
    for special in (_ESCAPE, "%", "_"):
        text = text.replace(special, _ESCAPE + special)
    return f"%{text}%"


class JobNotices:
    """Implements `ports.repositories.JobNotices`. Of many words the first eight count; letter case does not."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def search(
        self, region: str, kind: str, words: Sequence[str] = (), place: str = "", after: int = 0, limit: int = 20
    ) -> tuple[JobNotice, ...]:
        wanted = [word.strip() for word in words if word.strip()][:_MOST_WORDS]
        params: dict[str, Any] = {f"word_{number}": _within(word) for number, word in enumerate(wanted)}
        params |= {"region": region, "kind": kind, "place": _within(place.strip()), "after": after, "limit": limit}
        rows = await self._unit.rows(_search(len(wanted)), params)
        return tuple(_notice(row) for row in rows)

    async def replace(self, region: str, kind: str, notices: Iterable[JobNotice]) -> int:
        await self._unit.change(_DROP, {"the_region": region, "the_kind": kind})
        count = 0
        for chunk in chunks(notices, CHUNK):
            await self._unit.many(_ADD, [_columns(notice, region, kind) for notice in chunk])
            count += len(chunk)
        return count


def _notice(row: Sequence[Any]) -> JobNotice:
    return JobNotice(
        id=row[0],
        region=row[1],
        kind=row[2],
        title=row[3],
        place=row[4],
        wage=row[5],
        published_on=date.fromisoformat(row[6]),
        employer=row[7],
        headcount=row[8],
        contact=row[9],
        who=row[10],
    )


def _columns(notice: JobNotice, region: str, kind: str) -> dict[str, Any]:
    return {
        "region": region,
        "kind": kind,
        "title": notice.title,
        "place": notice.place,
        "wage": notice.wage,
        "published_on": notice.published_on.isoformat(),
        "employer": notice.employer,
        "headcount": notice.headcount,
        "contact": notice.contact,
        "who": notice.who,
    }
