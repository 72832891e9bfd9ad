"""What people filed (I1, I2): a case, its steps, who follows it. The ways in which staff look for cases are in `storage.sql.queue`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, or_, select, update

from storage.ports.records import Case, CaseState, CaseStep, DayCount, QueueFilter, QueueRow
from storage.ports.repositories import Conflict
from storage.sql import queue
from storage.sql.codec import day, day_or_none, micros, micros_or_none, moment, moment_or_none, opened_or_empty, sealed_or_none
from storage.sql.people import chunks
from storage.sql.tables import attachment, business_case, case_step, case_watch
from storage.sql.unit import Query, Unit, values

_CHUNK = 1000
_FINISHED = "处理结束"
_STALE = "the case has moved on meanwhile"

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
    _c.filing,
    _c.state,
    _c.stage,
    _c.answers,
    _c.due_on,
    _c.expected_on,
    _c.claimed_by,
    _c.first_reviewer,
    _c.undertaking,
    _c.read_at,
)
_CASE_BY_KEY = _CASE.where(_c.key_hash == bindparam("key_hash"))
_CASE_BY_NO = _CASE.where(_c.case_no == bindparam("case_no"), _c.person_id == bindparam("person_id"))
_CASE_GET = _CASE.where(_c.case_no == bindparam("case_no"))
_newest = (_c.submitted_at.desc(), _c.case_no.desc())
_w = case_watch.c
_CASES_OF_NOBODY = (
    _CASE.join(case_watch, _w.case_no == _c.case_no)
    .where(_w.openid == bindparam("openid"), _c.person_id.is_(None))
    .order_by(*_newest)
    .limit(bindparam("limit"))
)
_CASE_OF_PERSON = _CASE.where(_c.person_id == bindparam("person_id")).order_by(*_newest).limit(bindparam("limit"))

_s = case_step.c
_STEP = select(_s.case_no, _s.seq, _s.name, _s.at, _s.status, _s.note, _s.by_whom)
_STEPS_OF_CASE = _STEP.where(_s.case_no == bindparam("case_no")).order_by(_s.seq)
_STEPS_OF_PERSON = _STEP.where(
    _s.case_no.in_(select(_c.case_no).where(_c.person_id == bindparam("person_id")).order_by(*_newest).limit(bindparam("limit")))
).order_by(_s.case_no, _s.seq)

_FIXED = ("case_no", "key_hash", "key", "feature", "filing", "region", "person_id", "version")
_MUTABLE = tuple(column.name for column in business_case.c if column.name not in _FIXED)

_CASE_ADD = Query(
    lambda insert: insert(business_case).values(values(business_case)).on_conflict_do_nothing().returning(_c.case_no)
)
_CASE_PUT = Query(
    lambda insert: (put := insert(business_case).values(values(business_case))).on_conflict_do_update(
        index_elements=["case_no"],
        set_={
            **{name: put.excluded[name] for name in _MUTABLE if name not in ("title", "submitted_at")},
            "version": _c.version + 1,
        },
        where=or_(
            _c.handling_status != put.excluded.handling_status,
            _c.feedback_status != put.excluded.feedback_status,
            _c.finished_at.is_distinct_from(put.excluded.finished_at),
            _c.state.is_distinct_from(put.excluded.state),
            _c.stage.is_distinct_from(put.excluded.stage),
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
_CASE_SAVE = (
    update(business_case)
    .where(_c.case_no == bindparam("the_case"), _c.version == bindparam("was"))
    .values({name: bindparam(f"new_{name}", type_=_c[name].type) for name in _MUTABLE} | {"version": bindparam("becomes")})
)
_STEP_ADD = Query(lambda insert: insert(case_step).values(values(case_step)).on_conflict_do_nothing().returning(_s.seq))
_STEP_PUT = Query(
    lambda insert: (put := insert(case_step).values(values(case_step))).on_conflict_do_update(
        index_elements=["case_no", "seq"],
        set_={c.name: put.excluded[c.name] for c in case_step.c if c.name not in ("case_no", "seq")},
    )
)

# The new version makes whoever is about to file the draft fail; the row is ours until the end of the transaction.
_draft = _c.state == CaseState.DRAFT.value
_DRAFT_TAKE = (
    update(business_case).where(_c.case_no == bindparam("the_case"), _draft).values(version=_c.version + 1).returning(_c.case_no)
)
_DRAFTS_TAKE = (
    update(business_case)
    .where(_draft, _c.submitted_at < bindparam("before"))
    .values(version=_c.version + 1)
    .returning(_c.case_no)
)
_DRAFT_DROP = tuple(
    delete(table).where(table.c.case_no == bindparam("case_no")) for table in (case_step, attachment, case_watch, business_case)
)

_WATCH = Query(lambda insert: insert(case_watch).values(values(case_watch)).on_conflict_do_nothing())
_UNWATCH = delete(case_watch).where(_w.case_no == bindparam("case_no"), _w.openid == bindparam("openid"))
_WATCHERS = select(_w.openid).where(_w.case_no == bindparam("case_no")).order_by(_w.openid)


async def drop_drafts(unit: Unit, before: int) -> int:
    """Delete drafts that were begun before that moment (microseconds) with all that hangs on them; how many."""
    taken = await unit.write(_DRAFTS_TAKE, {"before": before})
    for statement in _DRAFT_DROP:
        await unit.many(statement, [{"case_no": row[0]} for row in taken])
    return len(taken)


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

    async def get(self, case_no: str) -> Case | None:
        row = await self._unit.glance(_CASE_GET, {"case_no": case_no})
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
        if not moved:
            raise Conflict(_STALE)
        await self._append(case.case_no, step)
        return replace(
            case,
            steps=(*case.steps, step),
            handling_status=handling_status,
            feedback_status=feedback_status,
            finished_at=finished_at,
            version=case.version + 1,
        )

    async def save(self, case: Case, *steps: CaseStep) -> Case:
        columns = self._columns(case)
        params = {f"new_{name}": columns[name] for name in _MUTABLE}
        moved = await self._unit.change(
            _CASE_SAVE, {**params, "the_case": case.case_no, "was": case.version, "becomes": case.version + 1}
        )
        if not moved:
            raise Conflict(_STALE)
        for step in steps:
            await self._append(case.case_no, step)
        return replace(case, steps=(*case.steps, *steps), version=case.version + 1)

    async def _append(self, case_no: str, step: CaseStep) -> None:
        if not await self._unit.write(_STEP_ADD, self._step_columns(case_no, step)):
            raise Conflict(_STALE)

    async def delete_draft(self, case_no: str) -> bool:
        if not await self._unit.write(_DRAFT_TAKE, {"the_case": case_no}):
            return False
        for statement in _DRAFT_DROP:
            await self._unit.later(statement, {"case_no": case_no})
        return True

    # ── what staff and jobs look for ────────────────────────────────────────────────────────────────────────────────

    async def queue(self, wanted: QueueFilter, after: QueueRow | None, limit: int) -> tuple[QueueRow, ...]:
        return await queue.page(self._unit, wanted, after, limit)

    async def counts(self, regions: Sequence[str]) -> dict[CaseState, int]:
        return await queue.counts(self._unit, regions)

    async def due_before(self, day: date, states: Sequence[CaseState], after: str, limit: int) -> tuple[str, ...]:
        return await queue.due_before(self._unit, day, states, after, limit)

    async def per_day(self, regions: Sequence[str], start: date, end: date) -> tuple[DayCount, ...]:
        return await queue.per_day(self._unit, regions, start, end)

    # ── who follows it ──────────────────────────────────────────────────────────────────────────────────────────────

    async def watch(self, case_no: str, openid: str) -> None:
        await self._unit.later(_WATCH, {"case_no": case_no, "openid": openid})

    async def unwatch(self, case_no: str, openid: str) -> None:
        await self._unit.later(_UNWATCH, {"case_no": case_no, "openid": openid})

    async def of_nobody(self, openid: str, limit: int = 10) -> tuple[Case, ...]:
        rows = await self._unit.rows(_CASES_OF_NOBODY, {"openid": openid, "limit": limit})
        return tuple([await self._with_steps(row) for row in rows])

    async def watchers(self, case_no: str) -> tuple[str, ...]:
        return tuple(row[0] for row in await self._unit.rows(_WATCHERS, {"case_no": case_no}))

    # ── between record and row ──────────────────────────────────────────────────────────────────────────────────────

    async def _with_steps(self, row: Sequence[Any]) -> Case:
        steps = await self._unit.rows(_STEPS_OF_CASE, {"case_no": row[0]})
        return self._case(row, [self._step(step) for step in steps])

    def _json(self, value: bytes, purpose: str) -> dict[str, str]:
        return msgspec.json.decode(self._vault.open(value, purpose), type=dict[str, str])

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
            fields=self._json(row[9], "case.fields"),
            steps=tuple(steps),
            finished_at=moment_or_none(row[10]),
            version=row[11],
            filing=row[12] or "",
            state=CaseState(row[13]) if row[13] else None,
            stage=row[14] or "",
            answers={} if row[15] is None else self._json(row[15], "case.answers"),
            due_on=queue.due(row[16]),
            expected_on=day_or_none(row[17]),
            claimed_by=row[18] or None,
            first_reviewer=row[19],
            undertaking=row[20] or "",
            read_at=moment_or_none(row[21]),
        )

    def _columns(self, case: Case) -> dict[str, Any]:
        if case.state is None and case.filing:
            raise ValueError("a case of a declaration is in some state")
        ours = case.state is not None
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
            "filing": case.filing if ours else None,
            "state": case.state.value if case.state else None,
            "stage": case.stage if ours else None,
            "answers": self._vault.seal(msgspec.json.encode(case.answers), "case.answers") if case.answers else None,
            "due_on": queue.due_column(case.due_on) if ours else day(case.due_on),
            "expected_on": day(case.expected_on),
            "claimed_by": (case.claimed_by or 0) if ours else case.claimed_by,
            "first_reviewer": case.first_reviewer,
            "undertaking": case.undertaking or None,
            "read_at": micros_or_none(case.read_at),
        }

    def _step(self, row: Sequence[Any]) -> CaseStep:
        return CaseStep(
            seq=row[1],
            name=row[2],
            at=moment(row[3]),
            status=row[4],
            note=opened_or_empty(self._vault, row[5], "case.note"),
            by=opened_or_empty(self._vault, row[6], "case.by"),
        )

    def _step_columns(self, case_no: str, step: CaseStep) -> dict[str, Any]:
        return {
            "case_no": case_no,
            "seq": step.seq,
            "at": micros(step.at),
            "name": step.name,
            "status": step.status,
            "note": sealed_or_none(self._vault, step.note, "case.note"),
            "by_whom": sealed_or_none(self._vault, step.by, "case.by"),
        }
