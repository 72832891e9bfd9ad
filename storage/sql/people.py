"""The agency's records of people: 参保人 (B1) and 单位 (B2). Cards, contributions and certifications have modules of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import BindParameter, Column, Select, bindparam, func, select, update

from storage.ports.records import Employer, Hold, Person
from storage.sql.codec import day, day_or_none, micros, moment
from storage.sql.lists import among, packed
from storage.sql.tables import employer, person, person_hold
from storage.sql.unit import Put, Query, Unit, values
from storage.vault import Vault

T = TypeVar("T")

CHUNK = 2000
_FIND = 500
DEAD = "死亡"
_NAMES = 32
"""More than a page of the queue has rows."""


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most `size`, in order; none for nothing."""
    source = iter(items)
    while chunk := list(islice(source, size)):
        yield chunk


def _finder(table_id: Column[Any], region: Column[Any], hash_column: Column[Any]) -> Select[Any]:
    """Ids of many rows at once by keyed hash: as many parameters as `_FIND`, the last one repeated when there are fewer.

    The region is not asked for: it would tempt PostgreSQL, which knows nothing yet of a table that is just being filled, to read the
    whole region by its index each time.
    """
    hashes: list[BindParameter[Any]] = [bindparam(f"h{i}") for i in range(_FIND)]
    return select(region, hash_column, table_id).where(hash_column.in_(hashes))


async def _ids(unit: Unit, finder: Select[Any], keys: dict[tuple[str, str], str]) -> dict[tuple[str, str], int]:
    """(region, number) → id, from (region, number) → keyed hash of the number."""
    ids: dict[tuple[str, str], int] = {}
    for part in chunks(dict.fromkeys(keys.values()), _FIND):
        padded = part + [part[-1]] * (_FIND - len(part))
        rows = await unit.rows(finder, {f"h{i}": hashed for i, hashed in enumerate(padded)})
        ids.update(((region, hashed), row_id) for region, hashed, row_id in rows)
    return {key: ids[key[0], hashed] for key, hashed in keys.items()}


# ── 参保人 ──────────────────────────────────────────────────────────────────────────────────────────────────────────

_p = person.c
PERSON = (
    _p.id,
    _p.region,
    _p.name,
    _p.id_no,
    _p.phone,
    _p.gender,
    _p.birth_date,
    _p.person_status,
    _p.id_type,
    _p.payer_category,
    _p.death_date,
)
"""What `person_of` reads."""
_PERSON = select(*PERSON)
_PERSON_GET = _PERSON.where(_p.id == bindparam("id"))
_PERSON_BY_PHONE = _PERSON.where(
    _p.phone_hash == bindparam("phone_hash"), _p.person_status != DEAD, _p.death_date.is_(None)
).order_by(_p.id)
_PERSON_BY_ID_NO = _PERSON.where(_p.id_no_hash == bindparam("id_no_hash")).order_by(_p.id)
_PERSON_BY_ID_NO_REGION = _PERSON_BY_ID_NO.where(_p.region == bindparam("region"))
_PERSON_MANY = _PERSON.add_columns(_p.id_no_hash).where(_p.id_no_hash.in_([bindparam(f"h{i}") for i in range(_FIND)]))
_PERSON_COUNT = select(func.count()).select_from(person)
_PERSON_COUNT_REGION = _PERSON_COUNT.where(_p.region == bindparam("region"))
_page = _PERSON.where(_p.id > bindparam("after_id")).order_by(_p.id).limit(bindparam("limit"))
_PERSON_PAGE = {
    (False, False): _page,
    (True, False): _page.where(_p.region == bindparam("region")),
    (False, True): _page.where(_p.person_status == bindparam("status")),
    (True, True): _page.where(_p.region == bindparam("region"), _p.person_status == bindparam("status")),
}
_PERSON_PUT = Put(person, "id_no_hash", "region", without=("id",))
_PERSON_IDS = _finder(_p.id, _p.region, _p.id_no_hash)
_PERSON_NAMES = select(_p.id, _p.name).where(_p.id.in_([bindparam(f"p{i}", type_=_p.id.type) for i in range(_NAMES)]))
_PERSON_SEVERAL = Query(lambda insert: _PERSON.where(among(insert, _p.id, "ids")))
_PERSON_ID_NO = select(_p.id_no).where(_p.id == bindparam("id"))
_PERSON_PHONE = (
    update(person).where(_p.id == bindparam("the_person")).values(phone=bindparam("new"), phone_hash=bindparam("new_hash"))
)

_h = person_hold.c
_HOLD = Query(
    lambda insert: (put := insert(person_hold).values(values(person_hold))).on_conflict_do_update(
        index_elements=["person_id"],
        set_={"until": put.excluded.until, "reason": put.excluded.reason},
        where=_h.until < put.excluded.until,
    )
)
_HELD = select(_h.until, _h.reason).where(_h.person_id == bindparam("person_id"), _h.until > bindparam("now"))


def normal_id_no(id_no: str) -> str:
    """As it is stored and hashed: without blanks at the ends, X in upper case."""
    return id_no.strip().upper()


def person_of(vault: Vault, row: Sequence[Any]) -> Person:
    """From the columns `PERSON`, at the beginning of a row."""
    return Person(
        id=row[0],
        region=row[1],
        name=vault.text(row[2], "person.name"),
        id_no=vault.text(row[3], "person.id_no"),
        phone=None if row[4] is None else vault.text(row[4], "person.phone"),
        gender=row[5],
        birth_date=date.fromisoformat(row[6]),
        person_status=row[7],
        id_type=row[8],
        payer_category=row[9],
        death_date=day_or_none(row[10]),
    )


class People:
    """Implements `ports.repositories.People`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._vault = unit.vault

    def _id_no_hash(self, id_no: str) -> str:
        return self._vault.digest(normal_id_no(id_no), "person.id_no")

    def _phone_hash(self, phone: str) -> str:
        return self._vault.digest(phone.strip(), "person.phone")

    def _person(self, row: Sequence[Any]) -> Person:
        return person_of(self._vault, row)

    async def get(self, person_id: int) -> Person | None:
        row = await self._unit.glance(_PERSON_GET, {"id": person_id})
        return None if row is None else self._person(row)

    async def several(self, person_ids: Iterable[int]) -> dict[int, Person]:
        """By id; who is not there is left out."""
        rows = await self._unit.rows(_PERSON_SEVERAL, {"ids": packed(self._unit, dict.fromkeys(person_ids))})
        return {row[0]: self._person(row) for row in rows}

    async def names(self, person_ids: Sequence[int]) -> dict[int, str]:
        found: dict[int, str] = {}
        for part in chunks(dict.fromkeys(person_ids), _NAMES):
            padded = part + [part[-1]] * (_NAMES - len(part))
            rows = await self._unit.rows(_PERSON_NAMES, {f"p{i}": person_id for i, person_id in enumerate(padded)})
            found.update((row[0], self._vault.text(row[1], "person.name")) for row in rows)
        return found

    async def by_phone(self, phone: str) -> tuple[Person, ...]:
        rows = await self._unit.rows(_PERSON_BY_PHONE, {"phone_hash": self._phone_hash(phone)})
        return tuple(self._person(row) for row in rows)

    async def by_id_no(self, id_no: str, region: str | None = None) -> tuple[Person, ...]:
        params = {"id_no_hash": self._id_no_hash(id_no)}
        if region is None:
            rows = await self._unit.rows(_PERSON_BY_ID_NO, params)
        else:
            rows = await self._unit.rows(_PERSON_BY_ID_NO_REGION, {**params, "region": region})
        return tuple(self._person(row) for row in rows)

    async def many_by_id_no(self, numbers: Iterable[str], region: str) -> dict[str, Person]:
        found: dict[str, Person] = {}
        for part in chunks(dict.fromkeys(numbers), _FIND):
            hashes = {number: self._id_no_hash(number) for number in part}
            padded = [*hashes.values(), *[hashes[part[-1]]] * (_FIND - len(part))]
            rows = await self._unit.rows(_PERSON_MANY, {f"h{i}": hashed for i, hashed in enumerate(padded)})
            here = {row[-1]: row for row in rows if row[1] == region}
            found.update((number, self._person(here[hashed])) for number, hashed in hashes.items() if hashed in here)
        return found

    async def put_many(self, people: Iterable[Person]) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = {}
        for chunk in chunks(people, CHUNK):
            keys = {(p.region, p.id_no): self._id_no_hash(p.id_no) for p in chunk}
            rows = _PERSON_PUT.distinct(self._columns(p, keys[p.region, p.id_no]) for p in chunk)
            await self._unit.bulk(_PERSON_PUT, rows)
            found.update(await _ids(self._unit, _PERSON_IDS, keys))
        return found

    def _columns(self, p: Person, id_no_hash: str) -> tuple[Any, ...]:
        """In the order of the table."""
        seal = self._vault.seal
        return (
            p.region,
            id_no_hash,
            self._phone_hash(p.phone) if p.phone else None,
            seal(p.name, "person.name"),
            seal(normal_id_no(p.id_no), "person.id_no"),
            seal(p.phone.strip(), "person.phone") if p.phone else None,
            p.id_type,
            p.gender,
            p.birth_date.isoformat(),
            p.person_status,
            p.payer_category,
            day(p.death_date),
        )

    async def count(self, region: str | None = None) -> int:
        if region is None:
            row = await self._unit.row(_PERSON_COUNT)
        else:
            row = await self._unit.row(_PERSON_COUNT_REGION, {"region": region})
        return int(row[0]) if row else 0

    async def page(self, after_id: int, limit: int, region: str | None = None, status: str | None = None) -> tuple[Person, ...]:
        params: dict[str, Any] = {"after_id": after_id, "limit": limit}
        if region is not None:
            params["region"] = region
        if status is not None:
            params["status"] = status
        rows = await self._unit.rows(_PERSON_PAGE[region is not None, status is not None], params)
        return tuple(self._person(row) for row in rows)

    async def set_phone(self, person_id: int, phone: str) -> None:
        columns = {"new": self._vault.seal(phone.strip(), "person.phone"), "new_hash": self._phone_hash(phone)}
        await self._unit.later(_PERSON_PHONE, {"the_person": person_id, **columns})

    async def hold(self, hold: Hold) -> None:
        reason = self._vault.seal(hold.reason, "hold.reason")
        await self._unit.later(_HOLD, {"person_id": hold.person_id, "until": micros(hold.until), "reason": reason})

    async def held(self, person_id: int, now: datetime) -> Hold | None:
        row = await self._unit.glance(_HELD, {"person_id": person_id, "now": micros(now)})
        return None if row is None else Hold(person_id, moment(row[0]), self._vault.text(row[1], "hold.reason"))

    async def identity_hash(self, person_id: int) -> str:
        row = await self._unit.glance(_PERSON_ID_NO, {"id": person_id})
        return "" if row is None else self._vault.digest(self._vault.text(row[0], "person.id_no"), "audit")


# ── 单位 ────────────────────────────────────────────────────────────────────────────────────────────────────────────

_EMPLOYER_PUT = Put(employer, "uscc_hash", "region", without=("id",))
_EMPLOYER_IDS = _finder(employer.c.id, employer.c.region, employer.c.uscc_hash)
_EMPLOYER_COUNT = select(func.count()).select_from(employer)
_EMPLOYER_COUNT_REGION = _EMPLOYER_COUNT.where(employer.c.region == bindparam("region"))


class Employers:
    """Implements `ports.repositories.Employers`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def put_many(self, employers: Iterable[Employer]) -> dict[tuple[str, str], int]:
        vault, found = self._unit.vault, {}
        for chunk in chunks(employers, CHUNK):
            keys = {(e.region, e.uscc): vault.digest(e.uscc.strip().upper(), "employer.uscc") for e in chunk}
            rows = [
                (e.region, keys[e.region, e.uscc], e.name, vault.seal(e.uscc.strip().upper(), "employer.uscc"), e.si_reg_no)
                for e in chunk
            ]
            await self._unit.bulk(_EMPLOYER_PUT, _EMPLOYER_PUT.distinct(rows))
            found.update(await _ids(self._unit, _EMPLOYER_IDS, keys))
        return found

    async def count(self, region: str | None = None) -> int:
        if region is None:
            row = await self._unit.row(_EMPLOYER_COUNT)
        else:
            row = await self._unit.row(_EMPLOYER_COUNT_REGION, {"region": region})
        return int(row[0]) if row else 0
