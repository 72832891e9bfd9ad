"""What is known at the moment of sending about whom a batch of notices is for: a handful of statements, whatever its size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, or_, select

from storage.ports.records import NO_SMS, Benefit, Certification, Facts, Grant, Notice, Person, Preferences, User
from storage.ports.time import SHANGHAI
from storage.sql.certifications import BENEFIT, CERTIFICATION, benefit_of, certification_of
from storage.sql.codec import day
from storage.sql.family import GRANT, Family
from storage.sql.lists import among, packed
from storage.sql.people import DEAD, People
from storage.sql.tables import benefit, binding, certification, chat_wish, consent, opt_out, relative_grant, wechat_user
from storage.sql.unit import Query, Unit
from storage.sql.users import USER, user_of
from storage.sql.wishes import WISH, Wishes

_b, _g, _o, _c, _w = binding.c, relative_grant.c, opt_out.c, consent.c, chat_wish.c

_OF_BENEFITS = frozenset({"P-PAUSED", "P-PENSION"})
"""The kinds that speak of whether a benefit is paid: told to relatives who may see that."""

_FOR_GOOD = 1000
"""A subscription for good counts as so many."""

_CERTIFICATIONS = Query(lambda insert: select(*CERTIFICATION).where(among(insert, certification.c.person_id, "ids")))
_BENEFITS = Query(lambda insert: select(*BENEFIT).where(among(insert, benefit.c.person_id, "ids")))
_CHATS = Query(
    lambda insert: (
        select(*USER, _b.person_id)
        .select_from(binding.join(wechat_user, wechat_user.c.openid == _b.openid))
        .where(among(insert, _b.person_id, "ids"), _b.unbound_at.is_(None), wechat_user.c.subscribed.is_(True))
        .order_by(_b.bound_at, _b.id)
    )
)
_USERS = Query(
    lambda insert: select(*USER).where(among(insert, wechat_user.c.openid, "openids"), wechat_user.c.subscribed.is_(True))
)
_GRANTS = Query(
    lambda insert: (
        select(*GRANT)
        .select_from(relative_grant.join(wechat_user, wechat_user.c.openid == _g.openid))
        .where(
            among(insert, _g.person_id, "ids"),
            _g.ended_at.is_(None),
            _g.openid != "",
            _g.until >= bindparam("today"),
            wechat_user.c.subscribed.is_(True),
        )
        .order_by(_g.granted_at, _g.id)
    )
)
_STOPPED = Query(
    lambda insert: select(_o.openid, _o.person_id, _o.kind).where(
        or_(
            and_(among(insert, _o.openid, "openids"), _o.openid != ""),
            and_(among(insert, _o.person_id, "ids"), _o.person_id != 0),
        )
    )
)
_WISHES = Query(lambda insert: select(*WISH).where(among(insert, _w.openid, "openids")))
_CONSENTS = Query(lambda insert: select(_c.openid, _c.remaining).where(among(insert, _c.openid, "openids")))


@dataclass(slots=True)
class _Known:
    people: dict[int, Person] = field(default_factory=dict)
    certifications: dict[int, Certification] = field(default_factory=dict)
    benefits: dict[int, Benefit] = field(default_factory=dict)
    chats: dict[int, list[User]] = field(default_factory=lambda: defaultdict(list))
    users: dict[str, User] = field(default_factory=dict)
    grants: dict[int, list[Grant]] = field(default_factory=lambda: defaultdict(list))

    def chats_for(self, notice: Notice) -> tuple[User, ...]:
        """The chats that may get it, the one used last first."""
        if notice.openid:
            alone = self.users.get(notice.openid)
            return () if alone is None else (alone,)
        return tuple(self.chats[notice.person_id]) if notice.person_id in self.chats else ()

    def first_for(self, notice: Notice, chats: Sequence[User]) -> str:
        """Whose preferences and consents count: the relative's, where the row is for one; '' for nobody's."""
        if notice.recipient.startswith("g"):
            living = self.grants.get(notice.person_id, [])
            return next((grant.openid for grant in living if f"g{grant.id}" == notice.recipient), "")
        return chats[0].openid if chats else ""


async def facts(unit: Unit, notices: Sequence[Notice], now: datetime) -> Mapping[int, Facts]:
    """As `ports.repositories.Notices.facts`."""
    known = await _known(unit, notices, now)
    chats = {notice.id: known.chats_for(notice) for notice in notices}
    firsts = {notice.id: known.first_for(notice, chats[notice.id]) for notice in notices}
    relatives = {grant.openid for grants in known.grants.values() for grant in grants}
    own = {user.openid for users in known.chats.values() for user in users}
    people = {notice.person_id for notice in notices if notice.person_id}
    asked = {"openids": packed(unit, {*firsts.values()} | relatives), "ids": packed(unit, people)}
    stopped = {tuple(row) for row in await unit.rows(_STOPPED, asked)}
    wishes, consents = await _wishes(unit, {*firsts.values()} | own), await _consents(unit, {*firsts.values()})

    def wished(notice: Notice, first: str) -> Preferences:
        """Of the first chat; what it has not said of hours and SMS another chat of the person may have, and no SMS is said for them all."""
        mine = wishes.get(first) or Preferences(first)
        if notice.recipient.startswith("g"):
            return mine
        others = [wishes[user.openid] for user in known.chats.get(notice.person_id, ()) if user.openid in wishes]
        hours = next((one for one in (mine, *others) if one.hours_said), mine)
        sms = mine.sms and all(one.sms for one in others) and ("", notice.person_id, NO_SMS) not in stopped
        return replace(mine, quiet_from=hours.quiet_from, quiet_to=hours.quiet_to, zone=hours.zone, sms=sms)

    def told(notice: Notice) -> Facts:
        first = firsts[notice.id]
        return Facts(
            person=known.people.get(notice.person_id),
            certification=known.certifications.get(notice.person_id),
            chats=chats[notice.id],
            preferences=wished(notice, first),
            stopped=("", notice.person_id, notice.kind) in stopped or (first, 0, notice.kind) in stopped,
            grants=tuple(
                grant
                for grant in known.grants.get(notice.person_id, ())
                if (grant.openid, 0, notice.kind) not in stopped
                and (notice.kind not in _OF_BENEFITS or "benefits" in grant.scopes)
            ),
            consents=consents.get(first, 0),
            benefit=known.benefits.get(notice.person_id) if notice.kind in _OF_BENEFITS else None,
        )

    return {notice.id: told(notice) for notice in notices}


async def _known(unit: Unit, notices: Sequence[Notice], now: datetime) -> _Known:
    known = _Known()
    people = {notice.person_id for notice in notices if notice.person_id}
    if people:
        ids = {"ids": packed(unit, people)}
        known.people = await People(unit).several(people)
        known.certifications = {row[0]: certification_of(row) for row in await unit.rows(_CERTIFICATIONS, ids)}
        for row in await unit.rows(_CHATS, ids):
            known.chats[row[-1]].append(user_of(row))
        for chats in known.chats.values():
            chats.sort(key=_used_last, reverse=True)
        await _grants(unit, known, ids, now)
    paid = {notice.person_id for notice in notices if notice.kind in _OF_BENEFITS}
    if paid:
        known.benefits = {row[0]: benefit_of(row) for row in await unit.rows(_BENEFITS, {"ids": packed(unit, paid)})}
    openids = {notice.openid for notice in notices if notice.openid}
    if openids:
        known.users = {row[0]: user_of(row) for row in await unit.rows(_USERS, {"openids": packed(unit, openids)})}
    return known


async def _grants(unit: Unit, known: _Known, ids: Mapping[str, Any], now: datetime) -> None:
    """Living ones with `remind`, of people who are alive."""
    family = Family(unit)
    for row in await unit.rows(_GRANTS, {**ids, "today": day(now.astimezone(SHANGHAI).date())}):
        grant = family.read(row)
        person = known.people.get(grant.person_id)
        alive = person is not None and person.person_status != DEAD and person.death_date is None
        if alive and "remind" in grant.scopes:
            known.grants[grant.person_id].append(grant)


def _used_last(user: User) -> float:
    return user.last_interaction_at.timestamp() if user.last_interaction_at else 0.0


async def _wishes(unit: Unit, openids: Iterable[str]) -> dict[str, Preferences]:
    reader = Wishes(unit)
    return {row[0]: reader.read(row) for row in await unit.rows(_WISHES, {"openids": packed(unit, openids)})}


async def _consents(unit: Unit, openids: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for openid, remaining in await unit.rows(_CONSENTS, {"openids": packed(unit, openids)}):
        found[openid] += _FOR_GOOD if remaining < 0 else remaining
    return found
