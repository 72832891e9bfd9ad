"""Sessions and answers in Redis: read at once, written only when the database has committed.

Nothing here is needed for anything to be right: a session that is lost asks again, an answer that is lost is worked out again, and
what that would do twice is refused by keys in the database. While Redis is away `storage.sql.shelter` keeps both in the database. Values are sealed; keys are keyed hashes. All expire by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from storage.ports.records import Session
from storage.ports.repositories import Conflict
from storage.ports.time import SHANGHAI, Clock
from storage.redis.errors import TROUBLE
from storage.redis.presence import Presence
from storage.redis.short import Asking, Command
from storage.redis.turn import Turn, Turns, key_of
from storage.vault import Vault

ANSWER_KEPT = timedelta(minutes=15)
"""The platform's resends come within seconds; those of a queue in between, within minutes."""

_log = structlog.get_logger(__name__)

# A session's value: version (10 digits), expiry in microseconds (20 digits), sealed body. Written only over the version it follows.
_HEAD = 30
_SAVE = """
local found = redis.call('GET', KEYS[1])
local version = 0
if found and tonumber(string.sub(found, 11, 30)) > tonumber(ARGV[4]) then version = tonumber(string.sub(found, 1, 10)) end
if version ~= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""
_ANSWER = """
if redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'NX') then
  redis.call('SADD', KEYS[2], KEYS[1])
  redis.call('PEXPIRE', KEYS[2], ARGV[2])
end
"""
# Of a turn: session ('' for none), answer, and its lock, which the next one gets only when both are there.
_TURN = """
if ARGV[2] ~= '' then
  local found = redis.call('GET', KEYS[1])
  local version = 0
  if found and tonumber(string.sub(found, 11, 30)) > tonumber(ARGV[4]) then version = tonumber(string.sub(found, 1, 10)) end
  if version == tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
end
if redis.call('SET', KEYS[2], ARGV[5], 'PX', ARGV[6], 'NX') then
  redis.call('SADD', KEYS[3], KEYS[2])
  redis.call('PEXPIRE', KEYS[3], ARGV[6])
end
if redis.call('GET', KEYS[4]) == ARGV[7] then redis.call('DEL', KEYS[4]) end
return 1
"""
_FORGET = """
for _, key in ipairs(redis.call('SMEMBERS', KEYS[2])) do redis.call('DEL', key) end
redis.call('DEL', KEYS[1], KEYS[2])
"""
_NO_SESSION = (0, b"", 1, 0)
_EPOCH = datetime(1970, 1, 1, tzinfo=SHANGHAI)


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def _milliseconds(span: timedelta) -> int:
    return max(1, span // timedelta(milliseconds=1))


class RedisVolatile:
    """Implements `storage.sql.shelter.Volatile` for one transaction. Reads see what the same transaction has buffered."""

    def __init__(
        self, asking: Asking, presence: Presence, vault: Vault, clock: Clock, readonly: bool, turns: Turns | None = None
    ) -> None:
        self.asking = asking
        self.presence = presence
        self.vault = vault
        self.clock = clock
        self._readonly = readonly
        self.sessions = RedisSessions(self)
        self.answers = RedisAnswers(self)
        self._forgotten: list[str] = []
        self._asked: dict[str, bytes | None] = {}
        self._keys: dict[tuple[str, str], str] = {}
        self._turns = turns if turns is not None else {}
        self._turn: Turn | None = None

    def may_write(self) -> None:
        """Raises RuntimeError inside reading()."""
        if self._readonly:
            raise RuntimeError("a write inside reading()")

    @property
    def away(self) -> bool:
        """Whether Redis is known not to answer."""
        return self.presence.away

    def key(self, kind: str, text: str) -> str:
        """A key of the database: what it is of, and a keyed hash of whose."""
        found = self._keys.get((kind, text))
        if found is None:
            found = self._keys[kind, text] = key_of(self.vault, kind, text)
        return found

    async def get(self, key: str) -> bytes | None:
        """The value, or None; raises Unavailable."""
        if key in self._asked:
            return self._asked.pop(key)
        with self.presence.watched():
            (found,) = await self.asking.ask([("GET", key)])
        return None if found is None else bytes(found)

    async def ask(self, openid: str, key: str) -> None:
        if not self._readonly and (turn := self._turns.get((openid, key))) is not None:
            self._turn = turn
            self._keys["session", openid], self._keys["answer", key] = turn.keys
            found, turn.found = turn.found, None  # once: whoever begins again looks again
            if found is not None:
                self._asked = dict(zip(turn.keys, found, strict=True))
                return
        keys = (self.key("session", openid), self.key("answer", key))
        with self.presence.watched():
            (found,) = await self.asking.ask([("MGET", *keys)])
        self._asked = dict(zip(keys, found, strict=True))

    async def forget(self, openid: str) -> None:
        self.may_write()
        await self.sessions.delete(openid)
        self.answers.drop(openid)
        self._forgotten.append(openid)

    async def flush(self) -> bool:
        turn, last = self._turn, self._last_of_a_turn()
        commands: list[Command] = [last] if last else self._commands()
        if not commands:
            return True
        try:
            await self.asking.ask(commands)
            if turn is not None and last:
                turn.given_back = True
        except TROUBLE as error:
            # The database has committed: saying "it failed" now would be the lie.
            self.presence.lost()
            _log.warning("sessions and answers were not written", error=type(error).__name__)
            return False
        return True

    def _commands(self) -> list[Command]:
        commands: list[Command] = [
            ("EVAL", _FORGET, 2, self.key("session", openid), self.key("answers", openid)) for openid in self._forgotten
        ]
        return commands + self.sessions.commands() + self.answers.commands()

    def _last_of_a_turn(self) -> Command | None:
        """One answer, with or without a session, and the lock of the turn; None for whatever else was done."""
        turn = self._turn
        if turn is None or self._forgotten or self.sessions.gone or len(self.answers.new) != 1 or len(self.sessions.new) > 1:
            return None
        _, _, _, answer, answers_of, body, kept = self.answers.commands()[0]
        sessions = self.sessions.commands()
        session, *values = sessions[0][3:] if sessions else (turn.keys[0], *_NO_SESSION)
        return ("EVAL", _TURN, 4, session, answer, answers_of, turn.lock, *values, body, kept, turn.token)

    def unwritten(self) -> tuple[Sequence[Session], Sequence[tuple[str, str, bytes]]]:
        return self.sessions.new, self.answers.new


class RedisSessions:
    """Implements `ports.repositories.Sessions`.

    `save` checks against the version that was read; a race that is lost after the commit loses the session of the later one silently.
    """

    def __init__(self, work: RedisVolatile) -> None:
        self._work = work
        self._seen: dict[str, int] = {}  # version in Redis when it was read
        self._new: dict[str, Session] = {}
        self._gone: set[str] = set()  # deleted first of all: a new one then begins over nothing

    async def load(self, openid: str, now: datetime) -> Session | None:
        if openid in self._new or openid in self._gone:
            return self._new.get(openid)
        found = await self._work.get(self._work.key("session", openid))
        if found is None or int(found[10:_HEAD]) <= _micros(now):
            self._seen[openid] = 0
            return None
        session = Session(
            openid=openid,
            body=self._work.vault.open(found[_HEAD:], "session"),
            version=int(found[:10]),
            expires_at=_EPOCH + timedelta(microseconds=int(found[10:_HEAD])),
        )
        self._seen[openid] = session.version
        return session

    async def save(self, session: Session) -> None:
        self._work.may_write()
        openid = session.openid
        if openid not in self._seen:
            await self.load(openid, self._work.clock.now())
        before = self._new[openid].version if openid in self._new else self._seen[openid]
        if before != session.version - 1:
            raise Conflict("the conversation has moved on meanwhile")
        self._new[openid] = session

    async def delete(self, openid: str) -> None:
        self._work.may_write()
        self._seen[openid] = 0
        self._new.pop(openid, None)
        self._gone.add(openid)

    @property
    def gone(self) -> bool:
        """Whether any was deleted."""
        return bool(self._gone)

    @property
    def new(self) -> list[Session]:
        """What the flush is to write."""
        return list(self._new.values())

    def commands(self) -> list[Command]:
        """What writes what has changed."""
        work, now = self._work, self._work.clock.now()
        made: list[Command] = [("DEL", work.key("session", openid)) for openid in self._gone]
        for openid, session in self._new.items():
            head = b"%010d%020d" % (session.version, _micros(session.expires_at))
            value = head + work.vault.seal(session.body, "session")
            lifetime = _milliseconds(session.expires_at - now)
            made.append(("EVAL", _SAVE, 1, work.key("session", openid), self._seen[openid], value, lifetime, _micros(now)))
        return made


class RedisAnswers:
    """Implements `ports.repositories.Answers`; they go by themselves after `ANSWER_KEPT`, so `purge` finds nothing."""

    def __init__(self, work: RedisVolatile) -> None:
        self._work = work
        self._new: dict[str, tuple[str, bytes]] = {}

    async def get(self, key: str) -> bytes | None:
        if key in self._new:
            return self._new[key][1]
        found = await self._work.get(self._work.key("answer", key))
        return None if found is None else self._work.vault.open(found, "answer")

    async def put(self, key: str, openid: str, answer: bytes, at: datetime) -> None:
        self._work.may_write()
        self._new.setdefault(key, (openid, answer))

    async def purge(self, before: datetime, limit: int = 1000) -> int:
        return 0

    def drop(self, openid: str) -> None:
        """Forget what this transaction has answered to that chat."""
        self._new = {key: kept for key, kept in self._new.items() if kept[0] != openid}

    @property
    def new(self) -> list[tuple[str, str, bytes]]:
        """What the flush is to write: key, openid, bytes."""
        return [(key, openid, answer) for key, (openid, answer) in self._new.items()]

    def commands(self) -> list[Command]:
        """What writes what is new."""
        work, lifetime = self._work, _milliseconds(ANSWER_KEPT)
        made: list[Command] = []
        for key, (openid, answer) in self._new.items():
            sealed = work.vault.seal(answer, "answer")
            made.append(("EVAL", _ANSWER, 2, work.key("answer", key), work.key("answers", openid), sealed, lifetime))
        return made
