"""Talks with the staff (人工), and 评价 of talks and cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Select, and_, bindparam, exists, func, literal, or_, select, update

from storage.ports.records import MarkRequest, Rating, Thread, ThreadLine
from storage.ports.repositories import Conflict
from storage.sql.codec import day_start, micros, micros_or_none, moment, moment_or_none, sealed_or_none
from storage.sql.tables import UNCLOSED, rating, rating_request, thread, thread_line
from storage.sql.unit import Query, Unit, values

_t = thread.c
_THREAD = select(
    _t.id,
    _t.openid,
    _t.person_id,
    _t.region,
    _t.state,
    _t.topic,
    _t.opened_at,
    _t.claimed_by,
    _t.closed_at,
    _t.version,
)
_GET = _THREAD.where(_t.id == bindparam("id"))
_OF_CHAT = _THREAD.where(_t.openid == bindparam("openid"), UNCLOSED)
_OPEN = Query(lambda insert: insert(thread).values(values(thread, "id")).on_conflict_do_nothing().returning(_t.id))
_SAVE = (
    update(thread)
    .where(_t.id == bindparam("the_thread"), _t.version == bindparam("was"))
    .values(
        person_id=bindparam("new_person"),
        state=bindparam("new_state"),
        claimed_by=bindparam("new_claim"),
        closed_at=bindparam("new_closed"),
        version=bindparam("becomes"),
    )
)
_PLACE = (
    select(func.count())
    .select_from(thread)
    .where(_t.region == bindparam("region"), _t.state == "waiting")
    .where(
        or_(
            _t.opened_at < bindparam("at", type_=_t.opened_at.type),
            and_(_t.opened_at == bindparam("at", type_=_t.opened_at.type), _t.id < bindparam("id")),
        )
    )
)

_l = thread_line.c
_SAY = Query(lambda insert: insert(thread_line).values(values(thread_line, "id")).returning(_l.id))
_LINES = (
    select(_l.id, _l.thread_id, _l.at, _l.who, _l.body, _l.by_staff)
    .where(_l.thread_id == bindparam("thread_id"), _l.id > bindparam("after"))
    .order_by(_l.id)
)


@lru_cache
def _waiting(regions: int, states: int) -> Select[Any]:
    return (
        _THREAD.where(
            _t.region.in_([bindparam(f"region_{number}") for number in range(regions)]),
            _t.state.in_([bindparam(f"state_{number}") for number in range(states)]),
        )
        .order_by(_t.opened_at, _t.id)
        .limit(bindparam("limit"))
    )


class Threads:
    """Implements `ports.repositories.Threads`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._vault = unit.vault

    async def open(self, thread: Thread, lines: Sequence[ThreadLine]) -> Thread:
        made = await self._unit.write(
            _OPEN,
            {
                "openid": thread.openid,
                "person_id": thread.person_id,
                "region": thread.region,
                "state": thread.state,
                "topic": self._vault.seal(thread.topic, "thread.topic"),
                "opened_at": micros(thread.opened_at),
                "claimed_by": thread.claimed_by,
                "closed_at": micros_or_none(thread.closed_at),
                "version": thread.version,
            },
        )
        if made:
            await self._unit.many(_SAY, [self._line_columns(replace(line, thread_id=made[0][0])) for line in lines])
            return replace(thread, id=made[0][0])
        standing = await self.of_chat(thread.openid)
        if standing is None:
            raise Conflict("the talk was closed in this very moment")
        return standing

    async def of_chat(self, openid: str) -> Thread | None:
        row = await self._unit.glance(_OF_CHAT, {"openid": openid})
        return None if row is None else self._thread(row)

    async def get(self, thread_id: int) -> Thread | None:
        row = await self._unit.glance(_GET, {"id": thread_id})
        return None if row is None else self._thread(row)

    async def say(self, line: ThreadLine) -> ThreadLine:
        return replace(line, id=(await self._unit.write(_SAY, self._line_columns(line)))[0][0])

    async def lines(self, thread_id: int, after_id: int = 0) -> tuple[ThreadLine, ...]:
        rows = await self._unit.rows(_LINES, {"thread_id": thread_id, "after": after_id})
        return tuple(
            ThreadLine(row[0], row[1], moment(row[2]), row[3], self._vault.text(row[4], "thread.line"), row[5]) for row in rows
        )

    async def save(self, thread: Thread) -> Thread:
        params = {
            "the_thread": thread.id,
            "was": thread.version,
            "becomes": thread.version + 1,
            "new_person": thread.person_id,
            "new_state": thread.state,
            "new_claim": thread.claimed_by,
            "new_closed": micros_or_none(thread.closed_at),
        }
        if not await self._unit.change(_SAVE, params):
            raise Conflict("the talk has moved on meanwhile")
        return replace(thread, version=thread.version + 1)

    async def waiting(self, regions: Sequence[str], states: Sequence[str], limit: int = 50) -> tuple[Thread, ...]:
        if not regions or not states:
            return ()
        params: dict[str, Any] = {f"region_{number}": region for number, region in enumerate(regions)}
        params |= {f"state_{number}": state for number, state in enumerate(states)}
        rows = await self._unit.rows(_waiting(len(regions), len(states)), {**params, "limit": limit})
        return tuple(self._thread(row) for row in rows)

    async def place(self, thread: Thread) -> int:
        params = {"region": thread.region, "at": micros(thread.opened_at), "id": thread.id}
        row = await self._unit.glance(_PLACE, params)
        return 1 + (int(row[0]) if row else 0)

    def _line_columns(self, line: ThreadLine) -> dict[str, Any]:
        return {
            "thread_id": line.thread_id,
            "at": micros(line.at),
            "who": line.who,
            "body": self._vault.seal(line.text, "thread.line"),
            "by_staff": line.by,
        }

    def _thread(self, row: Sequence[Any]) -> Thread:
        return Thread(
            id=row[0],
            openid=row[1],
            person_id=row[2],
            region=row[3],
            state=row[4],
            topic=self._vault.text(row[5], "thread.topic"),
            opened_at=moment(row[6]),
            claimed_by=row[7],
            closed_at=moment_or_none(row[8]),
            version=row[9],
        )


# ── 评价 ────────────────────────────────────────────────────────────────────────────────────────────────────────────

_r = rating.c
_RATE = Query(lambda insert: insert(rating).values(values(rating)).on_conflict_do_nothing().returning(literal(1)))
_RATED = select(literal(1)).where(_r.kind == bindparam("kind"), _r.ref == bindparam("ref"))

_q = rating_request.c
_ASK = Query(lambda insert: insert(rating_request).values(values(rating_request)).on_conflict_do_nothing().returning(literal(1)))
_rated_by_anyone = exists().where(_r.kind == _q.kind, _r.ref == _q.ref)
_WANTED = (
    select(_q.kind, _q.ref, _q.region, _q.title, _q.asked_at)
    .where(_q.openid == bindparam("openid"), _q.asked_at > bindparam("since"), _q.settled.is_(False), ~_rated_by_anyone)
    .order_by(_q.asked_at.desc(), _q.ref.desc())
    .limit(1)
)
_REQUEST = select(_q.kind, _q.ref, _q.region, _q.title, _q.asked_at).where(
    _q.openid == bindparam("openid"),
    _q.kind == bindparam("kind"),
    _q.ref == bindparam("ref"),
    _q.settled.is_(False),
    ~_rated_by_anyone,
)
_SETTLE = (
    update(rating_request)
    .where(_q.openid == bindparam("chat"), _q.kind == bindparam("the_kind"), _q.ref == bindparam("the_ref"))
    .values(settled=True)
)
_ASKED = timedelta(days=30)


@lru_cache
def _grades(regions: int) -> Select[Any]:
    names: list[BindParameter[Any]] = [bindparam(f"region_{number}") for number in range(regions)]
    return (
        select(_r.grade, func.count())
        .where(_r.region.in_(names), _r.at >= bindparam("start"), _r.at < bindparam("end"))
        .group_by(_r.grade)
        .order_by(_r.grade)
    )


class Ratings:
    """Implements `ports.repositories.Ratings`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def ask(self, openid: str, request: MarkRequest) -> bool:
        if await self._unit.glance(_RATED, {"kind": request.kind, "ref": request.ref}) is not None:
            return False
        made = await self._unit.write(
            _ASK,
            {
                "openid": openid,
                "kind": request.kind,
                "ref": request.ref,
                "region": request.region,
                "title": request.title,
                "asked_at": micros(request.asked_at),
                "settled": False,
            },
        )
        return bool(made)

    async def wanted(self, openid: str) -> MarkRequest | None:
        since = micros(self._unit.clock.now() - _ASKED)
        row = await self._unit.glance(_WANTED, {"openid": openid, "since": since})
        return None if row is None else MarkRequest(row[0], row[1], row[2], row[3], moment(row[4]))

    async def request(self, openid: str, kind: str, ref: str) -> MarkRequest | None:
        row = await self._unit.glance(_REQUEST, {"openid": openid, "kind": kind, "ref": ref})
        return None if row is None else MarkRequest(row[0], row[1], row[2], row[3], moment(row[4]))

    async def settle(self, openid: str, request: MarkRequest) -> None:
        await self._unit.later(_SETTLE, {"chat": openid, "the_kind": request.kind, "the_ref": request.ref})

    async def add(self, rating: Rating) -> bool:
        made = await self._unit.write(
            _RATE,
            {
                "kind": rating.kind,
                "ref": rating.ref,
                "region": rating.region,
                "grade": rating.grade,
                "words": sealed_or_none(self._unit.vault, rating.words, "rating.words"),
                "at": micros(rating.at),
            },
        )
        return bool(made)

    async def grades(self, regions: Sequence[str], start: date, end: date) -> dict[int, int]:
        if not regions:
            return {}
        params: dict[str, Any] = {f"region_{number}": region for number, region in enumerate(regions)}
        params |= {"start": day_start(start), "end": day_start(end + timedelta(days=1))}
        return {row[0]: row[1] for row in await self._unit.rows(_grades(len(regions)), params)}
