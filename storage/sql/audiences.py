"""Who an audience holds, as conditions in SQL; planning, counting and looking at some of them mean the same people."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

from storage.ports.record import Record
from storage.ports.records import Audience, Sample
from storage.sql.certifications import CERTIFICATION, certification_of
from storage.sql.codec import day
from storage.sql.lists import Spelling, among, packed
from storage.sql.people import DEAD, People
from storage.sql.tables import benefit, binding, certification, person, wechat_user
from storage.sql.unit import Query, Unit

_p, _z, _b = person.c, certification.c, benefit.c

LIVING = and_(_p.person_status != DEAD, _p.death_date.is_(None))

# One look for each person. An EXISTS would let PostgreSQL read every binding there is, once for each piece of a plan.
HAS_CHAT = (
    select(literal_column("1"))
    .select_from(binding.join(wechat_user, wechat_user.c.openid == binding.c.openid))
    .where(binding.c.person_id == _p.id, binding.c.unbound_at.is_(None), wechat_user.c.subscribed.is_(True))
    .limit(literal_column("1"))
    .correlate(person)
    .scalar_subquery()
    .is_not(None)
)
"""Whether a person has a chat that follows."""


def _text(name: str) -> ColumnElement[str]:
    return cast(bindparam(name, type_=Text()), Text())


def _number(name: str) -> ColumnElement[int]:
    return cast(bindparam(name, type_=BigInteger()), BigInteger())


class About(Record):
    """Where the day of a notice stands: a table with a row for each person, the day, and which of its rows are meant."""

    table: FromClause
    person_id: ColumnElement[int]
    day: ColumnElement[str]
    meant: tuple[ColumnElement[bool], ...] = ()


ABOUT = {
    "due": About(certification, _z.person_id, _z.due_on),
    "paused": About(benefit, _b.person_id, _b.since, (_b.state == "paused",)),
    # Who has drawn it from the first day on was never paused.
    "resumed": About(
        benefit, _b.person_id, _b.since, (_b.state == "paying", or_(_b.drawing_since.is_(None), _b.since > _b.drawing_since))
    ),
    "drawing": About(benefit, _b.person_id, _b.drawing_since, (_b.drawing_since.is_not(None),)),
}


class Shape(Record):
    """Which conditions an audience has: its statement. The values are its parameters (`asked`)."""

    about: str
    due_from: bool
    due_to: bool
    born_before: bool
    reach: str
    last_channel: bool
    never: bool
    unopened: bool = False

    @staticmethod
    def of(audience: Audience, about: str = "due", *, unopened: bool = False) -> Shape:
        """The shape of an audience."""
        return Shape(
            about,
            audience.due_from is not None,
            audience.due_to is not None,
            audience.born_before is not None,
            audience.reach,
            bool(audience.last_channel),
            audience.never,
            unopened,
        )

    def days(self, after: bool = False, until: bool = False) -> list[ColumnElement[bool]]:
        """Conditions on the table with the day alone: an index has all they ask. With `after` and `until`, of a piece between two places:
        the day of the place stands for that of the audience, since PostgreSQL begins to read where the first of two limits says."""
        table = ABOUT[self.about]
        place = tuple_(table.day, table.person_id)
        found = list(table.meant)
        if after:
            found += [table.day >= _text("after_day"), place > tuple_(_text("after_day"), _number("after_id"))]
        elif self.due_from:
            found.append(table.day >= bindparam("due_from"))
        if until:
            found += [table.day <= _text("until_day"), place <= tuple_(_text("until_day"), _number("until_id"))]
        elif self.due_to:
            found.append(table.day <= bindparam("due_to"))
        return found

    def people(self, spelling: Spelling) -> list[ColumnElement[bool]]:
        """Conditions on the person, who is joined to that table."""
        # SQLite would rather read a whole region by its index than look at those whose day it is: an expression has none.
        region = _p.region.concat("") if spelling is SqliteInsert else _p.region
        found = [LIVING, among(spelling, region, "regions")]
        if self.born_before:
            found.append(_p.birth_date <= bindparam("born_before"))
        if self.reach:
            found.append(HAS_CHAT if self.reach == "chat" else not_(HAS_CHAT))
        if self.unopened:
            born_in = ABOUT[self.about].day.concat("|").concat(func.substr(_p.birth_date, 6, 2))
            found.append(not_(among(spelling, born_in, "unopened")))
        certified = []
        if self.last_channel:
            certified.append(_z.channel == bindparam("last_channel"))
        if self.never:
            certified.append(_z.last_at.is_(None))
        if certified and self.about != "due":
            return [*found, exists().where(_z.person_id == _p.id, *certified).correlate(person)]
        return [*found, *certified]


def asked(unit: Unit, audience: Audience) -> dict[str, Any]:
    """The parameters of an audience; one without regions holds nobody."""
    return {
        "regions": packed(unit, audience.regions),
        "due_from": day(audience.due_from),
        "due_to": day(audience.due_to),
        "born_before": day(audience.born_before),
        "last_channel": audience.last_channel,
    }


@lru_cache(maxsize=64)
def _count(shape: Shape) -> Query:
    return Query(
        lambda insert: (
            select(func.count())
            .select_from(certification.join(person, _p.id == _z.person_id))
            .where(*shape.days(), *shape.people(insert))
        )
    )


@lru_cache(maxsize=64)
def _sample(shape: Shape) -> Query:
    return Query(
        lambda insert: (
            select(*CERTIFICATION, HAS_CHAT.label("has_chat"))
            .select_from(certification.join(person, _p.id == _z.person_id))
            .where(*shape.days(), *shape.people(insert))
            .order_by(_z.due_on, _z.person_id)
            .limit(bindparam("limit"))
        )
    )


async def count(unit: Unit, audience: Audience) -> int:
    """How many people it holds."""
    found = await unit.row(_count(Shape.of(audience)), asked(unit, audience))
    return int(found[0]) if found else 0


async def sample(unit: Unit, audience: Audience, limit: int) -> tuple[Sample, ...]:
    """Some of them, the earliest due days first."""
    rows = await unit.rows(_sample(Shape.of(audience)), {**asked(unit, audience), "limit": limit})
    people = await People(unit).several([row[0] for row in rows])
    return tuple(Sample(people[row[0]], certification_of(row), bool(row[-1])) for row in rows if row[0] in people)
