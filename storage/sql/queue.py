"""How staff and jobs look for cases, at a cost that does not grow with the number of cases.

A page of the queue is cut from some ranges of one index, one range for each region, state (and filing) asked for: each range is already
in the order of the queue, gives at most a page, and only those few numbers are sorted; the rows themselves are read for one page. The
index is chosen by which columns are asked for, so that nothing is read to be thrown away.

Cases that no declaration made (`state` is null) are not here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import product
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    ScalarSelect,
    Select,
    bindparam,
    func,
    literal_column,
    select,
    tuple_,
    union_all,
)

from storage.ports.records import CaseState, DayCount, QueueFilter, QueueRow
from storage.sql.codec import day_start, moment
from storage.sql.tables import business_case
from storage.sql.unit import Unit

_NEVER = "9999-12-31"
_BEYOND = "~"
"""After every day."""
_AT_ONCE = 32
"""Ranges in one statement; there are more only when many filings are chosen in many regions."""
_DAY = 86_400_000_000

_c = business_case.c
_ROW = (
    _c.case_no,
    _c.filing,
    _c.title,
    _c.region,
    _c.person_id,
    _c.submitted_at,
    _c.state,
    _c.stage,
    _c.due_on,
    _c.claimed_by,
    _c.version,
    _c.first_reviewer,
)
_ORDER = (_c.due_on, _c.case_no)


def due(column: str | None) -> date | None:
    """What the column says."""
    return None if column is None or column == _NEVER else date.fromisoformat(column)


def due_column(day: date | None) -> str:
    """The day as the queue sorts it."""
    return _NEVER if day is None else day.isoformat()


def _padded(count: int) -> int:
    """The next power of two: so there are few different statements."""
    return 1 << (count - 1).bit_length()


def _text(name: str) -> BindParameter[str]:
    return bindparam(name, type_=_c.case_no.type)


@lru_cache
def _page(ranges: int, by_filing: bool, by_claim: bool) -> Select[Any]:
    """The statement for so many ranges."""
    parts = []
    for number in range(ranges):
        keys = (
            select(_c.due_on, _c.case_no)
            .where(_c.region == _text(f"region_{number}"), _c.state == _text(f"state_{number}"))
            .where(tuple_(_c.due_on, _c.case_no) > tuple_(_text("after_due"), _text("after_no")))
            .where(_c.due_on < _text("before"))
            .order_by(*_ORDER)
            .limit(bindparam("limit"))
        )
        if by_filing:
            keys = keys.where(_c.filing == _text(f"filing_{number}"))
        if by_claim:
            keys = keys.where(_c.claimed_by == bindparam("claim", type_=_c.claimed_by.type))
        parts.append(select(keys.subquery()))
    found = union_all(*parts).subquery()
    nearest = select(found.c.case_no).order_by(found.c.due_on, found.c.case_no).limit(bindparam("limit")).subquery()
    return select(*_ROW).join(nearest, nearest.c.case_no == _c.case_no).order_by(*_ORDER)


async def page(unit: Unit, wanted: QueueFilter, after: QueueRow | None, limit: int) -> tuple[QueueRow, ...]:
    """As `Cases.queue`."""
    states = [state.value for state in dict.fromkeys(wanted.states or CaseState)]
    filings = tuple(dict.fromkeys(wanted.filings))
    ranges = list(product(dict.fromkeys(wanted.regions), states, filings or ("",)))
    claim = 0 if wanted.unclaimed else wanted.claimed_by
    common: dict[str, Any] = {
        "after_due": due_column(after.due_on) if after else "",
        "after_no": after.case_no if after else "",
        "before": wanted.due_before.isoformat() if wanted.due_before else _BEYOND,
        "limit": limit,
    }
    if claim is not None:
        common["claim"] = claim
    found: list[QueueRow] = []
    for start in range(0, len(ranges), _AT_ONCE):
        part = ranges[start : start + _AT_ONCE]
        count = _padded(len(part))
        params = dict(common)
        # What is left over of the statement asks for a region that is none, and costs one look into the index.
        for number, (region, state, filing) in enumerate(part + [("", "", "")] * (count - len(part))):
            params[f"region_{number}"] = region
            params[f"state_{number}"] = state
            if filings:
                params[f"filing_{number}"] = filing
        found += [_row(row) for row in await unit.rows(_page(count, bool(filings), claim is not None), params)]
    if len(ranges) > _AT_ONCE:
        found.sort(key=lambda row: (due_column(row.due_on), row.case_no))
    return tuple(found[:limit])


def _row(row: Sequence[Any]) -> QueueRow:
    return QueueRow(
        case_no=row[0],
        filing=row[1] or "",
        title=row[2],
        region=row[3],
        person_id=row[4],
        submitted_at=moment(row[5]),
        state=CaseState(row[6]),
        stage=row[7] or "",
        due_on=due(row[8]),
        claimed_by=row[9] or None,
        version=row[10],
        first_reviewer=row[11],
    )


# ── numbers ─────────────────────────────────────────────────────────────────────────────────────────────────────────

_OPEN = [state.value for state in CaseState if not state.over]


@lru_cache
def _counts(ranges: int) -> CompoundSelect[Any]:
    """One count for each range: along the index, with nothing to group or sort."""
    return union_all(
        *[
            select(literal_column(str(number)).label("number"), func.count().label("count"))
            .select_from(business_case)
            .where(_c.region == _text(f"region_{number}"), _c.state == _text(f"state_{number}"))
            for number in range(ranges)
        ]
    )


async def counts(unit: Unit, regions: Sequence[str]) -> dict[CaseState, int]:
    """As `Cases.counts`: every such state, 0 too."""
    found = {CaseState(state): 0 for state in _OPEN}
    ranges = list(product(dict.fromkeys(regions), _OPEN))
    for start in range(0, len(ranges), _AT_ONCE):
        part = ranges[start : start + _AT_ONCE]
        padded = part + [("", "")] * (_padded(len(part)) - len(part))
        params: dict[str, Any] = {}
        for number, (region, state) in enumerate(padded):
            params |= {f"region_{number}": region, f"state_{number}": state}
        for number, count in await unit.rows(_counts(len(padded)), params):
            if number < len(part):
                found[CaseState(part[number][1])] += count
    return found


@lru_cache
def _due(states: int) -> Select[Any]:
    names: list[BindParameter[Any]] = [bindparam(f"state_{number}") for number in range(states)]
    return (
        select(_c.case_no)
        .where(_c.state.in_(names), _c.due_on < _text("before"), _c.case_no > _text("after"))
        .order_by(_c.case_no)
        .limit(bindparam("limit"))
    )


async def due_before(unit: Unit, day: date, states: Sequence[CaseState], after: str, limit: int) -> tuple[str, ...]:
    """As `Cases.due_before`."""
    distinct = [state.value for state in dict.fromkeys(states)]
    if not distinct:
        return ()
    params: dict[str, Any] = {"before": day.isoformat(), "after": after, "limit": limit}
    params |= {f"state_{number}": state for number, state in enumerate(distinct)}
    return tuple(row[0] for row in await unit.rows(_due(len(distinct)), params))


@lru_cache
def _days(regions: int) -> Select[Any]:
    """For each day its number and three counts, each cut from the index of its moment; a day has 24 hours in Shanghai."""
    days = select(literal_column("0").label("number")).cte("days", recursive=True)
    days = days.union_all(select(days.c.number + literal_column("1")).where(days.c.number < bindparam("last")))
    names: list[BindParameter[Any]] = [bindparam(f"region_{number}") for number in range(regions)]

    def counted(at: ColumnElement[Any], state: ColumnElement[bool]) -> ScalarSelect[Any]:
        morning = bindparam("start", type_=at.type) + days.c.number * literal_column(str(_DAY), type_=at.type)
        night = bindparam("start_next", type_=at.type) + days.c.number * literal_column(str(_DAY), type_=at.type)
        inside = (_c.region.in_(names), at >= morning, at < night, state)
        return select(func.count()).select_from(business_case).where(*inside).correlate(days).scalar_subquery()

    return select(
        days.c.number,
        counted(_c.submitted_at, _c.state != literal_column("'draft'")),
        counted(_c.finished_at, _c.state == literal_column("'done'")),
        counted(_c.finished_at, _c.state == literal_column("'refused'")),
    ).order_by(days.c.number)


async def per_day(unit: Unit, regions: Sequence[str], start: date, end: date) -> tuple[DayCount, ...]:
    """As `Cases.per_day`. A draft is not filed yet."""
    if start > end:
        return ()
    distinct = list(dict.fromkeys(regions)) or [""]
    named = {f"region_{number}": region for number, region in enumerate(distinct)}
    morning = day_start(start)
    params: dict[str, Any] = {**named, "last": (end - start).days, "start": morning, "start_next": morning + _DAY}
    return tuple(
        DayCount(start + timedelta(days=row[0]), row[1], row[2], row[3]) for row in await unit.rows(_days(len(distinct)), params)
    )
