"""The ledger of notices: each rung of each stage is one row, whatever is killed. Facts, planning, settling and visits have modules of
their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    null,
    select,
    true,
    union_all,
    update,
)

from storage.ports.records import Channel, Facts, Notice, NoticeState, Plan, Planned, Rung, Settled, Unreached
from storage.sql import notice_facts, planning, settling, visits
from storage.sql.codec import micros, moment
from storage.sql.lists import among, packed
from storage.sql.notice_rows import NOTICE, RANKS, SENDING, columns_of, notice_of
from storage.sql.tables import OPEN, notice
from storage.sql.tallies import Tallies
from storage.sql.unit import Query, Unit, values

_STOPPED = "campaign stopped"
_CHANNELS: list[ColumnElement[str]] = [literal_column(f"'{channel.value}'") for channel in Channel]
"""All of them are named where a campaign is looked for: the index of open rows begins with the channel."""

_n = notice.c
_ADD = Query(lambda insert: insert(notice).values(values(notice, "id")).on_conflict_do_nothing().returning(_n.id))
_GET = select(*NOTICE).where(_n.id == bindparam("id"))
_newest = select(*NOTICE).order_by(_n.id.desc()).limit(bindparam("limit"))
_OF_PERSON = _newest.where(_n.person_id == bindparam("person_id"))
_OF_PERSON_KIND = _OF_PERSON.where(_n.kind == bindparam("kind"))
_OF_CHAT = _newest.where(_n.openid == bindparam("openid"))
_NEXT_DUE = select(func.min(_n.due)).where(OPEN)
_IS_OPEN = select(_n.id).where(_n.channel.in_(_CHANNELS), _n.campaign_id == bindparam("campaign_id"), OPEN).limit(1)

# ── claiming ────────────────────────────────────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=64)
def _earliest(campaigns: int, begun: bool) -> Select[Any]:
    """Of each campaign and rank the earliest due row: one look into an index for each, whatever waits there."""
    span = range(-2 * RANKS, 0 if begun else RANKS)
    ranks = union_all(*[select(literal_column(str(rank), BigInteger()).label("r")) for rank in span]).subquery("ranks")
    asked = union_all(*[select(bindparam(f"c{i}", type_=BigInteger()).label("c")) for i in range(campaigns)]).subquery("asked")
    # The rank as a span of one, and in the order: PostgreSQL would else walk the index of due times through all that is not asked for.
    earliest = (
        select(_n.due)
        .where(
            _n.channel == bindparam("channel"),
            _n.campaign_id == asked.c.c,
            _n["rank"] >= ranks.c.r,
            _n["rank"] <= ranks.c.r,
            OPEN,
        )
        .order_by(_n["rank"], _n.due)
        .limit(1)
        .correlate(asked, ranks)
        .scalar_subquery()
    )
    # Every rank of every campaign: a join on nothing.
    found = select(ranks.c.r, asked.c.c, earliest.label("due")).select_from(asked.join(ranks, true())).subquery()
    return select(found.c.r, found.c.c, found.c.due).where(found.c.due <= bindparam("now"))


def _due(campaign: str) -> Select[Any]:
    return (
        select(*NOTICE)
        .where(
            _n.channel == bindparam("channel"),
            _n.campaign_id == bindparam(campaign),
            _n["rank"] >= bindparam("rank"),
            _n["rank"] <= bindparam("rank"),
            OPEN,
            _n.due <= bindparam("now"),
        )
        .order_by(_n["rank"], _n.due)
        .limit(bindparam("limit"))
    )


_DUE = _due("campaign").with_for_update(skip_locked=True)


@lru_cache(maxsize=64)
def _shares(campaigns: int) -> Select[Any]:
    """How many of the next `limit` due rows of a rank belong to each of several campaigns."""
    parts = [_due(f"c{i}").subquery() for i in range(campaigns)]
    merged = union_all(*[select(part.c.campaign_id, part.c.due) for part in parts]).subquery()
    first = select(merged.c.campaign_id).order_by(merged.c.due).limit(bindparam("limit")).subquery()
    return select(first.c.campaign_id, func.count()).group_by(first.c.campaign_id)


_LEASE = Query(
    lambda insert: (
        update(notice)
        .where(among(insert, _n.id, "ids"))
        .values(
            due=bindparam("until", type_=BigInteger()),
            attempts=_n.attempts + 1,
            state=case((_n.state == NoticeState.PLANNED.value, NoticeState.SENDING.value), else_=_n.state),
            rank=case((_n.state == NoticeState.PLANNED.value, SENDING), else_=_n["rank"]),
            at=case((_n.state == NoticeState.PLANNED.value, bindparam("now", type_=BigInteger())), else_=_n["at"]),
            began_at=case(
                (_n.state == NoticeState.PLANNED.value, func.coalesce(_n.began_at, bindparam("now", type_=BigInteger()))),
                else_=_n.began_at,
            ),
        )
    )
)

# ── clearing up ─────────────────────────────────────────────────────────────────────────────────────────────────────

_STOPPABLE = (
    select(_n.id, _n.campaign_id, _n.stage, _n.channel)
    .where(
        _n.channel.in_(_CHANNELS),
        _n.campaign_id == bindparam("campaign_id"),
        OPEN,
        _n.state == NoticeState.PLANNED.value,
        _n.began_at.is_(None),
    )
    .limit(bindparam("limit"))
    .with_for_update()
)
_STOP = Query(
    lambda insert: (
        update(notice)
        .where(among(insert, _n.id, "ids"))
        .values(state=NoticeState.DROPPED.value, due=null(), note=_STOPPED, at=bindparam("now", type_=BigInteger()))
    )
)
_UNSTICK = (
    update(notice)
    .where(OPEN, _n.due > bindparam("latest", type_=BigInteger()), _n.state == NoticeState.SENDING.value)
    .values(due=bindparam("now", type_=BigInteger()))
)
# Rows are numbered as time goes: what may go stands first. Looking only there, the cost does not grow with the ledger.
_oldest = select(_n.id, _n.due, _n["at"]).order_by(_n.id).limit(bindparam("limit")).subquery()
_PURGE = delete(notice).where(
    _n.id.in_(select(_oldest.c.id).where(_oldest.c.due.is_(None), _oldest.c["at"] < bindparam("before", type_=BigInteger())))
)


class Notices:
    """Implements `ports.repositories.Notices`."""

    def __init__(self, unit: Unit, tallies: Tallies) -> None:
        self._unit = unit
        self._tallies = tallies

    async def add(self, notice: Notice) -> Notice | None:
        made = await self._unit.write(_ADD, columns_of(self._unit.vault, notice))
        if not made:
            return None
        self._tallies.move(notice.campaign_id, notice.stage, notice.channel.value, "", notice.state.value)
        if notice.due is not None and notice.due <= self._unit.clock.now():
            self._unit.queued.add("notices")
        return replace(notice, id=made[0][0])

    async def plan(self, plan: Plan, after: str, limit: int) -> Planned:
        planned = await planning.plan(self._unit, self._tallies, plan, after, limit)
        if planned.new:
            self._unit.queued.add("notices")
        return planned

    async def claim(
        self,
        channel: Channel,
        campaigns: Sequence[int],
        now: datetime,
        lease: timedelta,
        limit: int,
        *,
        begun: bool = False,
        upto: int | None = None,
    ) -> tuple[Notice, ...]:
        asked = list(dict.fromkeys(campaigns))
        if not asked or limit <= 0:
            return ()
        params: dict[str, Any] = {"channel": channel.value, "now": micros(now)}
        # An idle worker must not take the writer for nothing.
        waiting = await self._waiting(channel, asked, now, begun)
        taken: list[Notice] = []
        for rank, group in groupby(waiting, key=lambda row: row[0]):
            left = limit - len(taken)
            if left <= 0 or (upto is not None and rank > upto):
                break
            taken += await self._take({**params, "rank": rank, "limit": left}, [row[1] for row in group])
        if not taken:
            return ()
        until = now + lease
        ids = packed(self._unit, [one.id for one in taken])
        await self._unit.change(_LEASE, {"ids": ids, "until": micros(until), "now": micros(now)})
        return tuple(self._leased(one, until, now) for one in taken)

    async def urgency(self, channel: Channel, campaigns: Sequence[int], now: datetime) -> Mapping[int, int]:
        found: dict[int, int] = {}
        for rank, campaign, _ in await self._waiting(channel, list(dict.fromkeys(campaigns)), now, begun=False):
            found.setdefault(campaign, max(0, rank))
        return found

    async def _waiting(
        self, channel: Channel, campaigns: Sequence[int], now: datetime, begun: bool
    ) -> list[tuple[int, int, int]]:
        """(rank, campaign, when the earliest of it was due) of all that wait, the most urgent first."""
        if not campaigns:
            return []
        named = {f"c{i}": campaign_id for i, campaign_id in enumerate(campaigns)}
        asked = {"channel": channel.value, "now": micros(now), **named}
        return sorted((row[0], row[1], row[2]) for row in await self._unit.rows(_earliest(len(campaigns), begun), asked))

    async def _take(self, params: dict[str, Any], campaigns: Sequence[int]) -> list[Notice]:
        """Lock due rows of one rank. Through the writer: what is read here holds until the commit."""
        shares = [(campaigns[0], params["limit"])]
        if len(campaigns) > 1:
            named = {f"c{i}": campaign_id for i, campaign_id in enumerate(campaigns)}
            shares = sorted((row[0], row[1]) for row in await self._unit.rows(_shares(len(campaigns)), {**params, **named}))
        found: list[Sequence[Any]] = []
        for campaign_id, share in shares:
            found += await self._unit.write(_DUE, {**params, "campaign": campaign_id, "limit": share})
        notices = [notice_of(self._unit.vault, row) for row in found]
        return sorted(notices, key=lambda one: (one.due, one.id))

    def _leased(self, one: Notice, until: datetime, now: datetime) -> Notice:
        """As it is stored now, but with the state from before."""
        if one.state is NoticeState.PLANNED:
            self._tallies.move(one.campaign_id, one.stage, one.channel.value, one.state.value, NoticeState.SENDING.value)
            one = replace(one, at=now, began_at=one.began_at or now)
        return replace(one, due=until, attempts=one.attempts + 1)

    async def next_due(self) -> datetime | None:
        row = await self._unit.glance(_NEXT_DUE)
        return moment(row[0]) if row and row[0] is not None else None

    async def open(self, campaign_id: int) -> bool:
        return await self._unit.row(_IS_OPEN, {"campaign_id": campaign_id}) is not None

    async def facts(self, notices: Sequence[Notice], now: datetime) -> Mapping[int, Facts]:
        return await notice_facts.facts(self._unit, notices, now)

    async def settle(self, settled: Sequence[Settled], now: datetime) -> int:
        return await settling.settle(self._unit, self._tallies, settled, now)

    async def receipt(self, msg_id: str, openid: str, delivered: bool, note: str, at: datetime) -> bool:
        return await settling.receipt(self._unit, self._tallies, msg_id, openid, delivered, note, at)

    async def sms_receipt(self, notice_id: int, delivered: bool, note: str, at: datetime) -> bool:
        return await settling.sms_receipt(self._unit, self._tallies, notice_id, delivered, note, at)

    async def get(self, notice_id: int) -> Notice | None:
        row = await self._unit.glance(_GET, {"id": notice_id})
        return None if row is None else notice_of(self._unit.vault, row)

    async def of_person(self, person_id: int, kind: str = "", limit: int = 50) -> tuple[Notice, ...]:
        statement = _OF_PERSON_KIND if kind else _OF_PERSON
        return await self._many(statement, {"person_id": person_id, "limit": limit, **({"kind": kind} if kind else {})})

    async def of_chat(self, openid: str, limit: int = 50) -> tuple[Notice, ...]:
        return await self._many(_OF_CHAT, {"openid": openid, "limit": limit})

    async def doubtful(self, campaign_id: int, after_id: int = 0, limit: int = 100) -> tuple[Notice, ...]:
        return await visits.doubtful(self._unit, campaign_id, after_id, limit)

    async def unreached(
        self, regions: Sequence[str], campaign_id: int = 0, after_id: int = 0, limit: int = 500, *, visited: bool = False
    ) -> tuple[Unreached, ...]:
        return await visits.unreached(self._unit, regions, campaign_id, after_id, limit, visited)

    async def visit(self, notice_id: int, note: str, at: datetime) -> bool:
        return await visits.visit(self._unit, self._tallies, notice_id, note, at)

    async def unlist(self, now: datetime, limit: int = 1000) -> int:
        return await visits.unlist(self._unit, self._tallies, now, limit)

    async def decide(self, notice_id: int, state: NoticeState, note: str, rungs: Sequence[Rung], at: datetime) -> bool:
        done = await visits.decide(self._unit, self._tallies, notice_id, state, note, rungs, at)
        if done and rungs:
            self._unit.queued.add("notices")
        return done

    async def stop(self, campaign_id: int, now: datetime, limit: int) -> int:
        found = await self._unit.write(_STOPPABLE, {"campaign_id": campaign_id, "limit": limit})
        if found:
            await self._unit.change(_STOP, {"ids": packed(self._unit, [row[0] for row in found]), "now": micros(now)})
        for _, campaign, stage, channel in found:
            self._tallies.move(campaign, stage, channel, NoticeState.PLANNED.value, NoticeState.DROPPED.value)
        return len(found)

    async def unstick(self, now: datetime, lease: timedelta) -> int:
        return await self._unit.change(_UNSTICK, {"now": micros(now), "latest": micros(now + lease)})

    async def purge(self, before: datetime, limit: int = 10_000) -> int:
        return await self._unit.change(_PURGE, {"before": micros(before), "limit": limit})

    async def purge_receipts(self, before: datetime, limit: int = 10_000) -> int:
        return await settling.forget_receipts(self._unit, before, limit)

    async def _many(self, statement: Select[Any], params: Mapping[str, Any]) -> tuple[Notice, ...]:
        return tuple(notice_of(self._unit.vault, row) for row in await self._unit.rows(statement, params))
