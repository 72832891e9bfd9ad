"""权益记录: one table a kind, all read and written alike (`storage.sql.tables.rights` says how each lies); 登记信息 is sealed as a whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Any, TypeVar

import msgspec
from sqlalchemy import bindparam, func, select

from storage.ports.records import Registration, Right
from storage.ports.time import Month, Span
from storage.sql.codec import fen, yuan
from storage.sql.people import chunks
from storage.sql.tables import SHAPES, Shape, data_date, registration
from storage.sql.unit import Put, Unit
from storage.vault import Sealed

R = TypeVar("R", bound=Right)
Convert = Callable[[Any], Any]

_CHUNK = 10_000


def _unless_none(convert: Convert) -> Convert:
    return lambda value: None if value is None else convert(value)


_day = lru_cache(maxsize=4096)(_unless_none(date.fromisoformat))
_month = lru_cache(maxsize=2048)(_unless_none(Month.from_index))


# Into the column and out of it; a type that is not here goes as it is.
_CODECS: dict[Any, tuple[Convert, Convert]] = {
    bool: (bool, bool),
    Month: (attrgetter("index"), _month),
    Month | None: (_unless_none(attrgetter("index")), _month),
    Decimal: (fen, yuan),
    date: (date.isoformat, _day),
    date | None: (_unless_none(date.isoformat), _day),
}


class _Kind:
    """The statements of one kind, built once."""

    __slots__ = ("_in", "_names", "_out", "_puts", "_record", "all", "by_period", "ends", "order", "put", "within", "years")

    def __init__(self, shape: Shape) -> None:
        columns, record = shape.table.c, shape.record
        self._record = record
        self._names = list(shape.types)
        self._in = [(place, _CODECS[of][0]) for place, of in enumerate(shape.types.values()) if of in _CODECS]
        self._out = [(place, _CODECS[of][1]) for place, of in enumerate(shape.types.values()) if of in _CODECS]
        self.put = Put(shape.table, "person_id", *shape.key)
        # Sorted here and not there: the databases do not order texts alike.
        self.order = itemgetter(0, *(self._names.index(name) for name in shape.key))
        self.all = select(*columns).where(columns.person_id == bindparam("person_id"))
        self.years = bool(record.PERIOD) and shape.types[record.PERIOD] is int
        if record.PERIOD:
            period = columns[record.PERIOD]
            place = self._names.index(record.PERIOD)
            self.by_period: Callable[[Sequence[Any]], Any] = lambda row: (row[place], self.order(row))
            self.within = self.all.where(period >= bindparam("start"), period <= bindparam("end"))
            edges = [
                select(edge(period)).where(columns.person_id == bindparam("person_id")).scalar_subquery()
                for edge in (func.min, func.max)
            ]
            self.ends = self.all.where(period.in_(edges))
        else:
            self.by_period, self.within, self.ends = self.order, self.all, self.all

    def bounds(self, span: Span) -> dict[str, int]:
        if self.years:
            return {"start": span.start.year, "end": span.end.year}
        return {"start": span.start.index, "end": span.end.index}

    def records(self, rows: Sequence[Sequence[Any]]) -> tuple[Any, ...]:
        """Each row as a record."""
        if not rows:
            return ()
        columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
        for place, convert in self._out:
            columns[place] = map(convert, columns[place])
        return tuple(map(self._record, *columns))

    def columns(self, record: Right) -> tuple[Any, ...]:
        found = [getattr(record, name) for name in self._names]
        for place, convert in self._in:
            found[place] = convert(found[place])
        return tuple(found)


_KINDS: dict[type[Any], _Kind] = {record: _Kind(shape) for record, shape in SHAPES.items()}
_REGISTRATION = select(registration.c.sealed).where(registration.c.person_id == bindparam("person_id"))
_REGISTRATION_PUT = Put(registration, "person_id")
_PURPOSE = "registration"
_DATES = select(data_date.c.kind, data_date.c.as_of).where(data_date.c.region == bindparam("region"))
_DATE_PUT = Put(data_date, "region", "kind")


class Rights:
    """Implements `ports.repositories.Rights`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._vault = unit.vault

    async def of(self, kind: type[R], person_id: int, within: Span | None = None) -> tuple[R, ...]:
        shape = _KINDS[kind]
        if within is None or not kind.PERIOD:
            rows = await self._unit.rows(shape.all, {"person_id": person_id})
        else:
            rows = await self._unit.rows(shape.within, {"person_id": person_id, **shape.bounds(within)})
        return shape.records(sorted(rows, key=shape.order))

    async def extent(self, kind: type[R], person_id: int) -> tuple[R, R] | None:
        shape = _KINDS[kind]
        found = shape.records(sorted(await self._unit.rows(shape.ends, {"person_id": person_id}), key=shape.by_period))
        return (found[0], found[-1]) if found else None

    async def registration(self, person_id: int) -> Registration | None:
        row = await self._unit.glance(_REGISTRATION, {"person_id": person_id})
        if row is None:
            return None
        found = msgspec.json.decode(self._vault.open(row[0], _PURPOSE), type=Registration)
        if found.person_id != person_id:
            raise Sealed("a registration lies in the place of another person's")
        return found

    async def loaded(self, region: str, kind: str, as_of: date) -> None:
        await self._unit.bulk(_DATE_PUT, [(region, kind, as_of.isoformat())])

    async def dates(self, region: str) -> Mapping[str, date]:
        return {kind: date.fromisoformat(as_of) for kind, as_of in await self._unit.few(_DATES, {"region": region})}

    async def put_many(self, rows: Iterable[Right]) -> int:
        count = 0
        for chunk in chunks(rows, _CHUNK):
            sorts: dict[type[Any], list[Any]] = defaultdict(list)
            for row in chunk:
                sorts[type(row)].append(row)
            for kind, some in sorts.items():
                if kind is Registration:
                    put, made = _REGISTRATION_PUT, [(one.person_id, self._sealed(one)) for one in some]
                else:
                    put, made = _KINDS[kind].put, [_KINDS[kind].columns(one) for one in some]
                await self._unit.bulk(put, put.distinct(made))
            count += len(chunk)
        return count

    def _sealed(self, found: Registration) -> bytes:
        return self._vault.seal(msgspec.json.encode(found), _PURPOSE)
