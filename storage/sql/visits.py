"""What people have to look at: rows in doubt, and the list of those whom nothing reached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, LargeBinary, Text, and_, bindparam, exists, false, literal_column, or_, select, update

from storage.ports.records import Certification, Channel, Notice, NoticeState, Rung, Unreached
from storage.sql.audiences import LIVING
from storage.sql.certifications import CERTIFICATION, certification_of
from storage.sql.codec import micros, moment
from storage.sql.lists import among, packed
from storage.sql.notice_rows import NOTICE, notice_of
from storage.sql.people import People
from storage.sql.settling import add_rungs, rungs_of
from storage.sql.tables import LOOKED_AT, certification, notice, person
from storage.sql.tallies import Tallies
from storage.sql.unit import Query, Unit

_CERTIFYING = "P-CERT"
"""The kind whose cycle is the due day of the certification; the cycle of any other begins at its day."""

_n, _z = notice.c, certification.c
_other = notice.alias("other")
_o = _other.c


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
    # One line a person and cycle: who was visited is off, and of two that were listed at one moment the first stands for both.
    other = exists().where(
        _o.person_id == _n.person_id,
        _o.kind == _n.kind,
        _o.cycle == _n.cycle,
        _o.channel == literal_column(f"'{Channel.VISIT.value}'"),
        or_(
            and_(_o.state == literal_column(f"'{state}'"), _o.id < _n.id, *([_o.campaign_id == _n.campaign_id] if one else [])),
            false() if visited else _o.state == literal_column(f"'{NoticeState.VISITED.value}'"),
        ),
    )
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
                ~other,
                *of,
            )
            .order_by(_n.id)
            .limit(bindparam("limit"))
        )
    )


_TRIED = Query(
    lambda insert: (
        select(_n.person_id, _n.kind, _n.cycle, _n.channel, _n.recipient, _n.state, _n.note, _n["at"])
        .where(among(insert, _n.person_id, "ids"), _n.channel != Channel.VISIT.value)
        .order_by(_n["at"], _n.id)
    )
)
_CERTIFICATIONS = Query(lambda insert: select(*CERTIFICATION).where(among(insert, _z.person_id, "ids")))
_SAME = (
    select(_n.id)
    .join(_other, and_(_o.person_id == _n.person_id, _o.kind == _n.kind, _o.cycle == _n.cycle))
    .where(
        _o.id == bindparam("the_row"),
        _o.state == NoticeState.LISTED.value,
        _n.channel == Channel.VISIT.value,
        _n.state == NoticeState.LISTED.value,
    )
    .order_by(_n.id)
    .with_for_update()
)
_VISIT = Query(
    lambda insert: (
        update(notice)
        .where(among(insert, _n.id, "ids"), _n.state == NoticeState.LISTED.value)
        .values(
            state=NoticeState.VISITED.value,
            at=bindparam("now", type_=BigInteger()),
            body=bindparam("came_of_it", type_=LargeBinary()),
        )
        .returning(_n.campaign_id, _n.stage, _n.channel)
    )
)
_DECIDE = (
    update(notice)
    .where(_n.id == bindparam("the_row"), _n.state == NoticeState.DOUBTFUL.value)
    .values(
        state=bindparam("becomes", type_=Text()),
        note=bindparam("noted", type_=Text()),
        at=bindparam("now", type_=BigInteger()),
        attempts=_n.attempts + 1,
    )
    .returning(_n.campaign_id, _n.stage, _n.channel)
)


_GONE = (
    select(_n.id)
    .join(person, person.c.id == _n.person_id)
    .where(LOOKED_AT, _n.state == literal_column(f"'{NoticeState.LISTED.value}'"), or_(_certified, ~LIVING))
    .order_by(_n.id)
    .limit(bindparam("limit"))
)
_UNLIST = Query(
    lambda insert: (
        update(notice)
        .where(among(insert, _n.id, "ids"), _n.state == NoticeState.LISTED.value)
        .values(state=NoticeState.DROPPED.value, note="certified", at=bindparam("now", type_=BigInteger()))
        .returning(_n.campaign_id, _n.stage, _n.channel)
    )
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
    last: dict[tuple[Any, ...], tuple[Channel, NoticeState, str, datetime]] = {}
    for row in await unit.rows(_TRIED, ids):
        last[tuple(row[:5])] = (Channel(row[3]), NoticeState(row[5]), row[6], moment(row[7]))
    tried = defaultdict(list)
    for key, tries in sorted(last.items(), key=lambda pair: pair[1][3]):
        tried[key[:3]].append(tries)
    return tuple(
        Unreached(
            one,
            people[one.person_id],
            certifications.get(one.person_id),
            tuple(tried[one.person_id, one.kind, one.cycle]),
        )
        for one in found
    )


async def visit(unit: Unit, tallies: Tallies, notice_id: int, note: str, at: datetime) -> bool:
    """As `ports.repositories.Notices.visit`."""
    sealed = unit.vault.seal(note, "notice.visit") if note else None
    same = [row[0] for row in await unit.write(_SAME, {"the_row": notice_id})]
    if not same:
        return False
    moved = await unit.write(_VISIT, {"ids": packed(unit, same), "now": micros(at), "came_of_it": sealed})
    for campaign_id, stage, channel in moved:
        tallies.move(campaign_id, stage, channel, NoticeState.LISTED.value, NoticeState.VISITED.value)
    return bool(moved)


async def unlist(unit: Unit, tallies: Tallies, now: datetime, limit: int) -> int:
    """As `ports.repositories.Notices.unlist`."""
    found = [row[0] for row in await unit.rows(_GONE, {"limit": limit})]
    if not found:
        return 0
    moved = await unit.write(_UNLIST, {"ids": packed(unit, found), "now": micros(now)})
    for campaign_id, stage, channel in moved:
        tallies.move(campaign_id, stage, channel, NoticeState.LISTED.value, NoticeState.DROPPED.value)
    return len(moved)


async def decide(
    unit: Unit, tallies: Tallies, notice_id: int, state: NoticeState, note: str, rungs: Sequence[Rung], at: datetime
) -> bool:
    """As `ports.repositories.Notices.decide`."""
    moved = await unit.write(_DECIDE, {"the_row": notice_id, "becomes": state.value, "noted": note, "now": micros(at)})
    for campaign_id, stage, channel in moved:
        tallies.move(campaign_id, stage, channel, NoticeState.DOUBTFUL.value, state.value)
    if moved:
        await add_rungs(unit, tallies, rungs_of(notice_id, rungs), at)
    return bool(moved)
