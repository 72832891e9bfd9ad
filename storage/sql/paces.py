"""Pace: one clock for all workers, a row for each name. Each taking is one atomic statement.

A message moves the moment from which the next may go by one step (GCRA). Who was idle may catch up by half a second's worth, so that a
minute never holds more than 1 % above its limit; and the moment is never further ahead than that, so that a clock that was set back
stops nobody. Nor does a halt: one that ends later than any can was written by a clock that was fast, and is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, and_, bindparam, case, literal_column, null, or_, select, update

from storage.ports.records import Granted
from storage.ports.time import SHANGHAI
from storage.sql.codec import micros, moment
from storage.sql.tables import pace
from storage.sql.unit import Query, Unit, values

_MINUTE = 60_000_000
_ENOUGH = 10
"""Who found too little is asked to come again when a tenth of a second's worth is there: not once for each message."""

_LONGEST_HALT = timedelta(days=1, minutes=10)
"""Halts last until the next midnight at most, and a little over it."""

USED_UP = "今天的发送额度已经用完，明天0点以后继续"

_p = pace.c


def _number(name: str) -> ColumnElement[int]:
    return bindparam(name, type_=BigInteger())


def _least(one: ColumnElement[int], other: ColumnElement[int]) -> ColumnElement[int]:
    return case((one < other, one), else_=other)


def _most(one: ColumnElement[int], other: ColumnElement[int]) -> ColumnElement[int]:
    return case((one > other, one), else_=other)


_NOTHING, _ONE = literal_column("0", BigInteger()), literal_column("1", BigInteger())
_now, _step, _ahead, _want, _per_day = map(_number, ("now", "each", "ahead", "want", "per_day"))
_today, _tomorrow = bindparam("today", type_=Text()), bindparam("tomorrow", type_=Text())
# A clock that was set forward over midnight and back again has not won a second quota.
_same_day = _p.day.in_([_today, _tomorrow])
_used = case((_same_day, _p.used), else_=_NOTHING)
_from = _least(_most(_p.next_at, _now), _now + _ahead)
_room = case((_step == 0, _want), else_=_least(_want, (_now + _ahead - _from) // _most(_step, _ONE)))
_left = case((_per_day == 0, _room), else_=_least(_room, _most(_per_day - _used, _NOTHING)))
_halted = and_(_p.halted_until.is_not(None), _p.halted_until > _now, _p.halted_until <= _number("latest"))
_grant = case((_halted, _NOTHING), else_=_left)
_TAKE = (
    update(pace)
    .where(_p.name == bindparam("the_name", type_=Text()))
    .values(
        next_at=_from + _grant * _step,
        granted=_grant,
        step=_step,
        day=case((_same_day, _p.day), else_=_today),
        used=_used + _grant,
    )
    .returning(_p.granted, _p.next_at, _p.used, _p.halted_until, _p.why)
)
_ADD = Query(lambda insert: insert(pace).values(values(pace)).on_conflict_do_nothing())
_GIVE_BACK = (
    update(pace)
    .where(_p.name == bindparam("the_name", type_=Text()))
    .values(
        next_at=_p.next_at - _number("count") * _p.step,
        used=case((_p.day == _today, _most(_p.used - _number("count"), _NOTHING)), else_=_p.used),
    )
)
_HALT = (
    update(pace)
    .where(
        _p.name == bindparam("the_name", type_=Text()),
        or_(_p.halted_until.is_(None), _p.halted_until < _number("until"), _p.halted_until > _number("latest")),
    )
    .values(halted_until=_number("until"), why=bindparam("because", type_=Text()))
)
_RELEASE = update(pace).where(_p.name == bindparam("the_name", type_=Text())).values(halted_until=null(), why="")
_HALTED = (
    select(_p.name, _p.halted_until, _p.why).where(_p.halted_until > _now, _p.halted_until <= _number("latest")).order_by(_p.name)
)


class Paces:
    """Implements `ports.repositories.Paces`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def take(self, name: str, per_minute: int, per_day: int, want: int, now: datetime) -> Granted:
        at = micros(now)
        step = -(-_MINUTE // per_minute) if per_minute else 0
        ahead = max(1, per_minute // 120) * step
        params = {
            "the_name": name,
            "now": at,
            "latest": micros(now + _LONGEST_HALT),
            "each": step,
            "ahead": ahead,
            "want": max(0, want),
            "per_day": per_day,
            **_days(now),
        }
        found = await self._unit.write(_TAKE, params)
        if not found:
            await self._add(name)
            found = await self._unit.write(_TAKE, params)
        granted, next_at, used, halted_until, why = found[0]
        if halted_until is not None and at < halted_until <= params["latest"]:
            return Granted(0, moment(halted_until), why)
        if per_day and used >= per_day and granted < want:
            return Granted(granted, _midnight(now), USED_UP if granted == 0 else "")
        enough = max(1, min(want, per_minute // 60 // _ENOUGH)) * step
        return Granted(granted, moment(max(at, next_at + enough - ahead)))

    async def give_back(self, name: str, count: int, now: datetime) -> None:
        await self._unit.change(_GIVE_BACK, {"the_name": name, "count": max(0, count), "today": _days(now)["today"]})

    async def halt(self, name: str, until: datetime, why: str) -> None:
        await self._add(name)
        latest = micros(self._unit.clock.now() + _LONGEST_HALT)
        await self._unit.change(_HALT, {"the_name": name, "until": micros(until), "because": why, "latest": latest})

    async def release(self, name: str) -> None:
        await self._unit.change(_RELEASE, {"the_name": name})

    async def halted(self, now: datetime) -> Mapping[str, tuple[datetime, str]]:
        return {
            row[0]: (moment(row[1]), row[2])
            for row in await self._unit.rows(_HALTED, {"now": micros(now), "latest": micros(now + _LONGEST_HALT)})
        }

    async def _add(self, name: str) -> None:
        fresh: dict[str, Any] = {"next_at": 0, "granted": 0, "step": 0, "day": "", "used": 0, "halted_until": None, "why": ""}
        await self._unit.change(_ADD, {"name": name, **fresh})


def _days(now: datetime) -> dict[str, str]:
    today = now.astimezone(SHANGHAI).date()
    return {"today": today.isoformat(), "tomorrow": (today + timedelta(days=1)).isoformat()}


def _midnight(now: datetime) -> datetime:
    return now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
