"""What a turn begins with, in one question: was this answered, who is it, where do we stand, for whom does the chat speak, does anything wait.

Everything is found by whole keys, so it is one short look; asked one by one it would be five, and on PostgreSQL five journeys.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, exists, literal, select

from storage.ports.records import Opened, Session, User
from storage.sql.chat import ParkedReplies
from storage.sql.chat import Sessions as SessionRows
from storage.sql.people import PERSON, person_of
from storage.sql.shelter import Shelter
from storage.sql.tables import answer, binding, parked, person, session, wechat_user
from storage.sql.unit import Unit
from storage.sql.users import USER, user_of

_u, _s, _a, _p, _b, _k = wechat_user.c, session.c, answer.c, person.c, binding.c, parked.c
_waits = exists().where(_k.openid == bindparam("openid"))
_bound = exists().where(_b.openid == bindparam("openid"), _b.person_id == _u.person_id, _b.unbound_at.is_(None))
_shared = exists().where(_b.openid == bindparam("openid"), _b.person_id != _u.person_id, _b.unbound_at.is_(None))
_one = select(literal(1).label("one")).subquery("one")
_chat = _one.outerjoin(wechat_user, _u.openid == bindparam("openid")).outerjoin(person, _p.id == _u.person_id)
_WHO: Select[Any] = select(_waits, _bound, _shared, *USER, *PERSON).select_from(_chat)
_WHOLE: Select[Any] = select(_waits, _bound, _shared, *USER, *PERSON, _a.body, _s.body, _s.version, _s.expires_at).select_from(
    _chat.outerjoin(answer, _a.key == bindparam("key")).outerjoin(session, and_(_s.openid == bindparam("openid")))
)
_USER_AT = 3
_PERSON_AT = _USER_AT + len(USER)
_REST_AT = _PERSON_AT + len(PERSON)


class Openings:
    """Implements `ports.repositories.Openings`."""

    def __init__(self, unit: Unit, home: SessionRows | Shelter, waiting: ParkedReplies) -> None:
        """`home` has the sessions and answers, `waiting` what is parked: those of the same transaction, which remember what was seen."""
        self._unit = unit
        self._home = home
        self._waiting = waiting

    async def open(self, openid: str, key: str, now: datetime) -> Opened:
        """See the port."""
        home = self._home
        if isinstance(home, Shelter):
            await home.ask(openid, key)
            answered = await home.answers.get(key)
            stood = await home.sessions.load(openid, now)
            (row,) = await self._unit.few(_WHO, {"openid": openid})
            return self._opened(openid, row, answered, stood)
        (row,) = await self._unit.few(_WHOLE, {"openid": openid, "key": key})
        body, *state = row[_REST_AT:]
        answered = None if body is None else self._unit.vault.open(body, "answer")
        return self._opened(openid, row, answered, home.seen(openid, state if state[0] is not None else None, now))

    def _opened(self, openid: str, row: Sequence[Any], answered: bytes | None, stood: Session | None) -> Opened:
        if not row[0]:
            self._waiting.none_for(openid)
        user: User | None = None if row[_USER_AT] is None else user_of(row[_USER_AT:_PERSON_AT])
        who = None if row[_PERSON_AT] is None else person_of(self._unit.vault, row[_PERSON_AT:_REST_AT])
        return Opened(answered, user, stood, who, bool(row[1]), bool(row[2]))
