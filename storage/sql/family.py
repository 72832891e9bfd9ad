"""亲情 (S17): relatives' grants, and the invitations from which they come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import and_, bindparam, delete, exists, func, literal_column, or_, select, update

from storage.ports.records import MOST_RELATIVES, Grant, Invitation
from storage.ports.repositories import Conflict
from storage.ports.time import SHANGHAI
from storage.sql.codec import day, micros, micros_or_none, moment, moment_or_none, opened_or_empty, sealed_or_none, words
from storage.sql.people import DEAD
from storage.sql.tables import binding, person, relative_grant, relative_invitation
from storage.sql.unit import Query, Unit, values
from storage.sql.users import let_go

_LOCK = 0x66616D << 32
"""Beside the person's number: two who grant for one person at a moment wait for each other, so that nobody has nine."""

_g = relative_grant.c
GRANT = (
    _g.id,
    _g.person_id,
    _g.openid,
    _g.label,
    _g.scopes,
    _g.until,
    _g.together,
    _g.granted_at,
    _g.granted_by,
    _g.reason,
    _g.ended_at,
    _g.ended_by,
)
"""What `Family.read` reads."""
_GET = select(*GRANT).where(_g.id == bindparam("id"))
_dead = or_(person.c.person_status == DEAD, person.c.death_date.is_not(None))
_kept = and_(_g.ended_at.is_(None), _g.openid != literal_column("''"))  # in the words of the index
_living = and_(_kept, _g.until >= bindparam("today"), person.c.person_status != DEAD, person.c.death_date.is_(None))
_LIVING = select(*GRANT).join(person, person.c.id == _g.person_id).where(_living).order_by(_g.granted_at, _g.id)
_OF_PERSON = _LIVING.where(_g.person_id == bindparam("person_id"))
_OF_CHAT = _LIVING.where(_g.openid == bindparam("openid"))
_HAS = select(func.count()).select_from(relative_grant.join(person, person.c.id == _g.person_id)).where(_living)
_HAS_OTHERS = _HAS.where(_g.person_id == bindparam("person_id"), _g.openid != bindparam("openid"))
_REPLACE = (
    update(relative_grant)
    .where(_g.openid == bindparam("the_openid"), _g.person_id == bindparam("the_person"), _kept)
    .values(ended_at=bindparam("at"), ended_by=bindparam("by"))
)
_ADD = Query(lambda insert: insert(relative_grant).values(values(relative_grant, "id")).returning(_g.id))
_CHANGE = (
    update(relative_grant)
    .where(
        _g.id == bindparam("the_grant"),
        _kept,
        _g.scopes == bindparam("had_scopes"),
        _g.until == bindparam("had_until"),
        _g.until >= bindparam("today"),
    )
    .values(
        label=bindparam("new_label"),
        scopes=bindparam("new_scopes"),
        until=bindparam("new_until"),
        together=bindparam("new_together"),
    )
)
_END = (
    update(relative_grant)
    .where(_g.id == bindparam("the_grant"), _g.ended_at.is_(None))
    .values(ended_at=bindparam("at"), ended_by=bindparam("by"))
    .returning(_g.openid, _g.person_id)
)
_END_OF_DEAD = (
    update(relative_grant)
    .where(_kept, exists().where(person.c.id == _g.person_id, _dead))  # people are many, grants are few
    .values(ended_at=bindparam("at"), ended_by="death")
    .returning(_g.openid, _g.person_id)
)
_BOUND = select(binding.c.id).where(
    binding.c.openid == bindparam("openid"), binding.c.person_id == bindparam("person_id"), binding.c.unbound_at.is_(None)
)

_i = relative_invitation.c
_UNINVITE = delete(relative_invitation).where(
    or_(
        _i.person_id == bindparam("the_person"),
        and_(_i.code_hash == bindparam("the_hash"), _i.expires_at <= bindparam("now")),
    )
)
_INVITE = Query(
    lambda insert: (
        insert(relative_invitation)
        .values(values(relative_invitation))
        .on_conflict_do_nothing()
        .returning(relative_invitation.c.person_id)
    )
)
_INVITATION = select(_i.person_id, _i.body, _i.expires_at).where(
    _i.code_hash == bindparam("the_hash"), _i.expires_at > bindparam("now")
)
_TAKE = (
    delete(relative_invitation)
    .where(_i.code_hash == bindparam("the_hash"), _i.expires_at > bindparam("now"))
    .returning(_i.person_id, _i.body, _i.expires_at)
)


class _Body(msgspec.Struct):
    scopes: list[str]
    label: str
    until: date
    together: bool
    made_by: str


def _listed(scopes: frozenset[str]) -> str:
    return ",".join(sorted(scopes))


class Family:
    """Implements `ports.repositories.Family`. A code that somebody else's invitation happens to have is a Conflict: make another."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._vault = unit.vault

    # ── invitations ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def invite(self, code: str, invitation: Invitation) -> None:
        body = _Body(sorted(invitation.scopes), invitation.label, invitation.until, invitation.together, invitation.made_by)
        hashed = self._hash(code)
        now = micros(self._unit.clock.now())
        await self._unit.change(_UNINVITE, {"the_person": invitation.person_id, "the_hash": hashed, "now": now})
        made = await self._unit.write(
            _INVITE,
            {
                "code_hash": hashed,
                "person_id": invitation.person_id,
                "body": self._vault.seal(msgspec.json.encode(body), "invitation"),
                "expires_at": micros(invitation.expires_at),
            },
        )
        if not made:
            raise Conflict("that code is somebody else's")

    async def invitation(self, code: str, now: datetime) -> Invitation | None:
        row = await self._unit.glance(_INVITATION, {"the_hash": self._hash(code), "now": micros(now)})
        return None if row is None else self._invitation(row)

    async def take(self, code: str, now: datetime) -> Invitation | None:
        rows = await self._unit.write(_TAKE, {"the_hash": self._hash(code), "now": micros(now)})
        return self._invitation(rows[0]) if rows else None

    def _hash(self, code: str) -> str:
        return self._vault.digest(code, "invitation.code")

    def _invitation(self, row: Sequence[Any]) -> Invitation:
        body = msgspec.json.decode(self._vault.open(row[1], "invitation"), type=_Body)
        return Invitation(row[0], frozenset(body.scopes), body.label, body.until, body.together, body.made_by, moment(row[2]))

    # ── grants ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def grant(self, grant: Grant) -> Grant | None:
        await self._unit.exclusively(_LOCK + grant.person_id)
        today = day(self._today())
        others = {"person_id": grant.person_id, "openid": grant.openid, "today": today}
        if (await self._unit.rows(_HAS_OTHERS, others))[0][0] >= MOST_RELATIVES:
            return None
        by = "person" if grant.granted_by == "code" else "staff"
        ended = {"the_openid": grant.openid, "the_person": grant.person_id, "at": micros(grant.granted_at), "by": by}
        await self._unit.change(_REPLACE, ended)
        made = await self._unit.write(
            _ADD,
            {
                "person_id": grant.person_id,
                "openid": grant.openid,
                "label": self._vault.seal(grant.label, "grant.label"),
                "scopes": _listed(grant.scopes),
                "until": day(grant.until),
                "together": grant.together,
                "granted_at": micros(grant.granted_at),
                "granted_by": grant.granted_by,
                "reason": sealed_or_none(self._vault, grant.reason, "grant.reason"),
                "ended_at": micros_or_none(grant.ended_at),
                "ended_by": grant.ended_by,
            },
        )
        return await self.get(made[0][0])

    async def get(self, grant_id: int) -> Grant | None:
        row = await self._unit.glance(_GET, {"id": grant_id})
        return None if row is None else self.read(row)

    async def of_person(self, person_id: int, today: date) -> tuple[Grant, ...]:
        rows = await self._unit.rows(_OF_PERSON, {"person_id": person_id, "today": day(today)})
        return tuple(self.read(row) for row in rows)

    async def of_chat(self, openid: str, today: date) -> tuple[Grant, ...]:
        if not openid:
            return ()
        rows = await self._unit.rows(_OF_CHAT, {"openid": openid, "today": day(today)})
        return tuple(self.read(row) for row in rows)

    async def change(self, grant: Grant) -> bool:
        had = await self.get(grant.id)
        if had is None or not grant.scopes or not grant.scopes <= had.scopes or grant.until > had.until:
            return False
        params = {
            "the_grant": grant.id,
            "had_scopes": _listed(had.scopes),
            "had_until": day(had.until),
            "today": day(self._today()),
            "new_label": self._vault.seal(grant.label, "grant.label"),
            "new_scopes": _listed(grant.scopes),
            "new_until": day(grant.until),
            "new_together": grant.together,
        }
        if await self._unit.change(_CHANGE, params) == 0:
            return False
        if "act" in had.scopes - grant.scopes:
            await self._let_go(had.openid, had.person_id)
        return True

    async def end(self, grant_id: int, by: str, at: datetime) -> bool:
        ended = await self._unit.write(_END, {"the_grant": grant_id, "by": by, "at": micros(at)})
        for openid, person_id in ended:
            await self._let_go(openid, person_id)
        return bool(ended)

    async def end_of_dead(self, at: datetime) -> int:
        ended = await self._unit.write(_END_OF_DEAD, {"at": micros(at)})
        for openid, person_id in ended:
            await self._let_go(openid, person_id)
        return len(ended)

    async def _let_go(self, openid: str, person_id: int) -> None:
        """Watches and the like go with the right to act, unless the chat is the person's own."""
        if openid and not await self._unit.rows(_BOUND, {"openid": openid, "person_id": person_id}):
            await let_go(self._unit, openid, person_id)

    def _today(self) -> date:
        return self._unit.clock.now().astimezone(SHANGHAI).date()

    def read(self, row: Sequence[Any]) -> Grant:
        """From the columns `GRANT`."""
        return Grant(
            id=row[0],
            person_id=row[1],
            openid=row[2],
            label=self._vault.text(row[3], "grant.label"),
            scopes=frozenset(words(row[4])),
            until=date.fromisoformat(row[5]),
            together=bool(row[6]),
            granted_at=moment(row[7]),
            granted_by=row[8],
            reason=opened_or_empty(self._vault, row[9], "grant.reason"),
            ended_at=moment_or_none(row[10]),
            ended_by=row[11],
        )
