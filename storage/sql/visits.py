"""What people have to look at: rows in doubt, and the list of those whom nothing reached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, LargeBinary, and_, bindparam, exists, literal_column, or_, select, update

from storage.ports.records import Certification, Channel, Notice, NoticeState, Unreached
from storage.sql.audiences import LIVING
from storage.sql.certifications import CERTIFICATION, certification_of
from storage.sql.codec import micros, moment
from storage.sql.lists import among, packed
from storage.sql.notice_rows import NOTICE, notice_of
from storage.sql.people import People
from storage.sql.tables import LOOKED_AT, certification, notice, person
from storage.sql.tallies import Tallies
from storage.sql.unit import Query, Unit

_CERTIFYING = "P-CERT"
"""The kind whose cycle is the due day of the certification; the cycle of any other begins at its day."""

_n, _z = notice.c, certification.c


@lru_cache(maxsize=4)
def _doubtful(one: bool) -> Any:
    found = select(*NOTICE).where(
        LOOKED_AT, _n.state == literal_column(f"'{NoticeState.DOUBTFUL.value}'"), _n.id > bindparam("after_id")
    )
    if one:
        found = found.where(_n.campaign_id == bindparam("campaign_id"))
    return found.order_by(_n.id).limit(bindparam("limit"))


_certified = exists().where(
    _z.person_id == _n.person_id,
    or_(and_(_n.kind == _CERTIFYING, _z.due_on > _n.cycle), _z.last_at > _n.cycle),
)


@lru_cache(maxsize=4)
def _listed(one: bool, visited: bool) -> Query:
    state = (NoticeState.VISITED if visited else NoticeState.LISTED).value
    of = [_n.campaign_id == bindparam("campaign_id")] if one else []
    return Query(
        lambda insert: (
            select(*NOTICE)
            .join(person, person.c.id == _n.person_id)
            .where(
                LOOKED_AT,
                _n.state == literal_column(f"'{state}'"),
                _n.channel == literal_column(f"'{Channel.VISIT.value}'"),
                _n.id > bindparam("after_id"),
                among(insert, _n.region, "regions"),
                LIVING,
                ~_certified,
                *of,
            )
            .order_by(_n.id)
            .limit(bindparam("limit"))
        )
    )


_TRIED = Query(
    lambda insert: (
        select(_n.person_id, _n.kind, _n.cycle, _n.stage, _n.channel, _n.state, _n.note, _n["at"])
        .where(among(insert, _n.person_id, "ids"), _n.channel != Channel.VISIT.value)
        .order_by(_n["at"], _n.id)
    )
)
_CERTIFICATIONS = Query(lambda insert: select(*CERTIFICATION).where(among(insert, _z.person_id, "ids")))
_VISIT = (
    update(notice)
    .where(_n.id == bindparam("the_row"), _n.state == NoticeState.LISTED.value)
    .values(
        state=NoticeState.VISITED.value,
        at=bindparam("now", type_=BigInteger()),
        body=bindparam("came_of_it", type_=LargeBinary()),
    )
    .returning(_n.campaign_id, _n.stage, _n.channel)
)


async def doubtful(unit: Unit, campaign_id: int, after_id: int, limit: int) -> tuple[Notice, ...]:
    """As `ports.repositories.Notices.doubtful`."""
    params = {"campaign_id": campaign_id, "after_id": after_id, "limit": limit}
    return tuple(notice_of(unit.vault, row) for row in await unit.rows(_doubtful(campaign_id != 0), params))


async def unreached(
    unit: Unit, regions: Sequence[str], campaign_id: int, after_id: int, limit: int, visited: bool
) -> tuple[Unreached, ...]:
    """As `ports.repositories.Notices.unreached`."""
    asked = {"regions": packed(unit, regions), "campaign_id": campaign_id, "after_id": after_id, "limit": limit}
    found = [notice_of(unit.vault, row) for row in await unit.rows(_listed(campaign_id != 0, visited), asked)]
    ids = {"ids": packed(unit, {one.person_id for one in found})}
    people = await People(unit).several({one.person_id for one in found})
    certifications: dict[int, Certification] = {row[0]: certification_of(row) for row in await unit.rows(_CERTIFICATIONS, ids)}
    tried = defaultdict(list)
    for row in await unit.rows(_TRIED, ids):
        tried[tuple(row[:4])].append((Channel(row[4]), NoticeState(row[5]), row[6], moment(row[7])))
    return tuple(
        Unreached(
            one,
            people[one.person_id],
            certifications.get(one.person_id),
            tuple(tried[one.person_id, one.kind, one.cycle, one.stage]),
        )
        for one in found
    )


async def visit(unit: Unit, tallies: Tallies, notice_id: int, note: str, at: datetime) -> bool:
    """As `ports.repositories.Notices.visit`."""
    sealed = unit.vault.seal(note, "notice.visit") if note else None
    moved = await unit.write(_VISIT, {"the_row": notice_id, "now": micros(at), "came_of_it": sealed})
    for campaign_id, stage, channel in moved:
        tallies.move(campaign_id, stage, channel, NoticeState.LISTED.value, NoticeState.VISITED.value)
    return bool(moved)
