"""Counters that survive a restart: one row a limit and subject, counted by one atomic statement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Executable, and_, bindparam, case, delete, or_, select

from storage.ports.records import Verdict
from storage.sql.codec import micros, moment
from storage.sql.lists import Spelling
from storage.sql.tables import limit_counter
from storage.sql.unit import Query, Unit, values

_t = limit_counter.c
_BIG = _t.started_at.type
_now = bindparam("now", type_=_BIG)
_over = _t.started_at <= bindparam("opened_before", type_=_BIG)  # the window that the row counts in has ended


# The window opens with the first hit, not on the full hour: so "one a minute" never lets two through around the turn of a minute.
# When the clock has jumped back, a window that "opens later" is moved here: it keeps its count and locks nobody longer than its width.
def _counting(insert: Spelling, *, told: bool) -> Executable:
    counted = (
        insert(limit_counter)
        .values(values(limit_counter))
        .on_conflict_do_update(
            index_elements=["name", "subject_hash", "width"],
            set_={
                "used": case(
                    (_over, bindparam("cost", type_=_t.used.type)), else_=_t.used + bindparam("cost", type_=_t.used.type)
                ),
                "started_at": case((or_(_over, _t.started_at > _now), _now), else_=_t.started_at),
            },
            where=or_(_over, _t.used <= bindparam("room", type_=_t.used.type)),
        )
    )
    return counted.returning(_t.used, _t.started_at) if told else counted


_COUNT = Query(partial(_counting, told=False))
_HIT = Query(partial(_counting, told=True))
_FULL = "a limit was reached meanwhile"
_PEEK = select(_t.used, _t.started_at).where(
    and_(
        _t.name == bindparam("name"),
        _t.subject_hash == bindparam("subject_hash"),
        _t.width == bindparam("width"),
        _t.started_at > bindparam("opened_before"),
    )
)
_CLEAR = delete(limit_counter).where(_t.name == bindparam("name"), _t.subject_hash == bindparam("subject_hash"))


def _counted(params: Mapping[str, str | int], limit: int, cost: int) -> dict[str, str | int]:
    return {**params, "started_at": params["now"], "used": cost, "cost": cost, "room": limit - cost}


class Limits:
    """Implements `ports.repositories.Limits`. A limit is its name, subject and window: the same name may have several windows."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def hit(self, name: str, subject: str, limit: int, window: timedelta, now: datetime, cost: int = 1) -> Verdict:
        params = self._params(name, subject, window, now)
        if cost <= limit:
            rows = await self._unit.write(_HIT, _counted(params, limit, cost))
            if rows:
                return Verdict(True, rows[0][0], None)
        told = await self._peek(params, limit, window, now, cost)
        return Verdict(False, told.used, told.retry_at)  # refused is refused, even if the counter was cleared in between

    async def hit_at_commit(self, name: str, subject: str, limit: int, window: timedelta, now: datetime) -> Verdict:
        params = self._params(name, subject, window, now)
        told = await self._peek(params, limit, window, now)
        if not told.allowed:
            return told
        # The same atomic statement as `hit`: it changes nothing when there is no room left, and then nothing of the transaction happens.
        await self._unit.later(_COUNT, _counted(params, limit, 1), must_change=_FULL)
        return Verdict(True, told.used + 1, None)

    async def peek(self, name: str, subject: str, limit: int, window: timedelta, now: datetime) -> Verdict:
        return await self._peek(self._params(name, subject, window, now), limit, window, now)

    async def clear(self, name: str, subject: str) -> None:
        await self._unit.change(_CLEAR, {"name": name, "subject_hash": self._hash(subject)})

    async def _peek(self, params: dict[str, str | int], limit: int, window: timedelta, now: datetime, cost: int = 1) -> Verdict:
        row = await self._unit.glance(_PEEK, params)
        if row is None:  # nothing is counted: waiting would change nothing
            return Verdict(cost <= limit, 0, None)
        used, started_at = row
        allowed = used + cost <= limit
        return Verdict(allowed, used, None if allowed else min(moment(started_at), now) + window)

    def _params(self, name: str, subject: str, window: timedelta, now: datetime) -> dict[str, str | int]:
        width = window // timedelta(microseconds=1)
        return {
            "name": name,
            "subject_hash": self._hash(subject),
            "width": width,
            "now": micros(now),
            "opened_before": micros(now) - width,
        }

    def _hash(self, subject: str) -> str:
        return self._unit.vault.digest(subject, "limit")
