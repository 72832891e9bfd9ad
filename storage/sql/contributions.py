"""缴费月记录 (C1): the one table that is large, read by ranges of its key and loaded in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import ScalarSelect, Select, bindparam, func, select

from storage.ports.records import Contribution, Insurance, Kind
from storage.ports.time import Month, Span
from storage.sql.codec import fen, yuan
from storage.sql.people import chunks
from storage.sql.tables import contribution, employer
from storage.sql.unit import Put, Unit

_CHUNK = 10_000
_PUT = Put(contribution, "person_id", "insurance", "period", "kind", "employer_id")
_t = contribution.c
_INSURANCES = {insurance.value: insurance for insurance in Insurance}
_KINDS = {kind.value: kind for kind in Kind}
_INSURANCE_ORDER = {code: place for place, code in enumerate(_INSURANCES)}
_KIND_ORDER = {code: place for place, code in enumerate(_KINDS)}


@lru_cache(maxsize=16)
def _between(insurances: int) -> Select[Any]:
    """Rows of so many insurances. All five are named when none was asked for: then each is one range of the primary key."""
    return (
        select(
            _t.period,
            _t.insurance,
            _t.kind,
            _t.employer_id,
            func.coalesce(employer.c.name, ""),
            _t.base,
            _t.employer_amount,
            _t.personal_amount,
            _t.paid_at,
            _t.arrived,
        )
        .select_from(contribution.outerjoin(employer, employer.c.id == _t.employer_id))
        .where(
            _t.person_id == bindparam("person_id"),
            _t.insurance.in_([bindparam(f"i{n}") for n in range(insurances)]),
            _t.period >= bindparam("start"),
            _t.period <= bindparam("end"),
        )
    )


def _ends(code: str, edge: Any) -> ScalarSelect[Any]:
    return select(edge(_t.period)).where(_t.person_id == bindparam("person_id"), _t.insurance == code).scalar_subquery()


# Ten jumps into the primary key instead of a walk over a working life.
_EXTENT = select(*[_ends(code, edge) for code in _INSURANCES for edge in (func.min, func.max)])


@lru_cache(maxsize=4096)
def _day(text: str) -> date:
    return date.fromisoformat(text)


@lru_cache(maxsize=2048)
def _month(index: int) -> Month:
    return Month.from_index(index)


def _order(row: Sequence[Any]) -> tuple[int, int, int, int]:
    return row[0], _INSURANCE_ORDER[row[1]], _KIND_ORDER[row[2]], row[3]


class Contributions:
    """Implements `ports.repositories.Contributions`. Insurances and kinds come in the order of the data dictionary."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def between(self, person_id: int, span: Span, insurances: Sequence[Insurance] = ()) -> tuple[Contribution, ...]:
        wanted = list(dict.fromkeys(insurances or Insurance))
        params: dict[str, Any] = {"person_id": person_id, "start": span.start.index, "end": span.end.index}
        params.update({f"i{n}": insurance.value for n, insurance in enumerate(wanted)})
        rows = sorted(await self._unit.rows(_between(len(wanted)), params), key=_order)
        return tuple(
            [
                Contribution(
                    person_id,
                    _INSURANCES[insurance],
                    _month(period),
                    yuan(base),
                    yuan(by_employer),
                    yuan(by_person),
                    _KINDS[kind],
                    employer_id or None,
                    name,
                    None if paid_at is None else _day(paid_at),
                    bool(arrived),
                )
                for period, insurance, kind, employer_id, name, base, by_employer, by_person, paid_at, arrived in rows
            ]
        )

    async def extents(self, person_id: int) -> dict[Insurance, Span]:
        row = tuple(await self._unit.glance(_EXTENT, {"person_id": person_id}) or ())
        ends = zip(_INSURANCES.values(), row[::2], row[1::2], strict=False)
        return {kind: Span(_month(first), _month(last)) for kind, first, last in ends if first is not None}

    async def put_many(self, rows: Iterable[Contribution]) -> int:
        count = 0
        for chunk in chunks(rows, _CHUNK):
            await self._unit.bulk(_PUT, _PUT.distinct(map(_columns, chunk)))
            count += len(chunk)
        return count


def _columns(c: Contribution) -> tuple[Any, ...]:
    """In the order of the table."""
    # Millions of times in an import: `_value_` and the sum are what `.value` and `Month.index` would call.
    period, paid_at = c.period, c.paid_at
    return (
        c.person_id,
        c.insurance._value_,
        period.year * 12 + period.month - 1,
        c.kind._value_,
        c.employer_id or 0,
        fen(c.base),
        fen(c.employer_amount),
        fen(c.personal_amount),
        None if paid_at is None else paid_at.isoformat(),
        c.arrived,
    )
