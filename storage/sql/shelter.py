"""Sessions and answers while Redis is away: in the rows in which they are without Redis, in the transaction of the turn.

What one transaction reads and writes lies in one place, decided at its first question. After Redis has come back, with what it knew or
empty, whichever session is newer counts; a session that was kept here moves home with the next message of its chat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from sqlalchemy import bindparam, select

from storage.ports.records import Session
from storage.ports.repositories import Answers, Sessions, Unavailable
from storage.ports.time import Clock
from storage.sql.chat import Answers as AnswerRows
from storage.sql.chat import Sessions as SessionRows
from storage.sql.codec import micros
from storage.sql.tables import answer, session
from storage.sql.unit import Query, Unit, values
from storage.vault import Vault


class Volatile(Protocol):
    """What may be lost without harm, kept elsewhere (Redis): written only once the database has committed."""

    @property
    def sessions(self) -> Sessions: ...
    @property
    def answers(self) -> Answers: ...
    @property
    def away(self) -> bool:
        """Whether it is known not to answer."""

    async def ask(self, openid: str, key: str) -> None:
        """Fetch the session and the answer together, once; raises Unavailable."""

    async def forget(self, openid: str) -> None:
        """With the flush, delete what is kept of a chat."""

    async def flush(self) -> bool:
        """Write what was buffered; False when that failed. Never raises: what was committed has happened."""

    def unwritten(self) -> tuple[Sequence[Session], Sequence[tuple[str, str, bytes]]]:
        """The sessions, and the answers (key, openid, bytes), that the flush was to write."""


class VolatileStore(Protocol):
    """Opens a `Volatile` for each transaction."""

    @property
    def lately(self) -> bool:
        """Whether it is away, or was a moment ago."""

    def begin(self, vault: Vault, clock: Clock, readonly: bool) -> Volatile: ...
    async def ping(self) -> None: ...
    async def close(self) -> None: ...


_s, _a = session.c, answer.c
_ANY_SESSION = select(_s.openid).where(_s.expires_at > bindparam("now")).limit(1)
_ANY_ANSWER = select(_a.key).where(_a.at > bindparam("since")).limit(1)
_LATEST = Query(
    lambda insert: (put := insert(session).values(values(session))).on_conflict_do_update(
        index_elements=["openid"],
        set_={name: put.excluded[name] for name in ("body", "version", "expires_at")},
        where=_s.expires_at <= put.excluded.expires_at,
    )
)
_QUARTER = 15 * 60 * 1_000_000


async def is_used(unit: Unit) -> bool:
    """Whether any session or recent answer lies here."""
    now = micros(unit.clock.now())
    if await unit.row(_ANY_SESSION, {"now": now}) is not None:
        return True
    return await unit.row(_ANY_ANSWER, {"since": now - _QUARTER}) is not None


async def take_in(unit: Unit, volatile: Volatile) -> None:
    """Keep here what Redis did not take after a commit; the caller commits this too."""
    sessions, answers = volatile.unwritten()
    for one in sessions:
        body = unit.vault.seal(one.body, "session")
        await unit.change(
            _LATEST, {"openid": one.openid, "body": body, "version": one.version, "expires_at": micros(one.expires_at)}
        )
    rows = AnswerRows(unit)
    for key, openid, given in answers:
        await rows.put(key, openid, given, unit.clock.now())


class Shelter:
    """The sessions and answers of one transaction. `also`: rows from an absence may lie here although Redis answers now."""

    def __init__(self, unit: Unit, volatile: Volatile, also: bool) -> None:
        self.unit = unit
        self.volatile = volatile
        self.also = also
        self.away = volatile.away
        self.sessions = _Sessions(self)
        self.answers = _Answers(self)

    async def ask(self, openid: str, key: str) -> None:
        """Fetch what Redis has of a chat and of a message's answer in one question, for whoever asks for them next in this transaction."""
        if not self.away:
            try:
                await self.volatile.ask(openid, key)
            except Unavailable:
                self.away = True

    async def forget(self, openid: str) -> None:
        """Delete what is kept of a chat in Redis too. Raises Unavailable while it is away: half forgotten is not forgotten."""
        if self.away:
            raise Unavailable("Redis: away")
        await self.volatile.forget(openid)


class _Sessions:
    """Implements `ports.repositories.Sessions`."""

    def __init__(self, shelter: Shelter) -> None:
        self._shelter = shelter
        self._rows = SessionRows(shelter.unit)
        self._loaded: set[str] = set()
        self._here: set[str] = set()  # openids with a row that is to go when the session is written to Redis

    async def load(self, openid: str, now: datetime) -> Session | None:
        shelter = self._shelter
        self._loaded.add(openid)
        if not shelter.away:
            try:
                found = await shelter.volatile.sessions.load(openid, now)
            except Unavailable:
                shelter.away = True
            else:
                return await self._newer(openid, found, now) if shelter.also else found
        return await self._rows.load(openid, now)

    async def _newer(self, openid: str, found: Session | None, now: datetime) -> Session | None:
        row = await self._rows.load(openid, now)
        if row is None:
            return found
        self._here.add(openid)
        if found is not None and found.expires_at >= row.expires_at:
            return found
        return replace(row, version=found.version if found else 0)

    async def save(self, session: Session) -> None:
        shelter = self._shelter
        if session.openid not in self._loaded:
            await self.load(session.openid, shelter.unit.clock.now())
        if shelter.away:
            await self._rows.save(session)
            return
        await shelter.volatile.sessions.save(session)
        if session.openid in self._here:
            await self._rows.delete(session.openid)

    async def delete(self, openid: str) -> None:
        shelter = self._shelter
        self._loaded.add(openid)
        if shelter.away:
            raise Unavailable("Redis: away")
        await shelter.volatile.sessions.delete(openid)
        await self._rows.delete(openid)
        self._here.discard(openid)


class _Answers:
    """Implements `ports.repositories.Answers`."""

    def __init__(self, shelter: Shelter) -> None:
        self._shelter = shelter
        self._rows = AnswerRows(shelter.unit)

    async def get(self, key: str) -> bytes | None:
        shelter = self._shelter
        if not shelter.away:
            try:
                found = await shelter.volatile.answers.get(key)
            except Unavailable:
                shelter.away = True
            else:
                return found if found is not None or not shelter.also else await self._rows.get(key)
        return await self._rows.get(key)

    async def put(self, key: str, openid: str, answer: bytes, at: datetime) -> None:
        target: Answers = self._rows if self._shelter.away else self._shelter.volatile.answers
        await target.put(key, openid, answer, at)

    async def purge(self, before: datetime, limit: int = 1000) -> int:
        return await self._rows.purge(before, limit)  # Redis forgets its own by itself
