"""What people filed (I1, I2) and what was issued to them (I4)."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import and_, bindparam, func, literal, or_, select, update

from storage.ports.records import Case, CaseStep, Document
from storage.ports.repositories import Conflict
from storage.sql.codec import micros, micros_or_none, moment, moment_or_none
from storage.sql.people import chunks
from storage.sql.tables import business_case, case_step, document
from storage.sql.unit import Query, Unit, values
from storage.vault import Vault

_CHUNK = 1000
_FINISHED = "处理结束"

# ── 业务办理 ────────────────────────────────────────────────────────────────────────────────────────────────────────

_c = business_case.c
_CASE = select(
    _c.case_no,
    _c.key,
    _c.feature,
    _c.title,
    _c.region,
    _c.person_id,
    _c.submitted_at,
    _c.handling_status,
    _c.feedback_status,
    _c.fields,
    _c.finished_at,
    _c.version,
)
_CASE_BY_KEY = _CASE.where(_c.key_hash == bindparam("key_hash"))
_CASE_BY_NO = _CASE.where(_c.case_no == bindparam("case_no"), _c.person_id == bindparam("person_id"))
_newest = (_c.submitted_at.desc(), _c.case_no.desc())
_CASE_OF_PERSON = _CASE.where(_c.person_id == bindparam("person_id")).order_by(*_newest).limit(bindparam("limit"))

_s = case_step.c
_STEP = select(_s.case_no, _s.seq, _s.name, _s.at, _s.status, _s.note, _s.by_whom)
_STEPS_OF_CASE = _STEP.where(_s.case_no == bindparam("case_no")).order_by(_s.seq)
_STEPS_OF_PERSON = _STEP.where(
    _s.case_no.in_(select(_c.case_no).where(_c.person_id == bindparam("person_id")).order_by(*_newest).limit(bindparam("limit")))
).order_by(_s.case_no, _s.seq)

_CASE_ADD = Query(
    lambda insert: insert(business_case).values(values(business_case)).on_conflict_do_nothing().returning(_c.case_no)
)
_CASE_PUT = Query(
    lambda insert: (put := insert(business_case).values(values(business_case))).on_conflict_do_update(
        index_elements=["case_no"],
        set_={
            **{name: put.excluded[name] for name in ("handling_status", "feedback_status", "fields", "finished_at")},
            "version": _c.version + 1,
        },
        where=or_(
            _c.handling_status != put.excluded.handling_status,
            _c.feedback_status != put.excluded.feedback_status,
            _c.finished_at.is_distinct_from(put.excluded.finished_at),
        ),
    )
)
_CASE_MOVE = (
    update(business_case)
    .where(_c.case_no == bindparam("the_case"), _c.version == bindparam("was"))
    .values(
        handling_status=bindparam("handling"),
        feedback_status=bindparam("feedback"),
        finished_at=bindparam("finished"),
        version=bindparam("becomes"),
    )
)
_STEP_ADD = Query(lambda insert: insert(case_step).values(values(case_step)).on_conflict_do_nothing().returning(_s.seq))
_STEP_PUT = Query(
    lambda insert: (put := insert(case_step).values(values(case_step))).on_conflict_do_update(
        index_elements=["case_no", "seq"],
        set_={c.name: put.excluded[c.name] for c in case_step.c if c.name not in ("case_no", "seq")},
    )
)


def _optional(vault: Vault, value: str, purpose: str) -> bytes | None:
    return vault.seal(value, purpose) if value else None


def _opened(vault: Vault, value: bytes | None, purpose: str) -> str:
    return "" if value is None else vault.text(value, purpose)


class Cases:
    """Implements `ports.repositories.Cases`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._vault = unit.vault

    def _key_hash(self, key: str) -> str:
        return self._vault.digest(key, "case.key")

    async def add(self, case: Case) -> tuple[Case, bool]:
        if await self._unit.write(_CASE_ADD, self._columns(case)):
            await self._unit.many(_STEP_PUT, [self._step_columns(case.case_no, step) for step in case.steps])
            return case, True
        existing = await self.by_key(case.key)
        if existing is None:
            raise Conflict("the case number is taken")
        return existing, False

    async def by_key(self, key: str) -> Case | None:
        row = await self._unit.glance(_CASE_BY_KEY, {"key_hash": self._key_hash(key)})
        return None if row is None else await self._with_steps(row)

    async def by_no(self, case_no: str, person_id: int) -> Case | None:
        row = await self._unit.glance(_CASE_BY_NO, {"case_no": case_no, "person_id": person_id})
        return None if row is None else await self._with_steps(row)

    async def of_person(self, person_id: int, limit: int = 10) -> tuple[Case, ...]:
        params = {"person_id": person_id, "limit": limit}
        rows = await self._unit.rows(_CASE_OF_PERSON, params)
        if not rows:
            return ()
        steps: dict[str, list[CaseStep]] = {}
        for step in await self._unit.rows(_STEPS_OF_PERSON, params):
            steps.setdefault(step[0], []).append(self._step(step))
        return tuple(self._case(row, steps.get(row[0], ())) for row in rows)

    async def put_many(self, cases: Iterable[Case]) -> int:
        count = 0
        for chunk in chunks(cases, _CHUNK):
            await self._unit.many(_CASE_PUT, [self._columns(case) for case in chunk])
            await self._unit.many(_STEP_PUT, [self._step_columns(case.case_no, step) for case in chunk for step in case.steps])
            count += len(chunk)
        return count

    async def add_step(self, case: Case, step: CaseStep, handling_status: str, feedback_status: str) -> Case:
        finished_at = step.at if handling_status == _FINISHED else None
        moved = await self._unit.change(
            _CASE_MOVE,
            {
                "the_case": case.case_no,
                "was": case.version,
                "becomes": case.version + 1,
                "handling": handling_status,
                "feedback": feedback_status,
                "finished": micros_or_none(finished_at),
            },
        )
        if not moved or not await self._unit.write(_STEP_ADD, self._step_columns(case.case_no, step)):
            raise Conflict("the case has moved on meanwhile")
        return replace(
            case,
            steps=(*case.steps, step),
            handling_status=handling_status,
            feedback_status=feedback_status,
            finished_at=finished_at,
            version=case.version + 1,
        )

    async def _with_steps(self, row: Sequence[Any]) -> Case:
        steps = await self._unit.rows(_STEPS_OF_CASE, {"case_no": row[0]})
        return self._case(row, [self._step(step) for step in steps])

    def _case(self, row: Sequence[Any], steps: Sequence[CaseStep]) -> Case:
        return Case(
            case_no=row[0],
            key=self._vault.text(row[1], "case.key"),
            feature=row[2],
            title=row[3],
            region=row[4],
            person_id=row[5],
            submitted_at=moment(row[6]),
            handling_status=row[7],
            feedback_status=row[8],
            fields=msgspec.json.decode(self._vault.open(row[9], "case.fields"), type=dict[str, str]),
            steps=tuple(steps),
            finished_at=moment_or_none(row[10]),
            version=row[11],
        )

    def _columns(self, case: Case) -> dict[str, Any]:
        return {
            "case_no": case.case_no,
            "key_hash": self._key_hash(case.key),
            "key": self._vault.seal(case.key, "case.key"),
            "feature": case.feature,
            "title": case.title,
            "region": case.region,
            "person_id": case.person_id,
            "submitted_at": micros(case.submitted_at),
            "handling_status": case.handling_status,
            "feedback_status": case.feedback_status,
            "fields": self._vault.seal(msgspec.json.encode(case.fields), "case.fields"),
            "finished_at": micros_or_none(case.finished_at),
            "version": case.version,
        }

    def _step(self, row: Sequence[Any]) -> CaseStep:
        return CaseStep(
            seq=row[1],
            name=row[2],
            at=moment(row[3]),
            status=row[4],
            note=_opened(self._vault, row[5], "case.note"),
            by=_opened(self._vault, row[6], "case.by"),
        )

    def _step_columns(self, case_no: str, step: CaseStep) -> dict[str, Any]:
        return {
            "case_no": case_no,
            "seq": step.seq,
            "at": micros(step.at),
            "name": step.name,
            "status": step.status,
            "note": _optional(self._vault, step.note, "case.note"),
            "by_whom": _optional(self._vault, step.by, "case.by"),
        }


# ── 单据 ────────────────────────────────────────────────────────────────────────────────────────────────────────────

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
