"""Campaigns: what 运营 plans, and the standing ones; their counters, and whom they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Text, and_, bindparam, cast, exists, func, literal_column, or_, select, update
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

from storage.certifying import PASSED
from storage.ports.records import Audience, Campaign, CampaignState, Channel, Sample, Tally
from storage.ports.repositories import Conflict
from storage.sql import audiences
from storage.sql.codec import micros, micros_or_none, moment, moment_or_none, words
from storage.sql.lists import Spelling
from storage.sql.tables import OPEN, campaign, certification, certification_record, notice
from storage.sql.tallies import Tallies
from storage.sql.unit import Query, Unit, values

_c = campaign.c
_CAMPAIGN = select(
    _c.id,
    _c.kind,
    _c.title,
    _c.state,
    _c.audience,
    _c.ladder,
    _c.created_at,
    _c.code,
    _c["words"],
    _c.per_minute,
    _c.per_day,
    _c.created_by,
    _c.starts_at,
    _c.started_at,
    _c.finished_at,
    _c.planned_to,
    _c.planned,
    _c.note,
    _c.version,
)
_GET = _CAMPAIGN.where(_c.id == bindparam("id"))
_BY_CODE = _CAMPAIGN.where(_c.code == bindparam("code"))
_ADD = Query(lambda insert: insert(campaign).values(values(campaign, "id")).on_conflict_do_nothing().returning(_c.id))
_SAVE = (
    update(campaign)
    .where(_c.id == bindparam("the_id"), _c.version == bindparam("had"))
    .values({**values(campaign, "id", "code", "created_at", "created_by")})
)

_n, _z, _r = notice.c, certification.c, certification_record.c
_UNSETTLED = _CAMPAIGN.where(
    _c.state.in_(
        [literal_column(f"'{state.value}'") for state in (CampaignState.PAUSED, CampaignState.STOPPED, CampaignState.DONE)]
    ),
    exists().where(
        # All of them are named: the index of open rows begins with the channel.
        _n.channel.in_([literal_column(f"'{channel.value}'") for channel in Channel]),
        _n.campaign_id == _c.id,
        OPEN,
    ),
).order_by(_c.id)
_DAY = 86_400_000_000
_BEIJING = 8 * 3_600_000_000


def _day_of(spelling: Spelling, at: ColumnElement[Any]) -> ColumnElement[str]:
    """YYYY-MM-DD in Beijing of a moment."""
    if spelling is SqliteInsert:
        return func.date(at / 1_000_000, "unixepoch", "+8 hours", type_=Text())
    return func.to_char(func.to_timestamp(at / 1_000_000).op("AT TIME ZONE")("Asia/Shanghai"), "YYYY-MM-DD", type_=Text())


def _certified(spelling: Spelling) -> Any:
    """By stage and channel: for how many people a notice that went out was the last one before they certified, on the day on which it was
    sent or within so many days after it; what becomes of it later (a receipt, none in time) moves nothing. Found in the state or, where they
    have certified again since, in the records."""
    sent: ColumnElement[int] = func.coalesce(_n.began_at, _n.at, type_=BigInteger())
    day: ColumnElement[int] = sent - (sent + _BEIJING) % _DAY
    within = cast(bindparam("within", type_=BigInteger()), BigInteger())
    recorded = exists().where(_r.person_id == _n.person_id, _r.result == PASSED, _r.at >= day, _r.at < day + within + _DAY)
    state = exists().where(
        _z.person_id == _n.person_id, _z.last_at >= _day_of(spelling, sent), _z.last_at <= _day_of(spelling, sent + within)
    )
    nth = func.row_number().over(partition_by=_n.person_id, order_by=(sent.desc(), _n.id.desc()))
    found = (
        select(_n.stage, _n.channel, nth.label("nth"))
        .where(
            _n.campaign_id == bindparam("campaign_id"),
            _n.state.in_([literal_column(f"'{state}'") for state in ("sent", "delivered", "unanswered")]),
            _n.person_id != 0,
            or_(and_(recorded), and_(state)),
        )
        .subquery()
    )
    return select(found.c.stage, found.c.channel, func.count()).where(found.c.nth == 1).group_by(found.c.stage, found.c.channel)


_CERTIFIED = Query(_certified)


@lru_cache(maxsize=64)
def _find(states: int, standing: bool | None) -> Any:
    found = _CAMPAIGN.order_by(_c.id.desc()).limit(bindparam("limit"))
    if states:
        found = found.where(_c.state.in_([bindparam(f"s{i}") for i in range(states)]))
    if standing is not None:
        found = found.where(_c.code.is_not(None) if standing else _c.code.is_(None))
    return found


class _Audience(msgspec.Struct, omit_defaults=True):
    regions: list[str]
    due_from: date | None = None
    due_to: date | None = None
    born_before: date | None = None
    reach: str = ""
    last_channel: str = ""
    never: bool = False


class Campaigns:
    """Implements `ports.repositories.Campaigns`."""

    def __init__(self, unit: Unit, tallies: Tallies) -> None:
        self._unit = unit
        self._tallies = tallies

    async def add(self, campaign: Campaign) -> Campaign:
        created = {"code": campaign.code or None, "created_at": micros(campaign.created_at), "created_by": campaign.created_by}
        made = await self._unit.write(_ADD, {**_columns(campaign), **created, "version": 0})
        if made:
            return replace(campaign, id=made[0][0], version=0)
        found = await self._unit.row(_BY_CODE, {"code": campaign.code})
        if found is None:
            raise Conflict("a campaign was taken away while it was added")
        return _campaign(found)

    async def get(self, campaign_id: int) -> Campaign | None:
        row = await self._unit.glance(_GET, {"id": campaign_id})
        return None if row is None else _campaign(row)

    async def by_code(self, code: str) -> Campaign | None:
        row = await self._unit.glance(_BY_CODE, {"code": code})
        return None if row is None else _campaign(row)

    async def save(self, campaign: Campaign) -> Campaign:
        params = {**_columns(campaign), "the_id": campaign.id, "had": campaign.version, "version": campaign.version + 1}
        if await self._unit.change(_SAVE, params) == 0:
            raise Conflict("somebody else has changed this campaign")
        return replace(campaign, version=campaign.version + 1)

    async def find(
        self, states: Sequence[CampaignState] = (), *, standing: bool | None = None, limit: int = 100
    ) -> tuple[Campaign, ...]:
        params = {"limit": limit, **{f"s{i}": state.value for i, state in enumerate(states)}}
        return tuple(_campaign(row) for row in await self._unit.rows(_find(len(states), standing), params))

    async def unsettled(self) -> tuple[Campaign, ...]:
        return tuple(_campaign(row) for row in await self._unit.rows(_UNSETTLED))

    async def tallies(self, campaign_id: int) -> tuple[Tally, ...]:
        return await self._tallies.of(campaign_id)

    async def tally_certified(self, campaign_id: int, within_days: int) -> int:
        rows = await self._unit.rows(_CERTIFIED, {"campaign_id": campaign_id, "within": within_days * _DAY})
        counts = {(row[0], row[1]): int(row[2]) for row in rows}
        await self._tallies.certified(campaign_id, counts)
        return sum(counts.values())

    async def count(self, audience: Audience) -> int:
        return await audiences.count(self._unit, audience)

    async def sample(self, audience: Audience, limit: int = 5) -> tuple[Sample, ...]:
        return await audiences.sample(self._unit, audience, limit)


def _columns(campaign: Campaign) -> dict[str, Any]:
    """All that may change."""
    held = campaign.audience
    audience = _Audience(
        list(held.regions), held.due_from, held.due_to, held.born_before, held.reach, held.last_channel, held.never
    )
    return {
        "kind": campaign.kind,
        "title": campaign.title,
        "state": campaign.state.value,
        "audience": msgspec.json.encode(audience).decode(),
        "ladder": ",".join(campaign.ladder),
        "words": msgspec.json.encode(campaign.words).decode(),
        "per_minute": campaign.per_minute,
        "per_day": campaign.per_day,
        "starts_at": micros_or_none(campaign.starts_at),
        "started_at": micros_or_none(campaign.started_at),
        "finished_at": micros_or_none(campaign.finished_at),
        "planned_to": campaign.planned_to,
        "planned": campaign.planned,
        "note": campaign.note,
    }


def _campaign(row: Sequence[Any]) -> Campaign:
    held = msgspec.json.decode(row[4], type=_Audience)
    return Campaign(
        id=row[0],
        kind=row[1],
        title=row[2],
        state=CampaignState(row[3]),
        audience=Audience(
            tuple(held.regions), held.due_from, held.due_to, held.born_before, held.reach, held.last_channel, held.never
        ),
        ladder=tuple(Channel(name) for name in words(row[5])),
        created_at=moment(row[6]),
        code=row[7] or "",
        words=msgspec.json.decode(row[8], type=dict[str, str]),
        per_minute=row[9],
        per_day=row[10],
        created_by=row[11],
        starts_at=moment_or_none(row[12]),
        started_at=moment_or_none(row[13]),
        finished_at=moment_or_none(row[14]),
        planned_to=row[15],
        planned=bool(row[16]),
        note=row[17],
        version=row[18],
    )
