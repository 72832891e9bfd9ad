"""Locks between processes: one holder at a time a name, served in order of arrival, given back by themselves if the holder dies.

Every waiter stands in a list in Redis and shows by a key of short life that it is still there; whoever is first takes the lock once it
is free. A holder that lives renews its lock; one that has died loses it when its lifetime is over. A lock orders work, it does not
protect data: versions and unique keys do, so a holder that was frozen beyond its lifetime does no harm.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import secrets
from collections import deque
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from storage.ports.repositories import Unavailable
from storage.redis.client import RedisBackend
from storage.redis.errors import TROUBLE
from storage.redis.turn import Turn, key_of
from storage.vault import Vault

# KEYS: the lock, the line, the waiter's sign of life; of a message also session and answer, whose values are the answer then.
# ARGV: token, lifetime, life of a sign, prefix of the signs (times in ms).
_TRY = """
local function got()
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  if #KEYS > 3 then return redis.call('MGET', KEYS[4], KEYS[5]) end
  return 1
end
-- Asked again after a connection that was lost with the answer: it is ours already.
if redis.call('GET', KEYS[1]) == ARGV[1] then return got() end
if redis.call('EXISTS', KEYS[1], KEYS[2]) == 0 then return got() end
local function first()
  while true do
    local head = redis.call('LINDEX', KEYS[2], 0)
    if not head or head == ARGV[1] or redis.call('EXISTS', ARGV[4] .. head) == 1 then return head end
    redis.call('LPOP', KEYS[2])
  end
end
if not redis.call('LPOS', KEYS[2], ARGV[1]) then redis.call('RPUSH', KEYS[2], ARGV[1]) end
if redis.call('EXISTS', KEYS[1]) == 0 and first() == ARGV[1] then
  redis.call('LPOP', KEYS[2])
  redis.call('DEL', KEYS[3])
  return got()
end
redis.call('SET', KEYS[3], '', 'PX', ARGV[3])
redis.call('PEXPIRE', KEYS[2], 10 * ARGV[3])
return 0
"""
_LEAVE = """
redis.call('LREM', KEYS[2], 0, ARGV[1])
redis.call('DEL', KEYS[3])
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""
_RENEW = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 0
"""
_SIGN_MS = 3000
_SHORTEST, _LONGEST = 0.005, 0.05


class _Hold(AbstractAsyncContextManager[None]):
    """One holder or waiter: its keys in Redis."""

    __slots__ = ("keys", "left", "locks", "message", "prefix", "task", "token", "turn")

    def __init__(self, locks: RedisLocks, name: str, message: tuple[str, str] | None) -> None:
        self.locks = locks
        self.message = message
        self.turn: Turn | None = None
        self.token = secrets.token_hex(12)
        hashed = hashlib.sha256(name.encode()).hexdigest()[:32]  # a name may be an openid
        self.prefix = f"sb:lock:{hashed}:"
        self.keys = (f"{self.prefix}held", f"{self.prefix}line", f"{self.prefix}{self.token}")
        self.left = False
        self.task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        try:
            await self.locks.take(self)
        except BaseException:
            await self.locks.leave(self)
            raise

    async def __aexit__(self, *_: object) -> None:
        await self.locks.leave(self)


class RedisLocks:
    """Implements `ports.repositories.Locks`. `lifetime` and `patience` in seconds; waiting longer than `patience` raises Unavailable.

    A process that was killed holds its locks for `lifetime` more: short enough that the resend is still answered within the five seconds.
    With the `vault` of the store on the same Redis, a message's lock brings session and answer along, and goes with what its turn stores.
    """

    def __init__(self, redis: RedisBackend, lifetime: float = 3.0, patience: float = 10.0, vault: Vault | None = None) -> None:
        self.client = redis.client
        self._asking = redis.asking
        self._presence = redis.presence
        self._lifetime = lifetime
        self._patience = patience
        self._freed: dict[str, set[asyncio.Event]] = {}
        self._vault = vault
        self._turns = redis.turns
        self._renewals: deque[tuple[float, _Hold]] = deque()  # in order of time, with those that have left long before
        self._timer: asyncio.TimerHandle | None = None

    def hold(self, name: str, message: tuple[str, str] | None = None) -> AbstractAsyncContextManager[None]:
        return _Hold(self, name, message if self._vault is not None else None)

    async def take(self, hold: _Hold) -> None:
        """Wait for it; raises Unavailable when that lasts too long, or without Redis."""
        if (message := hold.message) is not None and self._vault is not None:
            keys = key_of(self._vault, "session", message[0]), key_of(self._vault, "answer", message[1])
            hold.turn = Turn(keys, hold.keys[0], hold.token)
        if not await self._try(hold):
            await self._stand_in_line(hold)
        if hold.turn is not None and hold.message is not None:
            self._turns[hold.message] = hold.turn
        self._renew_later(hold)

    async def _stand_in_line(self, hold: _Hold) -> None:
        # Whoever is in this process is woken when the lock is given back here; for other processes it looks again, ever less often.
        freed, pause = asyncio.Event(), _SHORTEST
        waiting = self._freed.setdefault(hold.prefix, set())
        waiting.add(freed)
        try:
            async with asyncio.timeout(self._patience):
                while not await self._try(hold):
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(freed.wait(), pause)
                    freed.clear()
                    pause = min(_LONGEST, pause * 1.5)
        except TimeoutError:
            raise Unavailable("Redis: the lock is held too long") from None
        finally:
            waiting.discard(freed)
            if not waiting:
                self._freed.pop(hold.prefix, None)

    async def _try(self, hold: _Hold) -> bool:
        turn = hold.turn
        keys = (*hold.keys, *turn.keys) if turn is not None else hold.keys
        with self._presence.watched():
            (taken,) = await self._asking.ask(
                [("EVAL", _TRY, len(keys), *keys, hold.token, int(self._lifetime * 1000), _SIGN_MS, hold.prefix)]
            )
        if turn is not None and taken:
            turn.found = list(taken)
        return bool(taken)

    async def leave(self, hold: _Hold) -> None:
        """Give it back, or the place in the line. Never raises what Redis has to complain about."""
        hold.left = True
        if hold.task is not None:
            await hold.task
        turn = hold.turn
        if turn is not None and hold.message is not None and self._turns.get(hold.message) is turn:
            del self._turns[hold.message]
        if turn is None or not turn.given_back:
            with contextlib.suppress(*TROUBLE):  # it ends by itself
                await self._asking.ask([("EVAL", _LEAVE, 3, *hold.keys, hold.token)])
        for freed in self._freed.get(hold.prefix, ()):
            freed.set()

    def _renew_later(self, hold: _Hold) -> None:
        """Most have left by then: one timer for all costs less than one for each."""
        loop, after = asyncio.get_running_loop(), self._lifetime / 3
        self._renewals.append((loop.time() + after, hold))
        if self._timer is None:
            self._timer = loop.call_later(after, self._look)

    def _look(self) -> None:
        loop, renewals, due = asyncio.get_running_loop(), self._renewals, list[_Hold]()
        while renewals and (renewals[0][1].left or renewals[0][0] <= loop.time()):
            _, hold = renewals.popleft()
            if not hold.left:
                due.append(hold)
        if due:
            task = asyncio.ensure_future(self._renew(due))
            for hold in due:
                hold.task = task
        self._timer = loop.call_at(renewals[0][0], self._look) if renewals else None

    async def _renew(self, holds: Sequence[_Hold]) -> None:
        lifetime = int(self._lifetime * 1000)
        with contextlib.suppress(*TROUBLE):  # tried again soon; if Redis stays away, the locks end by themselves
            await self._asking.ask([("EVAL", _RENEW, 1, hold.keys[0], hold.token, lifetime) for hold in holds])
        for hold in holds:
            hold.task = None
            if not hold.left:
                self._renew_later(hold)
