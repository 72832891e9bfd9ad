"""The state of a chat: its session (A6), what was answered (I12), and replies that wait."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from storage.ports.records import Parked, Session
from storage.ports.repositories import Conflict
from storage.sql.codec import micros, moment
from storage.sql.tables import answer, parked, session
from storage.sql.unit import Query, Unit, values

_STALE = "the conversation has moved on meanwhile"

_s = session.c
_SESSION_LOAD = select(_s.body, _s.version, _s.expires_at).where(_s.openid == bindparam("openid"))
_SESSION_FIRST = Query(
    lambda insert: (put := insert(session).values(values(session))).on_conflict_do_update(
        index_elements=["openid"],
        set_={name: put.excluded[name] for name in ("body", "version", "expires_at")},
        where=_s.expires_at <= bindparam("now", type_=_s.expires_at.type),
    )
)
_SESSION_NEXT = (
    update(session)
    .where(_s.openid == bindparam("the_openid"), _s.version == bindparam("was"))
    .values(body=bindparam("body"), version=bindparam("version"), expires_at=bindparam("expires_at"))
)
_SESSION_DELETE = delete(session).where(_s.openid == bindparam("openid"))


class Sessions:
    """Implements `ports.repositories.Sessions`.

    A session that was loaded in the same transaction is checked against the version that was seen, and the write goes with the commit;
    if somebody else was faster in between, it is the commit that raises `Conflict`.
    """

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._seen: dict[str, int] = {}

    async def load(self, openid: str, now: datetime) -> Session | None:
        return self.seen(openid, await self._unit.glance(_SESSION_LOAD, {"openid": openid}), now)

    def seen(self, openid: str, row: Sequence[Any] | None, now: datetime) -> Session | None:
        """The session of a row (body, version, expiry) that was read in this transaction; a later `save` is checked against it."""
        if row is None or row[2] <= micros(now):
            self._seen[openid] = 0
            return None
        self._seen[openid] = row[1]
        return Session(openid, self._unit.vault.open(row[0], "session"), row[1], moment(row[2]))

    async def save(self, session: Session) -> None:
        unit, openid = self._unit, session.openid
        body = unit.vault.seal(session.body, "session")
        params = {"body": body, "version": session.version, "expires_at": micros(session.expires_at)}
        first = session.version == 1
        if first:
            params |= {"openid": openid, "now": micros(unit.clock.now())}
        else:
            params |= {"the_openid": openid, "was": session.version - 1}
        statement = _SESSION_FIRST if first else _SESSION_NEXT
        seen = self._seen.get(openid)
        if seen is None:
            if not await unit.change(statement, params):
                raise Conflict(_STALE)
        elif seen != session.version - 1:
            raise Conflict(_STALE)
        else:
            await unit.later(statement, params, must_change=_STALE)
        self._seen[openid] = session.version

    async def delete(self, openid: str) -> None:
        self._seen[openid] = 0
        await self._unit.later(_SESSION_DELETE, {"openid": openid})


_a = answer.c
_ANSWER_GET = select(_a.body).where(_a.key == bindparam("key"))
_ANSWER_PUT = Query(lambda insert: insert(answer).values(values(answer)).on_conflict_do_nothing())
_ANSWER_PURGE = delete(answer).where(
    _a.key.in_(select(_a.key).where(_a.at < bindparam("before")).order_by(_a.at).limit(bindparam("limit")))
)


class Answers:
    """Implements `ports.repositories.Answers`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def get(self, key: str) -> bytes | None:
        row = await self._unit.glance(_ANSWER_GET, {"key": key})
        return None if row is None else self._unit.vault.open(row[0], "answer")

    async def put(self, key: str, openid: str, answer: bytes, at: datetime) -> None:
        body = self._unit.vault.seal(answer, "answer")
        await self._unit.later(_ANSWER_PUT, {"key": key, "openid": openid, "body": body, "at": micros(at)})

    async def purge(self, before: datetime, limit: int = 1000) -> int:
        return await self._unit.change(_ANSWER_PURGE, {"before": micros(before), "limit": limit})


_p = parked.c
_PARKED_ANY = select(_p.id).where(_p.openid == bindparam("openid")).limit(1)
_PARKED_ADD = Query(lambda insert: insert(parked).values(values(parked, "id")))
_PARKED_TAKE = delete(parked).where(_p.openid == bindparam("openid")).returning(_p.id, _p.body, _p.created_at)


class ParkedReplies:
    """Implements `ports.repositories.ParkedReplies`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._none: set[str] = set()

    def none_for(self, openid: str) -> None:
        """Nothing waited for that chat when this transaction looked."""
        self._none.add(openid)

    async def add(self, openid: str, body: bytes, at: datetime) -> None:
        self._none.discard(openid)
        sealed = self._unit.vault.seal(body, "parked")
        await self._unit.later(_PARKED_ADD, {"openid": openid, "body": sealed, "created_at": micros(at)})

    async def take(self, openid: str) -> tuple[Parked, ...]:
        # Nearly always there is nothing: then nothing is written either, and the writer is left to others.
        if openid in self._none or await self._unit.glance(_PARKED_ANY, {"openid": openid}) is None:
            return ()
        rows = sorted(await self._unit.write(_PARKED_TAKE, {"openid": openid}), key=lambda row: row[0])
        return tuple(Parked(row[0], openid, self._unit.vault.open(row[1], "parked"), moment(row[2])) for row in rows)
