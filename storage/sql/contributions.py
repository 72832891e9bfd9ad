"""缴费月记录 (C1): the one table that is large, read by ranges of its key and loaded in bulk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, String, bindparam, case, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from storage.ports.records import Contribution, ContributionSum, Insurance, Kind
from storage.ports.time import Month, Span
from storage.sql.codec import fen, yuan
from storage.sql.people import chunks
from storage.sql.tables import contribution, employer
from storage.sql.unit import Put, Unit

_CHUNK = 10_000
_FEW = 60
"""A year of five insurances: ranges of the key that lie on a few pages."""
_PUT = Put(contribution, "person_id", "insurance", "period", "kind", "employer_id")
_t = contribution.c
_INSURANCES = {insurance.value: insurance for insurance in Insurance}
_KINDS = {kind.value: kind for kind in Kind}
_INSURANCE_ORDER = {code: place for place, code in enumerate(_INSURANCES)}
_STANDINGS = ("none", "waiting", "paid")
_PAID = 2
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
        .where(*_within(insurances))
    )


def _within(insurances: int) -> tuple[ColumnElement[bool], ...]:
    return (
        _t.person_id == bindparam("person_id"),
        _t.insurance.in_([bindparam(f"i{n}") for n in range(insurances)]),
        _t.period >= bindparam("start"),
        _t.period <= bindparam("end"),
    )


@lru_cache(maxsize=16)
def _plain_sums(insurances: int) -> Select[Any]:
    """One row for each insurance, in one walk without sorting: months, sums, and how many rows are refunds or have not arrived. Where there are
    none, each of the months was paid and nothing more is to be asked."""
    odd = case((_t.arrived & (_t.kind != Kind.REFUND.value), 0), else_=1)
    sums = func.sum(_t.employer_amount), func.sum(_t.personal_amount), func.sum(odd)
    return select(_t.insurance, _Listed(_t.period), *sums).where(*_within(insurances)).group_by(_t.insurance)


@lru_cache(maxsize=16)
def _sums(insurances: int) -> Select[Any]:
    """One row for each insurance and standing of its months: 2 paid, 1 waiting, 0 neither."""
    paid = _t.kind != Kind.REFUND.value
    months = (
        select(
            _t.insurance,
            _t.period,
            _any(_t.arrived & paid).label("paid"),
            _any(_t.arrived & ~paid).label("refunded"),
            _any(~_t.arrived & paid).label("waiting"),
            func.sum(case((_t.arrived, _t.employer_amount), else_=0)).label("by_employer"),
            func.sum(case((_t.arrived, _t.personal_amount), else_=0)).label("by_person"),
        )
        .where(*_within(insurances))
        .group_by(_t.insurance, _t.period)
        .subquery()
    )
    m = months.c
    kept = (m.paid == 1) & ((m.refunded == 0) | (m.by_employer + m.by_person > 0))
    standing = case((kept, 2), (m.waiting == 1, 1), else_=0)
    stood = select(m.insurance, m.period, m.by_employer, m.by_person, standing.label("standing")).subquery()
    s = stood.c
    return select(
        s.insurance,
        s.standing,
        _Listed(s.period),
        func.sum(s.by_employer),
        func.sum(s.by_person),
    ).group_by(s.insurance, s.standing)


class _Listed(FunctionElement[str]):
    """Whole numbers of a group with commas between, in any order. What SQLAlchemy has for it is more than our own compiling of SQLite reads."""

    type = String()
    inherit_cache = True


@compiles(_Listed, "sqlite")
def _listed_in_sqlite(element: _Listed, compiler: SQLCompiler, **kw: Any) -> str:
    return f"group_concat({compiler.process(element.clauses, **kw)})"


@compiles(_Listed, "postgresql")
def _listed_in_postgresql(element: _Listed, compiler: SQLCompiler, **kw: Any) -> str:
    return f"string_agg(CAST({compiler.process(element.clauses, **kw)} AS VARCHAR), ',')"


def _any(condition: Any) -> Any:
    return func.max(case((condition, 1), else_=0))


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


def _asked(
    statement: Callable[[int], Select[Any]], person_id: int, span: Span, codes: Sequence[str]
) -> tuple[Select[Any], dict[str, Any]]:
    """The statement for so many insurances, and its parameters."""
    params: dict[str, Any] = {"person_id": person_id, "start": span.start.index, "end": span.end.index}
    params.update({f"i{n}": code for n, code in enumerate(codes)})
    return statement(len(codes)), params


class Contributions:
    """Implements `ports.repositories.Contributions`. Insurances and kinds come in the order of the data dictionary."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def between(self, person_id: int, span: Span, insurances: Sequence[Insurance] = ()) -> tuple[Contribution, ...]:
        wanted = [insurance.value for insurance in dict.fromkeys(insurances or Insurance)]
        short = (span.end.index - span.start.index + 1) * len(wanted) <= _FEW
        look = self._unit.few if short else self._unit.rows
        rows = sorted(await look(*_asked(_between, person_id, span, wanted)), key=_order)
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

    async def sums(self, person_id: int, span: Span, insurances: Sequence[Insurance] = ()) -> tuple[ContributionSum, ...]:
        wanted = [insurance.value for insurance in dict.fromkeys(insurances or Insurance)]
        rows: list[Sequence[Any]] = []
        odd: list[str] = []
        for code, months, by_employer, by_person, oddities in await self._unit.rows(
            *_asked(_plain_sums, person_id, span, wanted)
        ):
            if oddities:
                odd.append(code)
            else:
                rows.append((code, _PAID, months, by_employer, by_person))
        if odd:
            rows += await self._unit.rows(*_asked(_sums, person_id, span, odd))
        rows.sort(key=lambda row: (_INSURANCE_ORDER[row[0]], -row[1]))
        return tuple(
            ContributionSum(
                _INSURANCES[insurance],
                _STANDINGS[standing],
                frozenset(map(int, months.split(","))),
                yuan(int(by_employer)),
                yuan(int(by_person)),
            )
            for insurance, standing, months, by_employer, by_person in rows
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
