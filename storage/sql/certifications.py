"""资格认证 (E19): the newest state of each person, and the records behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import and_, bindparam, exists, not_, select

from storage.certifying import PENDING, passed
from storage.ports.records import Benefit, Certification, CertificationRecord
from storage.ports.time import SHANGHAI
from storage.sql.codec import day, day_or_none, micros, moment, opened_or_empty, sealed_or_none
from storage.sql.people import CHUNK, DEAD, chunks
from storage.sql.tables import benefit, certification, certification_record, person
from storage.sql.unit import Put, Query, Unit, values

_z = certification.c
CERTIFICATION = (_z.person_id, _z.last_at, _z.due_on, _z.channel, _z.result, _z.by_other)
"""What `certification_of` reads."""
_CERT = select(*CERTIFICATION)
_CERT_GET = _CERT.where(_z.person_id == bindparam("person_id"))
_CERT_PUT = Put(certification, "person_id")
# A later file may hold an older certification; two of one day: the one that was told last counts.
_CERT_RENEW = Put(
    certification,
    "person_id",
    where="certification.last_at IS NULL OR excluded.last_at >= certification.last_at",
)
_due = (
    _CERT.join(person, person.c.id == _z.person_id)
    .where(and_(_z.person_id > bindparam("after_id"), person.c.person_status != DEAD, person.c.death_date.is_(None)))
    .order_by(_z.person_id)
    .limit(bindparam("limit"))
)
# One day, the usual question, reads along the index; a range walks people in order instead of sorting the range again for each page.
_CERT_DUE_ON = _due.where(_z.due_on == bindparam("start"))
_CERT_DUE = _due.where(_z.due_on >= bindparam("start"), _z.due_on <= bindparam("end"))

_r = certification_record.c
_other = certification_record.alias()
_RECORD_PUT = Put(certification_record, "person_id", "at", "channel", "result")
_RECORD_ADD = Query(
    lambda insert: insert(certification_record).values(values(certification_record)).on_conflict_do_nothing().returning(_r.at)
)
_HISTORY = (
    select(_r.person_id, _r.at, _r.channel, _r.result, _r.by_other, _r.note)
    .where(
        _r.person_id == bindparam("person_id"),
        not_(
            and_(
                _r.result == PENDING,
                exists().where(
                    _other.c.person_id == _r.person_id,
                    _other.c.at == _r.at,
                    _other.c.channel == _r.channel,
                    _other.c.result != PENDING,
                ),
            )
        ),
    )
    .order_by(_r.at.desc(), _r.channel, _r.result)
    .limit(bindparam("limit"))
)


def certification_of(row: Sequence[Any]) -> Certification:
    """From the columns `CERTIFICATION`, at the beginning of a row."""
    return Certification(
        person_id=row[0],
        last_at=day_or_none(row[1]),
        due_on=date.fromisoformat(row[2]),
        channel=row[3],
        result=row[4],
        by_other=bool(row[5]),
    )


_b = benefit.c
BENEFIT = (_b.person_id, _b.state, _b.since, _b.drawing_since, _b.reason)
"""What `benefit_of` reads."""
_BENEFIT_GET = select(*BENEFIT).where(_b.person_id == bindparam("person_id"))
_BENEFIT_PUT = Put(benefit, "person_id")


def benefit_of(row: Sequence[Any]) -> Benefit:
    """From the columns `BENEFIT`, at the beginning of a row."""
    return Benefit(row[0], row[1], date.fromisoformat(row[2]), day_or_none(row[3]), row[4])


def _columns(states: Iterable[Certification]) -> list[tuple[Any, ...]]:
    return [(c.person_id, day(c.last_at), day(c.due_on), c.channel, c.result, c.by_other) for c in states]


class Certifications:
    """Implements `ports.repositories.Certifications`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._vault = unit.vault

    async def of_person(self, person_id: int) -> Certification | None:
        row = await self._unit.glance(_CERT_GET, {"person_id": person_id})
        return None if row is None else certification_of(row)

    async def put_many(self, rows: Iterable[Certification]) -> int:
        count = 0
        for chunk in chunks(rows, CHUNK):
            await self._unit.bulk(_CERT_PUT, _CERT_PUT.distinct(_columns(chunk)))
            count += len(chunk)
        return count

    async def renew(self, states: Iterable[Certification]) -> int:
        count = 0
        for chunk in chunks(states, CHUNK):
            # Of several states of one person in one call the newest counts, whatever their order.
            newest = sorted(chunk, key=lambda state: state.last_at or date.min)
            await self._unit.bulk(_CERT_RENEW, _CERT_RENEW.distinct(_columns(newest)))
            count += len(chunk)
        return count

    async def add_record(self, record: CertificationRecord, due_on: date) -> bool:
        names = certification_record.columns.keys()
        new = await self._unit.write(_RECORD_ADD, dict(zip(names, self._record_columns(record), strict=True)))
        if passed(record.result):
            last_at = record.at.astimezone(SHANGHAI).date()
            await self.renew([Certification(record.person_id, last_at, due_on, record.channel, record.result, record.by_other)])
        return bool(new)

    async def add_records(self, records: Iterable[CertificationRecord]) -> int:
        count = 0
        for chunk in chunks(records, CHUNK):
            await self._unit.bulk(_RECORD_PUT, _RECORD_PUT.distinct(self._record_columns(one) for one in chunk))
            count += len(chunk)
        return count

    def _record_columns(self, one: CertificationRecord) -> tuple[Any, ...]:
        """In the order of the table."""
        note = sealed_or_none(self._vault, one.note, "certification.note")
        return (one.person_id, micros(one.at), one.channel, one.result, one.by_other, note)

    async def benefit(self, person_id: int) -> Benefit | None:
        row = await self._unit.glance(_BENEFIT_GET, {"person_id": person_id})
        return None if row is None else benefit_of(row)

    async def put_benefits(self, rows: Iterable[Benefit]) -> int:
        count = 0
        for chunk in chunks(rows, CHUNK):
            columns = [(one.person_id, one.state, day(one.since), day(one.drawing_since), one.reason) for one in chunk]
            await self._unit.bulk(_BENEFIT_PUT, _BENEFIT_PUT.distinct(columns))
            count += len(chunk)
        return count

    async def history(self, person_id: int, limit: int = 20) -> tuple[CertificationRecord, ...]:
        rows = await self._unit.rows(_HISTORY, {"person_id": person_id, "limit": limit})
        return tuple(
            CertificationRecord(
                person_id=row[0],
                at=moment(row[1]),
                channel=row[2],
                result=row[3],
                by_other=bool(row[4]),
                note=opened_or_empty(self._vault, row[5], "certification.note"),
            )
            for row in rows
        )

    async def due_between(self, start: date, end: date, after_id: int, limit: int) -> tuple[Certification, ...]:
        params = {"start": day(start), "after_id": after_id, "limit": limit}
        if start == end:
            rows = await self._unit.rows(_CERT_DUE_ON, params)
        else:
            rows = await self._unit.rows(_CERT_DUE, {**params, "end": day(end)})
        return tuple(certification_of(row) for row in rows)
